//! RFC 9457: what bad input gets, whatever the endpoint. Never a 5xx.

use super::{broken, pointers, raw};
use hufu_tests::{Http, Server, on_both_databases};
use serde_json::json;

const JSON: Option<&str> = Some("application/json");

/// Every endpoint that takes a body, with one that it takes.
const WRITES: [(&str, &str, &str); 10] = [
    ("PUT", "/tenants/acme", r#"{"display_name":"a"}"#),
    ("PATCH", "/tenants/acme", r#"{"display_name":"a"}"#),
    (
        "PUT",
        "/tenants/acme/wechat-apps/wx0000000000000001",
        r#"{"kind":"mini_program","secret":"s"}"#,
    ),
    (
        "PUT",
        "/tenants/acme/clients/api",
        r#"{"grant_types":["client_credentials"]}"#,
    ),
    ("PATCH", "/tenants/acme/clients/api", r#"{"client_name":"a"}"#),
    ("POST", "/tenants/acme/keys", r#"{"alg":"ES256"}"#),
    ("POST", "/operators", r#"{"name":"a"}"#),
    (
        "PATCH",
        "/tenants/acme/users/usr_01920000000070008000000000000001",
        r#"{"status":"active"}"#,
    ),
    ("PUT", "/tenants/acme/sms", r#"{"vendor":"console"}"#),
    (
        "POST",
        "/tenants/acme/users",
        r#"{"phone_number":"+8613800138000"}"#,
    ),
];

const LISTINGS: [&str; 7] = [
    "/tenants",
    "/events",
    "/operators",
    "/tenants/acme/wechat-apps",
    "/tenants/acme/clients",
    "/tenants/acme/users",
    "/tenants/acme/events",
];

on_both_databases! {
    async fn a_body_of_another_type_is_415(server: Server) {
        let tenant = server.tenant("acme").await;
        tenant.confidential("api").await;
        for (method, path, body) in WRITES {
            for kind in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonp"), Some("application/")] {
                let refused = raw(&server, method, path, kind, body).await.expect_problem(415, "unsupported-media-type");
                assert!(refused.str("/detail").contains("application/json"), "{refused}");
            }
        }
        raw(&server, "PUT", "/tenants/acme", Some("Application/JSON; charset=utf-8"), WRITES[0].2).await.expect(200);
        let merge = Some("application/merge-patch+json");
        raw(&server, "PATCH", "/tenants/acme", merge, WRITES[1].2).await.expect(200);
        raw(&server, "PUT", "/tenants/acme", merge, WRITES[0].2).await.expect_problem(415, "unsupported-media-type");
    }

    async fn r62_what_is_not_json_is_malformed_and_never_an_error_of_the_server(server: Server) {
        let tenant = server.tenant("acme").await;
        tenant.confidential("api").await;
        let deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
        let deep_objects = r#"{"a":"#.repeat(10_000);
        for (method, path, _) in WRITES {
            for body in ["", "{", "{}x", "nul", "{'a':1}", "\u{feff}{}", r#"{"a":"\ud800"}"#, r#"{"a":1e999}"#, "{\"a\":\"\u{1}\"}", &deep, &deep_objects] {
                let refused = raw(&server, method, path, JSON, body).await;
                let start: String = body.chars().take(20).collect();
                assert!(matches!(refused.status, 400 | 422), "{method} {path} {start:?}: {refused}");
                assert_eq!(refused.header("content-type"), Some("application/problem+json"));
            }
            let bytes = raw(&server, method, path, JSON, b"{\"a\":\"\xff\"}".to_vec()).await;
            assert!(matches!(bytes.status, 400 | 422), "{bytes}");
        }
        raw(&server, "PUT", "/tenants/acme", JSON, deep).await.expect(422);
        raw(&server, "PATCH", "/tenants/acme", JSON, deep_objects).await.expect_problem(400, "malformed-request");
        raw(&server, "PUT", "/tenants/acme", JSON, "{").await.expect_problem(400, "malformed-request");
    }

    async fn r62_a_body_over_64_kib_is_413(server: Server) {
        let tenant = server.tenant("acme").await;
        tenant.confidential("api").await;
        let huge = format!(r#"{{"display_name":"{}"}}"#, "a".repeat(64 * 1_024));
        for (method, path, _) in WRITES {
            // A connection of its own: it ends with a body that nobody reads.
            let request = Http::new().request(method, &format!("{}/admin/v1{path}", server.base));
            let request = request.bearer_auth(&server.operator).header("content-type", "application/json").body(huge.clone());
            server.http.send(request).await.expect_problem(413, "body-too-large");
        }
        let padded = format!("{}{}", WRITES[0].2, " ".repeat(64 * 1_024 - WRITES[0].2.len()));
        raw(&server, "PUT", "/tenants/acme", JSON, padded).await.expect(200);
    }

    async fn a_member_given_twice_or_something_that_is_no_object_is_refused(server: Server) {
        let tenant = server.tenant("acme").await;
        let twice = raw(&server, "PUT", "/tenants/acme", JSON, r#"{"display_name":"a","display_name":"b"}"#).await;
        assert!(twice.text.contains("duplicate field"), "{twice}");
        assert_eq!(broken(twice), pointers(["#"]));
        for body in ["null", "[]", "7", "\"a\"", "true"] {
            for (method, path) in [("PUT", ""), ("PATCH", ""), ("PUT", "/clients/api"), ("POST", "/keys"), ("PUT", "/sms"), ("POST", "/users")] {
                let refused = raw(&server, method, &format!("/tenants/acme{path}"), JSON, body).await;
                assert_eq!(broken(refused), pointers(["#"]), "{method} {path} {body}");
            }
        }
        assert_eq!(tenant.admin("GET", "", None).await.expect(200).str("/display_name"), "acme");
    }

    async fn r62_a_page_that_cannot_be_is_refused_by_every_listing(server: Server) {
        server.tenant("acme").await;
        for path in LISTINGS {
            for (query, parameter) in [
                ("limit=0", Some("limit")), ("limit=201", Some("limit")), ("limit=-1", None), ("limit=65536", None), ("limit=abc", None),
                ("limit=", None), ("limit=1&limit=2", None), ("cursor=!", Some("cursor")), ("cursor=", Some("cursor")),
                ("cursor=AA", Some("cursor")), ("cursor=%00", Some("cursor")), ("page=2", None), ("limit=1&offset=1", None),
            ] {
                let refused = server.admin("GET", &format!("{path}?{query}"), None).await;
                assert_eq!(refused.body["errors"][0]["parameter"].as_str(), parameter, "{path}?{query}: {refused}");
                refused.expect_problem(400, "malformed-request");
            }
            for limit in [1, 200] {
                server.admin("GET", &format!("{path}?limit={limit}"), None).await.expect(200);
            }
        }
    }

    async fn r62_a_cursor_of_another_listing_harms_nothing(server: Server) {
        for slug in ["acme", "other"] {
            server.tenant(slug).await.confidential("a").await;
        }
        server.admin("PUT", "/tenants/acme/clients/b", Some(json!({"grant_types": ["client_credentials"]}))).await.expect(201);
        server.admin("POST", "/operators", Some(json!({"name": "second"}))).await.expect(201);
        let mut cursors = vec!["Jw".to_owned(), "J10tLQ".to_owned()];
        for path in LISTINGS {
            let page = server.admin("GET", &format!("{path}?limit=1"), None).await.expect(200);
            cursors.extend(page.body["next_cursor"].as_str().map(str::to_owned));
        }
        assert!(cursors.len() >= 7, "{cursors:?}");
        for path in LISTINGS {
            for cursor in &cursors {
                let reply = server.admin("GET", &format!("{path}?cursor={cursor}"), None).await;
                assert!(matches!(reply.status, 200 | 400), "{path}?cursor={cursor}: {reply}");
            }
        }
    }

    async fn a_name_that_cannot_be_is_never_an_error_of_the_server(server: Server) {
        let tenant = server.tenant("acme").await;
        let long = "a".repeat(5_000);
        for folder in ["wechat-apps", "clients", "users", "keys"] {
            for name in ["%00", "%FF", "%C3%28", "a%2Fb", "%27%20OR%201%3D1", "..%2f..", &long] {
                for (method, body) in [("GET", None), ("DELETE", None), ("PUT", Some(json!({}))), ("PATCH", Some(json!({})))] {
                    let reply = tenant.admin(method, &format!("/{folder}/{name}"), body).await;
                    assert!(matches!(reply.status, 400 | 404 | 405 | 422), "{method} {folder}/{name}: {reply}");
                }
            }
        }
    }

    async fn every_problem_has_the_id_of_its_request(server: Server) {
        let first = server.admin("GET", "/tenants/nobody", None).await.expect_problem(404, "not-found");
        let second = server.admin("GET", "/tenants/nobody", None).await.expect_problem(404, "not-found");
        assert_eq!(first.header("x-request-id"), Some(first.str("/request_id")));
        assert_ne!(first.str("/request_id"), second.str("/request_id"));
        let request = server.http.request("GET", &format!("{}/admin/v1/tenants/nobody", server.base));
        let named = server.http.send(request.bearer_auth(&server.operator).header("x-request-id", "mine-1")).await;
        assert_eq!((named.str("/request_id"), named.header("x-request-id")), ("mine-1", Some("mine-1")));
        assert!(first.body["title"].is_string());
    }

    async fn what_is_not_there_is_404_and_a_wrong_method_405(server: Server) {
        server.tenant("acme").await;
        for path in ["", "/", "/nothing", "/tenants/", "/tenants/acme/", "/tenants/acme/nothing", "/tenants/acme/clients/", "/tenants//users"] {
            server.admin("GET", path, None).await.expect_problem(404, "not-found");
        }
        for (method, path, allowed) in [
            ("POST", "/tenants", "GET"), ("POST", "/tenants/acme", "PUT"), ("PUT", "/tenants/acme/users", "GET"), ("PATCH", "/operators", "POST"),
        ] {
            let refused = server.admin(method, path, Some(json!({}))).await.expect_problem(405, "method-not-allowed");
            assert!(refused.header("allow").unwrap().contains(allowed), "{refused}");
        }
    }
}
