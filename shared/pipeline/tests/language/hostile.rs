//! Input made to hurt: each is answered, soon, and with few words.

use pipeline::{MAX_FAULTS, MAX_SOURCE_BYTES, parse};

/// The faults of a source, and that showing them does not take more than a fair share of memory.
fn answer(source: &str) -> String {
    let faults = parse("hostile.yaml", source).expect_err("it is not a definition");
    assert!(faults.iter().len() <= MAX_FAULTS);
    let text = faults.to_string();
    assert!(text.len() < 200_000, "{} bytes of faults", text.len());
    assert!(faults.render(true).len() < 2_000_000);
    text
}

/// As much of a text as still is a definition by its size.
fn up_to_the_limit(unit: &str) -> String {
    unit.repeat(MAX_SOURCE_BYTES / unit.len())
}

#[test]
fn ten_megabytes() {
    let text = answer(&"a: b\n".repeat(2 << 20));
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.contains("the file has 10485760 bytes, and a definition may have 262144"), "{text}");
}

#[test]
fn deep_nesting() {
    for unit in ["[", "{", "- ", "? ", "[{", "{a: ", "- ["] {
        let text = answer(&up_to_the_limit(unit));
        assert!(text.matches("help:").count() <= 1, "{unit}: {text}");
    }
    let steps: String = (0..700).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    assert!(answer(&steps).contains("deeper than 32 levels"));
}

#[test]
fn aliases_that_explode() {
    let mut source = "a0: &a0 [lol]\n".to_owned();
    for level in 1..30 {
        let before = format!("*a{}, ", level - 1).repeat(9);
        source.push_str(&format!("a{level}: &a{level} [{before}]\n"));
    }
    let text = answer(&source);
    assert!(text.contains("anchors (`&x`) and aliases (`*x`) are not part of the language"), "{text}");
}

#[test]
fn many_faults() {
    for unit in [
        "a: 1\n",
        "- a\n",
        "- [a, b]\n",
        ",",
        "x ",
        "\n",
        "é",
        "'",
        "\"",
        "#",
        "|",
        ": ",
        "%",
        "*",
        "&a ",
        "!",
        "\u{0}",
        "\r",
    ] {
        answer(&up_to_the_limit(unit));
    }
    let keys: String = (0..20_000).map(|n| format!("k{n}: 1\n")).collect();
    let text = answer(&keys);
    assert!(text.ends_with("more\n"), "{}", &text[text.len() - 100..]);
    let one_line: String = (0..20_000).map(|n| format!("k{n}: 1, ")).collect();
    answer(&format!("{{{one_line}}}"));
}

#[test]
fn many_stages() {
    let stages: String = (0..5_000).map(|n| format!("  s{n}: {{needs: s{}, command: [x]}}\n", n + 1)).collect();
    let text = answer(&format!("pipeline: p\nstages:\n{stages}"));
    assert!(text.contains("a pipeline has at most 500 stages, and this has 5000"), "{text}");
    let chain: String = (1..500).map(|n| format!("  s{n}: {{ needs: s{}, command: [x] }}\n", n - 1)).collect();
    let chain = format!("pipeline: p\ndefaults: {{ image: x }}\nstages:\n  s0: {{ command: [x] }}\n{chain}");
    assert_eq!(parse("chain.yaml", &chain).unwrap().stages().count(), 500);
    let dense: String = (0..150)
        .map(|n| {
            let needs: Vec<_> = (0..150).filter(|m| *m != n).map(|m| format!("s{m}")).collect();
            format!("  s{n}: {{ image: x, command: [x], needs: [{}] }}\n", needs.join(", "))
        })
        .collect();
    answer(&format!("pipeline: p\nstages:\n{dense}"));
}

fn with_argument(argument: &str) -> String {
    let argument = serde_json::Value::from(argument);
    format!("pipeline: p\nstages: {{ a: {{ image: x, command: [{argument}] }} }}\n")
}

#[test]
fn expressions() {
    for expression in [
        "'x' * 100000000".to_owned(),
        "'x' * 100000000 * 100".to_owned(),
        "[0] * 100000000".to_owned(),
        "9 ** 9 ** 9 ** 9".to_owned(),
        "(".repeat(10_000),
        "[".repeat(900),
        "-".repeat(900),
        "not ".repeat(200),
        "{".repeat(900),
        "run.id | upper | ".repeat(60),
        "range(1000000000)".to_owned(),
        "run.id.x.y.z()".to_owned(),
        "{% for x in y %}".to_owned(),
        "a if b else ".repeat(80),
        "__import__('os')".to_owned(),
    ] {
        answer(&with_argument(&format!("${{{{ {expression} }}}}")));
    }
    answer(&with_argument(&"${{ x }}".repeat(20_000)));
    answer(&with_argument(&"${{".repeat(50_000)));
}

#[test]
fn patterns() {
    for pattern in
        ["(a*)*".repeat(200), "a{1000}{1000}{1000}".to_owned(), r"(\w{500}){500}".to_owned(), "(".repeat(999)]
    {
        let pattern = serde_json::Value::from(pattern);
        let source = format!(
            "pipeline: p\nparams: {{ a: {{ type: string, default: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab, pattern: {pattern} }} }}\n\
             stages: {{ a: {{ image: x, command: [\"${{{{ params.a }}}}\", \"${{{{ b }}}}\"] }} }}\n"
        );
        answer(&source);
    }
}
