//! Addresses in S3: one object, and the prefix where the stages of one run meet.

use std::fmt;
use std::str::FromStr;

/// One object: `s3://bucket/key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The bucket's name.
    pub bucket: String,
    /// The object's key, never empty, exactly as S3 knows it (not URL-encoded).
    pub key: String,
}

/// The prefix under which the stages of one run leave their objects for each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    bucket: String,
    prefix: String,
}

impl Work {
    /// The plan that `split` writes and everyone reads.
    pub fn plan(&self) -> Location {
        self.object("plan.json")
    }

    /// The records of one chunk, as CSV with the header repeated.
    pub fn chunk(&self, number: u32) -> Location {
        self.object(&format!("chunks/{number:05}.csv"))
    }

    /// The statistics of one chunk.
    pub fn stats(&self, number: u32) -> Location {
        self.object(&format!("stats/{number:05}.json"))
    }

    /// The correlations of the whole file.
    pub fn correlations(&self) -> Location {
        self.object("correlations.json")
    }

    fn object(&self, name: &str) -> Location {
        Location { bucket: self.bucket.clone(), key: format!("{}{name}", self.prefix) }
    }
}

impl FromStr for Location {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match bucket_and_key(text) {
            Some((bucket, key)) if !key.is_empty() => Ok(Self { bucket: bucket.into(), key: key.into() }),
            _ => Err("an object's address is needed, like s3://bucket/folder/file.csv".into()),
        }
    }
}

impl FromStr for Work {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (bucket, prefix) = bucket_and_key(text).ok_or("a prefix is needed, like s3://bucket/runs/1/")?;
        let slash = if prefix.is_empty() || prefix.ends_with('/') { "" } else { "/" };
        Ok(Self { bucket: bucket.into(), prefix: format!("{prefix}{slash}") })
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

fn bucket_and_key(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("s3://")?;
    let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
    (!bucket.is_empty()).then_some((bucket, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_keeps_every_character() {
        let location: Location = "s3://inbox/profile/a b+c/../ü//x.csv".parse().unwrap();
        assert_eq!(location.key, "profile/a b+c/../ü//x.csv");
        assert_eq!(location.to_string(), "s3://inbox/profile/a b+c/../ü//x.csv");
    }

    #[test]
    fn an_address_without_bucket_or_key_is_refused() {
        for text in ["", "file.csv", "s3://", "s3:///key", "s3://bucket", "s3://bucket/", "https://bucket/key"] {
            assert!(text.parse::<Location>().is_err(), "{text}");
        }
    }

    #[test]
    fn work_objects_lie_under_the_prefix_with_or_without_its_slash() {
        for text in ["s3://b/runs/1", "s3://b/runs/1/"] {
            assert_eq!(text.parse::<Work>().unwrap().chunk(7).key, "runs/1/chunks/00007.csv");
        }
        assert_eq!("s3://b".parse::<Work>().unwrap().plan().key, "plan.json");
    }
}
