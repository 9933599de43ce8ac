//! The EventBridge schedules of a pipeline, and what they bring when they fire.

use aws_sdk_scheduler::{
    error::{DisplayErrorContext, SdkError},
    operation::{
        create_schedule::CreateScheduleError, delete_schedule::DeleteScheduleError,
        update_schedule::UpdateScheduleError,
    },
    types::{FlexibleTimeWindow, FlexibleTimeWindowMode, Target},
};
use pipeline::{Definition, ScheduleTrigger, Trigger};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{Control, Error, Invocation, admit::Admission};

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

fn triggers(definition: &Definition) -> impl Iterator<Item = (String, &ScheduleTrigger)> {
    let schedules = definition.triggers.iter().filter_map(|trigger| match trigger {
        Trigger::Schedule(schedule) => Some(schedule),
        Trigger::S3(_) | Trigger::Sqs(_) => None,
    });
    // EventBridge takes 64 characters; a pipeline's name may be nearly that long itself.
    schedules.enumerate().map(|(position, schedule)| {
        (format!("bw-{}-{position}", crate::run_id::short_hash(&[definition.name.as_str()])), schedule)
    })
}

/// The names of a pipeline's schedules.
pub(crate) fn names(definition: &Definition) -> Vec<String> {
    triggers(definition).map(|(name, _)| name).collect()
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
        let target = Target::builder().arn(&to.function_arn).role_arn(&to.role_arn).input(input.to_string());
        let target = target.build().map_err(|error| service(error.to_string()))?;
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
        let admission = Admission {
            pipeline: &firing.pipeline,
            params: &firing.params,
            identity: &format!("schedule\n{schedule}\n{time}"),
            source: &format!("schedule://{schedule}/{time}"),
            trigger: json!({ "schedule": { "name": schedule, "scheduled_time": time } }),
            priority: None,
        };
        self.admit(&admission, invocation).await.map(drop)
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
