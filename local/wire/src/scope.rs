//! Which service a request is for: the scope of its SigV4 signature.

use http::{Request, header::AUTHORIZATION};

/// The part of a credential scope that routes: `<key>/<date>/<region>/<service>/aws4_request`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The region, such as `us-east-1`.
    pub region: String,
    /// The service's signing name, such as `sqs` or `dynamodb`.
    pub service: String,
}

/// The scope a request was signed for, in its `Authorization` header or, if it was presigned, in its query.
/// `None` if it was not signed.
///
/// The signature itself is not checked: the laptop takes any credentials.
pub fn scope<B>(request: &Request<B>) -> Option<Scope> {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    match header {
        Some(header) => parse(header.split_once("Credential=")?.1),
        None => presigned(request.uri().query()?),
    }
}

fn presigned(query: &str) -> Option<Scope> {
    if query.split('&').any(|pair| pair.starts_with("AWSAccessKeyId=")) {
        // Signature version 2, with which boto3 presigns in us-east-1. Only S3 has it, and it names no region.
        return Some(Scope { region: "us-east-1".to_owned(), service: "s3".to_owned() });
    }
    let credential = query.split('&').find_map(|pair| pair.strip_prefix("X-Amz-Credential="))?;
    parse(&credential.replace("%2F", "/").replace("%2f", "/"))
}

fn parse(credential: &str) -> Option<Scope> {
    let credential = credential.split([',', ' ']).next()?;
    let mut parts = credential.rsplit('/');
    let (_terminator, service, region) = (parts.next()?, parts.next()?, parts.next()?);
    Some(Scope { region: region.to_owned(), service: service.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scoped(request: http::request::Builder) -> Option<Scope> {
        scope(&request.body(()).unwrap())
    }

    #[test]
    fn the_header_and_the_query_both_name_the_service() {
        let expected = Some(Scope { region: "eu-west-1".into(), service: "sqs".into() });
        let header =
            "AWS4-HMAC-SHA256 Credential=AKID/20261124/eu-west-1/sqs/aws4_request, SignedHeaders=host, Signature=x";
        assert_eq!(scoped(Request::builder().header("authorization", header)), expected);
        let uri = "/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20261124%2Feu-west-1%2Fsqs%2Faws4_request&x=1";
        assert_eq!(scoped(Request::builder().uri(uri)), expected);
    }

    #[test]
    fn a_url_presigned_with_version_2_is_for_s3() {
        let uri = "/b/k?AWSAccessKeyId=AKID&Signature=x%3D&Expires=1764000000";
        assert_eq!(scoped(Request::builder().uri(uri)).map(|scope| scope.service), Some("s3".to_owned()));
    }

    #[test]
    fn what_is_not_signed_has_no_scope() {
        for header in ["", "Bearer abc", "AWS4-HMAC-SHA256 Credential=", "AWS4-HMAC-SHA256 Credential=a/b"] {
            assert_eq!(scoped(Request::builder().header("authorization", header)), None, "{header}");
        }
        assert_eq!(scoped(Request::builder().uri("/")), None);
        assert_eq!(scoped(Request::builder().uri("/?X-Amz-Credential=a")), None);
    }
}
