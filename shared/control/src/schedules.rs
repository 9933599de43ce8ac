//! The EventBridge schedules of a pipeline, and what they bring when they fire.
//!
//! A schedule is named by its content, so that it is of the latest version if, and only if, that lists its name. One that an
//! older registration left behind, because another overtook it, starts nothing: it is deleted when it fires.

use std::collections::BTreeMap;

use aws_sdk_scheduler::{
    error::{DisplayErrorContext, SdkError},
    operation::{
        create_schedule::CreateScheduleError, delete_schedule::DeleteScheduleError,
        update_schedule::UpdateScheduleError,
    },
    types::{DeadLetterConfig, FlexibleTimeWindow, FlexibleTimeWindowMode, Target},
};
use pipeline::{Definition, ScheduleTrigger, Trigger};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{Control, Error, Invocation, RunId, admit::Admission, run_id::short_hash};

/// What a schedule's target is invoked with.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Firing {
    /// The pipeline.
    pub pipeline: String,
    /// The schedule's name.
    pub schedule: String,
    /// The time it was to fire at, which identifies the firing: EventBridge fills it in.
    pub scheduled_time: String,
    /// The run's parameters.
    #[serde(default)]
    pub params: Map<String, Value>,
}

/// The schedules of a definition, by name; those that are alike are one.
fn triggers(definition: &Definition) -> BTreeMap<String, &ScheduleTrigger> {
    let schedules = definition.triggers.iter().filter_map(|trigger| match trigger {
        Trigger::Schedule(schedule) => Some((name(definition.name.as_str(), schedule), schedule)),
        Trigger::S3(_) | Trigger::Sqs(_) => None,
    });
    schedules.collect()
}

fn name(pipeline: &str, schedule: &ScheduleTrigger) -> String {
    let (expression, params) = (schedule.expression.to_string(), Value::Object(schedule.params.clone()).to_string());
    format!("{}{}", prefix(pipeline), short_hash(&[&expression, &schedule.timezone, &params]))
}

/// What the names of a pipeline's schedules begin with. EventBridge takes 64 characters, and the pipeline's own name may be
/// nearly as long.
fn prefix(pipeline: &str) -> String {
    format!("bw-{}-", short_hash(&[pipeline]))
}

/// The names of a pipeline's schedules.
pub(crate) fn names(definition: &Definition) -> Vec<String> {
    triggers(definition).into_keys().collect()
}

impl Control {
    /// Makes the schedules what the definition says. The inner error is EventBridge's reason to refuse one for good.
    pub(crate) async fn put_schedules(&self, definition: &Definition) -> Result<Result<(), String>, Error> {
        for (name, schedule) in triggers(definition) {
            if let Err(reason) = self.put_schedule(definition.name.as_str(), &name, schedule).await? {
                return Ok(Err(reason));
            }
        }
        Ok(Ok(()))
    }

    async fn put_schedule(
        &self,
        pipeline: &str,
        name: &str,
        schedule: &ScheduleTrigger,
    ) -> Result<Result<(), String>, Error> {
        let input = json!({
            "pipeline": pipeline,
            "schedule": name,
            "scheduled_time": "<aws.scheduler.scheduled-time>",
            "params": schedule.params,
        });
        let to = &self.config.schedules;
        let dead_letters = to.dead_letters_arn.as_ref().map(|arn| DeadLetterConfig::builder().arn(arn).build());
        let target = Target::builder().arn(&to.function_arn).role_arn(&to.role_arn).input(input.to_string());
        let target = target.set_dead_letter_config(dead_letters).build().map_err(|error| service(error.to_string()))?;
        let exact = FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off);
        let exact = exact.build().map_err(|error| service(error.to_string()))?;
        let created = self
            .scheduler
            .create_schedule()
            .group_name(&to.group)
            .name(name)
            .schedule_expression(schedule.expression.to_string())
            .schedule_expression_timezone(&schedule.timezone)
            .flexible_time_window(exact.clone())
            .target(target.clone())
            .send()
            .await;
        match created {
            Ok(_) => return Ok(Ok(())),
            Err(error) if is_conflict(&error) => {}
            Err(error) if error.as_service_error().is_some_and(CreateScheduleError::is_validation_exception) => {
                return Ok(Err(DisplayErrorContext(&error).to_string()));
            }
            Err(error) => return Err(service(DisplayErrorContext(&error).to_string())),
        }
        let updated = self
            .scheduler
            .update_schedule()
            .group_name(&to.group)
            .name(name)
            .schedule_expression(schedule.expression.to_string())
            .schedule_expression_timezone(&schedule.timezone)
            .flexible_time_window(exact)
            .target(target)
            .send()
            .await;
        match updated {
            Ok(_) => Ok(Ok(())),
            Err(error) if error.as_service_error().is_some_and(UpdateScheduleError::is_validation_exception) => {
                Ok(Err(DisplayErrorContext(&error).to_string()))
            }
            Err(error) => Err(service(DisplayErrorContext(&error).to_string())),
        }
    }

    pub(crate) async fn delete_schedule(&self, name: &str) -> Result<(), Error> {
        let deleted = self.scheduler.delete_schedule().group_name(&self.config.schedules.group).name(name).send().await;
        match deleted {
            Ok(_) => Ok(()),
            Err(error)
                if error.as_service_error().is_some_and(DeleteScheduleError::is_resource_not_found_exception) =>
            {
                Ok(())
            }
            Err(error) => Err(service(DisplayErrorContext(&error).to_string())),
        }
    }

    /// A schedule fired: a run is admitted, once for each firing.
    ///
    /// # Errors
    /// If it is to be tried again.
    pub async fn fired(&self, firing: &Firing, invocation: &Invocation) -> Result<(), Error> {
        let (schedule, time) = (&firing.schedule, &firing.scheduled_time);
        if !is_time(time) {
            let reason = format!(
                "the firing's scheduled_time is {time:?}, and should be a time such as 2026-11-24T06:00:00Z: \
                 the schedule's input must hold <aws.scheduler.scheduled-time> for EventBridge to fill in"
            );
            let identity = format!("schedule\n{}\n{schedule}\n{time}", firing.pipeline);
            return self.reject(&format!("schedule://{schedule}"), &identity, reason).await;
        }
        let (identity, source) = (format!("schedule\n{schedule}\n{time}"), format!("schedule://{schedule}/{time}"));
        if self.is_left_behind(firing).await? {
            self.delete_left_behind(firing).await?;
            // Delivered again, a firing may have its run already.
            if self.table.run(&RunId::of(&firing.pipeline, &identity)).await?.is_none() {
                let reason = format!("the latest version of pipeline {:?} has no such schedule", firing.pipeline);
                return self.reject(&source, &identity, reason).await;
            }
        }
        let admission = Admission {
            pipeline: &firing.pipeline,
            params: Ok(&firing.params),
            bound_for: None,
            identity: &identity,
            source: &source,
            trigger: json!({ "schedule": { "name": schedule, "scheduled_time": time } }),
            priority: None,
        };
        self.admit(&admission, invocation).await.map(drop)
    }

    /// Whether a schedule was made by a registration, and not by that of the latest version. People's own have other names.
    async fn is_left_behind(&self, firing: &Firing) -> Result<bool, Error> {
        if !firing.schedule.starts_with(&prefix(&firing.pipeline)) {
            return Ok(false);
        }
        let latest = self.table.latest(&firing.pipeline).await?;
        Ok(latest.is_some_and(|latest| !latest.schedules.contains(&firing.schedule)))
    }

    /// Deletes it, unless a registration brings it back meanwhile: then it is made again.
    async fn delete_left_behind(&self, firing: &Firing) -> Result<(), Error> {
        tracing::warn!(schedule = firing.schedule, "a schedule that an older registration left behind is deleted");
        self.delete_schedule(&firing.schedule).await?;
        if self.is_left_behind(firing).await? {
            return Ok(());
        }
        let Some(latest) = self.table.latest(&firing.pipeline).await? else { return Ok(()) };
        match self.definition(&firing.pipeline, latest.version).await? {
            // What EventBridge refuses for good, the registration has told.
            Some(definition) => self.put_schedules(&definition).await.map(drop),
            None => Ok(()),
        }
    }
}

/// Whether a text has the form `2026-11-24T06:00:00Z`, which identifies a firing.
fn is_time(text: &str) -> bool {
    let form = "0000-00-00T00:00:00Z";
    text.len() == form.len()
        && text
            .bytes()
            .zip(form.bytes())
            .all(|(byte, like)| if like == b'0' { byte.is_ascii_digit() } else { byte == like })
}

fn is_conflict<R>(error: &SdkError<CreateScheduleError, R>) -> bool {
    error.as_service_error().is_some_and(CreateScheduleError::is_conflict_exception)
}

fn service(message: String) -> Error {
    Error::Service { service: "EventBridge Scheduler", message }
}

#[cfg(test)]
mod tests {
    use super::is_time;

    #[test]
    fn only_a_time_identifies_a_firing() {
        assert!(is_time("2026-11-24T06:00:00Z"));
        for text in ["", "<aws.scheduler.scheduled-time>", "2026-11-24", "2026-11-24T06:00:00", "2026-11-24 06:00:00Z"]
        {
            assert!(!is_time(text), "{text}");
        }
    }
}
