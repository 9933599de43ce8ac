//! Why a job failed, in Batch's own words.

use machine::{Cause, CauseKind};

/// Recognises the cause from a job's `statusReason`, its last attempt's container `reason` and `exitCode`.
///
/// Spot loss and out-of-memory often come without an exit code, or with one that says nothing, so the words go first.
pub fn recognise(status_reason: &str, container_reason: &str, exit_code: Option<i32>) -> Cause {
    let words = format!("{status_reason} {container_reason}");
    let has = |needle: &str| words.contains(needle);
    let kind = if status_reason.starts_with("Host EC2") || has("Your Spot Task was interrupted") {
        CauseKind::Host
    } else if has("OutOfMemory") {
        CauseKind::OutOfMemory
    } else if has("CannotPullContainer") {
        CauseKind::ImagePull
    } else if has("CannotStartContainer") || has("ResourceInitializationError") {
        CauseKind::CannotStart
    } else if has("Job attempt duration exceeded timeout") {
        CauseKind::Timeout
    } else {
        match exit_code {
            Some(137) => CauseKind::OutOfMemory,
            Some(0) | None => CauseKind::Other,
            Some(_) => CauseKind::Exit,
        }
    };
    Cause::new(kind, in_words(status_reason, container_reason, exit_code)).with_exit_code(exit_code)
}

fn in_words(status_reason: &str, container_reason: &str, exit_code: Option<i32>) -> String {
    let mut parts: Vec<String> = Vec::new();
    if let Some(code) = exit_code {
        parts.push(format!("exit code {code}"));
    }
    parts.extend(
        [container_reason, status_reason].iter().filter(|text| !text.is_empty()).map(|text| (*text).to_owned()),
    );
    parts.dedup();
    if parts.is_empty() { "AWS Batch gave no reason".to_owned() } else { parts.join(": ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_told_apart_by_batchs_words() {
        let essential = "Essential container in task exited";
        for (status, container, code, kind) in [
            ("Host EC2 (instance i-0123) terminated.", "", None, CauseKind::Host),
            ("Your Spot Task was interrupted.", "", None, CauseKind::Host),
            (essential, "OutOfMemoryError: Container killed due to memory usage", Some(137), CauseKind::OutOfMemory),
            (essential, "", Some(137), CauseKind::OutOfMemory),
            ("Task failed to start", "CannotPullContainerError: not found", None, CauseKind::ImagePull),
            ("Task failed to start", "CannotStartContainerError: no such file", None, CauseKind::CannotStart),
            ("Job attempt duration exceeded timeout", "", Some(137), CauseKind::Timeout),
            (essential, "", Some(3), CauseKind::Exit),
            (essential, "", None, CauseKind::Other),
            ("", "", None, CauseKind::Other),
        ] {
            let cause = recognise(status, container, code);
            assert_eq!(cause.kind, kind, "{status} {container} {code:?}");
            assert!(!cause.text.is_empty());
        }
        let failed = recognise(essential, "", Some(3));
        assert_eq!((failed.text, failed.exit_code), (format!("exit code 3: {essential}"), Some(3)));
    }
}
