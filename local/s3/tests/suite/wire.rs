//! Over TCP, as other programs come.

use std::{net::SocketAddr, sync::Arc};

use aws_sdk_s3::{
    Client,
    presigning::PresigningConfig,
    primitives::{ByteStream, SdkBody},
};
use bytes::Bytes;
use futures_util::stream;
use http_body::Frame;
use http_body_util::StreamBody;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::world::{BUCKET, World, noise, sdk_config, world};

async fn serve(world: &World) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let s3 = Arc::clone(&world.s3);
    tokio::spawn(async move { local_wire::serve(listener, Arc::new(s3), std::future::pending()).await });
    address
}

fn client(address: SocketAddr) -> Client {
    Client::from_conf(sdk_config().endpoint_url(format!("http://{address}")).build())
}

/// What a program without an SDK gets: the status line and the body.
async fn raw(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sdk_puts_and_gets_with_its_defaults() {
    let world = world().await;
    let client = client(serve(&world).await);
    let bytes = noise(3_000_000);
    client.put_object().bucket(BUCKET).key("a b/ü").body(ByteStream::from(bytes.clone())).send().await.unwrap();
    let got = client.get_object().bucket(BUCKET).key("a b/ü").send().await.unwrap();
    assert_eq!(got.body.collect().await.unwrap().to_vec(), bytes);
    assert!(
        client.head_object().bucket(BUCKET).key("none").send().await.unwrap_err().into_service_error().is_not_found()
    );
    // A stream of which the SDK knows the length only: `aws-chunked`, with the checksum in a trailer.
    let frames = stream::iter((0..100).map(|_| Ok::<_, std::io::Error>(Frame::data(Bytes::from(noise(10_000))))));
    let body = ByteStream::new(SdkBody::from_body_1_x(StreamBody::new(frames)));
    client.put_object().bucket(BUCKET).key("streamed").content_length(1_000_000).body(body).send().await.unwrap();
    assert_eq!(world.get("streamed").await, noise(10_000).repeat(100));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn presigned_and_unsigned_requests_are_served_and_buckets_may_be_hosts() {
    let world = world().await;
    let address = serve(&world).await;
    world.put("a b", "hello").await;
    let expires = PresigningConfig::expires_in(std::time::Duration::from_secs(60)).unwrap();
    let presigned = client(address).get_object().bucket(BUCKET).key("a b").presigned(expires).await.unwrap();
    let target = presigned.uri().strip_prefix(&format!("http://{address}")).unwrap();
    let answer = raw(address, &format!("GET {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("hello"), "{answer}");
    let host = "GET /a%20b HTTP/1.1\r\nHost: inbox.localhost:80\r\nConnection: close\r\n\r\n";
    let answer = raw(address, host).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("hello"), "{answer}");
    let anonymous = "PUT /inbox/../up HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi";
    assert!(raw(address, anonymous).await.starts_with("HTTP/1.1 200 OK\r\n"));
    assert_eq!(world.get("../up").await, b"hi");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_requests_are_refused_and_leave_nothing() {
    let world = world().await;
    let address = serve(&world).await;
    let chunked = "PUT /inbox/bad HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Encoding: aws-chunked\r\n\
        x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\r\n";
    for (head, body, expected) in [
        ("x-amz-decoded-content-length: 5\r\n", "zz\r\nhello\r\n0\r\n\r\n", "IncompleteBody"),
        ("x-amz-decoded-content-length: 6\r\n", "5\r\nhello\r\n0\r\n\r\n", "IncompleteBody"),
        ("x-amz-decoded-content-length: 5\r\n", "5\r\nhello\r\n", "IncompleteBody"),
        (
            "x-amz-decoded-content-length: 5\r\nx-amz-trailer: x-amz-checksum-crc32\r\n",
            "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n",
            "BadDigest",
        ),
        (
            "x-amz-decoded-content-length: 5\r\nx-amz-trailer: x-amz-checksum-crc32\r\n",
            "5\r\nhello\r\n0\r\n\r\n",
            "MalformedTrailerError",
        ),
    ] {
        let answer = raw(address, &format!("{chunked}{head}Content-Length: {}\r\n\r\n{body}", body.len())).await;
        assert!(answer.starts_with("HTTP/1.1 400") && answer.contains(expected), "{answer}");
    }
    let sha256 = format!(
        "PUT /inbox/bad HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 1\r\n\
        x-amz-content-sha256: {}\r\n\r\nx",
        "0".repeat(64)
    );
    assert!(raw(address, &sha256).await.contains("XAmzContentSHA256Mismatch"));
    for target in
        ["/inbox/%ff", "/inbox/a?versionId=%ff", "/inbox?list-type=2&max-keys=-1", "/UPPER/x", "/inbox/a?partNumber=x"]
    {
        let answer =
            raw(address, &format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{target}: {answer}");
    }
    assert!(world.files().is_empty());
}
