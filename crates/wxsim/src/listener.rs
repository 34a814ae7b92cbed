//! The socket: accepts connections, tells control plane from data plane, and lets a connection end where a fault says so.
//!
//! Connections are served by hyper itself, since a framework never lets a handler hang up.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use axum::routing::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::control;
use crate::fault::{Severed, send};
use crate::server::Server;
use crate::sms;
use crate::wechat::Call;

/// How long answers that are under way may take when the simulator is told to stop. Stalled ones never end.
const GRACE: Duration = Duration::from_millis(500);
/// The pause after the system refused to accept, for instance because it is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// Serves until `stop` changes or its sender is gone. Dropping this future ends all connections at once.
pub(crate) async fn serve(listener: TcpListener, server: Arc<Server>, mut stop: watch::Receiver<()>) {
    let control = control::router(Arc::clone(&server));
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let site = Site { server: Arc::clone(&server), control: control.clone(), peer: peer.ip().to_canonical() };
                    connections.spawn(serve_connection(stream, site, stop.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "wxsim could not accept a connection");
                    sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
            _ = stop.changed() => break,
        }
    }
    drop(listener);
    let all_ended = async { while connections.join_next().await.is_some() {} };
    // Whatever has not ended by now ends with the set.
    let _ = timeout(GRACE, all_ended).await;
}

#[derive(Clone)]
struct Site {
    server: Arc<Server>,
    control: Router,
    peer: IpAddr,
}

async fn serve_connection(stream: TcpStream, site: Site, mut stop: watch::Receiver<()>) {
    // Small answers shall not wait for each other; a socket that refuses is merely slower.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| answer(request, site.clone()));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stop.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection to wxsim ended early");
    }
}

async fn answer(request: Request<Incoming>, site: Site) -> Result<Response<Body>, Severed> {
    let request = request.map(Body::new);
    let path = request.uri().path();
    if path.starts_with("/__sim/") && !sms::is_path(path) {
        return Ok(control::answer(site.control, &site.server, request).await);
    }
    let Ok(call) = Call::read(request, site.peer).await else {
        let mut refused = Response::new(Body::empty());
        *refused.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        return Ok(refused);
    };
    let (answer, travel) = site.server.decide(call);
    send(answer, travel).await
}
