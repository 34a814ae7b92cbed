//! Imports a user.

use super::body::UserAnswer;
use crate::{
    admin::{access::TenantAccess, tenants::TenantPath},
    app::App,
    openapi,
    problem::Problem,
    wire::{Fields, JsonBody},
};
use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use hufu_core::{
    change::{Change, Import},
    id::{IdentityId, UserId},
    identity::{ExternalIdentity, Identity, OpenId, PhoneVerifier, UnionId, VerifiedPhone, WechatIdentity},
    password::{PasswordHash, Passwords, Username},
    phone::PhoneNumber,
    profile::Profile,
    user::{User, UserState},
    wechat_app::AppId,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::{collections::BTreeSet, sync::Arc};
use utoipa::ToSchema;

/// The most WeChat identities of one user.
const MOST_WECHAT: usize = 32;

/// A user from elsewhere. One identity at least: a username, a phone, or a WeChat account.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = UserImport)]
#[serde(deny_unknown_fields)]
pub(super) struct ImportRequest {
    /// The name that the user signs in with; it is normalized. Needs `password_hash`.
    #[schema(example = "li.ming")]
    username: Option<String>,
    /// The hash of the password as the other product kept it: argon2 and scrypt as PHC strings, bcrypt (`$2b$…`), PBKDF2. Replaced
    /// by one of ours at the first login, and never returned. A password itself is never taken.
    #[schema(value_type = Option<String>, write_only, example = "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW")]
    password_hash: Option<SecretString>,
    /// The phone, in E.164, which the operator answers for: whoever has it can sign in by a code.
    #[schema(example = "+8613800138000")]
    phone_number: Option<String>,
    /// Persons in WeChat apps of the tenant; each app once.
    #[serde(default)]
    #[schema(max_items = 32)]
    wechat: Vec<ImportedWechat>,
    /// What the user told of themselves; `email_verified` where the operator answers for `email`.
    #[serde(default)]
    #[schema(value_type = openapi::profile::ImportedProfile)]
    profile: Map<String, Value>,
}

/// A person in a WeChat app.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ImportedWechat {
    /// One of the tenant's WeChat apps.
    #[schema(pattern = "^wx[0-9a-f]{16}$")]
    appid: String,
    /// Who, in that app.
    #[schema(max_length = 128)]
    openid: String,
    /// Who, in the app's open-platform account. Links across apps where the app has a `union_scope`.
    #[schema(max_length = 128)]
    unionid: Option<String>,
}

/// Import a user
///
/// From another product, with identities that the operator answers for. All of it or nothing: where another user has one
/// of the identities, nothing is imported.
#[utoipa::path(
    post,
    path = "/admin/v1/tenants/{tenant}/users",
    tag = "Users",
    params(TenantPath),
    request_body = ImportRequest,
    responses((status = 201, description = "Imported", body = UserAnswer, headers(("Location" = String))))
)]
pub(super) async fn import_user(
    State(app): State<Arc<App>>,
    access: TenantAccess,
    JsonBody(request): JsonBody<ImportRequest>,
) -> Result<Response, Problem> {
    let import = check(&app, &access, request).await?;
    let user = import.user.clone();
    access
        .change(&app, super::WHAT, Change::ImportUser(import))
        .await?;
    let tenant = &access.tenant().slug;
    let location = format!("{}/admin/v1/tenants/{tenant}/users/{}", app.base_url, user.id);
    let body = Json(UserAnswer::from(user));
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], body).into_response())
}

async fn check(app: &App, access: &TenantAccess, request: ImportRequest) -> Result<Import, Problem> {
    let now = access.now();
    let mut fields = Fields::default();
    let password = account(&request, &*app.passwords, &mut fields);
    let phone = request.phone_number.as_deref().map(PhoneNumber::parse);
    let phone = fields.keep_optional("/phone_number", phone);
    let persons = wechat(access, &request.wechat, &mut fields).await?;
    if request.username.is_none() && request.phone_number.is_none() && request.wechat.is_empty() {
        fields.refuse("", "must have a username, a phone_number or a wechat identity");
    }
    let profile = profile(&request.profile, &mut fields);
    let user = User {
        id: UserId::generate(now, &*app.random),
        state: UserState::Active,
        created_at: now,
        updated_at: now,
        closes_at: None,
    };
    let (username, password) = password.unzip();
    let phone = phone.map(|number| VerifiedPhone {
        number,
        verifier: PhoneVerifier::Operator,
    });
    let external = persons
        .into_iter()
        .map(ExternalIdentity::Wechat)
        .chain(phone.map(ExternalIdentity::Phone))
        .chain(username.map(ExternalIdentity::Account));
    let identities = external.map(|external| Identity {
        id: IdentityId::generate(now, &*app.random),
        user_id: user.id,
        external,
        created_at: now,
    });
    let has_profile = profile != Profile::default();
    let import = Import {
        identities: identities.collect(),
        password,
        profile: Profile {
            updated_at: has_profile.then_some(now),
            ..profile
        },
        user,
    };
    fields.finish(Some(import))
}

/// The username with its password's hash.
fn account(
    request: &ImportRequest,
    passwords: &dyn Passwords,
    fields: &mut Fields,
) -> Option<(Username, PasswordHash)> {
    let username = request.username.as_deref().map(Username::parse);
    let hash = request.password_hash.as_ref();
    match (&username, hash) {
        (Some(_), None) => fields.refuse("/password_hash", "must be there where there is a username"),
        (None, Some(_)) => fields.refuse("/username", "must be there where there is a password_hash"),
        _ => {}
    }
    let username = fields.keep_optional("/username", username);
    let hash = hash.map(|hash| passwords.check_import(hash.expose_secret()));
    let hash = fields.keep_optional("/password_hash", hash);
    username.zip(hash)
}

async fn wechat(
    access: &TenantAccess,
    given: &[ImportedWechat],
    fields: &mut Fields,
) -> Result<Vec<WechatIdentity>, Problem> {
    if given.len() > MOST_WECHAT {
        fields.refuse("/wechat", format!("must be at most {MOST_WECHAT}"));
        return Ok(Vec::new());
    }
    let (mut persons, mut seen) = (Vec::new(), BTreeSet::new());
    for (index, person) in given.iter().enumerate() {
        let at = |member: &str| format!("/wechat/{index}/{member}");
        let appid = fields.keep(&at("appid"), AppId::parse(&person.appid));
        let openid = fields.keep(&at("openid"), OpenId::parse(&person.openid));
        let unionid = person.unionid.as_deref().map(UnionId::parse);
        let unionid = fields.keep_optional(&at("unionid"), unionid);
        let Some(appid) = appid else { continue };
        if !seen.insert(appid.clone()) {
            fields.refuse(&at("appid"), "stands in the list already");
        }
        let Some(app) = access.rows().wechat_app(&appid).await? else {
            fields.refuse(&at("appid"), "must be a WeChat app of the tenant: add it first");
            continue;
        };
        persons.extend(openid.map(|openid| WechatIdentity {
            appid,
            openid,
            unionid,
            union_scope: app.union_scope,
        }));
    }
    Ok(persons)
}

fn profile(given: &Map<String, Value>, fields: &mut Fields) -> Profile {
    let mut profile = Profile::default();
    for (claim, value) in given.iter().filter(|(claim, _)| *claim != "email_verified") {
        fields.keep(&format!("/profile/{claim}"), profile.set(claim, value));
    }
    let verified = given
        .get("email_verified")
        .map(|value| profile.verify_email(value));
    fields.keep_optional("/profile/email_verified", verified);
    profile
}
