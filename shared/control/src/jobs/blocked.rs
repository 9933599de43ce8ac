//! What keeps a job from being placed, in Batch's own words.

use crate::table::stage_item::shortened;

/// The status of a job that waits for a place.
const RUNNABLE: &str = "RUNNABLE";

/// The reason why a job with this `status` is not placed, as much of it as is kept. Batch tells it in `statusReason` of the job
/// at the head of a queue, such as `MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - …` or `CAPACITY:…`; see "Jobs stuck in a
/// RUNNABLE status" in the user guide.
pub(crate) fn blocked(status: &str, status_reason: Option<&str>) -> Option<String> {
    let reason = status_reason.map(str::trim).filter(|reason| status == RUNNABLE && !reason.is_empty());
    reason.map(shortened)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_runnable_job_with_a_reason_is_blocked() {
        let reason = "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill the capacity requested";
        assert_eq!(blocked(RUNNABLE, Some(reason)).as_deref(), Some(reason));
        for (status, reason) in [(RUNNABLE, None), (RUNNABLE, Some(" ")), ("RUNNING", Some(reason)), ("", Some(reason))]
        {
            assert_eq!(blocked(status, reason), None, "{status}");
        }
        assert!(blocked(RUNNABLE, Some(&"é".repeat(4000))).unwrap().len() < 1000);
    }
}
