//! Reading the items that a stage is done for, and writing down which chunk has which.
//!
//! What is written is never written anew: each reading has a name of its own, and the one that the stage records is the one that
//! counts. So whoever reads at the same time, or again after a crash, changes nothing.

use aws_sdk_s3::{error::DisplayErrorContext, primitives::ByteStream};
use machine::{
    Cause, CauseKind, ClaimId, Stage,
    stage::{Event, FanOut, Parts},
};
use pipeline::{Foreach, Items};

use crate::{
    Control, Error, RunId,
    lines::{Line, Lines},
    objects::{Opened, refusal},
    perform::Performed,
    run_context::{self, RunContext, StageRef},
};

/// Where, in the work bucket, the items of a chunk are written down: a line each.
pub(crate) fn key(run: &RunId, stage: &pipeline::Stage, manifest: &ClaimId, chunk: u32) -> String {
    format!("items/{run}/{}/{}/{chunk}.txt", stage.name, manifest.as_str())
}

/// Chunks that are being written, one after the other.
struct Writing<'a> {
    run: &'a RunContext,
    stage: &'a pipeline::Stage,
    manifest: &'a ClaimId,
    parts: Parts,
    /// The number of the chunk.
    number: u32,
    /// Its lines so far, and how many.
    lines: Vec<u8>,
    count: u32,
}

impl Control {
    /// Reads the items, and writes them down.
    pub(crate) async fn expand(
        &self,
        run: &RunContext,
        at: StageRef<'_>,
        foreach: &Foreach,
        stage: &Stage,
    ) -> Result<Performed, Error> {
        let manifest = ClaimId::new(self.ids.hex());
        let parts = match self.items_of(run, at, foreach, stage).await? {
            Ok(Items::List(list)) => self.write_list(run, at.stage, foreach, &manifest, &list).await?,
            Ok(Items::Manifest { bucket, key }) => {
                self.copy_lines(run, at.stage, foreach, &manifest, (&bucket, &key)).await?
            }
            Err(cause) => Err(cause),
        };
        let items = parts.map(|parts| FanOut::new(stage.epoch, manifest, parts));
        Ok(Performed::Event(Event::Expanded { epoch: stage.epoch, items }))
    }

    async fn items_of(
        &self,
        run: &RunContext,
        at: StageRef<'_>,
        foreach: &Foreach,
        stage: &Stage,
    ) -> Result<Result<Items, Cause>, Error> {
        let before = match self.before(run, at, stage).await? {
            Ok(before) => before,
            Err(cause) => return Ok(Err(cause)),
        };
        let context = run_context::context(&run.record, at.stage, stage.attempt.next(), None, Some(&before));
        let items = at.stage.items(foreach, &context);
        Ok(items.map_err(|error| Cause::new(CauseKind::Expression, error.to_string())))
    }

    async fn write_list(
        &self,
        run: &RunContext,
        stage: &pipeline::Stage,
        foreach: &Foreach,
        manifest: &ClaimId,
        list: &[String],
    ) -> Result<Result<Parts, Cause>, Error> {
        let parts = match Parts::of(u32::try_from(list.len()).unwrap_or(u32::MAX), foreach) {
            Ok(parts) => parts,
            Err(cause) => return Ok(Err(cause)),
        };
        let mut writing = Writing::new(run, stage, manifest, parts);
        for item in list {
            self.write(&mut writing, item.as_bytes()).await?;
        }
        self.finish(&mut writing).await?;
        Ok(Ok(parts))
    }

    /// Counts the lines of an object, and copies them; if it is another object by then, all of it is to be tried again.
    async fn copy_lines(
        &self,
        run: &RunContext,
        stage: &pipeline::Stage,
        foreach: &Foreach,
        manifest: &ClaimId,
        (bucket, key): (&str, &str),
    ) -> Result<Result<Parts, Cause>, Error> {
        let refused =
            |why: String| Ok(Err(Cause::new(CauseKind::Expression, format!("foreach: s3://{bucket}/{key}: {why}"))));
        let (mut lines, etag) = match self.open_object(bucket, key, None).await? {
            Opened::Object { body, etag } => (Lines::of(body), etag),
            Opened::Refused(why) => return refused(why),
        };
        let mut items = 0_u32;
        loop {
            match lines.next().await? {
                Some(Line::Whole(_)) => items = items.saturating_add(1),
                Some(Line::TooLong) => return refused(format!("line {} is too long", items.saturating_add(1))),
                None => break,
            }
        }
        let parts = match Parts::of(items, foreach) {
            Ok(parts) => parts,
            Err(cause) => return Ok(Err(cause)),
        };
        let mut lines = match self.open_object(bucket, key, etag).await? {
            Opened::Object { body, .. } => Lines::of(body),
            Opened::Refused(why) => return refused(why),
        };
        let mut writing = Writing::new(run, stage, manifest, parts);
        while let Some(Line::Whole(line)) = lines.next().await? {
            self.write(&mut writing, &line).await?;
        }
        self.finish(&mut writing).await?;
        Ok(Ok(parts))
    }

    async fn write(&self, writing: &mut Writing<'_>, line: &[u8]) -> Result<(), Error> {
        writing.lines.extend_from_slice(line);
        writing.lines.push(b'\n');
        writing.count += 1;
        if writing.count == writing.parts.chunk { self.finish(writing).await } else { Ok(()) }
    }

    /// Writes the chunk, if there is anything in it.
    async fn finish(&self, writing: &mut Writing<'_>) -> Result<(), Error> {
        if writing.count == 0 {
            return Ok(());
        }
        let key = key(writing.run.id(), writing.stage, writing.manifest, writing.number);
        self.write_object(&key, std::mem::take(&mut writing.lines)).await?;
        writing.number += 1;
        writing.count = 0;
        Ok(())
    }

    /// Writes an object of the work bucket.
    pub(crate) async fn write_object(&self, key: &str, bytes: Vec<u8>) -> Result<(), Error> {
        let put = self.s3.put_object().bucket(&self.config.work_bucket).key(key).body(ByteStream::from(bytes));
        match put.send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(Error::Service { service: "S3", message: DisplayErrorContext(&error).to_string() }),
        }
    }

    /// Opens an object, if it is still that one.
    async fn open_object(&self, bucket: &str, key: &str, etag: Option<String>) -> Result<Opened, Error> {
        match self.s3.get_object().bucket(bucket).key(key).set_if_match(etag).send().await {
            Ok(output) => Ok(Opened::Object { etag: output.e_tag, body: output.body }),
            Err(error) => match refusal(&error) {
                Some(why) => Ok(Opened::Refused(why)),
                None => Err(Error::Service { service: "S3", message: DisplayErrorContext(&error).to_string() }),
            },
        }
    }
}

impl<'a> Writing<'a> {
    fn new(run: &'a RunContext, stage: &'a pipeline::Stage, manifest: &'a ClaimId, parts: Parts) -> Self {
        Self { run, stage, manifest, parts, number: 0, lines: Vec::new(), count: 0 }
    }
}
