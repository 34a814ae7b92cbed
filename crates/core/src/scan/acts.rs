//! What changes a scan, each as one act.

use super::{SCAN_LIFETIME, Scan, ScanRefused, ScanState, Step};
use crate::{
    Instant,
    account::ByUser,
    attempts::{self, AttemptLimits, Begun},
    event::EventKind,
    id::ScanId,
    identity::Identity,
    reason::Reason,
    store::{Act, Result, Unit},
    token::SecretHash,
    wechat_app::AppId,
};
use async_trait::async_trait;
use serde_json::json;

/// How many scans of one request may be open at once: one an impatient person asks for again and again.
pub const MOST_OPEN: u64 = 20;

/// How often the picture of one scan is asked of WeChat.
pub const MOST_PICTURES: u32 = 5;

/// Keeps a new scan.
#[derive(Debug)]
pub struct MakeScan {
    /// As it is to be kept.
    pub scan: Scan,
    /// How many its address may begin.
    pub limits: AttemptLimits,
}

#[async_trait]
impl Act for MakeScan {
    type Output = Begun;

    async fn run(&self, unit: &mut dyn Unit) -> Result<Begun> {
        let scan = &self.scan;
        if let Some(seconds) = attempts::begin(unit, scan.ip, self.limits, scan.created_at).await? {
            return Ok(Begun::TooMany(seconds));
        }
        if unit.open_scans(scan.request, scan.created_at).await? >= MOST_OPEN {
            return Ok(Begun::TooMany(SCAN_LIFETIME));
        }
        let is_kept = unit.put_scan(scan).await?;
        Ok(if is_kept { Begun::Kept } else { Begun::Taken })
    }
}

/// Counts a picture of a scan that nobody has read yet, for its browser.
#[derive(Debug)]
pub struct TakePicture {
    /// Which.
    pub id: ScanId,
    /// The hash of the browser's secret.
    pub browser: SecretHash,
    /// When.
    pub now: Instant,
}

#[async_trait]
impl Act for TakePicture {
    /// The scan, where the browser may have its picture.
    type Output = Option<Scan>;

    async fn run(&self, unit: &mut dyn Unit) -> Result<Option<Scan>> {
        let found = unit.scan(self.id).await?;
        let open =
            found.filter(|scan| scan.is_open_to(self.browser, self.now) && scan.state == ScanState::New);
        let Some(scan) = open else { return Ok(None) };
        let counts = unit.count_picture(self.id, MOST_PICTURES).await?;
        Ok(counts.then_some(scan))
    }
}

/// What the person in the mini-program does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// Has read the code.
    Look,
    /// Lets the browser in.
    Confirm,
    /// Does not.
    Deny,
}

/// A step of the person in the mini-program.
#[derive(Debug)]
pub struct ReadScan {
    /// Which.
    pub id: ScanId,
    /// The hash of the scene.
    pub hash: SecretHash,
    /// Which step.
    pub read: Read,
    /// Who.
    pub by: ByUser,
    /// The mini-program that the client is; none where it is another kind of client, which reads no code.
    pub app: Option<AppId>,
}

#[async_trait]
impl Act for ReadScan {
    /// The scan as it is now; or what the user lacks; or why the scan does not take the step.
    type Output = std::result::Result<Scan, std::result::Result<Reason, ScanRefused>>;

    async fn run(&self, unit: &mut dyn Unit) -> Result<Self::Output> {
        let by = &self.by;
        // Before the scan, as every unit that locks a user does.
        if !unit.user(by.user).await?.is_some_and(|user| user.is_active()) {
            return Ok(Err(Ok(Reason::UserDisabled)));
        }
        let found = unit.scan(self.id).await?.filter(|scan| scan.hash == self.hash);
        let Some(mut scan) = found else {
            return Ok(Err(Err(ScanRefused::Unknown)));
        };
        if self.app.as_ref() != Some(&scan.appid) {
            return Ok(Err(Ok(Reason::WechatRequired)));
        }
        let identities = unit.identities_of(by.user).await?;
        let of_app =
            |identity: &&Identity| identity.wechat().is_some_and(|wechat| wechat.appid == scan.appid);
        let identity = identities.iter().filter(of_app).map(|identity| identity.id).min();
        let Some(identity) = identity else {
            return Ok(Err(Ok(Reason::WechatRequired)));
        };
        let step = match self.read {
            Read::Look => Step::Read(by.user),
            Read::Confirm => Step::Confirm(by.user, identity),
            Read::Deny => Step::Deny(by.user),
        };
        let next = match scan.step(step, by.now) {
            Ok(next) => next,
            Err(refused) => return Ok(Err(Err(refused))),
        };
        if next != scan.state && !unit.set_scan_state(self.id, scan.state, next).await? {
            // Locked since it was read, so this is another node's clock or a row that is gone.
            return Ok(Err(Err(ScanRefused::Unknown)));
        }
        scan.state = next;
        let kind = match self.read {
            Read::Look => return Ok(Ok(scan)),
            Read::Confirm => EventKind::ScanConfirmed,
            Read::Deny => EventKind::ScanDenied,
        };
        let detail = json!({
            "request": scan.request.to_string(),
            "appid": scan.appid.as_str(),
            "browser_ip": scan.ip.map(|ip| ip.to_string()),
        });
        unit.record(&by.event(kind, detail)).await?;
        Ok(Ok(scan))
    }
}

/// Lets the browser go on, once.
#[derive(Debug)]
pub struct FinishScan {
    /// Which.
    pub id: ScanId,
    /// The hash of the browser's secret.
    pub browser: SecretHash,
    /// When.
    pub now: Instant,
}

#[async_trait]
impl Act for FinishScan {
    /// The scan as it was, confirmed; of many at once one gets it.
    type Output = std::result::Result<Scan, ScanRefused>;

    async fn run(&self, unit: &mut dyn Unit) -> Result<Self::Output> {
        let Some(scan) = unit.scan(self.id).await? else {
            return Ok(Err(ScanRefused::Unknown));
        };
        let next = match scan.step(Step::Finish(self.browser), self.now) {
            Ok(next) => next,
            Err(refused) => return Ok(Err(refused)),
        };
        if !unit.set_scan_state(self.id, scan.state, next).await? {
            return Ok(Err(ScanRefused::Decided));
        }
        Ok(Ok(scan))
    }
}
