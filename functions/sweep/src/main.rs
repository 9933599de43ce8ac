//! The Lambda function `sweep`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), control::lambda::Failure> {
    control::lambda::serve(
        |control, event, invocation| async move { sweep::handle(&control, event, &invocation).await },
    )
    .await
}
