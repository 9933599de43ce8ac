//! Taking a signature off a request.

use http::{
    Uri,
    header::AUTHORIZATION,
    request::Parts,
    uri::{self, PathAndQuery},
};

/// The parameters of presigned URLs, of Signature Version 4 and of 2.
const PRESIGNED: [&str; 10] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
    "X-Amz-Security-Token",
    "AWSAccessKeyId",
    "Signature",
    "Expires",
];

/// Takes the signature off, wherever it is.
pub(super) fn strip(parts: &mut Parts) {
    parts.headers.remove(AUTHORIZATION);
    let Some(query) = parts.uri.query() else { return };
    let kept: Vec<&str> = query.split('&').filter(|pair| !is_presigned(pair)).collect();
    if kept.len() == query.split('&').count() {
        return;
    }
    let target = format!("{}?{}", parts.uri.path(), kept.join("&"));
    if let Some(uri) = with_target(&parts.uri, target.trim_end_matches('?')) {
        parts.uri = uri;
    }
}

fn is_presigned(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default();
    PRESIGNED.contains(&name)
}

fn with_target(uri: &Uri, target: &str) -> Option<Uri> {
    let mut parts = uri::Parts::from(uri.clone());
    parts.path_and_query = Some(PathAndQuery::try_from(target).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(uri: &str) -> String {
        let (mut parts, ()) =
            http::Request::builder().uri(uri).header(AUTHORIZATION, "AWS4 …").body(()).unwrap().into_parts();
        strip(&mut parts);
        assert!(!parts.headers.contains_key(AUTHORIZATION));
        parts.uri.to_string()
    }

    #[test]
    fn only_the_signature_goes() {
        assert_eq!(stripped("/b/k%20?x-id=GetObject"), "/b/k%20?x-id=GetObject");
        assert_eq!(stripped("http://local/b/k?X-Amz-Signature=s&X-Amz-Date=d"), "http://local/b/k");
        assert_eq!(stripped("/b/k?versionId=v&X-Amz-Signature=s&partNumber=1"), "/b/k?versionId=v&partNumber=1");
    }
}
