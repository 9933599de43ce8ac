//! What the functions do when they cannot do what they are for.

use end_to_end::{Laptop, Result};
use serde_json::json;

use crate::{
    environment::environment,
    function::{Function, Outcome, ended, event},
};

const FUNCTIONS: [&str; 6] = ["on-upload", "on-message", "on-schedule", "on-job-change", "on-wake", "sweep"];

/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:9";

#[tokio::test]
async fn without_its_table_every_function_ends_and_says_so() -> Result<()> {
    for function in FUNCTIONS {
        let mut environment = environment(function, NOWHERE, "127.0.0.1:9");
        environment.remove("BATCHWRIGHT_TABLE");
        let output = ended(function, &environment).await?;
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{function}: {said}");
        assert!(said.contains("BATCHWRIGHT_TABLE") && said.contains("missing"), "{function}: {said}");
        assert!(!said.contains("panicked"), "{function}: {said}");
    }
    Ok(())
}

#[tokio::test]
async fn an_event_of_another_service_is_an_error_and_the_function_goes_on() -> Result<()> {
    let laptop = Laptop::start().await?;
    let mut function = Function::start("on-message", laptop.endpoint()).await?;
    let Outcome::Error(error) = function.invoke(json!({ "Records": 1 })).await? else {
        return Err("it was answered".into());
    };
    assert!(error["errorType"].is_string() && error["errorMessage"].is_string(), "{error}");
    let answer = function.invoke(event("on-message", "bad-not-json")?).await?;
    assert_eq!(answer, Outcome::Response(json!({ "batchItemFailures": [] })));
    laptop.rejection(&rejected()?).await?;
    function.stop().await?;
    laptop.stop().await
}

/// The source of the message in `bad-not-json`.
fn rejected() -> Result<String> {
    let event = event("on-message", "bad-not-json")?;
    let message = event["Records"][0]["messageId"].as_str().ok_or("the message has no id")?;
    Ok(format!("sqs://batchwright-requests/{message}"))
}

#[tokio::test]
async fn while_aws_cannot_be_reached_a_message_is_to_be_delivered_again() -> Result<()> {
    let mut function = Function::start("on-message", NOWHERE).await?;
    let answer = function.invoke(event("on-message", "valid-run")?).await?;
    let failed = json!([{ "itemIdentifier": "ba33d270-7475-5d42-abf3-05835f2c3d43" }]);
    assert_eq!(answer, Outcome::Response(json!({ "batchItemFailures": failed })));
    let log = function.stop().await?;
    assert!(log.iter().any(|line| line["level"] == "ERROR"), "{log:?}");
    Ok(())
}

#[tokio::test]
async fn while_aws_cannot_be_reached_a_firing_is_an_error() -> Result<()> {
    let mut function = Function::start("on-schedule", NOWHERE).await?;
    let outcome = function.invoke(event("on-schedule", "valid")?).await?;
    assert!(matches!(outcome, Outcome::Error(_)), "{outcome:?}");
    function.stop().await?;
    Ok(())
}
