//! `foreach`: a stage that is done once for each of many items.

use std::ops::RangeInclusive;

use minijinja::value::ValueKind;

use crate::{
    stage::{Context, RenderError, RenderProblem, Stage, expressible},
    template::{Template, text_of},
};

/// How many items there may be at once, at least and at most.
pub(crate) const PARALLEL: RangeInclusive<u32> = 1..=1_000_000;

/// How many items a stage has at most whose items have a job each.
pub const MAX_JOBS: u32 = 1000;

/// All of them, in hundredths of a percent.
pub const ALL: u16 = 10_000;

/// That a stage is done once for each of many items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreach {
    /// What gives the items: a list, or the S3 URI of an object with one on each line.
    pub items: Template,
    /// How they become jobs.
    pub mode: Mode,
    /// How many are worked on at once.
    pub max_parallel: Option<u32>,
    /// How many must succeed for the stage to succeed, in hundredths of a percent of all; [`ALL`] if nothing is said.
    pub min_success: u16,
}

/// How items become jobs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// Array jobs, each of up to 10,000 items.
    #[default]
    Array,
    /// A job for each; at most [`MAX_JOBS`].
    Jobs,
}

/// What a stage is done for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Items {
    /// These, each a line of text: strings as they are, anything else as JSON.
    List(Vec<String>),
    /// The lines of an object in S3.
    Manifest {
        /// Its bucket.
        bucket: String,
        /// Its key.
        key: String,
    },
}

impl Stage {
    /// What it is done for, in this run.
    ///
    /// # Errors
    /// If the expression has no value, or one that gives no items.
    pub fn items(&self, foreach: &Foreach, context: &Context<'_>) -> Result<Items, RenderError> {
        let failed = |(expression, error)| self.error("foreach", RenderProblem::Expression { expression, error });
        let values = expressible(context);
        if let Some(expression) = foreach.items.sole_expression() {
            let value = expression.value(&values).map_err(|error| failed((expression.to_string(), error)))?;
            if matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable) {
                let items =
                    value.try_iter().map(|items| items.map(|item| text_of(&item)).collect::<Result<Vec<_>, _>>());
                let items = items.map_err(|error| self.no_items(error.to_string()))?;
                let items = items.map_err(|error| failed((expression.to_string(), error)))?;
                return match items.iter().position(|item| item.contains(['\n', '\r'])) {
                    Some(at) => Err(self.no_items(format!("item {at} has more than one line"))),
                    None => Ok(Items::List(items)),
                };
            }
        }
        let text = foreach.items.text(&values).map_err(failed)?;
        let place = text.strip_prefix("s3://").and_then(|place| place.split_once('/'));
        match place.filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty()) {
            Some((bucket, key)) => Ok(Items::Manifest { bucket: bucket.to_owned(), key: key.to_owned() }),
            None => {
                let shown: String = text.chars().take(60).collect();
                Err(self.no_items(format!(
                    "{shown:?} is neither a list nor the S3 URI of an object with an item on each line"
                )))
            }
        }
    }

    fn no_items(&self, why: String) -> RenderError {
        self.error("foreach", RenderProblem::NoItems(why))
    }
}
