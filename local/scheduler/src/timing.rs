//! When a schedule fires, within its dates.

use crate::Expression;

/// An expression, and what bounds it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Timing {
    pub(crate) expression: Expression,
    /// It does not fire before; for a one-time schedule without effect, as in AWS.
    pub(crate) start_ms: Option<u64>,
    /// It does not fire after; for a one-time schedule without effect, as in AWS.
    pub(crate) end_ms: Option<u64>,
    /// A firing may be so late on purpose.
    pub(crate) window_ms: u64,
}

/// What is due of a schedule.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// The time that fires now. `None`: all that was missed is too old.
    pub(crate) fires: Option<u64>,
    /// How many times are skipped; at least so many, if they are older than the maximum age.
    pub(crate) skipped: u32,
    /// The time that fires next.
    pub(crate) next: Option<u64>,
}

impl Timing {
    pub(crate) fn ends_before_it_starts(&self) -> bool {
        self.start_ms.zip(self.end_ms).is_some_and(|(start_ms, end_ms)| start_ms >= end_ms)
    }

    /// The first time after `after_ms` of a schedule that was made at `created_ms`.
    pub(crate) fn next_after(&self, created_ms: u64, after_ms: u64) -> Option<u64> {
        if self.expression.is_one_time() {
            return self.expression.next_after(created_ms, after_ms);
        }
        let start_ms = self.start_ms.unwrap_or(0);
        let after_ms = after_ms.max(start_ms.saturating_sub(1));
        let next = self.expression.next_after(self.start_ms.unwrap_or(created_ms), after_ms)?;
        self.end_ms.is_none_or(|end_ms| next <= end_ms).then_some(next)
    }

    /// What is due at `now_ms` of a schedule whose next time was `scheduled_ms`: the newest time whose window is over, if it is
    /// not older than `max_age_ms`. At most one a minute is looked at, over a day.
    pub(crate) fn due(&self, created_ms: u64, scheduled_ms: u64, max_age_ms: u64, now_ms: u64) -> Due {
        let oldest_ms = now_ms.saturating_sub(max_age_ms.saturating_add(self.window_ms));
        let mut skipped = 0;
        let mut newest = Some(scheduled_ms);
        if scheduled_ms < oldest_ms {
            skipped += 1;
            newest = self.next_after(created_ms, oldest_ms.saturating_sub(1));
        }
        while let Some(next) = newest.and_then(|newest| self.next_after(created_ms, newest)) {
            if next.saturating_add(self.window_ms) > now_ms {
                break;
            }
            skipped += 1;
            newest = Some(next);
        }
        match newest {
            Some(newest) if newest <= now_ms => {
                Due { fires: Some(newest), skipped, next: self.next_after(created_ms, newest) }
            }
            next => Due { fires: None, skipped, next },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60_000;
    const DAY: u64 = 1_440 * MINUTE;

    fn rate(text: &str) -> Timing {
        let expression = Expression::parse(text, "UTC").unwrap();
        Timing { expression, start_ms: None, end_ms: None, window_ms: 0 }
    }

    #[test]
    fn what_is_on_time_fires_alone() {
        let due = rate("rate(5 minutes)").due(0, 10 * MINUTE, DAY, 10 * MINUTE);
        assert_eq!(due, Due { fires: Some(10 * MINUTE), skipped: 0, next: Some(15 * MINUTE) });
    }

    #[test]
    fn of_what_was_missed_the_newest_fires() {
        let due = rate("rate(5 minutes)").due(0, 10 * MINUTE, DAY, 23 * MINUTE);
        assert_eq!(due, Due { fires: Some(20 * MINUTE), skipped: 2, next: Some(25 * MINUTE) });
    }

    #[test]
    fn what_is_too_old_does_not_fire() {
        let due = rate("rate(10 days)").due(0, 10 * DAY, DAY, 12 * DAY);
        assert_eq!(due, Due { fires: None, skipped: 1, next: Some(20 * DAY) });
        let once = rate("at(1970-01-02T00:00:00)").due(0, DAY, DAY, 3 * DAY);
        assert_eq!(once, Due { fires: None, skipped: 1, next: None });
    }

    #[test]
    fn windows_that_overlap_each_have_their_firing() {
        let timing = Timing { window_ms: 15 * MINUTE, ..rate("rate(5 minutes)") };
        let due = timing.due(0, 10 * MINUTE, DAY, 22 * MINUTE);
        assert_eq!(due, Due { fires: Some(10 * MINUTE), skipped: 0, next: Some(15 * MINUTE) });
    }

    #[test]
    fn dates_bound_it() {
        let timing = Timing { start_ms: Some(7 * MINUTE), end_ms: Some(12 * MINUTE), ..rate("rate(5 minutes)") };
        assert_eq!(timing.next_after(0, 0), Some(7 * MINUTE));
        assert_eq!(timing.next_after(0, 7 * MINUTE), Some(12 * MINUTE));
        assert_eq!(timing.next_after(0, 12 * MINUTE), None);
    }
}
