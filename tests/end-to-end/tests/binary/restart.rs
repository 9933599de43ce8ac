//! What a new server on the same folder takes up where the last one left it.

use std::time::Duration;

use aws_sdk_sqs::Client;
use end_to_end::{Result, Server, eventually};

use crate::output::{ended, json};

const SOURCE: &str = "pipeline: orders\non: [{ sqs: { queue: orders } }]\n\
                      stages:\n  only: { image: busybox, command: ['true'] }\n";
/// Longer than any test waits.
const INVISIBLE: Duration = Duration::from_secs(12 * 60 * 60);

/// The mapping that had received it is gone with its process, and its visibility timeout would hold it back.
#[tokio::test]
async fn a_message_of_a_trigger_that_was_received_by_the_last_process_is_received_again() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = Server::start(&folder.path().join("data"))?;
    let sqs = Client::new(&server.sdk());
    let url = sqs.create_queue().queue_name("orders").send().await?.queue_url.ok_or("no URL")?;
    sqs.send_message().queue_url(&url).message_body("{}").send().await?;
    let receive = sqs.receive_message().queue_url(&url).visibility_timeout(i32::try_from(INVISIBLE.as_secs())?);
    assert_eq!(receive.send().await?.messages().len(), 1);
    let path = folder.path().join("orders.yaml");
    std::fs::write(&path, SOURCE)?;
    ended(&server.run(&["register", path.to_str().ok_or("the path is not text")?])?, 0);
    server.kill_and_start()?;
    eventually("the run of the message", async || {
        let runs = json(&server.run(&["ps", "--json"])?)?;
        Ok((runs.as_array().map_or(0, Vec::len) == 1).then_some(()))
    })
    .await
}
