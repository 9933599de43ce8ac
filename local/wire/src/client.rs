//! An AWS SDK's HTTP client that calls a service of this process.

use std::sync::Arc;

use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt;

use crate::Service;

/// The HTTP client to put into an `SdkConfig` so that its requests go to `service` without a socket.
pub fn client(service: Arc<dyn Service>) -> SharedHttpClient {
    let connector = SharedHttpConnector::new(InProcess { service });
    http_client_fn(move |_, _| connector.clone())
}

struct InProcess {
    service: Arc<dyn Service>,
}

impl std::fmt::Debug for InProcess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InProcess")
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let service = Arc::clone(&self.service);
        HttpConnectorFuture::new(async move { call(&*service, request).await })
    }
}

/// Lets `service` answer an SDK's request. For connectors that do something of their own before and after.
///
/// # Errors
/// If the request or the answer is not HTTP.
pub async fn call(service: &dyn Service, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let request =
        request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?.map(|body| body.boxed());
    let response = service.call(request).await.map(SdkBody::from_body_1_x);
    HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
}
