//! A line for each change, for logs and pipes.

use super::Changes;
use crate::{
    exit::Failure,
    output::{self, Output},
    run_view::{RunView, StageView},
    time::Time,
};

/// Writes a line for each change.
#[derive(Debug)]
pub(crate) struct Plain {
    to: Option<Output>,
    changes: Changes,
    began: bool,
}

impl Plain {
    /// On standard output.
    pub(super) fn on_stdout(output: Output) -> Self {
        Self { to: Some(output), changes: Changes::default(), began: false }
    }

    /// On standard error.
    pub(super) fn on_stderr() -> Self {
        Self { to: None, changes: Changes::default(), began: false }
    }

    /// Tells what is new.
    pub(super) fn show(&mut self, view: &RunView) -> Result<(), Failure> {
        for line in self.lines(view) {
            match self.to {
                Some(output) => output.line(line)?,
                None => output::note(line),
            }
        }
        Ok(())
    }

    fn lines(&mut self, view: &RunView) -> Vec<String> {
        let mut lines = Vec::new();
        if !std::mem::replace(&mut self.began, true) {
            lines.push(format!("{} v{} {} {}", view.pipeline, view.version, view.run_id, view.status));
        }
        let changed = self.changes.of(view);
        lines.extend(changed.into_iter().filter_map(|at| view.stages.get(at)).map(|stage| line(stage, view)));
        if view.outcome.is_some() {
            lines.push(format!("{} {}", view.run_id, view.ending()));
        }
        lines
    }
}

fn line(stage: &StageView, view: &RunView) -> String {
    let at = stage.ended_at.unwrap_or(Time(view.now)).of_day();
    let mut line = format!("{at} {} {}", stage.name, stage.status_in_full());
    if stage.attempt > 1 {
        line.push_str(&format!(", attempt {}", stage.attempt));
    }
    if let (Some(took), Some(_)) = (stage.time(view.now), stage.ended_at) {
        line.push_str(&format!(" in {took}"));
    }
    if let Some(why) = stage.why() {
        line.push_str(&format!(": {}", why.replace('\n', " ")));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run_view::example;

    #[test]
    fn each_change_is_one_line() {
        let mut plain = Plain::on_stderr();
        let mut view = example();
        let mut lines = plain.lines(&view);
        assert!(plain.lines(&view).is_empty());
        view.status = "FAILED";
        view.outcome = Some(machine::run::Outcome::Failed);
        lines.extend(plain.lines(&view));
        insta::assert_snapshot!(lines.join("\n"));
    }
}
