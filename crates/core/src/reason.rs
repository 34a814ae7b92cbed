//! Reasons: what a client can act on beyond an OAuth error code. A closed, documented list.

macro_rules! reasons {
    ($($(#[$meta:meta])* $name:ident = $text:literal,)*) => {
        /// The `reason` member of an error answer.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Reason { $($(#[$meta])* $name,)* }

        impl Reason {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

reasons! {
    /// The login code is expired, malformed or of another app: call `wx.login` again, once.
    WxCodeInvalid = "wx_code_invalid",
    /// The login code was used before: call `wx.login` again, once.
    WxCodeUsed = "wx_code_used",
    /// The phone code is expired, used, of another app, or another person's: let the person tap the button again. It is not
    /// the code of `wx.login`.
    WxPhoneCodeInvalid = "wx_phone_code_invalid",
    /// The phone number belongs to another user of the tenant: offer to sign in as that one.
    PhoneTaken = "phone_taken",
    /// The encrypted data cannot be opened by the keys that are kept, or is not this app's: sign in by `wx.login`, then let
    /// the mini-program get the data anew.
    OpenDataInvalid = "open_data_invalid",
    /// No session key of this user is kept: sign in by `wx.login` first.
    SessionKeyMissing = "session_key_missing",
    /// The tenant keeps no session keys: an operator must set `wechat.keep_session_key`.
    SessionKeysNotKept = "session_keys_not_kept",
    /// The user must prove again who they are: sign in by `wx.login`, then try again within five minutes.
    ReauthenticationRequired = "reauthentication_required",
    /// WeChat blocks this person's login as a risk: offer another way to sign in.
    WxUserBlocked = "wx_user_blocked",
    /// WeChat cannot be reached or is busy: try again after `Retry-After`.
    WxUnavailable = "wx_unavailable",
    /// WeChat limits this person's or the app's calls: try again after `Retry-After`.
    WxRateLimited = "wx_rate_limited",
    /// WeChat refuses the app's credential: only the tenant's operator can mend it.
    WxAppMisconfigured = "wx_app_misconfigured",
    /// The user may not sign in.
    UserDisabled = "user_disabled",
    /// The tenant takes no new users this way.
    RegistrationClosed = "registration_closed",
}
