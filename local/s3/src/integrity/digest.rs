//! What is calculated of bytes while they stream by.

use std::fmt::Write as _;

use s3s::{
    checksum::ChecksumHasher,
    crypto::{Checksum as _, Md5, Sha256},
    dto,
};

use super::{Algorithm, Checksum, Claims, Kind};

/// Calculates all that is needed of the bytes, in one pass.
pub(crate) struct Digest {
    size: u64,
    md5: Md5,
    sha256: Option<Sha256>,
    checksums: ChecksumHasher,
}

impl Digest {
    /// What `claims` are verified by, and the checksum to `keep`.
    pub(crate) fn new(claims: &Claims, keep: Algorithm) -> Self {
        let mut checksums = ChecksumHasher::default();
        keep.enable(&mut checksums);
        if let Some(claimed) = claims.algorithm().filter(|claimed| *claimed != keep) {
            claimed.enable(&mut checksums);
        }
        Self { size: 0, md5: Md5::new(), sha256: claims.wants_sha256().then(Sha256::new), checksums }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.size = self.size.saturating_add(bytes.len() as u64);
        self.md5.update(bytes);
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(bytes);
        }
        self.checksums.update(bytes);
    }

    /// How many bytes went by.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn finish(self) -> Digests {
        Digests {
            size: self.size,
            md5: self.md5.finalize(),
            sha256: self.sha256.map(|sha256| hex(&sha256.finalize())),
            checksums: self.checksums.finalize(),
        }
    }
}

/// What was calculated of some bytes.
#[derive(Debug)]
pub(crate) struct Digests {
    pub(crate) size: u64,
    pub(crate) md5: [u8; 16],
    /// Hexadecimal.
    pub(crate) sha256: Option<String>,
    checksums: dto::Checksum,
}

impl Digests {
    /// The ETag, without quotes, of an object or a part of these bytes.
    pub(crate) fn etag(&self) -> String {
        hex(&self.md5)
    }

    /// The checksum of that algorithm, if it was calculated.
    pub(crate) fn value_of(&self, algorithm: Algorithm) -> Option<&String> {
        algorithm.of(&self.checksums)
    }

    /// The checksum of that algorithm, to be kept.
    pub(crate) fn checksum(&self, algorithm: Algorithm) -> Option<Checksum> {
        let value = self.value_of(algorithm)?.clone();
        Some(Checksum { algorithm, kind: Kind::FullObject, value })
    }
}

/// The ETag, without quotes, of an object in parts of these ETags: the MD5 of their MD5s, and their number.
pub(crate) fn etag_of_parts<'a>(etags: impl ExactSizeIterator<Item = &'a str>) -> String {
    let count = etags.len();
    let mut md5 = Md5::new();
    for etag in etags {
        md5.update(&unhex(etag));
    }
    format!("{}-{count}", hex(&md5.finalize()))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len().saturating_mul(2)), |mut text, byte| {
        // Writing to memory does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.chars().filter_map(|digit| digit.to_digit(16)).filter_map(|digit| digit.try_into().ok()).collect();
    digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_etag_of_parts_is_the_md5_of_their_md5s() {
        let parts = ["0cc175b9c0f1b6a831c399e269772661", "92eb5ffee6ae2fec3ad71c777531578f"];
        // md5(md5("a") . md5("b")), as `md5sum` says.
        assert_eq!(etag_of_parts(parts.iter().copied()), "96e024ba2074fe77e8e965ba43a704be-2");
    }

    #[test]
    fn hexadecimal_goes_both_ways() {
        assert_eq!(unhex(&hex(&[0, 1, 127, 128, 255])), [0, 1, 127, 128, 255]);
    }
}
