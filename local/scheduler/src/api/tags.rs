//! The operations on tags. Groups have them; schedules do not, as in AWS.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Call;
use crate::{
    Error, Scheduler, arn,
    table::group::{self, Tags},
};

/// A tag.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    key: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    tags: Vec<Tag>,
}

/// The tags by their keys.
pub(super) fn collect(tags: Vec<Tag>) -> Tags {
    tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

/// Checks tags: at most 50, keys of 1–128 characters, values of 1–256.
pub(super) fn check(tags: &Tags) -> Result<(), Error> {
    let legal = |(key, value): (&String, &String)| {
        (1..=128).contains(&key.chars().count()) && (1..=256).contains(&value.chars().count())
    };
    if tags.len() <= 50 && tags.iter().all(legal) {
        return Ok(());
    }
    Err(Error::validation("There are at most 50 tags, with keys of 1 to 128 and values of 1 to 256 characters."))
}

/// Answers `ListTagsForResource`.
pub(super) fn list(scheduler: &Scheduler, arn: &str) -> Result<Value, Error> {
    let name = group_of(arn)?;
    let group = scheduler.config.store.read(|connection| group::get(connection, name))?;
    let tags: Vec<Tag> = group.tags.into_iter().map(|(key, value)| Tag { key, value }).collect();
    Ok(json!({ "Tags": tags }))
}

/// Answers `TagResource`.
pub(super) fn tag(scheduler: &Scheduler, arn: &str, call: &Call) -> Result<Value, Error> {
    let input: Input = serde_json::from_slice(&call.content).map_err(|error| Error::validation(error.to_string()))?;
    change(scheduler, arn, |tags| tags.extend(collect(input.tags)))
}

/// Answers `UntagResource`.
pub(super) fn untag(scheduler: &Scheduler, arn: &str, call: &Call) -> Result<Value, Error> {
    change(scheduler, arn, |tags| call.query.all("TagKeys").for_each(|key| drop(tags.remove(key))))
}

fn change(scheduler: &Scheduler, arn: &str, edit: impl FnOnce(&mut Tags)) -> Result<Value, Error> {
    let name = group_of(arn)?;
    scheduler.config.store.write(|transaction| {
        let mut group = group::get(transaction, name)?;
        edit(&mut group.tags);
        check(&group.tags)?;
        group::set_tags(transaction, name, &group.tags, scheduler.now_ms())
    })?;
    Ok(json!({}))
}

fn group_of(arn: &str) -> Result<&str, Error> {
    arn::group_of(arn).ok_or_else(|| Error::validation(format!("`{arn}` is not the ARN of a schedule group.")))
}
