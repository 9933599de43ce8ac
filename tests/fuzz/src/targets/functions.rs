//! The six functions, whole: from the JSON that the platform hands them to what they answer.

use serde_json::Value;

use super::{Input, Target, Verdict};
use crate::{
    corpus::Corpus,
    dice::Dice,
    make::{json, text},
    world::World,
};

pub(super) fn make(folder: &str, corpus: &Corpus, dice: &mut Dice) -> Input {
    let events = corpus.events(folder);
    let mut event = dice.pick(events).cloned().unwrap_or_default();
    if !dice.once_in(50) {
        json::mutate(&mut event, events, dice);
    }
    let mut input = event.to_string();
    if dice.once_in(10) {
        text::mutate(&mut input, &[], dice);
    }
    Input { text: input, beside: Value::Null }
}

pub(super) fn run(target: Target, input: &Input, world: &World) -> Result<Verdict, String> {
    // As Lambda's runtime does: what is no JSON never comes to the function.
    let Ok(event) = serde_json::from_str::<Value>(&input.text) else { return Ok(Verdict::Skipped) };
    let ids: Vec<Value> = records(&event).map(|record| record.get("messageId").cloned().unwrap_or_default()).collect();
    let answer = match world.deliver(target, event) {
        Ok(answer) => answer,
        Err(error) if error.to_string().trim().is_empty() => return Err("it failed without a word".to_owned()),
        Err(_) => return Ok(Verdict::Refused),
    };
    let failures = answer.get("batchItemFailures").and_then(Value::as_array).into_iter().flatten();
    for failure in failures {
        let id = failure.get("itemIdentifier").cloned().unwrap_or_default();
        // A message without an id has the empty one.
        let given = ids.contains(&id) || id == "" && ids.contains(&Value::Null);
        if !given {
            return Err(format!("it asks for {id}, which is not one of {ids:?}, to be delivered again"));
        }
    }
    Ok(Verdict::Taken)
}

fn records(event: &Value) -> impl Iterator<Item = &Value> {
    event.get("Records").and_then(Value::as_array).into_iter().flatten()
}
