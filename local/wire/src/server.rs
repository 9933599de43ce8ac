//! The TCP server.

use std::{convert::Infallible, future::Future, io, sync::Arc};

use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};

use crate::{Body, Service};

/// Answers the requests that come in on `listener` until `shutdown` resolves.
///
/// # Errors
/// If the listener breaks. A connection that breaks ends alone.
pub async fn serve(
    listener: TcpListener,
    service: Arc<dyn Service>,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => return Ok(()),
            accepted = listener.accept() => {
                let stream = accepted?.0;
                tokio::spawn(connection(stream, Arc::clone(&service)));
            }
        }
    }
}

async fn connection(stream: TcpStream, service: Arc<dyn Service>) {
    // Small answers must not wait for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let answer = service_fn(move |request: Request<Incoming>| {
        let service = Arc::clone(&service);
        async move { Ok::<Response<Body>, Infallible>(service.call(request.map(incoming)).await) }
    });
    let served = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), answer).await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection broke");
    }
}

fn incoming(body: Incoming) -> Body {
    body.map_err(Into::into).boxed()
}
