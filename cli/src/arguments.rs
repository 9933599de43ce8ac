//! The command line.

use std::path::{Path, PathBuf};

use ambient::{Clock, Ids};
use clap::{Args, Parser, Subcommand};

use crate::{
    client::Client,
    commands::{
        cancel::Cancel, demo::Demo, logs::Logs, ps::Ps, redrive::Redrive, register::Register, rejected::Rejected,
        retry::Retry, run::Run, schema, show::Show, up::Up, validate::Validate,
    },
    exit::{Exit, Failure},
    output::Output,
    place::{EVERYWHERE, Target},
};

const ENDINGS: &str = "\
Exit status:
  0  done; the run that was awaited succeeded
  1  what was asked for failed: the run, the definition, the request
  2  called wrongly
  3  the run that was awaited was cancelled
  4  there is nothing there: no server at the endpoint, no such stack, no such run

A first tour:
  batchwright up                                  start the server, and leave it running
  batchwright register pipelines/hello.yaml       tell it of a pipeline
  batchwright run hello --param name=Ada --wait   run it
  batchwright ps                                  list the latest runs
  batchwright logs latest greet                   read what a stage said

A stack in your AWS account is named by --stack NAME, or by BATCHWRIGHT_STACK; then all of this is done there.";

/// Batch pipelines that start by themselves, on AWS Batch or on this machine.
#[derive(Debug, Parser)]
#[command(name = "batchwright", version, after_help = ENDINGS, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    everywhere: Everywhere,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Everywhere {
    #[command(flatten)]
    target: Target,
    /// Where the server on this machine keeps everything [default: .batchwright; for demo: target/demo]
    #[arg(
        long,
        global = true,
        help_heading = EVERYWHERE,
        env = "BATCHWRIGHT_DATA_DIR",
        hide_env_values = true,
        value_name = "FOLDER"
    )]
    data_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Up(Up),
    Demo(Demo),
    Validate(Validate),
    /// Print the JSON Schema of definitions, for editors.
    Schema,
    Register(Register),
    Run(Run),
    Ps(Ps),
    Show(Show),
    Logs(Logs),
    Cancel(Cancel),
    Retry(Retry),
    Rejected(Rejected),
    Redrive(Redrive),
}

/// What every command has from outside.
#[derive(Debug)]
pub(crate) struct Context {
    /// Which installation is meant.
    pub(crate) target: Target,
    /// Where results go.
    pub(crate) output: Output,
    /// The time.
    pub(crate) clock: Clock,
    /// Ids.
    pub(crate) ids: Ids,
    data_dir: Option<PathBuf>,
}

impl Context {
    /// A client of the installation that is meant.
    pub(crate) async fn client(&self) -> Result<Client, Failure> {
        let place = self.target.place(|name| std::env::var(name).ok())?;
        Client::connect(&place, &self.data_dir(), self.clock.clone()).await
    }

    /// The data folder, or `default` if none was named.
    pub(crate) fn data_dir_or(&self, default: &str) -> PathBuf {
        self.data_dir.clone().unwrap_or_else(|| PathBuf::from(default))
    }

    /// The data folder of the server.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.data_dir_or(".batchwright")
    }
}

impl Arguments {
    /// Does what was asked.
    pub(crate) async fn run(self) -> Result<Exit, Failure> {
        let Everywhere { target, data_dir } = self.everywhere;
        let output = Output::from_env();
        let context = Context { target, output, clock: Clock::System, ids: Ids::random(), data_dir };
        match self.command {
            Command::Up(up) => Box::pin(up.run(&context)).await,
            Command::Demo(demo) => Box::pin(demo.run(&context)).await,
            Command::Validate(validate) => validate.run(&context),
            Command::Schema => schema::run(&context),
            Command::Register(register) => Box::pin(register.run(&context)).await,
            Command::Run(run) => Box::pin(run.run(&context)).await,
            Command::Ps(ps) => Box::pin(ps.run(&context)).await,
            Command::Show(show) => Box::pin(show.run(&context)).await,
            Command::Logs(logs) => Box::pin(logs.run(&context)).await,
            Command::Cancel(cancel) => Box::pin(cancel.run(&context)).await,
            Command::Retry(retry) => Box::pin(retry.run(&context)).await,
            Command::Rejected(rejected) => Box::pin(rejected.run(&context)).await,
            Command::Redrive(redrive) => Box::pin(redrive.run(&context)).await,
        }
    }
}

/// Which run a command is about.
#[derive(Debug, Args)]
pub(crate) struct RunArgument {
    /// The run: its id, the beginning of its id, or `latest`.
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
}

/// The folder that a program lies in: job programs are looked for beside this one first.
pub(crate) fn folder_of_this_program() -> Vec<PathBuf> {
    let program = std::env::current_exe().ok();
    program.as_deref().and_then(Path::parent).map(Path::to_path_buf).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn what_is_global_may_stand_after_the_command() {
        let line = ["batchwright", "ps", "--endpoint", "http://127.0.0.1:9", "--data-dir", "d", "--limit", "3"];
        let arguments = Arguments::try_parse_from(line).unwrap();
        let place = arguments.everywhere.target.place(|_| None).unwrap();
        assert_eq!(place, crate::place::Place::Server { endpoint: "http://127.0.0.1:9".to_owned() });
        assert_eq!(arguments.everywhere.data_dir, Some(PathBuf::from("d")));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for line in [
            "run",
            "run p --param x",
            "run p --param =1",
            "run p --priority 10000",
            "validate",
            "up --port 65536",
            "logs r s --attempt 0",
            "ps --limit 0",
            "ps --status DONE",
            "rejected --days 0",
            "stop r",
        ] {
            let words = std::iter::once("batchwright").chain(line.split(' '));
            let error = Arguments::try_parse_from(words).expect_err(line);
            assert_eq!(error.exit_code(), 2, "{line}");
        }
    }
}
