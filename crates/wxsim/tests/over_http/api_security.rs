//! API security mode, from the side of an app's server.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256, UnparsedPublicKey};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hufu_wxsim::{ApiSecurityKeys, App, FaultAction};
use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::{Value, json};

use crate::crypto::{bytes_of, login_signature};
use crate::support::{APP_1, CHECK_DATA, ENCRYPT_KEY, PHONE, START, Site, start};

const ORIGIN: &str = "https://api.weixin.qq.com";

/// An app's server that knows its own key and WeChat's.
struct Developer {
    key: RsaKeyPair,
    public_pem: String,
}

impl Developer {
    fn new() -> Self {
        let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        Self {
            key: RsaKeyPair::from_pkcs8(pair.serialized_der()).unwrap(),
            public_pem: pair.public_key_pem(),
        }
    }

    fn sign(&self, payload: &str) -> String {
        let mut signature = vec![0; self.key.public_modulus_len()];
        let random = SystemRandom::new();
        self.key
            .sign(&RSA_PSS_SHA256, &random, payload.as_bytes(), &mut signature)
            .unwrap();
        BASE64_STANDARD.encode(signature)
    }
}

fn cipher(keys: &ApiSecurityKeys) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &bytes_of(&keys.symmetric_key_b64)).unwrap())
}

/// A sealed call, whose parts a test may change before it is sent.
struct Sealed {
    path: &'static str,
    appid: String,
    timestamp: i64,
    body: String,
    signature: String,
}

/// What one seals: the members of the inner JSON, and the context.
struct Letter<'a> {
    developer: &'a Developer,
    keys: &'a ApiSecurityKeys,
    path: &'static str,
    timestamp: i64,
    inner: Value,
}

impl Letter<'_> {
    fn seal(&self) -> Sealed {
        let url = format!("{ORIGIN}{}", self.path);
        let aad = format!("{url}|{APP_1}|{}|{}", self.timestamp, self.keys.symmetric_sn);
        let mut data = self.inner.to_string().into_bytes();
        let iv = [7; 12];
        let tag = cipher(self.keys)
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(iv), Aad::from(aad), &mut data)
            .unwrap();
        let body = json!({
            "iv": BASE64_STANDARD.encode(iv), "data": BASE64_STANDARD.encode(data),
            "authtag": BASE64_STANDARD.encode(tag),
        })
        .to_string();
        let payload = format!("{url}\n{APP_1}\n{}\n{body}", self.timestamp);
        Sealed {
            path: self.path,
            appid: APP_1.into(),
            timestamp: self.timestamp,
            signature: self.developer.sign(&payload),
            body,
        }
    }
}

/// An answer as it came: headers that WeChat adds, and the body.
struct Reply {
    headers: Vec<(String, String)>,
    body: String,
}

impl Reply {
    fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }

    fn errcode(&self) -> i64 {
        serde_json::from_str::<Value>(&self.body).unwrap()["errcode"]
            .as_i64()
            .unwrap_or_else(|| panic!("sealed: {}", self.body))
    }

    fn is_signed_by_the_platform(&self, keys: &ApiSecurityKeys, path: &str) -> bool {
        let payload = format!(
            "{ORIGIN}{path}\n{}\n{}\n{}",
            self.header("wechatmp-appid"),
            self.header("wechatmp-timestamp"),
            self.body
        );
        UnparsedPublicKey::new(
            &RSA_PSS_2048_8192_SHA256,
            key_in_certificate(&keys.platform_certificate_pem),
        )
        .verify(payload.as_bytes(), &bytes_of(self.header("wechatmp-signature")))
        .is_ok()
    }

    fn opened(&self, keys: &ApiSecurityKeys, path: &str) -> Value {
        let sealed: Value = serde_json::from_str(&self.body).unwrap();
        let part = |name: &str| bytes_of(sealed[name].as_str().unwrap());
        let aad = format!(
            "{ORIGIN}{path}|{APP_1}|{}|{}",
            self.header("wechatmp-timestamp"),
            keys.symmetric_sn
        );
        let nonce = Nonce::try_assume_unique_for_key(&part("iv")).unwrap();
        let mut data = part("data");
        let plain = cipher(keys)
            .open_in_place_separate_tag(nonce, Aad::from(aad), &part("authtag"), &mut data)
            .unwrap();
        serde_json::from_slice(plain).unwrap()
    }
}

/// The public key of an RSA-2048 certificate: what follows the only such header inside it.
fn key_in_certificate(pem: &str) -> Vec<u8> {
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let certificate = bytes_of(&base64);
    let header = [
        0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01,
    ];
    let mut windows = certificate.windows(header.len());
    let at = windows.position(|window| window == header).unwrap();
    certificate[at..at + 4 + 0x122].to_vec()
}

async fn send(site: &Site, token: &str, sealed: &Sealed) -> Reply {
    let response = site
        .client
        .post(format!("{}{}?access_token={token}", site.sim.url(), sealed.path))
        .header("Wechatmp-Appid", &sealed.appid)
        .header("Wechatmp-TimeStamp", sealed.timestamp)
        .header("Wechatmp-Signature", &sealed.signature)
        .body(sealed.body.clone())
        .send()
        .await
        .unwrap();
    let headers = response.headers().iter();
    Reply {
        headers: headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect(),
        body: response.text().await.unwrap(),
    }
}

fn inner(timestamp: i64, parameters: &Value) -> Value {
    let mut inner = json!({"_n": "o89QaPVsRu1yppIZzvSZc4", "_appid": APP_1, "_timestamp": timestamp});
    for (name, value) in parameters.as_object().unwrap() {
        inner[name] = value.clone();
    }
    inner
}

/// A simulator with an app in API security mode, its access token, and both sides' keys.
async fn site() -> (Site, App, String, Developer, ApiSecurityKeys) {
    let (site, developer) = (start().await, Developer::new());
    let app = site.app(APP_1);
    let token = site.token(&app).await;
    let keys = site
        .sim
        .turn_on_api_security(&app, &developer.public_pem)
        .unwrap();
    (site, app, token, developer, keys)
}

#[tokio::test]
async fn sealed_call_is_answered_under_seal() {
    let (site, app, token, developer, keys) = site().await;
    let code = site.sim.phone_code(&app, "alice").unwrap();
    let letter = |parameters: Value, path| Letter {
        developer: &developer,
        keys: &keys,
        path,
        timestamp: START,
        inner: inner(START, &parameters),
    };
    let reply = send(&site, &token, &letter(json!({"code": code}), PHONE).seal()).await;
    assert_eq!(reply.header("wechatmp-appid"), APP_1);
    assert_eq!(reply.header("wechatmp-timestamp"), START.to_string());
    assert_eq!(reply.header("wechatmp-serial"), keys.platform_serial);
    assert!(reply.is_signed_by_the_platform(&keys, PHONE));
    let opened = reply.opened(&keys, PHONE);
    assert_eq!(
        (&opened["_appid"], &opened["_timestamp"]),
        (&json!(APP_1), &json!(START))
    );
    assert!(!opened["_n"].as_str().unwrap().is_empty());
    assert_eq!(opened["errcode"], 0);
    assert_eq!(opened["phone_info"]["watermark"]["appid"], APP_1);
    // An error that was found behind the seal is sealed too.
    let reply = send(&site, &token, &letter(json!({"code": code}), PHONE).seal()).await;
    assert!(reply.is_signed_by_the_platform(&keys, PHONE));
    assert_eq!(reply.opened(&keys, PHONE)["errcode"], 40029);
    assert_eq!(site.sim.requests(PHONE)[1].errcode, Some(40029));
}

#[tokio::test]
async fn parameters_of_a_url_travel_inside_too() {
    let (site, app, token, developer, keys) = site().await;
    site.login(&app, "alice").await;
    let session_key = site.sim.session_key(&app, "alice").unwrap();
    let parameters = json!({
        "openid": site.sim.openid(&app, "alice"), "sig_method": "hmac_sha256",
        "signature": login_signature(&session_key),
    });
    let letter = Letter {
        developer: &developer,
        keys: &keys,
        path: ENCRYPT_KEY,
        timestamp: START,
        inner: inner(START, &parameters),
    };
    let opened = send(&site, &token, &letter.seal())
        .await
        .opened(&keys, ENCRYPT_KEY);
    assert_eq!(
        opened["key_info_list"],
        json!(site.sim.user_encrypt_keys(&app, "alice"))
    );
}

#[tokio::test]
async fn what_is_not_sealed_rightly_is_refused_in_clear() {
    let (site, app, token, developer, keys) = site().await;
    let code = site.sim.phone_code(&app, "alice").unwrap();
    let letter = || Letter {
        developer: &developer,
        keys: &keys,
        path: PHONE,
        timestamp: START,
        inner: inner(START, &json!({"code": code})),
    };
    let with_inner = |name: &str, value: Value| {
        let mut letter = letter();
        letter.inner[name] = value;
        letter.seal()
    };
    let at = |timestamp| {
        Letter {
            timestamp,
            inner: inner(timestamp, &json!({"code": code})),
            ..letter()
        }
        .seal()
    };
    let stranger = Developer::new();
    let with = |change: fn(&mut Sealed)| {
        let mut sealed = letter().seal();
        change(&mut sealed);
        sealed
    };
    let elsewhere = Sealed {
        path: CHECK_DATA,
        ..letter().seal()
    };
    let other_keys = ApiSecurityKeys {
        symmetric_sn: "another".into(),
        ..keys.clone()
    };
    for (name, sealed) in [
        ("another's nonce", with_inner("_n", json!(""))),
        ("another's appid", with_inner("_appid", json!("wx0"))),
        ("another time inside", with_inner("_timestamp", json!(START + 1))),
        ("too old", at(START - 301)),
        ("from the future", at(START + 301)),
        (
            "another appid outside",
            with(|sealed| sealed.appid = "wx0".into()),
        ),
        ("another time outside", with(|sealed| sealed.timestamp += 1)),
        ("another body", with(|sealed| sealed.body.push(' '))),
        ("no signature", with(|sealed| sealed.signature.clear())),
        ("another path", elsewhere),
        (
            "another developer",
            Letter {
                developer: &stranger,
                ..letter()
            }
            .seal(),
        ),
        (
            "another symmetric key",
            Letter {
                keys: &other_keys,
                ..letter()
            }
            .seal(),
        ),
    ] {
        let reply = send(&site, &token, &sealed).await;
        assert_eq!(reply.errcode(), 40234, "{name}");
        assert_eq!(reply.header("wechatmp-signature"), "", "{name}");
    }
    for at in [at(START - 300), at(START + 300)] {
        assert!(send(&site, &token, &at).await.header("wechatmp-serial").len() == 32);
    }
}

#[tokio::test]
async fn calls_in_clear_are_refused_while_it_is_on_and_sealed_ones_while_it_is_off() {
    let (site, app, token, developer, keys) = site().await;
    site.login(&app, "alice").await;
    let code = site.sim.phone_code(&app, "alice").unwrap();
    for (path, body) in [
        (PHONE, json!({"code": code})),
        (ENCRYPT_KEY, json!({})),
        (CHECK_DATA, json!({"encrypted_msg_hash": "00"})),
    ] {
        let refused = site.call(path, &token, &body).await;
        assert_eq!(refused.errcode(), 40234, "{path}");
        assert!(refused.text.contains("invalid signature rid: "), "{path}");
    }
    // Not among the protected ones.
    assert_eq!(site.login(&app, "alice").await.errcode(), 0);
    assert_eq!(
        site.get("/wxa/checksession", &[("access_token", &token)])
            .await
            .errcode(),
        40003
    );
    let letter = Letter {
        developer: &developer,
        keys: &keys,
        path: PHONE,
        timestamp: START,
        inner: inner(START, &json!({"code": code})),
    };
    site.sim.turn_off_api_security(&app).unwrap();
    assert_eq!(send(&site, &token, &letter.seal()).await.errcode(), 40234);
    assert_eq!(site.phone(&token, &code).await.errcode(), 0);
}

#[tokio::test]
async fn answers_can_be_signed_wrongly_or_be_old() {
    let (site, app, token, developer, keys) = site().await;
    let sealed = || {
        let code = site.sim.phone_code(&app, "alice").unwrap();
        Letter {
            developer: &developer,
            keys: &keys,
            path: PHONE,
            timestamp: START,
            inner: inner(START, &json!({"code": code})),
        }
        .seal()
    };
    site.sim.fault(FaultAction::BadResponseSignature).unwrap();
    let forged = send(&site, &token, &sealed()).await;
    assert!(!forged.is_signed_by_the_platform(&keys, PHONE));
    assert_eq!(forged.opened(&keys, PHONE)["errcode"], 0);
    site.sim.clear_faults();
    site.sim.fault(FaultAction::StaleResponseTimestamp).unwrap();
    let stale = send(&site, &token, &sealed()).await;
    assert!(stale.is_signed_by_the_platform(&keys, PHONE));
    assert_eq!(stale.header("wechatmp-timestamp"), (START - 301).to_string());
    assert_eq!(stale.opened(&keys, PHONE)["_timestamp"], START - 301);
    // A fault of the body is inside the seal.
    site.sim.clear_faults();
    site.sim.fault(FaultAction::CountryCodeAsNumber).unwrap();
    let odd = send(&site, &token, &sealed()).await;
    assert!(odd.is_signed_by_the_platform(&keys, PHONE));
    assert_eq!(odd.opened(&keys, PHONE)["phone_info"]["countryCode"], 86);
}

#[tokio::test]
async fn mode_is_turned_on_and_off_over_http_too_and_the_platform_stays_the_same() {
    let (site, _, token, developer, keys) = site().await;
    let path = format!("apps/{APP_1}/api-security");
    let body = json!({"public_key": developer.public_pem});
    let again = site.control("POST", &path, Some(body)).await.json();
    assert_eq!(again["platform_serial"], keys.platform_serial);
    assert_eq!(again["platform_certificate_pem"], keys.platform_certificate_pem);
    assert_ne!(again["symmetric_key_b64"], keys.symmetric_key_b64);
    assert_ne!(again["symmetric_sn"], keys.symmetric_sn);
    assert!(site.sim.state().apps[0].api_security);
    let refused = site
        .control("POST", &path, Some(json!({"public_key": "nonsense"})))
        .await;
    assert_eq!(
        (refused.status, &refused.json()["error"]),
        (422, &json!("invalid_public_key"))
    );
    assert_eq!(site.control("DELETE", &path, None).await.status, 204);
    assert_eq!(site.phone(&token, "nonsense").await.errcode(), 40029);
}
