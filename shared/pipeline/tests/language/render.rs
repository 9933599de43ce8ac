//! From a stage to a job.

use pipeline::{Context, Definition, Rendered, parse};
use serde_json::{Value, json};

/// The job of the first stage of a pipeline that an upload or a person starts.
fn render(stage: &str, params: &Value, trigger: &Value) -> Result<Rendered, String> {
    let source = format!(
        "pipeline: p\non: [{{ s3: {{ prefix: in/ }} }}]\nparams:\n  text: {{ type: string, default: a b }}\n  \
         list: {{ type: array, default: [] }}\n  map: {{ type: object, default: {{ }} }}\n  number: {{ type: number, default: 3 }}\n  \
         size: {{ type: integer, minimum: 2, maximum: 10000, default: 2 }}\n  none: {{ type: string, required: false }}\n\
         stages:\n  all: {{ image: x, command: [\"${{{{ params | json }}}}\"] }}\n  first: {stage}\n"
    );
    let definition = parse("p.yaml", &source).unwrap_or_else(|faults| panic!("{faults}"));
    render_of(&definition, "first", params, trigger)
}

fn render_of(definition: &Definition, stage: &str, params: &Value, trigger: &Value) -> Result<Rendered, String> {
    let params = definition.check_params(params.as_object().unwrap()).unwrap();
    let (run_id, pipeline) = ("r1", definition.name.as_str());
    let context = Context { run_id, pipeline, stage, attempt: 2, params: &params, trigger, item: None, before: None };
    let stage = definition.stage(definition.index_of(stage).unwrap()).unwrap();
    stage.render(&context).map_err(|error| error.to_string())
}

/// The arguments that one written argument becomes.
fn arguments(argument: &str, params: &Value) -> Result<Vec<String>, String> {
    let trigger = json!({ "s3": { "bucket": "b", "key": "in/a b.tar.gz", "uri": "s3://b/in/a b.tar.gz", "size": 7, "etag": "e" } });
    let stage = format!("{{ image: x, command: [run, {}] }}", Value::from(argument));
    let mut command = render(&stage, params, &trigger)?.command;
    assert_eq!(command.remove(0), "run");
    Ok(command)
}

fn one(argument: &str) -> String {
    let arguments = arguments(argument, &json!({})).unwrap();
    let [argument] = <[String; 1]>::try_from(arguments).unwrap();
    argument
}

#[test]
fn values_become_text() {
    assert_eq!(one("${{ params.text }}"), "a b");
    assert_eq!(one("--n=${{ params.number }};$HOME `x`"), "--n=3;$HOME `x`");
    assert_eq!(one("${{ trigger.s3.uri }}"), "s3://b/in/a b.tar.gz");
    assert_eq!(one("${{trigger.s3.size}}"), "7");
    assert_eq!(one("${{ run.id }}-${{ pipeline.name }}-${{ stage.name }}-${{ stage.attempt }}"), "r1-p-first-2");
    assert_eq!(one("${{ true }}${{ 1.5 }}${{ 'x' }}"), "true1.5x");
    assert_eq!(one("$${{ 1 }} {{ 1 }} {% x %} }} ${ {"), "$1 {{ 1 }} {% x %} }} ${ {");
    assert_eq!(one("${{ \"${{\" }}"), "${{");
}

#[test]
fn an_expression_in_a_value_is_only_text() {
    assert_eq!(arguments("${{ params.text }}", &json!({ "text": "${{ run.id }}" })).unwrap(), ["${{ run.id }}"]);
}

#[test]
fn arrays_become_arguments() {
    let given = json!({ "list": ["a b", 1, true, ["x"], { "k": "v" }, ""] });
    let expected = ["a b", "1", "true", "[\"x\"]", "{\"k\":\"v\"}", ""];
    assert_eq!(arguments("${{ params.list }}", &given).unwrap(), expected);
    assert_eq!(arguments("${{ params.list }}", &json!({})).unwrap(), Vec::<String>::new());
    let joined = arguments("x${{ params.list }}", &given).unwrap();
    assert_eq!(joined, ["x[\"a b\",1,true,[\"x\"],{\"k\":\"v\"},\"\"]"]);
    assert_eq!(arguments("${{ params.text | split(' ') }}", &json!({})).unwrap(), ["a", "b"]);
    assert_eq!(arguments("${{ ['--x', params.number] }}", &json!({})).unwrap(), ["--x", "3"]);
}

#[test]
fn objects_become_json() {
    assert_eq!(arguments("${{ params.map }}", &json!({ "map": { "a": [1, null] } })).unwrap(), ["{\"a\":[1,null]}"]);
    assert_eq!(arguments("${{ params.map.a }}", &json!({ "map": { "a": 1 } })).unwrap(), ["1"]);
    let missing = arguments("${{ params.map.a }}", &json!({})).unwrap_err();
    assert!(missing.contains("`${{ params.map.a }}` has no value in this run"), "{missing}");
}

#[test]
fn filters() {
    for (expression, value) in [
        ("trigger.s3.key | basename", "a b.tar.gz"),
        ("trigger.s3.key | stem", "a b.tar"),
        ("trigger.s3.key | dirname", "in"),
        ("'.profile' | stem", ".profile"),
        ("params.text | upper | lower", "a b"),
        ("' x ' | trim", "x"),
        ("params.text | replace(' ', '_')", "a_b"),
        ("params.text | length", "3"),
        ("['a', 'b'] | join('+')", "a+b"),
        ("['a', 'b'] | join", "ab"),
        ("['a', 'b'] | first ~ (['a', 'b'] | last)", "ab"),
        ("{'a': 1} | json", "{\"a\":1}"),
        ("params.none | default('d')", "d"),
        ("params.none or 'd'", "d"),
        ("'yes' if params.none is none else 'no'", "yes"),
        ("'yes' if params.text is not none else 'no'", "yes"),
        ("params.number + 1", "4"),
    ] {
        assert_eq!(one(&format!("${{{{ {expression} }}}}")), value, "{expression}");
    }
}

#[test]
fn what_only_a_run_can_show() {
    for (argument, given, message) in [
        (
            "${{ params.none if true }}",
            json!({}),
            "`${{ params.none if true }}` has no value in this run: the parameter was not",
        ),
        ("${{ [] | first }}", json!({}), "has no value in this run"),
        ("${{ params.text }}", json!({ "text": "a\0b" }), "`${{ params.text }}` holds a NUL character"),
        ("${{ params.text }}", json!({ "text": "x".repeat(30_000) }), "command and env take "),
        ("${{ params.list | basename }}", json!({}), "cannot be computed"),
        ("${{ params.number | split(',') }}", json!({}), "cannot be computed"),
        ("${{ params.text | split('') }}", json!({}), "split needs a separator that is not empty"),
        ("${{ params.number.x.y }}", json!({}), ""),
    ] {
        if message.is_empty() {
            continue;
        }
        let error = arguments(argument, &given).unwrap_err();
        assert!(error.starts_with("stage `first`, command"), "{error}");
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn an_upload_that_was_none() {
    let stage = r#"{ image: x, command: ["${{ trigger.s3.uri }}"] }"#;
    let error = render(stage, &json!({}), &json!({})).unwrap_err();
    assert_eq!(
        error,
        "stage `first`, command[0]: `${{ trigger.s3.uri }}` has no value in this run: only an upload gives it; write \
         `| default(\"…\")` behind it for runs that start otherwise"
    );
    let stage = r#"{ image: x, command: [a], env: { V: "v=${{ trigger.s3.version }}" } }"#;
    let error = render(stage, &json!({}), &json!({ "s3": { "uri": "s3://b/k" } })).unwrap_err();
    assert!(error.starts_with(
        "stage `first`, env.V: `${{ trigger.s3.version }}` has no value in this run: only an upload into"
    ));
    let stage = r#"{ image: x, command: ["${{ trigger | json }}"] }"#;
    let rendered = render(stage, &json!({}), &Value::Null).unwrap();
    assert_eq!(
        rendered.command,
        [
            r#"{"key":{},"manifest":{"bucket":null,"complete":null,"items":null,"key":null,"uri":null},"s3":{"bucket":null,"etag":null,"key":null,"metadata":{},"size":null,"tags":{},"uri":null,"version":null}}"#
        ]
    );
}

#[test]
fn nothing_left() {
    let error = render(r#"{ image: x, command: ["${{ params.list }}"] }"#, &json!({}), &json!({})).unwrap_err();
    assert_eq!(error, "stage `first`, command: nothing is left of the command: every argument is an empty array");
}

#[test]
fn environment_and_array() {
    let stage = r#"{ image: x, command: [a], array: "${{ params.size }}", env: { B: "${{ params.list }}", A: 1.50, C: true } }"#;
    let rendered = render(stage, &json!({ "size": 9, "list": [1] }), &json!({})).unwrap();
    let env: Vec<_> = rendered.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(env, ["B=[1]", "A=1.50", "C=true"]);
    assert_eq!(rendered.array, Some(9));
    let stage = r#"{ image: x, command: [a], array: "${{ params.list | length }}" }"#;
    let error = render(stage, &json!({}), &json!({})).unwrap_err();
    assert_eq!(error, "stage `first`, array: an array has 2 to 10000 children, not 0");
    assert_eq!(render(stage, &json!({ "list": [1, 2] }), &json!({})).unwrap().array, Some(2));
    assert_eq!(render("{ image: x, command: [a], array: 3 }", &json!({}), &json!({})).unwrap().array, Some(3));
}

#[test]
fn the_whole_example() {
    let source = include_str!("valid/everything.yaml");
    let definition = parse("everything.yaml", source).unwrap();
    let chunk = render_of(&definition, "chunk", &json!({ "chunks": 3 }), &json!({})).unwrap();
    assert_eq!(chunk.command, ["profile", "chunk", "--ratio=0.75", "--dry=false", "8", "true", "0.10"]);
    assert_eq!(chunk.array, Some(3));
    let train = render_of(&definition, "train", &json!({ "samples": ["a", "b"], "note": "n" }), &json!({})).unwrap();
    assert_eq!(train.command, ["train", "a", "b", "n"]);
    let clean_up = render_of(&definition, "clean-up", &json!({}), &json!({})).unwrap();
    assert_eq!(clean_up.command, ["clean-up"]);
}
