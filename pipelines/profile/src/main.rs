//! Wires the command line to the stages.

use std::process::ExitCode;

use clap::Parser;
use profile::arguments::{Arguments, Stage};
use profile::objects::Objects;
use profile::{Error, progress, stages};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::Disk)
        .and_then(|runtime| runtime.block_on(Box::pin(run(arguments.stage))));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            progress::complain(&error);
            error.exit_code()
        }
    }
}

async fn run(stage: Stage) -> Result<(), Error> {
    let objects = Objects::from_environment().await;
    match stage {
        Stage::Split { source, chunks, work } => stages::split(&objects, &source, chunks, &work).await,
        Stage::Chunk { work, number } => stages::chunk(&objects, &work, number.ok_or_else(no_number)?).await,
        Stage::Correlate { work } => stages::correlate(&objects, &work).await,
        Stage::Copy { from, to } => stages::copy(&objects, &from, &to).await,
        Stage::Report { work, title, output } => stages::report(&objects, &work, &title, &output).await,
    }
}

fn no_number() -> Error {
    let how = "run it in an array job, whose children AWS Batch gives AWS_BATCH_JOB_ARRAY_INDEX, or give --number";
    Error::Wiring(format!("which chunk is to be counted? {how}"))
}
