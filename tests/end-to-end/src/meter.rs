//! A counter at the SDK's HTTP client.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use http::Response;
use local_wire::{Answer, Body, Service, body, collect, target};
use serde_json::Value;

/// Answers of DynamoDB are shorter.
const ANSWER_BYTES: usize = 32 * 1024 * 1024;

/// What was asked for, and what it cost.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counts {
    /// Requests, by operation; by path for the REST protocols.
    pub requests: BTreeMap<String, u64>,
    /// Write units of DynamoDB, indexes included.
    pub write_units: f64,
    /// Read units of DynamoDB.
    pub read_units: f64,
}

impl Counts {
    /// How often an operation was asked for.
    pub fn of(&self, operation: &str) -> u64 {
        self.requests.get(operation).copied().unwrap_or_default()
    }
}

/// A service that counts what goes through to the one behind it.
#[derive(Clone)]
pub struct Meter {
    behind: Arc<dyn Service>,
    counts: Arc<Mutex<Counts>>,
}

impl Meter {
    /// In front of `behind`.
    pub fn new(behind: Arc<dyn Service>) -> Self {
        Self { behind, counts: Arc::default() }
    }

    /// What was counted since the last time.
    pub fn take(&self) -> Counts {
        std::mem::take(&mut *self.counts())
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn counted(&self, request: http::Request<Body>) -> Response<Body> {
        let operation = target(request.headers()).unwrap_or_else(|| request.uri().path()).to_owned();
        let answer = self.behind.call(request).await;
        let (parts, content) = answer.into_parts();
        // A body that breaks off is the client's to see, as it would be without a meter: it gets what there is.
        let bytes = collect(content, ANSWER_BYTES).await.unwrap_or_default();
        let units = serde_json::from_slice::<Value>(&bytes).map_or(0.0, |answer| units(&answer));
        let mut counts = self.counts();
        match operation.as_str() {
            "GetItem" | "Query" | "Scan" | "BatchGetItem" | "TransactGetItems" => counts.read_units += units,
            _ => counts.write_units += units,
        }
        *counts.requests.entry(operation).or_default() += 1;
        Response::from_parts(parts, body(bytes))
    }
}

impl Service for Meter {
    fn call(&self, request: http::Request<Body>) -> Answer<'_> {
        Box::pin(self.counted(request))
    }
}

/// `ConsumedCapacity` is an object, or a list of them, one for each table.
fn units(answer: &Value) -> f64 {
    let of = |consumed: &Value| consumed.get("CapacityUnits").and_then(Value::as_f64).unwrap_or_default();
    match answer.get("ConsumedCapacity") {
        Some(Value::Array(tables)) => tables.iter().map(of).sum(),
        Some(table) => of(table),
        None => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Answering(&'static str);

    impl Service for Answering {
        fn call(&self, _request: http::Request<Body>) -> Answer<'_> {
            Box::pin(async { Response::new(body(self.0)) })
        }
    }

    #[tokio::test]
    async fn requests_and_units_are_summed_and_answers_pass() {
        let meter = Meter::new(Arc::new(Answering(r#"{"ConsumedCapacity":{"CapacityUnits":1.5}}"#)));
        for operation in ["DynamoDB_20120810.PutItem", "DynamoDB_20120810.PutItem", "DynamoDB_20120810.GetItem"] {
            let request = http::Request::builder().header("x-amz-target", operation).body(body("")).unwrap();
            let answer = collect(meter.call(request).await.into_body(), 100).await.unwrap();
            assert_eq!(answer, r#"{"ConsumedCapacity":{"CapacityUnits":1.5}}"#);
        }
        let counts = meter.take();
        assert_eq!((counts.of("PutItem"), counts.of("GetItem"), counts.of("Query")), (2, 1, 0));
        assert_eq!((counts.write_units, counts.read_units), (3.0, 1.5));
        assert_eq!(meter.take(), Counts::default());
    }

    #[test]
    fn units_of_several_tables_are_summed() {
        let answer = serde_json::json!({ "ConsumedCapacity": [{ "CapacityUnits": 2 }, { "CapacityUnits": 4 }] });
        assert_eq!(units(&answer), 6.0);
        assert_eq!(units(&serde_json::json!({})), 0.0);
    }
}
