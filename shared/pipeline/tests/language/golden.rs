//! The messages, word for word: one file of faults for each part of the language.

use pipeline::{Faults, parse};

fn faults(file: &str, source: &str) -> Faults {
    parse(file, source).expect_err("the definition is faulty")
}

macro_rules! golden {
    ($($name:ident),+ $(,)?) => {
        $(#[test]
        fn $name() {
            let source = include_str!(concat!("faults/", stringify!($name), ".yaml"));
            insta::assert_snapshot!(faults(concat!(stringify!($name), ".yaml"), source).to_string());
        })+
    };
}

golden!(
    alone,
    concurrency,
    document,
    duplicates,
    expressions,
    filters,
    foreach,
    gathers,
    job_definition,
    jobs,
    names,
    needs,
    nodes,
    origins,
    outputs,
    params,
    resources,
    retry,
    schedules,
    stages,
    triggers,
    units,
    unused,
    uploads,
    values,
    when,
);

/// What is not YAML, or YAML that the language leaves out: one fault each.
pub(crate) const NOT_DEFINITIONS: [&str; 18] = [
    "",
    "# only a comment\n",
    "just text",
    "- a\n- list\n",
    "pipeline: [unclosed\nstages: {}\n",
    "pipeline: p\n\tstages: x\n",
    "pipeline: \"p\nstages: x",
    "pipeline: p\nstages: &all {}\n",
    "pipeline: *all\n",
    "pipeline: !name p\n",
    "pipeline: p\n---\npipeline: q\n",
    "? [a, b]\n: c\n",
    "pipeline: p\nstages:\n  <<: { image: x }\n",
    "a: {b: {c: {d: {e: {f: {g: {h: {i: {j: {k: {l: {m: {n: {o: {p: {q: {r: {s: {t: {u: {v: {w: {x: {y: {z: {a: {b: {c: {d: {e: {f: {g: 1}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}",
    "pipeline: p\r\nstagse: {}\r\n",
    "\u{feff}pipeline: P\nstages: {}\n",
    "pipeline: prüfung-äöü\nstages: { ä: { image: x, command: [ü] } }\n",
    "pipeline: a\u{7}b\u{1b}[31m\nstages: {}\n",
];

#[test]
fn not_a_definition() {
    insta::assert_snapshot!(one_after_the_other(NOT_DEFINITIONS));
}

/// What is too long or too many, or cannot be written into a file for people.
pub(crate) fn too_much() -> [String; 7] {
    let stage = |rest: &str| format!("pipeline: p\nstages: {{ a: {{ image: x, {rest} }} }}\n");
    let outputs: Vec<String> = (0..51).map(|n| format!("o{n}")).collect();
    let stages: String = (0..501).map(|n| format!("  s{n}: {{ command: [x] }}\n")).collect();
    let triggers: String = (0..41).map(|n| format!("  - s3: {{ prefix: p{n}/ }}\n")).collect();
    let params: String = (0..101).map(|n| format!("  p{n}: {{ type: string }}\n")).collect();
    [
        format!(
            "pipeline: p\nparams:\n{params}stages: {{ a: {{ image: x, command: [\"${{{{ params.p100 }}}}\"] }} }}\n"
        ),
        stage(&format!("command: [a], outputs: [{}]", outputs.join(", "))),
        stage(&format!("command: [a, {}]", "x".repeat(30_000))),
        stage("command: [\"a\\0b\"]"),
        stage(&format!("command: [\"${{{{ '{}' }}}}\"]", "x".repeat(1000))),
        format!("pipeline: p\nstages:\n{stages}"),
        format!(
            "pipeline: p\ndescription: {}\non:\n{triggers}stages: {{ a: {{ image: x, command: [a] }} }}\n",
            "x".repeat(1001)
        ),
    ]
}

#[test]
fn too_much_of_something() {
    insta::assert_snapshot!(one_after_the_other(too_much().each_ref().map(String::as_str)));
}

fn one_after_the_other<const N: usize>(sources: [&str; N]) -> String {
    sources.map(|source| format!("{}\n===\n", faults("f.yaml", source))).concat()
}

#[test]
fn on_a_terminal() {
    let faults = faults("needs.yaml", include_str!("faults/needs.yaml"));
    insta::assert_snapshot!(faults.render(false));
    assert!(faults.render(true).contains("\u{1b}["), "no colours");
    assert!(!faults.render(false).contains("\u{1b}["), "colours");
}

#[test]
fn in_one_line_and_as_json() {
    let faults = faults("unused.yaml", include_str!("faults/unused.yaml"));
    assert_eq!(faults.summary(), "unused.yaml:4:3: the parameter `unused` is not used (and 1 more fault)");
    let json = serde_json::to_value(&faults).unwrap();
    assert_eq!(json["file"], "unused.yaml");
    assert_eq!(json["more"], 0);
    assert_eq!(json["faults"][1]["line"], 6);
    assert_eq!(json["faults"][1]["column"], 57);
    assert_eq!(json["faults"][1]["help"], "did you mean `params.used`?");
    assert_eq!(json["faults"][1].as_object().unwrap().len(), 4);
}

/// A file name comes from an S3 key, and may hold anything.
#[test]
fn a_file_name_cannot_paint_the_terminal() {
    let text = faults("a\u{1b}[31m\nb.yaml", "x").to_string();
    assert!(text.starts_with("a\u{fffd}[31m\u{fffd}b.yaml:1:1: "), "{text}");
}

/// Nor can a definition, which may come from anybody: neither its lines that are shown, nor what messages quote of it.
#[test]
fn a_definition_cannot_paint_the_terminal() {
    let of_lines = "pipeline: p\u{1b}[2J\u{7}q\u{9b}31m é\nstages: { a: { image: x, comm\u{7}and: [x] } }\n";
    let of_names = "pipeline: p\nparams: { \"a\\e[2J\": { type: string } }\n\
                    stages: { \"b\\e[2J\": { image: x, needs: gone, command: [\"${{ params.gone }}\"] }, c: { needs: also-gone } }\n";
    for source in [of_lines, of_names] {
        let faults = faults("f.yaml", source);
        for text in [faults.to_string(), faults.render(false), faults.summary()] {
            assert_eq!(text.chars().find(|c| c.is_control() && *c != '\n'), None, "{text:?}");
        }
        let coloured = faults.render(true);
        assert!(!coloured.contains("\u{1b}[2J"), "{coloured:?}");
        assert_eq!(coloured.chars().find(|c| c.is_control() && !['\n', '\u{1b}'].contains(c)), None, "{coloured:?}");
    }
    // What follows on the line is still marked where it is.
    let shown = faults("f.yaml", of_lines).render(false);
    assert!(shown.contains("pipeline: p [2J q\u{a0}31m é"), "{shown}");
}

/// The messages of a source's faults, without their places.
fn messages(source: &str) -> Vec<String> {
    faults("f.yaml", source).iter().map(|fault| fault.message.clone()).collect()
}

#[test]
fn limits() {
    let stage = |rest: &str| format!("pipeline: p\nstages: {{ a: {{ image: x, {rest} }} }}\n");
    let pipeline = |rest: &str| format!("pipeline: p\n{rest}\nstages: {{ a: {{ image: x, command: [date] }} }}\n");
    let long = "x".repeat(1200);
    let triggers: String = (0..41).map(|n| format!("  - s3: {{ prefix: p{n}/ }}\n")).collect();
    for (source, message) in [
        (pipeline(&format!("description: {long}")), "the description is longer than 1000 characters"),
        (pipeline(&format!("on:\n{triggers}")), "a pipeline has at most 40 triggers, and this has 41"),
        (pipeline(&format!("on: [{{ s3: {{ suffix: {long} }} }}]")), "longer than a key can be, 1024 bytes"),
        (pipeline("on: [{ s3: { prefix: /data } }]"), "prefix `/data` begins with `/`, which keys do not"),
        (pipeline("on: [{ sqs: { queue: .fifo } }]"), "`.fifo` is not the name of a queue"),
        (pipeline("on: [{}]"), "a trigger must have exactly one key"),
        (pipeline("on:"), "on must be a list, not nothing"),
        (pipeline("params:"), "params must be a map, not nothing"),
        (pipeline("params: { a: { type: array, items: text } }"), "items must be a map, not a text"),
        (pipeline("params: { a: { type: string, enum: x } }"), "enum must be a list, not a text"),
        (pipeline(&format!("params: {{ a: {{ type: string, pattern: {long} }} }}")), "is not a pattern"),
        (pipeline("concurrency: {}"), "concurrency says nothing"),
        (pipeline("concurrency: 1001"), "concurrency is 1001, which is out of range"),
        (pipeline("concurrency: [1]"), "concurrency must be a map, not a list"),
        (pipeline("concurrency: { group: all }"), "the group is the same for every run"),
        (pipeline("concurrency: { limit: 2, when_full: replace }"), "takes its place, and the limit is more than 1"),
        (pipeline("share:"), "a share identifier has no value"),
        ("pipeline: p\nstages: []\n".to_owned(), "stages must be a map, not a list"),
        (
            stage(&format!("command: [a, {}]", "x".repeat(30_000))),
            "command and env take 30007 bytes, and a job may have 28672",
        ),
        (stage("command: [\"a\\0b\"]"), "command[0] holds a NUL character"),
        (stage(&format!("command: [\"${{{{ '{long}' }}}}\"]")), "the expression is longer than 1000 bytes"),
        (stage("command: [a]").replace("image: x", "image: \"\""), "`` is not the name of an image"),
        (stage("command: [a], timeout: 99999d"), "is too long"),
        (stage("command: [a], memory: 0.3 GiB"), "is not a whole number of MiB, or too large"),
        (stage("command: [a], compute: ec2, vcpu: 1025"), "`1025` is not a number of vCPUs"),
        (stage(&format!("command: [a], env: {{ {}: x }}", "A".repeat(256))), "is not the name of a variable"),
    ] {
        let found = messages(&source);
        assert!(found.iter().any(|found| found.contains(message)), "{found:?} without {message:?}");
    }
}

/// A fault brings no others that are only its echo.
#[test]
fn no_echoes() {
    let misspelt =
        "pipelin: p\nparams: { a: { type: string } }\nstags: { a: { image: x, command: [\"${{ params.a }}\"] } }\n";
    assert_eq!(faults("f.yaml", misspelt).count(), 2);
    let misspelt =
        "pipeline: p\nparams: { a: { type: string } }\nstages: { a: { image: x, comand: [\"${{ params.a }}\"] } }\n";
    assert_eq!(faults("f.yaml", misspelt).count(), 1);
    let vcpu = "pipeline: p\nstages: { a: { image: x, command: [a], vcpu: many, memory: 16 GiB } }\n";
    assert_eq!(faults("f.yaml", vcpu).count(), 1);
    let param = "pipeline: p\non: [{ schedule: { rate: 1 day } }]\nparams: { a: { type: strin } }\nstages: { a: { image: x, command: [\"${{ params.a }}\"] } }\n";
    assert_eq!(faults("f.yaml", param).count(), 1);
}
