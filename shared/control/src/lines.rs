//! The lines of an object, as it comes.

use aws_sdk_s3::primitives::ByteStream;

use crate::Error;

/// The longest line, in bytes: it becomes an argument of a job, of which there are 28 KiB.
const LONGEST: usize = 28 * 1024;

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Line {
    /// It, without its end.
    Whole(Vec<u8>),
    /// It is longer than any may be.
    TooLong,
}

/// The lines that are not blank.
pub(crate) struct Lines {
    body: ByteStream,
    /// What came and has not been given.
    pending: Vec<u8>,
    /// How much of that has been given.
    given: usize,
    ended: bool,
}

impl Lines {
    pub(crate) fn of(body: ByteStream) -> Self {
        Self { body, pending: Vec::new(), given: 0, ended: false }
    }

    /// The next one; `None` after the last.
    ///
    /// # Errors
    /// If the object cannot be read any more.
    pub(crate) async fn next(&mut self) -> Result<Option<Line>, Error> {
        loop {
            let rest = self.pending.get(self.given..).unwrap_or_default();
            if let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                let line = rest.get(..end).unwrap_or_default().trim_ascii().to_vec();
                self.given += end + 1;
                match line.len() {
                    0 => {}
                    1..=LONGEST => return Ok(Some(Line::Whole(line))),
                    _ => return Ok(Some(Line::TooLong)),
                }
            } else if rest.len() > LONGEST {
                return Ok(Some(Line::TooLong));
            } else if self.ended {
                return Ok(None);
            } else {
                self.read_more().await?;
            }
        }
    }

    async fn read_more(&mut self) -> Result<(), Error> {
        self.pending.drain(..self.given);
        self.given = 0;
        match self.body.next().await {
            Some(Ok(bytes)) => self.pending.extend_from_slice(&bytes),
            Some(Err(error)) => return Err(Error::Service { service: "S3", message: error.to_string() }),
            None => {
                // The last line may have no end.
                self.pending.push(b'\n');
                self.ended = true;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines(text: &str) -> Vec<Line> {
        let mut lines = Lines::of(ByteStream::from(text.as_bytes().to_vec()));
        let mut all = Vec::new();
        while let Some(line) = lines.next().await.unwrap() {
            let last = line == Line::TooLong;
            all.push(line);
            if last {
                break;
            }
        }
        all
    }

    #[tokio::test]
    async fn blank_lines_are_none_and_the_last_needs_no_end() {
        let whole = |text: &str| Line::Whole(text.as_bytes().to_vec());
        assert_eq!(lines("a\r\n\n  \n b c \nd").await, [whole("a"), whole("b c"), whole("d")]);
        assert_eq!(lines("").await, []);
        assert_eq!(lines("\n\n").await, []);
    }

    #[tokio::test]
    async fn a_line_that_no_job_could_take_is_told() {
        let longest = "x".repeat(LONGEST);
        assert_eq!(lines(&format!("{longest}\na")).await.len(), 2);
        assert_eq!(lines(&format!("{longest}x\na")).await, [Line::TooLong]);
        assert_eq!(lines(&"y".repeat(10 * LONGEST)).await, [Line::TooLong]);
    }
}
