//! A device asks whether it may, and gets its grant where it does (RFC 8628 §3.4).

use super::{DeviceRefused, DeviceState};
use crate::{
    Instant,
    client::{ClientId, Resource},
    grant::GrantDetails,
    id::{DeviceId, GrantId, RefreshTokenId, SessionId},
    login::{Opened, Opening, open},
    settings::Settings,
    store::{Act, Result, Unit},
    token::SecretHash,
};
use async_trait::async_trait;

/// A device asks. Where somebody has let it in, this opens a session of its own, which can be ended without that of the browser.
#[derive(Debug)]
pub struct RedeemDevice {
    /// Which.
    pub device: DeviceId,
    /// The hash of the device code that was presented.
    pub hash: SecretHash,
    /// Who presents it.
    pub client: ClientId,
    /// The thumbprint of the key whose possession was proven.
    pub dpop_jkt: Option<String>,
    /// Whether refresh tokens are bound to that key: those of a public client are (RFC 9449 §5).
    pub binds_refresh: bool,
    /// What the access token is to be for; `None` is the issuer.
    pub resource: Option<Resource>,
    /// The session that it will open.
    pub session: SessionId,
    /// The grant that it will give.
    pub grant: GrantId,
    /// The first refresh token, where the client may have one.
    pub refresh: Option<(RefreshTokenId, SecretHash)>,
    /// The tenant's settings.
    pub settings: Settings,
    /// When.
    pub now: Instant,
}

#[async_trait]
impl Act for RedeemDevice {
    /// What the device gets, once; or why it gets nothing.
    type Output = std::result::Result<Opened, DeviceRefused>;

    async fn run(&self, unit: &mut dyn Unit) -> Result<Self::Output> {
        let now = self.now;
        let found = unit.device(self.device).await?;
        // Whoever cannot show the secret, or is another client, can neither use nor slow down a device.
        let Some(device) = found.filter(|device| device.is_of(&self.client, self.hash)) else {
            return Ok(Err(DeviceRefused::Dead));
        };
        let allowed = match device.answer(now) {
            Ok(allowed) => allowed,
            Err(DeviceRefused::Pending) => {
                let (pace, is_early) = device.pace.ask(now);
                unit.set_device_pace(device.id, pace).await?;
                return Ok(Err(if is_early {
                    DeviceRefused::TooFast
                } else {
                    DeviceRefused::Pending
                }));
            }
            Err(refused) => return Ok(Err(refused)),
        };
        let user = unit.user(allowed.user).await?;
        // Who closed the account since must sign in again to keep it.
        let may = user.is_some_and(|user| user.is_active() && user.closes_at.is_none());
        // Whatever ended the browser's session since, such as another password, ends this as well.
        let browser = unit.browser_session(allowed.session).await?;
        if !may || !browser.is_some_and(|(session, _)| session.is_live(now)) {
            return Ok(Err(DeviceRefused::Dead));
        }
        let details = GrantDetails {
            authentication: Some(allowed.authentication.clone()),
            resources: device.resources.clone(),
            dpop_jkt: self.dpop_jkt.clone().filter(|_| self.binds_refresh),
            ..GrantDetails::default()
        };
        if !details.may_be_for(self.resource.as_ref()) {
            return Ok(Err(DeviceRefused::WrongResource));
        }
        let over = DeviceState::Used { user: allowed.user };
        if !unit.set_device_state(device.id, &device.state, &over).await? {
            return Ok(Err(DeviceRefused::Dead));
        }
        // OpenID Connect Core §11; without OpenID nothing says so.
        let lasts = device.scope.contains("offline_access") || !device.scope.contains("openid");
        let (session, mut grant, token) = open(Opening {
            user: allowed.user,
            session: self.session,
            grant: self.grant,
            client: &device.client_id,
            scope: &device.scope,
            amr: allowed.authentication.amr.clone(),
            auth_time: allowed.authentication.auth_time,
            refresh: self.refresh.filter(|_| lasts),
            settings: &self.settings,
            now,
        });
        grant.details = details;
        if let Some(most) = self.settings.sessions.most_per_user {
            unit.end_oldest_sessions(allowed.user, most.saturating_sub(1), now)
                .await?;
        }
        unit.open_session(&session, &grant, token.as_ref()).await?;
        Ok(Ok(Opened {
            session,
            grant,
            nonce: None,
            is_refreshable: token.is_some(),
        }))
    }
}
