//! Commands that do what they are asked for.

use crate::{
    installation::{Installation, Serving, new_key, on_both},
    program::run,
};
use hufu_tests::Database;
use serde_json::{Value, json};
use std::{fs, os::unix::fs::PermissionsExt, path::Path};

/// A token by `client_credentials`, and the kid that signed it.
async fn token(serving: &Serving, secret: &str) -> u16 {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "api"),
        ("client_secret", secret),
    ];
    serving
        .http
        .post_form(&format!("{}/t/acme/token", serving.base), &form)
        .await
        .status
}

#[tokio::test]
async fn migrate_is_done_once_and_check_only_tells() {
    on_both(async |installation| {
        installation
            .run(&["migrate", "--check"], &[])
            .refused("run `hufu migrate`");
        assert!(!installation.file("hufu.db").exists(), "a check makes no file");
        let applied = installation.run(&["migrate"], &[]).ok();
        assert!(
            applied.lines().count() >= 4 && applied.lines().all(|line| line.starts_with("applied m")),
            "{applied}"
        );
        assert_eq!(installation.run(&["migrate"], &[]).ok(), "nothing was missing\n");
        assert_eq!(
            installation.run(&["migrate", "--check"], &[]).ok(),
            "nothing is missing\n"
        );
        if let Ok(file) = fs::metadata(installation.file("hufu.db")) {
            assert_eq!(file.permissions().mode() & 0o777, 0o600);
        }
    })
    .await;
}

#[tokio::test]
async fn an_operators_token_is_printed_alone_and_once_and_dies_at_once() {
    on_both(async |installation| {
        installation.run(&["migrate"], &[]).ok();
        let printed = installation
            .run(&["operator", "create", "--name", "Ops 茶"], &[])
            .ok();
        let token = printed.strip_suffix('\n').unwrap();
        assert!(
            token.starts_with("hufu_op_") && !token.contains(char::is_whitespace),
            "{printed}"
        );
        let serving = installation.serve(&[]);
        serving
            .admin(
                token,
                "PUT",
                "/tenants/acme",
                Some(json!({"display_name": "Acme"})),
            )
            .await
            .expect(201);

        let own = installation
            .run(&["operator", "create", "--name", "Own", "--tenant", "acme"], &[])
            .ok();
        let own = own.trim_end();
        serving.admin(own, "GET", "/tenants/acme", None).await.expect(200);
        serving
            .admin(own, "GET", "/tenants", None)
            .await
            .expect_problem(403, "forbidden");
        let nobody = ["operator", "create", "--name", "Own", "--tenant", "nobody"];
        installation
            .run(&nobody, &[])
            .refused("there is no tenant nobody");
        installation
            .run(&["operator", "create", "--name", ""], &[])
            .refused("--name");

        let listed = installation.run(&["operator", "list"], &[]).ok();
        let rows: Vec<Vec<_>> = listed.lines().map(|line| line.split('\t').collect()).collect();
        assert!(
            rows.len() == 2 && rows.iter().all(|row| row.len() == 5),
            "{listed}"
        );
        assert!(
            !listed.contains("hufu_op_") && listed.contains("Ops 茶"),
            "{listed}"
        );
        assert_eq!(rows[0][1], "platform");
        assert!(rows[1][1].starts_with("ten_") && rows[1][3] == "-", "{listed}");

        installation.run(&["operator", "revoke", rows[1][0]], &[]).ok();
        serving
            .admin(own, "GET", "/tenants/acme", None)
            .await
            .expect_problem(401, "unauthorized");
        serving
            .admin(token, "GET", "/tenants/acme", None)
            .await
            .expect(200);
        installation
            .run(&["operator", "revoke", rows[1][0]], &[])
            .refused("was revoked before");
        installation
            .run(&["operator", "revoke", "opr_1"], &[])
            .refused("the id");
        let unknown = "opr_01920000000070008000000000000001";
        installation
            .run(&["operator", "revoke", unknown], &[])
            .refused("there is no operator");
        let events = serving
            .admin(token, "GET", "/tenants/acme/events", None)
            .await
            .expect(200);
        assert_eq!(
            events.body["items"][0]["actor"],
            json!({"kind": "system"}),
            "{events}"
        );
        serving.stop();
    })
    .await;
}

#[test]
fn r41_every_master_key_is_new() {
    let (one, other) = (new_key(), new_key());
    assert_ne!(one, other);
    assert_eq!(
        (one.len(), one.lines().count()),
        (45, 1),
        "32 bytes in base64, and the line's end"
    );
}

#[tokio::test]
async fn the_master_key_is_replaced_and_the_old_one_is_not_needed_any_more() {
    on_both(async |installation: Installation| {
        installation.run(&["migrate"], &[]).ok();
        let operator = installation.operator();
        let serving = installation.serve(&[]);
        serving
            .admin(
                &operator,
                "PUT",
                "/tenants/acme",
                Some(json!({"display_name": "Acme"})),
            )
            .await
            .expect(201);
        let body = json!({"grant_types": ["client_credentials"]});
        let client = serving
            .admin(&operator, "PUT", "/tenants/acme/clients/api", Some(body))
            .await
            .expect(201);
        let secret = client.str("/client_secret");
        assert_eq!(token(&serving, secret).await, 200);
        serving.stop();

        let (new, old) = (
            installation.write("new.key", &new_key()),
            installation.path("master.key"),
        );
        let only_new: [(&str, &str); 1] = [("HUFU_SECRETS__MASTER_KEY_FILE", &new)];
        let both = [only_new[0], ("HUFU_SECRETS__PREVIOUS_MASTER_KEY_FILE", &old)];
        installation
            .run(&["keys", "rewrap"], &only_new)
            .refused("the master key is not the one of this database");
        let serving = installation.serve(&both);
        assert_eq!(
            token(&serving, secret).await,
            200,
            "with both keys it serves before it is rewrapped"
        );
        assert!(
            installation
                .run(&["keys", "rewrap"], &both)
                .ok()
                .starts_with("1 data key")
        );
        assert_eq!(token(&serving, secret).await, 200, "and after");
        serving.stop();
        assert!(
            installation
                .run(&["keys", "rewrap"], &both)
                .ok()
                .starts_with("0 data key"),
            "it can be run again"
        );

        let serving = installation.serve(&only_new);
        assert_eq!(token(&serving, secret).await, 200);
        let events = serving.admin(&operator, "GET", "/events", None).await.expect(200);
        let kinds = events.body["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|e| e["kind"] == "master_key.rewrapped");
        assert_eq!(kinds.count(), 1, "{events}");
        serving.stop();
        installation
            .run(&["serve"], &[])
            .refused("the master key is not the one of this database");
    })
    .await;
}

#[test]
fn openapi_prints_the_document_that_is_committed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let committed = fs::read_to_string(root.join("openapi/openapi.json")).unwrap();
    assert!(
        run(&["openapi"], &[]).ok() == committed,
        "run `hufu openapi > openapi/openapi.json`"
    );
}

#[tokio::test]
async fn a_server_tells_its_health_and_ends_well_when_it_is_told_to() {
    on_both(async |installation: Installation| {
        installation.run(&["migrate"], &[]).ok();
        let serving = installation.serve(&[]);
        let metrics = serving.metrics.clone();
        let variables = [("HUFU_METRICS__LISTEN", metrics.as_str())];
        assert_eq!(installation.run(&["healthcheck"], &variables).ok(), "");
        for path in ["healthz", "readyz", "metrics"] {
            serving
                .http
                .get(&format!("http://{metrics}/{path}"))
                .await
                .expect(200);
            serving
                .http
                .get(&format!("{}/{path}", serving.base))
                .await
                .expect(404);
        }
        let told = serving.stop();
        let last: Value = serde_json::from_str(told.lines().last().unwrap()).unwrap();
        assert_eq!(last["message"], "stopping", "every line of the log is JSON");
        installation.run(&["healthcheck"], &variables).refused(&metrics);
    })
    .await;
}

#[tokio::test]
async fn without_a_file_every_key_comes_from_the_environment() {
    let installation = Installation::new(Database::Sqlite);
    let key = new_key();
    let variables = [
        ("HUFU_SERVER__BASE_URL", "http://127.0.0.1:8080"),
        ("HUFU_DATABASE__URL", installation.database.as_str()),
        ("HUFU_SECRETS__MASTER_KEY", key.trim_end()),
    ];
    run(&["migrate"], &variables).ok();
    let token = run(&["operator", "create", "--name", "Ops"], &variables).ok();
    assert!(token.starts_with("hufu_op_"));
}
