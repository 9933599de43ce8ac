//! Names and ARNs of what is there already on AWS, as their services take them.

use super::{shown, text};
use crate::{
    fault::Report,
    yaml::{Key, Node},
};

/// The parts of `arn:PARTITION:SERVICE:REGION:ACCOUNT:REST`, if the text is an ARN of that service; `rest` may hold colons.
pub(super) fn arn_rest<'t>(text: &'t str, service: &str) -> Option<&'t str> {
    let mut parts = text.splitn(6, ':');
    let head = [parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    let account = head[4].len() == 12 && head[4].bytes().all(|b| b.is_ascii_digit());
    (head[0] == "arn" && head[1].starts_with("aws") && head[2] == service && account).then_some(parts.next()?)
}

/// Whether each character is a letter, a digit, or one of those; and how long the text is.
pub(super) fn is_name(text: &str, longest: usize, others: &str) -> bool {
    (1..=longest).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c))
}

/// A job queue's name (`CreateJobQueue`).
pub(super) fn queue(node: &Node, report: &mut Report<'_>) -> Option<String> {
    let name = text(node, "queue", report)?;
    let valid = is_name(name, 128, "-_") && name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if !valid {
        let help = "its name, not its ARN: 1 to 128 letters, digits, `-` and `_`";
        report.add(&node.span, format!("`{}` is not the name of a job queue", shown(name)), help);
    }
    valid.then(|| name.to_owned())
}

pub(super) fn role(node: &Node, what: &str, report: &mut Report<'_>) -> Option<String> {
    let arn = text(node, what, report)?;
    let name = arn_rest(arn, "iam").and_then(|rest| rest.strip_prefix("role/"));
    let valid = name.is_some_and(|name| is_name(name, 576, "+=,.@-_/"));
    if !valid {
        let help = format!("write `{what}: arn:aws:iam::123456789012:role/name`");
        report.add(&node.span, format!("{what}: `{}` is not the ARN of a role", shown(arn)), help);
    }
    valid.then(|| arn.to_owned())
}

/// `LATEST`, or three numbers.
pub(super) fn platform_version(node: &Node, report: &mut Report<'_>) -> Option<String> {
    let version = text(node, "platform_version", report)?;
    let number = |part: &str| part.len() <= 3 && part.parse::<u16>().is_ok();
    let valid = version == "LATEST" || (version.split('.').count() == 3 && version.split('.').all(number));
    if !valid {
        let help = "write `LATEST`, or a version such as `1.4.0`";
        report.add(&node.span, format!("`{}` is not a version of Fargate's platform", shown(version)), help);
    }
    valid.then(|| version.to_owned())
}

/// A tag's value, if its key is one too. Those that begin with `aws:` are AWS's, and `batchwright:` is how jobs are known.
pub(super) fn tag(key: &Key, node: &Node, report: &mut Report<'_>) -> Option<String> {
    const OTHERS: &str = " _.:/=+-@";
    let value = text(node, "a tag", report)?;
    let lower = key.text.to_ascii_lowercase();
    if lower.starts_with("aws:") || lower.starts_with("batchwright:") {
        let help = "choose a name that begins neither with aws: nor with batchwright:";
        report.add(&key.span, format!("the tag `{}` is reserved: jobs are given it", shown(&key.text)), help);
    } else if !is_name(&key.text, 128, OTHERS) {
        let help = "1 to 128 letters, digits, spaces and `_ . : / = + - @`";
        report.add(&key.span, format!("`{}` is not the name of a tag", shown(&key.text)), help);
    }
    if !value.is_empty() && !is_name(value, 256, OTHERS) {
        let help = "up to 256 letters, digits, spaces and `_ . : / = + - @`";
        report.add(&node.span, format!("`{}` is not the value of a tag", shown(value)), help);
    }
    Some(value.to_owned())
}

/// A consumable resource's name or ARN.
pub(super) fn consumable(key: &Key, report: &mut Report<'_>) {
    let of_arn = arn_rest(&key.text, "batch").and_then(|rest| rest.strip_prefix("consumable-resource/"));
    if !is_name(of_arn.unwrap_or(&key.text), 128, "-_") {
        let help = "its name, 1 to 128 letters, digits, `-` and `_`; or its ARN";
        report.add(&key.span, format!("`{}` is not the name of a consumable resource", shown(&key.text)), help);
    }
}
