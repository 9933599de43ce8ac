//! Texts with expressions.

use super::value::scalar;
use crate::{
    fault::Report,
    scope::Scope,
    template::Template,
    yaml::{Node, Span},
};

/// A template whose names are all known in the scope.
pub(super) fn template(node: &Node, what: &str, scope: &mut Scope, report: &mut Report<'_>) -> Option<Template> {
    let text = &scalar(node, what, report)?.text;
    if text.contains('\0') {
        report.add(
            &node.span,
            format!("{what} holds a NUL character"),
            "a command and its environment cannot hold one",
        );
        return None;
    }
    let template = match Template::parse(text) {
        Ok(template) => template,
        Err(errors) => {
            for error in errors {
                report.add(&place(report.source(), &node.span, &error.part), error.problem, error.help);
            }
            return None;
        }
    };
    for expression in template.expressions() {
        let place = place(report.source(), &node.span, &expression.to_string());
        for problem in scope.check(expression, &place) {
            report.add(&place, problem.message, problem.help);
        }
    }
    Some(template)
}

/// Where the part stands in the source; the whole node if it is written in another way there (escaped, or folded).
pub(super) fn place(source: &str, span: &Span, part: &str) -> Span {
    let found = source.get(span.clone()).and_then(|node| node.find(part));
    found.map_or(span.clone(), |at| span.start + at..span.start + at + part.len())
}
