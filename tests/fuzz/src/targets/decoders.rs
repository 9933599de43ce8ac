//! What the functions decode with, without the rest of them: ten times as many inputs in the same time.

use control::{
    Firing, RunId,
    jobs::{cause, change::StateChange, name::JobName},
    request::Request,
    wake::Wake,
};
use machine::Timestamp;
use serde_json::Value;

use super::{Input, Verdict};
use crate::{
    corpus::Corpus,
    dice::Dice,
    make::{json, text, words},
};

/// The functions of whose events a part is decoded.
const FOLDERS: &[&str] = &["on-message", "on-message", "on-schedule", "on-job-change", "on-job-change", "on-wake"];

pub(super) fn make(corpus: &Corpus, dice: &mut Dice) -> Input {
    let events = corpus.events(dice.word(FOLDERS));
    let event = dice.pick(events).cloned().unwrap_or_default();
    let bodies = event.get("Records").and_then(Value::as_array).into_iter().flatten();
    let bodies: Vec<String> = bodies.filter_map(|record| record.get("body")?.as_str().map(str::to_owned)).collect();
    let mut input = dice.pick(&bodies).cloned().unwrap_or_else(|| event.to_string());
    match serde_json::from_str::<Value>(&input) {
        Ok(mut value) if !dice.once_in(3) => {
            json::mutate(&mut value, events, dice);
            input = value.to_string();
        }
        Ok(_) | Err(_) => text::mutate(&mut input, &[], dice),
    }
    if dice.once_in(10) {
        input = job_name(dice);
    }
    Input { text: input, beside: Value::Null }
}

/// Nearly the name of a job.
fn job_name(dice: &mut Dice) -> String {
    let mut name = format!("bw-{}-split-1", RunId::of("p", dice.word(&["a", "b"])));
    if dice.once_in(2) {
        name.push_str(&words::any(dice));
    }
    text::mutate(&mut name, &[], dice);
    name
}

pub(super) fn run(text: &str) -> Result<Verdict, String> {
    let mut read = 0;
    match Request::parse(text) {
        Ok(Request::Cancel { run_id } | Request::Retry { run_id }) => {
            read += 1;
            drop(RunId::parse(&run_id).map_err(|error| error.to_string()));
        }
        Ok(Request::Run { .. }) => read += 1,
        Err(reason) if reason.trim().is_empty() => return Err("refused without a reason".to_owned()),
        Err(_) => {}
    }
    read += usize::from(serde_json::from_str::<Firing>(text).is_ok());
    if let Ok(wake) = serde_json::from_str::<Wake>(text) {
        read += 1;
        let sent = serde_json::to_string(&wake).map_err(|error| error.to_string())?;
        let arrived: Wake = serde_json::from_str(&sent).map_err(|error| format!("{sent}: {error}"))?;
        if arrived != wake {
            return Err(format!("a wake-up is not read as it was written: {sent}"));
        }
    }
    if let Ok(change) = serde_json::from_str::<StateChange>(text) {
        read += 1;
        if let Some(seen) = change.job().and_then(|job| job.seen(Timestamp::from_ms(1)).ok()) {
            own(&seen.name)?;
        }
    }
    if let Some(name) = JobName::parse(text) {
        read += 1;
        own(&name)?;
    }
    let recognised = cause::recognise(text, text, None);
    if recognised.text.trim().is_empty() && !text.trim().is_empty() {
        return Err("a cause that says nothing".to_owned());
    }
    Ok(if read > 0 { Verdict::Taken } else { Verdict::Refused })
}

/// A name that was taken apart is put together again.
fn own(name: &JobName) -> Result<(), String> {
    let text = name.to_string();
    if JobName::parse(&text).as_ref() == Some(name) {
        Ok(())
    } else {
        Err(format!("{text:?} is not the name of a job"))
    }
}
