//! What a stage's job says when it has succeeded.

use std::{collections::BTreeSet, fmt};

use serde_json::{Map, Value};

use super::Stage;

/// How long the JSON object may be that a job writes, in bytes.
pub const MAX_OUTPUTS_BYTES: usize = 256 * 1024;

/// Why what a job wrote cannot be its outputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputsError {
    /// It wrote nothing.
    Missing,
    /// It wrote more than [`MAX_OUTPUTS_BYTES`].
    TooLong,
    /// It is not a JSON object.
    Malformed(String),
    /// Outputs that the stage declares are not in it.
    Lacking(Vec<String>),
}

impl fmt::Display for OutputsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str(
                "the job succeeded, but wrote no outputs: a JSON object is to be put to the S3 URI in BATCHWRIGHT_OUTPUTS",
            ),
            Self::TooLong => write!(
                f,
                "the job's outputs are longer than {MAX_OUTPUTS_BYTES} bytes: put the data into an object of its own, and its address \
                 into the outputs"
            ),
            Self::Malformed(problem) => write!(f, "the job's outputs are not a JSON object: {problem}"),
            Self::Lacking(names) => write!(f, "the job's outputs lack {}", names.join(", ")),
        }
    }
}

impl Stage {
    /// Reads what its job wrote: all outputs that it declares, and whatever else there is.
    ///
    /// # Errors
    /// If it is too long, no JSON object, or lacks something.
    pub fn read_outputs(&self, written: &[u8]) -> Result<Map<String, Value>, OutputsError> {
        if written.len() > MAX_OUTPUTS_BYTES {
            return Err(OutputsError::TooLong);
        }
        let outputs: Map<String, Value> =
            serde_json::from_slice(written).map_err(|error| OutputsError::Malformed(error.to_string()))?;
        let lacking: BTreeSet<&String> = self.outputs.iter().filter(|name| !outputs.contains_key(*name)).collect();
        if lacking.is_empty() {
            Ok(outputs)
        } else {
            Err(OutputsError::Lacking(lacking.into_iter().map(|name| format!("`{name}`")).collect()))
        }
    }
}
