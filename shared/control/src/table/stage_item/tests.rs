//! A stage is read as it was written, costs one write unit, and reading never panics.

use machine::stage::{FanOut, Parts, PastAttempt};
use proptest::prelude::*;

use super::*;

fn time() -> impl Strategy<Value = Timestamp> {
    (0_u64..4_000_000_000_000).prop_map(Timestamp::from_ms)
}

fn queue() -> impl Strategy<Value = JobQueue> {
    "[a-z][a-z -]{0,20}".prop_map(JobQueue::new)
}

fn cause() -> impl Strategy<Value = Cause> {
    let kind = prop::sample::select(vec![CauseKind::Exit, CauseKind::Host, CauseKind::OutOfMemory, CauseKind::Other]);
    (kind, "[a-zé ]{1,80}", prop::option::of(-1_i32..256), prop::option::of(0_u32..10_000))
        .prop_map(|(kind, text, code, children)| Cause::new(kind, text).with_exit_code(code).with_children(children))
}

fn past() -> impl Strategy<Value = PastAttempt> {
    (
        0_u32..9,
        1_u32..9,
        cause(),
        prop::option::of("[a-z0-9-]{36}".prop_map(JobId::new)),
        prop::option::of(time()),
        time(),
    )
        .prop_map(|(attempt, epoch, cause, job, started_at, at)| PastAttempt {
            attempt: Attempt(attempt),
            epoch: Epoch(epoch),
            cause: Cause { text: shortened_to(120, &cause.text), ..cause },
            job,
            started_at,
            at,
        })
}

fn ended() -> impl Strategy<Value = Ended> {
    let outcome = prop::sample::select(vec![Outcome::Succeeded, Outcome::Failed, Outcome::Skipped, Outcome::Cancelled]);
    let cause = prop::option::of(cause());
    (outcome, cause, prop::option::of("[a-z0-9-]{36}".prop_map(JobId::new)), prop::option::of(time()), time())
        .prop_map(|(outcome, cause, job, started_at, at)| Ended { outcome, cause, job, started_at, at })
}

fn target() -> impl Strategy<Value = CancelTarget> {
    prop_oneof![
        ("[0-9a-f]{32}", time())
            .prop_map(|(claim, settle_at)| CancelTarget::Unsettled { claim: ClaimId::new(claim), settle_at }),
        ("[0-9a-f]{32}", prop::option::of(time()))
            .prop_map(|(job, missing_since)| CancelTarget::Job { job: JobId::new(job), missing_since }),
    ]
}

fn state() -> impl Strategy<Value = State> {
    prop_oneof![
        Just(State::Waiting),
        (time(), 0_u16..=9999).prop_map(|(since, priority)| State::Ready { since, priority }),
        ("[0-9a-f]{32}", queue(), time(), time(), prop::option::of(time())).prop_map(
            |(claim, queue, at, opened_at, throttled_since)| State::Claimed {
                claim: ClaimId::new(claim),
                queue,
                at,
                opened_at,
                throttled_since
            }
        ),
        ("[0-9a-f]{36}", queue(), time(), prop::option::of(time()), prop::option::of("[A-Z:é ]{1,80}")).prop_map(
            |(job, queue, at, missing_since, blocked)| State::Submitted {
                job: JobId::new(job),
                queue,
                at,
                missing_since,
                blocked
            }
        ),
        time().prop_map(|until| State::Backoff { until }),
        Just(State::Expanding),
        (time(), any::<bool>()).prop_map(|(at, cancelled)| State::FannedOut { at, cancelled }),
        (target(), queue(), time()).prop_map(|(target, queue, at)| State::Cancelling { target, queue, at }),
        ended().prop_map(State::Ended),
    ]
}

fn fan_out() -> impl Strategy<Value = FanOut> {
    let end = prop_oneof![
        Just(ChunkEnd::Succeeded),
        (0_u32..=u32::MAX).prop_map(ChunkEnd::Failed),
        Just(ChunkEnd::Cancelled)
    ];
    let ended = prop::collection::btree_map(0_u32..2_000, end, 0..9);
    (1_u32..9, "[0-9a-f]{32}", 0_u32..1_000_000, 1_u32..10_000, 1_u32..=u32::MAX, 0_u32..2_000, ended).prop_map(
        |(generation, manifest, items, chunk, window, released, ended)| FanOut {
            generation: Epoch(generation),
            manifest: ClaimId::new(manifest),
            parts: Parts { items, chunk, window },
            released,
            ended,
        },
    )
}

fn stage() -> impl Strategy<Value = Stage> {
    let look = (0_u32..9, queue(), time()).prop_map(|(attempt, queue, due)| SecondLook {
        attempt: Attempt(attempt),
        queue,
        due,
    });
    (
        1_u32..9,
        0_u32..9,
        prop::collection::btree_set(0_u32..4_000, 0..20),
        prop::collection::vec(look, 0..3),
        prop::collection::vec(past(), 0..3),
        prop::option::weighted(0.2, fan_out()),
        state(),
    )
        .prop_map(|(epoch, attempt, numbers, second_looks, past, fan_out, state)| Stage {
            epoch: Epoch(epoch),
            attempt: Attempt(attempt),
            resolved: Resolved::from_numbers(numbers).unwrap_or_default(),
            second_looks,
            past,
            fan_out,
            state,
        })
}

proptest! {
    #[test]
    fn a_stage_is_read_as_it_was_written(stage in stage(), revision in 1_u64..1_000_000) {
        let item = encode(key("RUN#r", "STAGE#s"), 7, &stage, revision);
        prop_assert_eq!(decode(&item), Ok(Versioned { value: stage, revision }));
    }

    /// A write of a stage must stay one write unit, with the longest names, ids and causes.
    #[test]
    fn a_stage_stays_below_one_write_unit(state in state(), words in "\\PC{0,2000}") {
        let state = match state {
            State::Ended(ended) => {
                State::Ended(Ended { cause: Some(Cause::new(CauseKind::OutOfMemory, words)), ..ended })
            }
            State::Submitted { job, queue, at, missing_since, .. } => {
                State::Submitted { job, queue, at, missing_since, blocked: Some(words) }
            }
            other @ (State::Waiting
            | State::Ready { .. }
            | State::Claimed { .. }
            | State::Backoff { .. }
            | State::Expanding
            | State::FannedOut { .. }
            | State::Cancelling { .. }) => other,
        };
        let needs = Resolved::from_numbers((0..20).map(|need| need * 8)).unwrap_or_default();
        let stage = Stage { resolved: needs, state, ..Stage::absent(Epoch::FIRST) };
        let longest = key(format!("RUN#{}", "r".repeat(24)), format!("{PREFIX}{}", "s".repeat(64)));
        let size = |value: &AttributeValue| {
            let text = value.as_s().map(String::len);
            let number = value.as_n().map(|digits| digits.len() / 2 + 2);
            let set = value.as_ns().map(|set| set.iter().map(|digits| digits.len() / 2 + 3).sum());
            text.or(number).or(set).unwrap_or(usize::MAX / 64)
        };
        let item = encode(longest, 15, &stage, u64::from(u32::MAX));
        let bytes: usize = item.iter().map(|(name, value)| name.len() + size(value)).sum();
        prop_assert!(bytes < 1024, "{bytes}");
    }

    /// Whatever an item holds, reading it is an answer or an error in words.
    #[test]
    fn nothing_in_an_item_makes_reading_it_panic(
        state in "[A-Z]{0,12}", text in "\\PC{0,12}", number in "\\PC{0,12}", names in prop::collection::vec("rev|epoch|att|res|looks|past|until|fg|fm|fi|fc|fw|fr|ce|cx|cf|cc|st|claim|q|at|opened|since|prio|blocked|job|ck", 0..13),
    ) {
        let mut item = encode(key("RUN#r", "STAGE#s"), 0, &Stage::absent(Epoch::FIRST), 1);
        item.insert("st".to_owned(), AttributeValue::S(state));
        for (place, name) in names.into_iter().enumerate() {
            let value = match place % 3 {
                0 => AttributeValue::S(text.clone()),
                1 => AttributeValue::N(number.clone()),
                _ => AttributeValue::Ns(vec![number.clone()]),
            };
            item.insert(name, value);
        }
        let _ = decode(&item);
    }
}
