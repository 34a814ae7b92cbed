//! Undoing a merge, and how a user that closed the account is shown.

use super::{kinds, list};
use hufu_tests::{Server, Tenant, Tokens, on_both_databases};
use serde_json::{Value, json};

const PHONE: &str = "+8613800138000";
const PASSWORD: &str = "teapot violin 42 harbour";
const DAY: u32 = 86_400;

fn access(tokens: &Value) -> &str {
    tokens["access_token"].as_str().unwrap()
}

/// A user with a username and one with a phone, merged into the first by proof of both. Gives their ids.
async fn merged(tenant: &Tenant<'_>) -> (String, String) {
    tenant.sms_account().await;
    let by_phone = tenant.sign_in_by_phone(PHONE).await;
    let merged = tenant.sub(access(&by_phone)).await;
    tenant.server.advance(61);
    let by_name = tenant.register("li.ming", PASSWORD).await;
    let into = tenant.sub(access(&by_name)).await;
    let link = async |body: Value| {
        tenant
            .account("POST", "/identities", access(&by_name), Some(body))
            .await
    };
    link(json!({"phone": PHONE})).await.expect(202);
    let offer = link(json!({"phone": PHONE, "otp": tenant.server.sms_code(PHONE)})).await;
    assert_eq!(offer.str("/reason"), "phone_taken");
    let done = link(json!({"auth_session": offer.str("/auth_session"), "merge": true}))
        .await
        .expect(200);
    assert_eq!(
        (done.str("/sub"), done.str("/merged")),
        (into.as_str(), merged.as_str())
    );
    (merged, into)
}

async fn unmerge(tenant: &Tenant<'_>, id: &str) -> hufu_tests::Reply {
    tenant.admin("POST", &format!("/users/{id}/unmerge"), None).await
}

async fn identities(tenant: &Tenant<'_>, id: &str) -> Vec<String> {
    let reply = tenant
        .admin("GET", &format!("/users/{id}/identities"), None)
        .await;
    super::each(&list(&reply.expect(200)), "kind")
        .into_iter()
        .map(str::to_owned)
        .collect()
}

on_both_databases! {
    async fn a_merge_is_undone_with_the_identities_that_moved(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let (gone, into) = merged(&tenant).await;
        let shown = tenant.admin("GET", &format!("/users/{gone}"), None).await.expect(200);
        assert_eq!((shown.str("/status"), shown.str("/merged_into")), ("merged", into.as_str()));
        server.advance(61);
        let signed_in = tenant.sign_in_by_phone(PHONE).await;
        assert_eq!(tenant.sub(access(&signed_in)).await, into);

        server.advance(61);
        let back = unmerge(&tenant, &gone).await.expect(200);
        assert_eq!((back.str("/id"), back.str("/status"), back.body.get("merged_into")), (gone.as_str(), "active", None));
        assert_eq!(tenant.admin("GET", &format!("/users/{gone}"), None).await.expect(200).body, back.body);
        assert_eq!((identities(&tenant, &gone).await, identities(&tenant, &into).await), (vec!["phone".to_owned()], vec!["account".to_owned()]));
        tenant.userinfo(access(&signed_in)).await.expect_error(401, "invalid_token", None);
        let again = tenant.sign_in_by_phone(PHONE).await;
        assert_eq!(tenant.sub(access(&again)).await, gone);
        let step = tenant.sign_in_by_password("li.ming", PASSWORD).await.expect(200);
        let by_name = Tokens::of(tenant.redeem(step.str("/authorization_code")).await);
        assert_eq!(tenant.sub(&by_name.access).await, into);
        let event = tenant.events().await.into_iter().find(|event| event["kind"] == "user.unmerged").unwrap();
        assert_eq!((&event["target"], &event["actor"]["kind"]), (&json!(gone), &json!("operator")));
        unmerge(&tenant, &gone).await.expect_problem(404, "not-found");
    }

    async fn after_thirty_days_a_merge_is_final(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let (gone, _) = merged(&tenant).await;
        server.advance(30 * DAY);
        let refused = unmerge(&tenant, &gone).await.expect_problem(409, "merge-final");
        assert!(refused.str("/detail").contains("thirty days"), "{refused}");
        assert!(!kinds(&tenant).await.contains(&"user.unmerged".to_owned()));
    }

    async fn a_merge_that_would_leave_one_of_the_two_without_identity_stays(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let (gone, into) = merged(&tenant).await;
        server.advance(61);
        let step = tenant.sign_in_by_password("li.ming", PASSWORD).await.expect(200);
        let tokens = Tokens::of(tenant.redeem(step.str("/authorization_code")).await);
        let own = tenant.account("GET", "/identities", &tokens.access, None).await.expect(200);
        let phone = own.body["identities"].as_array().unwrap().iter().find(|identity| identity["kind"] == "phone").unwrap()["id"].clone();
        tenant.account("DELETE", &format!("/identities/{}", phone.as_str().unwrap()), &tokens.access, None).await.expect(204);
        unmerge(&tenant, &gone).await.expect_problem(409, "merge-inseparable");
        assert_eq!(identities(&tenant, &into).await, ["account"]);
    }

    async fn r24_there_is_nothing_to_undo_of_others(server: Server) {
        let (tenant, other) = (server.tenant("acme").await.with_members().await, server.tenant("other").await);
        let (gone, into) = merged(&tenant).await;
        for id in [into.as_str(), "usr_01920000000070008000000000000001", "alice"] {
            unmerge(&tenant, id).await.expect_problem(404, "not-found");
        }
        unmerge(&other, &gone).await.expect_problem(404, "not-found");
        let own = server.admin("POST", "/operators", Some(json!({"name": "own", "tenant": "other"}))).await.expect(201);
        let foreign = server.admin_as(own.str("/token"), "POST", &format!("/tenants/acme/users/{gone}/unmerge"), None).await;
        foreign.expect_problem(404, "not-found");
        unmerge(&tenant, &gone).await.expect(200);
    }
}
