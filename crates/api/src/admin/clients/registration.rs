//! What a client may be registered as: rules of each member, and rules between them.

mod details;
mod keys;

use self::{details::details, keys::keys};
use super::body::ClientRequest;
use crate::{problem::Problem, wire::Fields};
use hufu_core::{
    Instant, Invalid,
    client::{
        Client, ClientAuthMethod, ClientAuthentication, ClientDetails, ClientId, ClientKeys, GrantType,
        RedirectUri,
    },
    scope::{self, Scope},
    signing_key::SigningAlgorithm,
    tenant::DisplayName,
    token::SecretHash,
    wechat_app::AppId,
};
use std::collections::BTreeSet;

/// The most redirection URIs of one client; the same for its other lists.
const MOST_IN_A_LIST: usize = 32;

/// A client's metadata, checked.
#[derive(Debug)]
pub(crate) struct Registration {
    name: Option<DisplayName>,
    method: ClientAuthMethod,
    grant_types: Vec<GrantType>,
    redirect_uris: Vec<RedirectUri>,
    scope: Scope,
    alg: SigningAlgorithm,
    first_party: bool,
    wechat_appid: Option<AppId>,
    keys: Option<ClientKeys>,
    details: ClientDetails,
}

/// Whether the tenant has the WeChat app that a request names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WechatAppKnown {
    /// It has it, or the request names none.
    Yes,
    /// It has not.
    No,
}

impl Registration {
    /// The client, with the hash of a secret for the case that it is confidential.
    pub(crate) fn client(self, id: ClientId, secret: SecretHash, now: Instant) -> Client {
        let method = self.method;
        Client {
            id,
            name: self.name.map(|name| name.to_string()),
            authentication: match (method, self.keys) {
                (ClientAuthMethod::None, _) => ClientAuthentication::None,
                (ClientAuthMethod::PrivateKeyJwt, Some(keys)) => ClientAuthentication::PrivateKeyJwt(keys),
                (method, _) => ClientAuthentication::Secret { method, hash: secret },
            },
            grant_types: self.grant_types,
            redirect_uris: self.redirect_uris,
            scope: self.scope,
            id_token_signed_response_alg: self.alg,
            first_party: self.first_party,
            wechat_appid: self.wechat_appid,
            details: self.details,
            registration_token: None,
            created_at: now,
            updated_at: now,
        }
    }
}

/// Checks everything. RFC 7591 §2 has the defaults.
pub(crate) fn check(request: &ClientRequest, app: WechatAppKnown) -> Result<Registration, Problem> {
    let mut fields = Fields::default();
    let registration = members(request, &mut fields);
    if let Some(registration) = &registration {
        grants(request, registration, &mut fields);
        details::rules(registration, &mut fields);
        response_types(request.response_types.as_deref(), registration, &mut fields);
    }
    if app == WechatAppKnown::No {
        fields.refuse(
            "/wechat_appid",
            "must be a WeChat app of the tenant: add it first",
        );
    }
    fields.finish(registration)
}

/// Rules of each member. `None` only where one that others depend on is broken.
fn members(request: &ClientRequest, fields: &mut Fields) -> Option<Registration> {
    let name = request.client_name.as_deref().map(DisplayName::parse);
    let name = fields.keep_optional("/client_name", name);
    let redirect_uris = distinct(
        &request.redirect_uris,
        "/redirect_uris",
        RedirectUri::parse,
        fields,
    );
    let grant_types = grant_types(request.grant_types.as_deref(), fields);
    let method = request.token_endpoint_auth_method.as_deref();
    let method = ClientAuthMethod::parse(method.unwrap_or("client_secret_basic"));
    let method = fields.keep("/token_endpoint_auth_method", method);
    let scope = request.scope.as_deref().map(known_scope);
    let scope = match scope {
        Some(scope) => fields.keep("/scope", scope),
        None => Some(default_scope(grant_types.as_deref().unwrap_or_default())),
    };
    let alg = request.id_token_signed_response_alg.as_deref();
    let alg = alg.map_or(Ok(SigningAlgorithm::Es256), SigningAlgorithm::parse);
    let alg = fields.keep("/id_token_signed_response_alg", alg);
    let wechat_appid = request.wechat_appid.as_deref().map(AppId::parse);
    let wechat_appid = fields.keep_optional("/wechat_appid", wechat_appid);
    let keys = keys(request, method, fields);
    let details = details(request, fields);
    Some(Registration {
        name,
        keys,
        details: details?,
        method: method?,
        grant_types: grant_types?,
        redirect_uris,
        scope: scope?,
        alg: alg?,
        first_party: request.first_party,
        wechat_appid,
    })
}

/// What each grant type needs.
fn grants(request: &ClientRequest, registration: &Registration, fields: &mut Fields) {
    let has = |grant| registration.grant_types.contains(&grant);
    // RFC 7591 §2 asks for them where people are redirected. A client of the tenant's own can do without: it gets its codes
    // from the authorization challenge endpoint.
    if has(GrantType::AuthorizationCode) && request.redirect_uris.is_empty() && !registration.first_party {
        fields.refuse(
            "/redirect_uris",
            "authorization_code needs at least one, unless first_party is true",
        );
    }
    if has(GrantType::WechatCode) {
        if !registration.first_party {
            fields.refuse(
                "/first_party",
                "must be true: only a tenant's own client may send login codes",
            );
        }
        if request.wechat_appid.is_none() {
            fields.refuse(
                "/wechat_appid",
                "urn:hufu:grant-type:wechat-code needs the app whose login codes the client sends",
            );
        }
    }
    if has(GrantType::ClientCredentials) && registration.method == ClientAuthMethod::None {
        // RFC 6749 §4.4
        fields.refuse(
            "/token_endpoint_auth_method",
            "must not be none: client_credentials is for confidential clients",
        );
    }
    let begins = [
        GrantType::AuthorizationCode,
        GrantType::WechatCode,
        GrantType::DeviceCode,
    ]
    .into_iter()
    .any(has);
    if has(GrantType::RefreshToken) && !begins {
        fields.refuse(
            "/grant_types",
            "refresh_token needs a grant that gives refresh tokens: authorization_code, \
             urn:hufu:grant-type:wechat-code or urn:ietf:params:oauth:grant-type:device_code",
        );
    }
}

/// They follow from the grant types (RFC 7591 §2.1), so they may only repeat them.
fn response_types(given: Option<&[String]>, registration: &Registration, fields: &mut Fields) {
    let Some(given) = given else { return };
    let code = registration.grant_types.contains(&GrantType::AuthorizationCode);
    let expected: &[&str] = if code { &["code"] } else { &[] };
    if given != expected {
        let rule = if code {
            "must be [\"code\"], as authorization_code is among the grant types"
        } else {
            "must be [], as authorization_code is not among the grant types"
        };
        fields.refuse("/response_types", rule);
    }
}

/// The values of a list, each different from all others.
fn distinct<T>(
    given: &[String],
    pointer: &str,
    parse: fn(&str) -> Result<T, Invalid>,
    fields: &mut Fields,
) -> Vec<T> {
    if given.len() > MOST_IN_A_LIST {
        fields.refuse(pointer, format!("must be at most {MOST_IN_A_LIST}"));
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    let distinct = given.iter().map(|text| {
        if !seen.insert(text) {
            return Err(Invalid("stands in the list already"));
        }
        parse(text)
    });
    fields.keep_each(pointer, distinct)
}

fn grant_types(given: Option<&[String]>, fields: &mut Fields) -> Option<Vec<GrantType>> {
    let Some(given) = given else {
        return Some(vec![GrantType::AuthorizationCode]);
    };
    let known: BTreeSet<_> = fields
        .keep_each("/grant_types", given.iter().map(|text| GrantType::parse(text)))
        .into_iter()
        .collect();
    if given.is_empty() {
        fields.refuse("/grant_types", "must name at least one");
    }
    (known.len() == given.len() || !known.is_empty()).then(|| known.into_iter().collect())
}

fn known_scope(text: &str) -> Result<Scope, Invalid> {
    let scope = Scope::parse(text)?;
    if scope.names().all(|name| scope::KNOWN.contains(&name)) {
        Ok(scope)
    } else {
        Err(Invalid(
            "must be of account, address, email, offline_access, openid, phone, profile and wechat",
        ))
    }
}

fn default_scope(grant_types: &[GrantType]) -> Scope {
    if grant_types == [GrantType::ClientCredentials] {
        return Scope::default();
    }
    Scope::parse("openid").expect("openid is a scope name")
}

#[cfg(test)]
#[path = "registration_tests.rs"]
mod tests;
