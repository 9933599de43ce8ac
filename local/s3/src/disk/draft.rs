//! Bytes on their way in.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::PathBuf,
};

use s3s::crypto::{Checksum as _, Sha256};

use super::{Disk, flush};
use crate::{
    Error,
    integrity::{Algorithm, Claims, Digest, Digests, hex},
};

/// A file that bytes are received into. Removed when dropped.
pub(crate) struct Draft {
    file: File,
    place: Place,
    claims: Claims,
    digest: Digest,
}

impl Draft {
    pub(super) fn create(path: PathBuf, claims: Claims, keep: Algorithm) -> io::Result<Self> {
        let file = File::create_new(&path)?;
        let digest = Digest::new(&claims, keep);
        Ok(Self { file, place: Place::of(path), claims, digest })
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.digest.update(bytes);
        self.file.write_all(bytes)
    }

    /// How many bytes came so far.
    pub(crate) fn size(&self) -> u64 {
        self.digest.size()
    }

    /// Verifies what was received, flushes it, and moves it among the objects, under a hash of its key.
    pub(crate) async fn settle(self, disk: &Disk, bucket: &str, key: &str) -> Result<(Blob, Digests), Error> {
        let digests = self.digest.finish();
        self.claims.verify(&digests)?;
        let name = name(bucket, key, &self.place.path);
        let path = disk.path(&name);
        flush::settle(self.file, self.place.path.clone(), path.clone()).await?;
        self.place.keep();
        Ok((Blob { name, size: digests.size, place: Place::of(path) }, digests))
    }
}

/// Whole bytes on the disk, which no row names yet. Removed when dropped, unless kept.
pub(crate) struct Blob {
    /// Below the folder of objects.
    pub(crate) name: String,
    /// In bytes.
    pub(crate) size: u64,
    place: Place,
}

impl Blob {
    /// A row names it now.
    pub(crate) fn keep(self) {
        self.place.keep();
    }
}

/// `<2 digits>/<30 more digits of the hash of bucket and key>.<the draft's random name>`
fn name(bucket: &str, key: &str, draft: &std::path::Path) -> String {
    let mut hash = Sha256::new();
    hash.update(bucket.as_bytes());
    // No bucket's name has a slash: the pair is unambiguous.
    hash.update(b"/");
    hash.update(key.as_bytes());
    let digits = hex(&hash.finalize());
    let (shard, rest) = digits.split_at(2);
    let rest = rest.get(..30).unwrap_or(rest);
    format!("{shard}/{rest}.{}", draft.file_name().unwrap_or_default().display())
}

/// A file that is removed when this is dropped, unless kept.
struct Place {
    path: PathBuf,
    kept: bool,
}

impl Place {
    fn of(path: PathBuf) -> Self {
        Self { path, kept: false }
    }

    fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.kept
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(path = %self.path.display(), %error, "bytes that no object has could not be removed");
        }
    }
}
