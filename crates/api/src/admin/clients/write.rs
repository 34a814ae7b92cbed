//! Writing a client, and showing what came of it with its secret where that is new.

use super::{
    WHAT,
    body::{ClientAnswer, ClientRequest},
    registration::{self, WechatAppKnown},
};
use crate::{
    admin::{access::TenantAccess, keys::make},
    app::App,
    problem::Problem,
};
use hufu_core::{
    Instant,
    change::{Change, Changed},
    client::{Client, ClientId},
    signing_key::{self, SigningAlgorithm, SigningKey},
    store::TenantStore,
    token::{self, SecretHash},
    wechat_app::AppId,
};
use secrecy::ExposeSecret;

/// Checks the request and writes the client; on top of what was read at `based_on`, or whatever is there.
pub(super) async fn write(
    app: &App,
    access: &TenantAccess,
    id: ClientId,
    request: &ClientRequest,
    based_on: Option<Instant>,
) -> Result<(Changed, ClientAnswer), Problem> {
    let known = wechat_app_known(access, request).await?;
    let registration = registration::check(request, known)?;
    let secret = token::client_secret(&*app.random);
    let hash = SecretHash::of(secret.expose_secret().as_bytes());
    let client = registration.client(id.clone(), hash, access.now());
    let algorithm = client.id_token_signed_response_alg;
    let key = missing_key(app, access.rows(), algorithm, access.now()).await?;
    let change = Change::Client {
        client,
        based_on,
        key,
    };
    let changed = access.change(app, WHAT, change).await?;
    let written = read(access, &id).await?;
    let counts = changed != Changed::Updated && written.has_secret();
    Ok((changed, ClientAnswer::of(written, counts.then_some(&secret))))
}

/// Reads a client.
pub(super) async fn read(access: &TenantAccess, id: &ClientId) -> Result<Client, Problem> {
    let found = access.rows().client(id).await?;
    found.ok_or_else(|| Problem::not_found(WHAT))
}

/// A key for the tenant's first client whose ID tokens are signed by `algorithm`.
pub(crate) async fn missing_key(
    app: &App,
    rows: &dyn TenantStore,
    algorithm: SigningAlgorithm,
    now: Instant,
) -> Result<Option<Box<SigningKey>>, Problem> {
    let keys = rows.signing_keys(now).await?;
    if signing_key::active(&keys, algorithm, now).is_some() {
        return Ok(None);
    }
    make(app, algorithm, now).await.map(|key| Some(Box::new(key)))
}

async fn wechat_app_known(access: &TenantAccess, request: &ClientRequest) -> Result<WechatAppKnown, Problem> {
    // One that cannot be an appid is a matter of the member's own rule.
    let Some(Ok(appid)) = request.wechat_appid.as_deref().map(AppId::parse) else {
        return Ok(WechatAppKnown::Yes);
    };
    let found = access.rows().wechat_app(&appid).await?;
    Ok(found.map_or(WechatAppKnown::No, |_| WechatAppKnown::Yes))
}
