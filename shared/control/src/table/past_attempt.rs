//! An attempt that failed and was followed by another, as a text of a stage's item:
//! `<attempt> <epoch> <kind>[:<children that failed>] <exit code or -> <began or -> <ended> <job or -> <words>`.

use machine::{Attempt, Cause, CauseKind, Epoch, JobId, Timestamp, stage::PastAttempt};

use crate::table::stage_item::shortened_to;

/// The longest words of AWS that are kept of each, in bytes: there may be many.
const WORDS_BYTES: usize = 120;
/// What stands for nothing.
const NONE: &str = "-";

pub(crate) fn encode(past: &PastAttempt) -> String {
    let or_none = |text: Option<String>| text.unwrap_or_else(|| NONE.to_owned());
    let fields = [
        past.attempt.to_string(),
        past.epoch.0.to_string(),
        match past.cause.children {
            Some(children) => format!("{}:{children}", past.cause.kind.name()),
            None => past.cause.kind.name().to_owned(),
        },
        or_none(past.cause.exit_code.map(|code| code.to_string())),
        or_none(past.started_at.map(|time| time.as_ms().to_string())),
        past.at.as_ms().to_string(),
        or_none(past.job.as_ref().map(JobId::to_string)),
        shortened_to(WORDS_BYTES, &past.cause.text),
    ];
    fields.join(" ")
}

/// The inverse of [`encode`]; `None` if the text is not one of these.
pub(crate) fn decode(text: &str) -> Option<PastAttempt> {
    let mut fields = text.splitn(8, ' ');
    let attempt = Attempt(fields.next()?.parse().ok()?);
    let epoch = Epoch(fields.next()?.parse().ok()?);
    let kind = fields.next()?;
    let (kind, children) = match kind.split_once(':') {
        Some((kind, children)) => (kind, Some(children.parse().ok()?)),
        None => (kind, None),
    };
    let kind = CauseKind::from_name(kind)?;
    let exit_code = optional(fields.next()?, |text| text.parse().ok())?;
    let started_at = optional(fields.next()?, |text| text.parse().ok().map(Timestamp::from_ms))?;
    let at = Timestamp::from_ms(fields.next()?.parse().ok()?);
    let job = optional(fields.next()?, |text| Some(JobId::new(text)))?;
    let cause = Cause::new(kind, fields.next()?).with_exit_code(exit_code).with_children(children);
    Some(PastAttempt { attempt, epoch, cause, job, started_at, at })
}

fn optional<T>(text: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<Option<T>> {
    if text == NONE { Some(None) } else { parse(text).map(Some) }
}
