//! Structured logs: one JSON object a line, with run and stage from the span it is in. No payloads, no secrets.

use tracing_subscriber::EnvFilter;

/// Logs JSON to standard output, which Lambda sends to CloudWatch. `BATCHWRIGHT_LOG` sets what is logged, as `info` or
/// `control=debug`; `info` by default.
pub fn init() {
    let filter = EnvFilter::try_from_env("BATCHWRIGHT_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(filter);
    // A second call, as in tests, leaves the first as it is.
    let _ = subscriber.try_init();
}
