//! Parameters that requests give, and outputs that jobs write.

use std::sync::LazyLock;

use pipeline::{Definition, Faults, MAX_PARAMS_BYTES, StageIndex, parse};
use serde_json::{Map, Value, json};

use super::{Input, Verdict};
use crate::{
    dice::Dice,
    make::{json as any, text, words},
};

/// A parameter of each type, and a stage with outputs.
const SOURCE: &str = r#"
pipeline: made
params:
  text: { type: string, pattern: "^(a|b|ab)*c?$", default: abc }
  word: { type: string, enum: [x, y], required: false }
  n: { type: integer, minimum: -3, maximum: 9007199254740993, default: 1 }
  ratio: { type: number, minimum: 0, maximum: 1.5, default: 1 }
  dry: { type: boolean, default: false }
  list: { type: array, items: { type: array, items: { type: integer, maximum: 5 } }, default: [] }
  texts: { type: array, items: { type: string, enum: [a, b] }, default: [] }
  options: { type: object, default: {} }
stages:
  one:
    image: busybox
    outputs: [lines, files]
    command: [x, "${{ params | json }}"]
"#;

static DEFINITION: LazyLock<Result<Definition, Faults>> = LazyLock::new(|| parse("made.yaml", SOURCE));

const NAMES: &[&str] = &["text", "word", "n", "ratio", "dry", "list", "texts", "options", "txt"];

fn definition() -> Result<&'static Definition, String> {
    DEFINITION.as_ref().map_err(ToString::to_string)
}

pub(super) fn params(dice: &mut Dice) -> Input {
    let given: Map<String, Value> = (0..dice.small(8)).map(|_| (name(dice), any::any(dice, 4))).collect();
    let texts: Map<String, Value> = (0..dice.small(4)).map(|_| (name(dice), words::any(dice).into())).collect();
    Input { text: Value::Object(given).to_string(), beside: texts.into() }
}

fn name(dice: &mut Dice) -> String {
    if dice.once_in(20) { words::any(dice) } else { dice.word(NAMES).to_owned() }
}

pub(super) fn run_params(input: &Input) -> Result<Verdict, String> {
    let definition = definition()?;
    let mut given: Map<String, Value> = serde_json::from_str(&input.text).map_err(|error| error.to_string())?;
    // As the command line gives them.
    for (name, text) in input.beside.as_object().into_iter().flatten() {
        let spec = definition.params.iter().find(|(known, _)| known.as_str() == name);
        if let (Some((_, spec)), Some(text)) = (spec, text.as_str()) {
            given.insert(name.clone(), spec.bounds.from_text(text));
        }
    }
    match definition.check_params(&given) {
        Ok(params) => {
            let again = definition.check_params(&params).map_err(|faults| format!("refused again: {faults}"))?;
            if again != params || params.to_json().len() > MAX_PARAMS_BYTES {
                return Err(format!("{} bytes of parameters, or they change: {again:?}", params.to_json().len()));
            }
            Ok(Verdict::Taken)
        }
        Err(faults) if faults.to_string().trim().is_empty() => Err("refused without a reason".to_owned()),
        Err(_) => Ok(Verdict::Refused),
    }
}

pub(super) fn outputs(dice: &mut Dice) -> Input {
    let mut written = json!({ "lines": 3, "files": ["a", { "b": null }] });
    any::mutate(&mut written, &[], dice);
    let mut text = written.to_string();
    if dice.once_in(3) {
        text::mutate(&mut text, &[], dice);
    }
    Input { text, beside: Value::Null }
}

pub(super) fn run_outputs(input: &Input) -> Result<Verdict, String> {
    let stage = definition()?.stage(StageIndex::new(0)).ok_or("there is no stage")?;
    match stage.read_outputs(input.text.as_bytes()) {
        Ok(outputs) if outputs.contains_key("lines") && outputs.contains_key("files") => Ok(Verdict::Taken),
        Ok(outputs) => Err(format!("outputs are missing: {outputs:?}")),
        Err(error) if error.to_string().trim().is_empty() => Err("refused without a reason".to_owned()),
        Err(_) => Ok(Verdict::Refused),
    }
}
