//! A server with a certificate of a CA of its own, asked by a client that trusts this CA.

use super::*;
use crate::server::listener;
use axum::{Router, routing::get};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use std::{fs, net::TcpListener, path::Path};

/// A CA, and a client that trusts it alone.
struct Ca {
    issuer: Issuer<'static, KeyPair>,
    #[expect(clippy::disallowed_types, reason = "the test's own client, to loopback only")]
    client: reqwest::Client,
}

impl Ca {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        #[expect(
            clippy::disallowed_types,
            reason = "a client that trusts a CA of this test alone"
        )]
        let client = reqwest::Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(pem.as_bytes()).unwrap()])
            .pool_max_idle_per_host(0)
            .build()
            .unwrap();
        Self {
            issuer: Issuer::new(params, key),
            client,
        }
    }

    /// Writes a certificate of this CA with its key.
    fn certify(&self, folder: &Path) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        fs::write(folder.join("cert.pem"), certificate.pem()).unwrap();
        fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    }
}

#[tokio::test]
async fn a_certificate_is_served_and_a_new_one_after_it_and_a_broken_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (Ca::new(), Ca::new());
    first.certify(folder.path());
    let files = TlsFiles {
        cert: folder.path().join("cert.pem"),
        key: folder.path().join("key.pem"),
    };
    let mut watched = Tls::open(files.clone()).await.unwrap();
    let served = Tls {
        files: files.clone(),
        config: watched.config(),
        served: watched.served,
        refused: None,
    };
    let router = Router::new().route("/", get(async || "over TLS"));
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let running = listener::start(router, socket, Some(served)).unwrap();
    let url = format!("https://localhost:{}/", running.address().port());
    let ask = async |ca: &Ca| {
        let reply = ca.client.get(&url).send().await.ok()?;
        assert_eq!(reply.version(), reqwest::Version::HTTP_11);
        reply.text().await.ok()
    };
    assert_eq!(ask(&first).await.as_deref(), Some("over TLS"));
    assert_eq!(ask(&second).await, None);
    assert!(!watched.reload().await, "nothing has changed");

    fs::write(&files.cert, "broken").unwrap();
    watched.served = [None, None];
    assert!(!watched.reload().await);
    assert_eq!(ask(&first).await.as_deref(), Some("over TLS"));

    second.certify(folder.path());
    // It tries again, whether or not the time of a file tells that it is another.
    assert!(watched.reload().await);
    assert_eq!(ask(&second).await.as_deref(), Some("over TLS"));
    assert_eq!(ask(&first).await, None);
    running.stop().await.unwrap();
}
