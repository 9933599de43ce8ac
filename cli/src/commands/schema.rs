//! `batchwright schema`

use crate::{
    arguments::Context,
    exit::{Exit, Failure},
};

/// Prints the JSON Schema of definitions.
pub(crate) fn run(context: &Context) -> Result<Exit, Failure> {
    context.output.json(&pipeline::json_schema())?;
    Ok(Exit::Done)
}
