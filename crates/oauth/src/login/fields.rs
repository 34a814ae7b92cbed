//! The members of a request that carry a person's proofs. They have the same names at every door.

use crate::form::Form;

/// The members, unchecked.
#[derive(Clone, Copy, Default)]
pub struct ProofFields<'a> {
    /// What `wx.login` gave.
    pub js_code: Option<&'a str>,
    /// What the getPhoneNumber button gave.
    pub phone_code: Option<&'a str>,
    /// A username, with `password`.
    pub username: Option<&'a str>,
    /// A password, with `username`.
    pub password: Option<&'a str>,
    /// A phone number as the person wrote it: alone, to have a code sent there.
    pub phone: Option<&'a str>,
    /// The code that was sent.
    pub otp: Option<&'a str>,
    /// `prompt=create`: username and password are new ones.
    pub create: bool,
    /// The documents that the person has accepted: `name:version`, separated by spaces.
    pub consent: Option<&'a str>,
}

impl<'a> ProofFields<'a> {
    /// Those of a form.
    pub fn of(form: &'a Form) -> Self {
        let is_create = |prompt: &str| prompt.split(' ').any(|word| word == "create");
        Self {
            js_code: form.get("js_code"),
            phone_code: form.get("phone_code"),
            username: form.get("username"),
            password: form.get("password"),
            phone: form.get("phone"),
            otp: form.get("otp"),
            create: form.get("prompt").is_some_and(is_create),
            consent: form.get("consent"),
        }
    }

    /// Whether there is any proof among them.
    pub(crate) const fn has_proof(&self) -> bool {
        self.js_code.is_some()
            || self.phone_code.is_some()
            || self.username.is_some()
            || self.password.is_some()
            || self.phone.is_some()
            || self.otp.is_some()
    }
}
