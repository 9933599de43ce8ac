//! What must become of an event, and whether it does.

use std::collections::BTreeSet;

use control::table::run_item::RunRecord;
use end_to_end::Result;

use crate::world::{Function, World, event, files};

/// What must become of an event that asks for runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected {
    /// A line for each run that is admitted; see the caller.
    runs: &'static [&'static str],
    /// Words of the reason of each request that is rejected.
    rejected: &'static [&'static str],
}

/// Admits these runs, and rejects nothing.
pub(crate) const fn runs(runs: &'static [&'static str]) -> Expected {
    Expected { runs, rejected: &[] }
}

/// Rejects one request, for a reason that has these words.
pub(crate) const fn rejected(words: &'static [&'static str; 1]) -> Expected {
    Expected { runs: &[], rejected: words }
}

/// Does both.
pub(crate) const fn both(runs: &'static [&'static str], rejected: &'static [&'static str]) -> Expected {
    Expected { runs, rejected }
}

/// Writes nothing.
pub(crate) const IGNORED: Expected = Expected { runs: &[], rejected: &[] };

/// Delivers every file of a function's folder, and compares. `describe` gives a run's line.
pub(crate) async fn check(
    function: Function,
    cases: &[(&str, Expected)],
    describe: fn(&RunRecord) -> String,
) -> Result<()> {
    assert_eq!(cases.iter().map(|(name, _)| (*name).to_owned()).collect::<BTreeSet<_>>(), files(function)?);
    let mut wrong = Vec::new();
    for (name, expected) in cases {
        wrong.extend(deliver(function, name, *expected, describe).await?.map(|what| format!("{name}: {what}")));
    }
    assert!(wrong.is_empty(), "{} of {} events:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    Ok(())
}

async fn deliver(
    function: Function,
    name: &str,
    expected: Expected,
    describe: fn(&RunRecord) -> String,
) -> Result<Option<String>> {
    let world = World::open().await?;
    let before = world.items().await?;
    let again = world.deliver(function, event(function, name)?).await?;
    if !again.is_empty() {
        return Ok(Some(format!("{again:?} are to be delivered again")));
    }
    let mut runs: Vec<String> = world.runs().await?.iter().map(describe).collect();
    runs.sort();
    if runs != expected.runs {
        return Ok(Some(format!(
            "the runs are {runs:?}, not {:?}; rejected: {:?}",
            expected.runs,
            world.rejections().await?
        )));
    }
    let reasons: Vec<String> = world.rejections().await?.into_iter().map(|rejection| rejection.reason).collect();
    let as_expected = expected.rejected.iter().all(|words| reasons.iter().any(|reason| reason.contains(words)));
    if reasons.len() != expected.rejected.len() || !as_expected {
        return Ok(Some(format!("rejected for {reasons:?}, not {:?}", expected.rejected)));
    }
    let (after, jobs) = (world.items().await?, world.jobs().await?);
    if expected.runs.is_empty() && expected.rejected.is_empty() && after != before {
        return Ok(Some("something was written".to_owned()));
    }
    // At least once: the same event again finds what there is.
    world.deliver(function, event(function, name)?).await?;
    let keys = |items: &crate::world::Items| items.keys().cloned().collect::<Vec<_>>();
    let same = keys(&after) == keys(&world.items().await?) && jobs == world.jobs().await?;
    Ok((!same).then(|| "delivered twice, it did more than once".to_owned()))
}
