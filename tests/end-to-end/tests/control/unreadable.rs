//! A dropped definition that S3 does not give: what may pass is tried again, and what will not is told to whoever dropped it.

use std::sync::Arc;

use ambient::{Clock, Ids};
use control::{Control, Intake, Invocation, UploadOutcome, UploadedObject};
use end_to_end::Result;
use http::{Method, Request, Response, StatusCode};
use local_surface::{INBOX_BUCKET, Options, Surface, config, sdk_config};
use local_wire::{Answer, Body, Service, body, scope};
use machine::Timestamp;
use tempfile::TempDir;

const KEY: &str = "pipelines/p.yaml";

/// S3 refuses to read, by that code; everything else is as it is.
struct Refusing {
    behind: Arc<dyn Service>,
    code: &'static str,
    status: StatusCode,
}

impl Service for Refusing {
    fn call(&self, request: Request<Body>) -> Answer<'_> {
        if request.method() == Method::GET && scope(&request).is_some_and(|scope| scope.service == "s3") {
            let error = format!("<Error><Code>{}</Code><Message>as the test wants it</Message></Error>", self.code);
            let mut response = Response::new(body(error));
            *response.status_mut() = self.status;
            return Box::pin(async { response });
        }
        self.behind.call(request)
    }
}

struct World {
    control: Control,
    _surface: Surface,
    _folder: TempDir,
}

async fn world(code: &'static str, status: StatusCode) -> Result<World> {
    let folder = tempfile::tempdir()?;
    let surface = Box::pin(Surface::open(Options {
        data_dir: folder.path().to_owned(),
        address: ([127, 0, 0, 1], 0).into(),
        path_prepend: Vec::new(),
        secrets: None,
        clock: Clock::System,
        ids: Ids::random(),
    }))
    .await?;
    let endpoint = format!("http://{}", surface.address());
    let sdk = sdk_config(&endpoint, Arc::new(Refusing { behind: surface.service(), code, status }));
    let control = Control::new(config(&endpoint), &sdk, Clock::System, Ids::random());
    Ok(World { control, _surface: surface, _folder: folder })
}

async fn drop_definition(control: &Control) -> Result<UploadOutcome, control::Error> {
    let object = UploadedObject {
        bucket: INBOX_BUCKET.to_owned(),
        key: KEY.to_owned(),
        size: 1,
        etag: "e".to_owned(),
        version: None,
        sequencer: "1".to_owned(),
    };
    control.upload(&object, &mut Intake::default(), &Invocation::ending_in(end_to_end::PATIENCE)).await
}

async fn reasons(control: &Control) -> Result<Vec<String>> {
    let rejections = control.table().rejections(Timestamp::from_ms(Clock::System.now_ms())).await?;
    Ok(rejections.into_iter().map(|rejection| rejection.reason).collect())
}

#[tokio::test]
async fn what_may_pass_is_tried_again() -> Result<()> {
    for (code, status) in [
        ("ExpiredToken", StatusCode::BAD_REQUEST),
        ("RequestTimeTooSkewed", StatusCode::FORBIDDEN),
        ("InvalidAccessKeyId", StatusCode::FORBIDDEN),
    ] {
        let world = world(code, status).await?;
        let error = drop_definition(&world.control).await.err().ok_or_else(|| format!("{code} was taken as final"))?;
        assert!(error.to_string().contains(code), "{error}");
        assert_eq!(reasons(&world.control).await?, Vec::<String>::new(), "{code}");
    }
    Ok(())
}

#[tokio::test]
async fn what_will_not_pass_is_rejected_with_its_reason() -> Result<()> {
    let world = world("AccessDenied", StatusCode::FORBIDDEN).await?;
    assert_eq!(drop_definition(&world.control).await?, UploadOutcome::Definition);
    let reasons = reasons(&world.control).await?;
    assert!(reasons.len() == 1 && reasons.iter().all(|reason| reason.contains("AccessDenied")), "{reasons:?}");
    Ok(())
}
