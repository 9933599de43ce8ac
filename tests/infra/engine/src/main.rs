//! `batch-engine`: AWS Batch for a stack that is deployed on an emulator without one.
//!
//! It serves Batch's API on a port of its own, over the engine that runs jobs as processes on a laptop. Between Batch and the
//! function `on-job-change` it plays EventBridge: of every state change of every job the emulator is asked whether the
//! **deployed rule's own pattern** matches ([`rule`]), and what matches is handed to the function by an asynchronous
//! invocation, again and again until the emulator has accepted it ([`delivery`]).

mod delivery;
mod emulator;
mod job_queues;
mod rule;

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
};

use ambient::{Clock, Ids};
use clap::Parser;
use local_batch::{Batch, Machine, Processes};
use local_store::Store;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tracing_subscriber::EnvFilter;

use delivery::Delivery;
use emulator::Emulator;
use job_queues::JobQueue;
use rule::Rule;

type Error = Box<dyn std::error::Error + Send + Sync>;
type Result<T, E = Error> = std::result::Result<T, E>;

/// Where everything in the emulator is.
const REGION: &str = "us-east-1";

/// Serve AWS Batch, and tell a function of an emulator about jobs that have ended.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where jobs are kept, work and log.
    #[arg(long)]
    folder: PathBuf,
    /// The job queues to make, as the stack's parameter JobQueues has them: fargate=NAME,fargate+urgent=NAME,ec2=NAME.
    #[arg(long, value_delimiter = ',', required = true)]
    job_queues: Vec<JobQueue>,
    /// The emulator: host and port. Jobs find all of AWS there.
    #[arg(long)]
    emulator: String,
    /// A file with the event pattern of the stack's rule.
    #[arg(long)]
    pattern: PathBuf,
    /// The function that the rule's target is.
    #[arg(long)]
    function: String,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let filter = EnvFilter::try_from_env("BATCHWRIGHT_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(io::stderr).init();
    let arguments = Arguments::parse();
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let stop = async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    serve(arguments, stop).await?;
    Ok(ExitCode::SUCCESS)
}

/// Serves until `stop` resolves, and ends the jobs that still run.
async fn serve(arguments: Arguments, stop: impl Future<Output = ()> + Send) -> Result<()> {
    let Arguments { folder, job_queues, emulator, pattern, function } = arguments;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    std::fs::create_dir_all(&folder)?;
    let store = Store::open(&folder.join("batch.db"))?;
    let batch = Batch::open(local_batch::Config {
        store: store.clone(),
        clock: Clock::System,
        ids: Ids::random(),
        data_dir: folder,
        endpoint: format!("http://{emulator}"),
        region: REGION.to_owned(),
        machine: Machine::here(),
        path_prepend: Vec::new(),
        secrets: None,
        runner: Arc::new(Processes),
        // The rule's pattern decides, and not we.
        emit: Arc::new(|_| true),
    })?;
    job_queues::create(&endpoint, Arc::<Batch>::clone(&batch), &job_queues).await?;
    let emulator = Arc::new(Emulator::new(emulator, Clock::System));
    let rule = Rule::new(Arc::clone(&emulator), std::fs::read_to_string(pattern)?);
    let delivery = Delivery::open(store, Arc::clone(&batch), rule, emulator, function)?;

    // Whoever started this waits for the line.
    writeln!(io::stdout(), "batch-engine listens at {endpoint}")?;
    io::stdout().flush()?;
    tokio::select! {
        ended = Arc::clone(&batch).run(stop) => Ok(ended?),
        () = local_wire::serve(listener, batch, std::future::pending()) => Ok(()),
        failed = delivery.run() => failed.map(|never| match never {}),
    }
}
