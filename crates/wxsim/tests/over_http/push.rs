//! Messages to an app's own server.

use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::routing::any;
use hufu_wxsim::{
    App, Delivery, DeliveryOptions, Push, PushEvent, PushFailure, PushFormat, PushTamper, Refusal,
};
use serde_json::{Value, json};

use crate::crypto::{message, sha1_hex};
use crate::support::{APP_1, START, Site, start};

const TOKEN: &str = "pamtest";
const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

/// What a receiver was sent.
#[derive(Clone, Debug, PartialEq)]
struct Received {
    method: Method,
    query: Vec<(String, String)>,
    content_type: String,
    body: String,
}

/// An app's server. It answers `GET` with the `echostr` and all else with `success`.
struct Receiver {
    url: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Receiver {
    async fn start() -> Self {
        let received = Arc::new(Mutex::new(Vec::new()));
        let router = axum::Router::new()
            .route("/events", any(receive))
            .with_state(Arc::clone(&received));
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/events?tenant=t1", socket.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(socket, router).await.unwrap() });
        Self { url, received }
    }

    fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

async fn receive(
    State(received): State<Arc<Mutex<Vec<Received>>>>,
    method: Method,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let query: Vec<_> = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .into_owned()
        .collect();
    let echo = value(&query, "echostr").map(str::to_owned);
    let content_type = headers
        .get("content-type")
        .map_or("", |value| value.to_str().unwrap());
    received.lock().unwrap().push(Received {
        method,
        content_type: content_type.to_owned(),
        query,
        body: String::from_utf8(body.to_vec()).unwrap(),
    });
    (StatusCode::OK, echo.unwrap_or_else(|| "success".into()))
}

fn value<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let (_, value) = query.iter().find(|(key, _)| key == name)?;
    Some(value)
}

fn signature(mut parts: Vec<&str>) -> String {
    parts.sort_unstable();
    sha1_hex(&parts.concat())
}

/// Whether the query's signatures are those of the token.
fn is_signed(delivery: &Delivery, encrypted: Option<&str>) -> bool {
    let query = |name| value(&delivery.query, name).unwrap_or_default();
    let common = vec![TOKEN, query("timestamp"), query("nonce")];
    let is_message_signed = encrypted.is_none_or(|encrypted| {
        query("msg_signature") == signature([common.as_slice(), &[encrypted]].concat())
    });
    query("signature") == signature(common.clone()) && is_message_signed
}

/// The text of an element of a body in XML.
fn element<'a>(xml: &'a str, name: &str) -> &'a str {
    let (_, rest) = xml.split_once(&format!("<{name}><![CDATA[")).unwrap();
    rest.split_once(&format!("]]></{name}>")).unwrap().0
}

fn settings(url: &str, format: PushFormat, safe: bool) -> Push {
    Push {
        url: url.into(),
        token: TOKEN.into(),
        encoding_aes_key: KEY.into(),
        format,
        safe,
    }
}

async fn site(format: PushFormat, safe: bool) -> (Site, App, Receiver) {
    let (site, receiver) = (start().await, Receiver::start().await);
    let app = site.app(APP_1);
    site.sim
        .configure_push(&app, settings(&receiver.url, format, safe))
        .unwrap();
    (site, app, receiver)
}

fn revoke() -> PushEvent {
    PushEvent::new("user_authorization_revoke", "alice").revoke_info("8")
}

#[tokio::test]
async fn plain_json_has_wechats_fields_with_their_blanks() {
    let (site, app, receiver) = site(PushFormat::Json, false).await;
    let account = site.sim.open_account();
    site.sim.bind(&app, &account).unwrap();
    let reply = site.sim.push(&app, &revoke()).await.unwrap();
    assert_eq!((reply.status, reply.body.as_str()), (200, "success"));
    let delivery = site.sim.last_delivery(&app).unwrap();
    assert!(is_signed(&delivery, None));
    let names: Vec<_> = delivery.query.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["signature", "timestamp", "nonce", "openid"]);
    let body: Value = serde_json::from_str(&delivery.body).unwrap();
    assert!(body["ToUserName"].as_str().unwrap().starts_with("gh_"));
    assert_eq!(body["FromUserName"], value(&delivery.query, "openid").unwrap());
    assert_eq!(
        (&body["MsgType"], &body["CreateTime"]),
        (&json!("event"), &json!(START))
    );
    assert_eq!(body["Event"], "user_authorization_revoke");
    assert_eq!(body[" OpenID"], site.sim.openid(&app, "alice"));
    assert_eq!(body[" UnionID"], site.sim.unionid(&account, "alice"));
    assert_eq!(
        (&body[" AppID"], &body[" RevokeInfo"]),
        (&json!(APP_1), &json!("8"))
    );
    let request = &receiver.received()[0];
    assert_eq!(request.method, Method::POST);
    assert_eq!(request.body, delivery.body);
    assert_eq!(request.content_type, "application/json");
    assert_eq!(request.query[0], ("tenant".into(), "t1".into()));
    assert_eq!(request.query[1..], delivery.query);
}

#[tokio::test]
async fn safe_mode_hides_the_message_from_all_but_the_app() {
    for format in [PushFormat::Xml, PushFormat::Json] {
        let (site, app, receiver) = site(format, true).await;
        site.sim.push(&app, &revoke()).await.unwrap();
        let delivery = site.sim.last_delivery(&app).unwrap();
        let encrypted = match format {
            PushFormat::Xml => element(&delivery.body, "Encrypt").to_owned(),
            PushFormat::Json => serde_json::from_str::<Value>(&delivery.body).unwrap()["Encrypt"]
                .as_str()
                .unwrap()
                .to_owned(),
        };
        assert!(is_signed(&delivery, Some(&encrypted)));
        assert_eq!(value(&delivery.query, "encrypt_type"), Some("aes"));
        let (text, appid) = message(&encrypted, KEY).unwrap();
        let openid = site.sim.openid(&app, "alice");
        assert_eq!(appid, APP_1);
        assert!(
            text.contains(&openid) && !delivery.body.contains(&openid),
            "{text}"
        );
        let content_type = ["text/xml", "application/json"][usize::from(format == PushFormat::Json)];
        assert_eq!(receiver.received()[0].content_type, content_type);
    }
}

#[tokio::test]
async fn unknown_kinds_of_events_are_sent_as_they_are_named() {
    let (site, app, _) = site(PushFormat::Xml, false).await;
    for kind in ["user_info_modified", "wxa_media_check", "事件"] {
        let delivery = site
            .sim
            .push_delivery(&app, &PushEvent::new(kind, "alice"))
            .unwrap();
        assert_eq!(element(&delivery.body, "Event"), kind);
        assert!(!delivery.body.contains("RevokeInfo") && !delivery.body.contains("UnionID"));
    }
}

#[tokio::test]
async fn no_two_deliveries_share_a_nonce_but_a_replay_does() {
    let (site, app, receiver) = site(PushFormat::Xml, true).await;
    let [first, second] = [(); 2].map(|()| site.sim.push_delivery(&app, &revoke()).unwrap());
    assert_ne!(value(&first.query, "nonce"), value(&second.query, "nonce"));
    assert_ne!(first.body, second.body);
    for _ in 0..2 {
        site.sim.deliver(&app, &first).await.unwrap();
    }
    let requests = receiver.received();
    assert_eq!(requests[0], requests[1]);
}

#[tokio::test]
async fn each_tamper_breaks_exactly_one_thing() {
    let (site, app, _) = site(PushFormat::Xml, true).await;
    let tampered = |tamper| {
        let options = DeliveryOptions {
            tamper: Some(tamper),
            ..DeliveryOptions::default()
        };
        let delivery = site.sim.push_delivery_with(&app, &revoke(), options).unwrap();
        let encrypted = element(&delivery.body, "Encrypt").to_owned();
        let is_signed = is_signed(&delivery, Some(&encrypted));
        (is_signed, message(&encrypted, KEY))
    };
    let (is_signed, text) = tampered(PushTamper::Signature);
    assert!(!is_signed && text.unwrap().1 == APP_1);
    let (is_signed, text) = tampered(PushTamper::Appid);
    assert!(is_signed && text.unwrap().1 != APP_1);
    assert_eq!(tampered(PushTamper::Padding), (true, None));
    assert!(!tampered(PushTamper::Body).0);
}

#[tokio::test]
async fn clock_of_a_delivery_can_be_wrong_and_is_signed_all_the_same() {
    let (site, app, _) = site(PushFormat::Json, false).await;
    let options = DeliveryOptions {
        timestamp_skew: -600,
        ..DeliveryOptions::default()
    };
    let delivery = site.sim.push_delivery_with(&app, &revoke(), options).unwrap();
    let old = (START - 600).to_string();
    assert_eq!(value(&delivery.query, "timestamp"), Some(old.as_str()));
    assert!(is_signed(&delivery, None));
    let tamper = DeliveryOptions {
        tamper: Some(PushTamper::Padding),
        ..options
    };
    let refused = site.sim.push_delivery_with(&app, &revoke(), tamper);
    assert!(matches!(refused, Err(Refusal::InvalidPush(_))));
}

#[tokio::test]
async fn url_is_verified_by_an_echo() {
    let (site, app, receiver) = site(PushFormat::Xml, true).await;
    site.sim.verify_push_url(&app).await.unwrap();
    let request = &receiver.received()[0];
    assert_eq!(request.method, Method::GET);
    let delivery = Delivery {
        query: request.query.clone(),
        body: String::new(),
        content_type: "",
    };
    assert!(is_signed(&delivery, None) && value(&request.query, "echostr").is_some());
    // The simulator itself knows no echo.
    let deaf = settings(&format!("{}/nothing", site.sim.url()), PushFormat::Xml, true);
    site.sim.configure_push(&app, deaf).unwrap();
    let failed = site.sim.verify_push_url(&app).await;
    assert!(matches!(failed, Err(PushFailure::WrongEcho(reply)) if reply.status == 404));
}

#[tokio::test]
async fn servers_that_cannot_be_reached_or_are_not_configured_are_told_apart() {
    let site = start().await;
    let app = site.app(APP_1);
    let refused = site.sim.push(&app, &revoke()).await;
    assert_eq!(refused, Err(PushFailure::Refused(Refusal::NoPush(APP_1.into()))));
    // Nobody listens at port 1.
    site.sim
        .configure_push(&app, settings("http://127.0.0.1:1/", PushFormat::Xml, true))
        .unwrap();
    let failed = site.sim.push(&app, &revoke()).await;
    assert!(
        matches!(&failed, Err(PushFailure::Unreachable(why)) if !why.contains("signature")),
        "{failed:?}"
    );
}

#[tokio::test]
async fn only_sound_settings_for_this_machine_are_taken() {
    let site = start().await;
    let app = site.app(APP_1);
    let sound = settings("http://localhost:1/", PushFormat::Xml, true);
    let with_url = |url: &str| Push {
        url: url.into(),
        ..sound.clone()
    };
    for push in [
        with_url("nonsense"),
        with_url("ftp://127.0.0.1/"),
        with_url("http://192.0.2.1/"),
        with_url("http://localhost.example/"),
        with_url("http://[::2]/"),
        Push {
            token: String::new(),
            ..sound.clone()
        },
        Push {
            encoding_aes_key: "short".into(),
            ..sound.clone()
        },
    ] {
        let refused = site.sim.configure_push(&app, push.clone());
        assert!(matches!(refused, Err(Refusal::InvalidPush(_))), "{}", push.url);
    }
    for url in [
        "http://127.0.0.1:1/a",
        "https://localhost/",
        "http://[::1]:8/",
        "http://127.9.9.9/",
    ] {
        site.sim.configure_push(&app, with_url(url)).unwrap();
    }
}

#[tokio::test]
async fn events_come_over_http_too() {
    let (site, receiver) = (start().await, Receiver::start().await);
    let push = json!({"url": receiver.url, "token": TOKEN, "encoding_aes_key": KEY, "format": "json", "mode": "plain"});
    let spec = json!({"appid": APP_1, "push": push});
    assert_eq!(site.control("POST", "apps", Some(spec)).await.status, 201);
    let event = json!({
        "appid": APP_1, "type": "user_authorization_revoke", "user": "alice", "revoke_info": ["6", "8"],
        "timestamp_skew": 5,
    });
    let reply = site.control("POST", "events", Some(event)).await;
    assert_eq!(
        (reply.status, reply.json()),
        (200, json!({"status": 200, "body": "success"}))
    );
    let body: Value = serde_json::from_str(&receiver.received()[0].body).unwrap();
    assert_eq!(body[" RevokeInfo"], "6,8");
    assert_eq!(body["CreateTime"], START + 5);
    let again = json!({"appid": APP_1, "replay": true});
    site.control("POST", "events", Some(again)).await;
    assert_eq!(receiver.received()[0], receiver.received()[1]);
    let verify = format!("apps/{APP_1}/verify-push-url");
    assert_eq!(site.control("POST", &verify, Some(json!({}))).await.status, 204);
    let state = site.control("GET", "state", None).await.text;
    assert!(state.contains("/events") && !state.contains(TOKEN) && !state.contains(KEY));
    let revealed = site.control("GET", "state?secrets=true", None).await.json();
    assert_eq!(revealed["apps"][0]["push"]["token"], TOKEN);
    let none = json!({"push": null});
    site.control("PATCH", &format!("apps/{APP_1}"), Some(none)).await;
    assert!(site.sim.state().apps[0].push.is_none());
}
