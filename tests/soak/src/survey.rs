//! Reading the facts, over TCP, by the AWS SDKs.

use std::collections::BTreeMap;

use ambient::Clock;
use aws_sdk_batch::types::{AttemptDetail, JobDetail, JobStatus};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::types::QueueAttributeName;
use control::{RunId, table::whole_run::WholeRun};
use end_to_end::Result;
use local_surface::{INBOX_BUCKET, TABLE};
use machine::{Timestamp, stage::State};

use crate::{
    clients::Clients,
    facts::{End, Facts, Job, Run, Stage, Try},
};

/// `DescribeJobs` takes so many ids.
const DESCRIBED: usize = 100;
/// What Batch says of a job whose host was taken away begins so.
const HOST_LOST: &str = "Host EC2";
/// A day in milliseconds.
const DAY_MS: u64 = 24 * 3600 * 1000;

/// Reads everything.
///
/// # Errors
/// If something cannot be read.
pub(crate) async fn facts(clients: &Clients) -> Result<Facts> {
    let mut runs = Vec::new();
    for id in run_ids(clients).await? {
        runs.extend(clients.table.whole_run(&id).await?.map(|whole| run(&whole)));
    }
    Ok(Facts {
        runs,
        jobs: jobs(&clients.batch).await?,
        objects: objects(&clients.s3).await?,
        rejections: rejections(clients).await?,
        queues: queues(&clients.sqs).await?,
    })
}

/// Every run of the table, whatever the indexes say.
async fn run_ids(clients: &Clients) -> Result<Vec<RunId>> {
    let scan = clients.dynamodb.scan().table_name(TABLE).filter_expression("SK = :run").projection_expression("PK");
    let scan = scan.expression_attribute_values(":run", AttributeValue::S("RUN".to_owned()));
    let mut items = scan.into_paginator().items().send();
    let mut ids = Vec::new();
    while let Some(item) = items.next().await {
        let item = item?;
        let pk = item.get("PK").and_then(|pk| pk.as_s().ok()).and_then(|pk| pk.strip_prefix("RUN#"));
        ids.push(RunId::parse(pk.ok_or("a run's item without its id")?)?);
    }
    Ok(ids)
}

fn run(whole: &WholeRun) -> Run {
    let record = &whole.run.value;
    let key = record.trigger.pointer("/s3/key").and_then(|key| key.as_str());
    let name = key.and_then(|key| key.split('/').nth(1));
    let name = name.or_else(|| record.params.get("input").and_then(|input| input.as_str()));
    Run {
        id: record.id.to_string(),
        pipeline: record.pipeline.clone(),
        input: name.unwrap_or_default().to_owned(),
        status: record.run.status,
        stages: whole.stages.iter().map(|(name, stage)| (name.clone(), self::stage(&stage.value))).collect(),
    }
}

fn stage(stage: &machine::Stage) -> Stage {
    let ended = match &stage.state {
        State::Ended(ended) => Some((ended.outcome, ended.cause.as_ref().map(|cause| cause.kind))),
        State::Waiting
        | State::Ready { .. }
        | State::Claimed { .. }
        | State::Submitted { .. }
        | State::Backoff { .. }
        | State::Expanding
        | State::FannedOut { .. }
        | State::Cancelling { .. } => None,
    };
    Stage { attempt: stage.attempt.0, job: stage.job().map(ToString::to_string), ended }
}

/// All jobs of all queues, by id.
async fn jobs(batch: &aws_sdk_batch::Client) -> Result<BTreeMap<String, Job>> {
    let mut ids = Vec::new();
    let queues = batch.describe_job_queues().send().await?;
    for queue in queues.job_queues().iter().filter_map(|queue| queue.job_queue_name()) {
        for status in JobStatus::values().iter().map(|status| JobStatus::from(*status)) {
            let listed = batch.list_jobs().job_queue(queue).job_status(status);
            let mut pages = listed.into_paginator().items().send();
            while let Some(job) = pages.next().await {
                ids.push(job?.job_id.ok_or("a job without an id")?);
            }
        }
    }
    let mut jobs = BTreeMap::new();
    for detail in described(batch, &ids).await? {
        let id = detail.job_id.clone().ok_or("a job without an id")?;
        let mut job = job(&detail);
        if job.end == End::Failed && detail.array_properties.is_some() {
            job.failed_children = failed_children(batch, &id).await?;
        }
        jobs.insert(id, job);
    }
    Ok(jobs)
}

async fn described(batch: &aws_sdk_batch::Client, ids: &[String]) -> Result<Vec<JobDetail>> {
    let mut details = Vec::new();
    for some in ids.chunks(DESCRIBED) {
        let answer = batch.describe_jobs().set_jobs(Some(some.to_vec())).send().await?;
        details.extend(answer.jobs.unwrap_or_default());
    }
    Ok(details)
}

fn job(detail: &JobDetail) -> Job {
    Job {
        name: detail.job_name.clone().unwrap_or_default(),
        end: match detail.status {
            Some(JobStatus::Succeeded) => End::Succeeded,
            Some(JobStatus::Failed) => End::Failed,
            _ => End::Alive,
        },
        tries: tries(detail),
        failed_children: Vec::new(),
    }
}

fn tries(detail: &JobDetail) -> Vec<Try> {
    detail.attempts().iter().map(a_try).collect()
}

fn a_try(attempt: &AttemptDetail) -> Try {
    let reason = attempt.status_reason().unwrap_or_default();
    match attempt.container().and_then(|container| container.exit_code()) {
        Some(code) => Try::Exit(code),
        None if reason.starts_with(HOST_LOST) => Try::HostLost,
        None => Try::Other(reason.to_owned()),
    }
}

async fn failed_children(batch: &aws_sdk_batch::Client, array: &str) -> Result<Vec<Vec<Try>>> {
    let listed = batch.list_jobs().array_job_id(array).job_status(JobStatus::Failed).send().await?;
    let ids: Vec<String> = listed.job_summary_list().iter().filter_map(|child| child.job_id.clone()).collect();
    Ok(described(batch, &ids).await?.iter().map(tries).collect())
}

async fn objects(s3: &aws_sdk_s3::Client) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut objects = BTreeMap::new();
    let mut pages = s3.list_objects_v2().bucket(INBOX_BUCKET).into_paginator().send();
    while let Some(page) = pages.next().await {
        for key in page?.contents().iter().filter_map(|object| object.key()) {
            let object = s3.get_object().bucket(INBOX_BUCKET).key(key).send().await?;
            objects.insert(key.to_owned(), object.body.collect().await?.to_vec());
        }
    }
    Ok(objects)
}

/// Of today, and of yesterday: midnight may have passed.
async fn rejections(clients: &Clients) -> Result<Vec<String>> {
    let now_ms = Clock::System.now_ms();
    let mut rejections = clients.table.rejections(Timestamp::from_ms(now_ms)).await?;
    rejections.extend(clients.table.rejections(Timestamp::from_ms(now_ms.saturating_sub(DAY_MS))).await?);
    Ok(rejections.into_iter().map(|rejection| format!("{}: {}", rejection.source, rejection.reason)).collect())
}

/// How many messages each queue has, whether they can be received, are in flight, or delayed.
///
/// # Errors
/// If SQS does not answer.
pub(crate) async fn queues(sqs: &aws_sdk_sqs::Client) -> Result<BTreeMap<String, u64>> {
    let mut queues = BTreeMap::new();
    for url in sqs.list_queues().send().await?.queue_urls() {
        let asked = sqs.get_queue_attributes().queue_url(url).attribute_names(QueueAttributeName::All).send().await?;
        let attributes = asked.attributes().ok_or("a queue without attributes")?;
        let counts = attributes.iter().filter(|(name, _)| name.as_str().starts_with("ApproximateNumberOfMessages"));
        let messages = counts.map(|(_, count)| count.parse::<u64>()).sum::<Result<u64, _>>()?;
        queues.insert(url.rsplit('/').next().unwrap_or_default().to_owned(), messages);
    }
    Ok(queues)
}
