//! Group commit: one `fsync` of a write-ahead log for all who wait for it.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio::sync::{mpsc, oneshot};

use crate::Error;

type Waiter = oneshot::Sender<Result<(), Error>>;

/// Flushes the write-ahead log of one SQLite file, grouped. Cheap to clone.
///
/// Flushing a file through any handle flushes it whole, so the log is opened a second time here and SQLite's own handle is
/// left alone. SQLite keeps the log's file as long as a connection is open.
#[derive(Clone)]
pub struct LogSync(Arc<mpsc::UnboundedSender<Waiter>>);

impl LogSync {
    /// For the database at `path`, whose log lies beside it. Its thread ends with the last clone.
    pub fn of(path: &Path) -> Self {
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let (sender, receiver) = mpsc::unbounded_channel();
        std::thread::spawn(move || flush_for(receiver, &PathBuf::from(log)));
        Self(Arc::new(sender))
    }

    /// Waits for a flush that began after this call.
    ///
    /// # Errors
    /// If the disk fails.
    pub async fn flushed(&self) -> Result<(), Error> {
        let (done, flushed) = oneshot::channel();
        let gone = || Error::Disk("the thread that flushes it is gone".to_owned());
        self.0.send(done).map_err(|_| gone())?;
        flushed.await.map_err(|_| gone())?
    }
}

fn flush_for(mut waiters: mpsc::UnboundedReceiver<Waiter>, log: &Path) {
    let mut file = None;
    let mut group = Vec::new();
    while let Some(first) = waiters.blocking_recv() {
        group.push(first);
        // Whoever came while the last flush ran shares the next one.
        while let Ok(next) = waiters.try_recv() {
            group.push(next);
        }
        let outcome = flush(&mut file, log).map_err(|error| error.to_string());
        for waiter in group.drain(..) {
            // Who gave up waiting needs no answer.
            let _ = waiter.send(outcome.clone().map_err(Error::Disk));
        }
    }
}

fn flush(file: &mut Option<File>, log: &Path) -> io::Result<()> {
    let open = match file {
        Some(open) => open,
        None => match File::open(log) {
            Ok(open) => file.insert(open),
            // SQLite makes the log with its first write.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        },
    };
    open.sync_data()
}
