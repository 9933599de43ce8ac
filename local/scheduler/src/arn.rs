//! The ARNs of schedules and of their groups.

/// The account that owns everything here.
pub(crate) const ACCOUNT: &str = "000000000000";

/// The ARN of a schedule.
pub(crate) fn schedule(region: &str, group: &str, name: &str) -> String {
    format!("arn:aws:scheduler:{region}:{ACCOUNT}:schedule/{group}/{name}")
}

/// The ARN of a group.
pub(crate) fn group(region: &str, name: &str) -> String {
    format!("arn:aws:scheduler:{region}:{ACCOUNT}:schedule-group/{name}")
}

/// The group that an ARN names.
pub(crate) fn group_of(arn: &str) -> Option<&str> {
    arn.starts_with("arn:").then(|| arn.split_once(":schedule-group/")).flatten().map(|(_, name)| name)
}
