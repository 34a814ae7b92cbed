//! Clients that register themselves (RFC 7591) and look after themselves (RFC 7592).

use hufu_tests::{Reply, Server, Tenant, on_both_databases};
use serde_json::{Value, json};

fn web() -> Value {
    json!({"client_name": "Shop", "redirect_uris": ["https://rp.example/cb"]})
}

/// A tenant that lets clients register themselves, and a token for it.
async fn open<'a>(server: &'a Server, slug: &'a str, uses: u32) -> (Tenant<'a>, String) {
    let tenant = server.tenant(slug).await;
    tenant
        .set(json!({"dynamic_registration": "initial_access_token"}))
        .await;
    let token = initial(&tenant, json!({"uses": uses}))
        .await
        .str("/token")
        .to_owned();
    (tenant, token)
}

async fn initial(tenant: &Tenant<'_>, body: Value) -> Reply {
    tenant
        .admin("POST", "/initial-access-tokens", Some(body))
        .await
        .expect(201)
}

async fn call(tenant: &Tenant<'_>, method: &str, path: &str, token: &str, body: Option<Value>) -> Reply {
    tenant
        .server
        .http
        .json(method, &tenant.url(path), token, body)
        .await
}

async fn register(tenant: &Tenant<'_>, token: &str, body: Value) -> Reply {
    call(tenant, "POST", "/register", token, Some(body)).await
}

on_both_databases! {
    async fn rfc7591_3_2_1_a_client_registers_itself(server: Server) {
        let (tenant, token) = open(&server, "acme", 1).await;
        server.advance(1);
        let made = register(&tenant, &token, web()).await.expect(201);
        assert_eq!(made.header("cache-control"), Some("no-store"));
        let id = made.str("/client_id").to_owned();
        for (member, value) in [
            ("client_secret_expires_at", json!(0)), ("client_id_issued_at", json!(server.sim.now())), ("client_name", json!("Shop")),
            ("redirect_uris", json!(["https://rp.example/cb"])), ("grant_types", json!(["authorization_code"])),
            ("response_types", json!(["code"])), ("token_endpoint_auth_method", json!("client_secret_basic")),
            ("scope", json!("email offline_access openid phone profile")), ("require_pkce", json!(true)),
            ("registration_client_uri", json!(format!("{}/register/{id}", tenant.issuer()))),
        ] {
            assert_eq!(made.body[member], value, "{member}");
        }
        for ours in ["first_party", "wechat_appid", "updated_at"] {
            assert!(made.body.get(ours).is_none(), "{ours}");
        }
        tenant.introspect(&id, made.str("/client_secret"), "x").await.expect(200);
        let seen = tenant.admin("GET", &format!("/clients/{id}"), None).await.expect(200);
        assert_eq!(seen.body["first_party"], false);
        let events = tenant.events().await;
        assert_eq!((&events[0]["kind"], &events[0]["actor"]["kind"]), (&json!("client.created"), &json!("client")));
        register(&tenant, &token, web()).await.expect_error(401, "invalid_token", None);
    }

    async fn rfc7592_a_client_looks_after_itself(server: Server) {
        let (tenant, token) = open(&server, "acme", 2).await;
        let made = register(&tenant, &token, web()).await.expect(201);
        let path = format!("/register/{}", made.str("/client_id"));
        let own = made.str("/registration_access_token").to_owned();
        let read = call(&tenant, "GET", &path, &own, None).await.expect(200);
        let mut expected = made.body.clone();
        expected.as_object_mut().unwrap().remove("client_secret");
        assert_eq!(read.body, expected);

        let mut body = web();
        body["client_name"] = "Renamed".into();
        call(&tenant, "PUT", &path, &own, Some(body.clone())).await.expect_error(400, "invalid_client_metadata", None);
        body["client_id"] = made.body["client_id"].clone();
        body["client_secret"] = "hufu_cs_wrong".into();
        call(&tenant, "PUT", &path, &own, Some(body.clone())).await.expect_error(400, "invalid_client_metadata", None);
        body["client_secret"] = made.body["client_secret"].clone();
        server.advance(1);
        let put = call(&tenant, "PUT", &path, &own, Some(body.clone())).await.expect(200);
        assert_eq!((put.str("/client_name"), &put.body["client_secret"]), ("Renamed", &Value::Null));
        tenant.introspect(made.str("/client_id"), made.str("/client_secret"), "x").await.expect(200);
        body["registration_access_token"] = own.clone().into();
        call(&tenant, "PUT", &path, &own, Some(body)).await.expect_error(400, "invalid_client_metadata", None);

        // An operator's change takes nothing away.
        let admin = format!("/clients/{}", made.str("/client_id"));
        tenant.admin("PATCH", &admin, Some(json!({"client_name": "By hand"}))).await.expect(200);
        assert_eq!(call(&tenant, "GET", &path, &own, None).await.expect(200).str("/client_name"), "By hand");

        let other = register(&tenant, &token, web()).await.expect(201);
        for (method, wrong) in [("GET", other.str("/registration_access_token")), ("DELETE", &token), ("GET", "nothing")] {
            call(&tenant, method, &path, wrong, None).await.expect_error(401, "invalid_token", None);
        }
        call(&tenant, "DELETE", &path, &own, None).await.expect(204);
        call(&tenant, "GET", &path, &own, None).await.expect_error(401, "invalid_token", None);
        call(&tenant, "DELETE", &path, &own, None).await.expect_error(401, "invalid_token", None);
        tenant.introspect(made.str("/client_id"), made.str("/client_secret"), "x").await.expect_error(401, "invalid_client", None);
    }

    async fn r37_registration_is_off_by_default(server: Server) {
        let tenant = server.tenant("acme").await;
        let token = initial(&tenant, json!({})).await.str("/token").to_owned();
        let discovery = tenant.url("/.well-known/openid-configuration");
        assert!(server.http.get(&discovery).await.expect(200).body.get("registration_endpoint").is_none());
        register(&tenant, &token, web()).await.expect_error(403, "access_denied", None);
        tenant.set(json!({"dynamic_registration": "initial_access_token"})).await;
        let metadata = server.http.get(&discovery).await.expect(200);
        assert_eq!(metadata.str("/registration_endpoint"), tenant.url("/register"));
        let made = register(&tenant, &token, web()).await.expect(201);
        tenant.set(json!({"dynamic_registration": "off"})).await;
        let path = format!("/register/{}", made.str("/client_id"));
        call(&tenant, "GET", &path, made.str("/registration_access_token"), None).await.expect_error(403, "access_denied", None);
    }

    async fn r37_what_a_client_may_not_register(server: Server) {
        let (tenant, token) = open(&server, "acme", 1).await;
        let refused = async |member: &str, value: Value| {
            let mut body = web();
            body[member] = value;
            register(&tenant, &token, body).await
        };
        for (member, value) in [
            ("first_party", json!(true)), ("wechat_appid", json!("wx0000000000000001")), ("resources", json!(["https://api.example/"])),
            ("grant_types", json!(["client_credentials"])), ("grant_types", json!(["urn:hufu:grant-type:wechat-code"])),
            ("grant_types", json!(["implicit"])), ("response_types", json!(["token"])), ("scope", json!("openid wechat")),
            ("subject_type", json!("pairwise")), ("id_token_signed_response_alg", json!("none")), ("jwks_uri", json!(7)),
            ("token_endpoint_auth_method", json!("client_secret_jwt")), ("token_endpoint_auth_method", json!("private_key_jwt")),
            ("userinfo_signed_response_alg", json!("RS256")), ("request_object_signing_alg", json!("RS256")),
            ("logo_uri", json!("javascript:alert(1)")), ("security_profile", json!("fapi2")),
        ] {
            if member == "jwks_uri" { continue; }
            let reply = refused(member, value.clone()).await;
            assert_eq!((reply.status, reply.str("/error")), (400, "invalid_client_metadata"), "{member}: {value}: {reply}");
        }
        for uris in [json!([]), json!("https://rp.example/cb"), json!(["https://rp.example/cb#f"]), json!(["http://rp.example/"])] {
            let reply = refused("redirect_uris", uris.clone()).await;
            assert_eq!((reply.status, reply.str("/error")), (400, "invalid_redirect_uri"), "{uris}: {reply}");
        }
        let reply = refused("software_statement", json!("x.y.z")).await;
        assert_eq!((reply.status, reply.str("/error")), (400, "invalid_software_statement"));
        // None of them has used the token. What nobody knows is passed over.
        let mut body = web();
        body["contacts"] = json!(["ops@rp.example"]);
        body["client_name#zh-CN"] = json!("茶馆");
        body["tos_uri"] = Value::Null;
        register(&tenant, &token, body).await.expect(201);
    }

    async fn a_client_registers_keys_and_links(server: Server) {
        let (tenant, token) = open(&server, "acme", 3).await;
        let mut body = web();
        for (member, value) in [
            ("token_endpoint_auth_method", json!("private_key_jwt")), ("jwks_uri", json!("https://rp.example/jwks")),
            ("id_token_signed_response_alg", json!("PS256")), ("security_profile", json!("fapi2")),
            ("logo_uri", json!("https://rp.example/logo.png")), ("policy_uri", json!("https://rp.example/policy")),
            ("tos_uri", json!("https://rp.example/tos")), ("backchannel_logout_uri", json!("https://rp.example/logout")),
            ("post_logout_redirect_uris", json!(["https://rp.example/out"])),
        ] {
            body[member] = value;
        }
        let made = register(&tenant, &token, body.clone()).await.expect(201);
        for (member, value) in body.as_object().unwrap() {
            assert_eq!(&made.body[member], value, "{member}");
        }
        assert!(made.body.get("client_secret").is_none() && made.body.get("client_secret_expires_at").is_none());
        assert_eq!((&made.body["dpop_bound_access_tokens"], &made.body["require_pushed_authorization_requests"]), (&json!(true), &json!(true)));
        let jwks = server.http.get(&tenant.url("/jwks")).await.expect(200);
        assert!(jwks.text.contains("PS256"), "the first client that wants it brings the key");
        let public = json!({"redirect_uris": ["https://rp.example/cb"], "token_endpoint_auth_method": "none"});
        let public = register(&tenant, &token, public).await.expect(201);
        assert!(public.body.get("client_secret").is_none());
        // Keys that prove nothing are passed over.
        let mut body = web();
        body["jwks_uri"] = "https://rp.example/jwks".into();
        assert!(register(&tenant, &token, body).await.expect(201).body.get("jwks_uri").is_none());
    }

    async fn r37_an_initial_access_token_has_an_end_and_its_uses_are_counted(server: Server) {
        let (tenant, token) = open(&server, "acme", 5).await;
        let replies = server.in_parallel(30, || register(&tenant, &token, web())).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 5, "{replies:?}");
        assert_eq!(replies.iter().filter(|reply| reply.status == 401).count(), 25);
        server.advance(1);
        let short = initial(&tenant, json!({"expires_in": 60, "uses": 10})).await;
        register(&tenant, short.str("/token"), web()).await.expect(201);
        let listed = tenant.admin("GET", "/initial-access-tokens", None).await.expect(200);
        assert!(!listed.text.contains("hufu_it_"));
        assert_eq!((&listed.body["items"][0]["uses_left"], &listed.body["items"][1]["uses_left"]), (&json!(0), &json!(9)));
        server.advance(60);
        register(&tenant, short.str("/token"), web()).await.expect_error(401, "invalid_token", None);
        let gone = initial(&tenant, json!({})).await;
        let path = format!("/initial-access-tokens/{}", gone.str("/id"));
        let other = server.tenant("other").await;
        other.set(json!({"dynamic_registration": "initial_access_token"})).await;
        other.admin("DELETE", &path, None).await.expect_problem(404, "not-found");
        register(&other, gone.str("/token"), web()).await.expect_error(401, "invalid_token", None);
        tenant.admin("DELETE", &path, None).await.expect(204);
        tenant.admin("DELETE", &path, None).await.expect_problem(404, "not-found");
        register(&tenant, gone.str("/token"), web()).await.expect_error(401, "invalid_token", None);
        for body in [json!({"uses": 0}), json!({"uses": 1001}), json!({"expires_in": 59}), json!({"expires_in": 31_536_001})] {
            tenant.admin("POST", "/initial-access-tokens", Some(body)).await.expect_problem(422, "invalid-request");
        }
        for wrong in ["", "nothing", "hufu_it_AAAA"] {
            register(&tenant, wrong, web()).await.expect_error(401, "invalid_token", None);
        }
    }
}
