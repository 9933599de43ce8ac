//! The bytes, in files under `<data-dir>/s3/`.
//!
//! - `incoming/`: what is being received. Emptied at start.
//! - `objects/<2 digits>/<hash of bucket and key>.<random>`: whole and flushed. A file here lives as long as a row names it; at
//!   start what no row names is removed.

mod draft;
mod flush;
mod lease;
mod reader;

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

pub(crate) use draft::{Blob, Draft};
pub(crate) use lease::{Lease, Leases};
pub(crate) use reader::{Piece, Reader};

use crate::integrity::Claims;

/// The folder of the bytes. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Disk {
    incoming: PathBuf,
    objects: PathBuf,
}

impl Disk {
    /// Makes the folders, and removes what a crash left: everything in `incoming`, and every object whose name is not `kept`.
    pub(crate) fn open(data_dir: &Path, kept: &BTreeSet<String>) -> io::Result<Self> {
        let root = data_dir.join("s3");
        let disk = Self { incoming: root.join("incoming"), objects: root.join("objects") };
        fs::create_dir_all(&disk.incoming)?;
        fs::create_dir_all(&disk.objects)?;
        for entry in fs::read_dir(&disk.incoming)? {
            fs::remove_file(entry?.path())?;
        }
        disk.remove_all_but(kept)?;
        flush::folder(&root)?;
        Ok(disk)
    }

    fn remove_all_but(&self, kept: &BTreeSet<String>) -> io::Result<()> {
        for shard in fs::read_dir(&self.objects)? {
            let shard = shard?;
            if !shard.file_type()?.is_dir() {
                // Not ours: some desktops leave files everywhere.
                continue;
            }
            for entry in fs::read_dir(shard.path())? {
                let entry = entry?;
                let name = format!("{}/{}", shard.file_name().display(), entry.file_name().display());
                if !kept.contains(&name) {
                    tracing::info!(file = name, "removed bytes that no object has");
                    fs::remove_file(entry.path())?;
                }
            }
        }
        Ok(())
    }

    /// A file to receive bytes into. `unique` is a random name.
    pub(crate) fn draft(&self, unique: &str, claims: Claims, keep: crate::integrity::Algorithm) -> io::Result<Draft> {
        Draft::create(self.incoming.join(unique), claims, keep)
    }

    /// Where the bytes of that name lie.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.objects.join(name)
    }
}
