//! From the tree to a definition: everything is read, however much of it is wrong, and every fault is reported.

mod concurrency;
mod fields;
mod foreach;
mod job;
mod needs;
mod outputs;
mod param;
mod references;
mod resources;
mod retry;
mod settings;
mod stage;
mod template;
mod trigger;
mod value;
mod when;

#[cfg(test)]
mod keys;

use crate::{
    definition::Definition,
    fault::Report,
    graph::Graph,
    hash::ContentHash,
    name::{ParamName, PipelineName, ShareIdentifier},
    scope::Scope,
    stage::Stage,
    yaml::{Content, Node},
};
use fields::{Fields, entries};
use settings::Settings;
use value::{if_given, parsed, text};

/// The keys of a definition.
pub(crate) const KEYS: [&str; 9] =
    ["pipeline", "description", "on", "params", "concurrency", "priority", "share", "defaults", "stages"];
/// How many stages a pipeline may have.
pub(crate) const MAX_STAGES: usize = 500;
/// How long a description may be, in characters.
const MAX_DESCRIPTION: usize = 1000;

/// Reads a definition; `None` if there is any fault.
pub(crate) fn definition(root: &Node, hash: ContentHash, report: &mut Report<'_>) -> Option<Definition> {
    let fields = Fields::read(root, "a definition", &KEYS, report)?;
    let name = name(&fields, report);
    let description = fields.get("description").and_then(|node| description(node, report));
    let params = fields.get("params").map(|node| param::read(node, report)).unwrap_or_default();
    let (triggers, started) = fields.get("on").map(|node| trigger::read(node, &params, report)).unwrap_or_default();
    let priority =
        fields.get("priority").map_or(Some(crate::Priority::default()), |node| stage::priority(node, report));
    let share = fields.get("share").map(|node| {
        parsed::<ShareIdentifier>(node, "a share identifier", ShareIdentifier::RULE, report).map(|placed| placed.value)
    });
    let mut scope = Scope::new(params.clone(), started);
    let concurrency = fields.get("concurrency").map(|node| concurrency::read(node, &mut scope, report));
    let defaults = fields.get("defaults").map(|node| defaults(node, &mut scope, report));
    let defaults = defaults.unwrap_or_else(Settings::none);
    let stages = stages(&fields, &defaults, &mut scope, report);
    report_unused(&fields, &scope, report);
    if !report.is_empty() {
        return None;
    }
    let stages = stages?;
    let needs: Vec<_> = stages.iter().map(|stage| stage.needs.clone()).collect();
    Some(Definition {
        name: name?,
        description,
        triggers,
        params: params
            .into_iter()
            .map(|(name, spec)| Some((ParamName::new(name).ok()?, spec?)))
            .collect::<Option<_>>()?,
        priority: priority?,
        concurrency: if_given(concurrency)?,
        share: share.flatten(),
        asks: scope.asks(),
        graph: Graph::new(&needs),
        stages,
        hash,
    })
}

fn name(fields: &Fields<'_>, report: &mut Report<'_>) -> Option<PipelineName> {
    let node = fields.required("pipeline", "begin with `pipeline: <name>`", report)?;
    parsed(node, "the name of a pipeline", PipelineName::RULE, report).map(|placed| placed.value)
}

fn description(node: &Node, report: &mut Report<'_>) -> Option<String> {
    let text = text(node, "description", report)?;
    if text.chars().count() > MAX_DESCRIPTION {
        let help = "say it shorter, or in a comment";
        report.add(&node.span, format!("the description is longer than {MAX_DESCRIPTION} characters"), help);
    }
    Some(text.to_owned())
}

fn defaults(node: &Node, scope: &mut Scope, report: &mut Report<'_>) -> Settings {
    match Fields::read(node, "defaults", &settings::all_keys(), report) {
        Some(fields) => Settings::read(&fields, scope, report),
        None => Settings::none(),
    }
}

fn stages(fields: &Fields<'_>, defaults: &Settings, scope: &mut Scope, report: &mut Report<'_>) -> Option<Vec<Stage>> {
    let node = fields.required("stages", "write `stages:`, and under it a map of at least one stage", report)?;
    let given = entries(node, "stages", report)?;
    if given.is_empty() {
        report.add(&node.span, "there is no stage", "write at least one: `stages: { work: { command: [date] } }`");
        return None;
    }
    if let Some((key, _)) = given.get(MAX_STAGES) {
        let help = "make one stage an array of many jobs, or split the pipeline";
        report.add(
            &key.span,
            format!("a pipeline has at most {MAX_STAGES} stages, and this has {}", given.len()),
            help,
        );
        return None;
    }
    let drafts: Vec<_> = given.iter().map(|(key, node)| stage::read(key, node, defaults, scope, report)).collect();
    let needs = needs::resolve(&drafts, report);
    let sources = references::resolve(&drafts, &needs, report);
    let stages = drafts.into_iter().zip(needs).zip(sources);
    stages.map(|((draft, needs), reads_outputs_of)| Some(Stage { needs, reads_outputs_of, ..draft.stage? })).collect()
}

/// A parameter that nothing uses is a mistake: somebody believes that it does something.
fn report_unused(fields: &Fields<'_>, scope: &Scope, report: &mut Report<'_>) {
    let Some(Node { content: Content::Mapping(params), .. }) = fields.get("params") else { return };
    if params.len() > param::MAX_PARAMS {
        return;
    }
    let unused: Vec<_> = scope.unused().filter(|name| ParamName::new(*name).is_ok()).collect();
    // What is faulty itself was perhaps not read, and uses it.
    let faulty = !report.is_empty();
    let mentioned = |name: &str| faulty && report.source().contains(&format!("params.{name}"));
    let unused: Vec<_> = unused.into_iter().filter(|name| !mentioned(name)).collect();
    for (key, _) in params.iter().filter(|(key, _)| unused.contains(&key.text.as_str())) {
        let help = format!("use it in a command or in env, as `${{{{ params.{} }}}}`, or leave it out", key.text);
        report.add(&key.span, format!("the parameter `{}` is not used", key.text), help);
    }
}
