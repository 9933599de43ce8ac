//! What a command said, and how it ended.

use std::process::Output;

use end_to_end::Result;
use serde_json::Value;

/// Asserts the exit status, and gives standard output.
pub(crate) fn ended(output: &Output, status: i32) -> String {
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{said}\n{errors}");
    assert!(!errors.contains("panicked"), "{errors}");
    said
}

/// Asserts exit status 0, and reads standard output as JSON.
pub(crate) fn json(output: &Output) -> Result<Value> {
    Ok(serde_json::from_str(&ended(output, 0))?)
}
