//! Whatever comes in, an answer comes out.

use pipeline::{Before, Context, Definition, Params, parse};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const VALID: [&str; 2] = [include_str!("valid/everything.yaml"), include_str!("valid/least.yaml")];

/// Uses all that can be done with a text, and that no fault is out of place.
fn exercise(source: &str) {
    match parse("f.yaml", source) {
        Ok(definition) => render_all(&definition, &json!({ "s3": { "uri": "s3://b/k", "key": "k" } })),
        Err(faults) => {
            assert!(faults.count() > 0);
            let lines: Vec<_> = source.split('\n').collect();
            for fault in faults.iter() {
                let line = lines.get(fault.line - 1).expect("the line exists");
                assert!(fault.column <= line.chars().count() + 2, "{fault:?} in {line:?}");
                assert!(!fault.message.is_empty() && !fault.help.is_empty(), "{fault:?}");
            }
            let (_, _, _) = (faults.to_string(), faults.render(true), faults.summary());
        }
    }
}

fn render_all(definition: &Definition, trigger: &Value) {
    let Ok(params) = definition.check_params(&Map::new()) else { return };
    for (_, stage) in definition.stages() {
        let name = stage.name.as_str();
        let context = Context {
            run_id: "r",
            pipeline: definition.name.as_str(),
            stage: name,
            attempt: 1,
            params: &params,
            trigger,
            item: None,
            before: Some(&Before::default()),
        };
        if let Ok(rendered) = stage.render(&context) {
            assert!(!rendered.command.is_empty());
        }
    }
}

/// A valid definition of which a part is cut out, doubled, or replaced.
fn mutated() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just(String::new()),
        "[\\[\\]{}:,\"'#&*!|>%@`?\\- \n\t0-9a-z$]{1,4}",
        "\\PC{1,3}",
        Just("${{ params.x }}".to_owned()),
        Just("${{".to_owned()),
        Just("}}".to_owned()),
        Just("null".to_owned()),
    ];
    (prop::sample::select(&VALID[..]), prop::collection::vec((any::<prop::sample::Index>(), 0usize..12, part), 1..6))
        .prop_map(|(source, changes)| {
            let mut text: Vec<char> = source.chars().collect();
            for (at, cut, part) in changes {
                let at = at.index(text.len() + 1);
                text.splice(at..(at + cut).min(text.len()), part.chars());
            }
            text.into_iter().collect()
        })
}

/// A valid definition of which lines are moved, doubled or lost.
fn shuffled() -> impl Strategy<Value = String> {
    let picks = prop::collection::vec(any::<prop::sample::Index>(), 1..60);
    (prop::sample::select(&VALID[..]), picks).prop_map(|(source, picks)| {
        let lines: Vec<_> = source.lines().collect();
        picks.iter().map(|pick| format!("{}\n", lines[pick.index(lines.len())])).collect()
    })
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,3}", inner, 0..4).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

/// Text that looks like an expression.
fn expression() -> impl Strategy<Value = String> {
    let token = prop::sample::select(
        &[
            "params",
            "params.a",
            ".",
            "a",
            "|",
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            ",",
            ":",
            "'x'",
            "\"y\"",
            "1",
            "2.5",
            "+",
            "-",
            "~",
            "/",
            "//",
            "%",
            "==",
            "<",
            "and",
            "or",
            "not",
            "is",
            "none",
            "if",
            "else",
            "in",
            "json",
            "default",
            "join",
            "split",
            "first",
            "length",
            "replace",
            "basename",
            "trigger.s3.uri",
            "run.id",
            "true",
            "null",
            "99999999999999999999",
            "*",
        ][..],
    );
    prop::collection::vec(token, 0..14).prop_map(|tokens| tokens.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text(source in "\\PC{0,200}") {
        exercise(&source);
    }

    #[test]
    fn any_lines(source in "([a-z:\\-\\[\\]{} &*!|>'\"#%,?@$\t]{0,12}\n){0,12}") {
        exercise(&source);
    }

    #[test]
    fn any_change_of_a_valid_one(source in mutated()) {
        exercise(&source);
    }

    #[test]
    fn any_order_of_lines(source in shuffled()) {
        exercise(&source);
    }

    #[test]
    fn any_parameters(given in prop::collection::btree_map(prop::sample::select(
        &["samples", "chunks", "region", "ratio", "dry", "options", "note", "else"][..]), json_value(), 0..8)) {
        let definition = parse("f.yaml", VALID[0]).unwrap();
        let given: Map<String, Value> = given.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        match definition.check_params(&given) {
            Ok(params) => prop_assert_eq!(definition.check_params(&params).unwrap(), params),
            Err(faults) => prop_assert!(!faults.to_string().is_empty()),
        }
    }

    #[test]
    fn any_expression(expression in expression(), value in json_value(), trigger in json_value()) {
        let argument = Value::from(format!("${{{{ {expression} }}}}"));
        let source = format!(
            "pipeline: p\non: [{{ s3: {{}} }}]\nparams: {{ a: {{ type: object, default: {{}} }} }}\nstages:\n  \
             b: {{ image: x, command: [\"${{{{ params.a }}}}\"] }}\n  a: {{ image: x, command: [x, {argument}] }}\n"
        );
        exercise(&source);
        if let Ok(definition) = parse("f.yaml", &source) {
            let params: Params = serde_json::from_value(json!({ "a": value })).unwrap();
            for (_, stage) in definition.stages() {
                let context = Context { run_id: "r", pipeline: "p", stage: "a", attempt: 1, params: &params, trigger: &trigger, item: None, before: None };
                let _ = stage.render(&context).map_err(|error| error.to_string());
            }
        }
    }

    #[test]
    fn cycles_are_found_where_there_are_any(edges in prop::collection::vec((0usize..8, 0usize..8), 0..16)) {
        let mut needs = vec![Vec::new(); 8];
        for (from, to) in edges {
            if !needs[from].contains(&to) {
                needs[from].push(to);
            }
        }
        let stages: String = needs.iter().enumerate().map(|(at, needs)| {
            let needs: Vec<_> = needs.iter().map(|need| format!("s{need}")).collect();
            format!("  s{at}: {{ image: x, command: [x], needs: [{}] }}\n", needs.join(", "))
        }).collect();
        let parsed = parse("f.yaml", &format!("pipeline: p\nstages:\n{stages}"));
        prop_assert_eq!(parsed.is_ok(), can_be_ordered(&needs));
    }
}

/// Whether every stage can start after all that it needs: by taking away those that can, again and again.
fn can_be_ordered(needs: &[Vec<usize>]) -> bool {
    let mut done = vec![false; needs.len()];
    while let Some(ready) = (0..needs.len()).find(|at| !done[*at] && needs[*at].iter().all(|need| done[*need])) {
        done[ready] = true;
    }
    done.into_iter().all(|done| done)
}
