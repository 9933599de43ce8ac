//! Bytes on their way out.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::PathBuf,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::Stream;
use s3s::{
    StdError,
    stream::{ByteStream, RemainingLength},
};

use super::Lease;

/// How much is read at once.
const CHUNK: u64 = 256 * 1024;

/// A range of one file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) path: PathBuf,
    /// Where it begins.
    pub(crate) offset: u64,
    /// How many bytes it has.
    pub(crate) length: u64,
}

/// Reads the pieces of an object, one after the other, a chunk at a time.
pub(crate) struct Reader {
    pieces: VecDeque<Piece>,
    open: Option<File>,
    /// Dropped last: the files are there until all is read.
    _lease: Lease,
}

impl Reader {
    pub(crate) fn new(pieces: VecDeque<Piece>, lease: Lease) -> Self {
        Self { pieces, open: None, _lease: lease }
    }

    fn left(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.length).sum()
    }

    fn chunk(&mut self) -> Option<io::Result<Bytes>> {
        while self.pieces.front().is_some_and(|piece| piece.length == 0) {
            self.pieces.pop_front();
            self.open = None;
        }
        let piece = self.pieces.front_mut()?;
        Some(read(piece, &mut self.open))
    }
}

fn read(piece: &mut Piece, open: &mut Option<File>) -> io::Result<Bytes> {
    let file = match open {
        Some(file) => file,
        None => {
            let mut file = File::open(&piece.path)?;
            file.seek(SeekFrom::Start(piece.offset))?;
            open.insert(file)
        }
    };
    let wanted = piece.length.min(CHUNK);
    let mut bytes = vec![0; usize::try_from(wanted).unwrap_or_default()];
    file.read_exact(&mut bytes)?;
    piece.length = piece.length.saturating_sub(wanted);
    Ok(bytes.into())
}

impl Stream for Reader {
    type Item = Result<Bytes, StdError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let chunk = self.chunk().map(|read| {
            read.map_err(|error| {
                tracing::error!(%error, "the bytes of an object could not be read");
                error.into()
            })
        });
        Poll::Ready(chunk)
    }
}

impl ByteStream for Reader {
    fn remaining_length(&self) -> RemainingLength {
        usize::try_from(self.left()).map_or_else(|_| RemainingLength::unknown(), RemainingLength::new_exact)
    }
}
