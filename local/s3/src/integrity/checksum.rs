//! The checksums that S3 keeps with an object.

use base64::{Engine, prelude::BASE64_STANDARD};
use crc_fast::{CrcAlgorithm, checksum_combine};
use s3s::{checksum::ChecksumHasher, crypto::Checksum as _, dto};
use serde::{Deserialize, Serialize};

use crate::{Error, error::refused};

/// An algorithm of S3's checksums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Algorithm {
    Crc32,
    Crc32c,
    /// What S3 takes if the client names none.
    Crc64nvme,
    Sha1,
    Sha256,
}

impl Algorithm {
    pub(crate) const ALL: [Self; 5] = [Self::Crc32, Self::Crc32c, Self::Crc64nvme, Self::Sha1, Self::Sha256];

    /// Its name in S3's API.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => dto::ChecksumAlgorithm::CRC32,
            Self::Crc32c => dto::ChecksumAlgorithm::CRC32C,
            Self::Crc64nvme => dto::ChecksumAlgorithm::CRC64NVME,
            Self::Sha1 => dto::ChecksumAlgorithm::SHA1,
            Self::Sha256 => dto::ChecksumAlgorithm::SHA256,
        }
    }

    /// The header, or trailer, that carries its value.
    pub(crate) fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// The algorithm of that name.
    pub(crate) fn named(name: &str) -> Result<Self, Error> {
        let known = Self::ALL.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name));
        known.ok_or_else(|| {
            refused!(
                InvalidRequest,
                "Checksum algorithm {name} is not supported: CRC32, CRC32C, CRC64NVME, SHA1 or SHA256."
            )
        })
    }

    /// Makes `hasher` calculate it.
    pub(crate) fn enable(self, hasher: &mut ChecksumHasher) {
        match self {
            Self::Crc32 => hasher.crc32 = Some(s3s::crypto::Crc32::new()),
            Self::Crc32c => hasher.crc32c = Some(s3s::crypto::Crc32c::new()),
            Self::Crc64nvme => hasher.crc64nvme = Some(s3s::crypto::Crc64Nvme::new()),
            Self::Sha1 => hasher.sha1 = Some(s3s::crypto::Sha1::new()),
            Self::Sha256 => hasher.sha256 = Some(s3s::crypto::Sha256::new()),
        }
    }

    /// Its value among those calculated.
    pub(crate) fn of(self, values: &dto::Checksum) -> Option<&String> {
        match self {
            Self::Crc32 => values.checksum_crc32.as_ref(),
            Self::Crc32c => values.checksum_crc32c.as_ref(),
            Self::Crc64nvme => values.checksum_crc64nvme.as_ref(),
            Self::Sha1 => values.checksum_sha1.as_ref(),
            Self::Sha256 => values.checksum_sha256.as_ref(),
        }
    }

    /// How the checksum of an object in parts is made, unless the client says.
    pub(crate) fn default_kind(self) -> Kind {
        match self {
            Self::Crc64nvme => Kind::FullObject,
            Self::Crc32 | Self::Crc32c | Self::Sha1 | Self::Sha256 => Kind::Composite,
        }
    }

    fn crc(self) -> Option<CrcAlgorithm> {
        match self {
            Self::Crc32 => Some(CrcAlgorithm::Crc32IsoHdlc),
            Self::Crc32c => Some(CrcAlgorithm::Crc32Iscsi),
            Self::Crc64nvme => Some(CrcAlgorithm::Crc64Nvme),
            Self::Sha1 | Self::Sha256 => None,
        }
    }
}

/// What a checksum is calculated over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// Over all bytes.
    FullObject,
    /// Over the checksums of the parts.
    Composite,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::FullObject => dto::ChecksumType::FULL_OBJECT,
            Self::Composite => dto::ChecksumType::COMPOSITE,
        }
    }

    pub(crate) fn named(name: &str) -> Result<Self, Error> {
        let known = [Self::FullObject, Self::Composite].into_iter().find(|kind| kind.name() == name);
        known.ok_or_else(|| refused!(InvalidRequest, "Checksum type {name} is not known: FULL_OBJECT or COMPOSITE."))
    }
}

/// The checksum that is kept with an object or a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Checksum {
    pub(crate) algorithm: Algorithm,
    pub(crate) kind: Kind,
    /// Base64, with `-N` for a composite one of `N` parts.
    pub(crate) value: String,
}

impl Checksum {
    /// As the fields of S3's answers, of which one is set.
    pub(crate) fn fields(&self) -> dto::Checksum {
        let mut fields =
            dto::Checksum { checksum_type: Some(self.kind.name().to_owned().into()), ..Default::default() };
        let value = Some(self.value.clone());
        match self.algorithm {
            Algorithm::Crc32 => fields.checksum_crc32 = value,
            Algorithm::Crc32c => fields.checksum_crc32c = value,
            Algorithm::Crc64nvme => fields.checksum_crc64nvme = value,
            Algorithm::Sha1 => fields.checksum_sha1 = value,
            Algorithm::Sha256 => fields.checksum_sha256 = value,
        }
        fields
    }
}

/// The checksum of an object from those of its parts, each with the part's size in bytes.
pub(crate) fn combined(algorithm: Algorithm, kind: Kind, parts: &[(&str, u64)]) -> Result<Checksum, Error> {
    let value = match kind {
        Kind::FullObject => full_object(algorithm, parts)?,
        Kind::Composite => composite(algorithm, parts)?,
    };
    Ok(Checksum { algorithm, kind, value })
}

fn composite(algorithm: Algorithm, parts: &[(&str, u64)]) -> Result<String, Error> {
    let mut hasher = ChecksumHasher::default();
    algorithm.enable(&mut hasher);
    for (value, _) in parts {
        hasher.update(&decoded(value)?);
    }
    let values = hasher.finalize();
    Ok(format!("{}-{}", algorithm.of(&values).map_or("", String::as_str), parts.len()))
}

fn full_object(algorithm: Algorithm, parts: &[(&str, u64)]) -> Result<String, Error> {
    let Some(crc) = algorithm.crc() else {
        return Err(refused!(
            InvalidRequest,
            "The FULL_OBJECT checksum type cannot be used with {}.",
            algorithm.name()
        ));
    };
    let mut whole = 0;
    for (value, size) in parts {
        whole = checksum_combine(crc, whole, number(&decoded(value)?), *size);
    }
    let bytes = whole.to_be_bytes();
    Ok(match algorithm {
        Algorithm::Crc64nvme => BASE64_STANDARD.encode(bytes),
        Algorithm::Crc32 | Algorithm::Crc32c | Algorithm::Sha1 | Algorithm::Sha256 => {
            BASE64_STANDARD.encode(bytes.get(4..).unwrap_or_default())
        }
    })
}

fn number(big_endian: &[u8]) -> u64 {
    big_endian.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn decoded(value: &str) -> Result<Vec<u8>, Error> {
    BASE64_STANDARD.decode(value).map_err(|_| refused!(InvalidPart, "The checksum {value:?} of a part is not Base64."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(algorithm: Algorithm, bytes: &[u8]) -> String {
        let mut hasher = ChecksumHasher::default();
        algorithm.enable(&mut hasher);
        hasher.update(bytes);
        algorithm.of(&hasher.finalize()).unwrap().clone()
    }

    #[test]
    fn the_checksum_of_the_whole_follows_from_those_of_the_parts() {
        for algorithm in [Algorithm::Crc32, Algorithm::Crc32c, Algorithm::Crc64nvme] {
            let (a, b, c) = (of(algorithm, b"first "), of(algorithm, b""), of(algorithm, b"and last"));
            let whole = combined(algorithm, Kind::FullObject, &[(&a, 6), (&b, 0), (&c, 8)]).unwrap();
            assert_eq!(whole.value, of(algorithm, b"first and last"), "{algorithm:?}");
        }
        assert!(combined(Algorithm::Sha1, Kind::FullObject, &[]).is_err());
    }

    #[test]
    fn a_composite_checksum_is_over_the_checksums_and_counts_them() {
        let (a, b) = (of(Algorithm::Sha256, b"first"), of(Algorithm::Sha256, b"last"));
        let both = [decoded(&a).unwrap(), decoded(&b).unwrap()].concat();
        let composite = combined(Algorithm::Sha256, Kind::Composite, &[(&a, 5), (&b, 4)]).unwrap();
        assert_eq!(composite.value, format!("{}-2", of(Algorithm::Sha256, &both)));
    }
}
