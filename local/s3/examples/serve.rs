//! The embedded S3 alone, over TCP: `serve FOLDER PORT`.

use std::{path::PathBuf, sync::Arc};

use ambient::{Clock, Ids};
use local_s3::{Config, S3};
use local_store::Store;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let data_dir = PathBuf::from(arguments.next().ok_or("serve FOLDER PORT")?);
    let port: u16 = arguments.next().ok_or("serve FOLDER PORT")?.parse()?;
    std::fs::create_dir_all(&data_dir)?;
    let s3 = S3::open(Config {
        store: Store::open(&data_dir.join("local.sqlite"))?,
        clock: Clock::System,
        ids: Ids::random(),
        data_dir,
        region: "us-east-1".to_owned(),
        notify: Arc::new(|_, _| Ok(())),
    })?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    local_wire::serve(listener, Arc::new(s3), std::future::pending()).await;
    Ok(())
}
