//! The operations on schedule groups.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Call, query::page, seconds, tags};
use crate::{
    Error, Scheduler, arn,
    definition::check_name,
    table::group::{self, Group},
};

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Input {
    client_token: Option<String>,
    tags: Option<Vec<tags::Tag>>,
}

/// Answers `CreateScheduleGroup`. The same client token again is the same request again.
pub(super) fn create(scheduler: &Scheduler, name: &str, call: &Call) -> Result<Value, Error> {
    check_name(name)?;
    let content: &[u8] = if call.content.is_empty() { b"{}" } else { &call.content };
    let input: Input = serde_json::from_slice(content).map_err(|error| Error::validation(error.to_string()))?;
    let token = input.client_token.as_deref();
    let tags = tags::collect(input.tags.unwrap_or_default());
    tags::check(&tags)?;
    scheduler.config.store.write(|transaction| match group::find(transaction, name)? {
        Some(there) if token.is_some() && there.client_token.as_deref() == token => Ok(()),
        Some(_) => Err(Error::Conflict(format!("Schedule group {name} already exists."))),
        None => group::insert(transaction, name, &tags, token, scheduler.now_ms()),
    })?;
    Ok(json!({ "ScheduleGroupArn": arn::group(&scheduler.config.region, name) }))
}

/// Answers `GetScheduleGroup`.
pub(super) fn get(scheduler: &Scheduler, name: &str) -> Result<Value, Error> {
    let found = scheduler.config.store.read(|connection| group::get(connection, name))?;
    Ok(show(scheduler, &found))
}

fn show(scheduler: &Scheduler, group: &Group) -> Value {
    json!({
        "Arn": arn::group(&scheduler.config.region, &group.name),
        "Name": group.name,
        "State": "ACTIVE",
        "CreationDate": seconds(group.created_ms),
        "LastModificationDate": seconds(group.modified_ms),
    })
}

/// Answers `DeleteScheduleGroup`: its schedules go with it.
pub(super) fn delete(scheduler: &Scheduler, name: &str) -> Result<Value, Error> {
    if name == group::DEFAULT {
        return Err(Error::validation("The default schedule group cannot be deleted."));
    }
    scheduler.config.store.write(|transaction| {
        let found = group::get(transaction, name)?;
        Ok::<_, Error>(group::delete(transaction, &found.name)?)
    })?;
    Ok(json!({}))
}

/// Answers `ListScheduleGroups`.
pub(super) fn list(scheduler: &Scheduler, call: &Call) -> Result<Value, Error> {
    let (limit, after) = (call.query.limit()?, call.query.after()?);
    let prefix = call.query.get("NamePrefix").unwrap_or_default();
    let found = scheduler.config.store.read(|connection| group::list(connection, prefix, &after, limit + 1))?;
    let (found, token) = page(found, limit, |last| last.name.clone());
    let shown: Vec<Value> = found.iter().map(|group| show(scheduler, group)).collect();
    Ok(json!({ "ScheduleGroups": shown, "NextToken": token }))
}
