//! The Lambda function `on-job-change`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), control::lambda::Failure> {
    control::lambda::serve(|control, event, invocation| async move {
        on_job_change::handle(&control, event, &invocation).await
    })
    .await
}
