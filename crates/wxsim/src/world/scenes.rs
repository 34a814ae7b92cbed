//! What the codes that were drawn for mini-programs open.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::Serialize;
use url::{Url, form_urlencoded};

use super::World;
use crate::Refusal;

/// More are not remembered: the oldest go.
const MOST: usize = 10_000;

/// A scene of an app, and the page that it is for.
pub(super) struct Scene {
    appid: Arc<str>,
    value: String,
    page: String,
}

/// What the phone does with a code: it opens the mini-program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Opened {
    /// The page, without a slash before it.
    pub page: String,
    /// What the page's `onLoad` gets, as a query: `scene=…`, URL-encoded as in WeChat.
    pub query: String,
    /// What `wx.login` gives there.
    pub code: String,
}

#[derive(Default)]
pub(super) struct Scenes(VecDeque<Scene>);

impl World {
    /// A code was drawn.
    pub(crate) fn remember_scene(&mut self, appid: Arc<str>, scene: String, page: String) {
        if self.scenes.0.len() >= MOST {
            self.scenes.0.pop_front();
        }
        self.scenes.0.push_back(Scene {
            appid,
            value: scene,
            page,
        });
    }

    /// What a phone does that reads the code of a scene. A user that nobody has heard of is created.
    pub(crate) fn scan(&mut self, appid: &str, scene: &str, user: &str, now: i64) -> Result<Opened, Refusal> {
        self.known_app(appid)?;
        let drawn = self.scenes.0.iter().rev();
        let found = drawn
            .filter(|drawn| drawn.appid.as_ref() == appid)
            .find(|drawn| drawn.value == scene);
        let page = found.ok_or(Refusal::UnknownScene)?.page.clone();
        let encoded: String = form_urlencoded::byte_serialize(scene.as_bytes()).collect();
        Ok(Opened {
            page,
            query: format!("scene={encoded}"),
            code: self.mint_login_code(appid, user, now)?,
        })
    }

    /// The same for what is written in the code: `wxsim://{appid}/{page}?scene={scene}`.
    pub(crate) fn scan_url(&mut self, url: &str, user: &str, now: i64) -> Result<Opened, Refusal> {
        let url = Url::parse(url).map_err(|_| Refusal::UnknownScene)?;
        let scene = url.query_pairs().find(|(name, _)| name == "scene");
        let (Some(appid), Some((_, scene)), "wxsim") = (url.host_str(), scene, url.scheme()) else {
            return Err(Refusal::UnknownScene);
        };
        self.scan(appid, &scene, user, now)
    }
}
