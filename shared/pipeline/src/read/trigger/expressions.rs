//! The expressions of a trigger: its `when`, and what its `params` are taken from.

use indexmap::IndexMap;

use super::{
    super::{
        fields::{entries, shown},
        template::place,
        value::scalar,
        when,
    },
    Declared,
};
use crate::{
    fault::Report,
    name::ParamName,
    nearest::nearest,
    params::unknown,
    scope::Given,
    template::{OPEN, Template, expression::Expression},
    trigger::{Binding, Bindings, EventCondition},
    yaml::{Content, Key, Node},
};

/// The names that the expressions of one trigger may use, beside `pipeline.name`.
pub(super) enum Names {
    /// Those of an upload.
    Upload(Given),
    /// Those of a message: `trigger.sqs.…`.
    Message,
}

/// What a message has.
const MESSAGE: [&str; 3] = ["trigger.sqs.queue", "trigger.sqs.message_id", "trigger.sqs.body"];

impl Names {
    fn has(&self, name: &str) -> bool {
        let of_body = || name.strip_prefix("trigger.sqs.body").is_some_and(|rest| rest.starts_with('.'));
        name == "pipeline.name"
            || match self {
                Self::Upload(given) => given.has(name),
                Self::Message => MESSAGE.contains(&name) || of_body(),
            }
    }

    fn all(&self) -> Vec<&str> {
        match self {
            Self::Upload(given) => given.names().chain(["pipeline.name"]).collect(),
            Self::Message => MESSAGE.into_iter().chain(["pipeline.name"]).collect(),
        }
    }

    fn check(&self, expression: &Expression, node: &Node, report: &mut Report<'_>) {
        for name in expression.names().iter().filter(|name| !self.has(name)) {
            let help = if name.starts_with("params.") {
                "what starts a run knows no parameters: they are made of it".to_owned()
            } else {
                match nearest(name, self.all()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("known here: {}", self.all().join(", ")),
                }
            };
            let place = place(report.source(), &node.span, expression.inner());
            report.add(&place, format!("`{}` is not known", shown(name)), help);
        }
    }
}

/// Reads a trigger's `when`.
pub(super) fn condition(node: &Node, names: &Names, report: &mut Report<'_>) -> Option<EventCondition> {
    let example = match names {
        Names::Upload(_) => "write `when: trigger.s3.size > 0`",
        Names::Message => "write `when: trigger.sqs.body.kind == 'order'`",
    };
    let expression = when::expression(node, example, report)?;
    names.check(&expression, node, report);
    Some(EventCondition::new(expression))
}

/// Reads a trigger's `params`: each a value, or taken from the event by expressions.
pub(super) fn bindings(node: &Node, names: &Names, params: &Declared, report: &mut Report<'_>) -> Option<Bindings> {
    let mut bindings = IndexMap::new();
    let mut whole = true;
    for (key, node) in entries(node, "params of a trigger", report)? {
        let binding = known(key, params, report).then(|| binding(key, node, names, params, report)).flatten();
        whole &= binding.is_some();
        bindings.extend(binding.map(|binding| (key.text.clone(), binding)));
    }
    whole.then(|| Bindings::new(bindings))
}

fn known(key: &Key, params: &Declared, report: &mut Report<'_>) -> bool {
    let known = params.contains_key(&key.text);
    if !known {
        let names: Vec<ParamName> = params.keys().filter_map(|name| ParamName::new(name).ok()).collect();
        let message = format!("parameter `{}` {}", shown(&key.text), unknown(&key.text, names.iter()));
        report.add(&key.span, message, "declare it under `params` of the pipeline");
    }
    known
}

fn binding(key: &Key, node: &Node, names: &Names, params: &Declared, report: &mut Report<'_>) -> Option<Binding> {
    match &node.content {
        Content::Scalar(given) if given.text.contains(OPEN) => {
            let text = &scalar(node, "a parameter", report)?.text;
            match Template::parse(text) {
                Ok(template) => {
                    template.expressions().for_each(|expression| names.check(expression, node, report));
                    Some(Binding::Taken(template))
                }
                Err(errors) => {
                    for error in errors {
                        report.add(&place(report.source(), &node.span, &error.part), error.problem, error.help);
                    }
                    None
                }
            }
        }
        Content::Scalar(_) | Content::Sequence(_) | Content::Mapping(_) => fixed(key, node, params, report),
    }
}

/// A value that is the same in every run is checked here and now.
fn fixed(key: &Key, node: &Node, params: &Declared, report: &mut Report<'_>) -> Option<Binding> {
    if let Some((_, span)) = node.scalars().into_iter().find(|(scalar, _)| scalar.text.contains(OPEN)) {
        let help = "an expression is the whole value, or a part of a text";
        report.add(span, "an item of a list or a map may hold no expression", help);
        return None;
    }
    let value = node.to_json();
    let spec = params.get(&key.text).and_then(Option::as_ref);
    if let Some(problem) = spec.filter(|_| !value.is_null()).and_then(|spec| spec.bounds.problem(&value)) {
        let help = "its runs could never start: write a value that the parameter allows, or take one by `${{ … }}`";
        report.add(&node.span, format!("parameter `{}` {problem}", key.text), help);
        return None;
    }
    Some(Binding::Fixed(value))
}

/// Every parameter that is required must be given.
pub(super) fn check_required(
    key: &Key,
    what: &str,
    bindings: &Bindings,
    params: &Declared,
    example: &str,
    report: &mut Report<'_>,
) {
    for (name, spec) in params {
        if spec.as_ref().is_some_and(|spec| spec.required) && !bindings.binds(name) {
            let help = format!(
                "take it from {what}, `params: {{ {name}: \"${{{{ {example} }}}}\" }}`; or give `{name}` a default, or `required: false`"
            );
            report.add(&key.span, format!("{what} does not give the parameter `{name}`, which is required"), help);
        }
    }
}
