//! Flushing to the disk, off the runtime's threads where it has several.
//!
//! On a runtime of one thread (a simulation) it happens in place, so that the order of events follows from the seed alone.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use tokio::runtime::{Handle, RuntimeFlavor};

/// Flushes `file`, which lies at `from`, and moves it to `to`: after a crash it is whole, or not there.
pub(super) async fn settle(file: File, from: PathBuf, to: PathBuf) -> io::Result<()> {
    if Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread {
        return settle_here(&file, &from, &to);
    }
    tokio::task::spawn_blocking(move || settle_here(&file, &from, &to)).await?
}

fn settle_here(file: &File, from: &Path, to: &Path) -> io::Result<()> {
    file.sync_data()?;
    let shard = to.parent().unwrap_or(to);
    if !shard.is_dir() {
        fs::create_dir_all(shard)?;
        folder(shard.parent().unwrap_or(shard))?;
    }
    fs::rename(from, to)?;
    folder(shard)
}

/// Flushes a folder's list of names. Windows has no such thing: there, a name is as durable as its file.
pub(super) fn folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}
