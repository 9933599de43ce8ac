//! What people and producers do.

use crate::{dice::Dice, plan::PipelinePlan};

/// Something that is put in.
#[derive(Debug, Clone)]
pub enum Input {
    /// An object of this key is put.
    Upload {
        /// The pipeline that it is for.
        pipeline: String,
        /// The key.
        key: String,
        /// What is in it.
        content: String,
    },
    /// An object of this key is put, and becomes one run with others.
    Gathered {
        /// The pipeline that it is for.
        pipeline: String,
        /// The key.
        key: String,
    },
    /// A message on the request queue asks for a run.
    Run {
        /// The pipeline.
        pipeline: String,
        /// What makes it one with others.
        dedupe_key: Option<String>,
        /// Instead of the pipeline's priority.
        priority: Option<u64>,
    },
    /// A message on the pipeline's own queue.
    Order {
        /// The pipeline.
        pipeline: String,
        /// Its queue.
        queue: String,
    },
    /// A message that is no request; a number into [`MALFORMED`].
    Malformed(usize),
    /// Somebody cancels one of the runs there are.
    Cancel,
    /// Somebody retries one of the runs there are.
    Retry,
    /// A definition is dropped.
    Register {
        /// The pipeline.
        pipeline: String,
        /// The text.
        text: String,
    },
    /// A job that is not ours ends.
    Stranger,
}

/// Requests that can never be right.
pub const MALFORMED: [&str; 5] = [
    "",
    "{\"action\": \"run\"}",
    "{\"action\": \"run\", \"pipeline\": \"nobody-made-it\"}",
    "{\"action\": \"run\", \"pipeline\": \"p0\", \"params\": {\"unknown\": 1}}",
    "[\"run\", 1, null]",
];

/// How long inputs go on.
const SPAN_MS: u64 = 30 * 60_000;

pub(super) fn draw(pipelines: &[PipelinePlan], dice: &mut Dice) -> Vec<(u64, Input)> {
    let mut inputs = Vec::new();
    let span = dice.magnitude(2_000, SPAN_MS);
    for _ in 0..dice.between(1, 3) {
        if let Some(pipeline) = dice.pick(pipelines) {
            starts(pipeline, span, dice, &mut inputs);
        }
    }
    if dice.chance(0.3) {
        inputs.push((dice.between(0, span), Input::Malformed(usize::try_from(dice.between(0, 4)).unwrap_or_default())));
    }
    if dice.chance(0.15) {
        inputs.push((dice.between(0, span), Input::Stranger));
    }
    for pipeline in pipelines.iter().filter(|pipeline| pipeline.versions.len() > 1) {
        if dice.chance(0.3)
            && let Some(text) = pipeline.versions.last()
        {
            let (pipeline, text) = (pipeline.name.clone(), text.clone());
            inputs.push((dice.between(0, span), Input::Register { pipeline, text }));
        }
    }
    if dice.chance(0.35) {
        inputs.push((dice.between(0, span + 5 * 60_000), Input::Cancel));
    }
    for _ in 0..dice.between(0, 2) {
        if dice.chance(0.4) {
            inputs.push((dice.between(span, span + 40 * 60_000), Input::Retry));
        }
    }
    inputs.sort_by_key(|(at, _)| *at);
    inputs
}

/// A burst of uploads for the batches of a pipeline, each of its own key.
pub(super) fn gathered(pipelines: &[PipelinePlan], span: u64, dice: &mut Dice) -> Vec<(u64, Input)> {
    let Some(plan) = dice.pick(pipelines).filter(|_| dice.chance(0.3)) else { return Vec::new() };
    let (at, within) = (dice.between(0, span), dice.magnitude(100, 120_000));
    let upload =
        |number| Input::Gathered { pipeline: plan.name.clone(), key: format!("{}{number}", plan.gathered_prefix) };
    (0..dice.between(1, 12)).map(|number| (at + dice.between(0, within), upload(number))).collect()
}

/// One start of a run, or a burst of them, some of them the same twice.
fn starts(plan: &PipelinePlan, span: u64, dice: &mut Dice, inputs: &mut Vec<(u64, Input)>) {
    let at = dice.between(0, span);
    let pipeline = plan.name.clone();
    match dice.between(0, 9) {
        0..=3 => {
            let key = format!("{}{}.csv", plan.prefix, dice.between(0, 2));
            let again = if dice.chance(0.3) { 2 } else { 1 };
            for _ in 0..again {
                // The same content twice is two uploads all the same.
                let (pipeline, key, content) = (pipeline.clone(), key.clone(), dice.between(0, 1).to_string());
                inputs.push((at + dice.between(0, 3_000), Input::Upload { pipeline, key, content }));
            }
        }
        4..=7 => {
            let dedupe_key = dice.chance(0.5).then(|| format!("key {}", dice.between(0, 3)));
            let again = if dedupe_key.is_some() && dice.chance(0.5) { 2 } else { 1 };
            let priority = dice.chance(0.4).then(|| dice.between(0, 9999));
            for _ in 0..again {
                let (pipeline, dedupe_key) = (pipeline.clone(), dedupe_key.clone());
                inputs.push((at + dice.between(0, 60_000), Input::Run { pipeline, dedupe_key, priority }));
            }
        }
        _ => inputs.push((at, Input::Order { pipeline, queue: plan.queue.clone() })),
    }
}
