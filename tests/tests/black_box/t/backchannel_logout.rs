//! Clients are told that sessions ended (OpenID Connect Back-Channel Logout 1.0).

use hufu_tests::{Server, Tenant, on_both_databases};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    sync::{Arc, Mutex},
};

/// A client's endpoint: it answers with the statuses that it was given, then with 200, and keeps what it was told.
struct Receiver {
    url: String,
    told: Arc<Mutex<Vec<String>>>,
}

impl Receiver {
    fn start(statuses: &'static [u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/logout", listener.local_addr().unwrap());
        let told = Arc::new(Mutex::new(Vec::new()));
        let (kept, mut statuses) = (told.clone(), statuses.iter().copied());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.unwrap());
                let (mut line, mut length, mut head) = (String::new(), 0, String::new());
                while stream.read_line(&mut line).unwrap() > 2 {
                    if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap();
                    }
                    head.push_str(&std::mem::take(&mut line).to_ascii_lowercase());
                }
                let mut body = vec![0; length];
                stream.read_exact(&mut body).unwrap();
                assert!(head.starts_with("post /logout "), "{head}");
                assert!(
                    head.contains("content-type: application/x-www-form-urlencoded"),
                    "{head}"
                );
                kept.lock().unwrap().push(String::from_utf8(body).unwrap());
                let status = statuses.next().unwrap_or(200);
                let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                stream.get_mut().write_all(answer.as_bytes()).unwrap();
            }
        });
        Self { url, told }
    }

    fn told(&self) -> Vec<String> {
        self.told.lock().unwrap().clone()
    }
}

/// A tenant whose client wants to be told at `url`.
async fn told_at<'a>(server: &'a Server, url: &str) -> Tenant<'a> {
    let tenant = server.tenant("acme").await.with_shop().await;
    let patch = json!({"backchannel_logout_uri": url, "backchannel_logout_session_required": true, "id_token_signed_response_alg": "PS256"});
    tenant
        .admin("PATCH", "/clients/shop", Some(patch))
        .await
        .expect(200);
    tenant
}

/// Signs alice in and her session out, and gives the claims of her ID token.
async fn in_and_out(tenant: &Tenant<'_>) -> Value {
    let tokens = tenant.login("alice").await;
    let claims = tenant.server.unverified(&tokens.id);
    let (sub, sid) = (claims["sub"].as_str().unwrap(), claims["sid"].as_str().unwrap());
    tenant
        .admin("DELETE", &format!("/users/{sub}/sessions/{sid}"), None)
        .await
        .expect(204);
    claims
}

on_both_databases! {
    async fn r32_a_logout_token_says_who_and_which_session_and_nothing_else(server: Server) {
        let receiver = Receiver::start(&[]);
        let tenant = told_at(&server, &receiver.url).await;
        let claims = in_and_out(&tenant).await;
        assert_eq!(server.deliver_logouts().await, 1);
        let told = receiver.told();
        let token = told[0].strip_prefix("logout_token=").unwrap();
        let header = server.header_of(token);
        assert_eq!((&header["typ"], &header["alg"]), (&json!("logout+jwt"), &json!("PS256")));
        let jwks = server.http.get(&tenant.url("/jwks")).await.expect(200);
        assert!(jwks.text.contains(header["kid"].as_str().unwrap()));
        let said = server.unverified(token);
        let now = server.sim.now();
        let mut names: Vec<_> = said.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["aud", "events", "exp", "iat", "iss", "jti", "sid", "sub"]);
        for (name, value) in [
            ("iss", json!(tenant.issuer())), ("aud", json!("shop")), ("sub", claims["sub"].clone()), ("sid", claims["sid"].clone()),
            ("iat", json!(now)), ("exp", json!(now + 120)),
            ("events", json!({"http://schemas.openid.net/event/backchannel-logout": {}})),
        ] {
            assert_eq!(said[name], value, "{name}");
        }
        // It passes for nothing else.
        tenant.userinfo(token).await.expect_error(401, "invalid_token", None);
        server.advance(86_400);
        assert_eq!(server.deliver_logouts().await, 0, "it is told once");
    }

    async fn a_client_that_fails_is_told_again_later(server: Server) {
        let receiver = Receiver::start(&[500, 302, 204]);
        let tenant = told_at(&server, &receiver.url).await;
        in_and_out(&tenant).await;
        assert_eq!(server.deliver_logouts().await, 1);
        for wait in [5, 30] {
            server.advance(wait - 1);
            assert_eq!(server.deliver_logouts().await, 0);
            server.advance(1);
            assert_eq!(server.deliver_logouts().await, 1);
        }
        assert_eq!(receiver.told().len(), 3);
        server.advance(86_400);
        assert_eq!(server.deliver_logouts().await, 0);
        assert_eq!(server.number("SELECT count(*) FROM logout_deliveries"), 0);
    }

    async fn a_client_that_never_takes_it_is_given_up_and_the_tenant_told(server: Server) {
        let receiver = Receiver::start(&[400; 9]);
        let tenant = told_at(&server, &receiver.url).await;
        let claims = in_and_out(&tenant).await;
        for wait in [0, 5, 30, 120, 600, 3_600] {
            server.advance(wait);
            assert_eq!(server.deliver_logouts().await, 1, "after {wait} s");
        }
        server.advance(86_400);
        assert_eq!(server.deliver_logouts().await, 0);
        assert_eq!(receiver.told().len(), 6);
        let event = tenant.events().await.remove(0);
        assert_eq!((&event["kind"], &event["target"]), (&json!("logout.undelivered"), &json!("shop")));
        assert_eq!(event["detail"]["session"], claims["sid"]);
    }

    async fn a_word_that_a_dying_node_took_is_told_by_another_and_two_do_not_both_tell_it(server: Server) {
        let receiver = Receiver::start(&[]);
        let tenant = told_at(&server, &receiver.url).await;
        let node = server.another_node().await;
        in_and_out(&tenant).await;
        assert_eq!(server.take_logouts_and_die().await, 1);
        assert_eq!(node.deliver_logouts().await, 0);
        server.advance(60);
        let (one, other) = tokio::join!(server.deliver_logouts(), node.deliver_logouts());
        assert_eq!((one + other, receiver.told().len()), (1, 1));
    }

    async fn who_wants_to_be_told_no_more_is_not(server: Server) {
        let receiver = Receiver::start(&[]);
        let tenant = told_at(&server, &receiver.url).await;
        in_and_out(&tenant).await;
        tenant.admin("PATCH", "/clients/shop", Some(json!({"backchannel_logout_uri": null}))).await.expect(200);
        assert_eq!(server.deliver_logouts().await, 1);
        assert!(receiver.told().is_empty());
        assert_eq!(server.number("SELECT count(*) FROM logout_deliveries"), 0);
    }
}
