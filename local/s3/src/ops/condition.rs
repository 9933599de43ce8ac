//! Conditional requests.

use http::{
    HeaderMap, HeaderValue,
    header::{ETAG, LAST_MODIFIED},
};
use s3s::{
    S3Error, S3ErrorCode,
    dto::{ETag, ETagCondition, Timestamp, TimestampFormat},
};

use crate::{
    Error,
    error::refused,
    event::timestamp,
    table::{Condition, Object},
};

/// The condition of a write.
pub(super) fn of_write(
    if_match: Option<ETagCondition>,
    if_none_match: Option<&ETagCondition>,
) -> Result<Condition, Error> {
    match (if_match, if_none_match) {
        (None, None) => Ok(Condition::None),
        (None, Some(ETagCondition::Any)) => Ok(Condition::Absent),
        (Some(ETagCondition::Any), None) => Ok(Condition::Present),
        (Some(ETagCondition::ETag(etag)), None) => Ok(Condition::Etag(etag.into_value())),
        (_, Some(ETagCondition::ETag(_))) => {
            Err(refused!(NotImplemented, "If-None-Match of a write takes no ETag: only *"))
        }
        (Some(_), Some(ETagCondition::Any)) => {
            Err(refused!(NotImplemented, "If-Match and If-None-Match cannot both be of a write"))
        }
    }
}

/// The conditions of a read, or of a copy's source.
#[derive(Debug, Default)]
pub(super) struct ReadConditions<'a> {
    pub(super) if_match: Option<&'a ETagCondition>,
    pub(super) if_none_match: Option<&'a ETagCondition>,
    pub(super) if_modified_since: Option<&'a Timestamp>,
    pub(super) if_unmodified_since: Option<&'a Timestamp>,
}

/// What conditions say of an object.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Go,
    NotModified,
    Failed,
}

impl ReadConditions<'_> {
    /// In the order of RFC 9110, 13.2.2: an ETag's condition stands before a date's.
    pub(super) fn verdict(&self, object: &Object, modified_ms: u64) -> Verdict {
        // Headers know whole seconds only.
        let modified = timestamp(modified_ms / 1000 * 1000);
        match (self.if_match, self.if_unmodified_since) {
            (Some(condition), _) if !matches(condition, &object.etag) => return Verdict::Failed,
            (None, Some(since)) if modified > *since => return Verdict::Failed,
            (Some(_) | None, _) => {}
        }
        match (self.if_none_match, self.if_modified_since) {
            (Some(condition), _) if matches(condition, &object.etag) => Verdict::NotModified,
            (None, Some(since)) if modified <= *since => Verdict::NotModified,
            (Some(_) | None, _) => Verdict::Go,
        }
    }
}

fn matches(condition: &ETagCondition, etag: &str) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(wanted) => wanted.value() == etag,
    }
}

/// The answer to a condition that failed.
pub(super) fn failed() -> Error {
    refused!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold")
}

/// The answer to a reader who has it already.
pub(super) fn not_modified(object: &Object, modified_ms: u64) -> Error {
    let mut headers = HeaderMap::new();
    if let Ok(etag) = ETag::Strong(object.etag.clone()).to_http_header() {
        headers.insert(ETAG, etag);
    }
    let mut modified = Vec::new();
    if timestamp(modified_ms).format(TimestampFormat::HttpDate, &mut modified).is_ok()
        && let Ok(modified) = HeaderValue::from_bytes(&modified)
    {
        headers.insert(LAST_MODIFIED, modified);
    }
    let mut error = S3Error::with_message(S3ErrorCode::NotModified, "Not Modified");
    error.set_headers(headers);
    Error::Refused(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Details;

    #[test]
    fn an_etag_stands_before_a_date() {
        let object = Object { size: 0, etag: "e".into(), details: Details::default() };
        let (same, other) =
            (ETagCondition::ETag(ETag::Strong("e".into())), ETagCondition::ETag(ETag::Strong("f".into())));
        let (before, at) = (timestamp(9_000), timestamp(10_000));
        let verdict = |conditions: ReadConditions<'_>| conditions.verdict(&object, 10_500);
        let none = ReadConditions::default;
        assert_eq!(verdict(none()), Verdict::Go);
        assert_eq!(verdict(ReadConditions { if_match: Some(&other), ..none() }), Verdict::Failed);
        assert_eq!(
            verdict(ReadConditions { if_match: Some(&same), if_unmodified_since: Some(&before), ..none() }),
            Verdict::Go
        );
        assert_eq!(verdict(ReadConditions { if_unmodified_since: Some(&before), ..none() }), Verdict::Failed);
        assert_eq!(verdict(ReadConditions { if_unmodified_since: Some(&at), ..none() }), Verdict::Go);
        assert_eq!(verdict(ReadConditions { if_none_match: Some(&same), ..none() }), Verdict::NotModified);
        assert_eq!(
            verdict(ReadConditions { if_none_match: Some(&other), if_modified_since: Some(&at), ..none() }),
            Verdict::Go
        );
        assert_eq!(verdict(ReadConditions { if_modified_since: Some(&at), ..none() }), Verdict::NotModified);
        assert_eq!(verdict(ReadConditions { if_modified_since: Some(&before), ..none() }), Verdict::Go);
    }
}
