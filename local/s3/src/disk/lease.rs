//! Who reads an object while it is deleted reads it to its end.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::table::Seq;

/// The objects that are being read. Cheap to clone.
///
/// A lease is taken while the database is locked, by whoever found the row there; files are given up only after the
/// transaction that removed the row. So a file is either found and leased, or not found.
#[derive(Clone, Default)]
pub(crate) struct Leases(Arc<Mutex<BTreeMap<Seq, Entry>>>);

#[derive(Default)]
struct Entry {
    readers: usize,
    doomed: Vec<PathBuf>,
}

/// While this lives, the files of one object are there.
pub(crate) struct Lease {
    leases: Leases,
    seq: Seq,
}

impl Leases {
    pub(crate) fn take(&self, seq: Seq) -> Lease {
        let mut entries = self.lock();
        let entry = entries.entry(seq).or_default();
        entry.readers = entry.readers.saturating_add(1);
        drop(entries);
        Lease { leases: self.clone(), seq }
    }

    /// Removes the files of an object that no row names any more: now, or when its last reader is done.
    pub(crate) fn give_up(&self, seq: Seq, files: Vec<PathBuf>) {
        match self.lock().get_mut(&seq) {
            Some(entry) => entry.doomed.extend(files),
            None => remove(&files),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Seq, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut entries = self.leases.lock();
        let Some(entry) = entries.get_mut(&self.seq) else { return };
        entry.readers = entry.readers.saturating_sub(1);
        if entry.readers == 0
            && let Some(done) = entries.remove(&self.seq)
        {
            remove(&done.doomed);
        }
    }
}

fn remove(files: &[PathBuf]) {
    for file in files {
        if let Err(error) = remove_one(file) {
            // The next start removes it.
            tracing::warn!(path = %file.display(), %error, "the bytes of a deleted object could not be removed");
        }
    }
}

fn remove_one(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_goes_with_its_last_reader() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bytes");
        fs::write(&file, "x").unwrap();
        let leases = Leases::default();
        let (first, second) = (leases.take(Seq(1)), leases.take(Seq(1)));
        leases.give_up(Seq(1), vec![file.clone()]);
        drop(first);
        assert!(file.exists());
        drop(second);
        assert!(!file.exists());
        fs::write(&file, "x").unwrap();
        leases.give_up(Seq(1), vec![file.clone()]);
        assert!(!file.exists());
    }
}
