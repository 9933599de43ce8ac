//! The inbox folder: dropping a file into it is an upload.
//!
//! **Every settled content of a file is put once**: that it was put is written in the transaction that makes the object
//! visible. A file has settled when two looks, at least [`SETTLE`] apart, found the same size, time and inode; so one that is
//! still being copied waits, and one that changes is put again. The file itself stays where it is.
//!
//! The folder is polled, so that it works on every file system. While nothing changes, a look only reads the folder.

mod put;
mod walk;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use tokio::time::Instant;

use crate::{Error, S3};
use walk::{Signature, Walk};

/// How long a file must not have changed.
const SETTLE: Duration = Duration::from_millis(500);

/// The least time between two looks.
const INTERVAL: Duration = Duration::from_millis(250);

/// A look takes at most one part in so many of the time, however many files there are.
const SHARE: u32 = 10;

/// A folder whose files are put into a bucket, under their relative paths.
pub struct Inbox {
    s3: Arc<S3>,
    folder: PathBuf,
    bucket: String,
    /// What was put, as the database has it.
    put: BTreeMap<String, Signature>,
    /// What is not known to have settled, and since when it is as it is.
    settling: BTreeMap<String, (Signature, Instant)>,
    /// What there was a warning about, and which.
    warned: BTreeMap<String, String>,
}

/// What one look did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// The keys that were put, in order.
    pub put: Vec<String>,
    /// How many files have not settled yet.
    pub settling: usize,
}

impl Inbox {
    /// The inbox at `folder`, which is made if it is not there, for `bucket`, which is there.
    ///
    /// # Errors
    /// If the folder cannot be made, or the database cannot be read.
    pub fn open(s3: Arc<S3>, folder: PathBuf, bucket: String) -> Result<Self, Error> {
        std::fs::create_dir_all(&folder)?;
        let put = s3.objects.put_from_inbox(&bucket)?;
        Ok(Self { s3, folder, bucket, put, settling: BTreeMap::new(), warned: BTreeMap::new() })
    }

    /// Looks again and again, for ever. What fails is warned about, and tried again at the next look.
    pub async fn run(mut self) {
        loop {
            let began = Instant::now();
            if let Err(error) = self.look().await {
                self.warn("", &format!("the inbox cannot be read: {error}"));
            }
            tokio::time::sleep(INTERVAL.max(began.elapsed().saturating_mul(SHARE))).await;
        }
    }

    /// Looks once, and puts what has settled.
    ///
    /// # Errors
    /// If the folder cannot be read, or the database fails. A file that cannot be put is warned about, once, and tried
    /// again at the next look.
    pub async fn look(&mut self) -> Result<Looked, Error> {
        let Walk { files, complaints, complete } = walk::walk(&self.folder)?;
        for (path, complaint) in &complaints {
            self.warn(path, complaint);
        }
        if complete {
            self.forget(&files).await?;
        }
        let settled = self.settled(&files);
        let mut looked = Looked { put: Vec::new(), settling: self.settling.len() };
        for (key, signature) in settled {
            match self.s3.objects.put_inbox_file(&self.bucket, &key, &self.folder, signature).await {
                Ok(()) => {
                    self.warned.remove(&key);
                    self.put.insert(key.clone(), signature);
                    looked.put.push(key);
                }
                Err(error) => self.warn(&key, &format!("not put into the bucket {}: {error}", self.bucket)),
            }
        }
        Ok(looked)
    }

    /// The files that were not put as they are, and have been as they are for long enough.
    fn settled(&mut self, files: &BTreeMap<String, Signature>) -> Vec<(String, Signature)> {
        let now = Instant::now();
        let mut settled = Vec::new();
        let before = std::mem::take(&mut self.settling);
        for (key, signature) in files.iter().filter(|(key, signature)| self.put.get(*key) != Some(signature)) {
            let since = match before.get(key) {
                Some((same, since)) if same == signature => *since,
                Some(_) | None => now,
            };
            if now.duration_since(since) >= SETTLE {
                settled.push((key.clone(), *signature));
            }
            self.settling.insert(key.clone(), (*signature, since));
        }
        for (key, _) in &settled {
            // If it cannot be put, it is tried again after it has settled again.
            self.settling.remove(key);
        }
        settled
    }

    /// Forgets what is no longer there, so that it is put when it comes again.
    async fn forget(&mut self, files: &BTreeMap<String, Signature>) -> Result<(), Error> {
        let gone: Vec<String> = self.put.keys().filter(|key| !files.contains_key(*key)).cloned().collect();
        if gone.is_empty() {
            return Ok(());
        }
        self.s3.objects.forget_inbox_files(&self.bucket, &gone).await?;
        for key in &gone {
            self.put.remove(key);
            self.warned.remove(key);
        }
        Ok(())
    }

    fn warn(&mut self, path: &str, complaint: &str) {
        let before = self.warned.insert(path.to_owned(), complaint.to_owned());
        if before.as_deref() != Some(complaint) {
            tracing::warn!(folder = %self.folder.display(), path, "{complaint}");
        }
    }
}
