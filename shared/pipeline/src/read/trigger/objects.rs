//! `s3`: which objects start runs.

use super::{
    super::{
        fields::{Fields, shown},
        value::{items, scalar, text},
    },
    Declared,
    expressions::{Names, bindings, check_required, condition},
    gather,
};
use crate::{
    fault::Report,
    key_pattern::KeyPattern,
    scope::Given,
    trigger::{Bindings, Gather, ObjectFilter, S3Trigger},
    units::size_bytes,
    yaml::{Content, Key, Node},
};

/// The keys of `s3`.
pub(in crate::read) const KEYS: [&str; 10] =
    ["bucket", "prefix", "suffix", "key", "min_size", "max_size", "when", "params", "batch", "wait"];
/// How many suffixes a trigger may have.
const MAX_SUFFIXES: usize = 20;
/// Definitions are dropped under this prefix of the inbox bucket.
const DEFINITIONS: &str = "pipelines/";

/// Reads it, and what its runs have.
pub(super) fn read(key: &Key, node: &Node, params: &Declared, report: &mut Report<'_>) -> (Option<S3Trigger>, Given) {
    let Some(fields) = Fields::read(node, "s3", &KEYS, report) else {
        return (None, Given::upload(None::<std::iter::Empty<&str>>));
    };
    let pattern = fields.get("key").map(|node| pattern(node, "key", report));
    let given = match &pattern {
        Some(Some(pattern)) => Given::upload(Some(pattern.parts())),
        Some(None) => Given::upload(None::<std::iter::Empty<&str>>),
        None => Given::upload(Some(std::iter::empty())),
    };
    let gather = gathered(&fields, pattern.as_ref(), report);
    let bucket = fields.get("bucket").map_or(Some(None), |node| bucket(node, report).map(Some));
    let of_event = Names::Upload(given.clone());
    let when = fields.get("when").map_or(Some(None), |node| condition(node, &of_event, report).map(Some));
    let objects = objects(&fields, pattern, report);
    let (given, what, example) = match &gather {
        None => (given, "an upload", "trigger.s3.uri"),
        Some(gather) => {
            let by = gather.iter().flat_map(Gather::by).map(String::as_str);
            let marker = gather.as_ref().is_some_and(|gather| gather.marker().is_some());
            (Given::manifest(by, marker).partly(gather.is_none()), "a manifest", "trigger.manifest.uri")
        }
    };
    let names = Names::Upload(given.clone());
    let bound =
        fields.get("params").map_or_else(|| Some(Bindings::default()), |node| bindings(node, &names, params, report));
    // What was misspelt or is faulty itself perhaps gives it.
    if let Some(bound) = bound.as_ref().filter(|_| !fields.has_misspelt("params")) {
        check_required(key, what, bound, params, example, report);
    }
    let trigger = || {
        let (bucket, objects) = (bucket?, objects?);
        if let (None, true, Some(node)) =
            (&bucket, objects.prefix.starts_with(DEFINITIONS), fields.get("prefix").or(fields.get("key")))
        {
            let help = "choose another prefix, or another bucket";
            report.add(
                &node.span,
                format!("`{DEFINITIONS}` of the inbox bucket is where definitions are dropped"),
                help,
            );
        }
        let gather = match gather {
            Some(gather) => Some(gather?),
            None => None,
        };
        Some(S3Trigger { bucket, objects, when: when?, params: bound?, gather })
    };
    (trigger(), given)
}

/// `batch` or `wait`; the inner `None` is one that is faulty.
fn gathered(
    fields: &Fields<'_>,
    pattern: Option<&Option<KeyPattern>>,
    report: &mut Report<'_>,
) -> Option<Option<Gather>> {
    match (fields.entry("batch"), fields.entry("wait")) {
        (Some((_, node)), None) => Some(gather::batch(node, report)),
        (None, Some((key, node))) => Some(gather::wait(key, node, pattern, report)),
        (Some(_), Some((key, _))) => {
            let help = "a batch takes what comes, and `wait` a set that is known; take one of them";
            report.add(&key.span, "a trigger has either a batch or a wait, not both", help);
            Some(None)
        }
        (None, None) => None,
    }
}

fn objects(fields: &Fields<'_>, pattern: Option<Option<KeyPattern>>, report: &mut Report<'_>) -> Option<ObjectFilter> {
    if let (Some((key, _)), Some(_)) = (fields.entry("prefix"), &pattern) {
        report.add(&key.span, "a trigger has either a prefix or a key, not both", "begin the `key` with the prefix");
    }
    let prefix = match (fields.get("prefix"), &pattern) {
        (Some(node), _) => key_part(node, "prefix", report),
        (None, Some(pattern)) => pattern.as_ref().map(|pattern| pattern.prefix().to_owned()),
        (None, None) => Some(String::new()),
    };
    let suffixes = fields.get("suffix").map_or_else(|| Some(Vec::new()), |node| suffixes(node, report));
    let mut size = |key: &str| fields.get(key).map_or(Some(None), |node| size(node, key, report).map(Some));
    let (min_bytes, max_bytes) = (size("min_size"), size("max_size"));
    let (min_bytes, max_bytes) = (min_bytes?, max_bytes?);
    if let (Some(least), Some(most), Some(node)) = (min_bytes, max_bytes, fields.get("min_size"))
        && least > most
    {
        report.add(&node.span, "min_size is above max_size", "no object is both: exchange the two?");
    }
    let key = match pattern {
        Some(pattern) => Some(pattern?),
        None => None,
    };
    Some(ObjectFilter { prefix: prefix?, suffixes: suffixes?, key, min_bytes, max_bytes })
}

pub(super) fn pattern(node: &Node, what: &str, report: &mut Report<'_>) -> Option<KeyPattern> {
    let given = text(node, what, report)?;
    match KeyPattern::parse(given) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            report.add(&node.span, format!("the {what} `{}` {}", shown(given), error.problem), error.help);
            None
        }
    }
}

/// One suffix, or a list of them.
fn suffixes(node: &Node, report: &mut Report<'_>) -> Option<Vec<String>> {
    let help = "write `suffix: .csv`, or `suffix: [.csv, .csv.gz]`";
    let nodes = match &node.content {
        Content::Scalar(_) => std::slice::from_ref(node),
        Content::Sequence(_) | Content::Mapping(_) => items(node, "suffix", help, report)?,
    };
    if nodes.is_empty() {
        report.add(&node.span, "the list of suffixes is empty", help);
        return None;
    }
    if let Some(node) = nodes.get(MAX_SUFFIXES) {
        let help = "leave it to `when`, or to a second trigger";
        report.add(
            &node.span,
            format!("a trigger has at most {MAX_SUFFIXES} suffixes, and this has {}", nodes.len()),
            help,
        );
        return None;
    }
    let read: Vec<_> = nodes.iter().map(|node| key_part(node, "suffix", report)).collect();
    let suffixes = read.into_iter().collect::<Option<Vec<_>>>()?;
    // An empty one is all that was asked for.
    Some(if suffixes.iter().any(String::is_empty) { Vec::new() } else { suffixes })
}

fn size(node: &Node, what: &str, report: &mut Report<'_>) -> Option<u64> {
    let given = &scalar(node, what, report)?.text;
    match size_bytes(given) {
        Ok(bytes) => Some(bytes),
        Err(problem) => {
            report.add(
                &node.span,
                format!("{what} `{}` {problem}", shown(given)),
                "write a size, as in `1 B`, `64 KiB` or `5 GiB`",
            );
            None
        }
    }
}

/// S3 user guide, "General purpose bucket naming rules".
fn bucket(node: &Node, report: &mut Report<'_>) -> Option<String> {
    let name = text(node, "bucket", report)?;
    let end = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let valid = (3..=63).contains(&name.len())
        && name.starts_with(end)
        && name.ends_with(end)
        && !name.contains("..")
        && name.chars().all(|c| end(c) || c == '-' || c == '.');
    if !valid {
        let help = "3 to 63 of a-z, 0-9, `-` and `.`, with a letter or digit at both ends";
        report.add(&node.span, format!("`{}` is not the name of a bucket", shown(name)), help);
    }
    valid.then(|| name.to_owned())
}

/// How a key begins or ends: as in the bucket, not URL-encoded. Keys have at most 1024 bytes.
fn key_part(node: &Node, what: &str, report: &mut Report<'_>) -> Option<String> {
    let part = text(node, what, report)?;
    let pattern = "write a pattern as `key`, as in `key: readings/{station}/*.csv`";
    let plain = "write the beginning of the keys as `prefix`, and their end as `suffix`";
    let problem = if part.len() > 1024 {
        Some(("is longer than a key can be, 1024 bytes", plain))
    } else if what == "prefix" && part.starts_with('/') {
        Some(("begins with `/`, which keys do not", plain))
    } else if part.contains('*') {
        Some(("has a `*`, which stands for nothing but itself", pattern))
    } else {
        None
    };
    match problem {
        None => Some(part.to_owned()),
        Some((problem, help)) => {
            report.add(&node.span, format!("{what} `{}` {problem}", shown(part)), help);
            None
        }
    }
}
