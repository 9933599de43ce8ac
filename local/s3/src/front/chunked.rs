//! The `aws-chunked` encoding of a body, decoded as it streams by.
//!
//! ```text
//! <size in hexadecimal>[;chunk-signature=…]\r\n <bytes> \r\n   … any number of times
//! 0[;chunk-signature=…]\r\n
//! <trailer>:<value>\r\n                                        … any number of times
//! \r\n
//! ```
//! A chunk may be as large as the body: it is passed on as it comes. Signatures are not checked.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use http_body::Frame;
use local_wire::Body;
use s3s::StdError;

use crate::integrity::Trailers;

/// The most bytes of a chunk's head, or of a trailer.
const LINE_LIMIT: usize = 16 * 1024;

/// The most trailers.
const TRAILER_LIMIT: usize = 100;

/// Why a body is not `aws-chunked`.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub(super) enum Malformed {
    #[error("the aws-chunked body has the head of a chunk that is not a size in hexadecimal: {0:?}")]
    Size(String),
    #[error("the aws-chunked body has a chunk that does not end where its size says")]
    End,
    #[error("the aws-chunked body has a line longer than {LINE_LIMIT} bytes, or more than {TRAILER_LIMIT} trailers")]
    TooLong,
    #[error("the aws-chunked body has a trailer that is not `name:value`")]
    Trailer,
    #[error("the aws-chunked body breaks off")]
    Incomplete,
}

/// What was wrong with a body, once that is known.
pub(super) type Fault = Arc<OnceLock<Malformed>>;

/// A body without its `aws-chunked` encoding.
pub(super) struct Unchunked {
    body: Body,
    decoder: Decoder,
    fault: Fault,
}

impl Unchunked {
    /// The trailers are put into `trailers`, and what is wrong into `fault`.
    pub(super) fn new(body: Body, trailers: Trailers, fault: Fault) -> Self {
        Self { body, decoder: Decoder::new(trailers), fault }
    }

    fn malformed(&self, malformed: Malformed) -> StdError {
        // The first one stands.
        let _ = self.fault.set(malformed.clone());
        malformed.into()
    }
}

impl http_body::Body for Unchunked {
    type Data = Bytes;
    type Error = StdError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, StdError>>> {
        loop {
            if let Some(bytes) = self.decoder.decoded.pop_front() {
                return Poll::Ready(Some(Ok(Frame::data(bytes))));
            }
            let fed = match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => frame.into_data().map_or(Ok(()), |bytes| self.decoder.feed(bytes)),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    let ended = self.decoder.finish();
                    return Poll::Ready(ended.err().map(|malformed| Err(self.malformed(malformed))));
                }
            };
            if let Err(malformed) = fed {
                return Poll::Ready(Some(Err(self.malformed(malformed))));
            }
        }
    }
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    /// A line with the size of a chunk.
    Size,
    /// So many bytes.
    Data(u64),
    /// The empty line after a chunk.
    DataEnd,
    /// A trailer, or the empty line after all.
    Trailer,
    /// Nothing.
    End,
}

struct Decoder {
    expect: Expect,
    /// The beginning of a line whose end has not come.
    line: Vec<u8>,
    decoded: VecDeque<Bytes>,
    trailers: Trailers,
    trailer_count: usize,
}

impl Decoder {
    fn new(trailers: Trailers) -> Self {
        Self { expect: Expect::Size, line: Vec::new(), decoded: VecDeque::new(), trailers, trailer_count: 0 }
    }

    fn feed(&mut self, mut bytes: Bytes) -> Result<(), Malformed> {
        while bytes.has_remaining() {
            match self.expect {
                Expect::Data(left) => self.data(left, &mut bytes),
                Expect::Size | Expect::DataEnd | Expect::Trailer => self.line(&mut bytes)?,
                Expect::End => return Ok(()),
            }
        }
        Ok(())
    }

    /// Whether the body may end here.
    fn finish(&mut self) -> Result<(), Malformed> {
        match self.expect {
            // Not every client ends the trailers with an empty line, or the last trailer with a line's end.
            Expect::Trailer if self.line.is_empty() => Ok(()),
            Expect::Trailer => {
                let line = std::mem::take(&mut self.line);
                self.trailer(&line)
            }
            Expect::End => Ok(()),
            Expect::Size | Expect::Data(_) | Expect::DataEnd => Err(Malformed::Incomplete),
        }
    }

    fn data(&mut self, left: u64, bytes: &mut Bytes) {
        let taken = bytes.split_to(usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len()));
        let left = left.saturating_sub(taken.len() as u64);
        self.expect = if left == 0 { Expect::DataEnd } else { Expect::Data(left) };
        self.decoded.push_back(taken);
    }

    /// Takes bytes up to the end of the line; if it is there, what the line says happens.
    fn line(&mut self, bytes: &mut Bytes) -> Result<(), Malformed> {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let taken = bytes.split_to(end.map_or(bytes.len(), |end| end.saturating_add(1)));
        self.line.extend_from_slice(&taken);
        if self.line.len() > LINE_LIMIT {
            return Err(Malformed::TooLong);
        }
        if end.is_none() {
            return Ok(());
        }
        let line = std::mem::take(&mut self.line);
        let line = line.strip_suffix(b"\r\n").or_else(|| line.strip_suffix(b"\n")).unwrap_or(&line);
        self.expect = match self.expect {
            Expect::Size => size(line)?,
            Expect::DataEnd if line.is_empty() => Expect::Size,
            Expect::DataEnd => return Err(Malformed::End),
            Expect::Trailer if line.is_empty() => Expect::End,
            Expect::Trailer => {
                self.trailer(line)?;
                Expect::Trailer
            }
            other @ (Expect::Data(_) | Expect::End) => other,
        };
        Ok(())
    }

    fn trailer(&mut self, line: &[u8]) -> Result<(), Malformed> {
        self.trailer_count = self.trailer_count.saturating_add(1);
        if self.trailer_count > TRAILER_LIMIT {
            return Err(Malformed::TooLong);
        }
        let text = std::str::from_utf8(line).map_err(|_| Malformed::Trailer)?;
        let (name, value) = text.split_once(':').ok_or(Malformed::Trailer)?;
        self.trailers.insert(name.trim().to_ascii_lowercase(), value.trim().to_owned());
        Ok(())
    }
}

/// What comes after the head of a chunk.
fn size(line: &[u8]) -> Result<Expect, Malformed> {
    let text = String::from_utf8_lossy(line);
    let digits = text.split(';').next().unwrap_or_default().trim();
    match u64::from_str_radix(digits, 16) {
        Ok(0) => Ok(Expect::Trailer),
        Ok(size) => Ok(Expect::Data(size)),
        Err(_) => Err(Malformed::Size(digits.chars().take(32).collect())),
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use proptest::prelude::*;

    use super::*;

    /// What comes out of `body` if it comes in frames of `size` bytes.
    fn decode(body: &[u8], size: usize) -> Result<(Vec<u8>, Trailers), Malformed> {
        let trailers = Trailers::default();
        let mut decoder = Decoder::new(trailers.clone());
        for frame in body.chunks(size) {
            decoder.feed(Bytes::copy_from_slice(frame))?;
        }
        decoder.finish()?;
        Ok((decoder.decoded.into_iter().flatten().collect(), trailers))
    }

    const SIGNED: &[u8] =
        b"5;chunk-signature=00\r\nhello\r\n6;chunk-signature=01\r\n\r\n0\r\n!\r\n0;chunk-signature=02\r\n\
        X-Amz-Checksum-CRC32: AAAAAA==\r\nx-amz-trailer-signature:03\r\n\r\n";

    #[test]
    fn every_way_to_cut_a_body_gives_the_same() {
        for size in 1..SIGNED.len() {
            let (decoded, trailers) = decode(SIGNED, size).unwrap();
            assert_eq!(decoded, b"hello\r\n0\r\n!", "{size}");
            assert!(format!("{trailers:?}").contains("\"x-amz-checksum-crc32\": \"AAAAAA==\""));
        }
    }

    #[test]
    fn an_empty_body_and_a_missing_last_line_are_taken() {
        for body in
            ["0\r\n\r\n", "0\r\n", "0\r\nx-amz-checksum-crc32:AAAAAA==", "0\r\nx-amz-checksum-crc32:AAAAAA==\r\n"]
        {
            assert_eq!(decode(body.as_bytes(), 100).unwrap().0, b"", "{body:?}");
        }
    }

    #[test]
    fn what_is_malformed_is_refused() {
        let refused = |body: &[u8]| decode(body, 7).unwrap_err();
        assert_eq!(refused(b"xyz\r\nhello\r\n"), Malformed::Size("xyz".into()));
        assert_eq!(refused(b"-5\r\nhello\r\n"), Malformed::Size("-5".into()));
        assert_eq!(refused(b"5\r\nhello world\r\n0\r\n"), Malformed::End);
        assert_eq!(refused(b"5\r\nhel"), Malformed::Incomplete);
        assert_eq!(refused(b"5\r\nhello\r\n"), Malformed::Incomplete);
        assert_eq!(refused(b""), Malformed::Incomplete);
        assert_eq!(refused(b"0\r\nno colon\r\n\r\n"), Malformed::Trailer);
        assert_eq!(refused(&[b'1'; LINE_LIMIT * 2]), Malformed::TooLong);
        assert_eq!(refused(format!("0\r\n{}", "a:b\r\n".repeat(101)).as_bytes()), Malformed::TooLong);
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_an_error() {
        let body = Unchunked::new(local_wire::body("5\r\nhel"), Trailers::default(), Fault::default());
        assert!(body.collect().await.unwrap_err().to_string().contains("breaks off"));
    }

    proptest! {
        #[test]
        fn anything_encoded_comes_back(chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..50), 0..5), size in 1_usize..40) {
            let mut body = Vec::new();
            for chunk in &chunks {
                body.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
                body.extend(chunk);
                body.extend(b"\r\n");
            }
            body.extend(b"0\r\n\r\n");
            prop_assert_eq!(decode(&body, size).unwrap().0, chunks.concat());
        }

        #[test]
        fn nothing_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200), size in 1_usize..20) {
            let _ = decode(&body, size);
        }
    }
}
