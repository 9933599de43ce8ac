//! The functions of `functions/`, and how they are called.

use std::{sync::Arc, time::Duration};

use control::{Control, Invocation, lambda::Failure};
use serde_json::Value;

/// How long a function may take, as in the stack's template.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A Lambda function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Function {
    /// `functions/on-upload`.
    OnUpload,
    /// `functions/on-message`.
    OnMessage,
    /// `functions/on-schedule`.
    OnSchedule,
    /// `functions/on-job-change`.
    OnJobChange,
    /// `functions/on-wake`.
    OnWake,
    /// `functions/sweep`.
    Sweep,
}

impl Function {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::OnUpload, Self::OnMessage, Self::OnSchedule, Self::OnJobChange, Self::OnWake, Self::Sweep];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::OnUpload => "on-upload",
            Self::OnMessage => "on-message",
            Self::OnSchedule => "on-schedule",
            Self::OnJobChange => "on-job-change",
            Self::OnWake => "on-wake",
            Self::Sweep => "sweep",
        }
    }

    /// The one of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|function| function.name() == name)
    }

    /// Handles an event as the deployed function does.
    ///
    /// # Errors
    /// If it is to be invoked again.
    pub async fn handle(self, control: &Control, event: Value, invocation: &Invocation) -> Result<Value, Failure> {
        match self {
            Self::OnUpload => on_upload::handle(control, event, invocation).await,
            Self::OnMessage => on_message::handle(control, event, invocation).await,
            Self::OnSchedule => on_schedule::handle(control, event, invocation).await,
            Self::OnJobChange => on_job_change::handle(control, event, invocation).await,
            Self::OnWake => on_wake::handle(control, event, invocation).await,
            Self::Sweep => sweep::handle(control, event, invocation).await,
        }
    }
}

/// The functions, over one control plane. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Functions(Arc<Control>);

impl Functions {
    pub(crate) fn new(control: Arc<Control>) -> Self {
        Self(control)
    }

    /// Calls a function with an event, within its time. A panic is an error of the function, as on AWS.
    pub(crate) async fn call(&self, function: Function, event: Value) -> Result<Value, Failure> {
        let control = Arc::clone(&self.0);
        let called = tokio::spawn(async move {
            let invocation = Invocation::ending_in(TIMEOUT);
            tokio::time::timeout(TIMEOUT, function.handle(&control, event, &invocation)).await
        });
        called.await??
    }
}
