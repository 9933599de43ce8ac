//! Expressions and conditions, in a definition that is otherwise good, with values that are not.

use std::collections::BTreeMap;

use pipeline::{Before, Context, Definition, MAX_RENDERED_BYTES, Params, Rendered, When, parse};
use serde_json::{Map, Value, json};

use super::{Input, Verdict};
use crate::{
    dice::Dice,
    make::{expression, json as any, words},
};

pub(super) fn make(dice: &mut Dice) -> Input {
    let one = |dice: &mut Dice| match dice.between(0, 9) {
        0..=6 => {
            let depth = dice.between(0, 6);
            expression::expression(dice, depth)
        }
        7 | 8 => expression::long(dice),
        _ => words::any(dice),
    };
    // Each of the three is mostly a good one: a fault in one hides the others.
    let or = |dice: &mut Dice, good: &str| if dice.once_in(2) { one(dice) } else { good.to_owned() };
    let argument = or(dice, "params.text | upper");
    let argument = format!("{}${{{{ {argument} }}}}{}", dice.word(&["", "", "--x="]), dice.word(&["", "", "y"]));
    let array = if dice.once_in(4) { one(dice) } else { "params.n".to_owned() };
    let condition = or(dice, "not failure()");
    let [argument, condition, array] =
        [argument, condition, format!("${{{{ {array} }}}}")].map(|text| Value::from(text).to_string());
    let text = format!(
        "pipeline: made\non: [{{ s3: {{ prefix: in/ }} }}]\n\
         params:\n  n: {{ type: integer, minimum: 2, maximum: 100, default: 2 }}\n  samples: {{ type: array, default: [] }}\n  \
         options: {{ type: object, default: {{}} }}\n  text: {{ type: string, default: x }}\n  \
         region: {{ type: string, required: false }}\n\
         defaults: {{ image: busybox }}\nstages:\n  \
         first: {{ command: [x, '${{{{ params.n }}}}', '${{{{ params.samples }}}}', '${{{{ params.options }}}}', '${{{{ params.text }}}}', \
         '${{{{ params.region | default([]) }}}}'], outputs: [lines, text] }}\n  \
         a-b: {{ command: [x], outputs: [lines] }}\n  \
         last:\n    needs: [first, a-b]\n    array: {array}\n    when: {condition}\n    command: [x, {argument}]\n    env: {{ X: {argument} }}\n"
    );
    Input { text, beside: surroundings(dice) }
}

/// Values of what expressions speak of, of any type.
fn surroundings(dice: &mut Dice) -> Value {
    let mut some = |good: Value| if dice.once_in(3) { any::any(dice, 3) } else { good };
    json!({
        "params": {
            "n": some(json!(3)), "samples": some(json!(["a", "b c"])), "options": some(json!({ "a": 1 })),
            "text": some(json!("a/b.csv")), "region": some(Value::Null),
        },
        "trigger": some(json!({ "s3": { "bucket": "b", "key": "in/a.csv", "uri": "s3://b/in/a.csv", "size": 1, "etag": "e" } })),
        "outputs": some(json!({ "lines": 3, "text": "x" })),
        "failed": some(json!(false)),
    })
}

pub(super) fn run(input: &Input) -> Result<Verdict, String> {
    let definition = match parse("made.yaml", &input.text) {
        Ok(definition) => definition,
        Err(faults) => {
            drop(faults.to_string());
            return Ok(Verdict::Refused);
        }
    };
    let at = |name: &str| input.beside.get(name).cloned().unwrap_or_default();
    let params = Params::from_json(&at("params").to_string()).map_err(|error| error.to_string())?;
    let outputs: Map<String, Value> = at("outputs").as_object().cloned().unwrap_or_default();
    let before = Before {
        failed: at("failed") == json!(true),
        outcomes: BTreeMap::from([("first".to_owned(), "SUCCEEDED"), ("a-b".to_owned(), "FAILED")]),
        outputs: BTreeMap::from([("first".to_owned(), outputs)]),
    };
    let trigger = at("trigger");
    let mut verdict = Verdict::Taken;
    for known in [None, Some(&before)] {
        if !stages(&definition, &params, &trigger, known)? {
            verdict = Verdict::Refused;
        }
    }
    Ok(verdict)
}

/// Whether all stages have jobs and their conditions answers.
fn stages(definition: &Definition, params: &Params, trigger: &Value, before: Option<&Before>) -> Result<bool, String> {
    let mut all = true;
    for (_, stage) in definition.stages() {
        let name = stage.name.as_str();
        let context =
            Context { run_id: "r", pipeline: "made", stage: name, attempt: 1, params, trigger, item: None, before };
        match stage.render(&context) {
            Ok(job) => fits(&job, before.is_some())?,
            Err(error) => all &= error.to_string().is_empty(),
        }
        if let (When::Condition(condition), Some(before)) = (&stage.when, before) {
            let holds = stage.condition_holds(condition, &context, before).map_err(|error| error.to_string());
            all &= holds.is_ok();
        }
    }
    Ok(all)
}

/// Whether AWS Batch takes it.
fn fits(job: &Rendered, whole: bool) -> Result<(), String> {
    let bytes: usize = job.command.iter().map(String::len).sum::<usize>()
        + job.env.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
    let nul = job.command.iter().chain(job.env.iter().map(|(_, value)| value)).any(|text| text.contains('\0'));
    if nul || bytes > MAX_RENDERED_BYTES || whole && job.command.is_empty() {
        return Err(format!("a job with {bytes} bytes, a NUL: {nul}, {} arguments", job.command.len()));
    }
    match job.array {
        Some(size) if !pipeline::ARRAY_SIZES.contains(&size) => Err(format!("an array of {size}")),
        Some(_) | None => Ok(()),
    }
}
