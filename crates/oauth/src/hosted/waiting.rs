//! A request that waits for the person in this browser.

use super::Visitor;
use crate::{Context, authorize::Asked, error::OAuthError, login::parse_session};
use hufu_core::{
    authorization::{AskedFor, KeepRequest, PendingRequest, SIGN_IN_LIFETIME},
    client::Client,
    id::RequestId,
    login::LoginTransaction,
    store, time,
};
use secrecy::ExposeSecret;
use std::sync::Arc;

/// What the person is to sign in for.
#[derive(Debug, Clone)]
pub enum For {
    /// For a client.
    Client(Box<Asked>),
    /// For a page of ours: its path below the issuer's.
    Page(String),
}

/// A request that waits.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// What for.
    pub asked_for: For,
    pub(super) pending: PendingRequest,
    pub(super) client: Arc<Client>,
}

impl Waiting {
    /// The request of that id, where this browser may go on with it.
    pub async fn find(cx: &Context<'_>, visitor: &Visitor, id: &str) -> Result<Option<Self>, OAuthError> {
        let Ok(id) = RequestId::parse(id) else {
            return Ok(None);
        };
        let found = cx.issuer.store.request(id).await?;
        let Some(pending) = found.filter(|found| found.is_open_to(visitor.browser.hash(), cx.now)) else {
            return Ok(None);
        };
        let (client, asked_for) = match &pending.asked_for {
            AskedFor::Page(path) => (Arc::new(Client::pages()), For::Page(path.clone())),
            AskedFor::Authorization(request) => {
                let Some(client) = cx.issuer.client(&pending.client_id).await? else {
                    return Ok(None);
                };
                let asked = Asked {
                    request: request.clone(),
                    client: client.clone(),
                    at: pending.created_at,
                    pushed: pending.pushed,
                    waits: Some(pending.id),
                };
                (client, For::Client(Box::new(asked)))
            }
        };
        Ok(Some(Self {
            asked_for,
            pending,
            client,
        }))
    }

    /// Its id, as URLs and forms have it.
    pub const fn id(&self) -> RequestId {
        self.pending.id
    }

    /// Whether a login is under way: the person has shown something, or was sent a code.
    pub const fn is_under_way(&self) -> bool {
        self.pending.auth_session.is_some()
    }

    /// The login that is under way, where its time is not over.
    pub async fn login(&self, cx: &Context<'_>) -> Result<Option<LoginTransaction>, OAuthError> {
        let Some(token) = &self.pending.auth_session else {
            return Ok(None);
        };
        let presented = parse_session(token.expose_secret())?;
        let kept = cx.issuer.store.transaction(presented.id).await?;
        Ok(kept.filter(|kept| kept.is_open_to(&presented, &self.client.id, None, cx.now)))
    }

    /// The client that asks; none where the person signs in for a page of ours.
    pub fn client(&self) -> Option<&Client> {
        matches!(self.asked_for, For::Client(_)).then_some(&*self.client)
    }
}

/// Has the person sign in for a page of ours. `path` is below the issuer's, such as `/account`.
pub async fn wait_for_page(cx: &Context<'_>, visitor: &Visitor, path: &str) -> Result<RequestId, OAuthError> {
    let id = RequestId::generate(cx.now, cx.random);
    let pending = PendingRequest {
        id,
        hash: visitor.browser.hash(),
        client_id: Client::pages().id,
        asked_for: AskedFor::Page(path.to_owned()),
        auth_session: None,
        pushed: None,
        created_at: cx.now,
        expires_at: time::after(cx.now, SIGN_IN_LIFETIME),
    };
    store::write(cx.issuer.store.as_ref(), KeepRequest(pending)).await?;
    Ok(id)
}
