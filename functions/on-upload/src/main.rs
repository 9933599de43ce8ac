//! The Lambda function `on-upload`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), control::lambda::Failure> {
    control::lambda::serve(
        |control, event, invocation| async move { on_upload::handle(&control, event, &invocation).await },
    )
    .await
}
