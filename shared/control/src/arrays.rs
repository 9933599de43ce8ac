//! Why an array failed: Batch says of its parent only that children did.

use machine::{
    Cause, CauseKind,
    stage::{Event, JobChange},
};

use crate::{Control, Error, run_context::StageRef};

impl Control {
    /// An array that failed has failed of what most of its children did, where a budget asks for the cause.
    pub(crate) async fn with_cause_of_children(&self, at: StageRef<'_>, event: Event) -> Result<Event, Error> {
        let Event::JobChanged { attempt, job, change: JobChange::Failed { started_at, at: ended_at, cause } } = event
        else {
            return Ok(event);
        };
        let cause = match cause.children {
            Some(children) if !at.node.retry.rules.is_empty() => {
                let causes = self.jobs.causes_of_children(&job, self.now()).await?;
                most_frequent(&causes).map_or(cause, |of_most| in_words(of_most, children))
            }
            Some(_) | None => cause,
        };
        Ok(Event::JobChanged { attempt, job, change: JobChange::Failed { started_at, at: ended_at, cause } })
    }
}

/// One of the kind that there are most of.
fn most_frequent(causes: &[Cause]) -> Option<&Cause> {
    let of_kind = |kind: CauseKind| causes.iter().filter(|cause| cause.kind == kind).count();
    // Which of two that are as frequent does not depend on the order in which Batch tells them.
    causes.iter().max_by_key(|cause| (of_kind(cause.kind), cause.kind, cause.exit_code))
}

fn in_words(cause: &Cause, children: u32) -> Cause {
    let text = format!("{children} children failed, most of them so: {}", cause.text);
    Cause { text, ..cause.clone() }.with_children(Some(children))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_counts_that_there_are_most_of() {
        let cause = |kind, code| Cause::new(kind, "words").with_exit_code(code);
        let causes = [cause(CauseKind::Host, None), cause(CauseKind::Exit, Some(1)), cause(CauseKind::Exit, Some(3))];
        let Some(most) = most_frequent(&causes) else { panic!("there are some") };
        assert_eq!((most.kind, most.exit_code), (CauseKind::Exit, Some(3)));
        let told = in_words(most, 17);
        assert_eq!((told.text.as_str(), told.children), ("17 children failed, most of them so: words", Some(17)));
        assert_eq!(most_frequent(&[]), None);
    }
}
