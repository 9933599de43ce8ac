//! Definitions in files.

use std::path::Path;

use pipeline::{Definition, Faults};

use crate::exit::Failure;

/// A file that is a valid definition.
#[derive(Debug)]
pub(crate) struct DefinitionFile {
    /// The definition.
    pub(crate) definition: Definition,
    /// The file's text.
    pub(crate) source: String,
}

/// Reads a file and what is wrong with it.
///
/// # Errors
/// If it cannot be read, or is not text.
pub(crate) fn read(path: &Path) -> Result<Result<DefinitionFile, Faults>, Failure> {
    let shown = path.display();
    let bytes = std::fs::read(path).map_err(|error| Failure::failed(format!("{shown} cannot be read: {error}")))?;
    let source = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::failed(format!("{shown} is not UTF-8 text (from byte {at} on)"))
    })?;
    Ok(pipeline::parse(&shown.to_string(), &source).map(|definition| DefinitionFile { definition, source }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_text_is_told_apart_from_a_faulty_definition() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.yaml");
        assert!(read(&path).unwrap_err().to_string().contains("cannot be read"));
        std::fs::write(&path, b"pipeline: \xff").unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("not UTF-8 text (from byte 10 on)"));
        std::fs::write(&path, "pipeline: x").unwrap();
        assert!(read(&path).unwrap().is_err());
    }
}
