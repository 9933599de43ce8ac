//! No request makes it panic, hang, or answer what is not HTTP.

use http::{Method, Request};
use http_body_util::BodyExt;
use local_wire::{Service, body};
use proptest::{prelude::*, test_runner::TestRunner};

use crate::world::{World, world};

const METHODS: [&str; 6] = ["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH"];

const HEADERS: [&str; 22] = [
    "authorization",
    "content-encoding",
    "content-length",
    "content-md5",
    "content-type",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "range",
    "x-amz-checksum-crc32",
    "x-amz-checksum-mode",
    "x-amz-checksum-type",
    "x-amz-content-sha256",
    "x-amz-copy-source",
    "x-amz-copy-source-range",
    "x-amz-decoded-content-length",
    "x-amz-meta-a",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-tagging",
    "x-amz-trailer",
    "expires",
];

const VALUES: [&str; 20] = [
    "",
    "*",
    "0",
    "5",
    "-1",
    "99999999999999999999",
    "aws-chunked",
    "aws-chunked,gzip",
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "AWS4-HMAC-SHA256 Credential=a/b/c/s3/aws4_request, SignedHeaders=host, Signature=x",
    "AWS a:b",
    "bytes=1-2",
    "bytes=-",
    "CRC32",
    "x-amz-checksum-crc32",
    "inbox/a",
    "inbox/%ff?versionId=",
    "multipart/form-data; boundary=x",
    "Tue, 24 Nov 2026 17:00:00 GMT",
];

const QUERIES: [&str; 20] = [
    "acl",
    "delete",
    "delimiter=%2F",
    "encoding-type=url",
    "key-marker=a",
    "list-type=2",
    "location",
    "marker=a",
    "max-keys=2",
    "max-keys=x",
    "partNumber=1",
    "partNumber=0",
    "prefix=%ff",
    "tagging",
    "uploadId=x",
    "uploads",
    "versionId=null",
    "versioning",
    "versions",
    "X-Amz-Signature=x",
];

const PATHS: [&str; 9] =
    ["/", "//", "/inbox", "/inbox/", "/inbox/a", "/inbox//../%2e%2e", "/inbox/%ff", "/other/a", "/IN BOX"];

const BODIES: [&str; 9] = [
    "",
    "hello",
    "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n",
    "ffffffffffffffff\r\n",
    "<Delete><Object><Key>a</Key></Object></Delete>",
    "<Delete/>",
    "<VersioningConfiguration><Status>Odd</Status></VersioningConfiguration>",
    "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>",
    "--x\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na\r\n--x--\r\n",
];

#[derive(Debug, Clone)]
struct Hostile {
    method: &'static str,
    target: String,
    headers: Vec<(&'static str, &'static str)>,
    body: &'static str,
}

fn hostile() -> impl Strategy<Value = Hostile> {
    let pick = proptest::sample::select::<&'static str>;
    let headers = proptest::collection::vec((pick(HEADERS.to_vec()), pick(VALUES.to_vec())), 0..5);
    let query = proptest::collection::vec(pick(QUERIES.to_vec()), 0..4);
    let parts = (pick(METHODS.to_vec()), pick(PATHS.to_vec()), query, headers, pick(BODIES.to_vec()));
    parts.prop_map(|(method, path, query, headers, body)| {
        let target = format!("{}?{}", path.replace(' ', "%20"), query.join("&"));
        Hostile { method, target, headers, body }
    })
}

async fn answered(world: &World, hostile: Hostile) -> u16 {
    let mut request =
        Request::builder().method(Method::from_bytes(hostile.method.as_bytes()).unwrap()).uri(hostile.target);
    for (name, value) in hostile.headers {
        request = request.header(name, value);
    }
    let response = world.s3.call(request.body(body(hostile.body)).unwrap()).await;
    let status = response.status().as_u16();
    response.into_body().collect().await.unwrap();
    status
}

#[test]
fn every_request_is_answered() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let world = runtime.block_on(world());
    let mut runner = TestRunner::new(ProptestConfig { cases: 3000, failure_persistence: None, ..Default::default() });
    let tested = runner.run(&hostile(), |hostile| {
        let status = runtime.block_on(answered(&world, hostile));
        prop_assert!((200..600).contains(&status));
        prop_assert!(status != 500, "a client cannot make the server fail");
        Ok(())
    });
    tested.unwrap();
}
