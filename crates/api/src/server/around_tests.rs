//! The layer on a router of its own, with handlers that no real endpoint has.

use super::*;
use crate::{
    base_url::BaseUrl,
    embed::{self, Embedding, PasswordConfig},
    random::SystemRandom,
};
use axum::{
    body::{Body, Bytes, to_bytes},
    http::{Method, Request, StatusCode},
    routing::{get, post},
};
use hufu_core::time::SystemClock;
use serde_json::Value;
use std::time::Duration;
use tower::ServiceExt;

/// A router with the layer, and the folder that its database is in.
async fn router() -> (Router, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let ports = embed::ports(Embedding {
        database_url: format!("sqlite://{}", folder.path().join("hufu.db").display()),
        master_key: "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=".into(),
        wechat_api_base: "http://127.0.0.1:9".parse().unwrap(),
        sms_base: "http://127.0.0.1:9".parse().unwrap(),
        sms_console: None,
        passwords: PasswordConfig::default(),
        patience: None,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
    })
    .await
    .unwrap();
    let mut app = App::new(BaseUrl::parse("http://127.0.0.1").unwrap(), ports);
    app.request_timeout = Duration::from_millis(20);
    let app = Arc::new(app);
    let routes = Router::new()
        .route(
            "/admin/panic",
            get(async || -> &'static str { panic!("a secret") }),
        )
        .route(
            "/t/demo/panic",
            get(async || -> &'static str { panic!("a secret") }),
        )
        .route("/admin/slow", get(std::future::pending::<()>))
        .route("/t/demo/slow", get(std::future::pending::<()>))
        .route("/t/demo/echo", post(async |body: Bytes| body));
    (around(routes, &app).with_state(app), folder)
}

async fn ask(router: &Router, method: Method, path: &str, body: Body) -> (StatusCode, HeaderMap, Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("x-request-id", "mine");
    let response = router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 1_000_000).await.unwrap();
    (
        parts.status,
        parts.headers,
        serde_json::from_slice(&bytes).unwrap_or_default(),
    )
}

async fn get_of(router: &Router, path: &str) -> (StatusCode, HeaderMap, Value) {
    ask(router, Method::GET, path, Body::empty()).await
}

#[tokio::test]
async fn a_panic_is_an_answer_that_tells_nothing() {
    let (router, _folder) = router().await;
    let (status, _, body) = get_of(&router, "/admin/panic").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(body["type"], "urn:hufu:problem:internal");
    assert_eq!(body["request_id"], "mine");
    assert!(!body.to_string().contains("a secret"));
    let (status, _, body) = get_of(&router, "/t/demo/panic").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(body["error"], "server_error");
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_ended() {
    let (router, _folder) = router().await;
    let (status, headers, body) = get_of(&router, "/admin/slow").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(headers[header::RETRY_AFTER], "1");
    assert_eq!(body["type"], "urn:hufu:problem:timeout");
    let (status, headers, body) = get_of(&router, "/t/demo/slow").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(headers[header::RETRY_AFTER], "1");
    assert_eq!(body["error"], "temporarily_unavailable");
}

#[tokio::test]
async fn r62_a_long_body_is_refused_whether_it_is_announced_or_not() {
    let (router, _folder) = router().await;
    let long = vec![b'a'; MAX_BODY + 1];
    let request = |length: usize, body: Body| {
        let request = Request::post("/t/demo/echo").header(header::CONTENT_LENGTH, length);
        router.clone().oneshot(request.body(body).unwrap())
    };
    let announced = request(long.len(), Body::empty()).await.unwrap();
    assert_eq!(announced.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let (status, ..) = ask(&router, Method::POST, "/t/demo/echo", long.into()).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let whole = Body::from(vec![b'a'; MAX_BODY]);
    let (status, ..) = ask(&router, Method::POST, "/t/demo/echo", whole).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn what_no_route_matches_is_answered_in_the_words_of_its_path() {
    let (router, _folder) = router().await;
    let (status, _, body) = get_of(&router, "/admin/nothing").await;
    assert_eq!(
        (status, &body["status"]),
        (StatusCode::NOT_FOUND, &Value::from(404))
    );
    let (status, _, body) = get_of(&router, "/t/demo/nothing").await;
    assert_eq!(
        (status, &body["error"]),
        (StatusCode::NOT_FOUND, &Value::from("invalid_request"))
    );
    let (status, headers, body) = ask(&router, Method::PUT, "/t/demo/echo", Body::empty()).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(headers[header::ALLOW], "POST");
    assert_eq!(body["error"], "invalid_request");
}

#[tokio::test]
async fn every_answer_has_the_id_and_the_security_headers() {
    let (router, _folder) = router().await;
    for path in ["/admin/panic", "/admin/nothing", "/t/demo/nothing", "/"] {
        let (_, headers, _) = get_of(&router, path).await;
        assert_eq!(headers[&request_id::HEADER], "mine", "{path}");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
        assert_eq!(headers[header::REFERRER_POLICY], "no-referrer", "{path}");
    }
    let (_, headers, _) = get_of(&router, "/admin/nothing").await;
    assert_eq!(headers[header::CACHE_CONTROL], "no-store");
}
