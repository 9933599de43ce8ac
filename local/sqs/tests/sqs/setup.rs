//! A service over an empty store, and a client of it.

use std::{collections::BTreeMap, sync::Arc};

use ambient::{Clock, Ids};
use aws_sdk_sqs::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
    error::{ProvideErrorMetadata, SdkError},
    types::{Message, QueueAttributeName},
};
use local_sqs::{Config, Sqs};
use local_store::Store;

/// When the virtual clock starts: any time well after the longest retention.
pub(crate) const START_MS: u64 = 1_790_000_000_000;

pub(crate) fn service(store: Store) -> Arc<Sqs> {
    Sqs::open(Config {
        store,
        clock: Clock::starting_at(START_MS),
        ids: Ids::seeded(1),
        region: "us-east-1".into(),
        endpoint: "http://127.0.0.1:4510".into(),
    })
    .unwrap()
}

pub(crate) fn client(sqs: &Arc<Sqs>) -> Client {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(Credentials::new("key", "secret", None, None, "test"))
        .region(Region::new("us-east-1"))
        .endpoint_url("http://local:4510")
        .retry_config(aws_sdk_sqs::config::retry::RetryConfig::disabled())
        .http_client(local_wire::client(sqs.clone()))
        .build();
    Client::from_conf(config)
}

/// A service with one queue, `jobs`.
pub(crate) struct Fixture {
    pub(crate) sqs: Arc<Sqs>,
    pub(crate) store: Store,
    pub(crate) client: Client,
    pub(crate) url: String,
}

impl Fixture {
    pub(crate) fn new(attributes: &[(&str, &str)]) -> Self {
        let store = Store::memory().unwrap();
        let sqs = service(store.clone());
        sqs.create_queue("jobs", &map(attributes)).unwrap();
        Self { client: client(&sqs), store, sqs, url: "http://local:4510/000000000000/jobs".into() }
    }

    pub(crate) async fn send(&self, body: &str) {
        self.client.send_message().queue_url(&self.url).message_body(body).send().await.unwrap();
    }

    pub(crate) async fn receive(&self, wait_s: i32) -> Vec<Message> {
        let receive = self.client.receive_message().queue_url(&self.url).max_number_of_messages(10);
        receive.wait_time_seconds(wait_s).send().await.unwrap().messages.unwrap_or_default()
    }

    pub(crate) async fn attribute(&self, name: QueueAttributeName) -> String {
        let get = self.client.get_queue_attributes().queue_url(&self.url).attribute_names(name.clone());
        get.send().await.unwrap().attributes.unwrap().remove(&name).unwrap()
    }
}

pub(crate) fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

pub(crate) fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().filter_map(|message| message.body()).collect()
}

/// The code of the error that a call ended with.
pub(crate) fn code<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug, R: std::fmt::Debug>(
    outcome: Result<T, SdkError<E, R>>,
) -> String {
    outcome.unwrap_err().code().unwrap().to_owned()
}
