//! The items of a chunk's attempt: the first has all of the chunk's, each further one those that failed in the one before it.

use machine::{Attempt, Cause, CauseKind, JobId, Stage, stage::ChunkId};
use pipeline::Mode;

use crate::{
    Control, Error, expand,
    objects::Object,
    run_context::{RunContext, StageRef},
};

/// The most that the items of a chunk take, in bytes: 10,000 long lines.
const MOST_BYTES: usize = 300 * 1024 * 1024;

/// What an attempt of a chunk is given.
#[derive(Debug)]
pub(crate) struct ChunkItems {
    /// The S3 URI of the object with its items, a line each.
    pub(crate) uri: String,
    /// How many there are.
    pub(crate) count: u32,
    /// The only one, if each has a job.
    pub(crate) item: Option<String>,
}

impl Control {
    /// The items of the current attempt of a chunk of `whole`. The inner error is a reason why there can be none.
    pub(crate) async fn chunk_items(
        &self,
        run: &RunContext,
        at: StageRef<'_>,
        chunk: ChunkId,
        stage: &Stage,
        whole: &Stage,
    ) -> Result<Result<ChunkItems, Cause>, Error> {
        let fan_out = whole.fan_out.as_ref().filter(|fan_out| fan_out.generation == chunk.generation);
        let Some(fan_out) = fan_out else {
            return Ok(Err(Cause::new(CauseKind::Items, "the stage is done for other items by now")));
        };
        let first = expand::key(run.id(), at.stage, &fan_out.manifest, chunk.number);
        let (key, count) = match self.retried_items(&first, stage).await? {
            None => (first, fan_out.parts.len(chunk.number)),
            Some((key, count)) => (key, count),
        };
        let jobs = at.stage.foreach.as_ref().is_some_and(|foreach| foreach.mode == Mode::Jobs);
        let item = if jobs {
            match self.lines(&key).await? {
                Some(lines) => lines.into_iter().next(),
                None => return Ok(Err(Cause::new(CauseKind::Items, format!("its items are gone: {key}")))),
            }
        } else {
            None
        };
        Ok(Ok(ChunkItems { uri: format!("s3://{}/{key}", self.config.work_bucket), count, item }))
    }

    /// Writes down the items that failed in the attempt before, which has ended: the same ones, however often that is done. `None`
    /// if there was none.
    async fn retried_items(&self, first: &str, stage: &Stage) -> Result<Option<(String, u32)>, Error> {
        for past in stage.past.iter().rev().filter(|past| past.attempt < stage.attempt) {
            // One that was never submitted may have no items of its own: then those of the one before it count.
            let Some(lines) = self.lines(&of_attempt(first, past.attempt)).await? else { continue };
            let failed = self.failed_items(past.job.as_ref(), lines).await?;
            let key = of_attempt(first, stage.attempt);
            let count = u32::try_from(failed.len()).unwrap_or(u32::MAX);
            let mut bytes = failed.join("\n").into_bytes();
            bytes.push(b'\n');
            self.write_object(&key, bytes).await?;
            return Ok(Some((key, count)));
        }
        Ok(None)
    }

    /// Those whose children failed; all of them, if there were no children, or Batch no longer knows.
    async fn failed_items(&self, job: Option<&JobId>, lines: Vec<String>) -> Result<Vec<String>, Error> {
        let Some(job) = job.filter(|_| lines.len() > 1) else { return Ok(lines) };
        let failed = self.jobs.failed_children(job).await?;
        if failed.is_empty() {
            return Ok(lines);
        }
        let index = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Ok(lines.into_iter().enumerate().filter(|(at, _)| failed.contains(&index(*at))).map(|(_, line)| line).collect())
    }

    /// The lines of an object of the work bucket; `None` if it is not there.
    async fn lines(&self, key: &str) -> Result<Option<Vec<String>>, Error> {
        match self.read_object(&self.config.work_bucket, key, MOST_BYTES).await? {
            Object::Whole(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect())),
            Object::Missing | Object::Refused(_) => Ok(None),
        }
    }
}

/// Where the items of an attempt are: the first has those of the chunk.
fn of_attempt(first: &str, attempt: Attempt) -> String {
    let without = first.strip_suffix(".txt").unwrap_or(first);
    if attempt == Attempt::NONE.next() { first.to_owned() } else { format!("{without}-{attempt}.txt") }
}
