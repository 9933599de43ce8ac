//! The `batchwright` binary. It reads the table and asks for everything else through the two doors that every producer has: a
//! definition dropped into S3, and a message to the request queue. **It never writes the table.**

mod answer;
mod arguments;
mod client;
mod commands;
mod definition_file;
mod exit;
mod installation;
mod logs;
mod output;
mod params;
mod place;
mod run_view;
mod server;
mod signals;
mod table;
mod time;
mod watch;

use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;
use exit::Failure;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let ended = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("no threads: {error}")))
        .and_then(|runtime| runtime.block_on(Box::pin(arguments.run())));
    ended.unwrap_or_else(Failure::report).into()
}
