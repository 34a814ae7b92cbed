//! What a mini-program does on a phone: `wx.login`, and the buttons that ask for a phone number.

use std::sync::Arc;

use super::{Code, Phone, World};
use crate::Refusal;

impl World {
    /// What `wx.login` does. A user that nobody has heard of is created.
    pub(crate) fn mint_login_code(&mut self, appid: &str, user: &str, now: i64) -> Result<String, Refusal> {
        let appid = Arc::clone(&self.known_app(appid)?.appid);
        let user = self.user_id(user)?;
        let serial = self.draw();
        let app = self.apps.get_mut(&appid).expect("it was found above");
        let session_key = app.take_session_key(&user, serial, now, &self.lots);
        let code = String::from_utf8_lossy(&self.lots.login_code(serial)).into_owned();
        self.login_codes.insert(
            &code,
            Code {
                appid,
                user,
                minted_at: now,
                is_used: false,
                grant: session_key,
            },
        );
        Ok(code)
    }

    pub(crate) fn login_code_mut(&mut self, code: &str) -> Option<&mut Code<u32>> {
        self.login_codes.get_mut(code)
    }

    /// What the button for a phone number does: a code for this number, or for the user's first. A user that nobody has
    /// heard of is created.
    pub(crate) fn mint_phone_code(
        &mut self,
        appid: &str,
        user: &str,
        phone: Option<&str>,
        now: i64,
    ) -> Result<String, Refusal> {
        let appid = Arc::clone(&self.known_app(appid)?.appid);
        let phone = phone.map(Phone::parse).transpose()?;
        let user = self.user_id(user)?;
        let phone = match phone {
            Some(phone) => phone,
            None => self.phone(&user)?,
        };
        let serial = self.draw();
        let code = self.lots.phone_code(serial);
        self.phone_codes.insert(
            &code,
            Code {
                appid,
                user,
                minted_at: now,
                is_used: false,
                grant: phone,
            },
        );
        Ok(code)
    }

    pub(crate) fn phone_code_mut(&mut self, code: &str) -> Option<&mut Code<Phone>> {
        self.phone_codes.get_mut(code)
    }

    /// The phone number that WeChat tells of a user, whether or not it has heard of the user.
    pub(crate) fn phone(&self, user: &str) -> Result<Phone, Refusal> {
        match self.users.get(user).and_then(|user| user.phone()) {
            Some(phone) => Ok(phone.clone()),
            None => Phone::parse(&self.lots.phone(user)),
        }
    }

    /// The key that WeChat holds valid for this user in this app, if the user ever logged in there.
    pub(crate) fn session_key(&self, appid: &str, user: &str) -> Option<String> {
        let generation = self.apps.get(appid)?.session_key_generation(user)?;
        Some(self.lots.session_key(appid, user, generation))
    }

    /// Retires a user's session key, as any further login or prefetch may.
    pub(crate) fn rotate_session_key(&mut self, appid: &str, user: &str, now: i64) {
        if let Some(app) = self.apps.get_mut(appid) {
            app.rotate_session_key(user, now);
        }
    }
}
