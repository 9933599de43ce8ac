//! ListTagsForResource, TagResource, UntagResource: `GET`, `POST` and `DELETE` of `/v1/tags/<arn>`.

use std::collections::BTreeMap;

use http::Method;
use percent_encoding::percent_decode_str;
use rusqlite::Connection;
use serde::Deserialize;
use serde_json::json;

use super::{Done, Empty, definitions::find_definition, looked, read, unknown, wrote};
use crate::{
    Batch, Error,
    arn::{Kind, arn, name_of},
    job::JobKey,
    table::{
        definitions, jobs,
        resources::{self, Environment, Policy, Queue, Resource},
    },
};

type Tags = BTreeMap<String, String>;

#[derive(Debug, Deserialize)]
struct TagResource {
    tags: Tags,
}

/// Checks tags against AWS's limits.
///
/// # Errors
/// What is beyond them.
pub(super) fn check_tags(tags: &Tags) -> Result<(), Error> {
    if tags.len() > 50 {
        return Err(Error::client(format!("there are {} tags; a resource may have up to 50", tags.len())));
    }
    for (key, value) in tags {
        let (key_length, value_length) = (key.chars().count(), value.chars().count());
        if !(1..=128).contains(&key_length) || value_length > 256 || key.starts_with("aws:") {
            return Err(Error::client(format!(
                "the tag {key:?} should have a key of 1 to 128 characters that does not begin with \"aws:\", and a value of up to 256"
            )));
        }
    }
    Ok(())
}

impl Batch {
    pub(super) fn tags(&self, method: &Method, resource: &str, query: &str, body: &[u8]) -> Result<Done, Error> {
        let resource = decode(resource);
        match *method {
            Method::GET => looked(self.change_tags(&resource, |_| {}).map(|tags| json!({ "tags": tags }))),
            Method::POST => {
                let new: TagResource = read(body)?;
                wrote(self.change_tags(&resource, |tags| tags.extend(new.tags)).map(|_| Empty {}))
            }
            Method::DELETE => {
                let keys: Vec<String> =
                    query.split('&').filter_map(|pair| pair.strip_prefix("tagKeys=")).map(decode).collect();
                wrote(self.change_tags(&resource, |tags| tags.retain(|key, _| !keys.contains(key))).map(|_| Empty {}))
            }
            _ => Err(unknown(method, "/v1/tags")),
        }
    }

    fn change_tags(&self, resource: &str, change: impl FnOnce(&mut Tags)) -> Result<Tags, Error> {
        let region = &self.config.region;
        let kind = Kind::ALL.into_iter().find(|kind| resource.starts_with(&arn(region, *kind, "")));
        let kind = kind.ok_or_else(|| not_found(resource))?;
        let name = name_of(region, kind, resource);
        self.config.store.write(|transaction| match kind {
            Kind::Job => of_job(transaction, name, change),
            Kind::Definition => of_definition(transaction, region, name, change),
            Kind::Queue => of_resource::<Queue>(transaction, name, change),
            Kind::Environment => of_resource::<Environment>(transaction, name, change),
            Kind::Policy => of_resource::<Policy>(transaction, name, change),
        })
    }
}

fn of_job(connection: &Connection, id: &str, change: impl FnOnce(&mut Tags)) -> Result<Tags, Error> {
    let key: JobKey = id.parse().map_err(|_| not_found(id))?;
    let job = jobs::find(connection, &key)?.filter(|_| key.child.is_none()).ok_or_else(|| not_found(id))?;
    let mut spec = jobs::spec(connection, &job)?;
    apply(&mut spec.tags, change)?;
    jobs::save_spec(connection, &job, &spec)?;
    Ok(spec.tags)
}

fn of_definition(
    connection: &Connection,
    region: &str,
    name: &str,
    change: impl FnOnce(&mut Tags),
) -> Result<Tags, Error> {
    let mut definition = find_definition(connection, region, name)?.ok_or_else(|| not_found(name))?;
    apply(&mut definition.content.tags, change)?;
    definitions::save(connection, &definition)?;
    Ok(definition.content.tags)
}

fn of_resource<R: Resource>(
    connection: &Connection,
    name: &str,
    change: impl FnOnce(&mut Tags),
) -> Result<Tags, Error> {
    let mut resource: R = resources::find(connection, name)?.ok_or_else(|| not_found(name))?;
    apply(resource.tags(), change)?;
    resources::save(connection, &resource)?;
    Ok(resource.tags().clone())
}

fn apply(tags: &mut Tags, change: impl FnOnce(&mut Tags)) -> Result<(), Error> {
    change(tags);
    check_tags(tags)
}

fn not_found(resource: &str) -> Error {
    Error::client(format!("the resource {resource} is not known here"))
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
