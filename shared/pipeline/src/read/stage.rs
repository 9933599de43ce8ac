//! One stage.

use super::{
    fields::{Fields, shown},
    foreach, job, outputs, resources, retry,
    settings::{Setting, Settings},
    template::template,
    value::{Placed, boolean, if_given, integer, items},
    when,
};
use crate::{
    fault::Report,
    foreach::Mode,
    job::{Container, Job},
    name::StageName,
    params::{ParamSpec, ParamType},
    priority::Priority,
    scope::{Reference, Scope},
    stage::{ARRAY_SIZES, ArraySize, ENV_OVERHEAD, MAX_RENDERED_BYTES, Stage, least_bytes},
    template::{OPEN, Template},
    yaml::{Content, Key, Node},
};

/// The keys of a stage, besides those of `defaults`.
pub(super) const KEYS: [&str; 10] =
    ["needs", "when", "command", "array", "foreach", "outputs", "allow_failure", "priority", "job_definition", "nodes"];

/// A stage as far as it could be read.
pub(super) struct Draft<'n> {
    pub(super) key: &'n Key,
    /// The names of the stages it needs.
    pub(super) needs: Vec<Placed<String>>,
    /// What its expressions say of other stages.
    pub(super) references: Vec<Reference>,
    /// The stage, without its needs; `None` if it is faulty.
    pub(super) stage: Option<Stage>,
}

/// Reads a stage.
pub(super) fn read<'n>(
    key: &'n Key,
    node: &'n Node,
    defaults: &Settings,
    scope: &mut Scope,
    report: &mut Report<'_>,
) -> Draft<'n> {
    let name = StageName::new(&key.text).ok();
    if name.is_none() {
        report.add(&key.span, format!("`{}` is not the name of a stage", shown(&key.text)), StageName::RULE);
    }
    let known: Vec<_> = KEYS.into_iter().chain(super::settings::all_keys()).collect();
    let Some(fields) = Fields::read(node, "a stage", &known, report) else {
        return Draft { key, needs: Vec::new(), references: Vec::new(), stage: None };
    };
    let needs = fields.get("needs").map(|node| needs(node, report)).unwrap_or_default();
    scope.enter_stage(false);
    let stage = stage(key, name, &fields, defaults, scope, report);
    Draft { key, needs, references: scope.take_references(), stage }
}

fn stage(
    key: &Key,
    name: Option<StageName>,
    fields: &Fields<'_>,
    defaults: &Settings,
    scope: &mut Scope,
    report: &mut Report<'_>,
) -> Option<Stage> {
    let foreach = fields.get("foreach").map(|node| foreach::read(node, scope, report));
    // Of one that is faulty it is not known.
    scope.enter_stage(match &foreach {
        None => false,
        Some(None) => true,
        Some(Some(foreach)) => foreach.mode == Mode::Jobs,
    });
    let command = command(key, fields, scope, report);
    let array = fields.get("array").map(|node| array(node, scope, report));
    let priority = fields.get("priority").map(|node| priority(node, report));
    let outputs = fields.get("outputs").map(|node| outputs::read(node, array.is_some() || foreach.is_some(), report));
    let allow_failure = fields.get("allow_failure").map(|node| boolean(node, "allow_failure", report));
    let when = fields.get("when").map(|node| when::read(node, fields.get("needs").is_some(), scope, report));
    if let (Some(_), Some((array, _))) = (&foreach, fields.entry("array")) {
        let help = "leave `array` out: there are as many children as items";
        report.add(&array.span, "a stage has either `array` or `foreach`", help);
    }
    let existing = fields.get("job_definition").map(|node| job::existing::reference(node, report));
    let settings = Settings::read(fields, scope, report);
    let settings = match &existing {
        None => settings.or(defaults),
        Some(_) => settings.or(&job::existing::defaults(defaults)),
    };
    if let (Setting::Absent, None) = (&settings.image, &existing) {
        let help = "write `image: …` here, or under `defaults` for all stages";
        report.add(&key.span, format!("the stage `{}` has no image", shown(&key.text)), help);
    }
    let resources = resources::check(key, &settings, report);
    let retry = match (&settings.retry, &resources) {
        (Setting::Faulty, _) | (_, None) => None,
        (Setting::Absent, Some(resources)) => retry::check(key, None, resources, report),
        (Setting::Given(draft), Some(resources)) => retry::check(key, Some(&draft.value), resources, report),
    };
    let existing = if_given(existing)?
        .map(|reference| job::existing::check(key, reference, fields, &settings, retry.as_ref(), report));
    let nodes = fields.get("nodes").map(|node| job::nodes::read(node, report));
    let command = command?;
    within_size(key, &command, &settings, report);
    let image = match settings.image {
        Setting::Given(image) => image.value,
        Setting::Absent if existing.is_some() => String::new(),
        Setting::Absent | Setting::Faulty => return None,
    };
    let resources = resources?;
    job::nodes::check(key, fields, resources.compute, array.is_some() || foreach.is_some(), report);
    let has = |variable: &str| settings.env.contains_key(variable);
    let job = job::check(key, settings.job, resources.compute, has, retry.as_ref(), report);
    Some(Stage {
        name: name?,
        needs: Vec::new(),
        when: if_given(when)?.unwrap_or_default(),
        allow_failure: if_given(allow_failure)?.unwrap_or_default(),
        outputs: if_given(outputs)?.unwrap_or_default(),
        reads_outputs_of: Vec::new(),
        image,
        command,
        env: settings.env,
        compute: resources.compute,
        vcpu: resources.vcpu,
        memory_mib: resources.memory_mib,
        gpu: resources.gpu,
        timeout_s: resources.timeout_s,
        retry: retry?,
        array: if_given(array)?,
        foreach: if_given(foreach)?,
        priority: if_given(priority)?,
        job: Job { container: Container { nodes: if_given(nodes)?, ..job.container }, existing, ..job },
    })
}

/// The priority of a pipeline or a stage.
pub(super) fn priority(node: &Node, report: &mut Report<'_>) -> Option<Priority> {
    let range = 0..=Priority::MAX.get();
    integer(node, "priority", &range, report).and_then(|placed| Priority::new(placed.value).ok())
}

/// A list of stages, or one.
fn needs(node: &Node, report: &mut Report<'_>) -> Vec<Placed<String>> {
    let one = std::slice::from_ref(node);
    let nodes = match &node.content {
        Content::Scalar(_) => one,
        Content::Sequence(_) | Content::Mapping(_) => {
            items(node, "needs", "write `needs: [first, second]`", report).unwrap_or_default()
        }
    };
    let mut needs: Vec<Placed<String>> = Vec::new();
    for node in nodes {
        let Some(name) = super::value::text(node, "needs", report) else { continue };
        if needs.iter().any(|need| need.value == name) {
            report.add(&node.span, format!("`{}` is already needed", shown(name)), "name each stage once");
        } else {
            needs.push(Placed { value: name.to_owned(), span: node.span.clone() });
        }
    }
    needs
}

fn command(key: &Key, fields: &Fields<'_>, scope: &mut Scope, report: &mut Report<'_>) -> Option<Vec<Template>> {
    const HELP: &str = "write a list, `command: [program, argument]`: it is not passed through a shell";
    let Some(node) = fields.get("command") else {
        if fields.get("job_definition").is_some() {
            return Some(Vec::new());
        }
        if !fields.has_misspelt("command") {
            report.add(&key.span, format!("the stage `{}` has no command", shown(&key.text)), HELP);
        }
        return None;
    };
    let items = items(node, "command", as_list(node).as_deref().unwrap_or(HELP), report)?;
    if items.is_empty() {
        report.add(&node.span, "the command is empty", HELP);
        return None;
    }
    let read: Vec<_> =
        items.iter().enumerate().map(|(at, item)| template(item, &format!("command[{at}]"), scope, report)).collect();
    read.into_iter().collect()
}

/// What a command in one text would be as a list, if that is plain to see.
fn as_list(node: &Node) -> Option<String> {
    let Content::Scalar(scalar) = &node.content else { return None };
    let words: Vec<_> = scalar.text.split_whitespace().collect();
    let plain = |c: char| c.is_ascii_alphanumeric() || " -_./=".contains(c);
    (!words.is_empty() && scalar.text.len() <= 80 && scalar.text.chars().all(plain))
        .then(|| format!("write a list, `command: [{}]`: it is not passed through a shell", words.join(", ")))
}

fn array(node: &Node, scope: &mut Scope, report: &mut Report<'_>) -> Option<ArraySize> {
    let expression = matches!(&node.content, Content::Scalar(scalar) if scalar.text.contains(OPEN));
    if !expression {
        return integer(node, "array", &ARRAY_SIZES, report).map(|size| ArraySize::Fixed(size.value));
    }
    let template = template(node, "array", scope, report)?;
    let problem = match template.sole_expression() {
        None => Some("array must be a number, or nothing but an expression"),
        Some(expression) => scope.sole_param(expression).and_then(no_array_size),
    };
    if let Some(problem) = problem {
        let help =
            "write a number of 2 to 10000, or `${{ params.n }}` of `{ type: integer, minimum: 2, maximum: 10000 }`";
        report.add(&node.span, problem, help);
        return None;
    }
    Some(ArraySize::Expression(template))
}

/// Why values of that parameter are no sizes of an array.
fn no_array_size(spec: &ParamSpec) -> Option<&'static str> {
    let sizes = i64::from(*ARRAY_SIZES.start())..=i64::from(*ARRAY_SIZES.end());
    match &spec.bounds.kind {
        ParamType::Integer { minimum: Some(minimum), maximum: Some(maximum) }
            if sizes.contains(minimum) && sizes.contains(maximum) =>
        {
            None
        }
        ParamType::Integer { .. } => Some("the parameter allows sizes that a Batch array cannot have"),
        ParamType::String { .. }
        | ParamType::Number { .. }
        | ParamType::Boolean
        | ParamType::Array { .. }
        | ParamType::Object => Some("the size of an array is an integer, and the parameter is not"),
    }
}

/// A command that is too long without its expressions is too long in every run.
fn within_size(key: &Key, command: &[Template], settings: &Settings, report: &mut Report<'_>) {
    let command: usize = command.iter().map(least_bytes).sum();
    let env: usize = settings.env.iter().map(|(name, value)| name.len() + least_bytes(value) + ENV_OVERHEAD).sum();
    let tags = settings.job.submitted_bytes();
    if command + env + tags > MAX_RENDERED_BYTES {
        report.add(
            &key.span,
            format!("command and env take {} bytes, and a job may have {MAX_RENDERED_BYTES}", command + env + tags),
            "put the data into the image, or into an object in S3",
        );
    }
}
