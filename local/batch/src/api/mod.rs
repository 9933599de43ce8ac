//! The API: `POST /v1/<operation>` with JSON, as AWS Batch has it.

mod body;
mod definitions;
mod describe;
mod environments;
mod list;
mod page;
mod policies;
mod queues;
mod stop;
mod submit;
mod tags;

use http::{Method, Request, Response};
use local_wire::{Answer, AwsError, Body, Service, json};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{Batch, Error};

impl Service for Batch {
    fn call(&self, request: Request<Body>) -> Answer<'_> {
        Box::pin(self.answer(request))
    }
}

impl Batch {
    async fn answer(&self, request: Request<Body>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let body = match body::read(body).await {
            Ok(body) => body,
            Err(error) => return AwsError::from(error).response(),
        };
        let query = parts.uri.query().unwrap_or_default();
        let answer = self.operation(&parts.method, parts.uri.path(), query, &body);
        let done = match answer {
            Ok(Done { answer, wrote: true }) => self.config.store.durable().await.map_err(Error::from).map(|()| answer),
            Ok(Done { answer, wrote: false }) => Ok(answer),
            Err(error) => Err(error),
        };
        json(done.map_err(AwsError::from))
    }

    fn operation(&self, method: &Method, path: &str, query: &str, body: &[u8]) -> Result<Done, Error> {
        if let Some(resource) = path.strip_prefix("/v1/tags/") {
            return self.tags(method, resource, query, body);
        }
        if method != Method::POST {
            return Err(unknown(method, path));
        }
        match path.strip_prefix("/v1/").unwrap_or_default() {
            "registerjobdefinition" => wrote(self.register_job_definition(read(body)?, body.len())),
            "deregisterjobdefinition" => wrote(self.deregister_job_definition(&read(body)?)),
            "describejobdefinitions" => looked(self.describe_job_definitions(&read(body)?)),
            "submitjob" => wrote(self.submit_job(read(body)?, body.len())),
            "listjobs" => looked(self.list_jobs(&read(body)?)),
            "describejobs" => looked(self.describe_jobs(&read(body)?)),
            "canceljob" => wrote(self.cancel_job(read(body)?)),
            "terminatejob" => wrote(self.terminate_job(read(body)?)),
            "canceljobs" => wrote(self.cancel_jobs(read(body)?)),
            "terminatejobs" => wrote(self.terminate_jobs(read(body)?)),
            "createjobqueue" => wrote(self.create_job_queue(read(body)?)),
            "updatejobqueue" => wrote(self.update_job_queue(read(body)?)),
            "describejobqueues" => looked(self.describe_job_queues(&read(body)?)),
            "deletejobqueue" => wrote(self.delete_job_queue(&read(body)?)),
            "createcomputeenvironment" => wrote(self.create_compute_environment(read(body)?)),
            "describecomputeenvironments" => looked(self.describe_compute_environments(&read(body)?)),
            "deletecomputeenvironment" => wrote(self.delete_compute_environment(&read(body)?)),
            "createschedulingpolicy" => wrote(self.create_scheduling_policy(read(body)?)),
            "describeschedulingpolicies" => looked(self.describe_scheduling_policies(&read(body)?)),
            "deleteschedulingpolicy" => wrote(self.delete_scheduling_policy(&read(body)?)),
            _ => Err(unknown(method, path)),
        }
    }
}

/// An answer, and whether it may only be given once what was written is durable.
struct Done {
    answer: Value,
    wrote: bool,
}

fn wrote(answer: Result<impl Serialize, Error>) -> Result<Done, Error> {
    Ok(Done { answer: whole(answer?)?, wrote: true })
}

fn looked(answer: Result<impl Serialize, Error>) -> Result<Done, Error> {
    Ok(Done { answer: whole(answer?)?, wrote: false })
}

/// AWS leaves out what is not set, such as the token of a page that has no next.
fn whole(answer: impl Serialize) -> Result<Value, Error> {
    let mut answer = serde_json::to_value(answer)?;
    if let Some(object) = answer.as_object_mut() {
        object.retain(|_, value| !value.is_null());
    }
    Ok(answer)
}

/// An empty answer: `{}`.
#[derive(Debug, Serialize)]
struct Empty {}

/// Decodes a request. Fields that are not known are ignored, as with AWS.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| Error::client(format!("the request does not read: {error}")))
}

fn unknown(method: &Method, path: &str) -> Error {
    Error::UnknownOperation(format!(
        "{method} {path} is not served here. Of AWS Batch this machine has job definitions (register, deregister, describe), jobs \
         (submit, list, describe, cancel, terminate), job queues (create, update, describe, delete), compute environments and \
         scheduling policies (create, describe, delete), and tags"
    ))
}

/// The one name that deletions and the like are given.
#[derive(Debug, Deserialize)]
struct Named {
    #[serde(alias = "jobQueue", alias = "computeEnvironment", alias = "arn", alias = "jobDefinition")]
    name: String,
}
