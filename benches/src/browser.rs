//! What third-party apps do: authorize with a live session, redeem the code, refresh, with and without DPoP.

use crate::{
    installation::{CALLBACK, CHALLENGE, Installation, PASSWORD, VERIFIER},
    load::{Http, Load, Request, Tokens},
};
use anyhow::{Context, Result, ensure};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Instant, SystemTime, UNIX_EPOCH},
};

/// Browsers that are signed in.
const BROWSERS: usize = 32;
/// Codes at once: they are good for a minute.
const CODES: usize = 4_000;

/// Measures all of it, for clients of both algorithms.
pub(crate) async fn run(load: &Load) -> Result<()> {
    let mut cookies = Vec::new();
    for person in 0..BROWSERS {
        cookies.push(sign_in(&load.http, &load.installation, person).await?);
    }
    let cookies: Arc<[String]> = cookies.into();
    for client in ["es256", "rs256"] {
        let codes = authorize(load, client, cookies.clone()).await?;
        let tokens = redeem(load, client, codes).await?;
        let families = Arc::new(
            tokens
                .into_iter()
                .map(tokio::sync::Mutex::new)
                .collect::<Vec<_>>(),
        );
        refresh(
            load,
            &format!("refresh, ID token by {client}"),
            client,
            families,
            None,
        )
        .await?;
    }
    // The refresh tokens of a public client are bound to the key of its code.
    let key = Arc::new(Key::generate()?);
    let codes = authorize(load, "es256", cookies).await?;
    let mut families = Vec::new();
    for code in codes.iter().take(500) {
        let request =
            token_request(&load.installation, "es256", code).with("dpop", &key.proof(&load.installation)?);
        families.push(tokio::sync::Mutex::new(Tokens::of(
            &load.http.json(&request).await?,
        )?));
    }
    refresh(
        load,
        "refresh, bound by DPoP",
        "es256",
        Arc::new(families),
        Some(key),
    )
    .await
}

fn authorize_url(installation: &Installation, client: &str) -> String {
    let callback = CALLBACK.replace(':', "%3A").replace('/', "%2F");
    let base = installation.issuer("/authorize");
    format!(
        "{base}?client_id={client}&redirect_uri={callback}&response_type=code&scope=openid+offline_access\
         &code_challenge={CHALLENGE}&code_challenge_method=S256"
    )
}

/// Signs one account in by the page. Gives the browser's cookies.
async fn sign_in(http: &Http, installation: &Installation, person: usize) -> Result<String> {
    let username = format!("browser-{person}");
    http.json(&installation.by_password("bench", &username, "create"))
        .await?;
    let first = http
        .page(&Request::get(&authorize_url(installation, "es256")))
        .await?;
    let mut cookies = kept(&first.cookies);
    let login = installation.absolute(first.location.as_deref().context("no way to the login page")?);
    let page = http
        .page(&Request::get(&login).with("cookie", &cookies.join("; ")))
        .await?;
    let hidden = |name: &str| {
        let (_, rest) = page.text.split_once(&format!("name=\"{name}\" value=\""))?;
        rest.split_once('"').map(|(value, _)| value.to_owned())
    };
    let (csrf, request) = (
        hidden("csrf").context("no csrf")?,
        hidden("request").unwrap_or_default(),
    );
    let form = [
        ("csrf", csrf.as_str()),
        ("request", request.as_str()),
        ("username", username.as_str()),
        ("password", PASSWORD),
    ];
    let entered = http
        .page(&Request::form(&login, &form).with("cookie", &cookies.join("; ")))
        .await?;
    ensure!(
        !entered.cookies.is_empty(),
        "nobody was signed in: {}",
        entered.text
    );
    cookies.extend(kept(&entered.cookies));
    Ok(cookies.join("; "))
}

fn kept(set: &[String]) -> Vec<String> {
    let pair = |cookie: &String| cookie.split(';').next().unwrap_or_default().to_owned();
    set.iter().map(pair).collect()
}

/// Authorizes with a live session. Gives the codes.
async fn authorize(load: &Load, client: &'static str, cookies: Arc<[String]>) -> Result<Vec<String>> {
    let codes: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = codes.clone();
    load.measure(
        &format!("authorize, live session, {client}"),
        CODES,
        move |http, installation, turn| {
            let (kept, cookies) = (kept.clone(), cookies.clone());
            async move {
                let url = authorize_url(&installation, client);
                let request = Request::get(&url).with("cookie", &cookies[turn % cookies.len()]);
                let began = Instant::now();
                let shown = http.page(&request).await?;
                let took = began.elapsed();
                let to = shown.location.context("no redirect")?;
                let (_, rest) = to.split_once("code=").context("no code")?;
                let code = rest.split('&').next().unwrap_or_default().to_owned();
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(code);
                Ok(took)
            }
        },
    )
    .await?;
    Ok(std::mem::take(
        &mut *codes.lock().unwrap_or_else(PoisonError::into_inner),
    ))
}

fn token_request(installation: &Installation, client: &str, code: &str) -> Request {
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", client),
        ("code", code),
        ("code_verifier", VERIFIER),
    ];
    Request::form(&installation.issuer("/token"), &form)
}

async fn redeem(load: &Load, client: &'static str, codes: Vec<String>) -> Result<Vec<Tokens>> {
    let tokens: Arc<Mutex<Vec<Tokens>>> = Arc::default();
    let (kept, count) = (tokens.clone(), codes.len());
    let codes: Arc<[String]> = codes.into();
    load.measure(
        &format!("code redemption, {client}"),
        count,
        move |http, installation, turn| {
            let (kept, codes) = (kept.clone(), codes.clone());
            async move {
                let request = token_request(&installation, client, &codes[turn]);
                let began = Instant::now();
                let answer = http.json(&request).await?;
                let took = began.elapsed();
                kept.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(Tokens::of(&answer)?);
                Ok(took)
            }
        },
    )
    .await?;
    Ok(std::mem::take(
        &mut *tokens.lock().unwrap_or_else(PoisonError::into_inner),
    ))
}

async fn refresh(
    load: &Load,
    name: &str,
    client: &'static str,
    families: Arc<Vec<tokio::sync::Mutex<Tokens>>>,
    key: Option<Arc<Key>>,
) -> Result<()> {
    load.measure(name, 10_000, move |http, installation, turn| {
        let (families, key) = (families.clone(), key.clone());
        async move {
            let mut family = families[turn % families.len()].lock().await;
            let form = [
                ("grant_type", "refresh_token"),
                ("client_id", client),
                ("refresh_token", family.refresh.as_str()),
            ];
            let mut request = Request::form(&installation.issuer("/token"), &form);
            if let Some(key) = key {
                request = request.with("dpop", &key.proof(&installation)?);
            }
            let began = Instant::now();
            let answer = http.json(&request).await?;
            let took = began.elapsed();
            *family = Tokens::of(&answer)?;
            Ok(took)
        }
    })
    .await
}

/// A client's key for DPoP (RFC 9449).
struct Key {
    pair: EcdsaKeyPair,
    turn: AtomicUsize,
}

impl Key {
    fn generate() -> Result<Self> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
        Ok(Self {
            pair,
            turn: AtomicUsize::new(0),
        })
    }

    /// A proof for the token endpoint, now.
    #[expect(
        clippy::disallowed_methods,
        reason = "the server under load has a clock of its own, and so must its client"
    )]
    fn proof(&self, installation: &Installation) -> Result<String> {
        let point = self.pair.public_key().as_ref();
        let (x, y) = point[1..].split_at(32);
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let part = |value: &Value| encode(value.to_string().as_bytes());
        let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": {"kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y)}});
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let jti = format!("proof-{}", self.turn.fetch_add(1, Ordering::Relaxed));
        let claims = json!({"htm": "POST", "htu": installation.issuer("/token"), "iat": now, "jti": jti});
        let signed = format!("{}.{}", part(&header), part(&claims));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes())?;
        Ok(format!("{signed}.{}", encode(signature.as_ref())))
    }
}
