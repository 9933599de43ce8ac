//! That bytes are what the client says they are: MD5, SHA-256 of the payload, and the checksums of the SDKs.

mod checksum;
mod claims;
mod digest;

pub(crate) use checksum::{Algorithm, Checksum, Kind, combined};
pub(crate) use claims::{Claims, Trailers};
pub(crate) use digest::{Digest, Digests, etag_of_parts, hex};
