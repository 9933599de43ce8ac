//! `batchwright ps`

use clap::{Args, ValueEnum};
use control::table::whole_run::RunLine;
use machine::Timestamp;
use serde::Serialize;

use crate::{
    arguments::Context,
    exit::{Exit, Failure},
    output::note,
    table,
    time::{self, Time},
};

/// List the latest runs, the newest first.
#[derive(Debug, Args)]
pub(crate) struct Ps {
    /// How many at most.
    #[arg(long, short = 'n', default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    limit: u16,
    /// Only runs of this pipeline.
    #[arg(long)]
    pipeline: Option<String>,
    /// Only runs with this status.
    #[arg(long, ignore_case = true)]
    status: Option<Status>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "UPPER")]
enum Status {
    Queued,
    Running,
    Cancelling,
    Succeeded,
    Failed,
    Cancelled,
    Skipped,
}

impl Status {
    fn name(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Running => "RUNNING",
            Self::Cancelling => "CANCELLING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
            Self::Skipped => "SKIPPED",
        }
    }
}

/// A run in the JSON of `ps`. Documented in `docs/cli.md`.
#[derive(Debug, Serialize)]
struct Line<'a> {
    run_id: &'a str,
    pipeline: &'a str,
    status: &'a str,
    created_at: Time,
    ended_at: Option<Time>,
}

impl Ps {
    /// Lists runs.
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let client = context.client().await?;
        let runs = client.latest_runs(usize::from(self.limit), |line| self.wants(line)).await?;
        if self.json {
            context.output.json(&runs.iter().map(Line::of).collect::<Vec<_>>())?;
        } else if runs.is_empty() {
            note("no runs; `batchwright run PIPELINE` makes one, and so does whatever triggers a pipeline");
        } else {
            context.output.line(text(&runs, client.now(), context.output.colour))?;
        }
        Ok(Exit::Done)
    }

    fn wants(&self, line: &RunLine) -> bool {
        self.pipeline.as_ref().is_none_or(|pipeline| *pipeline == line.pipeline)
            && self.status.is_none_or(|status| status.name() == line.status)
    }
}

impl<'a> Line<'a> {
    fn of(line: &'a RunLine) -> Self {
        Self {
            run_id: line.id.as_str(),
            pipeline: &line.pipeline,
            status: &line.status,
            created_at: Time(line.created_at),
            ended_at: line.ended_at.map(Time),
        }
    }
}

fn text(runs: &[RunLine], now: Timestamp, colour: bool) -> String {
    let mut columns = table::with_headings(["RUN", "PIPELINE", "STATUS", "ADMITTED", "TOOK"], colour);
    for run in runs {
        columns.add_row(vec![
            comfy_table::Cell::new(&run.id),
            comfy_table::Cell::new(&run.pipeline),
            table::status(&run.status),
            comfy_table::Cell::new(format!("{} ago", time::span(now.since(run.created_at)))),
            comfy_table::Cell::new(time::span(run.ended_at.unwrap_or(now).since(run.created_at))),
        ]);
    }
    table::text(&columns)
}

#[cfg(test)]
mod tests {
    use control::RunId;

    use super::*;

    fn runs() -> Vec<RunLine> {
        let run = |identity, status: &str, created, ended: Option<u64>| RunLine {
            id: RunId::of("hello", identity),
            pipeline: "hello".into(),
            status: status.into(),
            created_at: Timestamp::from_ms(created),
            ended_at: ended.map(Timestamp::from_ms),
        };
        vec![run("a", "RUNNING", 1_000, None), run("b", "SUCCEEDED", 0, Some(2_500))]
    }

    #[test]
    fn runs_are_listed_for_people() {
        insta::assert_snapshot!(text(&runs(), Timestamp::from_ms(61_000), false));
    }

    #[test]
    fn runs_are_listed_for_scripts() {
        let runs = runs();
        let lines: Vec<Line<'_>> = runs.iter().map(Line::of).collect();
        insta::assert_snapshot!(serde_json::to_string_pretty(&lines).unwrap());
    }
}
