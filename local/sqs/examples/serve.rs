use local_sqs::*;
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:4599").await.unwrap();
    let store = local_store::Store::open(std::path::Path::new("/tmp/team/sqs-try.db")).unwrap();
    let sqs = Sqs::open(Config { store, clock: ambient::Clock::System, ids: ambient::Ids::random(), region: "us-east-1".into(), endpoint: "http://127.0.0.1:4599".into() }).unwrap();
    local_wire::serve(listener, sqs, std::future::pending()).await.unwrap();
}
