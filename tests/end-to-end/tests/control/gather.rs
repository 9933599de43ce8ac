//! Uploads and messages that become one run together: nothing of it is lost, and nothing doubled, whatever comes twice or is cut off.
//!
//! The services are there and do nothing by themselves; what looks later is a control plane whose clock is ahead.

mod batches;
mod cut_off;
mod sets;

use std::{collections::BTreeMap, future::Future, pin::pin, time::Duration};

use ambient::{Clock, Ids};
use aws_config::SdkConfig;
use control::{
    Control, Intake, Invocation, UploadedObject,
    table::{gathering_item::GatheringId, run_item::RunRecord},
};
use end_to_end::Result;
use local_surface::{INBOX_BUCKET, Options, Surface, WORK_BUCKET, config, sdk_config};
use machine::Timestamp;
use serde_json::Value;
use tempfile::TempDir;

/// 2026-11-24T06:00:00Z. Fixed, so that nothing runs over midnight.
const NOW_MS: u64 = 1_795_500_000_000;

pub(crate) struct World {
    control: Control,
    sdk: SdkConfig,
    endpoint: String,
    clock: Clock,
    ids: Ids,
    _surface: Surface,
    _folder: TempDir,
}

impl World {
    /// With one pipeline registered.
    pub(crate) async fn with(source: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (clock, ids) = (Clock::starting_at(NOW_MS), Ids::seeded(1));
        let surface = Box::pin(Surface::open(Options {
            data_dir: folder.path().to_owned(),
            address: ([127, 0, 0, 1], 0).into(),
            path_prepend: Vec::new(),
            clock: clock.clone(),
            ids: ids.clone(),
            secrets: None,
        }))
        .await?;
        let endpoint = format!("http://{}", surface.address());
        let sdk = sdk_config(&endpoint, surface.service());
        let control = Control::new(config(&endpoint), &sdk, clock.clone(), ids.clone());
        let world = Self { control, sdk, endpoint, clock, ids, _surface: surface, _folder: folder };
        world.register(source).await?;
        Ok(world)
    }

    pub(crate) async fn register(&self, source: &str) -> Result<()> {
        let definition = pipeline::parse("test", source).map_err(|faults| faults.to_string())?;
        self.control.register(definition, source).await??;
        Ok(())
    }

    /// A control plane of the same installation whose clock is ahead.
    pub(crate) fn later(&self, seconds: u64) -> Control {
        let clock = self.clock.ahead_by(Duration::from_secs(seconds));
        Control::new(config(&self.endpoint), &self.sdk, clock, self.ids.clone())
    }

    /// One invocation brings these uploads.
    pub(crate) async fn bring(&self, uploads: &[UploadedObject]) -> Result<()> {
        self.bring_to(&self.control, uploads).await
    }

    pub(crate) async fn bring_to(&self, control: &Control, uploads: &[UploadedObject]) -> Result<()> {
        let mut intake = Intake::default();
        for upload in uploads {
            intake.begin(&upload.key);
            control.upload(upload, &mut intake, &invocation()).await?;
        }
        let again = control.gather(intake).await;
        if again.is_empty() { Ok(()) } else { Err(format!("{again:?} are to be delivered again").into()) }
    }

    /// Looks at all that is due when so many seconds have passed.
    pub(crate) async fn look_after(&self, seconds: u64) -> Result<()> {
        let control = self.later(seconds);
        for id in self.due(&control).await? {
            control.look_at_gathering(&id, &invocation()).await?;
        }
        Ok(())
    }

    pub(crate) async fn due(&self, control: &Control) -> Result<Vec<GatheringId>> {
        let mut due = Vec::new();
        for shard in 0..4 {
            due.extend(control.table().due_gatherings(shard, control.now(), 1000).await?);
        }
        Ok(due)
    }

    /// All runs, in the order of their ids.
    pub(crate) async fn runs(&self) -> Result<Vec<RunRecord>> {
        let lines = self.control.table().latest_runs(Timestamp::from_ms(u64::MAX >> 1), 1000).await?;
        let mut runs = Vec::new();
        for line in lines {
            runs.extend(self.control.table().run(&line.id).await?.map(|read| read.value));
        }
        runs.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(runs)
    }

    /// The lines of a run's manifest.
    pub(crate) async fn manifest(&self, run: &RunRecord) -> Result<Vec<Value>> {
        let key = run.trigger["manifest"]["key"].as_str().ok_or("the run has no manifest")?;
        let config = aws_sdk_s3::config::Builder::from(&self.sdk).force_path_style(true).build();
        let got = aws_sdk_s3::Client::from_conf(config).get_object().bucket(WORK_BUCKET).key(key).send().await?;
        let text = String::from_utf8(got.body.collect().await?.to_vec())?;
        let lines: Vec<Value> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
        assert_eq!(run.trigger["manifest"]["items"], lines.len());
        Ok(lines)
    }

    /// The keys in the manifests of all runs, each with how often it is there.
    pub(crate) async fn listed(&self) -> Result<BTreeMap<String, usize>> {
        let mut listed = BTreeMap::new();
        for run in self.runs().await? {
            for line in self.manifest(&run).await? {
                *listed.entry(line["key"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
            }
        }
        Ok(listed)
    }

    pub(crate) async fn reasons(&self) -> Result<Vec<String>> {
        let rejections = self.control.table().rejections(Timestamp::from_ms(NOW_MS)).await?;
        Ok(rejections.into_iter().map(|rejection| rejection.reason).collect())
    }
}

pub(crate) fn invocation() -> Invocation {
    Invocation::ending_in(Duration::from_secs(60))
}

/// An upload of that key; the sequencer tells apart several of one key.
pub(crate) fn upload(key: &str, sequencer: u32) -> UploadedObject {
    UploadedObject {
        bucket: INBOX_BUCKET.to_owned(),
        key: key.to_owned(),
        size: 1,
        etag: format!("etag-{sequencer}"),
        version: None,
        sequencer: format!("{sequencer:016X}"),
    }
}

/// Polls so often, and lets go then: an invocation that was killed. Whether it had come to its end.
pub(crate) async fn cut_off_after(polls: usize, work: impl Future<Output = Result<()>>) -> Result<bool> {
    let mut work = pin!(work);
    for _ in 0..polls {
        if let std::task::Poll::Ready(done) = futures_util::poll!(&mut work) {
            return done.map(|()| true);
        }
        tokio::time::sleep(Duration::from_micros(100)).await;
    }
    Ok(false)
}
