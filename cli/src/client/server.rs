//! A server's endpoint, and how the AWS SDKs are told of it.

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider, retry::RetryConfig, timeout::TimeoutConfig};
use http::Uri;
use local_surface::{ENDPOINT_CREDENTIALS, REGION};
use tokio::net::TcpStream;

use crate::exit::Failure;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long one try of a request may take. An upload is as long as its file; only its answer is awaited so long.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// Finds out whether anybody listens there.
pub(super) async fn reach(endpoint: &str) -> Result<(), Failure> {
    let (host, port) = host_and_port(endpoint)?;
    let connected = tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect((host.as_str(), port))).await;
    let why = match connected {
        Ok(Ok(_)) => return Ok(()),
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("no answer within {} s", CONNECT_TIMEOUT.as_secs()),
    };
    Err(Failure::nothing_there(format!(
        "no server is reached at {endpoint} ({why}); `batchwright up` starts one, --endpoint or AWS_ENDPOINT_URL names one \
         that listens elsewhere, and --stack names a stack in an AWS account"
    )))
}

fn host_and_port(endpoint: &str) -> Result<(String, u16), Failure> {
    let wrong = || Failure::failed(format!("the endpoint {endpoint:?} is not a URL like http://127.0.0.1:4510"));
    let uri: Uri = endpoint.parse().map_err(|_| wrong())?;
    let port = match uri.scheme_str() {
        Some("http") => 80,
        Some("https") => 443,
        _ => return Err(wrong()),
    };
    let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    Ok((host, uri.port_u16().unwrap_or(port)))
}

/// The server takes any credentials, and is never shown a person's own.
pub(super) fn sdk_config(endpoint: &str) -> SdkConfig {
    let (access_key, secret_key) = ENDPOINT_CREDENTIALS;
    let credentials = Credentials::new(access_key, secret_key, None, None, "local");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(RetryConfig::standard())
        .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(READ_TIMEOUT).build())
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_names_a_host_and_a_port() {
        let named = |endpoint| host_and_port(endpoint).ok();
        assert_eq!(named("http://127.0.0.1:4510"), Some(("127.0.0.1".to_owned(), 4510)));
        assert_eq!(named("https://example.com/"), Some(("example.com".to_owned(), 443)));
        assert_eq!(named("http://[::1]:1"), Some(("::1".to_owned(), 1)));
        for wrong in ["", "localhost:4510", "127.0.0.1", "ftp://host", "http://", "/a"] {
            assert_eq!(named(wrong), None, "{wrong}");
        }
    }

    #[tokio::test]
    async fn where_nobody_listens_the_answer_comes_at_once_and_says_what_to_do() {
        let failure = reach("http://127.0.0.1:1").await.unwrap_err();
        assert!(failure.to_string().contains("batchwright up"), "{failure}");
        assert_eq!(failure.exit, crate::exit::Exit::NothingThere);
    }
}
