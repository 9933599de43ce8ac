//! What came of many cases, counted.

use std::{collections::BTreeMap, fmt};

use serde_json::{Value, json};

use crate::{
    memory::Usage,
    targets::{Target, Verdict},
};

/// What came of the cases of one target.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    taken: u64,
    refused: u64,
    /// It never came so far, such as what is not JSON.
    skipped: u64,
    /// The most memory at a time.
    peak: u64,
    /// The most memory in all,
    total: u64,
    /// and the case that took it.
    worst: u64,
}

/// What came of many cases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report(BTreeMap<&'static str, Counts>);

impl Report {
    /// Counts a case.
    pub(crate) fn add(&mut self, case: u64, target: Target, verdict: Option<Verdict>, usage: Usage) {
        let counts = self.0.entry(target.name()).or_default();
        match verdict {
            Some(Verdict::Taken) => counts.taken += 1,
            Some(Verdict::Refused) => counts.refused += 1,
            Some(Verdict::Skipped) | None => counts.skipped += 1,
        }
        counts.peak = counts.peak.max(usage.peak as u64);
        counts.works(usage.total as u64, case);
    }

    /// Adds another one.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (target, more) in &other.0 {
            let counts = self.0.entry(target).or_default();
            counts.taken += more.taken;
            counts.refused += more.refused;
            counts.skipped += more.skipped;
            counts.peak = counts.peak.max(more.peak);
            counts.works(more.total, more.worst);
        }
    }

    /// How many cases there were.
    pub fn cases(&self) -> u64 {
        self.0.values().map(|counts| counts.taken + counts.refused + counts.skipped).sum()
    }

    /// For the supervisor.
    pub(crate) fn to_json(&self) -> Value {
        self.0
            .iter()
            .map(|(target, counts)| ((*target).to_owned(), counts.to_json()))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }

    /// From a worker.
    pub(crate) fn from_json(value: &Value) -> Self {
        let known = Target::ALL.into_iter().filter_map(|target| Some((target.name(), value.get(target.name())?)));
        Self(known.map(|(target, counts)| (target, Counts::from_json(counts))).collect())
    }
}

impl Counts {
    fn works(&mut self, total: u64, case: u64) {
        if total > self.total {
            (self.total, self.worst) = (total, case);
        }
    }

    fn to_json(self) -> Value {
        json!([self.taken, self.refused, self.skipped, self.peak, self.total, self.worst])
    }

    fn from_json(value: &Value) -> Self {
        let at = |index: usize| value.get(index).and_then(Value::as_u64).unwrap_or_default();
        Self { taken: at(0), refused: at(1), skipped: at(2), peak: at(3), total: at(4), worst: at(5) }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:>14} {:>10} {:>10} {:>10} {:>10} {:>11} {:>12}",
            "", "taken", "refused", "no input", "peak KiB", "in all KiB", "of case"
        )?;
        for (target, Counts { taken, refused, skipped, peak, total, worst }) in &self.0 {
            writeln!(
                f,
                "{target:>14} {taken:>10} {refused:>10} {skipped:>10} {:>10} {:>11} {worst:>12}",
                peak / 1024,
                total / 1024
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_arrives_as_it_was_sent() {
        let mut report = Report::default();
        report.add(1, Target::Definition, Some(Verdict::Taken), Usage { peak: 5, total: 6 });
        report.add(2, Target::OnWake, Some(Verdict::Skipped), Usage { peak: 7, total: 8 });
        assert_eq!(Report::from_json(&report.to_json()), report);
        let mut twice = report.clone();
        twice.merge(&report);
        assert_eq!((report.cases(), twice.cases()), (2, 4));
    }
}
