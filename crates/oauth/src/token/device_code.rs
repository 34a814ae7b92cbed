//! `urn:ietf:params:oauth:grant-type:device_code` (RFC 8628 §3.4): a device asks whether its person has let it in.

use super::{Asked, FirstRefreshToken, Issuance, TokenGrant, audience};
use crate::{
    Context,
    error::{ErrorCode, OAuthError},
    form::Form,
};
use async_trait::async_trait;
use hufu_core::{
    client::Client,
    device::{DeviceRefused, RedeemDevice},
    id::{DeviceId, GrantId, SessionId},
    store,
    token::{OpaqueToken, TokenKind},
};

const DEAD: OAuthError = OAuthError::invalid_grant(
    "the device code is unknown, used before, was issued to another client, or whoever allowed it is not signed in any more",
);

pub(super) struct DeviceCodeGrant;

#[async_trait]
impl TokenGrant for DeviceCodeGrant {
    async fn issue(
        &self,
        cx: &Context<'_>,
        client: &Client,
        form: &Form,
        asked: &Asked,
    ) -> Result<Issuance, OAuthError> {
        let code = form.require("device_code", "device_code is missing")?;
        let code = OpaqueToken::parse(TokenKind::DeviceCode, code).map_err(|_| DEAD)?;
        let refresh = FirstRefreshToken::draw(cx, client);
        let act = RedeemDevice {
            device: DeviceId::from_uuid(code.id()),
            hash: code.hash(),
            client: client.id.clone(),
            dpop_jkt: asked.key.map(|key| key.to_string()),
            binds_refresh: !client.is_confidential(),
            resource: asked.resource().cloned(),
            session: SessionId::generate(cx.now, cx.random),
            grant: GrantId::generate(cx.now, cx.random),
            refresh: refresh.kept(),
            settings: cx.issuer.tenant.settings.clone(),
            now: cx.now,
        };
        let redeemed = store::write(cx.issuer.store.as_ref(), act).await?;
        Issuance::of(client, redeemed.map_err(refused)?, refresh)
    }
}

/// RFC 8628 §3.5.
const fn refused(refused: DeviceRefused) -> OAuthError {
    match refused {
        DeviceRefused::Pending => OAuthError::new(
            ErrorCode::AuthorizationPending,
            "nobody has decided yet; ask again when the interval is over",
        ),
        DeviceRefused::TooFast => OAuthError::new(
            ErrorCode::PolledTooFast,
            "the interval was not over; it is five seconds longer now",
        ),
        DeviceRefused::Denied => OAuthError::new(ErrorCode::AccessDenied, "the person said no"),
        DeviceRefused::Expired => OAuthError::new(
            ErrorCode::ExpiredToken,
            "the device code is over; begin anew when the person wants to",
        ),
        DeviceRefused::WrongResource => audience::REFUSED,
        DeviceRefused::Dead => DEAD,
    }
}
