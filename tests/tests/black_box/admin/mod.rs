//! Endpoints below `/admin/v1`.
#![allow(clippy::unwrap_used, reason = "what is not there fails the test")]

mod authentication;
mod clients;
mod events;
mod import;
mod key_rotation;
mod keys;
mod operators;
mod problems;
mod sms;
mod tenants;
mod unmerge;
mod users;
mod wechat_apps;

use hufu_tests::{Reply, Server, Tenant};
use serde_json::Value;
use std::collections::BTreeSet;

/// All items of a listing, read by pages of three; no page but the last is short.
async fn by_threes(server: &Server, path: &str) -> Vec<Value> {
    let (mut items, mut query) = (Vec::new(), "?limit=3".to_owned());
    loop {
        let page = server
            .admin("GET", &format!("{path}{query}"), None)
            .await
            .expect(200);
        let (found, next) = (list(&page), page.body["next_cursor"].as_str());
        assert!(found.len() == 3 || next.is_none() && found.len() < 3, "{page}");
        items.extend(found);
        let Some(next) = next else { return items };
        query = format!("?limit=3&cursor={next}");
    }
}

/// The items of a listing's answer.
fn list(reply: &Reply) -> Vec<Value> {
    reply.body["items"]
        .as_array()
        .unwrap_or_else(|| panic!("no items in {reply}"))
        .clone()
}

/// One member of each item.
fn each<'a>(items: &'a [Value], member: &str) -> Vec<&'a str> {
    items
        .iter()
        .map(|item| {
            item[member]
                .as_str()
                .unwrap_or_else(|| panic!("no {member} in {item}"))
        })
        .collect()
}

/// The pointers of a refusal for broken rules, in alphabetical order.
#[track_caller]
fn broken(reply: Reply) -> BTreeSet<String> {
    reply
        .expect_problem(422, "invalid-request")
        .fields()
        .into_iter()
        .map(str::to_owned)
        .collect()
}

/// Pointers as [`broken`] gives them.
fn pointers<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(str::to_owned).into()
}

/// The kinds of the tenant's events, newest first.
async fn kinds(tenant: &Tenant<'_>) -> Vec<String> {
    each(&tenant.events().await, "kind")
        .into_iter()
        .map(str::to_owned)
        .collect()
}

/// A problem's body without what differs from one request to the next.
fn apart_from_id(reply: &Reply) -> Value {
    let mut body = reply.body.clone();
    body.as_object_mut()
        .unwrap_or_else(|| panic!("no object: {reply}"))
        .remove("request_id");
    body
}

/// How many of the answers have that status.
fn count(replies: &[Reply], status: u16) -> usize {
    replies.iter().filter(|reply| reply.status == status).count()
}

/// Sends a body as it is, as the platform's operator.
async fn raw(
    server: &Server,
    method: &str,
    path: &str,
    kind: Option<&str>,
    body: impl Into<Vec<u8>>,
) -> Reply {
    let request = server
        .http
        .request(method, &format!("{}/admin/v1{path}", server.base));
    let mut request = request.bearer_auth(&server.operator).body(body.into());
    if let Some(kind) = kind {
        request = request.header("content-type", kind);
    }
    server.http.send(request).await
}
