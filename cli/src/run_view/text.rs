//! A run in words and columns.

use std::fmt::Write;

use machine::Timestamp;
use serde_json::Value;

use super::{CauseView, Live, RunView, StageView};
use crate::{
    output::printable,
    table,
    time::{self, Time},
};

impl RunView {
    /// The whole of it, over several lines.
    pub(crate) fn text(&self, colour: bool) -> String {
        let mut text = format!("{}\n\n", self.heading());
        let mut columns = table::with_headings(["STAGE", "STATUS", "ATTEMPT", "TIME", "JOB"], colour);
        for stage in &self.stages {
            columns.add_row(vec![
                stage.name.clone().into(),
                table::status(&stage.status_in_full()),
                stage.attempt_or_blank().into(),
                stage.time(self.now).unwrap_or_default().into(),
                comfy_table::Cell::new(stage.job_id.as_deref().unwrap_or_default()),
            ]);
        }
        text.push_str(&table::text(&columns));
        for stage in &self.stages {
            for past in &stage.past_attempts {
                let _ = write!(text, "\n\n{}, attempt {}: {}", stage.name, past.attempt, past.cause.in_words());
            }
            if let Some(why) = stage.why() {
                let _ = write!(text, "\n\n{}: {why}", stage.name);
            }
        }
        text
    }

    fn heading(&self) -> String {
        let mut heading = format!(
            "{} v{}  {}  {}\nadmitted {} {}",
            self.pipeline,
            self.version,
            self.run_id,
            self.ending(),
            self.created_at.to_the_second(),
            started_by(&self.trigger),
        );
        if let Some(group) = self.concurrency_group.as_deref().filter(|group| !group.is_empty()) {
            let _ = write!(heading, "\ngroup    {}", printable(group));
        }
        if !self.params.is_empty() {
            let _ = write!(heading, "\nparams   {}", printable(&self.params.to_json()));
        }
        heading
    }

    /// Its status, and how long it took, or has taken so far.
    pub(crate) fn ending(&self) -> String {
        let until = self.ended_at.map_or(self.now, |Time(at)| at);
        let took = time::span(until.since(self.created_at.0));
        match self.outcome {
            Some(_) => format!("{} in {took}", self.status),
            None => format!("{} for {took}", self.status),
        }
    }
}

impl StageView {
    /// Its status; while its job has not ended, what Batch says of that.
    pub(crate) fn status_in_full(&self) -> String {
        match &self.live {
            None => self.status.to_owned(),
            Some(Live { children: Some(children), .. }) => {
                let failed = if children.failed > 0 { format!(", {} failed", children.failed) } else { String::new() };
                format!("{} {}/{}{failed}", self.status_of_job(), children.ended(), children.size)
            }
            Some(Live { children: None, .. }) => self.status_of_job().to_owned(),
        }
    }

    /// Its status; of a submitted job, Batch's. The parent of an array is `PENDING` to Batch while its children run.
    pub(crate) fn status_of_job(&self) -> &str {
        match &self.live {
            Some(Live { children: Some(_), .. }) if self.status == "FANNED_OUT" => "RUNNING",
            Some(Live { status, children }) if self.status == "SUBMITTED" => {
                let begun = children.is_some_and(|children| children.running + children.ended() > 0);
                if begun { "RUNNING" } else { status }
            }
            Some(_) | None => self.status,
        }
    }

    /// How long its job has run.
    pub(crate) fn time(&self, now: Timestamp) -> Option<String> {
        let Time(from) = self.started_at?;
        Some(time::span(self.ended_at.map_or(now, |Time(at)| at).since(from)))
    }

    /// Why it ended as it did, or what keeps its job from running. That something it needs failed is said there.
    pub(crate) fn why(&self) -> Option<String> {
        if let Some(at) = self.next_attempt_at {
            return Some(format!("the next attempt is at {}", at.to_the_second()));
        }
        match &self.cause {
            Some(cause) => Some(cause.in_words()),
            None => self.blocked.as_deref().map(|blocked| printable(blocked).into_owned()),
        }
    }

    fn attempt_or_blank(&self) -> String {
        if self.attempt == 0 { String::new() } else { self.attempt.to_string() }
    }
}

impl CauseView {
    fn in_words(&self) -> String {
        format!("{} ({})", printable(&self.text), self.kind)
    }
}

/// What started a run, in words.
fn started_by(trigger: &Value) -> String {
    let text = |pointer: &str| trigger.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    // An upload comes with the parts of its key.
    let known = ["manifest", "s3", "sqs", "schedule"].into_iter().find(|name| trigger.get(name).is_some());
    let words = match known {
        Some("manifest") => format!("for {}", text("/manifest/uri")),
        Some("s3") => format!("for {}", text("/s3/uri")),
        Some("sqs") => format!("for a message of the queue {}", text("/sqs/queue")),
        Some("schedule") => format!("by schedule, for {}", text("/schedule/scheduled_time")),
        Some(_) | None => String::new(),
    };
    printable(&words).into_owned()
}

#[cfg(test)]
mod tests {
    use crate::run_view::example;

    #[test]
    fn a_run_is_shown_stage_by_stage() {
        insta::assert_snapshot!(example().text(false));
    }

    #[test]
    fn colours_mark_statuses_and_nothing_else() {
        let (plain, coloured) = (example().text(false), example().text(true));
        assert!(!plain.contains('\x1b'));
        assert!(coloured.contains('\x1b') && coloured.contains("SUCCEEDED"));
    }

    #[test]
    fn an_object_key_cannot_drive_the_terminal() {
        let mut view = example();
        view.trigger = serde_json::json!({ "s3": { "uri": "s3://b/\x1b]0;x\x07" }, "key": { "part": "x" } });
        assert!(view.text(false).contains("s3://b/") && !view.text(false).contains('\x1b'));
    }
}
