//! The operations on schedules.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Call, query::page, seconds};
use crate::{
    Error, Scheduler, arn,
    definition::{Definition, State, check_name},
    table::{
        group,
        schedule::{self, New, Next, Page, Schedule},
    },
};

/// What a request says beside the definition.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Address {
    group_name: Option<String>,
    client_token: Option<String>,
}

impl Address {
    fn read(content: &[u8]) -> Result<Self, Error> {
        serde_json::from_slice(content).map_err(|error| Error::validation(error.to_string()))
    }

    fn group(&self) -> &str {
        self.group_name.as_deref().unwrap_or(group::DEFAULT)
    }
}

/// Answers `CreateSchedule`. The same client token again is the same request again.
pub(super) fn create(scheduler: &Scheduler, name: &str, call: &Call) -> Result<Value, Error> {
    check_name(name)?;
    let (address, definition) = (Address::read(&call.content)?, Definition::read(&call.content)?);
    let (group, now_ms) = (address.group(), scheduler.now_ms());
    let token = address.client_token.as_deref();
    scheduler.config.store.write(|transaction| {
        group::get(transaction, group)?;
        if let Some(there) = schedule::find(transaction, group, name)? {
            let again = token.is_some() && there.client_token.as_deref() == token;
            let conflict = || Error::Conflict(format!("Schedule {name} already exists."));
            return if again { Ok(()) } else { Err(conflict()) };
        }
        // A rate fires at once, as in AWS.
        let next = next(scheduler, &definition, now_ms, now_ms.saturating_sub(1))?;
        schedule::insert(transaction, &New { group, name, definition: &definition, client_token: token, next }, now_ms)
    })?;
    scheduler.changed.notify_one();
    Ok(json!({ "ScheduleArn": arn::schedule(&scheduler.config.region, group, name) }))
}

/// Answers `UpdateSchedule`: what is left out is AWS's default again.
pub(super) fn update(scheduler: &Scheduler, name: &str, call: &Call) -> Result<Value, Error> {
    let (address, definition) = (Address::read(&call.content)?, Definition::read(&call.content)?);
    let (group, now_ms) = (address.group(), scheduler.now_ms());
    scheduler.config.store.write(|transaction| {
        let there = schedule::get(transaction, group, name)?;
        let same = there.definition.state == definition.state
            && there.definition.timing().is_ok_and(|timing| definition.timing().is_ok_and(|new| new == timing));
        // What is about to fire still fires, if its time is the same.
        let next = if same { there.next } else { next(scheduler, &definition, there.created_ms, now_ms)? };
        schedule::set(transaction, there.id, &definition, next, now_ms)
    })?;
    scheduler.changed.notify_one();
    Ok(json!({ "ScheduleArn": arn::schedule(&scheduler.config.region, group, name) }))
}

fn next(scheduler: &Scheduler, definition: &Definition, created_ms: u64, after_ms: u64) -> Result<Option<Next>, Error> {
    let timing = definition.timing()?;
    Ok(match definition.state {
        State::Disabled => None,
        State::Enabled => timing.next_after(created_ms, after_ms).map(|at_ms| scheduler.plan(&timing, at_ms)),
    })
}

/// Answers `GetSchedule`.
pub(super) fn get(scheduler: &Scheduler, name: &str, call: &Call) -> Result<Value, Error> {
    let group = call.query.get("groupName").unwrap_or(group::DEFAULT);
    let found = scheduler.config.store.read(|connection| schedule::get(connection, group, name))?;
    let mut shown = serde_json::to_value(&found.definition)?;
    if let (Some(shown), Value::Object(facts)) = (shown.as_object_mut(), facts(scheduler, &found)) {
        shown.extend(facts);
    }
    Ok(shown)
}

fn facts(scheduler: &Scheduler, schedule: &Schedule) -> Value {
    json!({
        "Arn": arn::schedule(&scheduler.config.region, &schedule.group, &schedule.name),
        "GroupName": schedule.group,
        "Name": schedule.name,
        "CreationDate": seconds(schedule.created_ms),
        "LastModificationDate": seconds(schedule.modified_ms),
    })
}

/// Answers `DeleteSchedule`.
pub(super) fn delete(scheduler: &Scheduler, name: &str, call: &Call) -> Result<Value, Error> {
    let group = call.query.get("groupName").unwrap_or(group::DEFAULT);
    scheduler.config.store.write(|transaction| {
        let found = schedule::get(transaction, group, name)?;
        Ok::<_, Error>(schedule::delete(transaction, found.id)?)
    })?;
    Ok(json!({}))
}

/// Answers `ListSchedules`.
pub(super) fn list(scheduler: &Scheduler, call: &Call) -> Result<Value, Error> {
    let (limit, after) = (call.query.limit()?, call.query.after()?);
    let asked = Page {
        group: call.query.get("ScheduleGroup"),
        prefix: call.query.get("NamePrefix").unwrap_or_default(),
        state: call.query.get("State"),
        after: after.split_once('/').unwrap_or_default(),
        limit: limit + 1,
    };
    let found = scheduler.config.store.read(|connection| {
        if let Some(group) = asked.group {
            group::get(connection, group)?;
        }
        Ok::<_, Error>(schedule::list(connection, &asked)?)
    })?;
    let (found, token) = page(found, limit, |last| format!("{}/{}", last.group, last.name));
    let shown: Vec<Value> = found.iter().map(|schedule| summary(scheduler, schedule)).collect();
    Ok(json!({ "Schedules": shown, "NextToken": token }))
}

fn summary(scheduler: &Scheduler, schedule: &Schedule) -> Value {
    let mut shown = facts(scheduler, schedule);
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("State".to_owned(), json!(schedule.definition.state));
        shown.insert("Target".to_owned(), json!({ "Arn": schedule.definition.target.arn }));
    }
    shown
}
