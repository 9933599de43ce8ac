//! One example on a laptop of its own.

use std::collections::BTreeMap;

use control::table::whole_run::WholeRun;
use end_to_end::{Laptop, Result, repository};
use local_surface::INBOX_BUCKET;
use serde_json::Value;

/// A laptop with one registered pipeline.
pub(crate) struct Example {
    name: &'static str,
    laptop: Laptop,
}

impl Example {
    /// That of a file of `pipelines/`.
    pub(crate) async fn of(name: &'static str) -> Result<Self> {
        let laptop = Laptop::start().await?;
        laptop.register(&std::fs::read_to_string(repository(&format!("pipelines/{name}.yaml")))?).await?;
        Ok(Self { name, laptop })
    }

    /// Lays something into the inbox that starts no run.
    pub(crate) async fn put(&self, key: &str, content: impl Into<Vec<u8>>) -> Result<()> {
        self.laptop.upload(key, content).await
    }

    /// Uploads what starts a run, and waits for its end.
    pub(crate) async fn upload(&self, key: &str, content: impl Into<Vec<u8>>) -> Result<Ended<'_>> {
        self.put(key, content).await?;
        let run = self.laptop.first_run(self.name).await?;
        Ok(Ended { whole: self.laptop.ended(&run).await?, laptop: &self.laptop, run: run.to_string() })
    }

    /// Asks for a run, and waits for its end.
    pub(crate) async fn run(&self, params: Value) -> Result<Ended<'_>> {
        let run = self.laptop.run(self.name, params).await?;
        Ok(Ended { whole: self.laptop.ended(&run).await?, laptop: &self.laptop, run: run.to_string() })
    }

    /// An object of the inbox, as text.
    pub(crate) async fn object(&self, key: &str) -> Result<String> {
        text(&self.laptop, key).await
    }

    /// Stops the laptop.
    pub(crate) async fn stop(self) -> Result<()> {
        self.laptop.stop().await
    }
}

/// A run that has ended.
pub(crate) struct Ended<'a> {
    whole: WholeRun,
    laptop: &'a Laptop,
    run: String,
}

impl Ended<'_> {
    /// How the run ended, and each stage, those that simply succeeded left out.
    pub(crate) fn outcome(&self) -> (String, BTreeMap<String, String>) {
        let stages = self.whole.stages.iter().map(|(name, stage)| (name.clone(), stage.value.state.name().to_owned()));
        let notable = stages.filter(|(_, outcome)| outcome != "SUCCEEDED").collect();
        (self.whole.run.value.run.status.name().to_owned(), notable)
    }

    /// That everything succeeded, but for stages that were skipped.
    pub(crate) fn succeeded_without(&self, skipped: &[&str]) {
        let expected: BTreeMap<String, String> =
            skipped.iter().map(|name| ((*name).to_owned(), "SKIPPED".to_owned())).collect();
        assert_eq!(self.outcome(), ("SUCCEEDED".to_owned(), expected), "{}", self.logs());
    }

    /// What a stage's job wrote to its log.
    pub(crate) fn log(&self, stage: &str) -> Result<String> {
        let stage = self.whole.stages.get(stage).ok_or("there is no such stage")?;
        Ok(String::from_utf8(self.laptop.log(&stage.value)?)?)
    }

    /// An object under the run's own prefix.
    pub(crate) async fn object(&self, name: &str) -> Result<String> {
        text(self.laptop, &format!("runs/{}/{name}", self.run)).await
    }

    /// An object under its results.
    pub(crate) async fn result(&self, name: &str) -> Result<String> {
        text(self.laptop, &format!("results/{}/{name}", self.run)).await
    }

    fn logs(&self) -> String {
        let mut logs = String::new();
        for (name, stage) in &self.whole.stages {
            let log = self.laptop.log(&stage.value).unwrap_or_default();
            logs.push_str(&format!("{name}: {}\n", String::from_utf8_lossy(&log)));
        }
        logs
    }
}

async fn text(laptop: &Laptop, key: &str) -> Result<String> {
    let got = laptop.s3().get_object().bucket(INBOX_BUCKET).key(key).send().await;
    let bytes = got.map_err(|error| format!("{key}: {error:?}"))?.body.collect().await?.into_bytes();
    Ok(String::from_utf8(bytes.to_vec())?)
}
