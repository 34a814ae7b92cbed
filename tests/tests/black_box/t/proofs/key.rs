//! Whoever holds a private key, and a server that publishes public ones.

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hufu_testkit::TestClock;
use hufu_tests::{Reply, Server, Tenant};
use serde_json::{Value, json};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

pub(super) const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
pub(super) const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
pub(super) const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

fn encode(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// A text that no other of this process is.
fn fresh() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("jti-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// When the tests' servers start, in Unix seconds.
pub(super) fn start() -> i64 {
    TestClock::START / 1_000
}

/// An ES256 key.
pub(super) struct Key {
    pair: EcdsaKeyPair,
    pub(super) jwk: Value,
}

impl Key {
    pub(super) fn new() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let jwk = json!({"kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y)});
        Self { pair, jwk }
    }

    /// The public half under a name.
    pub(super) fn named(&self, kid: &str) -> Value {
        let mut jwk = self.jwk.clone();
        jwk["kid"] = kid.into();
        jwk
    }

    /// RFC 7638.
    pub(super) fn thumbprint(&self) -> String {
        let text = |name: &str| self.jwk[name].as_str().unwrap();
        let json = format!(
            r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#,
            text("x"),
            text("y")
        );
        encode(digest(&SHA256, json.as_bytes()))
    }

    pub(super) fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        let signed = self.pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", encode(signed))
    }

    /// A proof for a request at the servers' start plus `later` seconds; `token` where it goes to a resource.
    pub(super) fn proof_at(&self, later: i64, method: &str, url: &str, token: Option<&str>) -> String {
        let mut claims = json!({"jti": fresh(), "htm": method, "htu": url, "iat": start() + later});
        if let Some(token) = token {
            claims["ath"] = encode(digest(&SHA256, token.as_bytes())).into();
        }
        self.sign(
            &json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk}),
            &claims,
        )
    }

    pub(super) fn proof(&self, method: &str, url: &str, token: Option<&str>) -> String {
        self.proof_at(0, method, url, token)
    }

    /// What `private_key_jwt` sends, for `aud`; members that are given take the place of what is always there.
    pub(super) fn assertion(&self, kid: &str, client: &str, aud: &str, members: Value) -> String {
        let mut claims =
            json!({"iss": client, "sub": client, "aud": aud, "jti": fresh(), "exp": start() + 300});
        if let (Some(claims), Value::Object(members)) = (claims.as_object_mut(), members) {
            claims.extend(members);
        }
        self.sign(&json!({"alg": "ES256", "kid": kid}), &claims)
    }

    /// A request with the form, and with a proof of this key.
    pub(super) async fn post(&self, tenant: &Tenant<'_>, path: &str, form: &[(&str, &str)]) -> Reply {
        let url = tenant.url(path);
        post_with(tenant.server, &url, form, &[&self.proof("POST", &url, None)]).await
    }

    /// Userinfo by a token that is bound to this key.
    pub(super) async fn userinfo(&self, tenant: &Tenant<'_>, access: &str) -> Reply {
        let url = tenant.url("/userinfo");
        get_with(
            tenant.server,
            &url,
            "DPoP",
            access,
            &[&self.proof("GET", &url, Some(access))],
        )
        .await
    }
}

pub(super) async fn post_with(server: &Server, url: &str, form: &[(&str, &str)], proofs: &[&str]) -> Reply {
    let mut request = server.http.request("POST", url).form(form);
    for proof in proofs {
        request = request.header("DPoP", *proof);
    }
    server.http.send(request).await
}

pub(super) async fn get_with(
    server: &Server,
    url: &str,
    scheme: &str,
    access: &str,
    proofs: &[&str],
) -> Reply {
    let mut request = server
        .http
        .request("GET", url)
        .header("Authorization", format!("{scheme} {access}"));
    for proof in proofs {
        request = request.header("DPoP", *proof);
    }
    server.http.send(request).await
}

/// A JWK Set at a URL of its own, and how often it was asked for.
pub(super) struct Published {
    pub(super) url: String,
    pub(super) asked: Arc<AtomicUsize>,
    answer: Arc<Mutex<(u16, Value)>>,
}

impl Published {
    pub(super) async fn new(keys: Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let answer = Arc::new(Mutex::new((200, json!({ "keys": keys }))));
        let (count, now) = (asked.clone(), answer.clone());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let (status, body) = now.lock().unwrap().clone();
                let body = body.to_string();
                let mut request = [0; 4_096];
                let _ = stream.read(&mut request).await;
                let head = format!(
                    "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all((head + &body).as_bytes()).await;
            }
        });
        Self { url, asked, answer }
    }

    pub(super) fn answer(&self, status: u16, keys: &Value) {
        *self.answer.lock().unwrap() = (status, json!({ "keys": keys }));
    }

    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// Asks for tokens of a client's own, by an assertion.
pub(super) async fn own_tokens(tenant: &Tenant<'_>, assertion: &str) -> Reply {
    tenant
        .token(&[
            ("grant_type", "client_credentials"),
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", assertion),
        ])
        .await
}
