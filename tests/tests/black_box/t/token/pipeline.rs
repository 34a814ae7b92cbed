//! What holds for every grant: the form, the client, the grant type.

use hufu_tests::{Server, on_both_databases};

const WECHAT_CODE: &str = "urn:hufu:grant-type:wechat-code";

on_both_databases! {
    async fn r29_token_answers_are_not_stored(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let tokens = tenant.login("alice").await;
        assert_eq!(tokens.reply.header("cache-control"), Some("no-store"));
        assert_eq!(tokens.reply.header("content-type"), Some("application/json"));
    }

    async fn r35_a_confidential_client_without_its_secret_fails_on_every_grant(server: Server) {
        let tenant = server.tenant("acme").await;
        let secret = tenant.confidential("api").await;
        for grant in [WECHAT_CODE, "refresh_token", "client_credentials", "authorization_code", "password", "x"] {
            let base = [("grant_type", grant), ("client_id", "api"), ("js_code", "c"), ("refresh_token", "t")];
            tenant.token(&base).await.expect_error(401, "invalid_client", None);
            for wrong in ["", "wrong", &secret[..secret.len() - 1]] {
                let form = [&base[..], &[("client_secret", wrong)]].concat();
                tenant.token(&form).await.expect_error(401, "invalid_client", None);
            }
        }
    }

    async fn r34_secrets_are_long_prefixed_and_compared_whole(server: Server) {
        let tenant = server.tenant("acme").await;
        let secret = tenant.confidential("api").await;
        assert!(secret.starts_with("hufu_cs_") && secret.len() == 8 + 43, "256 bits, base64url");
        let basic = async |id: &str, secret: &str| {
            let http = &server.http;
            let request = http.request("POST", &tenant.url("/token")).basic_auth(id, Some(secret));
            http.send(request.form(&[("grant_type", "client_credentials")])).await
        };
        basic("api", &secret).await.expect(200);
        let refused = basic("api", "wrong").await.expect_error(401, "invalid_client", None);
        assert!(refused.header("www-authenticate").unwrap().starts_with("Basic "));
        basic("nobody", &secret).await.expect_error(401, "invalid_client", None);
    }

    async fn unknown_and_public_clients(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let code = tenant.code("wx0000000000000001", "alice");
        for client in ["nobody", "usr_x", "a b", "ä"] {
            tenant.exchange(client, &code).await.expect_error(401, "invalid_client", None);
        }
        let form = [("grant_type", WECHAT_CODE), ("client_id", "shop"), ("client_secret", "any"), ("js_code", &code)];
        tenant.token(&form).await.expect_error(401, "invalid_client", None);
        tenant.token(&[("grant_type", WECHAT_CODE), ("js_code", &code)]).await.expect_error(401, "invalid_client", None);
        tenant.exchange("shop", &code).await.expect(200);
    }

    async fn rfc6749_2_3_a_client_authenticates_in_one_way_only(server: Server) {
        let tenant = server.tenant("acme").await;
        let secret = tenant.confidential("api").await;
        let http = &server.http;
        let send = async |form: &[(&str, &str)]| {
            http.send(http.request("POST", &tenant.url("/token")).basic_auth("api", Some(&secret)).form(form)).await
        };
        let grant = ("grant_type", "client_credentials");
        send(&[grant, ("client_secret", &secret)]).await.expect_error(400, "invalid_request", None);
        send(&[grant, ("client_id", "other")]).await.expect_error(400, "invalid_request", None);
        send(&[grant, ("client_id", "api")]).await.expect(200);
    }

    async fn rfc6749_5_2_grant_types(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let send = async |grant: &str| tenant.token(&[("client_id", "shop"), ("grant_type", grant)]).await;
        send("").await.expect_error(400, "invalid_request", None);
        for unknown in ["password", "x", "urn:ietf:params:oauth:grant-type:jwt-bearer"] {
            send(unknown).await.expect_error(400, "unsupported_grant_type", None);
        }
        for unregistered in ["authorization_code", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code"] {
            send(unregistered).await.expect_error(400, "unauthorized_client", None);
        }
        send(WECHAT_CODE).await.expect_error(400, "invalid_request", None);
    }

    async fn r14_repeated_parameters_are_refused(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let form = [("client_id", "shop"), ("client_id", "shop"), ("grant_type", "refresh_token")];
        tenant.token(&form).await.expect_error(400, "invalid_request", None);
    }

    async fn r62_malformed_bodies_are_errors_not_failures(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let http = &server.http;
        let send = async |content_type: &str, body: Vec<u8>| {
            let request = http.request("POST", &tenant.url("/token")).header("content-type", content_type);
            http.send(request.body(body)).await
        };
        let form = "application/x-www-form-urlencoded";
        send("application/json", b"{\"grant_type\":\"x\"}".to_vec()).await.expect_error(400, "invalid_request", None);
        send(form, b"grant_type=%ff%fe".to_vec()).await.expect_error(400, "invalid_request", None);
        send(form, vec![0xff; 10]).await.expect_error(400, "invalid_request", None);
        send(form, Vec::new()).await.expect_error(401, "invalid_client", None);
        let many = (0..100).map(|i| format!("p{i}=1")).collect::<Vec<_>>().join("&");
        send(form, many.into_bytes()).await.expect_error(400, "invalid_request", None);
        send(form, vec![b'a'; 65 * 1024]).await.expect_error(413, "invalid_request", None);
    }

    async fn unknown_tenants_paths_and_methods(server: Server) {
        let tenant = server.tenant("acme").await;
        for path in ["/t/nobody/token", "/t/ACME/token", "/t/..%2f/token", "/t/acme/nothing"] {
            let reply = server.http.post_form(&format!("{}{path}", server.base), &[("grant_type", "x")]).await;
            reply.expect_error(404, "invalid_request", None);
        }
        server.http.get(&tenant.url("/token")).await.expect_error(405, "invalid_request", None);
    }
}
