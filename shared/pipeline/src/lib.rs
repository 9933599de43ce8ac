//! The definition language of Batchwright: parse, validate, diagnose, template.
//!
//! [`parse`] turns the text of a definition into a [`Definition`], or into [`Faults`]: all of them, each with its place and what
//! would be right. [`Definition::check_params`] checks what a request gives, and [`Stage::render`] turns a stage into the job of
//! one attempt. The language itself is described in `docs/definition.md`.
//!
//! What must hold: no input makes this crate panic, loop, or take more than a moment. It is pure: no clock, no randomness, no
//! input or output. A [`Definition`] that exists can be submitted to AWS Batch, as far as can be known without asking it.

mod before;
mod compute;
mod concurrency;
mod definition;
mod fault;
mod foreach;
mod graph;
mod hash;
mod index;
mod job;
mod key_pattern;
mod name;
mod nearest;
mod params;
mod priority;
mod read;
mod retry;
mod schedule;
mod scope;
mod shape;
mod stage;
mod template;
mod trigger;
mod units;
mod when;
mod yaml;

pub use before::Before;
pub use compute::{Compute, ComputeError, Vcpu, fargate_memory_mib};
pub use concurrency::{Concurrency, MAX_GROUP_BYTES, RunFacts, WhenFull};
pub use definition::Definition;
pub use fault::{Fault, Faults, MAX_FAULTS};
pub use foreach::{ALL, Foreach, Items, MAX_JOBS, Mode};
pub use hash::ContentHash;
pub use index::StageIndex;
pub use job::{Container, Existing, ExistingQueue, Job, Logs, Nodes, Secret, Ulimit, Volume, VolumeSource};
pub use key_pattern::{KeyPattern, PatternError};
pub use name::{NameError, ParamName, PipelineName, ShareIdentifier, StageName};
pub use params::{Bounds, MAX_PARAMS_BYTES, ParamFault, ParamFaults, ParamSpec, ParamType, Params};
pub use priority::{Priority, PriorityError};
pub use retry::{BatchRetry, EvaluateOnExit, ExitPattern, LONGEST_BACKOFF_S, Retry, RetryOn, RetryRule};
pub use schedule::{ScheduleError, ScheduleExpression};
pub use shape::json_schema;
pub use stage::{
    ARRAY_SIZES, ArraySize, Context, MAX_OUTPUTS_BYTES, MAX_RENDERED_BYTES, OutputsError, RenderError, RenderProblem,
    Rendered, Stage,
};
pub use template::{Template, ValueError};
pub use trigger::{
    Asks, Bindings, EventCondition, Gather, Goal, Incomplete, ObjectFilter, S3Trigger, ScheduleTrigger, SqsTrigger,
    Trigger,
};
pub use when::{Condition, When};

/// The longest definition, in bytes: it is kept in one item of DynamoDB (≤ 400 KB).
pub const MAX_SOURCE_BYTES: usize = 256 * 1024;

/// What some editors put before a text, and nobody sees.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Reads a definition. `file_name` is only for messages.
///
/// # Errors
/// All that is wrong with it, at once. Text that is not YAML, or too large, is one fault.
pub fn parse(file_name: &str, source: &str) -> Result<Definition, Faults> {
    if source.len() > MAX_SOURCE_BYTES {
        let message = format!("the file has {} bytes, and a definition may have {MAX_SOURCE_BYTES}", source.len());
        return Err(Faults::sole(file_name, message, "is this the right file? Data belongs into objects in S3"));
    }
    let mut report = fault::Report::new(source.strip_prefix(BYTE_ORDER_MARK).unwrap_or(source));
    let definition =
        yaml::load(&mut report).and_then(|root| read::definition(&root, ContentHash::of(source), &mut report));
    match definition {
        Some(definition) if report.is_empty() => Ok(definition),
        _ => Err(report.into_faults(file_name)),
    }
}
