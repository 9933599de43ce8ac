//! A file that grows, and the lines in it.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

/// How much is read of one file at once.
const PIECE: u64 = 256 * 1024;

/// Reads a log as it grows.
#[derive(Debug)]
pub(super) struct Tail {
    path: PathBuf,
    /// Put before each line, if several logs are read together.
    prefix: Option<String>,
    /// How much of it was read.
    pub(super) offset: u64,
    /// The beginning of a line whose end is yet to come. Only with a prefix.
    begun: Vec<u8>,
}

impl Tail {
    /// Of that file, which need not be there yet.
    pub(super) fn new(path: PathBuf, prefix: Option<String>) -> Self {
        Self { path, prefix, offset: 0, begun: Vec::new() }
    }

    /// What has come since the last call, with prefixes, up to some hundred kB. Nothing if nothing has.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(super) fn more(&mut self) -> io::Result<Vec<u8>> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        file.seek(SeekFrom::Start(self.offset))?;
        let mut bytes = Vec::new();
        file.take(PIECE).read_to_end(&mut bytes)?;
        self.offset += bytes.len() as u64;
        Ok(self.with_prefix(bytes))
    }

    /// The line that never ended, once nothing more comes.
    pub(super) fn rest(&mut self) -> Vec<u8> {
        let begun = std::mem::take(&mut self.begun);
        match &self.prefix {
            Some(prefix) if !begun.is_empty() => [prefix.as_bytes(), &begun, b"\n"].concat(),
            Some(_) | None => begun,
        }
    }

    fn with_prefix(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        let Some(prefix) = &self.prefix else { return bytes };
        self.begun.extend(bytes);
        let whole = self.begun.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1);
        let mut lines = Vec::new();
        for line in self.begun.drain(..whole).collect::<Vec<u8>>().split_inclusive(|&byte| byte == b'\n') {
            lines.extend_from_slice(prefix.as_bytes());
            lines.extend_from_slice(line);
        }
        lines
    }
}

/// The last lines of a log.
pub(crate) fn last_lines(path: &Path, lines: usize) -> Vec<String> {
    let last = || -> io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(PIECE)))?;
        let mut bytes = Vec::new();
        file.take(PIECE).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let text = last().unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let all: Vec<&str> = text.lines().collect();
    all.iter().skip(all.len().saturating_sub(lines)).map(|line| (*line).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn lines_of_several_logs_keep_their_prefix_however_they_come() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut tail = Tail::new(path.clone(), Some("[3] ".into()));
        assert!(tail.more().unwrap().is_empty());
        let mut log = File::create(path).unwrap();
        log.write_all(b"one\ntw").unwrap();
        assert_eq!(tail.more().unwrap(), b"[3] one\n");
        log.write_all(b"o\n\nlast").unwrap();
        assert_eq!(tail.more().unwrap(), b"[3] two\n[3] \n");
        assert!(tail.more().unwrap().is_empty());
        assert_eq!(tail.rest(), b"[3] last\n");
        assert!(tail.rest().is_empty());
    }

    #[test]
    fn a_single_log_is_given_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, b"\xff\x00no end").unwrap();
        let mut tail = Tail::new(path.clone(), None);
        assert_eq!(tail.more().unwrap(), b"\xff\x00no end");
        assert!(tail.rest().is_empty());
        std::fs::write(&path, "a\nb\nc\n").unwrap();
        assert_eq!(last_lines(&path, 2), ["b", "c"]);
        assert!(last_lines(Path::new("/nowhere"), 2).is_empty());
    }
}
