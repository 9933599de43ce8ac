//! Definitions.

use std::collections::BTreeMap;

use pipeline::{Before, Context, Definition, Faults, MAX_FAULTS, StageIndex, When, parse};
use serde_json::{Map, Value, json};

use super::{Input, Verdict, paints};
use crate::{
    corpus::Corpus,
    dice::Dice,
    make::{json as any, schema, text, words, yaml},
};

/// The longest answer about the longest definition, in bytes.
const LONGEST_ANSWER: usize = 200_000;

pub(super) fn make(corpus: &Corpus, dice: &mut Dice) -> Input {
    let changed = |dice: &mut Dice| {
        let mut definition = dice.pick(&corpus.definitions).cloned().unwrap_or_default();
        text::mutate(&mut definition, &corpus.definitions, dice);
        definition
    };
    let made = |dice: &mut Dice| yaml::print(&schema::definition(&corpus.schema, dice), dice);
    let text = match dice.between(0, 20) {
        0..=9 => changed(dice),
        10..=15 => made(dice),
        16..=18 => {
            let mut definition = made(dice);
            text::mutate(&mut definition, &corpus.definitions, dice);
            definition
        }
        19 => yaml::print(&any::any(dice, 4), dice),
        _ => (0..dice.small(400)).map(|_| words::any(dice)).collect(),
    };
    Input { text, beside: Value::Null }
}

pub(super) fn run(source: &str) -> Result<Verdict, String> {
    match parse("made.yaml", source) {
        Ok(definition) => {
            holds_together(&definition)?;
            renders(&definition)?;
            let again = parse("again.yaml", source).map_err(|faults| format!("refused the second time: {faults}"))?;
            if again.hash() != definition.hash() {
                return Err("the same text has two hashes".to_owned());
            }
            Ok(Verdict::Taken)
        }
        Err(faults) => {
            tells(&faults, source)?;
            Ok(Verdict::Refused)
        }
    }
}

/// Each fault has a place that exists, and says what is wrong and what would be right.
fn tells(faults: &Faults, source: &str) -> Result<(), String> {
    if faults.count() == 0 || faults.iter().len() > MAX_FAULTS {
        return Err(format!("{} faults, of which {} are kept", faults.count(), faults.iter().len()));
    }
    let lines: Vec<&str> = source.split('\n').collect();
    for fault in faults.iter() {
        let line = fault.line.checked_sub(1).and_then(|at| lines.get(at));
        let line = line.ok_or_else(|| format!("there is no line {}: {fault:?}", fault.line))?;
        if fault.column == 0 || fault.column > line.chars().count() + 2 {
            return Err(format!("there is no such column: {fault:?}"));
        }
        if fault.message.trim().is_empty() || fault.help.trim().is_empty() {
            return Err(format!("it does not say what is wrong, or what would be right: {fault:?}"));
        }
    }
    let (text, summary) = (faults.to_string(), faults.summary());
    paints(&text)?;
    paints(&summary)?;
    if text.len() > LONGEST_ANSWER {
        return Err(format!("{} bytes of faults", text.len()));
    }
    // The one for terminals takes ten times as long.
    if source.len().is_multiple_of(8) {
        paints(&faults.render(false))?;
    }
    Ok(())
}

/// What validation promises to the control plane.
fn holds_together(definition: &Definition) -> Result<(), String> {
    let stages = definition.stages().count();
    if stages == 0 || stages > 500 || definition.roots().is_empty() || definition.sinks().is_empty() {
        return Err(format!("{stages} stages, roots {:?}, sinks {:?}", definition.roots(), definition.sinks()));
    }
    let mut told: BTreeMap<StageIndex, usize> = BTreeMap::new();
    let mut ready: Vec<_> = definition.roots().to_vec();
    let mut reached = 0;
    while let Some(stage) = ready.pop() {
        reached += 1;
        for dependent in definition.dependents(stage) {
            let needs = definition.stage(*dependent).map_or(0, |stage| stage.needs.len());
            let told = told.entry(*dependent).or_default();
            *told += 1;
            if *told == needs {
                ready.push(*dependent);
            }
        }
    }
    if reached != stages {
        return Err(format!("only {reached} of {stages} stages can ever start"));
    }
    for (index, stage) in definition.stages() {
        // A job definition that is there already may say both.
        let says_what = stage.job.existing.is_some() || !(stage.command.is_empty() || stage.image.is_empty());
        if definition.index_of(stage.name.as_str()) != Some(index) || !says_what {
            return Err(format!("the stage {} is not whole", stage.name));
        }
    }
    Ok(())
}

/// What can be done with a stage in a run that nobody gave anything.
fn renders(definition: &Definition) -> Result<(), String> {
    let Ok(params) = definition.check_params(&Map::new()) else { return Ok(()) };
    let trigger = json!({ "s3": { "bucket": "b", "key": "k/x.csv", "uri": "s3://b/k/x.csv", "size": 1, "etag": "e" } });
    for (_, stage) in definition.stages() {
        let before = Before::default();
        let context = Context {
            run_id: "r",
            pipeline: definition.name.as_str(),
            stage: stage.name.as_str(),
            attempt: 1,
            params: &params,
            trigger: &trigger,
            item: None,
            before: Some(&before),
        };
        match stage.render(&context) {
            Ok(job) if job.command.is_empty() && stage.job.existing.is_none() => {
                return Err(format!("the stage {} has no command", stage.name));
            }
            Ok(_) => {}
            Err(error) => drop(error.to_string()),
        }
        if let When::Condition(condition) = &stage.when {
            drop(stage.condition_holds(condition, &context, &before).map_err(|error| error.to_string()));
        }
    }
    Ok(())
}
