//! A request's body, read whole.

use http_body_util::BodyExt;
use local_wire::Body;

use crate::Error;

/// Larger than any request may be: those that AWS limits to 30 KiB are checked where they are read.
const LIMIT: usize = 1024 * 1024;

/// Frame by frame: inside another future the compiler cannot tell that `local_wire::collect` may be sent.
///
/// # Errors
/// If it is too long, or breaks off.
pub(super) async fn read(mut body: Body) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Error::client(format!("the request could not be read: {error}")))?;
        bytes.extend_from_slice(frame.data_ref().map(AsRef::as_ref).unwrap_or_default());
        if bytes.len() > LIMIT {
            return Err(Error::client(format!("the request is longer than {LIMIT} bytes")));
        }
    }
    Ok(bytes)
}
