//! Watching a run until it ends: with bars on a terminal, with a line for each change elsewhere.

mod bars;
mod plain;

use std::time::Duration;

use control::RunId;
use tokio::time::Instant;

use crate::{
    client::{Client, no_such_run},
    exit::Failure,
    output::{self, Output},
    run_view::{RunView, StageView, Viewer},
};

use bars::Bars;
use plain::Plain;

/// Where progress is shown.
#[derive(Debug)]
pub(crate) enum Progress {
    /// Nowhere.
    Silent,
    /// A line for each change.
    Plain(Plain),
    /// Bars on standard error.
    Bars(Bars),
}

impl Progress {
    /// As the result: bars where they can be drawn, lines on standard output elsewhere.
    pub(crate) fn as_result(output: Output) -> Self {
        if output.live { Self::Bars(Bars::new(output.colour)) } else { Self::Plain(Plain::on_stdout(output)) }
    }

    /// Beside a result: all of it on standard error.
    pub(crate) fn beside_result() -> Self {
        if output::may_be_drawn_over() {
            Self::Bars(Bars::new(output::colours_on_stderr()))
        } else {
            Self::Plain(Plain::on_stderr())
        }
    }

    fn show(&mut self, view: &RunView) -> Result<(), Failure> {
        match self {
            Self::Silent => Ok(()),
            Self::Plain(plain) => plain.show(view),
            Self::Bars(bars) => {
                bars.show(view);
                Ok(())
            }
        }
    }
}

/// Shows the run until it has ended, and returns it then.
///
/// # Errors
/// If the run is not there, or cannot be read.
pub(crate) async fn watch(client: &Client, run: &RunId, mut progress: Progress) -> Result<RunView, Failure> {
    let (mut viewer, began) = (Viewer::new(client, run.clone()), Instant::now());
    loop {
        let view = viewer.read().await?;
        let view = view.ok_or_else(|| no_such_run(run))?;
        progress.show(&view)?;
        if view.outcome.is_some() {
            return Ok(view);
        }
        let hasty = began.elapsed() < Duration::from_secs(60);
        let pace = client.installation.pace;
        tokio::time::sleep(if hasty { pace.watch } else { pace.watch_later }).await;
    }
}

/// What is new in a view: the stages whose status, attempt or block has changed.
#[derive(Debug, Default)]
struct Changes {
    known: Vec<Known>,
    epoch: u32,
}

/// What is told of a stage: its status, its attempt, and what keeps its job from running.
type Known = (String, u32, Option<String>);

impl Changes {
    /// The positions of the stages that differ from the last view. At first those that wait are nothing new.
    fn of(&mut self, view: &RunView) -> Vec<usize> {
        let retried = self.epoch != view.epoch;
        self.epoch = view.epoch;
        let known = |stage: &StageView| (stage.status_of_job().to_owned(), stage.attempt, stage.blocked.clone());
        let now: Vec<Known> = view.stages.iter().map(known).collect();
        let waiting = ("WAITING".to_owned(), 0, None);
        let before = |at: usize| if retried { &waiting } else { self.known.get(at).unwrap_or(&waiting) };
        let changed = now.iter().enumerate().filter(|(at, stage)| before(*at) != *stage).map(|(at, _)| at).collect();
        self.known = now;
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run_view::example;

    #[test]
    fn only_what_changed_is_told() {
        let (mut changes, mut view) = (Changes::default(), example());
        assert_eq!(changes.of(&view), [0, 1, 2], "the one that waits is nothing new");
        assert_eq!(changes.of(&view), [0_usize; 0]);
        view.stages[3].status = "SKIPPED";
        view.stages[1].live.as_mut().unwrap().children.as_mut().unwrap().succeeded += 1;
        assert_eq!(changes.of(&view), [3], "a child that ended is no change of the stage");
        view.epoch += 1;
        assert_eq!(changes.of(&view), [0, 1, 2, 3]);
    }
}
