//! AWS Batch: all that Batchwright asks of it.

pub(crate) mod blocked;
pub mod cause;
pub mod change;
mod children;
mod container;
pub mod define;
pub mod describe;
pub mod find;
pub mod name;
pub mod submit;

use aws_sdk_batch::{
    Client,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
};
use machine::JobId;

/// AWS Batch. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Jobs {
    client: Client,
}

/// Why Batch did not do it. Nothing here creates a job; all of it may be repeated.
#[derive(Debug, thiserror::Error)]
#[error("AWS Batch: {operation}: {message}")]
pub struct Error {
    operation: &'static str,
    message: String,
    /// Whether Batch refused it as a fault of the caller: it would again.
    pub(crate) refused: bool,
}

impl Error {
    fn of<E, R>(operation: &'static str, error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: std::fmt::Debug,
    {
        let refused = error.code() == Some("ClientException");
        Self { operation, message: DisplayErrorContext(error).to_string(), refused }
    }
}

impl Jobs {
    /// Over that client.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Terminates a job, whatever its state: `CancelJob` has no effect once it is starting. A job that has ended, or that
    /// Batch no longer knows, is left as it is.
    ///
    /// # Errors
    /// If Batch does not answer.
    pub async fn terminate(&self, job: &JobId, reason: &str) -> Result<(), Error> {
        match self.client.terminate_job().job_id(job.as_str()).reason(reason).send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some("ClientException") => {
                tracing::info!(%job, reason = error.message(), "the job cannot be terminated: it has ended or is gone");
                Ok(())
            }
            Err(error) => Err(Error::of("TerminateJob", &error)),
        }
    }
}
