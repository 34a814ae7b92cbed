//! Sockets: HTTP/1.1, by TLS where there is a certificate, a time-out for headers, and an end that lets requests finish.

use crate::app::{self, App};
use crate::server::tls::{HANDSHAKE_TIMEOUT, Tls};
use axum::Router;
use axum_server::{Handle, accept::NoDelayAcceptor, tls_rustls::RustlsAcceptor};
use hyper_util::{
    rt::{TokioExecutor, TokioTimer},
    server::conn::auto::Builder,
};
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
    watch: Option<JoinHandle<()>>,
}

/// Serves `app` on `listener`, in the background.
pub fn serve(app: Arc<App>, listener: TcpListener) -> io::Result<Running> {
    start(app::router(app), listener, None)
}

/// The same by TLS; the certificate is read again when its files change.
pub fn serve_tls(app: Arc<App>, listener: TcpListener, tls: Tls) -> io::Result<Running> {
    start(app::router(app), listener, Some(tls))
}

/// Serves any router on `listener`, in the background.
pub(crate) fn start(router: Router, listener: TcpListener, tls: Option<Tls>) -> io::Result<Running> {
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let handle = Handle::new();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let plain = axum_server::from_tcp(listener)?.handle(handle.clone());
    let (task, watch) = match tls {
        None => {
            let mut server = plain.acceptor(NoDelayAcceptor::new()).http1_only();
            bound(server.http_builder());
            (tokio::spawn(server.serve(service)), None)
        }
        Some(tls) => {
            let acceptor = RustlsAcceptor::new(tls.config())
                .handshake_timeout(HANDSHAKE_TIMEOUT)
                .acceptor(NoDelayAcceptor::new());
            let mut server = plain.acceptor(acceptor).http1_only();
            bound(server.http_builder());
            (tokio::spawn(server.serve(service)), Some(tls.watch()))
        }
    };
    Ok(Running {
        address,
        handle,
        task,
        watch,
    })
}

/// Without HTTP/2, hyper waits for no preface, so the time-out for headers runs from the first byte's absence on.
fn bound(http: &mut Builder<TokioExecutor>) {
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT);
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no new connections, lets requests finish for up to [`GRACE`], and returns when all is quiet.
    pub async fn stop(self) -> io::Result<()> {
        if let Some(watch) = self.watch {
            watch.abort();
        }
        self.handle.graceful_shutdown(Some(GRACE));
        self.task
            .await
            .unwrap_or_else(|error| Err(io::Error::other(error)))
    }
}

/// From now on hears when the process is told to stop, by SIGTERM or Ctrl-C: what is returned ends then. Call it before anybody is
/// told that the server is there, for whoever is told may stop it at once.
#[cfg(unix)]
pub fn told_to_stop() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// From now on hears when the process is told to stop, by Ctrl-C: what is returned ends then. Call it before anybody is told that the
/// server is there, for whoever is told may stop it at once.
#[cfg(windows)]
pub fn told_to_stop() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move { drop(interrupt.recv().await) })
}
