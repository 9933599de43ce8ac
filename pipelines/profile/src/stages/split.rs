//! `profile split`: one pass over the table for the plan, a second one to cut it.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom};

use tempfile::NamedTempFile;

use crate::Error;
use crate::location::{Location, Work};
use crate::objects::Objects;
use crate::plan::survey::survey;
use crate::plan::{MapPlan, Plan};
use crate::progress::say;
use crate::table::cut::{quota, write_chunk};
use crate::table::dialect::{Dialect, SAMPLE_BYTES};
use crate::table::records::Records;

/// Reads the table at `source`, and leaves a plan and `chunks` chunks in `work`. The plan is written last, so that
/// whoever finds it finds every chunk.
pub async fn split(objects: &Objects, source: &Location, chunks: u32, work: &Work) -> Result<(), Error> {
    let file = objects.download(source).await?;
    let bytes = file.as_file().metadata()?.len();
    say("split", &format_args!("read {source} ({bytes} bytes)"));
    let unfit = |why: String| Error::Input(format!("{source} cannot be profiled: {why}"));

    let dialect = sniff(file.as_file())?.map_err(unfit)?;
    let (records, columns) = survey(&mut open(&file, dialect)?, dialect.decimal_mark())?;
    if records == 0 {
        let found = if columns.is_empty() { "it has blank lines only" } else { "it has a header but no records" };
        return Err(unfit(format!("{found}; a header line and at least one record are needed")));
    }
    say(
        "split",
        &format_args!(
            "{records} records of {} columns, fields divided by {:?}",
            columns.len(),
            char::from(dialect.delimiter)
        ),
    );

    let mut table = open(&file, dialect)?;
    for number in 0..chunks {
        let quota = quota(records, chunks, number);
        let chunk = NamedTempFile::new()?;
        write_chunk(&mut table, quota, BufWriter::new(chunk.as_file()))?;
        objects.upload(chunk.path(), &work.chunk(number), "text/csv").await?;
        say("split", &format_args!("wrote chunk {} of {chunks} with {quota} records", number + 1));
    }
    let map = MapPlan::of(&columns);
    let plan =
        Plan { source: source.to_string(), bytes, records, chunks, decimal: dialect.decimal_mark(), columns, map };
    objects.write_json(&plan, &work.plan()).await
}

fn sniff(mut file: &File) -> Result<Result<Dialect, String>, Error> {
    let mut sample = Vec::with_capacity(SAMPLE_BYTES);
    file.rewind()?;
    file.take(SAMPLE_BYTES as u64).read_to_end(&mut sample)?;
    Ok(Dialect::sniff(&sample))
}

fn open(file: &NamedTempFile, dialect: Dialect) -> Result<Records<BufReader<&File>>, Error> {
    let mut source = file.as_file();
    source.seek(SeekFrom::Start(dialect.skip as u64))?;
    Records::open(BufReader::new(source), dialect)
}
