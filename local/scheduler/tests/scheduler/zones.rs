//! Time zones, and the two nights a year that matter.
//!
//! In 2026 Berlin's clocks go forward on 29 March at 01:00 UTC (02:00 to 03:00) and back on 25 October at 01:00 UTC (03:00 to
//! 02:00); New York's go forward on 8 March at 07:00 UTC.

use local_scheduler::next_after;

use crate::setup::{iso, ms};

fn next(expression: &str, zone: &str, after: &str) -> String {
    iso(next_after(expression, zone, ms(after)).unwrap().unwrap())
}

#[test]
fn local_times_follow_the_zone() {
    let nine = "cron(0 9 * * ? *)";
    assert_eq!(next(nine, "Europe/Berlin", "2026-11-24T17:00:00Z"), "2026-11-25T08:00:00Z");
    assert_eq!(next(nine, "Europe/Berlin", "2026-07-01T17:00:00Z"), "2026-07-02T07:00:00Z");
    assert_eq!(next(nine, "Asia/Kolkata", "2026-11-24T17:00:00Z"), "2026-11-25T03:30:00Z");
    // In Auckland it is already Wednesday.
    assert_eq!(next("cron(0 9 ? * WED *)", "Pacific/Auckland", "2026-11-24T17:00:00Z"), "2026-11-24T20:00:00Z");
    assert_eq!(next("at(2026-11-24T18:30:00)", "Europe/Berlin", "2026-11-24T17:00:00Z"), "2026-11-24T17:30:00Z");
}

#[test]
fn a_time_that_clocks_skip_does_not_fire() {
    let night = "cron(30 2 * * ? *)";
    assert_eq!(next(night, "Europe/Berlin", "2026-03-28T12:00:00Z"), "2026-03-30T00:30:00Z");
    assert_eq!(next("cron(0 2 ? * SUN *)", "America/New_York", "2026-03-07T12:00:00Z"), "2026-03-15T06:00:00Z");
    // The hours around it are not touched.
    assert_eq!(next("cron(0 * * * ? *)", "Europe/Berlin", "2026-03-29T00:30:00Z"), "2026-03-29T01:00:00Z");
    assert!(next_after("at(2026-03-29T02:30:00)", "Europe/Berlin", 0).is_err());
}

#[test]
fn a_time_that_comes_twice_fires_once() {
    let night = "cron(30 2 * * ? *)";
    assert_eq!(next(night, "Europe/Berlin", "2026-10-24T12:00:00Z"), "2026-10-25T00:30:00Z");
    assert_eq!(next(night, "Europe/Berlin", "2026-10-25T00:30:00Z"), "2026-10-26T01:30:00Z");
    assert_eq!(next("cron(0/30 * * * ? *)", "Europe/Berlin", "2026-10-25T00:30:00Z"), "2026-10-25T02:00:00Z");
    assert_eq!(next("cron(0/30 * * * ? *)", "Europe/Berlin", "2026-10-25T01:10:00Z"), "2026-10-25T02:00:00Z");
}

#[test]
fn a_day_of_a_rate_is_24_hours() {
    assert_eq!(next("rate(1 day)", "Europe/Berlin", "2026-03-28T12:00:00Z"), "2026-03-29T12:00:00Z");
}
