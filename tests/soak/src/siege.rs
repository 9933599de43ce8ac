//! The kills.

use std::{fs, path::Path, sync::Arc, time::Duration};

use ambient::Ids;
use control::table::Table;
use end_to_end::Result;
use tokio::time::{Instant, sleep, timeout_at};

use crate::{
    clients::Clients,
    input::Doors,
    server::{Program, Server},
    shapes::SHAPES,
    traffic::Traffic,
};

/// One in so many is killed while it starts.
const STILLBORN: u64 = 5;
/// How long a start takes, about, in milliseconds.
const START_MS: u64 = 60;
/// How long before a kill the last inputs are handed in, at most, in milliseconds.
const LAST_MS: u64 = 40;

/// A server that is killed again and again.
pub(crate) struct Siege {
    program: Arc<Program>,
    /// The moments of the kills, and nothing else, so that they follow from the seed.
    chance: Ids,
    /// A server may live so long, in milliseconds.
    life_ms: u64,
    pub(crate) traffic: Traffic,
    pub(crate) starts: u32,
    pub(crate) kills: u32,
    /// How many servers were killed before they listened.
    pub(crate) stillborn: u32,
}

impl Siege {
    pub(crate) fn new(program: Arc<Program>, chance: Ids, life_ms: u64, traffic: Traffic) -> Self {
        Self { program, chance, life_ms, traffic, starts: 0, kills: 0, stillborn: 0 }
    }

    /// Starts the first server, registers the pipelines, and fills it with runs; then kills it.
    ///
    /// # Errors
    /// If a server ends by itself, or does not answer while it lives.
    pub(crate) async fn begin(&mut self, folder: &Path) -> Result<()> {
        let mut server = self.start()?;
        let endpoint = server.endpoint().await?;
        register(&self.program, &endpoint, folder).await?;
        self.traffic.fill(&Doors::of(&endpoint, &self.program)).await?;
        let moment = Instant::now() + self.span();
        self.kill(server, Some(&endpoint), moment).await
    }

    /// Starts a server, and kills it at a random moment.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub(crate) async fn life(&mut self) -> Result<()> {
        let moment = Instant::now() + self.span();
        let mut server = self.start()?;
        let endpoint = timeout_at(moment, server.endpoint()).await.ok().transpose()?;
        self.kill(server, endpoint.as_deref(), moment).await
    }

    /// Starts a server that is left alone.
    ///
    /// # Errors
    /// If it does not start.
    pub(crate) async fn relief(&mut self) -> Result<(Server, Clients)> {
        let mut server = self.start()?;
        let endpoint = server.endpoint().await?;
        Ok((server, Clients::of(&endpoint)))
    }

    fn start(&mut self) -> Result<Server> {
        self.starts += 1;
        Server::start(&self.program)
    }

    fn span(&self) -> Duration {
        let bound = if self.chance.below(STILLBORN) == 0 { START_MS } else { self.life_ms };
        Duration::from_millis(self.chance.below(bound))
    }

    async fn kill(&mut self, server: Server, endpoint: Option<&str>, moment: Instant) -> Result<()> {
        let last = Duration::from_millis(self.chance.below(LAST_MS));
        match endpoint {
            Some(endpoint) => {
                let (doors, table) = (Doors::of(endpoint, &self.program), Clients::of(endpoint).table);
                self.busy(&doors, &table, moment).await?;
                self.traffic.send_last(&doors);
                sleep(last).await;
            }
            None => self.stillborn += 1,
        }
        server.kill().await?;
        self.kills += 1;
        self.traffic.settle().await
    }

    async fn busy(&mut self, doors: &Doors, table: &Table, moment: Instant) -> Result<()> {
        match timeout_at(moment, self.traffic.keep(doors, table)).await {
            Err(_) => Ok(()),
            Ok(Err(error)) => Err(error),
            Ok(Ok(never)) => match never {},
        }
    }
}

/// Registers all pipelines, by the command line.
async fn register(program: &Program, endpoint: &str, folder: &Path) -> Result<()> {
    let mut command = program.command(&["register"]);
    for shape in &SHAPES {
        let path = folder.join(format!("{}.yaml", shape.name));
        fs::write(&path, shape.source())?;
        command.arg(path);
    }
    let output = command.env("AWS_ENDPOINT_URL", endpoint).output().await?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("the pipelines are not registered: {}", String::from_utf8_lossy(&output.stderr)).into())
}
