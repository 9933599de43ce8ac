//! `job_definition`: one that is there already, and what the stage says in its place.

use super::{KEYS, names::is_name, shown, text};
use crate::{
    fault::Report,
    job::Existing,
    read::{
        fields::Fields,
        settings::{Setting, Settings},
        value::Placed,
    },
    retry::{Retry, RetryOn},
    yaml::{Key, Node},
};

/// What goes with every submission, and so goes with a job definition that is there already.
const OF_SUBMISSION: [&str; 3] = ["queue", "tags", "consumes"];

/// Its name, maybe with a revision.
pub(in crate::read) fn reference(node: &Node, report: &mut Report<'_>) -> Option<Placed<String>> {
    let given = text(node, "job_definition", report)?;
    let (name, revision) = given.split_once(':').map_or((given, None), |(name, revision)| (name, Some(revision)));
    let number = |text: &str| !text.starts_with('0') && text.parse::<u32>().is_ok();
    let valid = is_name(name, 128, "-_") && revision.is_none_or(number);
    if !valid {
        let help = "write its name, or its name and revision: `my-job:3`";
        report.add(&node.span, format!("`{}` is not the name of a job definition", shown(given)), help);
    }
    valid.then(|| Placed { value: given.to_owned(), span: node.span.clone() })
}

/// Of `defaults`, what goes with a job definition that is there already: what it is made of itself does not.
pub(in crate::read) fn defaults(settings: &Settings) -> Settings {
    let mut kept = settings.clone();
    (kept.image, kept.vcpu, kept.memory_mib, kept.gpu) =
        (Setting::Absent, Setting::Absent, Setting::Absent, Setting::Absent);
    let consumes = std::mem::take(&mut kept.job.job.container.consumes);
    kept.job.job.container = crate::Container { consumes, ..crate::Container::default() };
    kept.job.spans.retain(|key, _| OF_SUBMISSION.contains(key));
    kept
}

/// What the stage says in place of the job definition.
pub(in crate::read) fn check(
    key: &Key,
    reference: Placed<String>,
    fields: &Fields<'_>,
    settings: &Settings,
    retry: Option<&Retry>,
    report: &mut Report<'_>,
) -> Existing {
    let fixed = KEYS.into_iter().filter(|key| !OF_SUBMISSION.contains(key));
    for (at, _) in std::iter::once("image").chain(fixed).chain(["nodes"]).filter_map(|key| fields.entry(key)) {
        let help = "leave it out: of a job definition that is there already, command, env, vcpu, memory, gpu, timeout and retry can \
                    be said otherwise";
        report.add(&at.span, format!("{} is what `{}` says", at.text, reference.value), help);
    }
    let mut fault = |message: &str, help: &str| {
        report.add(&reference.span, format!("stage `{}`: {message}", shown(&key.text)), help);
    };
    let given = (matches!(settings.vcpu, Setting::Given(_)), matches!(settings.memory_mib, Setting::Given(_)));
    let fargate = match &settings.compute {
        Setting::Given(compute) => compute.value.is_fargate(),
        Setting::Absent | Setting::Faulty => true,
    };
    if fargate && given.0 != given.1 {
        fault("of vcpu and memory one alone is said, and on Fargate they go together", "write both, or neither");
    }
    let more_memory = |retry: &Retry| retry.rules.iter().any(|rule| matches!(rule.on, RetryOn::OutOfMemory { .. }));
    if !given.1 && retry.is_some_and(more_memory) {
        fault("with how much memory `oom` begins is not known", "write `memory` too");
    }
    let retry = !matches!(settings.retry, Setting::Absent);
    Existing { reference: reference.value, vcpu: given.0, memory: given.1, retry }
}
