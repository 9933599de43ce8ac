//! What batches have in common: 1–10 entries with ids of their own, each of which succeeds or fails alone.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{Code, Error};

/// An entry of a batch.
pub(crate) trait Entry {
    /// Its id within the batch.
    fn id(&self) -> &str;
}

/// Checks the entries of a batch.
///
/// # Errors
/// If there are none or more than ten, an id is malformed, or two are equal.
pub(crate) fn check<E: Entry>(entries: &[E]) -> Result<(), Error> {
    if entries.is_empty() {
        return Err(Error::caller(Code::EmptyBatchRequest, "There should be at least one entry in the request."));
    }
    if entries.len() > 10 {
        let message = format!("Maximum number of entries per request are 10. You have sent {}.", entries.len());
        return Err(Error::caller(Code::TooManyEntriesInBatchRequest, message));
    }
    let mut ids = BTreeSet::new();
    for entry in entries {
        let id = entry.id();
        if !legal(id) {
            let message = "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at \
                           most 80 letters long.";
            return Err(Error::caller(Code::InvalidBatchEntryId, message));
        }
        if !ids.insert(id) {
            return Err(Error::caller(Code::BatchEntryIdsNotDistinct, format!("Id {id} repeated.")));
        }
    }
    Ok(())
}

fn legal(id: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=80).contains(&id.len()) && id.bytes().all(legal)
}

/// Performs each entry, and answers which succeeded and which failed for the caller's fault.
///
/// # Errors
/// If the store fails: then none was performed, as all are in one transaction.
pub(crate) fn each<E: Entry>(
    entries: &[E],
    mut perform: impl FnMut(&E) -> Result<Value, Error>,
) -> Result<Value, Error> {
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in entries {
        match perform(entry) {
            Ok(mut done) => {
                if let Some(done) = done.as_object_mut() {
                    done.insert("Id".to_owned(), entry.id().into());
                }
                successful.push(done);
            }
            Err(Error::Caller { code, message }) => failed.push(json!({
                "Id": entry.id(), "SenderFault": true, "Code": code.legacy(), "Message": message,
            })),
            Err(error @ (Error::Store(_) | Error::Sqlite(_) | Error::Record(_))) => return Err(error),
        }
    }
    Ok(json!({ "Successful": successful, "Failed": failed }))
}
