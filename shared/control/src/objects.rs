//! Objects of S3: read whole, up to a bound, and asked about.

use aws_sdk_s3::{
    config::http::HttpResponse,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::get_object::GetObjectError,
    primitives::ByteStream,
};

use crate::{Control, Error, UploadedObject};

/// S3's errors that no second try changes: whoever the object is for is told. All others are tried again, and what never succeeds
/// is a dead letter.
const FOR_GOOD: [&str; 4] = ["AccessDenied", "AllAccessDisabled", "InvalidObjectState", "NoSuchBucket"];

/// What came of reading an object.
pub(crate) enum Object {
    /// Its bytes, of which one more than asked for says that there are too many.
    Whole(Vec<u8>),
    /// There is none.
    Missing,
    /// It may not be read.
    Refused(String),
}

/// What came of opening an object.
pub(crate) enum Opened {
    /// It.
    Object {
        /// What is in it.
        body: ByteStream,
        /// What tells it from one that takes its place.
        etag: Option<String>,
    },
    /// There is none, or it may not be read.
    Refused(String),
}

/// Why an object can never be read, if that is what the error says.
pub(crate) fn refusal(error: &SdkError<GetObjectError>) -> Option<String> {
    if error.as_service_error().is_some_and(GetObjectError::is_no_such_key) {
        return Some("there is no such object".to_owned());
    }
    let refused = error.code().is_some_and(|code| FOR_GOOD.contains(&code));
    refused.then(|| DisplayErrorContext(error).to_string())
}

/// What came of asking about an object.
pub(crate) enum Answer {
    /// Names, each with its value.
    Told(Vec<(String, String)>),
    /// There is no answer, and never will be. Why.
    Refused(String),
}

impl Control {
    /// The user's metadata of the very object that was uploaded: of its version, or, in a bucket that has none, of what is there if it
    /// is still the same.
    pub(crate) async fn object_metadata(&self, object: &UploadedObject) -> Result<Answer, Error> {
        let head = self.s3.head_object().bucket(&object.bucket).key(&object.key).set_version_id(object.version.clone());
        let same = object.version.is_none().then(|| format!("\"{}\"", object.etag));
        match head.set_if_match(same).send().await {
            Ok(output) => Ok(Answer::Told(output.metadata.unwrap_or_default().into_iter().collect())),
            // An answer to HEAD says no more than its status; why it is forbidden, an answer to GET does.
            Err(error) if status(&error) == Some(403) => {
                let get = self.s3.get_object().bucket(&object.bucket).key(&object.key).range("bytes=0-0");
                match get.set_version_id(object.version.clone()).send().await {
                    Ok(_) => Err(Error::Service { service: "S3", message: DisplayErrorContext(&error).to_string() }),
                    Err(error) => refused_or_again(&error),
                }
            }
            Err(error) => refused_or_again(&error),
        }
    }

    /// The tags of an object. They may be others than it was uploaded with.
    pub(crate) async fn object_tags(&self, object: &UploadedObject) -> Result<Answer, Error> {
        let get = self.s3.get_object_tagging().bucket(&object.bucket).key(&object.key);
        match get.set_version_id(object.version.clone()).send().await {
            Ok(output) => Ok(Answer::Told(output.tag_set.into_iter().map(|tag| (tag.key, tag.value)).collect())),
            Err(error) => refused_or_again(&error),
        }
    }

    /// Reads an object, of which at most so many bytes are wanted.
    pub(crate) async fn read_object(&self, bucket: &str, key: &str, at_most: usize) -> Result<Object, Error> {
        let service = |message: String| Error::Service { service: "S3", message };
        let got = self.s3.get_object().bucket(bucket).key(key).send().await;
        let output = match got {
            Ok(output) => output,
            Err(error) if error.as_service_error().is_some_and(|error| error.is_no_such_key()) => {
                return Ok(Object::Missing);
            }
            Err(error) => {
                let words = DisplayErrorContext(&error).to_string();
                let refused = error.code().is_some_and(|code| FOR_GOOD.contains(&code));
                return if refused { Ok(Object::Refused(words)) } else { Err(service(words)) };
            }
        };
        let mut bytes = Vec::new();
        let mut body = output.body;
        while let Some(chunk) = body.next().await {
            bytes.extend_from_slice(&chunk.map_err(|error| service(error.to_string()))?);
            if bytes.len() > at_most {
                break;
            }
        }
        Ok(Object::Whole(bytes))
    }
}

/// Whether it is told that asking again would change nothing.
fn refused_or_again<E>(error: &SdkError<E, HttpResponse>) -> Result<Answer, Error>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let words = DisplayErrorContext(error).to_string();
    match status(error) {
        Some(404 | 405) => Ok(Answer::Refused("it is gone again".to_owned())),
        Some(412) => Ok(Answer::Refused("it has been overwritten".to_owned())),
        Some(_) if error.code().is_some_and(|code| FOR_GOOD.contains(&code)) => Ok(Answer::Refused(words)),
        Some(_) | None => Err(Error::Service { service: "S3", message: words }),
    }
}

fn status<E>(error: &SdkError<E, HttpResponse>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}
