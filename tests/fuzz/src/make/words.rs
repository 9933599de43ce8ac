//! The words that inputs are made of: those that mean something, those that nearly do, and those that hurt.

use crate::dice::Dice;

/// Stages, in many of which names agree without regard to case, or once `-` is written `_`.
pub(crate) const STAGES: &[&str] =
    &["a", "b", "split", "chunk", "A", "a-b", "a_b", "s1", "report", "0", "x.y", "ä", "-a"];
/// Parameters.
pub(crate) const PARAMS: &[&str] =
    &["n", "region", "day", "samples", "options", "dry", "ratio", "N", "or", "in", "none", "a b"];
/// Durations, and what is none.
const DURATIONS: &[&str] = &[
    "90s",
    "15m",
    "2h",
    "1h 30m",
    "2d",
    "5 minutes",
    "60s",
    "59s",
    "14d",
    "15d",
    "0s",
    "1m 1h",
    "99999999999999999999d",
    "-1h",
    "1.5h",
    "1 h",
    "h",
    "1hh",
    "١h",
    "18446744073709551615s",
    "1d 1d",
    "",
];
/// Sizes, and what is none.
const SIZES: &[&str] = &[
    "512 MiB",
    "1 GiB",
    "8 GiB",
    "0.5 GiB",
    "1 TiB",
    "60 GiB",
    "0.3 GiB",
    "8 GB",
    "1",
    "-1 GiB",
    "1e3 GiB",
    "99999999999 TiB",
    "0.00000000000001 TiB",
    "١ GiB",
    "GiB",
    "1  MiB",
    "NaN GiB",
    "inf MiB",
    "4294967296 MiB",
];
/// Cron expressions, and what is none.
const CRONS: &[&str] = &[
    "0 6 ? * MON-FRI *",
    "0/15 * * * ? *",
    "0 0 L * ? *",
    "0 0 15W * ? *",
    "0 0 ? * 6L *",
    "0 0 ? * 6#3 *",
    "0 0 ? * 6#6 *",
    "* * * * * *",
    "60 0 ? * 1 *",
    "0 0 ? * SUN-SAT 1970-2199",
    "0 0 1,2,3 JAN,FEB ? 2026/1",
    "0 0 ? * ? *",
    "0 6 * * *",
    "0/0 * * * ? *",
    "5-1 * * * ? *",
    "0 0 32W * ? *",
    "0 0 L-3 * ? *",
    "é * * * ? *",
    "0 0 ? * 8 *",
    "0/99999999999999999999 * * * ? *",
    ",,,, , , ? , ,",
    "",
];
/// Rates, and what is none.
const RATES: &[&str] = &[
    "1 minute",
    "15 minutes",
    "1 hour",
    "2 days",
    "0 days",
    "1 minutes",
    "-1 hour",
    "99999999999999999999 days",
    "1 week",
    "",
];
/// Time zones, and what is none.
const ZONES: &[&str] =
    &["UTC", "Europe/Berlin", "America/New_York", "europe/berlin", "Mars/Base", "../etc", "GMT+1", ""];
/// Patterns, and what is none.
const PATTERNS: &[&str] = &[
    "^[a-z]+$",
    "(a+)+$",
    "(a*)*b",
    "a{1000}{1000}",
    r"(\w{500}){500}",
    "(",
    "[",
    r"\",
    "(?i)x",
    r"\p{L}+",
    "^$",
    ".*",
    "(?R)",
    r"(a)\1",
    "",
];
/// Texts of commands and environment.
const ARGUMENTS: &[&str] = &[
    "date",
    "sh",
    "-c",
    "${{ params.n }}",
    "--n=${{ params.n }}",
    "${{ params.samples }}",
    "${{ trigger.s3.uri }}",
    "${{ run.id }}",
    "${{ stage.attempt }}",
    "${{ stages.a.outputs.lines }}",
    "${{ stages.a_b.outcome }}",
    "${{ params.options | json }}",
    "${{ trigger.s3.key | default('x') | stem }}",
    "${{ \"${{\" }}",
    "${{",
    "}}",
    "${{ }}",
    "${{}}",
    "${{ params }}",
    "$${{ x }}",
    "a\0b",
    "${{ params.region }}${{ params.day }}",
    "${{ '}}' }}",
    "${{ {'a': {}} }}",
    "${{ params.n }",
    "",
];
/// Names of files, images, buckets, keys.
const NAMES: &[&str] = &[
    "busybox",
    "public.ecr.aws/x/y:1",
    "incoming/",
    ".csv",
    "batchwright-inbox",
    "orders",
    "/",
    "..",
    ".fifo",
    "a b",
    "é/ü",
    "LOG_LEVEL",
    "AWS_BATCH_X",
    "BATCHWRIGHT_Y",
    "1A",
    "ETL",
    "p-1",
];
/// What hurts.
const HURTS: &[&str] = &[
    "\0",
    "\u{7}",
    "\u{1b}[31m",
    "\u{feff}",
    "\u{202e}",
    "\u{2028}",
    "\u{85}",
    "\u{fffd}",
    "😀",
    "e\u{301}",
    "ﬀ",
    "İ",
    "ß",
    "\r",
    "\t",
    "\n\n",
    "&a",
    "*a",
    "!t",
    "<<",
    "---",
    "...",
    "%YAML 1.2",
    "? ",
    ": ",
    "- ",
    "#",
    "|",
    ">",
    "|+9",
    ">-",
    "'",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "{",
    "}",
    "[",
    "]",
    ",",
    "~",
    "null",
    "true",
    "on",
    "0x1F",
    "0o17",
    "1e999",
    "-0",
    ".inf",
    "NaN",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "1.7976931348623157e308",
    "2",
    "10000",
    "10001",
    "256",
];

/// A word that goes with a key, mostly a good one. Of a key that is not known here, any.
pub(crate) fn for_key(key: &str, dice: &mut Dice) -> String {
    if dice.once_in(30) {
        return any(dice);
    }
    let words = match key {
        "timeout" | "backoff" | "deadline" | "after" | "within" => DURATIONS,
        "memory" | "up_to" => SIZES,
        "cron" => CRONS,
        "rate" => RATES,
        "timezone" => ZONES,
        "pattern" => PATTERNS,
        "command" | "env" | "array" => ARGUMENTS,
        "needs" | "stages" => STAGES,
        "params" | "outputs" => PARAMS,
        "vcpu" => &["0.25", "0.5", "1", "2", "4", "8", "16", "3", "1025", "0"],
        "image" | "bucket" | "prefix" | "suffix" | "queue" | "description" | "share" | "pipeline" => NAMES,
        _ => return any(dice),
    };
    // The first ones are the good ones.
    let most = if dice.once_in(8) { words.len() } else { words.len().min(5) };
    words.get(dice.between(0, most.saturating_sub(1))).copied().unwrap_or_default().to_owned()
}

/// Any word.
pub(crate) fn any(dice: &mut Dice) -> String {
    let lists = [STAGES, PARAMS, DURATIONS, SIZES, CRONS, RATES, ZONES, PATTERNS, ARGUMENTS, NAMES, HURTS, HURTS, KEYS];
    let words = dice.pick(&lists).copied().unwrap_or(HURTS);
    match dice.between(0, 40) {
        0 => dice.word(words).repeat(dice.small(3000)),
        1 => String::from_iter((0..dice.small(12)).filter_map(|_| scalar(dice))),
        _ => dice.word(words).to_owned(),
    }
}

/// Any character.
fn scalar(dice: &mut Dice) -> Option<char> {
    u32::try_from(dice.small(0x0010_ffff)).ok().and_then(char::from_u32)
}

/// Keys of definitions, of events, and of none.
const KEYS: &[&str] = &[
    "pipeline",
    "stages",
    "on",
    "params",
    "needs",
    "when",
    "command",
    "s3",
    "sqs",
    "schedule",
    "retry",
    "spot",
    "oom",
    "defaults",
    "Records",
    "body",
    "detail",
    "action",
    "run",
    "cancel",
    "run_id",
    "paced",
    "rest",
    "tell",
    "stage",
    "priority",
    "dedupe_key",
    "scheduled_time",
    "jobName",
    "status",
    "FAILED",
    "SUCCEEDED",
    "RUNNABLE",
    "__proto__",
    "$ref",
    "",
];
