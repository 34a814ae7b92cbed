//! Adding an identity to the user, or merging the user whose it is.

use super::{
    caller::Caller,
    identities::OwnIdentity,
    json::{AccountBody, Body, Private, private},
};
use crate::oidc::{Refused, schema};
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use hufu_core::{
    identity::WechatIdentity,
    link::{AddIdentity, AddIdentityRequest, Added},
    login::Step,
    password::Username,
    sms::challenge,
    store,
};
use hufu_oauth::{
    error::{ErrorCode, OAuthError},
    login::{self, ProofFields, gather, refused},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A new identity, by its proof: one of `phone` (and then `phone` and `otp`), `phone_code`, `js_code`, `username` and `password`, or the
/// `auth_session` of an offer to merge.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewIdentity {
    /// What `wx.login` gave.
    #[schema(value_type = Option<String>)]
    js_code: Option<SecretString>,
    /// The code of the getPhoneNumber button (`e.detail.code`), not that of `wx.login`.
    #[schema(value_type = Option<String>)]
    phone_code: Option<SecretString>,
    /// A mobile phone number: alone, a code is sent there.
    phone: Option<String>,
    /// The code that came, with `phone`.
    #[schema(value_type = Option<String>)]
    otp: Option<SecretString>,
    /// A name that nobody has yet, with the password to be; or the name of another user of the same person.
    username: Option<String>,
    /// The password.
    #[schema(value_type = Option<String>)]
    password: Option<SecretString>,
    /// `create`: the username is to be a new one.
    prompt: Option<String>,
    /// What an offer to merge came with.
    #[schema(value_type = Option<String>)]
    auth_session: Option<SecretString>,
    /// Whether the user whose identity it is shall become one with this user.
    #[serde(default)]
    merge: bool,
}

impl Body for NewIdentity {
    const RULE: &'static str = "the body must be a JSON object of the members of one proof: phone, phone and otp, phone_code, \
        js_code, or username and password; and of auth_session and merge";
}

/// A code is on its way.
#[derive(Serialize, ToSchema)]
pub(super) struct CodeSent {
    /// What to send next: `otp`, with the same `phone`.
    next: [&'static str; 1],
    /// For how many seconds the code is good.
    expires_in: u32,
    /// After how many seconds another may be asked for.
    resend_after: u32,
}

/// Two users are one.
#[derive(Serialize, ToSchema)]
pub(super) struct MergedUsers {
    /// The user that remains: this one.
    sub: String,
    /// The one that was merged. Its tokens are dead, and its id will never be another's.
    merged: String,
}

/// Link an identity to the user
///
/// By the same members as a login. `phone` alone has a code sent there (202); `phone` with `otp` links it. A user has one phone:
/// another takes its place.
///
/// An identity that is another user's is not taken away: the answer is `phone_taken`, `wechat_taken` or `account_taken` with an
/// `auth_session`, which with `"merge": true` makes the two users one: the other's identities become this user's, its tokens
/// are revoked, and an operator can undo it for thirty days. A phone that only WeChat answers for proves too little for that.
///
/// Needs a sign-in of the last five minutes (RFC 9470): where that is longer ago, the answer is 401 with
/// `insufficient_user_authentication`.
#[utoipa::path(
    post,
    path = "/t/{tenant}/account/identities",
    tag = "Account",
    security(("access_token" = ["account"])),
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    request_body = NewIdentity,
    responses(
        (status = 200, description = "The user had it already, or two users were merged", body = MergedUsers),
        (status = 201, description = "Linked", body = OwnIdentity),
        (status = 202, description = "A code was sent", body = CodeSent),
        (status = 400, description = "The proof is no good, the identity is another user's, or the body is malformed", body = schema::OAuthError),
        (status = 401, description = "The access token is missing or dead, or the sign-in is over five minutes ago", body = schema::OAuthError),
        (status = 403, description = "The access token does not have scope `account`", body = schema::OAuthError),
        (status = 404, description = "No such tenant", body = schema::OAuthError),
        (status = 413, description = "The body is over 64 KiB", body = schema::OAuthError),
        (status = 429, description = "Too many tries, codes or calls; see `Retry-After`", body = schema::OAuthError),
        (status = 503, description = "WeChat, the SMS vendor or the database is away; see `Retry-After`", body = schema::OAuthError),
    )
)]
pub(super) async fn link_identity(
    caller: Caller,
    AccountBody(new): AccountBody<NewIdentity>,
) -> Result<Response, Refused> {
    caller.require_fresh()?;
    let cx = caller.context();
    let is_create = new.creates(&caller).await?;
    let fields = new.fields(is_create);
    check_one(&new)?;
    let known = match fields.phone_code {
        Some(_) => Some(caller.wechat().await?),
        None => None,
    };
    let known = known.map(|member| WechatIdentity {
        appid: member.app.credential.appid.clone(),
        openid: member.openid,
        unionid: None,
        union_scope: None,
    });
    // A signed-in user has accepted what there was to accept.
    let gathered = gather(&cx, &caller.client, fields, known.as_ref(), true).await?;
    let otp = match (gathered.phone, gathered.otp) {
        (Some(phone), None) => {
            login::send_for_link(&cx, &caller.client, caller.user, phone).await?;
            let sent = CodeSent {
                next: [Step::Otp.as_str()],
                expires_in: challenge::LIFETIME,
                resend_after: challenge::RESEND,
            };
            return Ok((StatusCode::ACCEPTED, private(sent)).into_response());
        }
        (Some(phone), Some(otp)) => Some((phone, otp)),
        (None, _) => None,
    };
    let presented = new
        .auth_session
        .as_ref()
        .map(|text| login::parse_session(text.expose_secret()));
    let request = AddIdentityRequest {
        user: caller.user,
        proofs: gathered.proofs,
        otp,
        presented: presented.transpose()?,
        merge: new.merge,
        client: caller.client.id.clone(),
        settings: cx.issuer.tenant.settings.clone(),
        ip: cx.ip,
        now: cx.now,
    };
    let (act, auth_session) = AddIdentity::prepare(request, cx.random);
    let answer: Private<_> = match store::write(cx.issuer.store.as_ref(), act).await? {
        Added::Linked(identity) => {
            let identity: OwnIdentity = identity.into();
            return Ok((StatusCode::CREATED, private(identity)).into_response());
        }
        Added::Held(identity) => {
            let identity: OwnIdentity = identity.into();
            return Ok(private(identity).into_response());
        }
        Added::Merged { merged } => private(MergedUsers {
            sub: caller.user.to_string(),
            merged: merged.to_string(),
        }),
        Added::Offered(reason) => {
            return Err(refused(reason.into())
                .go_on(auth_session.reveal(), vec!["merge"])
                .into());
        }
        Added::InvalidSession => {
            return Err(OAuthError::new(
                ErrorCode::InvalidSession,
                "the auth_session is unknown, expired, used before, or another user's: prove the identity again",
            )
            .into());
        }
        Added::Refused(refusal) => return Err(refused(refusal).into()),
    };
    Ok(answer.into_response())
}

impl NewIdentity {
    fn fields(&self, create: bool) -> ProofFields<'_> {
        ProofFields {
            js_code: self.js_code.as_ref().map(ExposeSecret::expose_secret),
            phone_code: self.phone_code.as_ref().map(ExposeSecret::expose_secret),
            username: self.username.as_deref(),
            password: self.password.as_ref().map(ExposeSecret::expose_secret),
            phone: self.phone.as_deref(),
            otp: self.otp.as_ref().map(ExposeSecret::expose_secret),
            create,
            consent: None,
        }
    }

    /// Whether the username is to be a new one: where the request says so, and where nobody has it.
    async fn creates(&self, caller: &Caller) -> Result<bool, OAuthError> {
        if self.prompt.as_deref() == Some("create") {
            return Ok(true);
        }
        match self.username.as_deref().map(Username::parse) {
            Some(Ok(username)) => {
                let found = caller.context().issuer.store.account(&username, &[]).await?;
                Ok(found.0.is_none())
            }
            Some(Err(_)) => Ok(true),
            None => Ok(false),
        }
    }
}

/// One identity at a time: each has an answer of its own.
fn check_one(new: &NewIdentity) -> Result<(), OAuthError> {
    if new.otp.is_some() && new.phone.is_none() {
        return Err(OAuthError::invalid_request(
            "otp comes with the phone that it was sent to",
        ));
    }
    let proofs = [
        new.js_code.is_some(),
        new.phone_code.is_some(),
        new.phone.is_some(),
        new.username.is_some() || new.password.is_some(),
    ];
    match proofs.into_iter().filter(|is_there| *is_there).count() {
        1 => Ok(()),
        0 if new.auth_session.is_some() => Ok(()),
        _ => Err(OAuthError::invalid_request(NewIdentity::RULE)),
    }
}
