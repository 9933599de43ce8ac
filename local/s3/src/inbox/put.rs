//! Putting a file of the inbox, and remembering it, in one transaction.

use std::{collections::BTreeMap, fs::File, io, path::Path};

use rusqlite::params;

use super::walk::Signature;
use crate::{
    Error,
    ops::ObjectStore,
    table::{Key, integer, unsigned},
};

impl ObjectStore {
    /// What was put into `bucket`, by key.
    pub(crate) fn put_from_inbox(&self, bucket: &str) -> Result<BTreeMap<String, Signature>, Error> {
        self.store.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT key, size, mtime_ns, inode FROM s3_inbox WHERE bucket = ?1")?;
            let rows = statement.query_map([bucket], |row| {
                let Key(key) = row.get(0)?;
                Ok((key, Signature { size: unsigned(row.get(1)?), mtime_ns: row.get(2)?, inode: row.get(3)? }))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Puts the file at `key` below `folder`, if it is still as `signature` says.
    pub(crate) async fn put_inbox_file(
        &self,
        bucket: &str,
        key: &str,
        folder: &Path,
        signature: Signature,
    ) -> Result<(), Error> {
        let file = File::open(folder.join(key))?;
        let again = file.try_clone()?;
        unchanged(&file, signature)?;
        let accept = |size| if size == signature.size { unchanged(&again, signature) } else { Err(changed()) };
        let remember = |transaction: &rusqlite::Transaction<'_>| {
            transaction.execute(
                "INSERT OR REPLACE INTO s3_inbox (bucket, key, size, mtime_ns, inode) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![bucket, Key(key.to_owned()), integer(signature.size), signature.mtime_ns, signature.inode],
            )?;
            Ok(())
        };
        let stored = self.put_open_file(bucket, key, file, accept, remember).await?;
        tracing::info!(bucket, key, size = stored.size, "put from the inbox");
        Ok(())
    }

    /// Forgets files that are no longer there.
    pub(crate) async fn forget_inbox_files(&self, bucket: &str, keys: &[String]) -> Result<(), Error> {
        self.store.write(|transaction| {
            let mut statement = transaction.prepare_cached("DELETE FROM s3_inbox WHERE bucket = ?1 AND key = ?2")?;
            for key in keys {
                statement.execute(params![bucket, Key(key.clone())])?;
            }
            Ok::<_, Error>(())
        })?;
        self.store.durable().await?;
        Ok(())
    }
}

fn unchanged(file: &File, signature: Signature) -> Result<(), Error> {
    let metadata = file.metadata()?;
    if metadata.is_file() && Signature::of(&metadata) == signature { Ok(()) } else { Err(changed()) }
}

fn changed() -> Error {
    Error::Disk(io::Error::other("it changes while it is read"))
}
