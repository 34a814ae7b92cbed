//! Sign-in by scan: the browser's side, which shows a code and goes on where it is confirmed, and the mini-program's, which reads it
//! and says yes or no.

use super::{Entered, Visitor, Waiting, steps};
use crate::{
    Context,
    error::{ErrorCode, OAuthError},
    login::refused,
    wechat,
};
use hufu_core::{
    account::ByUser,
    attempts::Begun,
    client::Client,
    connector::{MiniProgramCode, Picture},
    identity::Identity,
    login::{WechatProof, shortened_user_agent},
    random,
    reason::Reason,
    scan::{
        FinishScan, MakeScan, Read, ReadScan, SCAN_LIFETIME, Scan, ScanRefused, ScanState, TakePicture,
        id_of, is_scene,
    },
    settings::ScanSettings,
    store, time,
    token::SecretHash,
    wechat_app::{AppId, WechatApp},
};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use uuid::Uuid;

/// The mini-program that can read codes, with its settings; `None` where the tenant offers no sign-in by scan.
pub async fn scan_app<'a>(
    cx: &'a Context<'_>,
) -> Result<Option<(&'a ScanSettings, Arc<WechatApp>)>, OAuthError> {
    let Some(settings) = &cx.issuer.tenant.settings.scan else {
        return Ok(None);
    };
    let Ok(appid) = AppId::parse(&settings.appid) else {
        return Ok(None);
    };
    Ok(cx.issuer.wechat_app(&appid).await?.map(|app| (settings, app)))
}

/// The scan that a page is about.
#[derive(Debug)]
pub struct Shown {
    /// As it is.
    pub scan: Scan,
    scene: SecretString,
}

impl Shown {
    /// How long it can still be scanned, in seconds.
    pub fn seconds(&self, cx: &Context<'_>) -> u32 {
        let left = self.scan.expires_at.signed_duration_since(cx.now).num_seconds();
        u32::try_from(left).unwrap_or_default()
    }

    /// The two digits.
    pub fn match_code(&self) -> String {
        format!("{:02}", self.scan.match_code)
    }
}

/// Begins a sign-in by scan for a request that waits in this browser: the nonce that the page's URL has. WeChat is asked for the code
/// at once, so that the person hears of it where it gives none.
pub async fn begin(cx: &Context<'_>, visitor: &Visitor, waiting: &Waiting) -> Result<String, OAuthError> {
    let (settings, app) = scan_app(cx).await?.ok_or_else(not_offered)?;
    let nonce = random::uuid_v7(cx.now, cx.random);
    let scene = visitor.browser.scene(nonce);
    let text = scene.expose_secret();
    let [digits] = random::bytes::<1>(cx.random);
    let scan = Scan {
        id: id_of(text),
        hash: SecretHash::of(text.as_bytes()),
        request: waiting.id(),
        browser: visitor.browser.hash(),
        appid: app.credential.appid.clone(),
        // A little more often 0 to 55: it is no secret.
        match_code: digits % 100,
        ip: cx.ip,
        user_agent: (visitor.user_agent.as_deref()).map(shortened_user_agent),
        state: ScanState::New,
        created_at: cx.now,
        expires_at: time::after(cx.now, SCAN_LIFETIME),
    };
    // Before WeChat is asked: its limits are the tenant's.
    let limits = cx.issuer.tenant.settings.attempts;
    match store::write(cx.issuer.store.as_ref(), MakeScan { scan, limits }).await? {
        Begun::Kept => {}
        Begun::Taken => return Err(OAuthError::defect("a scan was begun twice")),
        Begun::TooMany(seconds) => return Err(too_many(seconds)),
    }
    draw(cx, waiting, settings, &app, &scene).await?;
    Ok(nonce.simple().to_string())
}

/// The address, or the request, has begun too many codes.
pub(crate) fn too_many(seconds: u32) -> OAuthError {
    let error = OAuthError::new(
        ErrorCode::SlowDown,
        "too many codes were asked for; try again later",
    );
    error.retry_after(seconds)
}

/// The scan of a page's URL, where it is this browser's and not over.
pub async fn find(
    cx: &Context<'_>,
    visitor: &Visitor,
    waiting: &Waiting,
    nonce: &str,
) -> Result<Option<Shown>, OAuthError> {
    let Ok(nonce) = Uuid::try_parse(nonce) else {
        return Ok(None);
    };
    let scene = visitor.browser.scene(nonce);
    let found = cx.issuer.store.scan(id_of(scene.expose_secret())).await?;
    let is_open =
        |scan: &Scan| scan.request == waiting.id() && scan.is_open_to(visitor.browser.hash(), cx.now);
    Ok(found.filter(is_open).map(|scan| Shown { scan, scene }))
}

/// The picture of the code, for its browser, while nobody has read it. `None` otherwise, and where it was asked for too often.
pub async fn picture(
    cx: &Context<'_>,
    visitor: &Visitor,
    waiting: &Waiting,
    nonce: &str,
) -> Result<Option<(Picture, Shown)>, OAuthError> {
    let Some(shown) = find(cx, visitor, waiting, nonce).await? else {
        return Ok(None);
    };
    let take = TakePicture {
        id: shown.scan.id,
        browser: visitor.browser.hash(),
        now: cx.now,
    };
    if store::write(cx.issuer.store.as_ref(), take).await?.is_none() {
        return Ok(None);
    }
    // The setting may name another mini-program by now.
    let offered = scan_app(cx).await?;
    let Some((settings, app)) = offered.filter(|(_, app)| app.credential.appid == shown.scan.appid) else {
        return Ok(None);
    };
    let picture = draw(cx, waiting, settings, &app, &shown.scene).await?;
    Ok(Some((picture, shown)))
}

async fn draw(
    cx: &Context<'_>,
    waiting: &Waiting,
    settings: &ScanSettings,
    app: &WechatApp,
    scene: &SecretString,
) -> Result<Picture, OAuthError> {
    let code = MiniProgramCode {
        scene: scene.expose_secret(),
        page: &settings.page,
        env_version: settings.env_version.as_str(),
        check_path: settings.check_path,
    };
    let mut answer = cx.wechat.mini_program_code(&app.credential, code).await;
    if let Some(now) = wechat::changed(cx, app, answer.as_ref().err()).await? {
        answer = cx.wechat.mini_program_code(&now.credential, code).await;
    }
    match answer {
        Ok(picture) => Ok(picture),
        Err(error) => {
            let client = &waiting.client.id;
            Err(wechat::refused(cx, client, &app.credential.appid, &error).await)
        }
    }
}

/// Signs the browser in as who confirmed, once. `None` where the scan is over, is another browser's or was used. From there on it is a
/// sign-in like any other: what the tenant wants beside WeChat is asked for.
pub async fn finish(
    cx: &Context<'_>,
    visitor: &Visitor,
    waiting: &Waiting,
    nonce: &str,
) -> Result<Option<Entered>, OAuthError> {
    let Some(shown) = find(cx, visitor, waiting, nonce).await? else {
        return Ok(None);
    };
    let finish = FinishScan {
        id: shown.scan.id,
        browser: visitor.browser.hash(),
        now: cx.now,
    };
    let store = cx.issuer.store.as_ref();
    let Ok(scan) = store::write(store, finish).await? else {
        return Ok(None);
    };
    let ScanState::Confirmed { user, identity } = scan.state else {
        return Err(OAuthError::defect("a scan ended that nobody confirmed"));
    };
    let identities = store.identities(user).await?;
    let found = identities.iter().find(|known| known.id == identity);
    // Gone since: unlinked, or with its user.
    let Some(wechat) = found.and_then(Identity::wechat) else {
        return Ok(None);
    };
    let proof = WechatProof {
        identity: wechat.clone(),
        session_key: None,
    };
    steps::enter_by_scan(cx, visitor, waiting, proof).await.map(Some)
}

/// What the mini-program shows the person before they decide.
#[derive(Debug)]
pub struct Seen {
    /// The scan as it is now.
    pub scan: Scan,
    /// The client that the browser signs in to; none for the tenant's own pages.
    pub client: Option<Arc<Client>>,
}

/// A step of the person in the mini-program that the code is of, which `client` must be. Errors have a reason: `scan_expired` (or never made), `scan_taken`, `scan_decided`,
/// `wechat_required`.
pub async fn read(
    cx: &Context<'_>,
    scene: &str,
    read: Read,
    by: ByUser,
    client: &Client,
) -> Result<Seen, OAuthError> {
    if !is_scene(scene) {
        return Err(refused(Reason::ScanExpired.into()));
    }
    let act = ReadScan {
        id: id_of(scene),
        hash: SecretHash::of(scene.as_bytes()),
        read,
        by,
        app: client.wechat_appid.clone(),
    };
    let reason = match store::write(cx.issuer.store.as_ref(), act).await? {
        Ok(scan) => {
            let waiting = cx.issuer.store.request(scan.request).await?;
            let client = match waiting.filter(|waiting| waiting.client_id != Client::pages().id) {
                Some(waiting) => cx.issuer.client(&waiting.client_id).await?,
                None => None,
            };
            return Ok(Seen { scan, client });
        }
        Err(Ok(reason)) => reason,
        Err(Err(ScanRefused::Unknown)) => Reason::ScanExpired,
        Err(Err(ScanRefused::Taken)) => Reason::ScanTaken,
        Err(Err(ScanRefused::Decided)) => Reason::ScanDecided,
    };
    Err(refused(reason.into()))
}

const fn not_offered() -> OAuthError {
    OAuthError::invalid_request("the tenant offers no sign-in by scan")
}
