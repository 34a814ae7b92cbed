//! One step of a login, as every door takes it: members become proofs, a code is sent, or the act is run.

use super::{
    INVALID_SESSION, ProofFields,
    code::{LoginStep, send_for_login},
    gather, more, refused,
};
use crate::{Context, dpop::Thumbprint, error::OAuthError};
use hufu_core::{
    client::Client,
    login::{Handout, LoginTransaction, Outcome, Presented, SignIn, SignInRequest, Wants, WechatProof},
    reason::Reason,
    scope::Scope,
    store,
};

/// What a door knows of a step.
pub(crate) struct Step<'a> {
    /// For which client.
    pub(crate) client: &'a Client,
    /// What the person has shown.
    pub(crate) fields: ProofFields<'a>,
    /// What a sign-in by scan has proven. Whoever confirmed it had signed in under the same policies.
    pub(crate) scanned: Option<WechatProof>,
    /// The `auth_session` of a login that is under way.
    pub(crate) presented: Option<Presented>,
    /// That login.
    pub(crate) kept: Option<LoginTransaction>,
    /// How far the grant will go.
    pub(crate) scope: Scope,
    /// What the login ends in.
    pub(crate) wants: Wants,
    /// The key whose possession the step proves.
    pub(crate) key: Option<Thumbprint>,
}

/// Takes the step. A login that is not complete is an error that says how it goes on.
pub(crate) async fn take(cx: &Context<'_>, step: Step<'_>) -> Result<(Outcome, Handout), OAuthError> {
    let kept = step.kept.as_ref();
    if step.fields.otp.is_some() {
        check_otp(cx, step.fields, kept)?;
    }
    let known = kept.and_then(|kept| kept.proofs.wechat.as_ref());
    let has_consent = kept.is_some_and(|kept| !kept.proofs.documents.is_empty());
    let mut gathered = gather(
        cx,
        step.client,
        step.fields,
        known.map(|wechat| &wechat.identity),
        has_consent,
    )
    .await?;
    if let Some(scanned) = step.scanned {
        gathered.proofs.wechat = Some(scanned);
    }
    gathered.proofs.dpop_jkt = step.key.map(|key| key.to_string());
    if let (Some(phone), None) = (gathered.phone, &gathered.otp) {
        let login = LoginStep {
            presented: step.presented,
            scope: step.scope,
            challenge: match step.wants {
                Wants::Code(challenge) => Some(challenge),
                Wants::Session(_) | Wants::Browser(_) => None,
            },
            proofs: gathered.proofs,
        };
        return Err(send_for_login(cx, step.client, phone, login).await);
    }
    let request = SignInRequest {
        proofs: gathered.proofs,
        otp: gathered.otp,
        presented: step.presented,
        client: step.client.id.clone(),
        scope: step.scope,
        wants: step.wants,
        settings: cx.issuer.tenant.settings.clone(),
        ip: cx.ip,
        now: cx.now,
    };
    let (act, handout) = SignIn::prepare(request, cx.random);
    match store::write(cx.issuer.store.as_ref(), act).await? {
        Outcome::More(missing) => Err(more(&missing, &handout.auth_session)),
        Outcome::InvalidSession => Err(INVALID_SESSION),
        Outcome::Refused(refusal) => Err(refused(refusal)),
        done => Ok((done, handout)),
    }
}

/// A code is for the phone that it was sent to, in the login that asked for it.
fn check_otp(
    cx: &Context<'_>,
    fields: ProofFields<'_>,
    kept: Option<&LoginTransaction>,
) -> Result<(), OAuthError> {
    let Some(kept) = kept else {
        return Err(OAuthError::invalid_request(
            "otp comes with the auth_session of the step that had the code sent",
        ));
    };
    let Some(awaited) = &kept.awaits_code_of else {
        return Err(refused(Reason::OtpExpired.into()));
    };
    let is_other = |text| cx.sms.read_number(text).is_ok_and(|phone| phone != *awaited);
    if fields.phone.is_some_and(is_other) {
        return Err(refused(Reason::OtpExpired.into()));
    }
    Ok(())
}
