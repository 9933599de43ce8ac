//! The HTTP client under the SDKs: what it sends may be lost, executed unheard, or executed late.

use std::sync::Arc;

use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn},
    orchestrator::HttpRequest,
};
use tokio::{sync::oneshot, time::sleep};

use crate::aws::{Call, INVOCATION, Network};

/// The HTTP client whose requests go through `network`.
pub fn http_client(network: Arc<Network>) -> SharedHttpClient {
    let connector = SharedHttpConnector::new(Connector(network));
    http_client_fn(move |_, _| connector.clone())
}

#[derive(Debug)]
struct Connector(Arc<Network>);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let call = Call::read(&request);
        let invoked = INVOCATION.try_with(Arc::clone).ok();
        let luck = self.0.luck(&call);
        let back = self.0.latency();
        let (answer, answered) = oneshot::channel();
        // On its way at once: whoever sent it may be killed, and the request arrives all the same.
        tokio::spawn(Arc::clone(&self.0).carry(call, request, luck, invoked, answer));
        HttpConnectorFuture::new(async move {
            match answered.await {
                Ok(answer) => {
                    sleep(back).await;
                    answer
                }
                // No answer ever comes: it is for the client to give up.
                Err(_) => std::future::pending().await,
            }
        })
    }
}
