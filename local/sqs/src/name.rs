//! The names of queues, their URLs and their ARNs.

use crate::{Code, Error};

/// The account that owns everything here.
pub(crate) const ACCOUNT: &str = "000000000000";

/// Checks the name of a new queue: 1–80 letters, digits, hyphens and underscores.
///
/// # Errors
/// If it is something else. FIFO queues, whose names end in `.fifo`, are not served.
pub(crate) fn check(name: &str) -> Result<(), Error> {
    if name.ends_with(".fifo") {
        return Err(fifo());
    }
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if (1..=80).contains(&name.len()) && name.bytes().all(legal) {
        return Ok(());
    }
    let reason = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length";
    Err(Error::caller(Code::InvalidParameterValue, reason))
}

/// FIFO queues are refused.
pub(crate) fn fifo() -> Error {
    Error::caller(Code::UnsupportedOperation, "FIFO queues are not served here; standard queues are.")
}

/// The queue that a URL names: its last path segment. Some clients give the bare name, which AWS takes too.
pub(crate) fn of_url(url: &str) -> &str {
    url.trim_end_matches('/').rsplit('/').next().unwrap_or(url)
}

/// The queue that an ARN names, `arn:<partition>:sqs:<region>:<account>:<name>`.
pub(crate) fn of_arn(arn: &str) -> Option<&str> {
    let parts: Vec<&str> = arn.split(':').collect();
    match parts.as_slice() {
        ["arn", _partition, "sqs", _region, _account, name] if !name.is_empty() => Some(name),
        _ => None,
    }
}

/// The ARN of a queue.
pub(crate) fn arn(region: &str, name: &str) -> String {
    format!("arn:aws:sqs:{region}:{ACCOUNT}:{name}")
}

/// The URL of a queue at `endpoint`, which is a scheme and a host.
pub(crate) fn url(endpoint: &str, name: &str) -> String {
    format!("{}/{ACCOUNT}/{name}", endpoint.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_aws_has_them() {
        for name in ["a", "A-b_9", &"x".repeat(80)] {
            assert!(check(name).is_ok(), "{name}");
        }
        for name in ["", "a b", "a/b", "ä", "a.fifo", &"x".repeat(81)] {
            assert!(check(name).is_err(), "{name}");
        }
    }

    #[test]
    fn urls_and_arns_name_their_queue() {
        assert_eq!(of_url(&url("http://127.0.0.1:4510", "requests")), "requests");
        assert_eq!(of_url("requests"), "requests");
        assert_eq!(of_url("https://sqs.us-east-1.amazonaws.com/1/requests/"), "requests");
        assert_eq!(of_arn(&arn("eu-west-1", "requests")), Some("requests"));
        for arn in ["", "requests", "arn:aws:sns:us-east-1:1:t", "arn:aws:sqs:us-east-1:1:", "arn:aws:sqs:r:1:a:b"] {
            assert_eq!(of_arn(arn), None, "{arn}");
        }
    }
}
