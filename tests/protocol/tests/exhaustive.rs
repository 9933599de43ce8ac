//! The protocol, in every state that it can reach. To see the counts: `cargo test -p protocol -- --nocapture`.

use protocol::{
    Protocol, Rules,
    check::{Report, check, in_words},
};

#[test]
fn every_state_of_the_protocol_is_right_and_can_still_end() {
    is_met(&check(&Protocol::blind_once(Rules::of_the_product())));
}

#[test]
fn every_state_is_right_and_can_still_end_when_batch_forgets_jobs() {
    is_met(&check(&Protocol::forgetful(Rules::of_the_product())));
}

#[expect(clippy::print_stdout, reason = "the number of states is part of what the test says")]
fn is_met(report: &Report) {
    let Report { states, transitions, depth, properties, reach } = report;
    println!("{states} states, {transitions} transitions, depth {depth}, {} ends", reach.ends);
    for property in properties {
        let way = property.way.as_deref().map(in_words).unwrap_or_default();
        assert!(property.is_met(), "{:?} {}:\n{way}", property.expectation, property.name);
    }
    assert_eq!(reach.stuck, 0, "cannot end:\n{}", reach.way.as_deref().map(in_words).unwrap_or_default());
    assert_eq!(reach.states, *states, "both searches visit the same states");
}
