//! `when`: whether a stage runs, once all that it needs has ended.

use super::{template::place, value::scalar};
use crate::{
    fault::Report,
    scope::{Place, Scope},
    template::{OPEN, Template, expression::Expression},
    when::When,
    yaml::Node,
};

const EXAMPLE: &str = "write `when: failure()`, or `when: params.notify and always()`";

/// Reads a condition. It is one expression; `${{ }}` around it may be left out.
pub(super) fn read(node: &Node, has_needs: bool, scope: &mut Scope, report: &mut Report<'_>) -> Option<When> {
    let expression = expression(node, EXAMPLE, report)?;
    let place = place(report.source(), &node.span, expression.inner());
    scope.enter(Place::When);
    let problems = scope.check(&expression, &place);
    scope.enter(Place::Stage);
    for problem in problems {
        report.add(&place, problem.message, problem.help);
    }
    let when = When::of(expression);
    if when == When::Failure && !has_needs {
        let help = "say with `needs` whose failure is meant";
        report.add(&node.span, "a stage that needs nothing never runs on failure", help);
    }
    Some(when)
}

/// The one expression that a node is.
pub(super) fn expression(node: &Node, example: &str, report: &mut Report<'_>) -> Option<Expression> {
    let text = scalar(node, "when", report)?.text.trim();
    if !text.contains(OPEN) {
        return faulty(node, Expression::parse(text), example, report);
    }
    let template = faulty(node, Template::parse(text), example, report)?;
    let sole = template.sole_expression().cloned();
    if sole.is_none() {
        report.add(&node.span, "when must be nothing but one expression", example);
    }
    sole
}

fn faulty<T>(
    node: &Node,
    parsed: Result<T, Vec<crate::template::TemplateError>>,
    example: &str,
    report: &mut Report<'_>,
) -> Option<T> {
    match parsed {
        Ok(parsed) => Some(parsed),
        Err(errors) => {
            for error in errors {
                // A fault of the whole expression comes with an example of a command.
                let help = if error.part.starts_with(OPEN) { example } else { &error.help };
                report.add(&place(report.source(), &node.span, &error.part), error.problem, help);
            }
            None
        }
    }
}
