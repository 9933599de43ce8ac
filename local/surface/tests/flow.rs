//! A dropped definition and an uploaded file run a pipeline to its end, through every service.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use ambient::{Clock, Ids};
use control::table::Table;
use local_surface::{INBOX_BUCKET, Options, Surface, TABLE, sdk_config};
use machine::Timestamp;

const DIAMOND: &str = "
pipeline: diamond
on:
  - s3: { prefix: in/, suffix: .txt }
defaults: { image: busybox, compute: fargate, vcpu: 0.25, memory: 512 MiB }
stages:
  first: { command: [test, \"${{ trigger.s3.key }}\", =, in/a b.txt] }
  left: { needs: [first], command: [\"true\"], array: 3 }
  right: { needs: [first], command: [\"true\"] }
  last: { needs: [left, right], command: [\"true\"] }
";

async fn open(data_dir: &Path) -> Result<Surface, local_surface::Error> {
    let options = Options {
        data_dir: data_dir.to_owned(),
        address: SocketAddr::from(([127, 0, 0, 1], 0)),
        path_prepend: Vec::new(),
        secrets: None,
        clock: Clock::System,
        ids: Ids::random(),
    };
    Surface::open(options).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_runs_a_pipeline_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let surface = open(folder.path()).await.unwrap();
    let sdk = sdk_config(&format!("http://{}", surface.address()), surface.service());
    let s3 = aws_sdk_s3::Client::from_conf(aws_sdk_s3::config::Builder::from(&sdk).force_path_style(true).build());
    let table = Table::new(aws_sdk_dynamodb::Client::new(&sdk), TABLE);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let served = tokio::spawn(surface.run(async move {
        let _ = stopped.await;
    }));

    let put = |key: &'static str, body: &'static str| {
        let s3 = s3.clone();
        async move { s3.put_object().bucket(INBOX_BUCKET).key(key).body(body.as_bytes().to_vec().into()).send().await }
    };
    put("pipelines/diamond.yaml", DIAMOND).await.unwrap();
    let table = Arc::new(table);
    until("the pipeline is registered", || {
        let table = Arc::clone(&table);
        async move { table.latest("diamond").await.unwrap() }
    })
    .await;
    put("in/a b.txt", "hello").await.unwrap();
    let run = until("the run has ended", || {
        let table = Arc::clone(&table);
        async move {
            let runs = table.latest_runs(Timestamp::from_ms(u64::MAX >> 12), 10).await.unwrap();
            runs.into_iter().find(|run| run.ended_at.is_some())
        }
    })
    .await;
    let whole = table.whole_run(&run.id).await.unwrap().unwrap();
    let stages: Vec<(&String, &str)> =
        whole.stages.iter().map(|(name, stage)| (name, stage.value.state.name())).collect();
    assert_eq!(run.status, "SUCCEEDED", "{stages:?} {:?}", whole.stages);
    assert_eq!(stages.len(), 4);
    stop.send(()).unwrap();
    served.await.unwrap().unwrap();
}

/// Asks until there is an answer, for a minute at most.
async fn until<T, F: Future<Output = Option<T>>>(what: &str, ask: impl Fn() -> F) -> T {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(tokio::time::Instant::now() < deadline, "{what}: not within a minute");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
