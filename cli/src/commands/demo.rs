//! `batchwright demo`

mod folder;
mod result;

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use aws_sdk_s3::primitives::ByteStream;
use clap::Args;
use control::RunId;
use local_surface::INBOX_BUCKET;
use pipeline::{Definition, Trigger};

use crate::{
    arguments::Context,
    client::Client,
    commands::register::register,
    definition_file::{self, DefinitionFile},
    exit::{Exit, Failure},
    output::note,
    place::Place,
    server::Server,
    signals::Signals,
    watch::{Progress, watch},
};

use folder::DemoFolder;

/// Upload a CSV file, and watch the pipeline that it starts.
///
/// Starts a server of its own on a free port, registers the pipeline, uploads the file with the S3 protocol, shows the jobs as they
/// run, fetches the report that they draw, and stops everything. Ends with 0 if all of that worked.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// The CSV file to profile.
    #[arg(long, short, value_name = "FILE", default_value = "pipelines/data/hurricanes.csv")]
    file: PathBuf,
    /// The pipeline's definition. Uploads under profile/ whose name ends with .csv must trigger it.
    #[arg(long, value_name = "FILE", default_value = "pipelines/csv-profile.yaml")]
    pipeline: PathBuf,
    /// Keep the server's data folder, to look into it; it is kept too if the run fails.
    #[arg(long)]
    keep: bool,
}

impl Demo {
    /// Runs the demo. The folder of its server goes when it has worked.
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        context.target.refuse_stack("demo")?;
        let definition = definition_file::read(&self.pipeline)?
            .map_err(|faults| Failure::failed(format!("the pipeline is not valid: {}", faults.summary())))?;
        let key = key_for(&self.file);
        if !is_triggered(&definition.definition, &key) {
            let pipeline = self.pipeline.display();
            return Err(Failure::failed(format!(
                "{pipeline} has no trigger for uploads like s3://{INBOX_BUCKET}/{key}"
            )));
        }
        if !self.file.is_file() {
            return Err(Failure::failed(format!("there is no file {}", self.file.display())));
        }
        let mut signals = Signals::new()?;
        let folder = DemoFolder::create(context)?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = Server::open(&folder.data_dir, address, None, context).await?;
        let place = Place::Server { endpoint: server.endpoint() };
        let client = Client::connect(&place, &folder.data_dir, context.clock.clone()).await?;
        note(format_args!("server   {}", server.endpoint()));
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = tokio::spawn(server.run(async move { drop(stopped.await) }));
        // Job processes do not end with this one: an interrupted demo stops its server as well.
        let shown = tokio::select! {
            shown = Box::pin(self.upload_and_watch(&key, &client, &definition, &folder, context)) => shown,
            () = signals.next() => Ok(Exit::Interrupted),
        };
        drop(stop);
        serving.await.map_err(|error| Failure::failed(format!("the server broke: {error}")))??;
        if matches!(shown, Ok(Exit::Done)) && !self.keep {
            folder.remove();
        } else {
            note(format_args!("data     {}", folder.data_dir.display()));
        }
        shown
    }

    async fn upload_and_watch(
        &self,
        key: &str,
        client: &Client,
        definition: &DefinitionFile,
        folder: &DemoFolder,
        context: &Context,
    ) -> Result<Exit, Failure> {
        let name = &definition.definition.name;
        let version = register(client, definition).await?;
        note(format_args!("pipeline {name} v{version}"));
        note(format_args!("upload   s3://{INBOX_BUCKET}/{key}"));
        let run = upload(client, &self.file, key, name.as_str()).await?;
        let view = watch(client, &run, Progress::beside_result()).await?;
        if view.outcome != Some(machine::run::Outcome::Succeeded) {
            result::explain(client, &view, &folder.data_dir).await;
            return Ok(Exit::Failed);
        }
        result::show(client, &view, &definition.definition, folder, context.output).await?;
        Ok(Exit::Done)
    }
}

/// Uploads the file, and waits for the run that it starts.
async fn upload(client: &Client, file: &Path, key: &str, pipeline: &str) -> Result<RunId, Failure> {
    let sent = client.about_to_put(key).await?;
    let body = ByteStream::from_path(file).await;
    let body = body.map_err(|error| Failure::failed(format!("{} cannot be read: {error}", file.display())))?;
    let put = client.s3.put_object().bucket(INBOX_BUCKET).key(key).content_type("text/csv").body(body).send().await;
    put.map_err(|error| Failure::aws("S3 PutObject", &error))?;
    client
        .until(&sent, async || {
            let runs = client.latest_runs(1, |line| line.pipeline == pipeline).await?;
            Ok(runs.into_iter().next().map(|line| line.id))
        })
        .await
}

/// Whether uploads of that key to the inbox start runs of the pipeline.
fn is_triggered(definition: &Definition, key: &str) -> bool {
    definition.triggers.iter().any(|trigger| match trigger {
        Trigger::S3(s3) => {
            s3.bucket.as_deref().is_none_or(|bucket| bucket == INBOX_BUCKET) && s3.objects.matches(key, 1).is_some()
        }
        Trigger::Sqs(_) | Trigger::Schedule(_) => false,
    })
}

/// The file's own name, with the ending that the trigger asks for.
fn key_for(file: &Path) -> String {
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    format!("profile/{stem}.csv")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_file_is_called_it_triggers_the_pipeline() {
        assert_eq!(key_for(Path::new("pipelines/data/hurricanes.csv")), "profile/hurricanes.csv");
        assert_eq!(key_for(Path::new("/x/Größe 2.CSV")), "profile/Größe 2.csv");
        assert_eq!(key_for(Path::new("table")), "profile/table.csv");
    }
}
