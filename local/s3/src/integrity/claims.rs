//! What a client claims of the bytes it sends.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, header::CONTENT_LENGTH};
use s3s::{S3Error, S3ErrorCode};

use super::{Algorithm, Digests};
use crate::{Error, error::refused};

/// The trailers of a body, by lower-case name: they are there when the body has ended.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trailers(Arc<Mutex<BTreeMap<String, String>>>);

impl Trailers {
    pub(crate) fn insert(&self, name: String, value: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name, value);
    }

    fn get(&self, name: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

/// What a client claims of the bytes it sends: in headers before, and in trailers after them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Claims {
    /// In bytes.
    length: Option<u64>,
    /// Base64.
    md5: Option<String>,
    /// Hexadecimal.
    sha256: Option<String>,
    checksum: Option<(Algorithm, Claimed)>,
    trailers: Trailers,
}

/// The value of a claimed checksum, in Base64.
#[derive(Debug, Clone)]
enum Claimed {
    Value(String),
    /// It comes in a trailer.
    Trailer,
    /// Only the algorithm is named.
    Unsaid,
}

impl Claims {
    /// Those of a request of these headers, whose body ends in `trailers`.
    pub(crate) fn of(headers: &HeaderMap, trailers: Trailers) -> Result<Self, Error> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let md5 = text("content-md5").map(str::to_owned);
        if md5.as_ref().is_some_and(|md5| BASE64_STANDARD.decode(md5).map_or(0, |bytes| bytes.len()) != 16) {
            return Err(refused!(InvalidDigest, "The Content-MD5 you specified was invalid."));
        }
        let sha256 = text("x-amz-content-sha256").filter(|value| value.len() == 64).map(str::to_owned);
        let length = text(CONTENT_LENGTH.as_str()).and_then(|value| value.parse().ok());
        Ok(Self { length, md5, sha256, checksum: Self::checksum(text)?, trailers })
    }

    fn checksum<'a>(text: impl Fn(&str) -> Option<&'a str>) -> Result<Option<(Algorithm, Claimed)>, Error> {
        let named = text("x-amz-sdk-checksum-algorithm").map(Algorithm::named).transpose()?;
        for algorithm in Algorithm::ALL {
            if let Some(value) = text(algorithm.header()) {
                return Ok(Some((algorithm, Claimed::Value(value.to_owned()))));
            }
        }
        let announced = text("x-amz-trailer").unwrap_or_default().trim();
        let trailing = Algorithm::ALL.into_iter().find(|algorithm| announced.eq_ignore_ascii_case(algorithm.header()));
        let trailing = trailing.map(|algorithm| (algorithm, Claimed::Trailer));
        Ok(trailing.or(named.map(|algorithm| (algorithm, Claimed::Unsaid))))
    }

    /// The algorithm of the checksum that comes with the bytes.
    pub(crate) fn algorithm(&self) -> Option<Algorithm> {
        self.checksum.as_ref().map(|(algorithm, _)| *algorithm)
    }

    /// Whether the SHA-256 of the bytes is needed to verify.
    pub(crate) fn wants_sha256(&self) -> bool {
        self.sha256.is_some()
    }

    /// Checks what was received against what was claimed.
    pub(crate) fn verify(&self, received: &Digests) -> Result<(), Error> {
        if self.length.is_some_and(|length| length != received.size) {
            return Err(refused!(
                IncompleteBody,
                "You did not provide the number of bytes specified by the Content-Length HTTP header: {} came.",
                received.size
            ));
        }
        if self.md5.as_ref().is_some_and(|md5| *md5 != BASE64_STANDARD.encode(received.md5)) {
            return Err(refused!(BadDigest, "The Content-MD5 you specified did not match what we received."));
        }
        if let (Some(claimed), Some(calculated)) = (&self.sha256, &received.sha256)
            && !claimed.eq_ignore_ascii_case(calculated)
        {
            return Err(sha256_mismatch());
        }
        self.verify_checksum(received)
    }

    fn verify_checksum(&self, received: &Digests) -> Result<(), Error> {
        let Some((algorithm, claimed)) = &self.checksum else { return Ok(()) };
        let header = algorithm.header();
        let claimed = match claimed {
            Claimed::Value(value) => value.clone(),
            Claimed::Trailer => self.trailers.get(header).ok_or_else(|| missing_trailer(header))?,
            Claimed::Unsaid => return Ok(()),
        };
        if received.value_of(*algorithm).is_some_and(|calculated| *calculated == claimed) {
            return Ok(());
        }
        let name = algorithm.name();
        Err(refused!(BadDigest, "The {name} you specified did not match the calculated checksum."))
    }
}

fn sha256_mismatch() -> Error {
    bad_request(
        "XAmzContentSHA256Mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed.".to_owned(),
    )
}

fn missing_trailer(name: &str) -> Error {
    bad_request("MalformedTrailerError", format!("The trailer {name} that x-amz-trailer announces did not come."))
}

/// Codes of S3 that `s3s` has no name for.
fn bad_request(code: &'static str, message: String) -> Error {
    let mut error = S3Error::with_message(S3ErrorCode::Custom(code.into()), message);
    error.set_status_code(http::StatusCode::BAD_REQUEST);
    Error::Refused(error)
}
