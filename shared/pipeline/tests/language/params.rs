//! Parameters that requests give.

use pipeline::{Definition, MAX_PARAMS_BYTES, Params, parse};
use serde_json::{Value, json};

const SOURCE: &str = r#"
pipeline: p
params:
  day: { type: string, pattern: "^\\d{4}-\\d{2}-\\d{2}$" }
  chunks: { type: integer, minimum: 1, maximum: 100, default: 8 }
  ratio: { type: number, minimum: 0, required: false }
  region: { type: string, enum: [eu, us], default: eu }
  level: { type: integer, enum: [1, 2], default: 1 }
  names: { type: array, items: { type: string }, default: [] }
  dry: { type: boolean, default: false }
  more: { type: object, required: false }
stages:
  a: { image: x, command: ["${{ params | json }}"] }
"#;

fn definition() -> Definition {
    parse("p.yaml", SOURCE).unwrap_or_else(|faults| panic!("{faults}"))
}

fn check(given: &Value) -> Result<Value, String> {
    let given = given.as_object().unwrap();
    definition().check_params(given).map(|params| json!(params)).map_err(|faults| faults.to_string())
}

#[test]
fn defaults_are_filled_in() {
    let filled = json!({
        "day": "2026-01-31", "chunks": 8, "ratio": null, "region": "eu", "level": 1, "names": [], "dry": false, "more": null,
    });
    assert_eq!(check(&json!({ "day": "2026-01-31" })), Ok(filled.clone()));
    assert_eq!(check(&json!({ "day": "2026-01-31", "chunks": null, "more": null })), Ok(filled.clone()));
    assert_eq!(check(&filled), Ok(filled), "what was checked once is right");
}

#[test]
fn what_is_given_is_kept() {
    let given = json!({
        "day": "2026-01-31", "chunks": 5.0, "ratio": 0.25, "region": "us", "level": 2, "names": ["a", "b"], "dry": true,
        "more": { "a": [1] },
    });
    assert_eq!(check(&given), Ok(given));
}

#[test]
fn all_faults_at_once() {
    let given = json!({
        "day": "today", "chunks": 101, "ratio": -0.5, "region": "mars", "level": 3, "names": ["a", 1], "dry": "yes", "more": [],
        "dya": 1, "something": 2,
    });
    let expected = [
        "parameter `day` is \"today\", which does not match the pattern `^\\d{4}-\\d{2}-\\d{2}$`",
        "parameter `chunks` is 101, above the maximum of 100",
        "parameter `ratio` is -0.5, below the minimum of 0",
        "parameter `region` is \"mars\", which is not one of \"eu\", \"us\"",
        "parameter `level` is 3, which is not one of 1, 2",
        "parameter `names` item 1 is 1, but must be a string",
        "parameter `dry` is \"yes\", but must be a boolean",
        "parameter `more` is an array, but must be an object",
        "parameter `dya` is not known: did you mean `day`?",
        "parameter `something` is not known: the pipeline has day, chunks, ratio, region, level, names, dry, more",
    ];
    assert_eq!(check(&given), Err(expected.join("; ")));
    assert_eq!(check(&json!({})), Err("parameter `day` is missing: a string is required".to_owned()));
    let half = check(&json!({ "day": "2026-01-31", "chunks": 1.5 })).unwrap_err();
    assert_eq!(half, "parameter `chunks` is 1.5, which is not an integer of 64 bits");
}

#[test]
fn too_much() {
    let names: Vec<_> = (0..MAX_PARAMS_BYTES / 4).map(|_| "aa").collect();
    let message = check(&json!({ "day": "2026-01-31", "names": names })).unwrap_err();
    assert!(message.starts_with("parameter `names` is too large: all parameters take "), "{message}");
    let long = "é".repeat(1000);
    let message = check(&json!({ "day": long, "é".repeat(999): 1 })).unwrap_err();
    assert!(message.len() < 600, "{message}");
}

#[test]
fn json_there_and_back() {
    let params = definition().check_params(json!({ "day": "2026-01-31" }).as_object().unwrap()).unwrap();
    assert_eq!(Params::from_json(&params.to_json()).unwrap(), params);
    assert!(Params::from_json("[]").is_err());
}

#[test]
fn from_a_command_line() {
    let definition = definition();
    let value = |name: &str, text: &str| definition.params[name].bounds.from_text(text);
    assert_eq!(value("day", "7"), json!("7"));
    assert_eq!(value("chunks", "7"), json!(7));
    assert_eq!(value("chunks", "seven"), json!("seven"));
    assert_eq!(value("dry", "true"), json!(true));
    assert_eq!(value("names", "a,b"), json!(["a", "b"]));
    assert_eq!(value("names", "[\"a,b\"]"), json!(["a,b"]));
    assert_eq!(value("names", ""), json!([]));
    assert_eq!(value("more", "{\"a\":1}"), json!({ "a": 1 }));
}
