//! What is looked at in a request, in this order. The first that fails is the answer, by redirect: client and redirect URI are
//! proven before.
//!
//! A new parameter is one function here and one line in [`CHECKS`].

use crate::{
    Context,
    error::{ErrorCode, OAuthError},
    form::Form,
    id_token, rfc6749,
};
use hufu_core::{
    authorization::{AuthorizationRequest, ClaimsRequest, Prompt},
    client::{Client, GrantType, Pkce, RedirectUri, Resource, ResponseMode},
    login::CodeChallenge,
    scope::{self, Scope},
};

/// How the request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    /// In the browser.
    InTheBrowser,
    /// From the client itself (RFC 9126).
    Pushed,
}

/// A request that is being checked.
struct Draft<'a> {
    cx: &'a Context<'a>,
    form: &'a Form,
    client: &'a Client,
    came: Came,
    request: AuthorizationRequest,
}

type Check = fn(&mut Draft<'_>) -> Result<(), OAuthError>;

/// The order is that of harm: what changes the meaning of everything else comes first.
const CHECKS: [Check; 15] = [
    response_mode,
    single_parameters,
    request_objects,
    pushed_only,
    grant_type,
    response_type,
    code_challenge,
    requested_scope,
    nonce,
    prompt,
    max_age,
    subject_of_hint,
    claims,
    resources,
    dpop_key,
];

/// Checks everything. A request that is refused comes back as far as it was read, so that the refusal can be sent.
pub(super) fn check(
    cx: &Context<'_>,
    form: &Form,
    client: &Client,
    redirect_uri: RedirectUri,
    came: Came,
) -> Result<AuthorizationRequest, Box<(AuthorizationRequest, OAuthError)>> {
    let text = |name| form.get(name).map(str::to_owned);
    let mut draft = Draft {
        cx,
        form,
        client,
        came,
        request: AuthorizationRequest {
            client_id: client.id.clone(),
            redirect_uri,
            response_mode: ResponseMode::Query,
            state: text("state"),
            nonce: None,
            scope: Scope::default(),
            challenge: None,
            prompts: Vec::new(),
            max_age: None,
            subject: None,
            login_hint: text("login_hint").filter(|hint| hint.len() <= 256),
            ui_locales: text("ui_locales").filter(|locales| locales.len() <= 256),
            acr_values: Vec::new(),
            essential_acr: Vec::new(),
            claims: ClaimsRequest::default(),
            resources: Vec::new(),
            dpop_jkt: None,
        },
    };
    for check in CHECKS {
        if let Err(error) = check(&mut draft) {
            return Err(Box::new((draft.request, error)));
        }
    }
    Ok(draft.request)
}

/// First, since it says how all other errors are told.
fn response_mode(draft: &mut Draft<'_>) -> Result<(), OAuthError> {
    let Some(text) = draft.form.get("response_mode") else {
        return Ok(());
    };
    let mode = ResponseMode::parse(text)
        .map_err(|_| OAuthError::invalid_request("response_mode must be query or form_post"))?;
    let allowed = &draft.client.details.response_modes;
    if !allowed.is_empty() && !allowed.contains(&mode) {
        return Err(OAuthError::invalid_request(
            "the client is not registered for that response_mode",
        ));
    }
    draft.request.response_mode = mode;
    Ok(())
}

fn single_parameters(draft: &mut Draft<'_>) -> Result<(), OAuthError> {
    draft.form.check_single()
}

/// Core §6: what Hufu does not read it must not act beside.
fn request_objects(draft: &mut Draft<'_>) -> Result<(), OAuthError> {
    if draft.form.get("request").is_some() {
        return Err(OAuthError::new(
            ErrorCode::RequestNotSupported,
            "request objects are not supported: send the parameters themselves, or push them (RFC 9126)",
        ));
    }
    match (draft.form.get("request_uri"), draft.came) {
        (None, _) => Ok(()),
        (Some(_), Came::Pushed) => Err(OAuthError::invalid_request(
            "request_uri must not be pushed (RFC 9126 section 2.1)",
        )),
        (Some(_), Came::InTheBrowser) => Err(OAuthError::new(
            ErrorCode::RequestUriNotSupported,
            "request_uri must be one of this server's pushed authorization request endpoint",
        )),
    }
}

/// RFC 9126 §6.
fn pushed_only(draft: &mut Draft<'_>) -> Result<(), OAuthError> {
    let details = &draft.client.details;
    let must = details.require_pushed_authorization_requests || details.is_fapi();
    if must && draft.came == Came::InTheBrowser {
        return Err(OAuthError::invalid_request(
            "the client must push its authorization requests (RFC 9126)",
        ));
    }
    Ok(())
}

fn grant_type(draft: &mut Draft<'_>) -> Result<(), OAuthError> {
    if draft.client.may_use(GrantType::AuthorizationCode) {
        return Ok(());
    }
    Err(OAuthError::new(
        ErrorCode::UnauthorizedClient,
        "the client is not registered for the grant type authorization_code",
    ))
}

/// RFC 9700 §2.1.2: no token ever comes from this endpoint.
fn response_type(draft: &mut Draft<'_>) -> Result<(), OAuthError> {
    match draft.form.get("response_type") {
        Some("code") => Ok(()),
        None => Err(OAuthError::invalid_request("response_type is missing")),
        Some(_) => Err(OAuthError::new(
            ErrorCode::UnsupportedResponseType,
            "response_type must be code",
        )),
    }
}

/// RFC 7636 §4.3. Without a method it would be `plain`, which is refused.
fn code_challenge(draft: &mut Draft<'_>) -> Result<(), OAuthError> {
    let Some(text) = draft.form.get("code_challenge") else {
        if draft.form.get("code_challenge_method").is_some() {
            return Err(OAuthError::invalid_request("code_challenge is missing"));
        }
        let may_lack = draft.client.is_confidential()
            && draft.client.details.pkce == Pkce::Optional
            && !draft.client.details.is_fapi();
        return if may_lack {
            Ok(())
        } else {
            Err(OAuthError::invalid_request(
                "code_challenge is missing: PKCE is required (RFC 7636)",
            ))
        };
    };
    if draft.form.get("code_challenge_method") != Some("S256") {
        return Err(OAuthError::invalid_request("code_challenge_method must be S256"));
    }
    let challenge = CodeChallenge::parse(text).map_err(|_| {
        OAuthError::invalid_request(
            "code_challenge must be the SHA-256 of the code_verifier in base64url, 43 characters",
        )
    })?;
    draft.request.challenge = Some(challenge);
    Ok(())
}

fn requested_scope(draft: &mut Draft<'_>) -> Result<(), OAuthError> {
    draft.request.scope = scope_of(draft.client, draft.form)?;
    Ok(())
}

/// The scope that a person is asked about. Names that Hufu does not know are ignored (Core §3.1.2.1); those that the client may not
/// have are not.
pub(crate) fn scope_of(client: &Client, form: &Form) -> Result<Scope, OAuthError> {
    const REFUSED: OAuthError = OAuthError::new(
        ErrorCode::InvalidScope,
        "scope is malformed or wider than what the client is registered for",
    );
    let Some(text) = form.get("scope") else {
        // All that it may have, but for what must be asked for by its name (Core §11).
        return Ok(client.scope.without("offline_access"));
    };
    let asked = Scope::parse(text).map_err(|_| REFUSED)?;
    let unknown: Vec<_> = asked
        .names()
        .filter(|name| !scope::KNOWN.contains(name))
        .collect();
    let mut known = unknown
        .iter()
        .fold(asked.clone(), |known, name| known.without(name));
    known = rfc6749::authorization(client, &known)?;
    // Core §11: ignored where it can do nothing.
    if !client.may_use(GrantType::RefreshToken) {
        known = known.without("offline_access");
    }
    Ok(known)
}

fn nonce(draft: &mut Draft<'_>) -> Result<(), OAuthError> {
    let Some(nonce) = draft.form.get("nonce") else {
        return Ok(());
    };
    if nonce.len() > 1_024 {
        return Err(OAuthError::invalid_request("nonce must be at most 1,024 bytes"));
    }
    draft.request.nonce = Some(nonce.to_owned());
    Ok(())
}

fn prompt(draft: &mut Draft<'_>) -> Result<(), OAuthError> {
    let words = draft
        .form
        .get("prompt")
        .unwrap_or_default()
        .split(' ')
        .filter(|word| !word.is_empty());
    let mut prompts = Vec::new();
    for word in words {
        let prompt = Prompt::ALL.into_iter().find(|prompt| prompt.as_str() == word);
        let prompt = prompt.ok_or(OAuthError::invalid_request(
            "prompt must be of none, login, consent, select_account and create",
        ))?;
        if !prompts.contains(&prompt) {
            prompts.push(prompt);
        }
    }
    if prompts.contains(&Prompt::None) && prompts.len() > 1 {
        return Err(OAuthError::invalid_request(
            "prompt=none goes with no other value",
        ));
    }
    draft.request.prompts = prompts;
    Ok(())
}

fn max_age(draft: &mut Draft<'_>) -> Result<(), OAuthError> {
    draft.request.max_age = match draft.form.get("max_age") {
        None => draft.client.details.default_max_age,
        Some(text) => Some(
            text.parse()
                .map_err(|_| OAuthError::invalid_request("max_age must be a number of seconds"))?,
        ),
    };
    Ok(())
}

fn subject_of_hint(draft: &mut Draft<'_>) -> Result<(), OAuthError> {
    let Some(token) = draft.form.get("id_token_hint") else {
        return Ok(());
    };
    let hint = id_token::read_hint(draft.cx.issuer, token)
        .filter(|hint| hint.client_id == draft.client.id.as_str())
        .ok_or(OAuthError::invalid_request(
            "id_token_hint is not an ID token that this issuer gave to the client",
        ))?;
    draft.request.subject = Some(hint.user_id);
    Ok(())
}

/// `claims` and `acr_values`, which may both name classes of authentication.
fn claims(draft: &mut Draft<'_>) -> Result<(), OAuthError> {
    let acr_values = draft.form.get("acr_values").unwrap_or_default();
    draft.request.acr_values = acr_values
        .split(' ')
        .filter(|acr| !acr.is_empty())
        .take(16)
        .map(str::to_owned)
        .collect();
    let Some(text) = draft.form.get("claims") else {
        return Ok(());
    };
    let asked = ClaimsRequest::parse(text).map_err(|rule| OAuthError::invalid_request(rule.0))?;
    draft.request.claims = asked.claims.within(&draft.client.scope);
    draft
        .request
        .acr_values
        .extend(asked.acr_values.into_iter().take(16));
    draft.request.essential_acr = asked.essential_acr;
    if let Some(subject) = asked.subject {
        if draft.request.subject.is_some_and(|hinted| hinted != subject) {
            return Err(OAuthError::invalid_request(
                "id_token_hint and claims name two users",
            ));
        }
        draft.request.subject = Some(subject);
    }
    Ok(())
}

fn resources(draft: &mut Draft<'_>) -> Result<(), OAuthError> {
    draft.request.resources = resources_of(draft.cx, draft.client, draft.form)?;
    Ok(())
}

/// What tokens are to be for, beside the issuer (RFC 8707 §2).
pub(crate) fn resources_of(
    cx: &Context<'_>,
    client: &Client,
    form: &Form,
) -> Result<Vec<Resource>, OAuthError> {
    const UNKNOWN: OAuthError = OAuthError::new(
        ErrorCode::InvalidTarget,
        "resource is malformed or not one that the client is registered for (RFC 8707)",
    );
    let mut resources = Vec::new();
    for text in form.all("resource") {
        let resource = Resource::parse(text).map_err(|_| UNKNOWN)?;
        let is_ours = text == &cx.issuer.url;
        if !is_ours && !client.details.resources.contains(&resource) {
            return Err(UNKNOWN);
        }
        if !is_ours && !resources.contains(&resource) {
            resources.push(resource);
        }
    }
    Ok(resources)
}

/// RFC 9449 §10.
fn dpop_key(draft: &mut Draft<'_>) -> Result<(), OAuthError> {
    let Some(text) = draft.form.get("dpop_jkt") else {
        return Ok(());
    };
    // The same form as a challenge: the SHA-256 of something, in base64url.
    if CodeChallenge::parse(text).is_err() {
        return Err(OAuthError::invalid_request(
            "dpop_jkt must be the SHA-256 thumbprint of a key in base64url",
        ));
    }
    draft.request.dpop_jkt = Some(text.to_owned());
    Ok(())
}
