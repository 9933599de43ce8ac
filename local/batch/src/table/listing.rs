//! Jobs in lists.

use rusqlite::{Connection, ToSql};

use super::row::{COLUMNS, read};
use crate::{
    Error,
    job::{Job, Status},
};

/// Which jobs to list. Children are listed only by [`Which::Children`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Which {
    Status {
        queue: String,
        status: Status,
    },
    /// Case does not matter.
    Name {
        queue: String,
        name: Pattern,
    },
    /// By the name of the definition, or by `name:revision`.
    Definition {
        queue: String,
        definition: Pattern,
    },
    CreatedBefore {
        queue: String,
        ms: u64,
    },
    CreatedAfter {
        queue: String,
        ms: u64,
    },
    Share {
        queue: String,
        share: String,
        status: Option<Status>,
    },
    Children {
        parent: i64,
        status: Status,
    },
}

/// A whole word, or the beginning of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pattern {
    Whole(String),
    Beginning(String),
}

impl Pattern {
    /// With a trailing `*` it is the beginning.
    pub(crate) fn new(text: &str) -> Self {
        match text.strip_suffix('*') {
            Some(stem) => Self::Beginning(stem.to_owned()),
            None => Self::Whole(text.to_owned()),
        }
    }

    /// The least and the greatest word that it means.
    fn range(&self) -> (String, String) {
        match self {
            Self::Whole(word) => (word.clone(), word.clone()),
            // Greater than every character that a name may have.
            Self::Beginning(stem) => (stem.clone(), format!("{stem}\u{7f}")),
        }
    }
}

/// Up to `limit` jobs, newest first (children by index), that come after the one numbered `after`.
pub(crate) fn jobs(
    connection: &Connection,
    which: &Which,
    after: Option<i64>,
    limit: usize,
) -> Result<Vec<Job>, Error> {
    let (condition, parameters) = condition(which);
    let (order, beyond, start) = match which {
        Which::Children { .. } => ("number", "number > :after", 0),
        Which::Status { .. }
        | Which::Name { .. }
        | Which::Definition { .. }
        | Which::CreatedBefore { .. }
        | Which::CreatedAfter { .. }
        | Which::Share { .. } => ("number DESC", "number < :after", i64::MAX),
    };
    let sql = format!("SELECT {COLUMNS} FROM batch_job WHERE {condition} AND {beyond} ORDER BY {order} LIMIT :limit");
    let after = after.unwrap_or(start);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut all: Vec<(&str, &dyn ToSql)> = vec![(":after", &after), (":limit", &limit)];
    all.extend(parameters.iter().map(|(name, value)| (*name, &**value)));
    let mut select = connection.prepare_cached(&sql)?;
    let jobs = select.query_map(all.as_slice(), read)?.collect::<Result<_, _>>()?;
    Ok(jobs)
}

type Parameters = Vec<(&'static str, Box<dyn ToSql>)>;

fn condition(which: &Which) -> (&'static str, Parameters) {
    let text = |value: &String| -> Box<dyn ToSql> { Box::new(value.clone()) };
    match which {
        Which::Status { queue, status } => (
            "queue = :queue AND child = -1 AND status = :status",
            vec![(":queue", text(queue)), (":status", Box::new(status.code()))],
        ),
        Which::Name { queue, name } => {
            ranged("queue = :queue AND child = -1 AND name BETWEEN :least AND :greatest", queue, name)
        }
        Which::Definition { queue, definition } => definitions(queue, definition),
        Which::CreatedBefore { queue, ms } => (
            "queue = :queue AND child = -1 AND created_ms < :ms",
            vec![(":queue", text(queue)), (":ms", Box::new(*ms))],
        ),
        Which::CreatedAfter { queue, ms } => (
            "queue = :queue AND child = -1 AND created_ms > :ms",
            vec![(":queue", text(queue)), (":ms", Box::new(*ms))],
        ),
        Which::Share { queue, share, status } => (
            "queue = :queue AND child = -1 AND share = :share AND (:status IS NULL OR status = :status)",
            vec![(":queue", text(queue)), (":share", text(share)), (":status", Box::new(status.map(Status::code)))],
        ),
        Which::Children { parent, status } => (
            "parent = :parent AND status = :status",
            vec![(":parent", Box::new(*parent)), (":status", Box::new(status.code()))],
        ),
    }
}

fn ranged(sql: &'static str, queue: &str, pattern: &Pattern) -> (&'static str, Parameters) {
    let (least, greatest) = pattern.range();
    let parameters: Parameters =
        vec![(":queue", Box::new(queue.to_owned())), (":least", Box::new(least)), (":greatest", Box::new(greatest))];
    (sql, parameters)
}

/// The column is `name:revision`; a word without a revision means all of them.
fn definitions(queue: &str, pattern: &Pattern) -> (&'static str, Parameters) {
    let sql = "queue = :queue AND child = -1 AND definition BETWEEN :least AND :greatest";
    match pattern {
        Pattern::Whole(word) if !word.contains(':') => ranged(sql, queue, &Pattern::Beginning(format!("{word}:"))),
        Pattern::Whole(_) | Pattern::Beginning(_) => ranged(sql, queue, pattern),
    }
}

/// How many children of an array have each status.
pub(crate) fn summary(connection: &Connection, parent: i64) -> Result<Vec<(Status, u32)>, Error> {
    let mut select =
        connection.prepare_cached("SELECT status, count(*) FROM batch_job WHERE parent = ? GROUP BY status")?;
    let rows = select.query_map([parent], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))?;
    let counted = rows.collect::<Result<Vec<(i64, u32)>, _>>()?;
    let count = |status: Status| counted.iter().find(|(code, _)| *code == status.code()).map_or(0, |(_, count)| *count);
    Ok(Status::ALL.into_iter().map(|status| (status, count(status))).collect())
}
