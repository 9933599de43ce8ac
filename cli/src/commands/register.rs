//! `batchwright register`

use std::path::PathBuf;

use clap::Args;
use pipeline::ContentHash;

use crate::{
    arguments::Context,
    client::Client,
    definition_file::{self, DefinitionFile},
    exit::{Exit, Failure},
    output::note,
};

/// Register definitions of pipelines.
///
/// From then on their triggers start runs, and `batchwright run` finds them. Each is checked here, dropped under pipelines/ in the inbox bucket, as anybody may do, and awaited. Versions never change;
/// the same content is the same version. Prints name and version of each.
#[derive(Debug, Args)]
pub(crate) struct Register {
    /// The definitions.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Register {
    /// Registers all, or, if any is not valid, none.
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let (mut valid, mut faulty) = (Vec::new(), false);
        for path in &self.files {
            match definition_file::read(path)? {
                Ok(file) => valid.push(file),
                Err(faults) => {
                    note(faults.render(crate::output::colours_on_stderr()).trim_end());
                    faulty = true;
                }
            }
        }
        if faulty {
            return Err(Failure::failed("nothing was registered"));
        }
        let client = context.client().await?;
        for file in &valid {
            let version = register(&client, file).await?;
            context.output.line(format_args!("{} v{version}", file.definition.name))?;
        }
        Ok(Exit::Done)
    }
}

/// Registers one definition, and waits until new runs take it. Its version.
///
/// # Errors
/// If it is rejected, with the reason.
pub(crate) async fn register(client: &Client, file: &DefinitionFile) -> Result<u32, Failure> {
    let name = file.definition.name.as_str();
    let hash = ContentHash::of(&file.source);
    let sent = client.drop_definition(name, &file.source).await?;
    client
        .until(&sent, async || {
            let latest = client.table.latest(name).await?;
            Ok(latest.filter(|latest| latest.hash == hash.as_str()).map(|latest| latest.version))
        })
        .await
}
