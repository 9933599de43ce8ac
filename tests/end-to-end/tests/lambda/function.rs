//! The binary of one function, as a process.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    process::{Output, Stdio},
};

use end_to_end::{PATIENCE, Result, binary, repository};
use serde_json::{Map, Value};
use tempfile::TempDir;
use tokio::{
    process::{Child, Command},
    time::timeout,
};

use crate::{
    environment::environment,
    runtime_api::{Call, RuntimeApi},
};

/// How an invocation ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// With this answer.
    Response(Value),
    /// With this error; the platform tries again.
    Error(Value),
}

/// A line of a log.
pub(crate) type Line = Map<String, Value>;

/// A function that serves. It is killed when it goes out of scope.
pub(crate) struct Function {
    process: Child,
    api: RuntimeApi,
    /// Where its output goes: nobody has to read it in time.
    folder: TempDir,
    invocations: u32,
}

impl Function {
    /// Starts it with its services at `endpoint`, and waits until it asks for an event.
    pub(crate) async fn start(name: &str, endpoint: &str) -> Result<Self> {
        let api = RuntimeApi::start(name).await?;
        let folder = tempfile::tempdir()?;
        let process = command(name, &environment(name, endpoint, &api.address()))?
            .stdout(File::create(folder.path().join("stdout"))?)
            .stderr(File::create(folder.path().join("stderr"))?)
            .spawn()?;
        let mut function = Self { process, api, folder, invocations: 0 };
        match function.call().await? {
            Call::Next => Ok(function),
            early @ (Call::Response { .. } | Call::Error { .. }) => Err(format!("before any event: {early:?}").into()),
        }
    }

    /// Hands it one event, and waits until it has answered and asks for another.
    pub(crate) async fn invoke(&mut self, event: Value) -> Result<Outcome> {
        self.invocations += 1;
        let id = format!("8476a536-e9f4-11e8-9739-{:012}", self.invocations);
        self.api.deliver(&id, event)?;
        let outcome = match self.call().await? {
            Call::Response { request, answer } if request == id => Outcome::Response(answer),
            Call::Error { request, error } if request == id => Outcome::Error(error),
            other @ (Call::Next | Call::Response { .. } | Call::Error { .. }) => {
                return Err(format!("instead of an answer to {id}: {other:?}").into());
            }
        };
        match self.call().await? {
            Call::Next => Ok(outcome),
            other @ (Call::Response { .. } | Call::Error { .. }) => Err(format!("a second answer: {other:?}").into()),
        }
    }

    /// Kills it, as Lambda does with one that is idle. What it logged: JSON objects, one a line, and nothing else.
    pub(crate) async fn stop(mut self) -> Result<Vec<Line>> {
        self.process.kill().await?;
        let errors = self.output("stderr")?;
        assert!(errors.is_empty(), "{errors}");
        let lines = self.output("stdout")?;
        lines
            .lines()
            .map(|line| serde_json::from_str(line).map_err(|error| format!("{error}: {line}").into()))
            .collect()
    }

    /// What it does next. One that has ended does nothing.
    async fn call(&mut self) -> Result<Call> {
        let ended = tokio::select! {
            biased;
            call = timeout(PATIENCE, self.api.call()) => {
                return call.map_err(|_| format!("the function did nothing for {} s", PATIENCE.as_secs()))?;
            }
            ended = self.process.wait() => ended?,
        };
        Err(format!("the function has ended, {ended}: {}", self.output("stderr")?).into())
    }

    fn output(&self, stream: &str) -> Result<String> {
        Ok(fs::read_to_string(self.folder.path().join(stream))?)
    }
}

/// Runs a function's binary that is expected to end by itself.
pub(crate) async fn ended(name: &str, environment: &BTreeMap<&'static str, String>) -> Result<Output> {
    let mut command = command(name, environment)?;
    let output = timeout(PATIENCE, command.output()).await;
    Ok(output.map_err(|_| format!("{name} still runs after {} s", PATIENCE.as_secs()))??)
}

/// One of the files of `events/`.
pub(crate) fn event(function: &str, name: &str) -> Result<Value> {
    let path = repository("events").join(function).join(format!("{name}.json"));
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

/// The binary, in an environment that holds nothing else, and killed with its handle.
fn command(name: &str, environment: &BTreeMap<&'static str, String>) -> Result<Command> {
    let mut command = Command::new(binary(name)?);
    command.env_clear().envs(environment).stdin(Stdio::null()).kill_on_drop(true);
    Ok(command)
}
