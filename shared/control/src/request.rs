//! Requests: what people and producers ask for by a message.

use serde::Deserialize;
use serde_json::{Map, Value};

/// A message of the request queue, as JSON.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "action", rename_all = "lowercase", deny_unknown_fields)]
pub enum Request {
    /// Start a run: `{"action": "run", "pipeline": "…", "params": {…}, "dedupe_key": "…", "priority": 0–9999}`.
    Run {
        /// The pipeline.
        pipeline: String,
        /// Its parameters.
        #[serde(default)]
        params: Map<String, Value>,
        /// What makes two requests the same one; by default each message is one of its own.
        dedupe_key: Option<String>,
        /// Instead of the pipeline's own priority.
        priority: Option<u16>,
    },
    /// Cancel a run: `{"action": "cancel", "run_id": "…"}`.
    Cancel {
        /// The run.
        run_id: String,
    },
    /// Run again what failed: `{"action": "retry", "run_id": "…"}`.
    Retry {
        /// The run.
        run_id: String,
    },
}

impl Request {
    /// Reads a message's body.
    ///
    /// # Errors
    /// In words: what is wrong, and what would be right.
    pub fn parse(body: &str) -> Result<Self, String> {
        let right = "a request is {\"action\": \"run\", \"pipeline\": …, \"params\": {…}}, \
                     {\"action\": \"cancel\", \"run_id\": …} or {\"action\": \"retry\", \"run_id\": …}";
        if body.trim().is_empty() {
            return Err(format!("the message is blank; {right}"));
        }
        serde_json::from_str(body).map_err(|error| format!("the message is not a request: {error}; {right}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_strictly() {
        assert_eq!(
            Request::parse(r#"{"action":"run","pipeline":"etl","params":{"n":1},"dedupe_key":"k"}"#),
            Ok(Request::Run {
                pipeline: "etl".into(),
                params: Map::from_iter([("n".to_owned(), Value::from(1))]),
                dedupe_key: Some("k".into()),
                priority: None,
            })
        );
        assert_eq!(Request::parse(r#"{"action":"cancel","run_id":"x"}"#), Ok(Request::Cancel { run_id: "x".into() }));
        for bad in [
            "",
            "  \n",
            "hello",
            "[]",
            "3",
            "null",
            "{}",
            r#"{"action":"stop"}"#,
            r#"{"action":"run"}"#,
            r#"{"action":"run","pipeline":"p","parms":{}}"#,
            r#"{"action":"run","pipeline":"p","params":[]}"#,
            r#"{"action":"run","pipeline":"p","priority":-1}"#,
            r#"{"action":"cancel"}"#,
        ] {
            let reason = Request::parse(bad).expect_err(bad);
            assert!(reason.contains("a request is"), "{reason}");
        }
    }
}
