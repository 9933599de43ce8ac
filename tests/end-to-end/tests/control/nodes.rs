//! A multi-node job as Batch is asked for it: no laptop has any.

use std::sync::{Arc, Mutex, PoisonError};

use control::{
    RunId,
    jobs::{
        Jobs,
        define::name,
        name::JobName,
        submit::{Share, Submission},
    },
};
use end_to_end::Result;
use local_surface::{config, sdk_config};
use local_wire::{Answer, Body, Service, collect, json};
use machine::{Attempt, JobId, JobQueue, stage::SubmitAnswer};
use pipeline::Rendered;
use serde_json::{Value, json};

const ENDPOINT: &str = "http://127.0.0.1:1";

/// Batch that knows nothing, takes everything, and keeps what it was asked.
#[derive(Default)]
struct Recorder(Mutex<Vec<(String, Value)>>);

impl Service for Recorder {
    fn call(&self, request: http::Request<Body>) -> Answer<'_> {
        Box::pin(async {
            let (parts, body) = request.into_parts();
            let body = collect(body, 1 << 20).await.unwrap_or_default();
            let asked = (parts.uri.path().to_owned(), serde_json::from_slice(&body).unwrap_or_default());
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
            json(Ok(json!({
                "jobDefinitions": [], "jobDefinitionName": "d", "jobDefinitionArn": "a", "revision": 1, "jobName": "n", "jobId": "job-1",
            })))
        })
    }
}

#[tokio::test]
async fn every_node_has_the_container_and_its_overrides() -> Result<()> {
    let source = "pipeline: p\nstages:\n  only: { image: mpi, command: [solve], compute: ec2, vcpu: 4, nodes: { count: 8, main: 1 } }\n";
    let definition = pipeline::parse("p", source).map_err(|faults| faults.to_string())?;
    let (_, stage) = definition.stages().next().ok_or("no stage")?;
    let recorder = Arc::new(Recorder::default());
    let sdk = sdk_config(ENDPOINT, Arc::clone(&recorder) as Arc<dyn Service>);
    let (jobs, settings) = (Jobs::new(aws_sdk_batch::Client::new(&sdk)), config(ENDPOINT).jobs);
    jobs.define(stage, &settings).await??;
    let rendered = Rendered { command: vec!["solve".to_owned()], env: Vec::new(), array: None };
    let submission = Submission {
        name: JobName { run: RunId::of("p", "i"), stage: "only".to_owned(), chunk: None, attempt: Attempt(1) },
        queue: &JobQueue::new("q"),
        definition: name(stage, &settings),
        stage,
        memory_mib: 9000,
        rendered: &rendered,
        outputs_uri: None,
        items_uri: None,
        share: Some(Share { identifier: "s", priority: 1 }),
    };
    assert_eq!(jobs.submit(&submission).await, SubmitAnswer::Done(JobId::new("job-1")));
    let asked = recorder.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let of =
        |path: &str| asked.iter().find(|(asked, _)| asked == path).map(|(_, body)| body.clone()).unwrap_or_default();
    let registered = of("/v1/registerjobdefinition");
    assert_eq!((&registered["type"], &registered["containerProperties"]), (&json!("multinode"), &Value::Null));
    let nodes = &registered["nodeProperties"];
    assert_eq!((&nodes["numNodes"], &nodes["mainNode"]), (&json!(8), &json!(1)));
    let range = &nodes["nodeRangeProperties"][0];
    assert_eq!((&range["targetNodes"], &range["container"]["image"]), (&json!("0:"), &json!("mpi")));
    let submitted = of("/v1/submitjob");
    assert_eq!(submitted["containerOverrides"], Value::Null);
    let overrides = &submitted["nodeOverrides"]["nodePropertyOverrides"][0];
    assert_eq!(overrides["targetNodes"], json!("0:"));
    assert_eq!(overrides["containerOverrides"]["command"], json!(["solve"]));
    let memory = &overrides["containerOverrides"]["resourceRequirements"][1];
    assert_eq!(memory, &json!({ "type": "MEMORY", "value": "9000" }));
    Ok(())
}
