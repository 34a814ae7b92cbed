//! Metrics, and the listener apart from the public one that tells them, with signs of life.

use crate::{app::App, server};
use axum::{
    Router,
    extract::{MatchedPath, State},
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use metrics::SharedString;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use std::{io, net::TcpListener, sync::Arc, time::Duration};
use tokio::time::Instant;

/// Seconds from the request's headers to the answer's, by method, route and status; with the count of requests.
const REQUEST_SECONDS: &str = "hufu_http_request_seconds";

/// In seconds: from an answer out of memory to a call of WeChat that used up its budget.
const BUCKETS: [f64; 12] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 3.0, 10.0,
];

/// How long the database may take to give a sign of life.
const PING_TIMEOUT: Duration = Duration::from_secs(1);

/// How often measurements are folded into their histograms, whether anyone asks for them or not.
const UPKEEP: Duration = Duration::from_secs(5);

/// Starts measuring in this process. Without it, what is measured goes nowhere.
pub fn install() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(REQUEST_SECONDS.to_owned()), &BUCKETS)?
        .install_recorder()?;
    metrics::describe_histogram!(
        REQUEST_SECONDS,
        metrics::Unit::Seconds,
        "Time to the head of the answer"
    );
    Ok(handle)
}

/// Serves `/metrics`, `/healthz` and `/readyz` on `listener`, in the background.
pub fn serve(app: Arc<App>, metrics: PrometheusHandle, listener: TcpListener) -> io::Result<server::Running> {
    let upkeep = metrics.clone();
    tokio::spawn(async move {
        let mut interval = tokio::time::interval(UPKEEP);
        loop {
            interval.tick().await;
            upkeep.run_upkeep();
        }
    });
    let router = Router::new()
        .route("/metrics", get(async move || render(&metrics)))
        .route("/healthz", get(async || "alive\n"))
        .route("/readyz", get(ready))
        .with_state(app);
    server::start(router, listener, None)
}

fn render(metrics: &PrometheusHandle) -> Response {
    let content_type = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (content_type, metrics.render()).into_response()
}

async fn ready(State(app): State<Arc<App>>) -> Response {
    let down = |why: &'static str| (StatusCode::SERVICE_UNAVAILABLE, why).into_response();
    match tokio::time::timeout(PING_TIMEOUT, app.store.ping()).await {
        Ok(Ok(())) => "ready\n".into_response(),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            down("the database does not answer\n")
        }
        Err(_) => {
            tracing::warn!("not ready: the database takes too long");
            down("the database takes too long\n")
        }
    }
}

/// Measures one request.
pub(crate) struct Timer(Instant);

impl Timer {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn stop(self, method: &Method, route: Option<&MatchedPath>, status: StatusCode) {
        // Names from outside must not make labels: anyone could fill the memory with them.
        let method = match *method {
            Method::GET => "GET",
            Method::POST => "POST",
            Method::PUT => "PUT",
            Method::PATCH => "PATCH",
            Method::DELETE => "DELETE",
            Method::HEAD => "HEAD",
            Method::OPTIONS => "OPTIONS",
            _ => "other",
        };
        let route = route.map_or(SharedString::const_str("none"), |path| {
            SharedString::from(path.as_str().to_owned())
        });
        let status = status.as_str().to_owned();
        metrics::histogram!(REQUEST_SECONDS, "method" => method, "route" => route, "status" => status)
            .record(self.0.elapsed());
    }
}
