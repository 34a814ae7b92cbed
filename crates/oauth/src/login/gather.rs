//! Members become proofs. What can be refused without asking anybody is looked at first, and codes that work once are used up
//! last.

use super::{ProofFields, refused, require_consent};
use crate::{
    Context,
    error::{ErrorCode, OAuthError},
    wechat,
};
use hufu_core::{
    attempts::{AttemptKey, AttemptKind},
    client::Client,
    connector::is_code,
    consent::Document,
    id::LoginId,
    identity::{OpenId, WechatIdentity},
    login::{self, AccountProof, NewAccount, PasswordFailed, PasswordRight, Presented, Proofs, WechatProof},
    password::{PasswordError, PasswordPolicy, PasswordRefused, Username, Verified},
    phone::PhoneNumber,
    reason::Reason,
    sms::send::Otp,
    store,
    token::{OpaqueToken, TokenKind},
    wechat_app::WechatApp,
    wechat_session::KeptKey,
};
use secrecy::SecretString;
use std::sync::Arc;

/// What came of the members.
pub struct Gathered {
    /// What was proven.
    pub proofs: Proofs,
    /// A code to try, for [`Gathered::phone`] where that was sent beside it.
    pub otp: Option<Otp>,
    /// A phone: to send a code to, unless there is one to try.
    pub phone: Option<PhoneNumber>,
}

/// Reads an `auth_session`. What cannot be one is answered like one that is unknown.
pub fn parse_session(text: &str) -> Result<Presented, OAuthError> {
    let token = OpaqueToken::parse(TokenKind::AuthSession, text).map_err(|_| super::INVALID_SESSION)?;
    Ok(Presented {
        id: LoginId::from_uuid(token.id()),
        hash: token.hash(),
    })
}

/// Asks the connectors. `known` is who WeChat has said that the person is, earlier in this login or about this user;
/// `has_consent` whether documents were accepted earlier in this login.
pub async fn gather(
    cx: &Context<'_>,
    client: &Client,
    fields: ProofFields<'_>,
    known: Option<&WechatIdentity>,
    has_consent: bool,
) -> Result<Gathered, OAuthError> {
    let mut proofs = Proofs::default();
    if let Some(text) = fields.consent {
        proofs.documents = Document::parse_list(text).map_err(|rule| OAuthError::invalid_request(rule.0))?;
    }
    if fields.has_proof() {
        require_consent(cx, has_consent || !proofs.documents.is_empty())?;
    }
    let phone = match fields.phone {
        Some(text) => Some(
            cx.sms
                .read_number(text)
                .map_err(|_| refused(Reason::PhoneInvalid.into()))?,
        ),
        None => None,
    };
    let otp = fields.otp.map(|code| Otp {
        code: SecretString::from(code),
        pepper: cx.pepper.clone(),
    });
    let phone_code = fields.phone_code.map(SecretString::from);
    if phone_code.as_ref().is_some_and(|code| !is_code(code)) {
        return Err(wechat::phone_code_invalid());
    }
    if phone_code.is_some() && fields.js_code.is_none() && known.is_none() {
        return Err(OAuthError::invalid_request(
            "phone_code needs a sign-in by WeChat: send js_code beside it or before it",
        ));
    }
    match (fields.username, fields.password) {
        (None, None) => {}
        (Some(username), Some(password)) if fields.create => {
            proofs.new_account = Some(new_account(cx, client, username, &password.into()).await?);
        }
        (Some(username), Some(password)) => {
            let proof = account(cx, client, username, &password.into()).await?;
            let beside = fields.js_code.or(fields.phone).or(fields.phone_code);
            if beside.is_some() {
                still_in_time(cx, &proof).await?;
            }
            proofs.account = Some(proof);
        }
        (None, Some(_)) => return Err(OAuthError::invalid_request("username is missing")),
        (Some(_), None) => return Err(OAuthError::invalid_request("password is missing")),
    }
    if let Some(js_code) = fields.js_code {
        proofs.wechat = Some(person(cx, client, &js_code.into()).await?);
    }
    if let Some(code) = phone_code {
        let app = wechat::app_of(cx, client).await?;
        let proven = proofs.wechat.as_ref().map(|wechat| &wechat.identity).or(known);
        let openid = openid_in(&app, proven)?;
        proofs.phone = Some(wechat::phone(cx, &client.id, &app, openid, &code).await?);
    }
    Ok(Gathered { proofs, otp, phone })
}

/// The openid that WeChat is told together with the phone code, so that the number is this person's.
fn openid_in<'a>(app: &WechatApp, proven: Option<&'a WechatIdentity>) -> Result<&'a OpenId, OAuthError> {
    proven
        .filter(|proven| proven.appid == app.credential.appid)
        .map(|proven| &proven.openid)
        .ok_or(OAuthError::invalid_request(
            "phone_code needs a sign-in by WeChat through the client's own app",
        ))
}

/// Exchanges a code of `wx.login`.
async fn person(
    cx: &Context<'_>,
    client: &Client,
    js_code: &SecretString,
) -> Result<WechatProof, OAuthError> {
    let mut app: Arc<WechatApp> = wechat::app_of(cx, client).await?;
    let mut proof = cx.wechat.finish(&app.credential, js_code).await;
    if let Some(now) = wechat::changed(cx, &app, proof.as_ref().err()).await? {
        app = now;
        proof = cx.wechat.finish(&app.credential, js_code).await;
    }
    let appid = &app.credential.appid;
    let proof = match proof {
        Ok(proof) => proof,
        Err(error) => return Err(wechat::refused(cx, &client.id, appid, &error).await),
    };
    let keeps = cx.issuer.tenant.settings.wechat.keep_session_key;
    Ok(WechatProof {
        identity: WechatIdentity {
            appid: appid.clone(),
            openid: proof.openid,
            unionid: proof.unionid,
            union_scope: app.union_scope.clone(),
        },
        // The request's time is when the exchange began, so that the one that began last has the current key.
        session_key: keeps.then_some(KeptKey {
            key: proof.session_key,
            obtained_at: cx.now,
        }),
    })
}

/// Checks a password. A name that nobody has, a user who may not sign in and a wrong password cost the same and are told the same.
async fn account(
    cx: &Context<'_>,
    client: &Client,
    username: &str,
    password: &SecretString,
) -> Result<AccountProof, OAuthError> {
    let tenant = cx.issuer.tenant.id;
    let limits = cx.issuer.tenant.settings.attempts;
    let Ok(username) = Username::parse(username) else {
        // Nobody has such a name.
        cx.passwords.verify(tenant, password, None).await.map_err(busy)?;
        return Err(refused(Reason::PasswordWrong.into()));
    };
    let keys = AttemptKey::of_try(&username, cx.ip);
    let (found, failures) = cx.issuer.store.account(&username, &keys).await?;
    if let Some(refusal) = login::too_early(&failures, limits, cx.now) {
        return Err(refused(refusal));
    }
    let found = found.filter(|found| found.user.is_active());
    let hash = found.as_ref().map(|found| &found.hash);
    let verified = cx.passwords.verify(tenant, password, hash).await.map_err(busy)?;
    match (found, verified) {
        (Some(found), Verified::Match { rehash }) => Ok(AccountProof {
            identity: found.identity.id,
            checked: AccountProof::digest(&found.hash),
            username,
            rehash,
        }),
        (found, _) => {
            let user = found.map(|found| found.user.id);
            let by = (cx.ip, cx.now);
            let act = PasswordFailed::wrong(&username, user, limits, client.id.clone(), by, cx.random);
            Err(refused(store::write(cx.issuer.store.as_ref(), act).await?))
        }
    }
}

/// What comes of another proof beside a password tells that the password was right: so that is asked first which of many guesses at
/// once came in time. Where there is no other proof, the login's own act asks.
async fn still_in_time(cx: &Context<'_>, proof: &AccountProof) -> Result<(), OAuthError> {
    let limits = cx.issuer.tenant.settings.attempts;
    let act = PasswordRight::prepare(&proof.username, limits, (cx.ip, cx.now));
    match store::write(cx.issuer.store.as_ref(), act).await? {
        None => Ok(()),
        Some(refusal) => Err(refused(refusal)),
    }
}

/// Checks a username and a password that a person chooses, and hashes the password.
async fn new_account(
    cx: &Context<'_>,
    client: &Client,
    username: &str,
    password: &SecretString,
) -> Result<NewAccount, OAuthError> {
    let username = Username::parse(username)
        .map_err(|rule| OAuthError::invalid_request(rule.0).reason(Reason::UsernameInvalid))?;
    let tenant = &cx.issuer.tenant;
    let limits = tenant.settings.attempts;
    new_password(cx, password, Some(&username))?;
    let mut keys = AttemptKey::of_try(&username, cx.ip);
    keys.retain(|key| key.kind != AttemptKind::Account);
    let (found, failures) = cx.issuer.store.account(&username, &keys).await?;
    if let Some(refusal) = login::too_early(&failures, limits, cx.now) {
        return Err(refused(refusal));
    }
    // Before the hash is made, which costs more.
    if found.is_some() {
        let by = (cx.ip, cx.now);
        let act = PasswordFailed::taken(&username, limits, client.id.clone(), by, cx.random);
        return Err(refused(store::write(cx.issuer.store.as_ref(), act).await?));
    }
    let hash = cx.passwords.hash(tenant.id, password).await.map_err(busy)?;
    Ok(NewAccount { username, hash })
}

/// Whether a person may choose this password: the tenant's policy.
pub fn new_password(
    cx: &Context<'_>,
    password: &SecretString,
    username: Option<&Username>,
) -> Result<(), OAuthError> {
    let tenant = &cx.issuer.tenant;
    let names = vec![
        "hufu".to_owned(),
        tenant.slug.to_string(),
        tenant.display_name.to_string(),
    ];
    let policy = PasswordPolicy::new(tenant.settings.password, names);
    match cx.passwords.check_new(&policy, password, username) {
        Ok(()) => Ok(()),
        Err(refused) => {
            Err(OAuthError::invalid_request(rule_of(refused)).reason(Reason::PasswordUnacceptable))
        }
    }
}

const fn rule_of(refused: PasswordRefused) -> &'static str {
    match refused {
        PasswordRefused::TooShort { .. } => "the password is shorter than the tenant's password.min_length",
        PasswordRefused::TooLong => "the password must have at most 128 characters",
        PasswordRefused::ControlCharacter => "the password must not have control characters",
        PasswordRefused::Common => "the password is one of those that are tried first",
        PasswordRefused::Predictable => "the password is made of sequences, repetitions or dates",
        PasswordRefused::ContainsUsername => "the password is little more than the username",
        PasswordRefused::ContainsName => "the password is little more than the name of the service",
    }
}

/// No password was looked at.
pub fn busy(error: PasswordError) -> OAuthError {
    match error {
        PasswordError::Busy { retry_after } => OAuthError::new(
            ErrorCode::TemporarilyUnavailable,
            "too many passwords are being checked; try again",
        )
        .retry_after(retry_after),
        PasswordError::TooLong => refused(Reason::PasswordUnacceptable.into()),
        PasswordError::Unreadable | PasswordError::Failed => OAuthError::defect(error),
    }
}
