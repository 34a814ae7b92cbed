//! A login in a browser ends in a session that its cookie opens.
//!
//! The person who was signed in there already keeps the session and all that grew from it, under another cookie; somebody else's
//! session ends, as if they had signed out.

use super::{InBrowser, run::Run};
use crate::{
    id::UserId,
    session::{Browser, Method, Session, USER_AGENT},
    store::{Result, Unit},
    time,
};

impl Run<'_> {
    /// Opens or renews the browser's session.
    pub(super) async fn enter(
        &mut self,
        unit: &mut dyn Unit,
        user: UserId,
        amr: Vec<Method>,
        browser: &InBrowser,
    ) -> Result<Session> {
        let now = self.request.now;
        let limits = self.request.settings.sessions;
        let [new, renewed] = self.act.cookies;
        let cookie = |cookie| Browser {
            cookie,
            seen_at: now,
            user_agent: browser.user_agent.as_deref().map(shortened_user_agent),
        };
        let mut session = Session {
            id: self.act.ids.session,
            user_id: user,
            amr,
            auth_time: now,
            expires_at: time::after(now, limits.browser_ttl),
            ended_at: None,
            browser: Some(cookie(new)),
        };
        if let Some(present) = browser.session
            && let Some((present, _)) = unit.browser_session(present).await?
            && present.is_live(now)
        {
            if present.user_id == user {
                session = Session {
                    id: present.id,
                    // What grew from it was given until then.
                    expires_at: session.expires_at.max(present.expires_at),
                    browser: Some(cookie(renewed)),
                    ..session
                };
                unit.renew_session(&session).await?;
                return Ok(session);
            }
            unit.end_session(present.user_id, present.id, now).await?;
        }
        if let Some(most) = limits.most_per_user {
            unit.user(user).await?;
            unit.end_oldest_sessions(user, most.saturating_sub(1), now)
                .await?;
        }
        unit.open_browser_session(&session).await?;
        Ok(session)
    }
}

/// As much of a browser's name as is kept.
pub fn shortened_user_agent(name: &str) -> String {
    let end = (0..=USER_AGENT.min(name.len()))
        .rev()
        .find(|end| name.is_char_boundary(*end));
    name[..end.unwrap_or(0)].to_owned()
}
