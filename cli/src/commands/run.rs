//! `batchwright run`

use std::path::{Path, PathBuf};

use clap::Args;
use control::RunId;
use pipeline::PipelineName;
use serde_json::{Map, Value, json};

use crate::{
    arguments::Context,
    client::Client,
    exit::{Exit, Failure},
    params::{self, Given},
    watch::{Progress, watch},
};

/// Run a pipeline, and print the run's id.
///
/// The parameters are checked by the pipeline's definition before anything is sent. With --wait, progress is shown on standard
/// error, and the command ends as the run does: with 0 if it succeeded, 1 if it failed, 3 if it was cancelled.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The pipeline's name.
    pipeline: PipelineName,
    /// A parameter; may be given several times. Its text becomes what the definition says: a list is written a,b,c or as JSON.
    #[arg(long = "param", short = 'p', value_name = "NAME=VALUE")]
    params: Vec<Given>,
    /// A file with the parameters, as a JSON object; those given by --param go before.
    #[arg(long, value_name = "FILE")]
    params_file: Option<PathBuf>,
    /// Instead of the pipeline's own priority, 0 to 9999; the higher goes first.
    #[arg(long, value_parser = clap::value_parser!(u16).range(0..=9999))]
    priority: Option<u16>,
    /// What makes two requests the same one: the same key never starts a second run of the pipeline.
    #[arg(long, value_name = "KEY", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    dedupe_key: Option<String>,
    /// Wait until the run has ended.
    #[arg(long, short)]
    wait: bool,
}

impl Run {
    /// Asks for the run, and waits until it is there.
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let client = context.client().await?;
        let pipeline = self.pipeline.as_str();
        let definition = client.latest_definition(pipeline).await?;
        let file = self.params_file.as_deref().map(params_in).transpose()?.unwrap_or_default();
        let params = params::typed(&definition, file, &self.params).map_err(Failure::failed)?;
        if let Err(faults) = definition.check_params(&params) {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            return Err(Failure::failed(faults.join("\n       ")));
        }
        let key = self.dedupe_key.clone().unwrap_or_else(|| context.ids.uuid());
        let run = ask(&client, pipeline, params, &key, self.priority).await?;
        context.output.line(&run)?;
        if !self.wait {
            return Ok(Exit::Done);
        }
        let view = watch(&client, &run, Progress::beside_result()).await?;
        Ok(view.outcome.map_or(Exit::Failed, Exit::from))
    }
}

/// Sends the request. The run's id follows from the key, so that the run is known when it comes.
async fn ask(
    client: &Client,
    pipeline: &str,
    params: Map<String, Value>,
    key: &str,
    priority: Option<u16>,
) -> Result<RunId, Failure> {
    let mut request = json!({ "action": "run", "pipeline": pipeline, "params": params, "dedupe_key": key });
    if let (Some(priority), Some(fields)) = (priority, request.as_object_mut()) {
        fields.insert("priority".to_owned(), priority.into());
    }
    let run = RunId::of(pipeline, &format!("dedupe\n{key}"));
    let sent = client.request(&request).await?;
    client.until(&sent, async || Ok(client.table.run(&run).await?.map(|_| run.clone()))).await
}

fn params_in(path: &Path) -> Result<Map<String, Value>, Failure> {
    let shown = path.display();
    let text =
        std::fs::read_to_string(path).map_err(|error| Failure::failed(format!("{shown} cannot be read: {error}")))?;
    serde_json::from_str(&text)
        .map_err(|error| Failure::failed(format!("{shown} is not a JSON object of parameters: {error}")))
}
