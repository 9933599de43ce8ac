//! Batchwright's AWS on one machine: S3, SQS, DynamoDB, Batch and EventBridge Scheduler on one port, and between them what AWS
//! does in a deployed stack: bucket notifications, queue mappings, schedules, the Batch rule, and the Lambda functions.
//!
//! **The functions are those of `functions/`, called with the JSON that AWS sends, and the services are reached by the AWS
//! SDKs.** Only the endpoint differs. Everything that was acknowledged is on disk: after the loss of the process a new one goes
//! on where it stopped.

mod dynamodb;
mod events;
mod installation;
mod lambda;
mod mapping;
mod router;
mod surface;

pub use dynamodb::DynamoDb;
pub use events::rule;
pub use installation::{
    ENDPOINT_CREDENTIALS, INBOX_BUCKET, REGION, REQUEST_QUEUE, SCHEDULE_GROUP, TABLE, UPLOAD_QUEUE, WAKE_QUEUE,
    WORK_BUCKET, config, create_job_queues, sdk_config,
};
pub use lambda::Function;
pub use mapping::MAPPINGS;
pub use router::Router;
pub use surface::{Error, Options, Surface};
