//! Clients: RFC 7591's metadata, secrets that are shown once. What may not be registered is in `rules`.

mod rules;

use super::{by_threes, count, each, list, raw};
use hufu_tests::{Server, on_both_databases};
use serde_json::{Value, json};

fn service() -> Value {
    json!({"client_name": "Service", "grant_types": ["client_credentials"]})
}

fn web() -> Value {
    json!({"client_name": "Web", "redirect_uris": ["https://rp.example/cb"]})
}

on_both_databases! {
    async fn rfc7591_2_what_is_left_out_has_its_default(server: Server) {
        let tenant = server.tenant("acme").await;
        let client = tenant.admin("PUT", "/clients/web", Some(web())).await.expect(201);
        assert_eq!(client.header("location"), Some(format!("{}/admin/v1/tenants/acme/clients/web", server.base).as_str()));
        for (member, value) in [
            ("client_id", json!("web")), ("client_id_issued_at", json!(server.sim.now())), ("client_secret_expires_at", json!(0)),
            ("client_name", json!("Web")), ("redirect_uris", json!(["https://rp.example/cb"])),
            ("grant_types", json!(["authorization_code"])), ("response_types", json!(["code"])),
            ("token_endpoint_auth_method", json!("client_secret_basic")), ("scope", json!("openid")),
            ("id_token_signed_response_alg", json!("ES256")), ("first_party", json!(false)),
        ] {
            assert_eq!(client.body[member], value, "{member}");
        }
        let service = tenant.admin("PUT", "/clients/service", Some(service())).await.expect(201);
        assert_eq!((&service.body["scope"], &service.body["response_types"]), (&json!(""), &json!([])));
    }

    async fn r34_a_secret_is_strong_and_shown_once(server: Server) {
        let tenant = server.tenant("acme").await;
        let created = tenant.admin("PUT", "/clients/api", Some(service())).await.expect(201);
        let secret = created.str("/client_secret").to_owned();
        let random = secret.strip_prefix("hufu_cs_").unwrap();
        assert!(random.len() >= 43, "256 bits in base64");
        let replaced = tenant.admin("PUT", "/clients/api", Some(service())).await.expect(200);
        let patched = tenant.admin("PATCH", "/clients/api", Some(json!({"client_name": "API"}))).await.expect(200);
        let read = tenant.admin("GET", "/clients/api", None).await.expect(200);
        let listed = tenant.admin("GET", "/clients", None).await.expect(200);
        let events = tenant.admin("GET", "/events", None).await.expect(200);
        assert_eq!(list(&listed), std::slice::from_ref(&read.body));
        for reply in [replaced, patched, read, listed, events] {
            assert!(!reply.text.contains("hufu_cs_"), "{reply}");
        }
        tenant.introspect("api", &secret, "x").await.expect(200);
        let other = tenant.confidential("other").await;
        assert_ne!(other, secret);
        tenant.introspect("other", &secret, "x").await.expect_error(401, "invalid_client", None);
    }

    async fn a_new_secret_kills_the_old_one_at_once(server: Server) {
        let tenant = server.tenant("acme").await;
        let old = tenant.confidential("api").await;
        tenant.introspect("api", &old, "x").await.expect(200);
        let rotated = tenant.admin("POST", "/clients/api/secret", None).await.expect(200);
        let new = rotated.str("/client_secret").to_owned();
        tenant.introspect("api", &old, "x").await.expect_error(401, "invalid_client", None);
        tenant.introspect("api", &new, "x").await.expect(200);
        tenant.admin("POST", "/clients/nobody/secret", None).await.expect_problem(404, "not-found");
        let public = json!({"token_endpoint_auth_method": "none", "redirect_uris": ["https://rp.example/cb"]});
        tenant.admin("PUT", "/clients/public", Some(public)).await.expect(201);
        tenant.admin("POST", "/clients/public/secret", None).await.expect_problem(409, "client-public");
    }

    async fn a_public_client_that_becomes_confidential_gets_a_secret(server: Server) {
        let tenant = server.tenant("acme").await;
        let mut body = web();
        body["token_endpoint_auth_method"] = "none".into();
        let public = tenant.admin("PUT", "/clients/web", Some(body.clone())).await.expect(201);
        assert!(public.body.get("client_secret").is_none() && public.body.get("client_secret_expires_at").is_none());
        let confidential = tenant.admin("PUT", "/clients/web", Some(web())).await.expect(200);
        let first = confidential.str("/client_secret").to_owned();
        tenant.introspect("web", &first, "x").await.expect(200);
        tenant.admin("PUT", "/clients/web", Some(body)).await.expect(200);
        tenant.introspect("web", &first, "x").await.expect_error(401, "invalid_client", None);
        let patch = json!({"token_endpoint_auth_method": null});
        let again = tenant.admin("PATCH", "/clients/web", Some(patch)).await.expect(200);
        assert_ne!(again.str("/client_secret"), first);
        tenant.introspect("web", again.str("/client_secret"), "x").await.expect(200);
        tenant.introspect("web", &first, "x").await.expect_error(401, "invalid_client", None);
    }

    async fn a_merge_patch_changes_what_it_names_and_null_restores_the_default(server: Server) {
        let tenant = server.tenant("acme").await;
        let mut body = web();
        body["scope"] = "openid profile".into();
        body["id_token_signed_response_alg"] = "RS256".into();
        let created = tenant.admin("PUT", "/clients/web", Some(body)).await.expect(201);
        let patch = async |body: Value| {
            let kind = Some("application/merge-patch+json");
            raw(&server, "PATCH", "/tenants/acme/clients/web", kind, body.to_string()).await
        };
        server.advance(1);
        let named = patch(json!({"client_name": "Renamed"})).await.expect(200);
        let mut expected = created.body.clone();
        expected.as_object_mut().unwrap().remove("client_secret");
        expected["client_name"] = "Renamed".into();
        expected["updated_at"] = named.body["updated_at"].clone();
        assert_eq!(named.body, expected);
        assert_ne!(named.body["updated_at"], created.body["updated_at"]);
        let restored = patch(json!({"client_name": null, "scope": null, "id_token_signed_response_alg": null})).await.expect(200);
        assert!(restored.body.get("client_name").is_none());
        assert_eq!((restored.str("/scope"), restored.str("/id_token_signed_response_alg")), ("openid", "ES256"));
        let lists = patch(json!({"redirect_uris": ["https://rp.example/2"]})).await.expect(200);
        assert_eq!(lists.body["redirect_uris"], json!(["https://rp.example/2"]), "a list is replaced whole");
        let grants = patch(json!({"grant_types": ["client_credentials"], "scope": null})).await.expect(200);
        assert_eq!((&grants.body["response_types"], &grants.body["scope"]), (&json!([]), &json!("")));
        tenant.admin("PATCH", "/clients/nobody", Some(json!({}))).await.expect_problem(404, "not-found");
    }

    async fn of_two_patches_at_once_none_is_lost_silently(server: Server) {
        let tenant = server.tenant("acme").await;
        tenant.admin("PUT", "/clients/web", Some(web())).await.expect(201);
        for round in 0..10 {
            let (name, uris) = (json!(format!("name {round}")), json!([format!("https://rp.example/{round}")]));
            let (one, other) = tokio::join!(
                tenant.admin("PATCH", "/clients/web", Some(json!({"client_name": name}))),
                tenant.admin("PATCH", "/clients/web", Some(json!({"redirect_uris": uris}))),
            );
            let client = tenant.admin("GET", "/clients/web", None).await.expect(200);
            for (reply, member, value) in [(one, "client_name", name), (other, "redirect_uris", uris)] {
                match reply.status {
                    200 => assert_eq!(client.body[member], value, "round {round}"),
                    _ => assert_eq!(reply.expect_problem(409, "conflict").fields().len(), 0),
                }
            }
        }
    }

    async fn of_parallel_puts_one_creates_and_only_its_secret_counts(server: Server) {
        let tenant = server.tenant("acme").await;
        let replies = server.in_parallel(30, || tenant.admin("PUT", "/clients/api", Some(service()))).await;
        assert_eq!((count(&replies, 201), count(&replies, 200)), (1, 29), "{replies:?}");
        let secrets: Vec<_> = replies.iter().filter_map(|reply| reply.body["client_secret"].as_str()).collect();
        assert_eq!(secrets.len(), 1);
        tenant.introspect("api", secrets[0], "x").await.expect(200);
    }

    async fn a_removed_client_is_out_at_once_and_does_not_come_back_to_its_tokens(server: Server) {
        let tenant = server.tenant("acme").await.with_shop().await;
        let tokens = tenant.login("alice").await;
        tenant.admin("DELETE", "/clients/shop", None).await.expect(204);
        tenant.admin("DELETE", "/clients/shop", None).await.expect_problem(404, "not-found");
        tenant.admin("GET", "/clients/shop", None).await.expect_problem(404, "not-found");
        tenant.refresh("shop", &tokens.refresh).await.expect_error(401, "invalid_client", None);
        tenant.userinfo(&tokens.access).await.expect_error(401, "invalid_token", None);
        tenant.mini_program("shop", "wx0000000000000001").await;
        tenant.refresh("shop", &tokens.refresh).await.expect_error(400, "invalid_grant", None);
        tenant.userinfo(&tokens.access).await.expect_error(401, "invalid_token", None);
        tenant.login("alice").await;
    }

    async fn clients_are_listed_by_cursor_and_to_their_tenant_only(server: Server) {
        let (tenant, other) = (server.tenant("acme").await, server.tenant("other").await);
        for id in ["g", "b", "A", "f", "d", "c", "e"] {
            tenant.confidential(id).await;
        }
        other.confidential("theirs").await;
        assert_eq!(each(&by_threes(&server, "/tenants/acme/clients").await, "client_id"), ["A", "b", "c", "d", "e", "f", "g"]);
        for (method, path, body) in [
            ("GET", "/clients/theirs", None), ("PATCH", "/clients/theirs", Some(json!({}))),
            ("POST", "/clients/theirs/secret", None), ("DELETE", "/clients/theirs", None),
        ] {
            tenant.admin(method, path, body).await.expect_problem(404, "not-found");
        }
        other.admin("GET", "/clients/theirs", None).await.expect(200);
    }
}
