//! `batchwright up`

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use clap::Args;

use crate::{
    arguments::Context,
    exit::{Exit, Failure},
    output::note,
    server::{Server, exports, log_file},
    signals::Signals,
};

/// Start the server on this machine, and serve until interrupted.
///
/// It serves S3, SQS, DynamoDB, AWS Batch and EventBridge Scheduler on one port, so that the aws CLI, boto3 and every AWS SDK
/// work with it, and runs the control plane that AWS Lambda runs in an account. Everything is kept in the data folder: after a
/// stop, or a loss of power, it goes on where it was. A file that is put into the inbox folder is an upload.
#[derive(Debug, Args)]
pub(crate) struct Up {
    /// The port to listen on.
    #[arg(long, default_value_t = 4510)]
    port: u16,
    /// Listen on every network interface, not only for this machine. Whoever reaches the port may run programs here, read
    /// everything and delete it: nothing asks who it is.
    #[arg(long)]
    listen_on_all_interfaces_without_authentication: bool,
    /// The file that the secrets of jobs are taken from: a JSON object, or lines NAME=VALUE. It is read whenever a job starts
    /// that has secrets, and nothing of it is kept. It must not lie in the data folder.
    #[arg(long, env = "BATCHWRIGHT_SECRETS", hide_env_values = true, value_name = "FILE")]
    secrets: Option<PathBuf>,
}

impl Up {
    /// Serves until SIGINT or SIGTERM; a second one does not wait for jobs to stop.
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        context.target.refuse_stack("up")?;
        let mut signals = Signals::new()?;
        let data_dir = context.data_dir();
        let address = SocketAddr::new(self.address(), self.port);
        let server = Server::open(&data_dir, address, self.secrets.as_deref(), context).await?;
        let endpoint = server.endpoint();
        // In one piece: whoever reads the first line knows all.
        context.output.line(format_args!(
            "Batchwright listens at {endpoint}\n  inbox  {}\n  log    {}\n\n\
             For the aws CLI, boto3 and every other AWS client:\n  {}",
            data_dir.join("inbox").display(),
            log_file(&data_dir).display(),
            exports(&endpoint)
        ))?;
        if self.listen_on_all_interfaces_without_authentication {
            note("\nWhoever reaches this machine's port may run programs here: nothing asks who it is.");
        }
        if std::env::var_os("BATCHWRIGHT_STACK").is_some_and(|stack| !stack.is_empty()) {
            note(format_args!(
                "\nBATCHWRIGHT_STACK is set: commands turn to that stack, unless --endpoint {endpoint} names this server."
            ));
        }
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        // A sender that is gone asks for a stop too.
        let mut serving = std::pin::pin!(server.run(async move { drop(stopped.await) }));
        tokio::select! {
            ended = &mut serving => return ended.map(|()| Exit::Done),
            () = signals.next() => note("stopping; once more stops at once"),
        }
        drop(stop);
        tokio::select! {
            ended = &mut serving => ended.map(|()| Exit::Done),
            () = signals.next() => Ok(Exit::Interrupted),
        }
    }

    fn address(&self) -> IpAddr {
        let all = self.listen_on_all_interfaces_without_authentication;
        IpAddr::V4(if all { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST })
    }
}
