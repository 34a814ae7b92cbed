//! One step of a login, as one act.

use super::{
    CodeChallenge, More, Presented, Proofs,
    run::{Run, Stop},
};
use crate::{
    Instant, Random,
    client::ClientId,
    grant::Grant,
    id::{CodeId, ConsentId, EventId, GrantId, IdentityId, LoginId, RefreshTokenId, SessionId, UserId},
    identity::IdentityKind,
    reason::Reason,
    scope::Scope,
    session::Session,
    settings::Settings,
    sms::send::Otp,
    store::{Act, Result, Unit},
    token::{OpaqueToken, SecretHash, TokenKind},
};
use async_trait::async_trait;
use std::net::IpAddr;

/// A person asks to be signed in for a client, by what they have proved.
#[derive(Debug)]
pub struct SignIn {
    pub(super) request: SignInRequest,
    pub(super) ids: FreshIds,
    pub(super) refresh: Option<(RefreshTokenId, SecretHash)>,
    pub(super) code: SecretHash,
    pub(super) auth_session: SecretHash,
    /// Of a new session of the browser, and of the one that it has.
    pub(super) cookies: [SecretHash; 2],
}

/// Ids for rows that the act may add: made before it runs, so that a second run writes the same.
#[derive(Debug)]
pub(super) struct FreshIds {
    pub(super) login: LoginId,
    pub(super) code: CodeId,
    pub(super) user: UserId,
    pub(super) wechat: IdentityId,
    pub(super) phone: IdentityId,
    pub(super) account: IdentityId,
    pub(super) session: SessionId,
    pub(super) grant: GrantId,
    pub(super) consents: Vec<ConsentId>,
    pub(super) events: [EventId; 6],
}

/// For which client, how far, from where and when.
#[derive(Debug)]
pub struct SignInRequest {
    /// What was proven in this step.
    pub proofs: Proofs,
    /// The code that came by SMS, to be tried.
    pub otp: Option<Otp>,
    /// The `auth_session` of a login that is under way.
    pub presented: Option<Presented>,
    /// The client that gets the grant.
    pub client: ClientId,
    /// How far the grant goes.
    pub scope: Scope,
    /// What the login ends in.
    pub wants: Wants,
    /// The tenant's settings.
    pub settings: Settings,
    /// From where.
    pub ip: Option<IpAddr>,
    /// When.
    pub now: Instant,
}

/// What a login ends in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wants {
    /// A session at once: the token endpoint.
    Session(Refreshable),
    /// An authorization code, bound to this.
    Code(CodeChallenge),
    /// A session in a browser.
    Browser(InBrowser),
}

/// The browser that a person signs in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InBrowser {
    /// The session that its cookie opened when the request came. The same person's goes on; another person's ends.
    pub session: Option<SessionId>,
    /// What it calls itself.
    pub user_agent: Option<String>,
    /// The kinds that a person can prove there, where the client wants proofs of two kinds of whoever has them; else none.
    pub step_up: Vec<IdentityKind>,
}

/// Whether a grant comes with refresh tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refreshable {
    /// It does.
    Yes,
    /// It does not.
    No,
}

/// What may be handed to the client, each where the outcome says that it counts.
pub struct Handout {
    /// With [`Outcome::SignedIn`], where the grant is refreshable.
    pub refresh_token: Option<OpaqueToken>,
    /// With [`Outcome::Code`].
    pub code: OpaqueToken,
    /// With [`Outcome::More`].
    pub auth_session: OpaqueToken,
    /// With [`Outcome::Browser`]: see [`Handout::cookie_of`].
    cookies: [OpaqueToken; 2],
}

impl Handout {
    /// What the browser's cookie holds from now on.
    pub fn cookie_of(&self, session: &Session) -> &OpaqueToken {
        let [new, renewed] = &self.cookies;
        if new.id() == session.id.uuid() {
            new
        } else {
            renewed
        }
    }
}

/// Who is signed in now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// The grant.
    pub grant: Grant,
}

/// Why a step did not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// When to try again, in seconds, where that helps.
    pub retry_after: Option<u32>,
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self {
            reason,
            retry_after: None,
        }
    }
}

/// What comes of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "one lives for one request, nearly always the large variant"
)]
pub enum Outcome {
    /// A session.
    SignedIn(SignedIn),
    /// The login is complete; the code opens a session.
    Code,
    /// The session of the browser.
    Browser(Session),
    /// The login goes on.
    More(More),
    /// The `auth_session` is no good.
    InvalidSession,
    /// The step did not count. A login that is under way is as it was.
    Refused(Refusal),
}

impl SignIn {
    /// Prepares the act, and what to hand out if it succeeds.
    pub fn prepare(request: SignInRequest, random: &dyn Random) -> (Self, Handout) {
        let now = request.now;
        let token = (request.wants == Wants::Session(Refreshable::Yes)).then(|| {
            let id = RefreshTokenId::generate(now, random);
            OpaqueToken::generate(TokenKind::Refresh, id.uuid(), random)
        });
        let login = request
            .presented
            .map_or_else(|| LoginId::generate(now, random), |presented| presented.id);
        let event = || EventId::generate(now, random);
        let ids = FreshIds {
            login,
            code: CodeId::generate(now, random),
            user: UserId::generate(now, random),
            wechat: IdentityId::generate(now, random),
            phone: IdentityId::generate(now, random),
            account: IdentityId::generate(now, random),
            session: SessionId::generate(now, random),
            grant: GrantId::generate(now, random),
            // A login that is under way may have documents of its own.
            consents: if request.presented.is_some() || !request.proofs.documents.is_empty() {
                (0..8).map(|_| ConsentId::generate(now, random)).collect()
            } else {
                Vec::new()
            },
            events: std::array::from_fn(|_| event()),
        };
        let present = match &request.wants {
            Wants::Browser(browser) => browser.session,
            Wants::Session(_) | Wants::Code(_) => None,
        };
        let cookie =
            |session: SessionId| OpaqueToken::generate(TokenKind::BrowserSession, session.uuid(), random);
        let handout = Handout {
            cookies: [cookie(ids.session), cookie(present.unwrap_or(ids.session))],
            refresh_token: token,
            code: OpaqueToken::generate(TokenKind::AuthorizationCode, ids.code.uuid(), random),
            auth_session: OpaqueToken::generate(TokenKind::AuthSession, login.uuid(), random),
        };
        let refresh = handout
            .refresh_token
            .as_ref()
            .map(|token| (RefreshTokenId::from_uuid(token.id()), token.hash()));
        let act = Self {
            refresh,
            code: handout.code.hash(),
            auth_session: handout.auth_session.hash(),
            cookies: [handout.cookies[0].hash(), handout.cookies[1].hash()],
            request,
            ids,
        };
        (act, handout)
    }
}

#[async_trait]
impl Act for SignIn {
    type Output = Outcome;

    async fn run(&self, unit: &mut dyn Unit) -> Result<Outcome> {
        let request = &self.request;
        let transaction = match &request.presented {
            None => None,
            Some(presented) => {
                let found = unit.transaction(presented.id).await?;
                let open =
                    found.filter(|found| found.is_open_to(presented, &request.client, None, request.now));
                if open.is_none() {
                    return Ok(Outcome::InvalidSession);
                }
                open
            }
        };
        match Run::of(self).go(unit, transaction).await {
            Ok(outcome) => Ok(outcome),
            Err(Stop::Refused(refusal)) => Ok(Outcome::Refused(refusal)),
            Err(Stop::Store(error)) => Err(error),
        }
    }
}
