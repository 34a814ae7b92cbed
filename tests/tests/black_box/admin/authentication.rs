//! Who may ask at all, and how far a token reaches.

use super::{apart_from_id, each, list};
use hufu_tests::{Reply, Server, on_both_databases};
use serde_json::{Value, json};

/// Every kind of endpoint, of things that are there and things that are not.
const REQUESTS: [(&str, &str); 15] = [
    ("GET", "/tenants"),
    ("GET", "/tenants/acme"),
    ("PUT", "/tenants/acme"),
    ("PUT", "/tenants/nobody"),
    ("PATCH", "/tenants/acme"),
    ("DELETE", "/tenants/acme"),
    ("GET", "/tenants/nobody/users"),
    ("PUT", "/tenants/acme/clients/x"),
    ("POST", "/tenants/acme/keys"),
    ("PUT", "/tenants/acme/sms"),
    ("POST", "/tenants/acme/users"),
    (
        "POST",
        "/tenants/acme/users/usr_01920000000070008000000000000001/unmerge",
    ),
    ("GET", "/events"),
    ("POST", "/operators"),
    ("DELETE", "/operators/opr_1"),
];

async fn with_header(server: &Server, method: &str, path: &str, values: &[&str]) -> Reply {
    let mut request = server
        .http
        .request(method, &format!("{}/admin/v1{path}", server.base));
    for value in values {
        request = request.header("authorization", *value);
    }
    server.http.send(request).await
}

on_both_databases! {
    async fn whatever_is_wrong_with_a_token_the_answer_is_the_same(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let secret = tenant.confidential("api").await;
        let tokens = tenant.login("alice").await;
        let revoked = server.admin("POST", "/operators", Some(json!({"name": "gone"}))).await.expect(201);
        server.admin("DELETE", &format!("/operators/{}", revoked.str("/id")), None).await.expect(204);
        let revoked = revoked.str("/token").to_owned();
        let good = server.operator.as_str();
        let short = &good[..good.len() - 1];
        // The last character also has bits that are not of the secret, so another one is changed.
        let (head, tail) = good.split_at(good.len() - 5);
        let guessed = format!("{head}{}{}", if tail.starts_with('A') { 'B' } else { 'A' }, &tail[1..]);
        let bearer = |token: &str| format!("Bearer {token}");
        let twice = bearer(good);
        let tries: Vec<Vec<String>> = vec![
            vec![], vec![bearer("")], vec![bearer("garbage")], vec!["Bearer".into()], vec![format!("Basic {good}")], vec![good.to_owned()],
            vec![bearer(short)], vec![bearer(&guessed)], vec![bearer(&format!("{good}A"))], vec![bearer(&format!("{good} {good}"))],
            vec![twice.clone(), twice], vec![bearer(&revoked)],
            // r24: a user's or a client's credential is no operator's.
            vec![bearer(&tokens.access)], vec![bearer(&tokens.refresh)], vec![bearer(&tokens.id)], vec![bearer(&secret)],
        ];
        let expected = apart_from_id(&with_header(&server, "GET", "/tenants", &[]).await);
        for (method, path) in REQUESTS {
            for values in &tries {
                let values: Vec<_> = values.iter().map(String::as_str).collect();
                let refused = with_header(&server, method, path, &values).await.expect_problem(401, "unauthorized");
                assert_eq!(apart_from_id(&refused), expected, "{method} {path} {values:?}");
                assert_eq!(refused.header("www-authenticate"), Some("Bearer realm=\"hufu administration\""));
                assert_eq!(refused.header("cache-control"), Some("no-store"));
            }
        }
        with_header(&server, "GET", "/tenants", &[&format!("bearer {good}")]).await.expect(200);
    }

    async fn r24_to_a_tenants_operator_every_other_tenant_is_as_if_unknown(server: Server) {
        let (acme, other) = (server.tenant("acme").await.with_shop().await, server.tenant("other").await);
        other.confidential("theirs").await;
        let sub = acme.sub(&acme.login("alice").await.access).await;
        let made = server.admin("POST", "/operators", Some(json!({"name": "own", "tenant": "acme"}))).await.expect(201);
        assert_eq!((made.str("/scope"), made.str("/tenant_id")), ("tenant", acme.admin("GET", "", None).await.str("/id")));
        let own = made.str("/token").to_owned();
        let ask = async |method: &str, path: &str, body: Option<Value>| server.admin_as(&own, method, path, body).await;

        ask("GET", "/tenants/acme", None).await.expect(200);
        ask("PUT", "/tenants/acme", Some(json!({"display_name": "Mine"}))).await.expect(200);
        ask("PATCH", "/tenants/acme", Some(json!({"settings": {"registration": "wechat"}}))).await.expect(200);
        ask("PUT", "/tenants/acme/clients/api", Some(json!({"grant_types": ["client_credentials"]}))).await.expect(201);
        ask("PATCH", &format!("/tenants/acme/users/{sub}"), Some(json!({"status": "disabled"}))).await.expect(200);
        ask("GET", "/tenants/acme/events", None).await.expect(200);
        assert_eq!(acme.events().await.iter().filter(|event| event["actor"]["id"] == made.body["id"]).count(), 4);

        let client = json!({"grant_types": ["client_credentials"]});
        for (method, path, body) in [
            ("GET", "", None), ("PUT", "", Some(json!({"display_name": "Mine"}))), ("PUT", "", Some(json!({"display_name": ""}))),
            ("PUT", "", Some(json!({"nonsense": 1}))), ("PATCH", "", Some(json!({"display_name": "Mine"}))),
            ("GET", "/clients", None), ("GET", "/clients/theirs", None), ("PUT", "/clients/mine", Some(client)),
            ("DELETE", "/clients/theirs", None), ("POST", "/clients/theirs/secret", None), ("GET", "/users", None), ("GET", "/keys", None),
            ("POST", "/keys", Some(json!({"alg": "ES256"}))), ("GET", "/events", None), ("GET", "/wechat-apps", None),
        ] {
            let foreign = ask(method, &format!("/tenants/other{path}"), body.clone()).await;
            let unknown = ask(method, &format!("/tenants/nobody{path}"), body).await;
            assert_eq!((foreign.status, apart_from_id(&foreign)), (unknown.status, apart_from_id(&unknown)), "{method} {path}");
            assert!(matches!(foreign.status, 404 | 422), "{foreign}");
        }
        assert_eq!(other.admin("GET", "", None).await.expect(200).str("/display_name"), "other");
        server.admin("GET", "/tenants/nobody", None).await.expect(404);
    }

    async fn a_tenants_operator_reaches_nothing_of_the_platform(server: Server) {
        let (_acme, _other) = (server.tenant("acme").await, server.tenant("other").await);
        let create = async |body: Value| server.admin("POST", "/operators", Some(body)).await.expect(201);
        let own = create(json!({"name": "own", "tenant": "acme"})).await.str("/token").to_owned();
        let theirs = create(json!({"name": "theirs", "tenant": "other"})).await;
        let platform = create(json!({"name": "platform"})).await;
        let ask = async |method: &str, path: &str, body: Option<Value>| server.admin_as(&own, method, path, body).await;
        for path in ["/tenants", "/events"] {
            ask("GET", path, None).await.expect_problem(403, "forbidden");
        }
        for slug in ["acme", "other", "nobody"] {
            ask("DELETE", &format!("/tenants/{slug}"), None).await.expect_problem(403, "forbidden");
        }
        ask("POST", "/operators", Some(json!({"name": "more"}))).await.expect_problem(403, "forbidden");
        let foreign = ask("POST", "/operators", Some(json!({"name": "more", "tenant": "other"}))).await.expect(422);
        let unknown = ask("POST", "/operators", Some(json!({"name": "more", "tenant": "nobody"}))).await.expect(422);
        assert_eq!(apart_from_id(&foreign), apart_from_id(&unknown));
        let sibling = ask("POST", "/operators", Some(json!({"name": "sibling", "tenant": "acme"}))).await.expect(201);
        assert_eq!(sibling.str("/scope"), "tenant");

        let seen = list(&ask("GET", "/operators", None).await.expect(200));
        let mut names = each(&seen, "name");
        names.sort_unstable();
        assert_eq!(names, ["own", "sibling"]);
        let unknown = ask("DELETE", "/operators/opr_01920000000070008000000000000001", None).await;
        for other in [&theirs, &platform] {
            let refused = ask("DELETE", &format!("/operators/{}", other.str("/id")), None).await.expect(404);
            assert_eq!(apart_from_id(&refused), apart_from_id(&unknown));
            let path = if other.str("/scope") == "platform" { "/tenants" } else { "/tenants/other" };
            server.admin_as(other.str("/token"), "GET", path, None).await.expect(200);
        }
        ask("DELETE", &format!("/operators/{}", sibling.str("/id")), None).await.expect(204);
    }
}
