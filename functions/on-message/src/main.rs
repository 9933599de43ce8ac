//! The Lambda function `on-message`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), control::lambda::Failure> {
    control::lambda::serve(|control, event, invocation| async move {
        on_message::handle(&control, event, &invocation).await
    })
    .await
}
