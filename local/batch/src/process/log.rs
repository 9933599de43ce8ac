//! What a process says, kept up to a limit.

use std::{
    fs::File,
    io::{self, PipeReader, Write},
    os::fd::OwnedFd,
    path::Path,
};

use tokio::{io::AsyncReadExt, net::unix::pipe};

/// The most that is kept of one attempt: 64 MiB, and a line that says so.
const LIMIT: usize = 64 * 1024 * 1024;
const CUT: &[u8] = b"\n[the log ends here: it reached its limit of 64 MiB]\n";

/// The file `log` in the attempt's folder.
pub(super) fn open(folder: &Path) -> io::Result<File> {
    File::create(folder.join("log"))
}

/// The end of the pipe that the process does not have.
pub(super) fn reader(pipe: PipeReader) -> io::Result<pipe::Receiver> {
    pipe::Receiver::from_owned_fd(OwnedFd::from(pipe))
}

/// Copies until the last writer is gone. What is beyond the limit is read and dropped, so that the process goes on.
pub(super) async fn copy(mut from: pipe::Receiver, to: File) {
    let mut log = Log { file: to, left: LIMIT };
    let mut buffer = vec![0; 16 * 1024];
    loop {
        match from.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(read) => log.write(buffer.get(..read).unwrap_or_default()),
        }
    }
}

struct Log<W> {
    file: W,
    left: usize,
}

impl<W: Write> Log<W> {
    /// A log that cannot be written is lost; the job is not.
    fn write(&mut self, bytes: &[u8]) {
        let Some(kept) = bytes.get(..bytes.len().min(self.left)).filter(|kept| !kept.is_empty()) else { return };
        self.left -= kept.len();
        let mut written = self.file.write_all(kept);
        if written.is_ok() && self.left == 0 {
            written = self.file.write_all(CUT);
        }
        if let Err(error) = written {
            tracing::warn!(%error, "a job's log cannot be written; the rest of it is dropped");
            self.left = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_ends_at_its_limit_and_says_so() {
        let mut log = Log { file: Vec::new(), left: 5 };
        for bytes in [&b"abc"[..], b"", b"def", b"ghi"] {
            log.write(bytes);
        }
        assert_eq!(log.file, [b"abcde", CUT].concat());
    }
}
