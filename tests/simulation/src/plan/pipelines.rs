//! Pipelines of many shapes.

use std::fmt::Write;

use crate::dice::Dice;

/// A pipeline, with the texts of the versions that are registered one after the other.
#[derive(Debug)]
pub struct PipelinePlan {
    /// Its name.
    pub name: String,
    /// The prefix of its S3 trigger.
    pub prefix: String,
    /// The prefix of the S3 trigger whose uploads become one run together.
    pub gathered_prefix: String,
    /// The queue of its SQS trigger.
    pub queue: String,
    /// The texts of its versions.
    pub versions: Vec<String>,
}

/// The shapes of graphs.
enum Shape {
    /// Each stage needs the one before.
    Chain,
    /// One, many, one.
    Fan,
    /// Each needs some of those before, or none.
    Random,
}

impl PipelinePlan {
    pub(super) fn draw(number: u64, dice: &mut Dice) -> Self {
        let name = format!("p{number}");
        let (prefix, queue) = (format!("in/{name}/"), format!("orders-{name}"));
        let schedule = dice.chance(0.3).then(|| dice.between(20, 60));
        let concurrency = concurrency(dice);
        let versions = (1..=2).map(|version| text(&name, version, schedule, &concurrency, dice)).collect();
        let gathered_prefix = format!("many/{name}/");
        Self { name, prefix, gathered_prefix, queue, versions }
    }
}

/// Whether, and how, only so many runs of the pipeline run at once.
fn concurrency(dice: &mut Dice) -> String {
    let group = if dice.chance(0.5) { ", group: \"${{ trigger.s3.key | default('no upload') }}\"" } else { "" };
    match dice.between(0, 9) {
        0..=1 => format!("concurrency: {{ limit: {}{group} }}\n", dice.between(1, 2)),
        2 => format!("concurrency: {{ when_full: skip{group} }}\n"),
        3 => format!("concurrency: {{ when_full: replace{group} }}\n"),
        _ => String::new(),
    }
}

fn text(name: &str, version: u32, schedule: Option<u64>, concurrency: &str, dice: &mut Dice) -> String {
    let mut text = format!("# version {version}\npipeline: {name}\npriority: {}\non:\n", dice.between(0, 9999));
    let _ = writeln!(text, "  - s3: {{ prefix: in/{name}/ }}\n  - sqs: {{ queue: orders-{name} }}");
    let _ = writeln!(text, "  - s3: {{ prefix: many/{name}/, batch: {{ max_items: 4, window: 45s }} }}");
    if let (Some(minutes), 1) = (schedule, version) {
        let _ = writeln!(text, "  - schedule: {{ rate: {minutes} minutes }}");
    }
    text += concurrency;
    let items: Vec<u64> = (0..dice.between(1, 7)).collect();
    let _ = writeln!(text, "params: {{ items: {{ type: array, default: {items:?} }} }}");
    text +=
        "defaults: { image: busybox, vcpu: 0.25, memory: 512 MiB, env: { ITEMS: \"${{ params.items }}\" } }\nstages:\n";
    let shape = match dice.between(0, 4) {
        0 => Shape::Chain,
        1 => Shape::Fan,
        _ => Shape::Random,
    };
    let stages = if dice.chance(0.02) { dice.between(15, 30) } else { dice.between(1, 5) };
    let mut writers: Vec<String> = Vec::new();
    for stage in 0..stages {
        let needs = needs(&shape, stage, stages, dice);
        let needs: Vec<String> = needs.iter().map(|need| format!("s{need}")).collect();
        let reads = needs.first().filter(|need| writers.contains(need) && dice.chance(0.7));
        let command =
            reads.map_or_else(String::new, |need| format!(", \"${{{{ stages.{need}.outputs.n | default(0) }}}}\""));
        let _ = write!(text, "  s{stage}: {{ command: ['true'{command}], needs: [{}]", needs.join(", "));
        if dice.chance(0.2) {
            let _ = write!(text, ", array: {}", dice.between(2, 4));
        } else if dice.chance(0.2) {
            text += &foreach(dice);
        } else if dice.chance(0.2) {
            text += ", outputs: [n]";
            writers.push(format!("s{stage}"));
        }
        text += &retry(dice);
        text += &condition(&needs, dice);
        text += " }\n";
    }
    text
}

/// Many items, in arrays or with a job for each, all at once or not, of which all must succeed or not.
fn foreach(dice: &mut Dice) -> String {
    let mut text = ", foreach: { in: \"${{ params.items }}\"".to_owned();
    if dice.chance(0.4) {
        text += ", mode: jobs";
    }
    if dice.chance(0.5) {
        let _ = write!(text, ", max_parallel: {}", dice.between(1, 8));
    }
    if dice.chance(0.3) {
        let _ = write!(text, ", min_success: {}%", dice.between(0, 100));
    }
    text + " }"
}

/// Batch's own tries, or budgets that Batch cannot keep.
fn retry(dice: &mut Dice) -> String {
    match dice.between(0, 9) {
        0..=2 => format!(", retry: {{ attempts: {} }}", dice.between(2, 3)),
        3 => format!(", retry: {{ any: {{ limit: {}, backoff: {}s }} }}", dice.between(1, 2), dice.between(1, 2000)),
        4 => format!(", retry: {{ spot: 2, oom: 1, exit: {{ limit: {}, codes: [3] }}, lost: 1 }}", dice.between(1, 2)),
        _ => String::new(),
    }
}

fn condition(needs: &[String], dice: &mut Dice) -> String {
    let mut text = String::new();
    if dice.chance(0.1) {
        text += ", allow_failure: true";
    }
    let Some(need) = needs.last() else { return text };
    text += match dice.between(0, 19) {
        0 => ", when: failure()",
        1 => ", when: always()",
        2 => ", when: success() or failure()",
        3 => ", when: not success()",
        4 => return format!("{text}, when: \"always() and stages.{need}.outcome == 'SUCCEEDED'\""),
        5 => return format!("{text}, when: \"stages.{need}.outcome != 'SKIPPED'\""),
        _ => "",
    };
    text
}

fn needs(shape: &Shape, stage: u64, stages: u64, dice: &mut Dice) -> Vec<u64> {
    match shape {
        Shape::Chain => stage.checked_sub(1).into_iter().collect(),
        Shape::Fan if stage == 0 => Vec::new(),
        Shape::Fan if stage + 1 == stages => (1.min(stage - 1)..stage).collect(),
        Shape::Fan => vec![0],
        Shape::Random => (0..stage).filter(|_| dice.chance(0.4)).collect(),
    }
}
