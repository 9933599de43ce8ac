//! Which bucket a host names.

use http::{Request, header::HOST};
use percent_encoding::percent_decode_str;
use s3s::{
    S3Result,
    host::{S3Host, VirtualHost},
};

/// The hosts whose subdomains are buckets: `bucket.localhost`, and `bucket.local` for clients in process.
const BASES: [&str; 2] = ["localhost", "local"];

/// Virtual-host style for subdomains of `localhost`; path style for every other host.
pub(crate) struct Localhost;

impl S3Host for Localhost {
    fn parse_host_header<'a>(&'a self, host: &'a str) -> S3Result<VirtualHost<'a>> {
        let virtual_host = VirtualHost::new(host);
        Ok(match bucket(host) {
            Some(bucket) => virtual_host.with_bucket(bucket),
            None => virtual_host,
        })
    }
}

fn bucket(host: &str) -> Option<&str> {
    let name = host.rsplit_once(':').map_or(host, |(name, _port)| name);
    let bucket = BASES.into_iter().find_map(|base| name.strip_suffix(base)?.strip_suffix('.'));
    bucket.filter(|bucket| !bucket.is_empty())
}

/// The bytes of the key that a request's path names, if any.
pub(super) fn key<B>(request: &Request<B>) -> Vec<u8> {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| request.uri().host()).unwrap_or_default();
    let path = request.uri().path();
    let path = path.strip_prefix('/').unwrap_or(path);
    let key = if bucket(host).is_some() { path } else { path.split_once('/').map_or("", |(_bucket, key)| key) };
    percent_decode_str(key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subdomains_of_localhost_are_buckets() {
        let bucket = |host| Localhost.parse_host_header(host).unwrap().bucket().map(str::to_owned);
        assert_eq!(bucket("inbox.localhost:4510").as_deref(), Some("inbox"));
        assert_eq!(bucket("my.dotted.bucket.localhost").as_deref(), Some("my.dotted.bucket"));
        assert_eq!(bucket("inbox.local").as_deref(), Some("inbox"));
        for host in
            ["localhost", "localhost:4510", "local", "127.0.0.1:4510", "[::1]:4510", "s3.example.com", ".localhost", ""]
        {
            assert_eq!(bucket(host), None, "{host}");
        }
    }

    #[test]
    fn a_path_names_a_key_below_its_bucket() {
        let named = |uri: &str| String::from_utf8(key(&Request::builder().uri(uri).body(()).unwrap())).unwrap();
        assert_eq!(named("http://127.0.0.1/inbox/a%20b/?x=/y"), "a b/");
        assert_eq!(named("http://inbox.localhost:1/a//b"), "a//b");
        assert_eq!(named("/inbox//a"), "/a");
        for uri in ["/", "/inbox", "/inbox/", "http://inbox.local/"] {
            assert_eq!(named(uri), "", "{uri}");
        }
    }
}
