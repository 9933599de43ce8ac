//! From a stage to the job of one attempt: every expression becomes text.

use std::{collections::BTreeMap, fmt};

use minijinja::{Value as Expressible, value::Serde};
use serde_json::{Map, Value, json};

use super::{ARRAY_SIZES, ArraySize, Stage};
use crate::{
    before::Before,
    foreach::Mode,
    params::Params,
    scope::{ASKED_KEYS, MANIFEST_KEYS, S3_KEYS},
    template::{Template, ValueError},
};

/// The most that a command and its environment may take, in bytes: `SubmitJob` takes 30 KiB, of which 2 KiB are left for the rest.
pub const MAX_RENDERED_BYTES: usize = 28 * 1024;

/// What expressions may speak of.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// `run.id`.
    pub run_id: &'a str,
    /// `pipeline.name`.
    pub pipeline: &'a str,
    /// `stage.name`.
    pub stage: &'a str,
    /// `stage.attempt`, from 1.
    pub attempt: u32,
    /// `params`.
    pub params: &'a Params,
    /// `trigger`: `{"s3": {"bucket", "key", "uri", "size", "etag", "version", "metadata", "tags"}, "key": {…}}` of the upload that started
    /// the run, if one did.
    pub trigger: &'a Value,
    /// `item`, in a stage whose items have a job each: JSON, or a text. `None` before it is known. What speaks of it is then passed over.
    pub item: Option<&'a str>,
    /// `stages`; `None` before it is known. What speaks of it is then passed over.
    pub before: Option<&'a Before>,
}

/// What a stage's job runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The command and its arguments.
    pub command: Vec<String>,
    /// The environment, in the order of the definition.
    pub env: Vec<(String, String)>,
    /// How many children its array job has; `None` is a single job.
    pub array: Option<u32>,
}

/// Why a stage has no job: something that only a run could show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("stage `{stage}`, {place}: {problem}")]
pub struct RenderError {
    /// The stage.
    pub stage: String,
    /// Where in it: `command[2]`, `env.REGION`, `array`.
    pub place: String,
    /// What is wrong.
    pub problem: RenderProblem,
}

/// What is wrong with a stage in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RenderProblem {
    /// An expression gives nothing that could be passed on.
    Expression {
        /// The expression as written.
        expression: String,
        /// What it gives instead.
        error: ValueError,
    },
    /// An array's size is not a number within [`ARRAY_SIZES`].
    ArraySize {
        /// What it is instead.
        value: String,
    },
    /// The command and its environment are longer than a job may have.
    TooLong {
        /// How long they are.
        bytes: usize,
    },
    /// There are no items to do it for.
    NoItems(String),
    /// Nothing is left of the command: each of its arguments is an empty array.
    NoCommand,
    /// A condition is neither true nor false.
    NotABoolean {
        /// The condition as written.
        expression: String,
        /// What it gives instead.
        kind: String,
    },
}

impl fmt::Display for RenderProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expression { expression, error: ValueError::Absent } => {
                write!(f, "`{expression}` has no value in this run{}", absence(expression))
            }
            Self::Expression { expression, error } => write!(f, "`{expression}` {error}"),
            Self::ArraySize { value } => {
                let (least, most) = (ARRAY_SIZES.start(), ARRAY_SIZES.end());
                write!(f, "an array has {least} to {most} children, not {value}")
            }
            Self::TooLong { bytes } => write!(
                f,
                "command and env take {bytes} bytes, and a job may have {MAX_RENDERED_BYTES}; put the data into an object in S3, \
                 and pass its address"
            ),
            Self::NoItems(why) => f.write_str(why),
            Self::NoCommand => f.write_str("nothing is left of the command: every argument is an empty array"),
            Self::NotABoolean { expression, kind } => {
                write!(f, "`{expression}` gives a {kind}, and must give true or false: compare it with something")
            }
        }
    }
}

/// Why it has none, and what to do.
fn absence(expression: &str) -> &'static str {
    if expression.contains("stages.") {
        ": the stage that it is of did not succeed; write `| default(\"…\")` behind it"
    } else if expression.contains("trigger.s3.version") {
        ": only an upload into a versioned bucket gives it; or write `| default(\"…\")` behind it"
    } else if expression.contains("trigger.s3.metadata") || expression.contains("trigger.s3.tags") {
        ": the object does not have it; write `| default(\"…\")` behind it"
    } else if expression.contains("trigger.manifest") {
        ": only a batch or a set gives it; write `| default(\"…\")` behind it for runs that start otherwise"
    } else if expression.contains("trigger") {
        ": only an upload gives it; write `| default(\"…\")` behind it for runs that start otherwise"
    } else {
        ": the parameter was not given; write `| default(\"…\")` behind it, or `| default([])` for no argument at all"
    }
}

impl Stage {
    /// The job of one attempt.
    ///
    /// # Errors
    /// If an expression has no value in this run, or one that does not fit.
    pub fn render(&self, context: &Context<'_>) -> Result<Rendered, RenderError> {
        let values = expressible(context);
        let of_items = self.foreach.as_ref().is_some_and(|foreach| foreach.mode == Mode::Jobs);
        let known = |template: &Template| {
            (context.before.is_some() || !template.speaks_of("stages"))
                && (!of_items || context.item.is_some() || !template.speaks_of("item"))
        };
        let mut command = Vec::new();
        for (at, argument) in self.command.iter().enumerate().filter(|(_, argument)| known(argument)) {
            command.extend(argument.arguments(&values).map_err(|error| self.failed(format!("command[{at}]"), error))?);
        }
        if command.is_empty() && !self.command.is_empty() && self.command.iter().all(known) {
            return Err(self.error("command", RenderProblem::NoCommand));
        }
        let mut env = Vec::new();
        for (name, value) in self.env.iter().filter(|(_, value)| known(value)) {
            let value = value.text(&values).map_err(|error| self.failed(format!("env.{name}"), error))?;
            env.push((name.clone(), value));
        }
        self.within_size(&command, &env)?;
        let array = match &self.array {
            None => None,
            Some(ArraySize::Fixed(size)) => Some(*size),
            Some(ArraySize::Expression(template)) if known(template) => Some(self.array_size(template, &values)?),
            Some(ArraySize::Expression(_)) => None,
        };
        Ok(Rendered { command, env, array })
    }

    fn array_size(&self, template: &Template, values: &Expressible) -> Result<u32, RenderError> {
        let text = template.text(values).map_err(|error| self.failed("array", error))?;
        match text.parse::<u32>() {
            Ok(size) if ARRAY_SIZES.contains(&size) => Ok(size),
            _ => Err(self.error("array", RenderProblem::ArraySize { value: text.chars().take(60).collect() })),
        }
    }

    fn within_size(&self, command: &[String], env: &[(String, String)]) -> Result<(), RenderError> {
        let command: usize = command.iter().map(|argument| json_len(argument) + 1).sum();
        let env: usize = env.iter().map(|(name, value)| name.len() + json_len(value) + ENV_OVERHEAD).sum();
        let bytes = command + env + self.job.submitted_bytes();
        if bytes <= MAX_RENDERED_BYTES { Ok(()) } else { Err(self.error("command", RenderProblem::TooLong { bytes })) }
    }

    fn failed(&self, place: impl Into<String>, (expression, error): (String, ValueError)) -> RenderError {
        self.error(place, RenderProblem::Expression { expression, error })
    }

    pub(crate) fn error(&self, place: impl Into<String>, problem: RenderProblem) -> RenderError {
        RenderError { stage: self.name.to_string(), place: place.into(), problem }
    }
}

/// `{"name":"…","value":…},` around a variable.
pub(crate) const ENV_OVERHEAD: usize = 22;

/// How long the text is as JSON, as `SubmitJob` counts it.
fn json_len(text: &str) -> usize {
    Value::from(text).to_string().len()
}

/// What is known of the run, in the shape that validation promised: each name is there, if only as `null`.
pub(crate) fn expressible(context: &Context<'_>) -> Expressible {
    Expressible::from(named(context))
}

/// The same, by name.
pub(super) fn named(context: &Context<'_>) -> BTreeMap<&'static str, Expressible> {
    let of = |value: Value| Expressible::from(Serde(value));
    BTreeMap::from([
        ("run", of(json!({ "id": context.run_id }))),
        ("pipeline", of(json!({ "name": context.pipeline }))),
        ("stage", of(json!({ "name": context.stage, "attempt": context.attempt }))),
        ("params", of(json!(context.params))),
        ("trigger", of(trigger(context.trigger))),
        ("item", context.item.map(item).map_or(Expressible::UNDEFINED, of)),
        ("stages", of(context.before.map(Before::stages).unwrap_or_default())),
    ])
}

/// A line of a manifest: an object or a list if it is one as JSON, otherwise the text.
fn item(line: &str) -> Value {
    let structured = serde_json::from_str(line).ok().filter(|value: &Value| value.is_object() || value.is_array());
    structured.unwrap_or_else(|| Value::from(line))
}

/// What started the run, with each name that may be used.
fn trigger(given: &Value) -> Value {
    let of_s3 = |key: &str| given.pointer(&format!("/s3/{key}")).cloned();
    let plain = S3_KEYS.iter().map(|key| ((*key).to_owned(), of_s3(key).unwrap_or_default()));
    let asked = ASKED_KEYS.iter().map(|key| ((*key).to_owned(), of_s3(key).unwrap_or_else(|| json!({}))));
    let s3: Map<String, Value> = plain.chain(asked).collect();
    let of_manifest = |key: &str| given.pointer(&format!("/manifest/{key}")).cloned().unwrap_or_default();
    let manifest: Map<String, Value> = MANIFEST_KEYS.iter().map(|key| ((*key).to_owned(), of_manifest(key))).collect();
    json!({ "s3": s3, "manifest": manifest, "key": given.get("key").cloned().unwrap_or_else(|| json!({})) })
}

/// What a template's text takes at least, as [`Stage::render`] counts it.
pub(crate) fn least_bytes(template: &Template) -> usize {
    template.literal_len() + 3
}
