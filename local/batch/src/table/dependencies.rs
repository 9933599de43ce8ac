//! Who waits for whom.

use rusqlite::{Connection, params};

use crate::{Error, job::JobKey};

/// Lets the job numbered `job` wait for the job with the id `needs`. Answers whether it did not already.
pub(crate) fn insert(connection: &Connection, needs: &JobKey, job: i64) -> Result<bool, Error> {
    let mut insert = connection.prepare_cached("INSERT OR IGNORE INTO batch_dependency (needs, job) VALUES (?, ?)")?;
    Ok(insert.execute(params![needs.to_string(), job])? == 1)
}

/// The numbers of the jobs that waited for `ended`, which they no longer do.
pub(crate) fn take(connection: &Connection, ended: &JobKey) -> Result<Vec<i64>, Error> {
    let mut delete = connection.prepare_cached("DELETE FROM batch_dependency WHERE needs = ? RETURNING job")?;
    sorted(delete.query_map([ended.to_string()], |row| row.get(0))?)
}

/// The numbers of the jobs that waited for children of the array `parent` that never came to be.
pub(crate) fn take_of_children(connection: &Connection, parent: &JobKey) -> Result<Vec<i64>, Error> {
    let mut delete = connection
        .prepare_cached("DELETE FROM batch_dependency WHERE needs > ?1 || ':' AND needs < ?1 || ';' RETURNING job")?;
    sorted(delete.query_map([&parent.id], |row| row.get(0))?)
}

fn sorted(rows: impl Iterator<Item = rusqlite::Result<i64>>) -> Result<Vec<i64>, Error> {
    let mut numbers = rows.collect::<Result<Vec<_>, _>>()?;
    numbers.sort_unstable();
    Ok(numbers)
}
