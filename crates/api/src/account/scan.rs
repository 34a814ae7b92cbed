//! Sign-in by scan, on the phone: the mini-program's page reads a code, shows what it is about, and says yes or no.

use super::{
    caller::Caller,
    json::{AccountBody, Body, Done, Private, done, private},
};
use crate::{
    oidc::{Refused, schema},
    pages::browser_name,
};
use chrono::{DateTime, Utc};
use hufu_core::scan::Read;
use hufu_oauth::hosted::scan;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use utoipa::ToSchema;

/// A code that was scanned.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ScannedCode {
    /// What the page's `onLoad` got: `decodeURIComponent(query.scene)`.
    #[schema(min_length = 22, max_length = 22)]
    scene: String,
}

impl Body for ScannedCode {
    const RULE: &'static str = "the body must be an object with scene, a text, alone";
}

/// What to show before the person decides.
#[derive(Serialize, ToSchema)]
pub(super) struct ScanToConfirm {
    /// What the browser signs in to; null where that is the tenant's own pages.
    client_name: Option<String>,
    /// The tenant's name.
    tenant_name: String,
    /// Two digits. The browser shows the same: ask the person to compare.
    #[schema(example = "47")]
    match_code: String,
    /// What kind of browser it says that it is, such as `Chrome · Windows`, in the language of the request; null where that is not known.
    browser: Option<String>,
    /// Where it is, without its last part: `203.0.113.0/24`, `2001:db8::/48`; null where that is not known.
    ip: Option<String>,
    /// Whether the phone is in the same network. Phones often are not, so that `false` is a reason to look closely and no more; null where
    /// that is not known.
    same_network: Option<bool>,
    /// When the browser asked.
    asked_at: DateTime<Utc>,
    /// Seconds that are left to decide.
    expires_in: u32,
}

/// Read a scanned code
///
/// From now on only this user may decide about the code. Show the person everything in the answer, and two buttons. The user must
/// have an identity of the mini-program that the tenant's setting `scan` names: `wechat_required` otherwise.
#[utoipa::path(
    post,
    path = "/t/{tenant}/scan",
    tag = "Account",
    security(("access_token" = ["account"])),
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    request_body = ScannedCode,
    responses(
        (status = 200, description = "What to show", body = ScanToConfirm),
        (status = 400, description = "`scan_expired` (or there never was such a code), `scan_decided`, `scan_taken` or `wechat_required`", body = schema::OAuthError),
        (status = 401, description = "The access token is missing or dead", body = schema::OAuthError),
        (status = 403, description = "The access token does not have scope `account`", body = schema::OAuthError),
        (status = 404, description = "No such tenant", body = schema::OAuthError),
        (status = 413, description = "The body is over 64 KiB", body = schema::OAuthError),
        (status = 503, description = "The database is away; see `Retry-After`", body = schema::OAuthError),
    )
)]
pub(super) async fn read_scan(
    caller: Caller,
    AccountBody(code): AccountBody<ScannedCode>,
) -> Result<Private<ScanToConfirm>, Refused> {
    let cx = caller.context();
    let seen = scan::read(&cx, &code.scene, Read::Look, caller.by(), &caller.client).await?;
    let scan = &seen.scan;
    let left = scan.expires_at.signed_duration_since(cx.now).num_seconds();
    Ok(private(ScanToConfirm {
        client_name: seen
            .client
            .map(|client| client.name.clone().unwrap_or_else(|| client.id.to_string())),
        tenant_name: cx.issuer.tenant.display_name.to_string(),
        match_code: format!("{:02}", scan.match_code),
        browser: (scan.user_agent.as_deref()).and_then(|name| browser_name(name, cx.locale)),
        ip: scan.ip.map(network),
        same_network: (scan.ip.zip(cx.ip)).map(|(browser, phone)| network(browser) == network(phone)),
        asked_at: scan.created_at,
        expires_in: u32::try_from(left).unwrap_or_default(),
    }))
}

/// What the person wants.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ScanDecision {
    Confirm,
    Deny,
}

/// A decision about a code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DecidedScan {
    /// The same as before.
    #[schema(min_length = 22, max_length = 22)]
    scene: String,
    /// `confirm`: the browser is signed in as this user. `deny`: it is not.
    #[schema(inline)]
    decision: ScanDecision,
}

impl Body for DecidedScan {
    const RULE: &'static str = "the body must be an object with scene, a text, and decision, confirm or deny";
}

/// Decide about a scanned code
///
/// Call it when the person taps a button, never without: whoever confirms lets that browser in as themselves. The code must have been
/// read before.
#[utoipa::path(
    post,
    path = "/t/{tenant}/scan/confirm",
    tag = "Account",
    security(("access_token" = ["account"])),
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    request_body = DecidedScan,
    responses(
        (status = 204, description = "It is decided"),
        (status = 400, description = "`scan_expired` (or nobody has read such a code), `scan_decided`, `scan_taken` or `wechat_required`", body = schema::OAuthError),
        (status = 401, description = "The access token is missing or dead; or `insufficient_user_authentication`: to confirm, the sign-in must be of the last five minutes", body = schema::OAuthError),
        (status = 403, description = "The access token does not have scope `account`", body = schema::OAuthError),
        (status = 404, description = "No such tenant", body = schema::OAuthError),
        (status = 413, description = "The body is over 64 KiB", body = schema::OAuthError),
        (status = 503, description = "The database is away; see `Retry-After`", body = schema::OAuthError),
    )
)]
pub(super) async fn decide_scan(
    caller: Caller,
    AccountBody(decided): AccountBody<DecidedScan>,
) -> Result<Done, Refused> {
    let read = match decided.decision {
        // The browser gets a sign-in of now: an access token that was stolen, or is of long ago, does not make one.
        ScanDecision::Confirm => {
            caller.require_fresh()?;
            Read::Confirm
        }
        ScanDecision::Deny => Read::Deny,
    };
    scan::read(
        &caller.context(),
        &decided.scene,
        read,
        caller.by(),
        &caller.client,
    )
    .await?;
    Ok(done())
}

/// The network of an address: enough to see that it is another city's, and nobody's own.
pub(crate) fn network(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(ip) => {
            let [a, b, c, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_as_its_network() {
        let network = |ip: &str| network(ip.parse().unwrap());
        assert_eq!(network("203.0.113.9"), "203.0.113.0/24");
        assert_eq!(network("::ffff:203.0.113.9"), "203.0.113.0/24");
        assert_eq!(network("2001:db8:1:2::9"), "2001:db8:1::/48");
    }
}
