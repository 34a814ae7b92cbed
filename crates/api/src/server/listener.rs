//! Sockets: HTTP/1.1 behind whatever ends TLS, a time-out for headers, and an end that lets requests finish.

use crate::app::{self, App};
use axum::Router;
use axum_server::{Handle, accept::NoDelayAcceptor};
use hyper_util::rt::TokioTimer;
use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};
use tokio::task::JoinHandle;

/// How long requests may go on after the server was told to stop.
pub const GRACE: Duration = Duration::from_secs(20);

/// How long a connection may take to send the headers of its next request; so also how long it may idle.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);

/// A server that runs. Dropping it does not stop it.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    handle: Handle<SocketAddr>,
    task: JoinHandle<io::Result<()>>,
}

/// Serves `app` on `listener`, in the background.
pub fn serve(app: Arc<App>, listener: TcpListener) -> io::Result<Running> {
    start(app::router(app), listener)
}

/// Serves any router on `listener`, in the background.
pub(crate) fn start(router: Router, listener: TcpListener) -> io::Result<Running> {
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let handle = Handle::new();
    // Without HTTP/2, hyper waits for no preface, so the time-out for headers runs from the first byte's absence on.
    let mut server = axum_server::from_tcp(listener)?
        .acceptor(NoDelayAcceptor::new())
        .handle(handle.clone())
        .http1_only();
    server
        .http_builder()
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT);
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let task = tokio::spawn(server.serve(service));
    Ok(Running {
        address,
        handle,
        task,
    })
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no new connections, lets requests finish for up to [`GRACE`], and returns when all is quiet.
    pub async fn stop(self) -> io::Result<()> {
        self.handle.graceful_shutdown(Some(GRACE));
        self.task
            .await
            .unwrap_or_else(|error| Err(io::Error::other(error)))
    }
}

/// Returns when the process is told to stop: SIGTERM, or Ctrl-C.
pub async fn until_told_to_stop() -> io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            _ = terminate.recv() => Ok(()),
            done = tokio::signal::ctrl_c() => done,
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
