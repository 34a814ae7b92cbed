//! One person with many identities: ways in that meet in a login, and linking, unlinking and merging by the account API.

mod joining;
mod linking;
mod merge;
mod merge_refused;
mod races;
mod unlinking;
mod unmerge;

use super::challenge::app::Login;
use hufu_tests::{Reply, Tenant, Tokens};
use serde_json::{Value, json};

/// A phone of whoever a test is about.
const ALICE: &str = "+8613800138000";
/// Another one.
const BOB: &str = "+8613900139000";

/// `POST /account/identities`.
async fn link(tenant: &Tenant<'_>, user: &Tokens, body: Value) -> Reply {
    tenant
        .account("POST", "/identities", &user.access, Some(body))
        .await
}

/// Adds a phone by the code that is sent there.
async fn link_phone(tenant: &Tenant<'_>, user: &Tokens, phone: &str) -> Reply {
    link(tenant, user, json!({"phone": phone})).await.expect(202);
    let otp = tenant.server.sms_code(phone);
    link(tenant, user, json!({"phone": phone, "otp": otp})).await
}

/// The `auth_session` of an offer to merge.
#[track_caller]
fn offer(reply: Reply, reason: &str) -> String {
    let reply = reply.expect_error(400, "access_denied", Some(reason));
    assert_eq!(reply.body["next"], json!(["merge"]), "{reply}");
    reply.str("/auth_session").to_owned()
}

/// Takes an offer to merge.
async fn merge(tenant: &Tenant<'_>, user: &Tokens, auth_session: &str) -> Reply {
    link(tenant, user, json!({"auth_session": auth_session, "merge": true})).await
}

/// `DELETE /account/identities/{id}` of the user's first identity of a kind.
async fn unlink(tenant: &Tenant<'_>, user: &Tokens, kind: &str) -> Reply {
    let id = identity(tenant, user, kind).await;
    tenant
        .account("DELETE", &format!("/identities/{id}"), &user.access, None)
        .await
}

/// The id of the user's first identity of a kind.
async fn identity(tenant: &Tenant<'_>, user: &Tokens, kind: &str) -> String {
    let own = tenant
        .account("GET", "/identities", &user.access, None)
        .await
        .expect(200);
    let all = own.body["identities"].as_array().expect("identities");
    let found = all.iter().find(|one| one["kind"] == kind);
    found.unwrap_or_else(|| panic!("no {kind} in {own}"))["id"]
        .as_str()
        .expect("an id")
        .to_owned()
}

/// Somebody with WeChat and a phone, who signs in by one of these.
async fn with_wechat_and_phone(tenant: &Tenant<'_>, person: &str, phone: &str) -> Tokens {
    let mut login = Login::new(*tenant);
    let code = super::challenge::app::wx(tenant, person);
    login.step(&[("js_code", &code), ("phone", phone)]).await;
    let otp = tenant.server.sms_code(phone);
    let reply = login.step(&[("otp", &otp)]).await;
    super::challenge::app::as_app(tenant, reply).await
}

/// What must hold of the rows whatever was done: each identity has one user, who has a way in.
#[track_caller]
fn rows_are_whole(tenant: &Tenant<'_>) {
    for (what, sql) in [
        (
            "live users without an identity",
            "SELECT count(*) FROM users u WHERE u.merged_into IS NULL AND NOT EXISTS \
            (SELECT 1 FROM identities i WHERE i.tenant_id = u.tenant_id AND i.user_id = u.id)",
        ),
        (
            "identities of tombstones",
            "SELECT count(*) FROM identities i JOIN users u ON u.tenant_id = i.tenant_id AND u.id = i.user_id \
            WHERE u.merged_into IS NOT NULL",
        ),
        (
            "passwords without an identity",
            "SELECT count(*) FROM passwords p WHERE NOT EXISTS \
            (SELECT 1 FROM identities i WHERE i.tenant_id = p.tenant_id AND i.id = p.identity_id)",
        ),
        (
            "users with two phones",
            "SELECT count(*) FROM (SELECT 1 FROM identities WHERE kind = 'phone' GROUP BY tenant_id, user_id HAVING count(*) > 1) x",
        ),
        (
            "users with two usernames",
            "SELECT count(*) FROM (SELECT 1 FROM identities WHERE kind = 'account' GROUP BY tenant_id, user_id HAVING count(*) > 1) x",
        ),
    ] {
        assert_eq!(tenant.server.number(sql), 0, "{what}");
    }
}
