//! The engine's tables. SQL is here and nowhere else.

pub(crate) mod definitions;
pub(crate) mod dependencies;
pub(crate) mod jobs;
pub(crate) mod listing;
pub(crate) mod outbox;
pub(crate) mod resources;
mod row;

/// Creates what is missing of the tables.
pub(crate) const SCHEMA: &str = include_str!("schema.sql");
