//! Sign-in by scan: a page shows a code, the tenant's mini-program reads it, and the person who is signed in there lets the
//! browser in.
//!
//! The code carries a *scene*: 128 bits that only the browser can compute, and of which only hashes are kept. Who reads it first
//! is the only one who may decide. Nothing that the mini-program gets opens the browser's door: the browser that began ends it.

mod acts;
mod state;

pub use acts::{FinishScan, MOST_OPEN, MOST_PICTURES, MakeScan, Read, ReadScan, TakePicture};
pub use state::{ScanRefused, ScanState, Step};

use crate::{
    Instant,
    id::{RequestId, ScanId},
    token::SecretHash,
    wechat_app::AppId,
};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use uuid::Uuid;

/// How long a code can be scanned and confirmed, in seconds.
pub const SCAN_LIFETIME: u32 = 120;

/// How many characters a scene has: WeChat takes at most 32.
pub const SCENE_LENGTH: usize = 22;

/// A sign-in by scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// By which it is found: see [`id_of`].
    pub id: ScanId,
    /// The hash of the scene.
    pub hash: SecretHash,
    /// The request that waits in the browser.
    pub request: RequestId,
    /// The hash of the browser's secret.
    pub browser: SecretHash,
    /// The mini-program that is to read it.
    pub appid: AppId,
    /// Two digits that page and phone show, so that the person sees that both are about the same: 0 to 99.
    pub match_code: u8,
    /// Where the browser is.
    pub ip: Option<IpAddr>,
    /// What the browser calls itself, at most 256 characters.
    pub user_agent: Option<String>,
    /// How far it is.
    pub state: ScanState,
    /// When the page was shown.
    pub created_at: Instant,
    /// The end.
    pub expires_at: Instant,
}

/// The id of the scan with that scene: whoever reads the scene finds it, and the id does not tell the scene.
pub fn id_of(scene: &str) -> ScanId {
    let digest: [u8; 32] = Sha256::digest(scene).into();
    let [half, _] = halves(digest);
    ScanId::from_uuid(Uuid::from_bytes(half))
}

/// Whether a text can be a scene.
pub fn is_scene(text: &str) -> bool {
    text.len() == SCENE_LENGTH
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// The two halves of a digest.
pub fn halves(digest: [u8; 32]) -> [[u8; 16]; 2] {
    let (mut first, mut second) = ([0; 16], [0; 16]);
    first.copy_from_slice(&digest[..16]);
    second.copy_from_slice(&digest[16..]);
    [first, second]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scene_is_22_characters_of_base64url() {
        assert!(is_scene("AAAAAAAAAAAAAAAAAAAA-_"));
        for bad in [
            "",
            "AAAAAAAAAAAAAAAAAAAAA",
            "AAAAAAAAAAAAAAAAAAAA+/",
            "AAAAAAAAAAAAAAAAAAAAAAA",
        ] {
            assert!(!is_scene(bad), "{bad}");
        }
    }

    #[test]
    fn the_id_is_of_the_scene_alone_and_another_for_another() {
        assert_eq!(id_of("a"), id_of("a"));
        assert_ne!(id_of("a"), id_of("b"));
    }
}
