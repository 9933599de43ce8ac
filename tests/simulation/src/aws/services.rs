//! The embedded services of one world, in memory.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use ambient::{Clock, Ids};
use local_batch::{Batch, Machine};
use local_s3::{EventName, S3};
use local_scheduler::Scheduler;
use local_sqs::Sqs;
use local_store::Store;
use local_surface::{DynamoDb, INBOX_BUCKET, MAPPINGS, REGION, Router, SCHEDULE_GROUP, UPLOAD_QUEUE, WORK_BUCKET};
use local_wire::Service;

use crate::{
    Error, Result,
    aws::{Fates, Played},
    platform::LateDeliveries,
};

/// When every world begins: 2026-11-24T06:00:00Z.
pub const NOW_MS: u64 = 1_795_500_000_000;
/// Nobody listens there: everything is in this process.
pub(crate) const ENDPOINT: &str = "http://local";

/// The services of a world.
pub struct Services {
    /// The time of the services.
    pub clock: Clock,
    /// The store of all but DynamoDB.
    pub store: Store,
    /// Batch, for its events.
    pub batch: Arc<Batch>,
    /// SQS, for those who receive.
    pub sqs: Arc<Sqs>,
    /// The scheduler, which fires.
    pub scheduler: Arc<Scheduler>,
    /// All of them.
    pub router: Router,
}

impl Services {
    /// Opens them. What they tell of goes to `deliveries`, once that is there.
    pub(crate) async fn open(
        folder: &Path,
        (clock, ids): (Clock, Ids),
        fates: Fates,
        deliveries: LateDeliveries,
    ) -> Result<Self> {
        let store = Store::memory()?;
        let sqs = Sqs::open(local_sqs::Config {
            store: store.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            region: REGION.to_owned(),
            endpoint: ENDPOINT.to_owned(),
        })?;
        let s3 = S3::open(local_s3::Config {
            store: store.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            data_dir: folder.to_owned(),
            region: REGION.to_owned(),
            notify: notification(Arc::clone(&sqs), deliveries.clone()),
        })?;
        let scheduler = Scheduler::open(local_scheduler::Config {
            store: store.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            region: REGION.to_owned(),
            fire: Arc::new(move |_, firing| {
                if let Some(deliveries) = deliveries.get() {
                    deliveries.fired(firing);
                }
                Ok(())
            }),
        })?;
        let batch = Batch::open(local_batch::Config {
            store: store.clone(),
            clock: clock.clone(),
            ids,
            data_dir: folder.to_owned(),
            endpoint: ENDPOINT.to_owned(),
            region: REGION.to_owned(),
            machine: Machine {
                millivcpus: 1_000_000,
                memory_mib: 4_000_000,
                path: Vec::new(),
                home: folder.to_owned(),
            },
            path_prepend: Vec::new(),
            secrets: None,
            runner: Arc::new(Played { fates, s3: Arc::clone(&s3), folder: folder.to_owned() }),
            // Every change is told: the events that the rule lets through are chosen where they are delivered.
            emit: Arc::new(|_| true),
        })?;
        install(&sqs, &s3, &scheduler).await?;
        let router = Router {
            s3,
            sqs: sqs.clone(),
            dynamodb: Arc::new(DynamoDb::memory().map_err(|error| Error::of(&error))?),
            batch: batch.clone(),
            scheduler: scheduler.clone(),
        };
        Ok(Self { clock, store, batch, sqs, scheduler, router })
    }

    /// All of them, for clients without faults.
    pub fn service(&self) -> Arc<dyn Service> {
        Arc::new(self.router.clone())
    }
}

/// What the stack's template makes on AWS.
async fn install(sqs: &Arc<Sqs>, s3: &Arc<S3>, scheduler: &Arc<Scheduler>) -> Result<()> {
    for (queue, _) in MAPPINGS {
        let dead_letters = dead_letters(queue);
        sqs.ensure_queue(&dead_letters, &BTreeMap::new())?;
        let arn = sqs.arn(&dead_letters);
        let redrive = format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":5}}"#);
        let attributes = [("VisibilityTimeout", "360"), ("RedrivePolicy", redrive.as_str())];
        let attributes = attributes.map(|(name, value)| (name.to_owned(), value.to_owned()));
        sqs.ensure_queue(queue, &BTreeMap::from(attributes))?;
    }
    s3.create_bucket(INBOX_BUCKET).await?;
    s3.create_bucket(WORK_BUCKET).await?;
    Ok(scheduler.create_group(SCHEDULE_GROUP)?)
}

/// The dead-letter queue of a queue.
pub(crate) fn dead_letters(queue: &str) -> String {
    format!("{queue}-dead-letters")
}

/// S3 tells of an object that was created in the inbox at least once, in any order.
fn notification(sqs: Arc<Sqs>, deliveries: LateDeliveries) -> local_s3::Hook {
    Arc::new(move |transaction, event| {
        let created = match event.name {
            EventName::CreatedPut | EventName::CreatedCopy | EventName::CreatedCompleteMultipartUpload => true,
            EventName::RemovedDelete | EventName::RemovedDeleteMarkerCreated => false,
        };
        let deliveries = deliveries.get();
        let delays = deliveries.as_ref().map(|deliveries| deliveries.notification_delays_s()).unwrap_or_default();
        let message = match deliveries {
            Some(deliveries) => deliveries.notification(event.message("batchwright")),
            None => event.message("batchwright"),
        };
        for delay in delays.into_iter().filter(|_| created && event.bucket == INBOX_BUCKET) {
            sqs.send_in(transaction, UPLOAD_QUEUE, &message, delay)?;
        }
        Ok(())
    })
}
