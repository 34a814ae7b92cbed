//! The device authorization grant (RFC 8628): what a device asks for, and what the person at a browser says to that.
//!
//! The device's own questions are those of `token::device_code`.

use crate::{
    Context, authorize, client_authentication,
    error::{ErrorCode, OAuthError},
    form::Form,
    hosted::{SignedIn, scan::too_many},
};
use hufu_core::{
    attempts::Begun,
    client::{Client, GrantType},
    device::{
        DEVICE_LIFETIME, DecideDevice, Decided, Device, DeviceState, EnterUserCode, Entered, Guess, INTERVAL,
        MakeDevice, Pace, UserCode,
    },
    id::{DeviceId, EventId},
    store,
    store::TenantStore,
    time,
    token::{OpaqueToken, TokenKind},
};
use secrecy::SecretString;
use serde::Serialize;
use std::sync::Arc;

/// Where people type user codes, below the issuer.
pub const PAGE: &str = "/device";

/// How often another user code is drawn where one is taken: there are many more codes than devices.
const MOST_DRAWS: usize = 5;

/// What a device gets (RFC 8628 §3.2).
#[derive(Debug, Serialize)]
pub struct DeviceResponse {
    /// What the device asks with.
    #[serde(serialize_with = "crate::token::reveal")]
    pub device_code: SecretString,
    /// What the person types.
    pub user_code: String,
    /// Where.
    pub verification_uri: String,
    /// The same with the code, for a QR code.
    pub verification_uri_complete: String,
    /// Seconds.
    pub expires_in: u32,
    /// Seconds from one question to the next.
    pub interval: u32,
}

/// Takes a device authorization request. `authorization` is the header's value.
pub async fn begin(
    cx: &Context<'_>,
    form: &Form,
    authorization: Option<&str>,
) -> Result<DeviceResponse, OAuthError> {
    let client = client_authentication::authenticate(cx, form, authorization).await?;
    if !client.may_use(GrantType::DeviceCode) {
        return Err(OAuthError::new(
            ErrorCode::UnauthorizedClient,
            "the client is not registered for the grant type urn:ietf:params:oauth:grant-type:device_code",
        ));
    }
    // FAPI 2.0 Security Profile §5.3.2.2: people are asked by pushed requests alone.
    if client.details.is_fapi() {
        return Err(OAuthError::new(
            ErrorCode::UnauthorizedClient,
            "a client of the FAPI 2.0 profile must push its authorization requests (RFC 9126)",
        ));
    }
    let scope = authorize::scope_of(&client, form)?;
    let resources = authorize::resources_of(cx, &client, form)?;
    let limits = (!client.is_confidential()).then_some(cx.issuer.tenant.settings.attempts);
    let id = DeviceId::generate(cx.now, cx.random);
    let device_code = OpaqueToken::generate(TokenKind::DeviceCode, id.uuid(), cx.random);
    for _ in 0..MOST_DRAWS {
        let user_code = UserCode::generate(cx.random);
        let device = Device {
            id,
            hash: device_code.hash(),
            user_code: user_code.hash(cx.issuer.tenant.id, cx.pepper),
            client_id: client.id.clone(),
            scope: scope.clone(),
            resources: resources.clone(),
            ip: cx.ip,
            state: DeviceState::New,
            pace: Pace::NEW,
            created_at: cx.now,
            expires_at: time::after(cx.now, DEVICE_LIFETIME),
        };
        match store::write(cx.issuer.store.as_ref(), MakeDevice { device, limits }).await? {
            Begun::Kept => {}
            Begun::Taken => continue,
            Begun::TooMany(seconds) => return Err(too_many(seconds)),
        }
        let verification_uri = format!("{}{PAGE}", cx.issuer.url);
        return Ok(DeviceResponse {
            device_code: device_code.reveal(),
            verification_uri_complete: format!("{verification_uri}?user_code={user_code}"),
            verification_uri,
            user_code: user_code.to_string(),
            expires_in: DEVICE_LIFETIME,
            interval: INTERVAL,
        });
    }
    Err(OAuthError::defect("every user code that was drawn is taken"))
}

/// A device that waits for the person, as the page shows it.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// What it asks for, and where it is.
    pub device: Device,
    /// Which client runs on it.
    pub client: Arc<Client>,
    /// What the person typed, as the device shows it.
    pub user_code: UserCode,
}

/// What became of a code that a person typed.
#[derive(Debug, Clone)]
pub enum Found {
    /// A device waits for them.
    Waiting(Box<Waiting>),
    /// None does, or none does any more.
    Unknown,
    /// They were wrong too often to be told. For how many seconds.
    TooOften(u32),
}

/// The device with the user code that a person typed. A wrong one is counted.
pub async fn enter(cx: &Context<'_>, signed_in: &SignedIn, typed: &str) -> Result<Found, OAuthError> {
    let guess = Guess {
        user: signed_in.user.id,
        ip: cx.ip,
        limits: cx.issuer.tenant.settings.attempts,
    };
    find(cx, UserCode::parse(typed), Some(guess)).await
}

/// The same for a code that the browser is known to have entered already.
pub async fn again(cx: &Context<'_>, user_code: UserCode) -> Result<Found, OAuthError> {
    find(cx, Some(user_code), None).await
}

async fn find(
    cx: &Context<'_>,
    user_code: Option<UserCode>,
    guess: Option<Guess>,
) -> Result<Found, OAuthError> {
    let hash = |code: &UserCode| code.hash(cx.issuer.tenant.id, cx.pepper);
    let enter = EnterUserCode {
        user_code: user_code.as_ref().map(hash),
        guess,
        now: cx.now,
    };
    let device = match store::write(store(cx), enter).await? {
        Entered::Found(device) => *device,
        Entered::Unknown => return Ok(Found::Unknown),
        Entered::TooOften(seconds) => return Ok(Found::TooOften(seconds)),
    };
    // A client that was removed since cannot ask any more.
    let client = cx.issuer.client(&device.client_id).await?;
    Ok(match (client, user_code) {
        (Some(client), Some(user_code)) => Found::Waiting(Box::new(Waiting {
            device,
            client,
            user_code,
        })),
        _ => Found::Unknown,
    })
}

/// The person lets the device in, or does not. `false` where it is over, or somebody has decided, or the person is not signed in any
/// more.
pub async fn decide(
    cx: &Context<'_>,
    signed_in: &SignedIn,
    user_code: &UserCode,
    allow: bool,
) -> Result<bool, OAuthError> {
    let decide = DecideDevice {
        user_code: user_code.hash(cx.issuer.tenant.id, cx.pepper),
        session: (signed_in.session.id, signed_in.cookie),
        idle_ttl: cx.issuer.tenant.settings.sessions.browser_idle_ttl,
        allow,
        events: [(); 2].map(|()| EventId::generate(cx.now, cx.random)),
        ip: cx.ip,
        now: cx.now,
    };
    Ok(store::write(store(cx), decide).await? == Decided::Done)
}

fn store<'a>(cx: &'a Context<'_>) -> &'a dyn TenantStore {
    cx.issuer.store.as_ref()
}
