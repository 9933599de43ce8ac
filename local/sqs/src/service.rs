//! The JSON protocol: `X-Amz-Target: AmazonSQS.<operation>`, one JSON object in, one out.

use http::{Request, header::HOST, request::Parts};
use local_wire::{Answer, Body, Service, collect, json, target};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Code, Error, Sqs, ops};

/// The longest request: a batch of 1 MiB whose every byte is escaped.
const MAX_REQUEST: usize = 16 * 1024 * 1024;

/// One request.
pub(crate) struct Call {
    bytes: bytes::Bytes,
    /// Scheme and host that the client called: queue URLs begin with it.
    pub(crate) endpoint: String,
}

impl Call {
    /// The request's content. Unknown fields are ignored, as AWS does.
    ///
    /// # Errors
    /// `SerializationException` if it is not JSON, or a field has the wrong type.
    pub(crate) fn input<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let bytes: &[u8] = if self.bytes.is_empty() { b"{}" } else { &self.bytes };
        serde_json::from_slice(bytes).map_err(|error| Error::caller(Code::Serialization, error.to_string()))
    }
}

impl Service for Sqs {
    fn call(&self, request: Request<Body>) -> Answer<'_> {
        Box::pin(async move {
            match self.answer(request).await {
                Ok(content) => json(Ok(content)),
                Err(error) => error.response(),
            }
        })
    }
}

impl Sqs {
    async fn answer(&self, request: Request<Body>) -> Result<Value, Error> {
        let (parts, body) = request.into_parts();
        let endpoint = endpoint(&parts).unwrap_or_else(|| self.config.endpoint.clone());
        let Some(operation) = target(&parts.headers).map(str::to_owned) else {
            let message = "The header X-Amz-Target is missing: SQS is served here in its JSON protocol, not in the query \
                           protocol. Clients from 2024 on speak it.";
            return Err(Error::caller(Code::UnknownOperation, message));
        };
        let bytes =
            collect(body, MAX_REQUEST).await.map_err(|error| Error::caller(Code::Serialization, error.to_string()))?;
        self.perform(&operation, &Call { bytes, endpoint }).await
    }

    async fn perform(&self, operation: &str, call: &Call) -> Result<Value, Error> {
        if operation == "ReceiveMessage" {
            return ops::receive::receive(self, call).await;
        }
        if let Some(read) = reads(operation) {
            return read(self, call);
        }
        let Some(write) = writes(operation) else {
            let message = format!("The operation {operation} is not served here. Served are: {SERVED}.");
            return Err(Error::caller(Code::UnknownOperation, message));
        };
        let done = write(self, call)?;
        self.config.store.durable().await?;
        Ok(done)
    }
}

type Operation = fn(&Sqs, &Call) -> Result<Value, Error>;

const SERVED: &str = "ChangeMessageVisibility(Batch), CreateQueue, DeleteMessage(Batch), DeleteQueue, GetQueueAttributes, \
                      GetQueueUrl, ListDeadLetterSourceQueues, ListMessageMoveTasks, ListQueueTags, ListQueues, \
                      PurgeQueue, ReceiveMessage, SendMessage(Batch), SetQueueAttributes, StartMessageMoveTask, TagQueue, \
                      UntagQueue";

fn reads(operation: &str) -> Option<Operation> {
    Some(match operation {
        "GetQueueAttributes" => ops::attributes::get,
        "GetQueueUrl" => ops::queues::url,
        "ListDeadLetterSourceQueues" => ops::queues::dead_letter_sources,
        "ListMessageMoveTasks" => ops::moves::list,
        "ListQueueTags" => ops::tags::list,
        "ListQueues" => ops::queues::list,
        _ => return None,
    })
}

fn writes(operation: &str) -> Option<Operation> {
    Some(match operation {
        "ChangeMessageVisibility" => ops::settle::change,
        "ChangeMessageVisibilityBatch" => ops::settle::change_batch,
        "CreateQueue" => ops::create::queue,
        "DeleteMessage" => ops::settle::delete,
        "DeleteMessageBatch" => ops::settle::delete_batch,
        "DeleteQueue" => ops::queues::delete,
        "PurgeQueue" => ops::queues::purge,
        "SendMessage" => ops::send::message,
        "SendMessageBatch" => ops::send::batch,
        "SetQueueAttributes" => ops::attributes::set,
        "StartMessageMoveTask" => ops::moves::start,
        "TagQueue" => ops::tags::tag,
        "UntagQueue" => ops::tags::untag,
        _ => return None,
    })
}

/// Scheme and host that the client called.
fn endpoint(parts: &Parts) -> Option<String> {
    let header = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = header.or_else(|| parts.uri.authority().map(|authority| authority.as_str()))?;
    Some(format!("http://{host}"))
}
