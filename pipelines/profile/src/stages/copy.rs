//! `profile copy`: one object from or to S3, with the arguments of `aws s3 cp`, for a machine that has no `aws`.

use std::convert::Infallible;
use std::fs::File;
use std::path::PathBuf;
use std::str::FromStr;

use tempfile::NamedTempFile;

use crate::Error;
use crate::location::Location;
use crate::objects::Objects;

/// One end of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// `s3://bucket/key`.
    Object(Location),
    /// `-`: the standard input, or output.
    Stream,
    /// Anything else.
    File(PathBuf),
}

impl FromStr for End {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match (text, text.parse()) {
            ("-", _) => Self::Stream,
            (_, Ok(location)) => Self::Object(location),
            (path, Err(_)) => Self::File(path.into()),
        })
    }
}

const TYPE: &str = "application/octet-stream";

/// Copies what is at one end to the other. One of the two is in S3.
pub async fn copy(objects: &Objects, from: &End, to: &End) -> Result<(), Error> {
    match (from, to) {
        (End::Object(from), End::Object(to)) => {
            let file = objects.download(from).await?;
            objects.upload(file.path(), to, TYPE).await
        }
        (End::Object(from), End::File(to)) => {
            let mut file = objects.download(from).await?;
            std::io::copy(&mut file, &mut File::create(to)?)?;
            Ok(())
        }
        (End::Object(from), End::Stream) => {
            let mut file = objects.download(from).await?;
            std::io::copy(&mut file, &mut std::io::stdout().lock())?;
            Ok(())
        }
        (End::File(from), End::Object(to)) => objects.upload(from, to, TYPE).await,
        (End::Stream, End::Object(to)) => {
            let mut file = NamedTempFile::new()?;
            std::io::copy(&mut std::io::stdin().lock(), &mut file)?;
            objects.upload(file.path(), to, TYPE).await
        }
        (End::File(_) | End::Stream, End::File(_) | End::Stream) => {
            Err(Error::Wiring("one of the two must be in S3, like s3://bucket/key".to_owned()))
        }
    }
}
