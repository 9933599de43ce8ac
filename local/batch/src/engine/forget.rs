//! Jobs that ended long ago are forgotten, and their folders with them.

use std::{fs, io, path::Path, time::Duration};

use crate::{Batch, Error, logs::job_folder, table::jobs};

/// AWS describes a job that has ended for at least seven days.
const KEEP: Duration = Duration::from_hours(7 * 24);
/// Arrays and single jobs that are forgotten in one transaction, and how long the next one waits for others to have their turn.
const AT_ONCE: u32 = 10;
const PAUSE: Duration = Duration::from_secs(1);

impl Batch {
    /// Forgets some of what is due, and says how long there is to wait for more.
    pub(super) fn forget(&self) -> Result<Duration, Error> {
        let now_ms = self.config.clock.now_ms();
        let before_ms = now_ms.saturating_sub(millis(KEEP));
        let old = self.config.store.read(|connection| jobs::ended_before(connection, before_ms, AT_ONCE))?;
        // The folders first: a job that is still known is looked at again.
        for (_, job) in &old {
            remove(&job_folder(&self.config.data_dir, job));
        }
        let oldest_ms = self.config.store.write(|transaction| {
            old.iter().try_for_each(|(number, _)| jobs::forget(transaction, *number))?;
            jobs::oldest_end(transaction)
        })?;
        // What ends from now on is due after the whole time.
        let due_ms = oldest_ms.unwrap_or(now_ms).saturating_add(millis(KEEP));
        Ok(Duration::from_millis(due_ms.saturating_sub(now_ms)).max(PAUSE))
    }
}

fn remove(folder: &Path) {
    match fs::remove_dir_all(folder) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => tracing::warn!(folder = %folder.display(), %error, "a job's folder could not be removed"),
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
