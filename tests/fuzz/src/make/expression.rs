//! Expressions by their grammar, and by some that the language does not have.

use crate::{dice::Dice, make::words};

const ROOTS: &[&str] = &[
    "params.n",
    "params.samples",
    "params.options",
    "params.text",
    "params.region",
    "params",
    "trigger.s3.uri",
    "trigger.s3.key",
    "trigger.s3.size",
    "run.id",
    "stage.attempt",
    "stages.first.outputs.lines",
    "stages.first.outputs.text",
    "stages.first.outcome",
    "stages.a_b.outputs.lines",
];
const UNKNOWN: &[&str] = &["stages.first", "nothing", "params.x", "loop", "trigger", "stages", "self"];
const FILTERS: &[&str] = &[
    "basename", "default", "dirname", "first", "join", "json", "last", "length", "lower", "replace", "split", "stem",
    "trim", "upper",
];
/// Filters that minijinja has and the language does not.
const OTHER_FILTERS: &[&str] = &["safe", "tojson", "map", "list", "batch", "xs", ""];
const LITERALS: &[&str] = &[
    "'x'",
    "\"y\"",
    "','",
    "''",
    "1",
    "0",
    "2.5",
    "1e308",
    "99999999999999999999999999999999999999999",
    "170141183460469231731687303715884105727",
    "true",
    "none",
    "[]",
    "{}",
    "[1, 'a']",
    "{'a': 1}",
    "'\\u00e9'",
    "'\\'",
    "\"${{\"",
    "'}}'",
    "1_000",
    "0x10",
];
const OPERATORS: &[&str] =
    &["+", "-", "~", "/", "//", "%", "==", "!=", "<", ">", "<=", ">=", "and", "or", "in", "not in"];
/// Operators that the language does not have.
const OTHER_OPERATORS: &[&str] = &["*", "**", "|", ".", "&&", "=", ":"];
const CALLS: &[&str] = &[
    "success()",
    "failure()",
    "always()",
    "range(9)",
    "dict(a=1)",
    "debug()",
    "success",
    "failure(1)",
    "params.n()",
    "namespace()",
];

/// An expression.
pub(crate) fn expression(dice: &mut Dice, depth: usize) -> String {
    if depth == 0 || dice.once_in(6) {
        return leaf(dice);
    }
    let one = expression(dice, depth - 1);
    match dice.between(0, 11) {
        0..=2 => format!("{one} | {}", filter(dice)),
        3 | 4 => format!("{one} {} {}", operator(dice), expression(dice, depth - 1)),
        5 => format!("{one} if {} else {}", expression(dice, depth - 1), leaf(dice)),
        6 => format!("not {one}"),
        7 => format!("({one})"),
        8 => format!("{one} is {}none", dice.word(&["", "not ", "not not ", "un"])),
        9 => format!("[{one}, {}]", expression(dice, depth - 1)),
        10 => format!("{one}[{}]", dice.word(&["0", "-1", "'a'", "0:2", "::-1", "1:", "99999999999", "::0"])),
        _ => format!("{{'a': {one}}}.{}", dice.word(&["a", "items()", "keys", "b"])),
    }
}

/// One that is as long as it may be, or a little longer, and all of one kind.
pub(crate) fn long(dice: &mut Dice) -> String {
    let begin = expression(dice, 1);
    let step = match dice.between(0, 5) {
        0 => format!(" | {}", filter(dice)),
        1 => format!(" {} {}", operator(dice), leaf(dice)),
        2 => format!(" if {} else {}", leaf(dice), leaf(dice)),
        3 => "[0]".to_owned(),
        4 => format!(" ~ {begin}"),
        _ => words::any(dice),
    };
    let nested = dice.word(&["", "(", "[", "not ", "-", "{'a': "]);
    let times = dice.between(1, 1000);
    if nested.is_empty() || dice.once_in(2) {
        let steps = (times / step.len().max(1)).max(1);
        format!("{begin}{}", step.repeat(steps))
    } else {
        let close = match nested {
            "(" => ")",
            "[" => "]",
            "{'a': " => "}",
            _ => "",
        };
        let levels = (times / (nested.len() + close.len())).max(1);
        format!("{}{begin}{}", nested.repeat(levels), close.repeat(levels))
    }
}

fn leaf(dice: &mut Dice) -> String {
    match dice.between(0, 29) {
        0..=17 => dice.word(ROOTS).to_owned(),
        18..=27 => dice.word(LITERALS).to_owned(),
        28 => dice.word(UNKNOWN).to_owned(),
        _ => dice.word(CALLS).to_owned(),
    }
}

fn filter(dice: &mut Dice) -> String {
    let name = if dice.once_in(25) { dice.word(OTHER_FILTERS) } else { dice.word(FILTERS) };
    match dice.between(0, 4) {
        0 | 1 => name.to_owned(),
        2 | 3 => format!("{name}({})", dice.word(LITERALS)),
        _ => format!("{name}({}, {})", leaf(dice), leaf(dice)),
    }
}

fn operator<'a>(dice: &mut Dice) -> &'a str {
    if dice.once_in(25) { dice.word(OTHER_OPERATORS) } else { dice.word(OPERATORS) }
}
