//! Single values of the definition.

use std::{fmt::Display, ops::RangeInclusive, str::FromStr};

use super::fields::shown;
use crate::{
    fault::Report,
    template::OPEN,
    yaml::{Content, Kind, Node, Scalar, Span},
};

/// A value, and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Placed<T> {
    pub(super) value: T,
    pub(super) span: Span,
}

/// The scalar, which must be there: `key:` with nothing behind it is a fault.
pub(super) fn scalar<'n>(node: &'n Node, what: &str, report: &mut Report<'_>) -> Option<&'n Scalar> {
    let (problem, help) = match &node.content {
        Content::Scalar(scalar) if scalar.kind() != Kind::Null => return Some(scalar),
        Content::Scalar(_) => (format!("{what} has no value"), "write one; an empty text is `\"\"`"),
        Content::Sequence(_) | Content::Mapping(_) => (
            format!("{what} must be a single value, not {}", node.what()),
            "write a text, a number or a boolean; a text that begins with `[` or `{` needs quotes",
        ),
    };
    report.add(&node.span, problem, help);
    None
}

/// A text that may hold no expression.
pub(super) fn text<'n>(node: &'n Node, what: &str, report: &mut Report<'_>) -> Option<&'n str> {
    let text = scalar(node, what, report)?.text.as_str();
    no_expression(text, what, &node.span, report).then_some(text)
}

/// Whether the text holds no expression; it is a fault if it does.
pub(super) fn no_expression(text: &str, what: &str, span: &Span, report: &mut Report<'_>) -> bool {
    let none = !text.contains(OPEN);
    if !none {
        report.add(
            span,
            format!("{what} may hold no expression"),
            "expressions are for `command`, `env`, `array` and `concurrency.group`; a definition's own form is fixed when it is registered",
        );
    }
    none
}

/// A text that something is made from.
pub(super) fn parsed<T>(node: &Node, what: &str, help: &str, report: &mut Report<'_>) -> Option<Placed<T>>
where
    T: FromStr,
{
    let text = text(node, what, report)?;
    let value = text.parse().ok();
    if value.is_none() {
        report.add(&node.span, format!("`{}` is not {what}", shown(text)), help);
    }
    value.map(|value| Placed { value, span: node.span.clone() })
}

/// A whole number within bounds.
pub(super) fn integer<T>(
    node: &Node,
    what: &str,
    range: &RangeInclusive<T>,
    report: &mut Report<'_>,
) -> Option<Placed<T>>
where
    T: TryFrom<i64> + PartialOrd + Display,
{
    let given = scalar(node, what, report)?;
    if !no_expression(&given.text, what, &node.span, report) {
        return None;
    }
    let problem = match given.kind() {
        Kind::Integer(number) => match T::try_from(number).ok().filter(|number| range.contains(number)) {
            Some(value) => return Some(Placed { value, span: node.span.clone() }),
            None => format!("{what} is {number}, which is out of range"),
        },
        Kind::Null | Kind::Boolean(_) | Kind::Float(_) | Kind::Text => {
            format!("{what} must be a whole number, not `{}`", shown(&given.text))
        }
    };
    report.add(&node.span, problem, format!("a whole number from {} to {}", range.start(), range.end()));
    None
}

/// `true` or `false`.
pub(super) fn boolean(node: &Node, what: &str, report: &mut Report<'_>) -> Option<bool> {
    let given = scalar(node, what, report)?;
    match given.kind() {
        Kind::Boolean(value) => Some(value),
        Kind::Null | Kind::Integer(_) | Kind::Float(_) | Kind::Text => {
            let problem = format!("{what} must be true or false, not `{}`", shown(&given.text));
            report.add(&node.span, problem, "write `true` or `false`");
            None
        }
    }
}

/// What may be left out: `None` if it was faulty.
pub(super) fn if_given<T>(given: Option<Option<T>>) -> Option<Option<T>> {
    match given {
        None => Some(None),
        Some(value) => value.map(Some),
    }
}

/// The items of a list.
pub(super) fn items<'n>(node: &'n Node, what: &str, help: &str, report: &mut Report<'_>) -> Option<&'n [Node]> {
    match &node.content {
        Content::Sequence(items) => Some(items),
        Content::Scalar(_) | Content::Mapping(_) => {
            report.add(&node.span, format!("{what} must be a list, not {}", node.what()), help);
            None
        }
    }
}
