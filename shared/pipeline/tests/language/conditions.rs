//! `when`, `outputs`, and what stages know of those before them.

use std::collections::BTreeMap;

use pipeline::{Before, Context, Definition, OutputsError, Stage, When, parse};
use serde_json::{Map, Value, json};

fn definition(second: &str) -> Definition {
    let source = format!(
        "pipeline: p\nparams: {{ n: {{ type: integer, default: 3 }}, note: {{ type: string, required: false }} }}\n\
         defaults: {{ image: x, env: {{ N: \"${{{{ params.n }}}}\", M: \"${{{{ params.note | default('') }}}}\" }} }}\nstages:\n  \
         quality-check: {{ command: [x], outputs: [score, file] }}\n  second: {{ needs: quality-check, {second} }}\n"
    );
    parse("p.yaml", &source).unwrap_or_else(|faults| panic!("{faults}"))
}

fn second(definition: &Definition) -> &Stage {
    definition.stage(definition.index_of("second").unwrap()).unwrap()
}

fn context<T>(before: Option<&Before>, then: impl FnOnce(&Context<'_>) -> T) -> T {
    let params = definition("command: [x]").check_params(&Map::new()).unwrap();
    let (run_id, pipeline, stage, trigger) = ("r", "p", "second", &Value::Null);
    then(&Context { run_id, pipeline, stage, attempt: 1, params: &params, trigger, item: None, before })
}

/// The first stage ended so, and wrote that.
fn before(outcome: &'static str, outputs: &Value) -> Before {
    Before {
        failed: outcome == "FAILED",
        outcomes: BTreeMap::from([("quality-check".to_owned(), outcome)]),
        outputs: BTreeMap::from([("quality-check".to_owned(), outputs.as_object().unwrap().clone())]),
    }
}

fn holds(when: &str, before: &Before) -> Result<bool, String> {
    let definition = definition(&format!("command: [x], when: {}", Value::from(when)));
    let stage = second(&definition);
    let When::Condition(condition) = &stage.when else { panic!("{:?} is no condition", stage.when) };
    context(None, |context| stage.condition_holds(condition, context, before)).map_err(|error| error.to_string())
}

#[test]
fn the_plain_conditions_need_no_evaluation() {
    let when = |text: &str| second(&definition(text)).when.clone();
    assert_eq!(when("command: [x]"), When::Success);
    assert_eq!(when("command: [x], when: success()"), When::Success);
    assert_eq!(when("command: [x], when: failure()"), When::Failure);
    assert_eq!(when("command: [x], when: '${{ always() }}'"), When::Always);
}

#[test]
fn a_condition_sees_parameters_outcomes_and_outputs() {
    let succeeded = before("SUCCEEDED", &json!({ "score": 7, "file": "a.bam" }));
    for (when, expected) in [
        ("params.n == 3", true),
        ("params.n > 3 or stages.quality_check.outputs.score >= 7", true),
        ("stages.quality_check.outcome == 'SUCCEEDED'", true),
        ("stages.quality_check.outputs.file == 'b.bam'", false),
        ("params.note is none", true),
        ("'bam' in stages.quality_check.outputs.file", true),
        ("not success()", false),
        ("true", true),
        ("false", false),
    ] {
        assert_eq!(holds(when, &succeeded), Ok(expected), "{when}");
    }
}

#[test]
fn a_condition_that_does_not_ask_how_it_went_holds_only_if_nothing_failed() {
    let failed = before("FAILED", &json!({}));
    for (when, expected) in [
        ("params.n == 3", false),
        ("always() and params.n == 3", true),
        ("failure() and params.n == 4", false),
        ("failure() or success()", true),
        // What is not there is not looked at: nothing failed because of it.
        ("stages.quality_check.outputs.score > 1", false),
        ("always() and stages.quality_check.outputs.score | default(0) > 1", false),
    ] {
        assert_eq!(holds(when, &failed), Ok(expected), "{when}");
    }
}

#[test]
fn a_condition_that_cannot_be_told_says_why() {
    let failed = before("FAILED", &json!({}));
    let error = |when: &str| holds(when, &failed).expect_err(when);
    assert_eq!(
        error("always() and stages.quality_check.outputs.score > 1"),
        "stage `second`, when: `always() and stages.quality_check.outputs.score > 1` has no value in this run: the stage that it is of \
         did not succeed; write `| default(\"…\")` behind it"
    );
    assert_eq!(
        error("always() and 'yes'"),
        "stage `second`, when: `always() and 'yes'` gives a string, and must give true or false: compare it with something"
    );
}

#[test]
fn a_command_is_made_of_outputs_once_they_are_known() {
    let definition = definition(
        "command: [x, \"--in=${{ stages.quality_check.outputs.file }}\", y], env: { S: \"${{ stages.quality_check.outcome }}\" }",
    );
    let stage = second(&definition);
    assert_eq!(stage.reads_outputs_of, [definition.index_of("quality-check").unwrap()]);
    let known = before("SUCCEEDED", &json!({ "score": 7, "file": "a.bam" }));
    let rendered = context(Some(&known), |context| stage.render(context)).unwrap();
    assert_eq!(rendered.command, ["x", "--in=a.bam", "y"]);
    assert!(rendered.env.contains(&("S".to_owned(), "SUCCEEDED".to_owned())));
    // Before anything has run, the rest is checked.
    let rendered = context(None, |context| stage.render(context)).unwrap();
    assert_eq!(rendered.command, ["x", "y"]);
    let missing = before("FAILED", &json!({}));
    let error = context(Some(&missing), |context| stage.render(context)).unwrap_err().to_string();
    assert!(error.contains("`${{ stages.quality_check.outputs.file }}` has no value in this run"), "{error}");
}

#[test]
fn outputs_are_read_or_refused_in_words() {
    let definition = definition("command: [x]");
    let stage = definition.stage(definition.index_of("quality-check").unwrap()).unwrap();
    let read = stage.read_outputs(br#"{ "score": 1, "file": null, "more": [] }"#).unwrap();
    assert_eq!(Value::from(read), json!({ "score": 1, "file": null, "more": [] }));
    let lacking = stage.read_outputs(br#"{ "file": "x" }"#);
    assert_eq!(lacking, Err(OutputsError::Lacking(vec!["`score`".to_owned()])));
    assert_eq!(stage.read_outputs(&vec![b' '; 256 * 1024 + 1]), Err(OutputsError::TooLong));
    for text in ["", "[]", "3", "{", "{} {}", "null"] {
        let error = stage.read_outputs(text.as_bytes()).expect_err(text);
        assert!(matches!(error, OutputsError::Malformed(_)), "{text}: {error}");
    }
}
