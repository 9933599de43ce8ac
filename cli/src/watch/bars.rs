//! Bars on a terminal: one for each stage that has a job, and one for the run below them. A stage that has ended becomes a line
//! above.

use std::{collections::BTreeMap, time::Duration};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::Changes;
use crate::{
    output::note,
    run_view::{RunView, StageView},
};

/// How many bars are drawn at most: a terminal has few lines.
const AT_MOST: usize = 12;

/// Draws bars on standard error.
#[derive(Debug)]
pub(crate) struct Bars {
    all: MultiProgress,
    run: ProgressBar,
    stages: BTreeMap<usize, ProgressBar>,
    changes: Changes,
    colour: bool,
}

impl Bars {
    pub(super) fn new(colour: bool) -> Self {
        let all = MultiProgress::new();
        let run = all.add(ProgressBar::new(0).with_style(style(colour, "{prefix} [{bar:30.green}] {pos}/{len} {msg}")));
        run.enable_steady_tick(Duration::from_millis(100));
        Self { all, run, stages: BTreeMap::new(), changes: Changes::default(), colour }
    }

    pub(super) fn show(&mut self, view: &RunView) {
        self.run.set_length(view.stages.len() as u64);
        self.run.set_position(view.stages_ended() as u64);
        self.run.set_prefix(format!("{} {}", view.pipeline, view.run_id));
        self.run.set_message(format!("stages, {}", view.ending()));
        let width = view.stages.iter().map(|stage| stage.name.len()).max().unwrap_or_default();
        for at in self.changes.of(view) {
            let Some(stage) = view.stages.get(at) else { continue };
            if stage.ended_at.is_some() {
                self.end(at, &ended(stage, view, width, self.colour));
            }
        }
        for (at, stage) in view.stages.iter().enumerate().filter(|(_, stage)| is_active(stage)) {
            self.draw(at, stage, view, width);
        }
        if view.outcome.is_some() {
            self.finish(view);
        }
    }

    fn draw(&mut self, at: usize, stage: &StageView, view: &RunView, width: usize) {
        if !self.stages.contains_key(&at) {
            if self.stages.len() >= AT_MOST {
                return;
            }
            let bar = self.all.insert_before(&self.run, ProgressBar::new_spinner());
            bar.set_prefix(format!("{:width$}", stage.name));
            bar.enable_steady_tick(Duration::from_millis(100));
            self.stages.insert(at, bar);
        }
        let Some(bar) = self.stages.get(&at) else { return };
        let time = stage.time(view.now).unwrap_or_default();
        match stage.live.as_ref().and_then(|live| live.children) {
            Some(children) => {
                bar.set_style(style(self.colour, "{spinner} {prefix} [{bar:20.cyan}] {msg}"));
                bar.set_length(children.size);
                bar.set_position(children.ended());
            }
            None => bar.set_style(style(self.colour, "{spinner} {prefix} {msg}")),
        }
        bar.set_message(format!("{} {time}", stage.status_in_full()));
    }

    /// The bar of a stage that has ended becomes a line.
    fn end(&mut self, at: usize, line: &str) {
        if let Some(bar) = self.stages.remove(&at) {
            bar.finish_and_clear();
            self.all.remove(&bar);
        }
        // A terminal that cannot be drawn on shows no bars either.
        let _ = self.all.println(line);
    }

    fn finish(&mut self, view: &RunView) {
        for bar in std::mem::take(&mut self.stages).into_values() {
            bar.finish_and_clear();
        }
        self.run.finish_and_clear();
        let text = format!("{} {} {}", view.pipeline, view.run_id, view.ending());
        note(coloured(&text, view.status, self.colour));
    }
}

/// Whether there is something of it to see.
fn is_active(stage: &StageView) -> bool {
    stage.ended_at.is_none() && stage.status != "WAITING"
}

fn ended(stage: &StageView, view: &RunView, width: usize, colour: bool) -> String {
    let mark = match stage.status {
        "SUCCEEDED" => "✓",
        "FAILED" => "✗",
        _ => "–",
    };
    let time = stage.time(view.now).unwrap_or_default();
    let cause = stage.why().map(|cause| format!(": {cause}")).unwrap_or_default();
    let line = format!("{mark} {:width$} {} {time}", stage.name, stage.status);
    format!("{}{cause}", coloured(line.trim_end(), stage.status, colour))
}

fn coloured(text: &str, status: &str, colour: bool) -> String {
    let code = match status {
        "SUCCEEDED" => "32",
        "FAILED" => "31",
        _ => "33",
    };
    if colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}

/// A template is a constant of this file; a wrong one is drawn as the default bar.
fn style(colour: bool, template: &str) -> ProgressStyle {
    let template = if colour { template.to_owned() } else { template.replace(".green", "").replace(".cyan", "") };
    let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.progress_chars("━━ ").tick_chars("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_right() {
        for template in [
            "{prefix} [{bar:30.green}] {pos}/{len} {msg}",
            "{spinner} {prefix} [{bar:20.cyan}] {msg}",
            "{spinner} {prefix} {msg}",
        ] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
