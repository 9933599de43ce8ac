//! Expressions against the calendar. 2026 began on a Thursday, and 24 November 2026 is a Tuesday: the dates follow from that.

use local_scheduler::next_after;

use crate::setup::{iso, ms};

fn next(expression: &str, after: &str) -> Option<String> {
    next_after(expression, "UTC", ms(after)).unwrap().map(iso)
}

fn check(cases: &[(&str, &str, &str)]) {
    for (expression, after, expected) in cases {
        assert_eq!(next(expression, after).as_deref(), Some(*expected), "{expression} after {after}");
    }
}

#[test]
fn times_of_day() {
    check(&[
        ("cron(0 6 * * ? *)", "2026-11-24T17:00:00Z", "2026-11-25T06:00:00Z"),
        ("cron(0 6 * * ? *)", "2026-11-24T05:59:59Z", "2026-11-24T06:00:00Z"),
        ("cron(0 6 * * ? *)", "2026-11-24T06:00:00Z", "2026-11-25T06:00:00Z"),
        ("cron(* * * * ? *)", "2026-12-31T23:59:00Z", "2027-01-01T00:00:00Z"),
        ("cron(0/20 * * * ? *)", "2026-11-24T17:20:00Z", "2026-11-24T17:40:00Z"),
        ("cron(*/25 * * * ? *)", "2026-11-24T17:50:00Z", "2026-11-24T18:00:00Z"),
        ("cron(10-40/15 3 * * ? *)", "2026-11-24T03:25:00Z", "2026-11-24T03:40:00Z"),
        ("cron(10-40/15 3 * * ? *)", "2026-11-24T03:40:00Z", "2026-11-25T03:10:00Z"),
        ("cron(30 20/2 * * ? *)", "2026-11-24T20:30:00Z", "2026-11-24T22:30:00Z"),
    ]);
}

#[test]
fn days_of_the_week_count_from_sunday() {
    check(&[
        ("cron(0 0 ? * 1 *)", "2026-11-24T17:00:00Z", "2026-11-29T00:00:00Z"),
        ("cron(0 0 ? * SUN *)", "2026-11-24T17:00:00Z", "2026-11-29T00:00:00Z"),
        ("cron(0 0 ? * 3 *)", "2026-11-24T17:00:00Z", "2026-12-01T00:00:00Z"),
        ("cron(0 0 ? * 7 *)", "2026-11-24T17:00:00Z", "2026-11-28T00:00:00Z"),
        ("cron(0 0 ? * L *)", "2026-11-24T17:00:00Z", "2026-11-28T00:00:00Z"),
        ("cron(0/15 8-17 ? * MON-FRI *)", "2026-11-27T17:45:00Z", "2026-11-30T08:00:00Z"),
        ("cron(0 0 ? * mon,wed *)", "2026-11-24T17:00:00Z", "2026-11-25T00:00:00Z"),
        ("cron(0 0 ? * 2/2 *)", "2026-11-25T00:00:00Z", "2026-11-27T00:00:00Z"),
    ]);
}

#[test]
fn some_day_of_the_week_of_a_month() {
    check(&[
        // The Tuesdays of December 2026 are 1, 8, 15, 22, 29; November has four.
        ("cron(0 0 ? * TUE#2 *)", "2026-11-24T17:00:00Z", "2026-12-08T00:00:00Z"),
        ("cron(0 0 ? * 3#5 *)", "2026-11-24T17:00:00Z", "2026-12-29T00:00:00Z"),
        ("cron(0 0 ? * 6L *)", "2026-11-24T17:00:00Z", "2026-11-27T00:00:00Z"),
        ("cron(0 0 ? * FRIL *)", "2026-11-27T00:00:00Z", "2026-12-25T00:00:00Z"),
    ]);
}

#[test]
fn last_days_and_work_days() {
    check(&[
        ("cron(0 0 L * ? *)", "2028-02-01T00:00:00Z", "2028-02-29T00:00:00Z"),
        ("cron(0 0 L * ? *)", "2026-11-30T00:00:00Z", "2026-12-31T00:00:00Z"),
        // 31 January 2026 is a Saturday, 31 May a Sunday.
        ("cron(0 0 LW * ? *)", "2026-01-15T00:00:00Z", "2026-01-30T00:00:00Z"),
        ("cron(0 0 LW 5 ? *)", "2026-01-15T00:00:00Z", "2026-05-29T00:00:00Z"),
        ("cron(0 0 31W 5 ? *)", "2026-01-15T00:00:00Z", "2026-05-29T00:00:00Z"),
        // 1 and 15 August 2026 are Saturdays, 15 November is a Sunday, 15 December a Tuesday.
        ("cron(0 0 1W 8 ? *)", "2026-01-15T00:00:00Z", "2026-08-03T00:00:00Z"),
        ("cron(0 0 15W 8 ? *)", "2026-01-15T00:00:00Z", "2026-08-14T00:00:00Z"),
        ("cron(0 0 15W 11 ? *)", "2026-01-15T00:00:00Z", "2026-11-16T00:00:00Z"),
        ("cron(0 0 15W 12 ? *)", "2026-01-15T00:00:00Z", "2026-12-15T00:00:00Z"),
        ("cron(0 0 1,L * ? *)", "2026-11-24T00:00:00Z", "2026-11-30T00:00:00Z"),
    ]);
}

#[test]
fn months_and_years() {
    check(&[
        ("cron(0 0 1 JAN-MAR/2 ? *)", "2026-11-24T00:00:00Z", "2027-01-01T00:00:00Z"),
        ("cron(0 0 1 JAN-MAR/2 ? *)", "2027-01-01T00:00:00Z", "2027-03-01T00:00:00Z"),
        ("cron(0 0 1 1 ? 2030)", "2026-11-24T00:00:00Z", "2030-01-01T00:00:00Z"),
        ("cron(5,10 1,13 1,15 JAN,JUL ? 2026-2030/2)", "2026-07-15T13:05:00Z", "2026-07-15T13:10:00Z"),
        ("cron(5,10 1,13 1,15 JAN,JUL ? 2026-2030/2)", "2026-07-15T13:10:00Z", "2028-01-01T01:05:00Z"),
        ("cron(0 0 31 * ? *)", "2026-08-31T00:00:00Z", "2026-10-31T00:00:00Z"),
        // 2100 is no leap year.
        ("cron(0 0 29 2 ? *)", "2026-11-24T00:00:00Z", "2028-02-29T00:00:00Z"),
        ("cron(0 0 29 2 ? *)", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z"),
    ]);
}

#[test]
fn what_never_comes_ends_in_nothing() {
    for expression in [
        "cron(0 0 30 2 ? *)",
        "cron(0 0 31 4,6,9,11 ? *)",
        "cron(0 0 1 1 ? 2020)",
        "cron(0 0 31W 2 ? *)",
        "at(2026-11-24T16:59:59)",
    ] {
        assert_eq!(next(expression, "2026-11-24T17:00:00Z"), None, "{expression}");
    }
    assert_eq!(next("cron(* * * * ? *)", "2199-12-31T23:59:00Z"), None);
    assert_eq!(next_after("cron(* * * * ? *)", "UTC", u64::MAX).unwrap(), None);
}

#[test]
fn rates_and_single_times() {
    check(&[
        ("rate(5 minutes)", "2026-11-24T17:00:30Z", "2026-11-24T17:05:30Z"),
        ("rate(1 hour)", "2026-11-24T17:00:30Z", "2026-11-24T18:00:30Z"),
        ("rate(2 days)", "2026-11-24T17:00:30Z", "2026-11-26T17:00:30Z"),
        ("at(2026-11-24T17:00:01)", "2026-11-24T17:00:00Z", "2026-11-24T17:00:01Z"),
    ]);
}

#[test]
fn what_is_no_expression_is_refused() {
    for expression in [
        "",
        "0 6 * * ? *",
        "cron()",
        "cron(0 6 * * *)",
        "cron(0 6 * * * *)",
        "cron(0 6 ? * ? *)",
        "cron(0 6 1 * MON *)",
        "cron(60 6 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 6 0 * ? *)",
        "cron(0 6 32 * ? *)",
        "cron(0 6 * 13 ? *)",
        "cron(0 6 ? * 0 *)",
        "cron(0 6 ? * 8 *)",
        "cron(0 6 ? * MON#6 *)",
        "cron(0 6 ? * #1 *)",
        "cron(0 6 * * ? 1969)",
        "cron(0 6 * * ? 2200)",
        "cron(5-1 6 * * ? *)",
        "cron(0/0 6 * * ? *)",
        "cron(+5 6 * * ? *)",
        "cron(-1 6 * * ? *)",
        "cron(1,, 6 * * ? *)",
        "cron(0 6 W * ? *)",
        "cron(0 6 XW * ? *)",
        "cron(99999999999999999999 6 * * ? *)",
        "rate(0 minutes)",
        "rate(-1 minutes)",
        "rate(1.5 hours)",
        "rate(5 seconds)",
        "rate(99999999999999999999 days)",
        "rate(18446744073709551615 days)",
        "rate(5)",
        "at(2026-11-24)",
        "at(2026-02-30T00:00:00)",
        "at(2026-11-24T17:00:00Z)",
    ] {
        assert!(next_after(expression, "UTC", 0).is_err(), "{expression}");
    }
    assert!(next_after("rate(5 minutes)", "Mars/Olympus", 0).is_err());
}
