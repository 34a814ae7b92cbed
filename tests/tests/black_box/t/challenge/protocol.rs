//! What the draft asks of requests, answers and clients.

use super::app::{
    APPID, CHALLENGE, PASSWORD, VERIFIER, as_app, code_of, form, put_client, redeem, redeem_with, register,
    step, users, with_app, wx,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use hufu_tests::{Reply, Server, Tenant, Tokens, on_both_databases};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const ALICE: [(&str, &str); 3] = [
    ("prompt", "create"),
    ("username", "alice.liu"),
    ("password", PASSWORD),
];

async fn basic(tenant: &Tenant<'_>, client: &str, secret: &str, members: &[(&str, &str)]) -> Reply {
    let http = &tenant.server.http;
    let request = http.request("POST", &tenant.url("/authorize-challenge"));
    let credentials = BASE64_STANDARD.encode(format!("{client}:{secret}"));
    http.send(
        request
            .header("authorization", format!("Basic {credentials}"))
            .form(&form(members)),
    )
    .await
}

on_both_databases! {
    async fn the_metadata_names_the_endpoint_and_pkce(server: Server) {
        let tenant = with_app(&server, "acme").await;
        for url in [tenant.url("/.well-known/openid-configuration"), format!("{}/.well-known/oauth-authorization-server/t/acme", server.base)] {
            let metadata = server.http.get(&url).await.expect(200);
            assert_eq!(metadata.str("/authorization_challenge_endpoint"), tenant.url("/authorize-challenge"));
            assert_eq!(metadata.body["code_challenge_methods_supported"], json!(["S256"]));
            let grants = metadata.body["grant_types_supported"].as_array().unwrap();
            assert!(grants.contains(&json!("authorization_code")) && !grants.contains(&json!("password")), "{metadata}");
        }
    }

    async fn r64_a_step_without_proofs_is_told_what_may_be_proven(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let reply = step(&tenant, &[]).await.expect_error(400, "insufficient_authorization", None);
        assert_eq!(reply.body["next"], json!(["wechat", "phone", "account"]));
        // A 16-byte id to find it by, and 256 bits that nobody can guess.
        let auth_session = reply.str("/auth_session");
        let token = auth_session.strip_prefix("hufu_as_").unwrap();
        assert!(token.len() * 3 / 4 >= 16 + 32, "{token}");
        let other = step(&tenant, &[]).await;
        assert_ne!(other.str("/auth_session"), auth_session);
    }

    async fn a_code_becomes_tokens_without_a_redirect_uri(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let reply = step(&tenant, &ALICE).await.expect(200);
        let code = code_of(reply.clone());
        assert!(code.starts_with("hufu_ac_"), "{code}");
        assert_eq!(reply.body.as_object().unwrap().keys().collect::<Vec<_>>(), ["authorization_code"]);
        assert!(reply.header("content-type").unwrap().starts_with("application/json"));
        // The person proved who they are now, and not when the code is redeemed.
        server.advance(30);
        let tokens = Tokens::of(redeem(&tenant, &code).await);
        let (id, access) = (server.unverified(&tokens.id), server.unverified(&tokens.access));
        for claims in [&id, &access] {
            assert_eq!(claims["amr"], json!(["pwd"]));
            assert_eq!(claims["iat"].as_i64().unwrap() - claims["auth_time"].as_i64().unwrap(), 30);
            assert_eq!((&claims["iss"], &claims["sid"]), (&json!(tenant.issuer()), &id["sid"]));
        }
        assert_eq!((&id["aud"], &access["aud"]), (&json!("app"), &json!(tenant.issuer())));
        assert_eq!(tokens.reply.str("/scope"), "account offline_access openid phone profile wechat");
        assert_eq!(tenant.userinfo(&tokens.access).await.expect(200).body["sub"], id["sub"]);
        let refreshed = Tokens::of(tenant.refresh("app", &tokens.refresh).await);
        let later = server.unverified(&refreshed.access);
        assert_eq!((&later["auth_time"], &later["amr"], &later["sid"]), (&access["auth_time"], &access["amr"], &access["sid"]));
    }

    async fn the_scope_is_the_one_that_was_asked_for(server: Server) {
        let tenant = with_app(&server, "acme").await;
        register(&tenant, "alice.liu").await;
        let proof = [("username", "alice.liu"), ("password", PASSWORD)];
        let tokens = as_app(&tenant, step(&tenant, &[proof[0], proof[1], ("scope", "openid")]).await).await;
        assert_eq!(tokens.reply.str("/scope"), "openid");
        tenant.account("GET", "/identities", &tokens.access, None).await.expect_error(403, "insufficient_scope", None);
        // That of the login's first step, where a later one has none.
        let begun = step(&tenant, &[("scope", "openid phone")]).await;
        let last = step(&tenant, &[proof[0], proof[1], ("auth_session", begun.str("/auth_session"))]).await;
        assert_eq!(as_app(&tenant, last).await.reply.str("/scope"), "openid phone");
        for wide in ["openid email", "admin", "\u{e9}"] {
            let reply = step(&tenant, &[proof[0], proof[1], ("scope", wide)]).await;
            reply.expect_error(400, "invalid_scope", None);
        }
        // Nor does the token endpoint widen it.
        let code = code_of(step(&tenant, &[proof[0], proof[1], ("scope", "openid")]).await);
        let tokens = Tokens::of(redeem_with(&tenant, &code, &[("scope", "openid account phone")]).await);
        assert_eq!(tokens.reply.str("/scope"), "openid");
    }

    async fn rfc7636_4_4_1_a_step_needs_a_challenge_of_sha_256(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let cases: [&[(&str, &str)]; 8] = [
            &[("code_challenge", ""), ("code_challenge_method", "")],
            &[("code_challenge", "")],
            &[("code_challenge_method", "")],
            &[("code_challenge", VERIFIER), ("code_challenge_method", "plain")],
            &[("code_challenge_method", "s256")],
            &[("code_challenge", &CHALLENGE[1..])],
            &[("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM")],
            &[("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=")],
        ];
        for case in cases {
            let members: Vec<_> = ALICE.iter().chain(case).copied().collect();
            step(&tenant, &members).await.expect_error(400, "invalid_request", None);
        }
        assert!(users(&tenant).await.is_empty(), "nothing was done");
    }

    async fn rfc6749_3_1_1_the_response_type_is_code(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let with = |value: &'static str| [ALICE[0], ALICE[1], ALICE[2], ("response_type", value)];
        step(&tenant, &with("")).await.expect_error(400, "invalid_request", None);
        for other in ["token", "code token", "id_token", "none", "CODE"] {
            step(&tenant, &with(other)).await.expect_error(400, "unsupported_response_type", None);
        }
    }

    async fn r64_only_first_party_clients_registered_for_codes_may_come(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let third = json!({"first_party": false, "wechat_appid": null, "grant_types": ["authorization_code"]});
        put_client(&tenant, "stranger", third).await.expect(201);
        put_client(&tenant, "silent", json!({"grant_types": ["urn:hufu:grant-type:wechat-code"], "redirect_uris": []})).await.expect(201);
        for client in ["stranger", "silent"] {
            let reply = step(&tenant, &[ALICE[0], ALICE[1], ALICE[2], ("client_id", client)]).await;
            reply.expect_error(400, "unauthorized_client", None);
        }
        for client in ["nobody", "", "a b", "usr_0"] {
            let reply = step(&tenant, &[ALICE[0], ALICE[1], ALICE[2], ("client_id", client)]).await;
            reply.expect_error(401, "invalid_client", None);
        }
        assert!(users(&tenant).await.is_empty(), "nothing was done");
    }

    async fn r35_a_confidential_client_authenticates_here_and_at_the_token_endpoint(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let made = put_client(&tenant, "web", json!({"token_endpoint_auth_method": "client_secret_post"})).await.expect(201);
        let secret = made.str("/client_secret").to_owned();
        let web = ("client_id", "web");
        for bad in [&[web][..], &[web, ("client_secret", "")], &[web, ("client_secret", "hufu_cs_wrong")]] {
            let members: Vec<_> = ALICE.iter().chain(bad).copied().collect();
            step(&tenant, &members).await.expect_error(401, "invalid_client", None);
        }
        basic(&tenant, "web", "wrong", &[("client_id", "")]).await.expect_error(401, "invalid_client", None);
        basic(&tenant, "web", &secret, &[("client_id", "app")]).await.expect_error(400, "invalid_request", None);
        let begun = basic(&tenant, "web", &secret, &[("client_id", "")]).await.expect_error(400, "insufficient_authorization", None);
        // An `auth_session` does not stand for the secret.
        let session = ("auth_session", begun.str("/auth_session"));
        let without = [ALICE[0], ALICE[1], ALICE[2], ("client_id", ""), session];
        step(&tenant, &without).await.expect_error(401, "invalid_client", None);
        let last = [ALICE[0], ALICE[1], ALICE[2], web, ("client_secret", secret.as_str()), session];
        let code = code_of(step(&tenant, &last).await);
        redeem_with(&tenant, &code, &[web]).await.expect_error(401, "invalid_client", None);
        redeem_with(&tenant, &code, &[web, ("client_secret", &secret)]).await.expect(200);
        // A public client that sends a secret is not the client that it says.
        let reply = step(&tenant, &[ALICE[0], ALICE[1], ALICE[2], ("client_secret", &secret)]).await;
        reply.expect_error(401, "invalid_client", None);
    }

    async fn an_unknown_tenant_has_no_endpoint(server: Server) {
        with_app(&server, "acme").await;
        for tenant in ["nobody", "ACME", "a%2fb"] {
            let reply = server.known_tenant(tenant);
            let reply = step(&reply, &ALICE).await;
            assert_eq!(reply.status, 404, "{reply}");
        }
        let tenant = server.known_tenant("acme");
        let get = server.http.get(&tenant.url("/authorize-challenge")).await;
        assert_eq!(get.status, 405, "{get}");
    }

    async fn r62_a_body_over_64_kib_is_refused_before_it_is_read(server: Server) {
        let tenant = with_app(&server, "acme").await;
        // Ten megabytes of a password are announced, and nobody waits for them.
        let address = server.base.trim_start_matches("http://");
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let head = format!(
            "POST /t/acme/authorize-challenge HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
             content-length: 10000000\r\n\r\nresponse_type=code&client_id=app&username=alice.liu&password=xxxx"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("invalid_request"), "{answer}");
        let long = "x".repeat(66_000);
        let reply = step(&tenant, &[("username", "alice.liu"), ("password", &long)]).await;
        assert_eq!((reply.status, reply.str("/error")), (413, "invalid_request"), "{reply}");
        // One that fits is a wrong one, whatever its length.
        let long = "x".repeat(60_000);
        let reply = step(&tenant, &[("username", "alice.liu"), ("password", &long)]).await;
        reply.expect_error(400, "invalid_grant", Some("password_wrong"));
        let reply = step(&tenant, &[("prompt", "create"), ("username", "alice.liu"), ("password", &long)]).await;
        reply.expect_error(400, "invalid_request", Some("password_unacceptable"));
    }

    async fn r62_a_malformed_form_is_refused(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let url = tenant.url("/authorize-challenge");
        let post = async |content_type: &str, body: &str| {
            let request = server.http.request("POST", &url).header("content-type", content_type).body(body.to_owned());
            server.http.send(request).await
        };
        let good = format!("response_type=code&client_id=app&code_challenge={CHALLENGE}&code_challenge_method=S256");
        let form = "application/x-www-form-urlencoded";
        post("application/json", "{}").await.expect_error(400, "invalid_request", None);
        post(form, &format!("{good}&username=a&username=b")).await.expect_error(400, "invalid_request", None);
        post(form, &format!("{good}&username=%ff")).await.expect_error(400, "invalid_request", None);
        let many = (0..100).map(|n| format!("&p{n}=1")).collect::<Vec<_>>().concat();
        post(form, &format!("{good}{many}")).await.expect_error(400, "invalid_request", None);
        for half in ["username=alice.liu", "password=x", "otp=123456", "phone_code=x"] {
            post(form, &format!("{good}&{half}")).await.expect_error(400, "invalid_request", None);
        }
        // What means something in a browser only is not looked at.
        let extra = "&state=x&nonce=y&redirect_uri=https%3A%2F%2Fevil.example.com&display=page&ui_locales=zh";
        post(form, &format!("{good}{extra}")).await.expect_error(400, "insufficient_authorization", None);
    }

    async fn a_tenant_may_send_everybody_to_a_browser(server: Server) {
        let tenant = with_app(&server, "acme").await;
        register(&tenant, "alice.liu").await;
        tenant.set(json!({"redirect_to_web": true})).await;
        for members in [&[][..], &[("username", "alice.liu"), ("password", PASSWORD)], &ALICE] {
            let reply = step(&tenant, members).await.expect_error(400, "redirect_to_web", None);
            assert!(reply.body.get("auth_session").is_none(), "{reply}");
        }
        tenant.set(json!({"redirect_to_web": false})).await;
        step(&tenant, &[("username", "alice.liu"), ("password", PASSWORD)]).await.expect(200);
    }

    async fn a_text_for_the_person_comes_in_their_language(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let wrong = form(&[("username", "alice.liu"), ("password", "wrong")]);
        let mut texts = Vec::new();
        for (asked, told) in [("zh-CN,zh;q=0.9", "zh-CN"), ("en-GB", "en"), ("fr", "zh-CN")] {
            let request = server.http.request("POST", &tenant.url("/authorize-challenge"));
            let reply = server.http.send(request.header("accept-language", asked).form(&wrong)).await;
            let reply = reply.expect_error(400, "invalid_grant", Some("password_wrong"));
            assert_eq!((reply.header("content-language"), reply.header("vary")), (Some(told), Some("accept-language")));
            texts.push(reply.str("/message").to_owned());
        }
        assert_ne!(texts[0], texts[1]);
        assert_eq!(texts[0], texts[2]);
        assert!(!texts[0].is_ascii() && texts[1].is_ascii());
    }

    async fn r46_a_tenants_wechat_app_is_the_only_one_whose_people_come_in(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let other = with_app(&server, "other").await;
        let foreign = wx(&other, "alice");
        step(&tenant, &[("js_code", &foreign)]).await.expect_error(400, "invalid_grant", Some("wx_code_invalid"));
        put_client(&tenant, "plain", json!({"wechat_appid": null, "grant_types": ["authorization_code"]})).await.expect(201);
        let own = tenant.code(APPID, "alice");
        let reply = step(&tenant, &[("js_code", &own), ("client_id", "plain")]).await;
        reply.expect_error(400, "unauthorized_client", None);
        let tokens = as_app(&tenant, step(&tenant, &[("js_code", &own)]).await).await;
        assert_eq!(server.unverified(&tokens.access)["amr"], json!(["wechat"]));
    }
}
