//! All planted bugs, with the invariants that may find them.

use control::Rules;

use crate::{
    bugs::{EventBug, WireBug, rules},
    plan::Faults,
};

/// A planted bug.
#[derive(Debug, Clone, Copy)]
pub struct Bug {
    /// What is wrong, in words.
    pub name: &'static str,
    /// The invariants that may tell.
    pub found_by: &'static [&'static str],
    /// The rules, if they are bent.
    pub rules: Option<Rules>,
    /// What is wrong with requests.
    pub wire: Option<WireBug>,
    /// What is wrong with events.
    pub event: Option<EventBug>,
    /// The faults that bring it to light.
    pub faults: fn() -> Faults,
}

const fn wire(name: &'static str, found_by: &'static [&'static str], bug: WireBug, faults: fn() -> Faults) -> Bug {
    Bug { name, found_by, rules: None, wire: Some(bug), event: None, faults }
}

const fn event(name: &'static str, found_by: &'static [&'static str], bug: EventBug, faults: fn() -> Faults) -> Bug {
    Bug { name, found_by, rules: None, wire: None, event: Some(bug), faults }
}

fn ruled(name: &'static str, found_by: &'static [&'static str], rules: Rules, faults: fn() -> Faults) -> Bug {
    Bug { name, found_by, rules: Some(rules), wire: None, event: None, faults }
}

/// Requests fail in every way.
fn network() -> Faults {
    let (lost, answer_lost, late, server_error, throttled) = (0.03, 0.06, 0.06, 0.03, 0.03);
    Faults { lost, answer_lost, late, server_error, throttled, ..Faults::none() }
}

/// Invocations die, and events are handled twice.
fn lambdas() -> Faults {
    Faults { killed: 0.25, twice: 0.5, skew_ms: 3_000, slow: 0.1, ..network() }
}

/// Events are lost, doubled and late, and jobs fail.
fn events() -> Faults {
    let (event_lost, event_again, event_late, event_of_child) = (0.2, 0.5, 0.3, 0.5);
    Faults { event_lost, event_again, event_late, event_of_child, fails: 0.3, wake_lost: 0.3, ..Faults::none() }
}

/// `ListJobs` is blind for longer than a claim takes to be settled.
fn blindness() -> Faults {
    let (answer_lost, killed, job_ms) = (0.2, 0.2, (600_000, 3_600_000));
    Faults { blind: 1.0, blind_ms: 8 * 60_000, answer_lost, killed, job_ms, event_lost: 0.5, ..Faults::none() }
}

/// `DescribeJobs` and `ListJobs` do not know jobs for the moment.
fn ignorance() -> Faults {
    Faults { unknown: 0.9, event_lost: 0.7, ..Faults::none() }
}

/// Messages are delivered again while they are handled, until they are dead-lettered.
fn redeliveries() -> Faults {
    Faults { redelivered: 0.9, slow: 0.2, ..Faults::none() }
}

fn throttling() -> Faults {
    Faults { submits_per_second: 1, throttled: 0.1, ..Faults::none() }
}

/// All of them.
pub fn all() -> Vec<Bug> {
    use rules::{deciding, deciding_runs, seeing};
    vec![
        wire("SubmitJob is sent again blindly, as the SDK does", &["I1"], WireBug::BlindRetry, network),
        wire("no answer is taken for a 429", &["I1"], WireBug::UnknownIsThrottled, network),
        wire("a claim is written without a condition", &["I1", "I3"], WireBug::ClaimWithoutCondition, lambdas),
        wire("the job is submitted before the claim is written", &["I1"], WireBug::EffectBeforeCommit, lambdas),
        wire("a stage is written without its revision", &["I1", "I3", "I5"], WireBug::CommitWithoutRevision, lambdas),
        wire("a fan-in replaces what it collected", &["I5"], WireBug::FanInOverwrites, network),
        wire("the oldest job is kept against the recorded one", &["I1"], WireBug::KeepsTheOldest, blindness),
        wire("a run leaves the watch by the write that ends it", &["I5", "I1"], WireBug::LeavesWatchEarly, blindness),
        wire("a place in a full group is taken", &["I8"], WireBug::TakesAnyPlace, network),
        wire("what is in two gatherings is claimed by both", &["I10"], WireBug::MemberOfSeveral, lambdas),
        wire("a slot of a gathering is forgotten", &["I9", "I10"], WireBug::SlotForgotten, lambdas),
        event("uploads are told apart without the sequencer", &["I4", "I9"], EventBug::NoSequencer, network),
        event("a message is deleted before it is handled", &["I4", "I9"], EventBug::DeletedBeforeHandling, lambdas),
        event("a redriven message is a new one", &["I4"], EventBug::RedrivenIsNew, redeliveries),
        ruled(
            "the event counts, not the state",
            &["I3", "I5", "outcome", "I1"],
            deciding(rules::acts_on_the_event),
            events,
        ),
        ruled(
            "an event of an older attempt is accepted",
            &["I5", "outcome", "I3", "I1"],
            deciding(rules::accepts_older_attempts),
            events,
        ),
        ruled("a second look is forgotten", &["I1", "I5"], deciding(rules::forgets_second_looks), blindness),
        ruled("no second look is noted", &["I1", "I5"], deciding(rules::settles_without_second_look), blindness),
        ruled("a silent job counts as lost", &["I5", "outcome", "I1"], deciding(rules::lost_on_silence), ignorance),
        ruled(
            "a cancel forgets a claimed stage",
            &["I5", "I6", "I1"],
            deciding(rules::cancel_forgets_claimed),
            lambdas,
        ),
        ruled(
            "a cancel does not wait for the job",
            &["I5", "I6", "I1", "outcome"],
            deciding(rules::cancel_does_not_wait),
            events,
        ),
        ruled("a 429 fails the stage", &["I7"], deciding(rules::throttled_is_refused), throttling),
        ruled("one need is enough", &["I2"], deciding(rules::one_need_is_enough), network),
        ruled("a condition that does not hold is not heeded", &["I2"], deciding(rules::heeds_no_condition), events),
        ruled("an attempt that failed is forgotten", &["I3", "outcome"], deciding(rules::forgets_attempts), events),
        ruled("a claim is settled when its lease is over", &["I1"], seeing(rules::settles_early), network),
        ruled("nobody settles a claim", &["I5"], seeing(rules::skips_claimed), network),
        ruled("a verdict does not tell of a failure", &["I2", "outcome"], seeing(rules::drops_taint), events),
        ruled("all chunks begin at once", &["parallel"], deciding(rules::releases_all_chunks), network),
        ruled("a retry seeks no place", &["I8"], deciding_runs(rules::retries_without_a_place), events),
        ruled("a retry stays in the epoch", &["I3", "I5"], deciding_runs(rules::retry_without_epoch), events),
    ]
}
