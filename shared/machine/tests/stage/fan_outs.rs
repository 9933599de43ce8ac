//! A stage that is done for many items: its chunks, how many of them may begin, and what becomes of it.

use machine::{
    Cause, CauseKind, ClaimId, Decision, Epoch, Ignored, Outcome, Resolved, Stage,
    stage::{ChunkEnd, ChunkId, Effect, Event, FanOut, MAX_CHUNKS, Node, Parts, State},
};
use pipeline::Foreach;

use crate::sample::*;

/// `foreach` with those further keys.
fn foreach(more: &str) -> Foreach {
    let source = format!(
        "pipeline: p\nparams: {{ l: {{ type: array, default: [] }} }}\nstages: {{ a: {{ image: x, command: [x], \
         foreach: {{ in: \"${{{{ params.l }}}}\"{more} }} }} }}\n"
    );
    let definition = pipeline::parse("p", &source).unwrap_or_else(|faults| panic!("{faults}"));
    definition.stages().next().and_then(|(_, stage)| stage.foreach.clone()).unwrap()
}

fn of(foreach: &Foreach) -> Node<'_> {
    Node { foreach: Some(foreach), ..node(&[]) }
}

fn items(items: u32, foreach: &Foreach) -> FanOut {
    FanOut::new(EPOCH, ClaimId::new("manifest"), Parts::of(items, foreach).unwrap())
}

fn fanned_out(fan_out: FanOut) -> Stage {
    Stage { fan_out: Some(fan_out), ..stage(State::FannedOut { at: AT, cancelled: false }) }
}

fn ended(number: u32, end: ChunkEnd) -> Event {
    Event::ChunkEnded { chunk: ChunkId { generation: EPOCH, number }, end }
}

/// What becomes of it; what is ignored changes nothing.
fn after(node: Node<'_>, stage: &Stage, events: &[Event]) -> Stage {
    events.iter().fold(stage.clone(), |stage, event| match decide_at(node, &stage, event) {
        Decision::Advance(next) => next,
        Decision::Ignore(_) => stage,
        Decision::Reject(twin) => unreachable!("{twin:?}"),
    })
}

fn outcome(stage: &Stage) -> Option<(Outcome, Option<&str>)> {
    let State::Ended(ended) = &stage.state else { return None };
    Some((ended.outcome, ended.cause.as_ref().map(|cause| cause.text.as_str())))
}

fn open(stage: &Stage) -> Vec<u32> {
    stage.fan_out.iter().flat_map(FanOut::open).map(|chunk| chunk.number).collect()
}

#[test]
fn items_are_parted_into_arrays_as_alike_as_can_be() {
    let all = foreach("");
    for (items, chunk, chunks) in [
        (0, 1, 0),
        (1, 1, 1),
        (10_000, 10_000, 1),
        (10_001, 5001, 2),
        (100_000, 10_000, 10),
        (1_000_000, 10_000, 100),
        (MAX_CHUNKS * 10_000, 10_000, MAX_CHUNKS),
    ] {
        let parts = Parts::of(items, &all).unwrap();
        assert_eq!((parts.chunk, parts.chunks(), parts.is_empty()), (chunk, chunks, items == 0), "{items}");
        assert_eq!((0..chunks).map(|number| parts.len(number)).sum::<u32>(), items);
    }
    assert!(Parts::of(MAX_CHUNKS * 10_000 + 1, &all).is_err());
}

#[test]
fn what_is_worked_on_at_once_is_bounded() {
    for (parallel, items, chunk, window) in [
        (1, 10, 1, 1),
        (3, 10, 1, 3),
        (8, 100, 2, 4),
        (500, 100_000, 125, 4),
        (100_000, 1_000_000, 10_000, 10),
        // More chunks than there may be: larger ones, fewer at once.
        (100, 100_000, 50, 2),
        (100, 200_000, 100, 1),
    ] {
        let parts = Parts::of(items, &foreach(&format!(", max_parallel: {parallel}"))).unwrap();
        assert_eq!((parts.chunk, parts.window), (chunk, window), "{parallel} of {items}");
        assert!(parts.chunk * parts.window <= parallel);
    }
    let error = Parts::of(200_001, &foreach(", max_parallel: 100")).unwrap_err();
    assert_eq!(error.text, "there are 200001 items, and at most 200000 with this `max_parallel`");
}

#[test]
fn a_job_for_each_is_for_a_thousand() {
    let jobs = foreach(", mode: jobs, max_parallel: 7");
    let parts = Parts::of(1000, &jobs).unwrap();
    assert_eq!((parts.chunk, parts.chunks(), parts.window), (1, 1000, 7));
    assert_eq!(Parts::of(1001, &jobs).unwrap_err().kind, CauseKind::Expression);
}

#[test]
fn it_begins_by_reading_its_items() {
    let foreach = foreach("");
    let expanding = after(of(&foreach), &waiting(), &[Event::Looked]);
    assert_eq!(expanding.state, State::Expanding);
    assert_eq!(machine::stage::outstanding(&expanding, of(&foreach), NOW), [Effect::Expand]);
    let read = |items: Result<FanOut, Cause>| Event::Expanded { epoch: EPOCH, items };
    let fanned = after(of(&foreach), &expanding, &[read(Ok(items(25_000, &foreach)))]);
    assert_eq!((fanned.state.name(), open(&fanned)), ("FANNED_OUT", vec![0, 1, 2]));
    assert_eq!(machine::stage::outstanding(&fanned, of(&foreach), NOW), [Effect::Chunks]);
    let again = decide_at(of(&foreach), &fanned, &read(Ok(items(1, &foreach))));
    assert_eq!(again, ignore(Ignored::Duplicate), "what was read first counts");
    let none = after(of(&foreach), &expanding, &[read(Ok(items(0, &foreach)))]);
    assert_eq!(outcome(&none), Some((Outcome::Skipped, Some("there is no item to do it for"))));
    let failed = after(of(&foreach), &expanding, &[read(Err(cause()))]);
    assert_eq!(outcome(&failed), Some((Outcome::Failed, Some("exit code 1"))));
    let late = Event::Expanded { epoch: Epoch(1), items: Ok(items(1, &foreach)) };
    assert_eq!(decide_at(of(&foreach), &expanding, &late), ignore(Ignored::OtherEpoch));
}

#[test]
fn as_many_chunks_begin_as_have_ended() {
    let foreach = foreach(", mode: jobs, max_parallel: 2");
    let begun = fanned_out(items(4, &foreach));
    assert_eq!(open(&begun), [0, 1]);
    let one = after(of(&foreach), &begun, &[ended(1, ChunkEnd::Succeeded)]);
    assert_eq!(open(&one), [0, 2]);
    assert_eq!(decide_at(of(&foreach), &one, &ended(1, ChunkEnd::Failed(1))), ignore(Ignored::Duplicate));
    let others = [0, 2, 3].map(|number| ended(number, ChunkEnd::Succeeded));
    assert_eq!(outcome(&after(of(&foreach), &one, &others)), Some((Outcome::Succeeded, None)));
    let stranger = Event::ChunkEnded { chunk: ChunkId { generation: Epoch(1), number: 0 }, end: ChunkEnd::Succeeded };
    assert_eq!(decide_at(of(&foreach), &one, &stranger), ignore(Ignored::OtherEpoch));
}

#[test]
fn enough_must_succeed() {
    for (more, failed, expected) in [
        ("", 0, (Outcome::Succeeded, None)),
        ("", 1, (Outcome::Failed, Some("1 of 200 items failed"))),
        (", min_success: 99%", 2, (Outcome::Succeeded, None)),
        (", min_success: 99%", 3, (Outcome::Failed, Some("3 of 200 items failed"))),
        (", min_success: 0%", 200, (Outcome::Succeeded, None)),
        // A chunk of which it is not known how many.
        ("", u32::MAX, (Outcome::Failed, Some("200 of 200 items failed"))),
    ] {
        let foreach = foreach(more);
        let end = if failed == 0 { ChunkEnd::Succeeded } else { ChunkEnd::Failed(failed) };
        let stage = after(of(&foreach), &fanned_out(items(200, &foreach)), &[ended(0, end)]);
        assert_eq!(outcome(&stage), Some(expected), "{more} {failed}");
    }
}

#[test]
fn what_was_collected_and_not_drawn_on_is_found_by_a_look() {
    let foreach = foreach(", mode: jobs, max_parallel: 1");
    let mut fan_out = items(2, &foreach);
    assert!(!fan_out.is_behind(false));
    fan_out.ended.insert(0, ChunkEnd::Succeeded);
    assert!(fan_out.is_behind(false), "another may begin");
    let next = after(of(&foreach), &fanned_out(fan_out), &[Event::Looked]);
    assert_eq!(open(&next), [1]);
    assert_eq!(decide_at(of(&foreach), &next, &Event::Looked), ignore(Ignored::NothingDue));
    let mut fan_out = next.fan_out.unwrap();
    fan_out.ended.insert(1, ChunkEnd::Succeeded);
    assert!(fan_out.is_behind(true));
    let done = after(of(&foreach), &fanned_out(fan_out), &[Event::Looked]);
    assert_eq!(outcome(&done), Some((Outcome::Succeeded, None)));
}

#[test]
fn another_chunk_may_begin_while_some_are_at_work_unless_it_was_cancelled() {
    let mut fan_out = items(4, &foreach(", mode: jobs, max_parallel: 2"));
    assert!(!fan_out.is_behind(false), "as many as may be are at work");
    fan_out.ended.insert(0, ChunkEnd::Succeeded);
    assert!(fan_out.is_behind(false));
    assert!(!fan_out.is_behind(true));
}

#[test]
fn after_a_cancel_no_other_chunk_begins_and_it_ends_with_the_last() {
    let foreach = foreach(", mode: jobs, max_parallel: 2");
    let cancel = Event::Cancelled { epoch: EPOCH };
    let cancelled = after(of(&foreach), &fanned_out(items(4, &foreach)), std::slice::from_ref(&cancel));
    assert_eq!(cancelled.state, State::FannedOut { at: AT, cancelled: true });
    assert_eq!(decide_at(of(&foreach), &cancelled, &cancel), ignore(Ignored::Duplicate));
    let one = after(of(&foreach), &cancelled, &[ended(0, ChunkEnd::Succeeded)]);
    assert_eq!((open(&one), outcome(&one)), (vec![1], None));
    let both = after(of(&foreach), &one, &[ended(1, ChunkEnd::Cancelled)]);
    let words = "the run was cancelled when 1 of 4 items had succeeded";
    assert_eq!(outcome(&both), Some((Outcome::Cancelled, Some(words))));
    let all = fanned_out(items(2, &foreach));
    let late =
        after(of(&foreach), &all, &[cancel.clone(), ended(0, ChunkEnd::Succeeded), ended(1, ChunkEnd::Succeeded)]);
    assert_eq!(outcome(&late), Some((Outcome::Succeeded, None)), "the cancel came too late");
    let early = after(of(&foreach), &stage(State::Expanding), &[cancel]);
    assert_eq!(outcome(&early).map(|(outcome, _)| outcome), Some(Outcome::Cancelled));
}

#[test]
fn a_retry_does_again_only_what_failed() {
    let foreach = foreach(", mode: jobs");
    let ends = [ended(0, ChunkEnd::Succeeded), ended(1, ChunkEnd::Failed(1)), ended(2, ChunkEnd::Succeeded)];
    let failed = after(of(&foreach), &fanned_out(items(3, &foreach)), &ends);
    assert_eq!(outcome(&failed), Some((Outcome::Failed, Some("1 of 3 items failed"))));
    let reset = |kept| Event::Reset { epoch: Epoch(3), kept, cancelled: false };
    let later = Node { epoch: Epoch(3), ..of(&foreach) };
    let again = after(later, &failed, &[reset(Resolved::default()), Event::Looked]);
    assert_eq!((again.state.name(), open(&again)), ("FANNED_OUT", vec![1]));
    let done = after(later, &again, &[ended(1, ChunkEnd::Succeeded)]);
    assert_eq!(outcome(&done), Some((Outcome::Succeeded, None)));
}

#[test]
fn a_retry_works_on_no_more_at_once_than_may_be() {
    let foreach = foreach(", mode: jobs, max_parallel: 2");
    let ends: Vec<Event> = (0..4).map(|number| ended(number, ChunkEnd::Failed(1))).collect();
    let failed = after(of(&foreach), &fanned_out(items(4, &foreach)), &ends);
    let reset = Event::Reset { epoch: Epoch(3), kept: Resolved::default(), cancelled: false };
    let again = after(Node { epoch: Epoch(3), ..of(&foreach) }, &failed, &[reset, Event::Looked]);
    assert_eq!(open(&again), [0, 1]);
    let one = after(Node { epoch: Epoch(3), ..of(&foreach) }, &again, &[ended(0, ChunkEnd::Succeeded)]);
    assert_eq!(open(&one), [1, 2]);
}

/// The chunks may hear of a cancel before their stage does.
#[test]
fn a_chunk_that_was_cancelled_cancels_its_stage() {
    let foreach = foreach(", mode: jobs, max_parallel: 2");
    let one = after(of(&foreach), &fanned_out(items(4, &foreach)), &[ended(0, ChunkEnd::Cancelled)]);
    assert_eq!(open(&one), [1], "no other begins");
    let both = after(of(&foreach), &one, &[ended(1, ChunkEnd::Succeeded)]);
    assert_eq!(outcome(&both).map(|(outcome, _)| outcome), Some(Outcome::Cancelled));
}

/// What it needs is done again, and may give other items.
#[test]
fn where_a_need_is_done_again_the_items_are_read_anew() {
    let foreach = foreach("");
    let needs = [pipeline::StageIndex::new(0)];
    let later = Node { needs: &needs, epoch: Epoch(3), ..of(&foreach) };
    let mut failed = after(of(&foreach), &fanned_out(items(3, &foreach)), &[ended(0, ChunkEnd::Failed(1))]);
    failed.resolved = Resolved::default();
    let reset = Event::Reset { epoch: Epoch(3), kept: Resolved::default(), cancelled: false };
    let again = after(later, &failed, &[reset]);
    assert_eq!((again.state, again.fan_out), (State::Waiting, None));
}

#[test]
fn a_chunk_tells_how_many_of_its_items_failed() {
    let end = |outcome, cause: Option<Cause>| {
        let State::Ended(ended) = done(outcome).state else { unreachable!("it has ended") };
        stage(State::Ended(machine::stage::Ended { cause, ..ended })).chunk_end(node(&[]))
    };
    assert_eq!(end(Outcome::Succeeded, None), Some(ChunkEnd::Succeeded));
    assert_eq!(end(Outcome::Cancelled, Some(cause())), Some(ChunkEnd::Cancelled));
    assert_eq!(end(Outcome::Failed, Some(cause().with_children(Some(37)))), Some(ChunkEnd::Failed(37)));
    assert_eq!(end(Outcome::Failed, Some(cause())), Some(ChunkEnd::Failed(u32::MAX)));
    assert_eq!(submitted().chunk_end(node(&[])), None);
}
