//! `foreach`: a stage that is done once for each of many items.

use super::{
    fields::{Fields, shown},
    template::template,
    value::{if_given, integer, scalar, text},
};
use crate::{
    fault::Report,
    foreach::{ALL, Foreach, Mode, PARALLEL},
    nearest::suggestion,
    params::ParamType,
    scope::Scope,
    template::Template,
    yaml::{Content, Node},
};

/// The keys of `foreach`.
pub(super) const KEYS: [&str; 4] = ["in", "mode", "max_parallel", "min_success"];
/// What `mode` may say.
const MODES: [&str; 2] = ["array", "jobs"];
const EXAMPLE: &str =
    "write `foreach: ${{ params.samples }}`, of an array; or the S3 URI of an object with an item on each line";

/// Reads it: a text alone says where the items are.
pub(super) fn read(node: &Node, scope: &mut Scope, report: &mut Report<'_>) -> Option<Foreach> {
    if let Content::Scalar(_) = &node.content {
        let items = items(node, scope, report)?;
        return Some(Foreach { items, mode: Mode::default(), max_parallel: None, min_success: ALL });
    }
    let fields = Fields::read(node, "foreach", &KEYS, report)?;
    let given = fields.required("in", EXAMPLE, report).and_then(|node| items(node, scope, report));
    let mode = fields.get("mode").map(|node| mode(node, report));
    let max_parallel = fields.get("max_parallel").map(|node| integer(node, "max_parallel", &PARALLEL, report));
    let min_success = fields.get("min_success").map(|node| min_success(node, report));
    Some(Foreach {
        items: given?,
        mode: if_given(mode)?.unwrap_or_default(),
        max_parallel: if_given(max_parallel)?.map(|number| number.value),
        min_success: if_given(min_success)?.unwrap_or(ALL),
    })
}

fn items(node: &Node, scope: &mut Scope, report: &mut Report<'_>) -> Option<Template> {
    let template = template(node, "foreach", scope, report)?;
    let problem = match template.sole_expression() {
        None if template.to_string().starts_with("s3://") => None,
        None if template.expressions().next().is_some() => None,
        None => Some("foreach is neither a list nor the S3 URI of an object"),
        Some(expression) => scope.sole_param(expression).and_then(|spec| match &spec.bounds.kind {
            ParamType::Array { .. } | ParamType::String { .. } => None,
            ParamType::Integer { .. } | ParamType::Number { .. } | ParamType::Boolean | ParamType::Object => {
                Some("the items are an array, or the S3 URI of an object, and the parameter is neither")
            }
        }),
    };
    if let Some(problem) = problem {
        report.add(&node.span, problem, EXAMPLE);
        return None;
    }
    Some(template)
}

fn mode(node: &Node, report: &mut Report<'_>) -> Option<Mode> {
    match text(node, "mode", report)? {
        "array" => Some(Mode::Array),
        "jobs" => Some(Mode::Jobs),
        other => {
            report.add(&node.span, format!("mode cannot be `{}`", shown(other)), suggestion(other, &MODES));
            None
        }
    }
}

/// A percentage, in hundredths of a percent.
fn min_success(node: &Node, report: &mut Report<'_>) -> Option<u16> {
    let given = scalar(node, "min_success", report)?.text.as_str();
    let hundredths = given.strip_suffix('%').and_then(|number| hundredths(number.trim()));
    if hundredths.is_none() {
        let problem = format!("min_success must be a percentage, not `{}`", shown(given));
        report.add(&node.span, problem, "write `min_success: 99%`, from 0% to 100%, with up to two decimals");
    }
    hundredths
}

fn hundredths(number: &str) -> Option<u16> {
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str, most: usize| {
        (!text.is_empty() && text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(())
    };
    digits(whole, 3)?;
    digits(decimals, 2)?;
    let tens = if decimals.len() == 1 { 10 } else { 1 };
    let all = whole.parse::<u16>().ok()? * 100 + decimals.parse::<u16>().ok()? * tens;
    (all <= ALL).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_has_up_to_two_decimals() {
        for (text, expected) in [
            ("99", Some(9900)),
            ("99.5", Some(9950)),
            ("99.95", Some(9995)),
            ("0", Some(0)),
            ("100.00", Some(10_000)),
            ("100.01", None),
            ("101", None),
            ("1.234", None),
            ("-1", None),
            (".5", None),
            ("5.", None),
            ("1e2", None),
            ("", None),
        ] {
            assert_eq!(hundredths(text), expected, "{text}");
        }
    }
}
