//! Where a program lies.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// The file that `name` means: looked for in the folders of `path`, or, if it has a slash, taken from `work`.
pub(super) fn find(name: &str, path: &str, work: &Path) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(work.join(name)).filter(|file| is_program(file));
    }
    // An empty entry would mean the working directory: a job's own files are not commands.
    let folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join(name)).find(|file| !name.is_empty() && is_program(file))
}

fn is_program(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_looked_for_and_a_path_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (folder.path().join("first"), folder.path().join("second"));
        for place in [&first, &second] {
            fs::create_dir(place).unwrap();
            fs::write(place.join("tool"), "").unwrap();
        }
        let run = second.join("tool");
        fs::set_permissions(&run, fs::Permissions::from_mode(0o755)).unwrap();
        let path = std::env::join_paths([&first, &second]).unwrap().into_string().unwrap();
        // What may not be run is passed over.
        assert_eq!(find("tool", &path, folder.path()), Some(run.clone()));
        assert_eq!(find("second/tool", "", folder.path()), Some(run.clone()));
        assert_eq!(find(run.to_str().unwrap(), "", Path::new("/")), Some(run));
        assert_eq!(find("tool", "", &second), None);
        assert_eq!(find("", &path, folder.path()), None);
        assert_eq!(find("first", folder.path().to_str().unwrap(), folder.path()), None);
    }
}
