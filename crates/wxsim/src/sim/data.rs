//! What the handle does with phone numbers, session keys and encrypted data.

use super::WxSim;
use crate::Refusal;
use crate::crypt::api_security::ApiSecurityKeys;
use crate::world::{DataKind, EncryptedData, Opened, Tamper, UserEncryptKey};

impl WxSim {
    /// What this person's phone does that reads the code of a scene: it opens the mini-program on the code's page. Only codes that
    /// were drawn are known. A person that nobody has heard of is created.
    pub fn scan(&self, app: impl AsRef<str>, scene: &str, user: impl AsRef<str>) -> Result<Opened, Refusal> {
        let now = self.now();
        self.server.world().scan(app.as_ref(), scene, user.as_ref(), now)
    }

    /// The same for what is written in the code: `wxsim://{appid}/{page}?scene={scene}`.
    pub fn scan_url(&self, url: &str, user: impl AsRef<str>) -> Result<Opened, Refusal> {
        let now = self.now();
        self.server.world().scan_url(url, user.as_ref(), now)
    }

    /// What the button for a phone number does: a code for the first number of this person, to be exchanged by this app.
    /// A person that nobody has heard of is created.
    pub fn phone_code(&self, app: impl AsRef<str>, user: impl AsRef<str>) -> Result<String, Refusal> {
        let now = self.now();
        self.server
            .world()
            .mint_phone_code(app.as_ref(), user.as_ref(), None, now)
    }

    /// The same for this number, in E.164, which need not be one of the person's.
    pub fn phone_code_for(
        &self,
        app: impl AsRef<str>,
        user: impl AsRef<str>,
        phone: &str,
    ) -> Result<String, Refusal> {
        let now = self.now();
        self.server
            .world()
            .mint_phone_code(app.as_ref(), user.as_ref(), Some(phone), now)
    }

    /// The first phone number of a person, whether or not the person exists, in E.164.
    pub fn phone_of(&self, user: impl AsRef<str>) -> String {
        let user = user.as_ref();
        let known = self.server.world().phone(user);
        known.map_or_else(|_| self.server.lots().phone(user), |phone| phone.e164())
    }

    /// The session key in force for a person in an app, if the person ever logged in there.
    pub fn session_key(&self, app: impl AsRef<str>, user: impl AsRef<str>) -> Option<String> {
        self.server.world().session_key(app.as_ref(), user.as_ref())
    }

    /// Retires a person's session key in an app, as any further login or prefetch may. Nothing happens where there is
    /// none.
    pub fn rotate_session_key(&self, app: impl AsRef<str>, user: impl AsRef<str>) {
        let now = self.now();
        self.server
            .world()
            .rotate_session_key(app.as_ref(), user.as_ref(), now);
    }

    /// Data of a person who has logged in to an app, as its mini-program is given it: under the session key in force.
    pub fn encrypted_data(
        &self,
        app: impl AsRef<str>,
        user: impl AsRef<str>,
        kind: DataKind,
    ) -> Result<EncryptedData, Refusal> {
        let now = self.now();
        self.server
            .world()
            .encrypted_data(app.as_ref(), user.as_ref(), kind, None, now)
    }

    /// The same with one thing broken.
    pub fn tampered_data(
        &self,
        app: impl AsRef<str>,
        user: impl AsRef<str>,
        kind: DataKind,
        tamper: Tamper,
    ) -> Result<EncryptedData, Refusal> {
        let now = self.now();
        self.server
            .world()
            .encrypted_data(app.as_ref(), user.as_ref(), kind, Some(tamper), now)
    }

    /// The keys that a person's mini-program shares with the app's server now, the latest first; the person need not
    /// exist.
    pub fn user_encrypt_keys(&self, app: impl AsRef<str>, user: impl AsRef<str>) -> Vec<UserEncryptKey> {
        let now = self.now();
        self.server.world().encrypt_keys(app.as_ref(), user.as_ref(), now)
    }

    /// Turns API security mode on for an app: its protected calls must be encrypted and signed from now on. Where it was
    /// on, the keys are new ones. The first time takes a good part of a second, to make WeChat's own key.
    pub fn turn_on_api_security(
        &self,
        app: impl AsRef<str>,
        public_key_pem: &str,
    ) -> Result<ApiSecurityKeys, Refusal> {
        self.server.turn_on_api_security(app.as_ref(), public_key_pem)
    }

    /// Turns API security mode off for an app: its calls must be in clear from now on.
    pub fn turn_off_api_security(&self, app: impl AsRef<str>) -> Result<(), Refusal> {
        self.server.turn_off_api_security(app.as_ref())
    }
}
