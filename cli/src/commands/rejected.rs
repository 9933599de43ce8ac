//! `batchwright rejected`

use std::time::Duration;

use clap::Args;
use control::Rejection;
use serde::Serialize;

use crate::{
    arguments::Context,
    exit::{Exit, Failure},
    output::{note, printable},
    time::Time,
};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// List the requests that were refused, and why.
///
/// The newest comes first. They are kept for 30 days, and never tried again.
#[derive(Debug, Args)]
pub(crate) struct Rejected {
    /// How many days back; 1 is today alone (UTC).
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=366))]
    days: u32,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// A rejection in the JSON of `rejected`. Documented in `docs/cli.md`.
#[derive(Debug, Serialize)]
struct Line<'a> {
    at: Time,
    source: &'a str,
    reason: &'a str,
}

impl Rejected {
    /// Lists rejections.
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let client = context.client().await?;
        let now = client.now();
        let mut rejections = Vec::new();
        for days_ago in 0..self.days {
            let day = now.as_ms().saturating_sub(u64::from(days_ago) * 1000 * DAY.as_secs());
            rejections.extend(client.table.rejections(machine::Timestamp::from_ms(day)).await?);
        }
        rejections.sort_by(|one, other| other.at.cmp(&one.at).then_with(|| one.source.cmp(&other.source)));
        let output = context.output;
        if self.json {
            output.json(&rejections.iter().map(Line::of).collect::<Vec<_>>())?;
        } else if rejections.is_empty() {
            note(format_args!("no request was rejected in the last {} days", self.days));
        }
        for rejection in rejections.iter().filter(|_| !self.json) {
            output.line(text(rejection))?;
        }
        Ok(Exit::Done)
    }
}

impl<'a> Line<'a> {
    fn of(rejection: &'a Rejection) -> Self {
        Self { at: Time(rejection.at), source: &rejection.source, reason: &rejection.reason }
    }
}

/// A reason may have several lines, with the source of a definition: they are indented, and stay as they are.
fn text(rejection: &Rejection) -> String {
    let reason: Vec<String> =
        rejection.reason.lines().map(|line| format!("    {}", printable(line)).trim_end().to_owned()).collect();
    let source = rejection.source.replace('\n', "\u{fffd}");
    format!("{}  {}\n{}", Time(rejection.at).to_the_second(), printable(&source), reason.join("\n"))
}

#[cfg(test)]
mod tests {
    use machine::Timestamp;

    use super::*;

    #[test]
    fn a_rejection_says_when_what_and_why() {
        let rejection = Rejection {
            source: "s3://batchwright-inbox/pipelines/a\x1b[2J\n.yaml".into(),
            reason: "a.yaml:1:1: `x` is not known\n\n  | x: 1".into(),
            at: Timestamp::from_ms(1_772_366_400_123),
        };
        insta::assert_snapshot!(text(&rejection));
        insta::assert_snapshot!(serde_json::to_string_pretty(&Line::of(&rejection)).unwrap());
    }
}
