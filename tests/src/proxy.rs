//! A wire that can be cut: a TCP proxy between the server and its database.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::Notify,
};

/// The proxy. It ends with the test's runtime.
#[derive(Debug)]
pub struct Proxy {
    address: String,
    is_cut: Arc<AtomicBool>,
    cutting: Arc<Notify>,
}

impl Proxy {
    /// Listens on a free port and passes everything on to `target` (`host:port`).
    pub fn start(target: &str) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener
            .set_nonblocking(true)
            .expect("a socket can be made non-blocking");
        let address = listener.local_addr().expect("an address").to_string();
        let (is_cut, cutting) = (Arc::new(AtomicBool::new(false)), Arc::new(Notify::new()));
        let listener = TcpListener::from_std(listener).expect("a runtime");
        tokio::spawn(accept(
            listener,
            target.to_owned(),
            is_cut.clone(),
            cutting.clone(),
        ));
        Self {
            address,
            is_cut,
            cutting,
        }
    }

    /// Where it listens, as `host:port`.
    pub fn address(&self) -> String {
        self.address.clone()
    }

    /// Cuts every connection, and every new one as soon as it comes.
    pub fn cut(&self) {
        self.is_cut.store(true, Ordering::SeqCst);
        self.cutting.notify_waiters();
    }

    /// Lets new connections through again.
    pub fn mend(&self) {
        self.is_cut.store(false, Ordering::SeqCst);
    }
}

async fn accept(listener: TcpListener, target: String, is_cut: Arc<AtomicBool>, cutting: Arc<Notify>) {
    while let Ok((mut near, _)) = listener.accept().await {
        let (target, is_cut, cutting) = (target.clone(), is_cut.clone(), cutting.clone());
        tokio::spawn(async move {
            let cut = cutting.notified();
            if is_cut.load(Ordering::SeqCst) {
                return;
            }
            let Ok(mut far) = TcpStream::connect(&target).await else {
                return;
            };
            tokio::select! {
                _ = copy_bidirectional(&mut near, &mut far) => {}
                () = cut => {}
            }
        });
    }
}
