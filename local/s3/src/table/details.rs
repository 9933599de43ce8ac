//! What an object has besides its bytes.

use std::collections::BTreeMap;

use s3s::dto::{Metadata, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Error, error::refused, integrity::Checksum};

/// The most bytes of a user's metadata, names and values.
const METADATA_LIMIT: usize = 2048;

/// What an object has besides its bytes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Details {
    pub(crate) headers: Headers,
    /// The user's own.
    pub(crate) metadata: BTreeMap<String, String>,
    /// Names with values.
    pub(crate) tags: BTreeMap<String, String>,
    /// Absent in uploads that are not complete.
    pub(crate) checksum: Option<Checksum>,
    /// The upload in parts that it came by: who completes it twice, because the first answer was lost, is told the same.
    pub(crate) upload_id: Option<String>,
}

/// The headers that come back with an object as they were put.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Headers {
    pub(crate) cache_control: Option<String>,
    pub(crate) content_disposition: Option<String>,
    pub(crate) content_encoding: Option<String>,
    pub(crate) content_language: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) website_redirect_location: Option<String>,
}

impl Headers {
    /// The type that S3 gives to what has none.
    pub(crate) fn content_type(&self) -> String {
        self.content_type.clone().unwrap_or_else(|| "binary/octet-stream".to_owned())
    }
}

impl Details {
    /// Of an object that is to be put. `tags` is the form of the tagging header: `a=1&b=2`.
    pub(crate) fn new(headers: Headers, metadata: Option<Metadata>, tags: Option<&str>) -> Result<Self, Error> {
        let metadata: BTreeMap<String, String> = metadata.unwrap_or_default().into_iter().collect();
        let size: usize = metadata.iter().map(|(name, value)| name.len().saturating_add(value.len())).sum();
        if size > METADATA_LIMIT {
            return Err(refused!(
                MetadataTooLarge,
                "Your metadata headers exceed the maximum allowed metadata size: {size} bytes of {METADATA_LIMIT}"
            ));
        }
        let tags = tags.map(parse_tags).transpose()?.unwrap_or_default();
        Ok(Self { headers, metadata, tags, checksum: None, upload_id: None })
    }

    pub(crate) fn metadata(&self) -> Option<Metadata> {
        (!self.metadata.is_empty()).then(|| self.metadata.clone().into_iter().collect())
    }
}

fn parse_tags(form: &str) -> Result<BTreeMap<String, String>, Error> {
    let pairs = form.split('&').filter(|pair| !pair.is_empty());
    check_tags(pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok((decode(name)?, decode(value)?))
    }))
}

/// The tags, if they keep to S3's limits: 10, names of 1 to 128 characters and values of up to 256, no name twice.
pub(crate) fn check_tags(
    pairs: impl Iterator<Item = Result<(String, String), Error>>,
) -> Result<BTreeMap<String, String>, Error> {
    let mut tags = BTreeMap::new();
    for pair in pairs {
        let (name, value) = pair?;
        if !(1..=128).contains(&name.chars().count()) || value.chars().count() > 256 {
            return Err(refused!(
                InvalidTag,
                "The tag {name:?} is not valid: names have 1 to 128 characters, values up to 256"
            ));
        }
        if tags.insert(name, value).is_some() {
            return Err(refused!(InvalidTag, "Cannot provide multiple Tags with the same key"));
        }
    }
    if tags.len() > 10 {
        return Err(refused!(InvalidTag, "Object tags cannot be greater than 10"));
    }
    Ok(tags)
}

fn decode(text: &str) -> Result<String, Error> {
    let spaced = text.replace('+', " ");
    let decoded = percent_encoding::percent_decode_str(&spaced).decode_utf8();
    decoded.map(Into::into).map_err(|_| refused!(InvalidTag, "The tag {text:?} is not UTF-8"))
}
