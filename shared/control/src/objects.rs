//! Objects of S3, read whole, up to a bound.

use aws_sdk_s3::{
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::get_object::GetObjectError,
    primitives::ByteStream,
};

use crate::{Control, Error};

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

impl Control {
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
