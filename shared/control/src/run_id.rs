//! The id of a run.

use std::fmt;

use sha2::{Digest, Sha256};

/// The id of a run: 24 characters of lower-case base32, without a hyphen, so that a job's name can be taken apart.
///
/// It is a hash of the pipeline's name (never its version) and of the request's identity: the same request makes the same
/// run, however often it arrives.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(String);

/// A text that is not a run id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a run id: that is {length} characters of a-z and 2-7", length = RunId::LENGTH)]
pub struct NotARunId(pub String);

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

impl RunId {
    /// How many shards each index of runs has: a run's item goes to one of them.
    pub(crate) const SHARDS: u8 = 16;
    /// How many shards the index of the lane has. They are fewer, because whoever drains the lane asks all of them twice a
    /// second: four partitions of an index take 4,000 writes a second, and 50 submissions a second leave the lane.
    pub(crate) const LANE_SHARDS: u8 = 4;
    /// Its length in characters.
    pub const LENGTH: usize = 24;

    /// The run of a pipeline that a request makes.
    pub fn of(pipeline: &str, identity: &str) -> Self {
        Self(short_hash(&[pipeline, identity]))
    }

    /// From its text.
    ///
    /// # Errors
    /// If it is not of the form.
    pub fn parse(text: &str) -> Result<Self, NotARunId> {
        if text.len() == Self::LENGTH && text.bytes().all(|byte| ALPHABET.contains(&byte)) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotARunId(text.chars().take(64).collect()))
        }
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Which of the sixteen shards of the indexes of runs it is in.
    pub fn shard(&self) -> u8 {
        // The letters 2 to 7 are those after z: both halves of the alphabet fall on the sixteen shards evenly.
        let place = match self.0.bytes().next() {
            Some(letter @ b'a'..=b'z') => letter - b'a',
            Some(digit @ b'2'..=b'7') => digit - b'2' + 26,
            Some(_) | None => 0,
        };
        place % Self::SHARDS
    }

    /// Which of the shards of the lane's index it is in.
    pub(crate) fn lane_shard(&self) -> u8 {
        self.shard() % Self::LANE_SHARDS
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// 24 characters of lower-case base32: 120 bits of the SHA-256 of the parts, each with its length, so that no two lists of
/// parts hash alike.
pub(crate) fn short_hash(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digest = hash.finalize();
    let mut text = String::with_capacity(RunId::LENGTH);
    for group in digest.chunks_exact(5).take(RunId::LENGTH / 8) {
        let bits = group.iter().fold(0_u64, |bits, &byte| bits << 8 | u64::from(byte));
        for place in (0..8).rev() {
            let letter = ALPHABET.get((bits >> (place * 5) & 31) as usize).copied().unwrap_or(b'a');
            text.push(char::from(letter));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_request_makes_the_same_run() {
        let run = RunId::of("etl", "s3:bucket/key");
        assert_eq!(run, RunId::of("etl", "s3:bucket/key"));
        assert_ne!(run, RunId::of("etl2", "s3:bucket/key"));
        assert_ne!(RunId::of("ab", "c"), RunId::of("a", "bc"));
        assert_eq!(RunId::parse(run.as_str()), Ok(run.clone()));
        assert!(run.shard() < 16);
    }

    #[test]
    fn base32_is_that_of_rfc_4648() {
        // SHA-256 of nothing begins e3b0c442 98fc1c14; its first five bytes in base32 are 4OYMIQUY.
        assert!(short_hash(&[]).starts_with("4oymiquy"));
    }

    #[test]
    fn what_is_no_run_id_is_refused() {
        for text in ["", "abc", "ABCDEFGHIJKLMNOPQRSTUVWX", "abcdefghijklmnopqrstuvw1", "abcdefghijklmnopqrstuvwé"] {
            assert!(RunId::parse(text).is_err(), "{text}");
        }
    }
}
