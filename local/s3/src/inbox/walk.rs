//! What lies in the inbox folder.

use std::{
    collections::BTreeMap,
    fs::{self, DirEntry, Metadata},
    io,
    path::Path,
    time::UNIX_EPOCH,
};

/// The most files that are looked at.
const FILE_LIMIT: usize = 100_000;

/// The most folders within folders.
const DEPTH_LIMIT: usize = 32;

/// The longest key in bytes.
const KEY_LIMIT: usize = 1024;

/// What tells whether a file is still the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Signature {
    /// In bytes.
    pub(crate) size: u64,
    /// Nanoseconds since the Unix epoch; 0 where the file system has no such time.
    pub(crate) mtime_ns: i64,
    /// 0 where the file system has no inodes.
    pub(crate) inode: i64,
}

impl Signature {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        let mtime = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let mtime_ns = mtime.and_then(|since| i64::try_from(since.as_nanos()).ok()).unwrap_or_default();
        Self { size: metadata.len(), mtime_ns, inode: inode(metadata) }
    }
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> i64 {
    std::os::unix::fs::MetadataExt::ino(metadata).cast_signed()
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> i64 {
    0
}

/// What lies in the folder.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// By the key that each is to have: its path below the folder, with slashes.
    pub(super) files: BTreeMap<String, Signature>,
    /// What was left out though it looks as if it were meant to be put: its path, and why.
    pub(super) complaints: Vec<(String, String)>,
    /// Whether everything was seen.
    pub(super) complete: bool,
}

/// Reads the folder, and the folders in it. Links are not followed.
pub(super) fn walk(folder: &Path) -> io::Result<Walk> {
    let mut walk = Walk { complete: true, ..Walk::default() };
    walk.enter(folder, "", 0)?;
    Ok(walk)
}

impl Walk {
    fn enter(&mut self, folder: &Path, prefix: &str, depth: usize) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
                let shown = format!("{prefix}{}", entry.file_name().display());
                self.complain(&shown, "left out: its name is not UTF-8, which a key must be");
                continue;
            };
            if is_hidden_or_unfinished(&name) {
                continue;
            }
            if self.files.len() >= FILE_LIMIT {
                self.give_up(prefix, &format!("the inbox has more than {FILE_LIMIT} files: the rest is left out"));
                return Ok(());
            }
            self.add(&entry, &format!("{prefix}{name}"), depth);
        }
        Ok(())
    }

    fn add(&mut self, entry: &DirEntry, path: &str, depth: usize) {
        let seen = match entry.metadata() {
            // Of the entry itself: a link is neither a folder nor a file.
            Ok(metadata) if metadata.is_dir() => self.descend(entry, path, depth),
            Ok(metadata) if metadata.is_file() => {
                self.add_file(path, &metadata);
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        match seen {
            Ok(()) => {}
            // It went while we looked.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => self.give_up(path, &format!("cannot be read: {error}")),
        }
    }

    fn descend(&mut self, entry: &DirEntry, path: &str, depth: usize) -> io::Result<()> {
        if depth >= DEPTH_LIMIT {
            self.give_up(path, &format!("left out: it lies deeper than {DEPTH_LIMIT} folders"));
            return Ok(());
        }
        self.enter(&entry.path(), &format!("{path}/"), depth.saturating_add(1))
    }

    fn add_file(&mut self, path: &str, metadata: &Metadata) {
        if path.len() > KEY_LIMIT {
            self.complain(path, "left out: its path is longer than 1024 bytes, which is the limit of a key");
        } else {
            self.files.insert(path.to_owned(), Signature::of(metadata));
        }
    }

    fn complain(&mut self, path: &str, why: &str) {
        self.complaints.push((path.to_owned(), why.to_owned()));
    }

    fn give_up(&mut self, path: &str, why: &str) {
        self.complete = false;
        self.complain(path, why);
    }
}

/// Hidden files, and what editors and browsers write before a file is whole.
fn is_hidden_or_unfinished(name: &str) -> bool {
    name.starts_with('.') || name.ends_with('~') || name.ends_with(".part") || name.ends_with(".crdownload")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_finished_regular_files_are_seen() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("a/b")).unwrap();
        fs::create_dir_all(root.join(".git")).unwrap();
        for name in ["x.csv", "a/y z.csv", "a/b/ü.csv", ".hidden", ".git/config", "w.part", "v~", "u.crdownload"] {
            fs::write(root.join(name), name).unwrap();
        }
        #[cfg(unix)]
        {
            use std::os::unix::{ffi::OsStrExt, fs::symlink};
            symlink(root.join("x.csv"), root.join("link.csv")).unwrap();
            symlink(root.join("a"), root.join("linked")).unwrap();
            fs::write(root.join(std::ffi::OsStr::from_bytes(b"bad\xff.csv")), "").unwrap();
        }
        let walk = walk(root).unwrap();
        assert_eq!(walk.files.keys().collect::<Vec<_>>(), ["a/b/ü.csv", "a/y z.csv", "x.csv"]);
        assert!(walk.complete);
        #[cfg(unix)]
        assert!(matches!(&walk.complaints[..], [(_, why)] if why.contains("not UTF-8")));
    }
}
