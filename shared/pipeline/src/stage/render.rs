//! From a stage to the job of one attempt: every expression becomes text.

use std::fmt;

use minijinja::{Value as Expressible, value::Serde};
use serde_json::{Map, Value, json};

use super::{ARRAY_SIZES, ArraySize, Stage};
use crate::{
    params::Params,
    scope::S3_KEYS,
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
    /// `trigger`: `{"s3": {"bucket", "key", "uri", "size", "etag", "version"}}` of the upload that started the run, if one did.
    pub trigger: &'a Value,
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
    /// Nothing is left of the command: each of its arguments is an empty array.
    NoCommand,
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
            Self::NoCommand => f.write_str("nothing is left of the command: every argument is an empty array"),
        }
    }
}

/// Why it has none, and what to do.
fn absence(expression: &str) -> &'static str {
    if expression.contains("trigger.s3.version") {
        ": only an upload into a versioned bucket gives it; or write `| default(\"…\")` behind it"
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
        let mut command = Vec::new();
        for (at, argument) in self.command.iter().enumerate() {
            command.extend(argument.arguments(&values).map_err(|error| self.failed(format!("command[{at}]"), error))?);
        }
        if command.is_empty() {
            return Err(self.error("command", RenderProblem::NoCommand));
        }
        let mut env = Vec::new();
        for (name, value) in &self.env {
            let value = value.text(&values).map_err(|error| self.failed(format!("env.{name}"), error))?;
            env.push((name.clone(), value));
        }
        self.within_size(&command, &env)?;
        Ok(Rendered { command, env, array: self.array_size(&values)? })
    }

    fn array_size(&self, values: &Expressible) -> Result<Option<u32>, RenderError> {
        let template = match &self.array {
            None => return Ok(None),
            Some(ArraySize::Fixed(size)) => return Ok(Some(*size)),
            Some(ArraySize::Expression(template)) => template,
        };
        let text = template.text(values).map_err(|error| self.failed("array", error))?;
        match text.parse::<u32>() {
            Ok(size) if ARRAY_SIZES.contains(&size) => Ok(Some(size)),
            _ => Err(self.error("array", RenderProblem::ArraySize { value: text.chars().take(60).collect() })),
        }
    }

    fn within_size(&self, command: &[String], env: &[(String, String)]) -> Result<(), RenderError> {
        let command: usize = command.iter().map(|argument| json_len(argument) + 1).sum();
        let env: usize = env.iter().map(|(name, value)| name.len() + json_len(value) + ENV_OVERHEAD).sum();
        let bytes = command + env;
        if bytes <= MAX_RENDERED_BYTES { Ok(()) } else { Err(self.error("command", RenderProblem::TooLong { bytes })) }
    }

    fn failed(&self, place: impl Into<String>, (expression, error): (String, ValueError)) -> RenderError {
        self.error(place, RenderProblem::Expression { expression, error })
    }

    fn error(&self, place: impl Into<String>, problem: RenderProblem) -> RenderError {
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
fn expressible(context: &Context<'_>) -> Expressible {
    let given = context.trigger.get("s3");
    let s3: Map<String, Value> = S3_KEYS
        .iter()
        .map(|key| ((*key).to_owned(), given.and_then(|s3| s3.get(*key)).cloned().unwrap_or_default()))
        .collect();
    Expressible::from(Serde(json!({
        "run": { "id": context.run_id },
        "pipeline": { "name": context.pipeline },
        "stage": { "name": context.stage, "attempt": context.attempt },
        "params": context.params,
        "trigger": { "s3": s3 },
    })))
}

/// What a template's text takes at least, as [`Stage::render`] counts it.
pub(crate) fn least_bytes(template: &Template) -> usize {
    template.literal_len() + 3
}
