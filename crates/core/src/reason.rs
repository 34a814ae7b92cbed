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
    /// The username or the password is wrong. Which, is not told; nor whether the user may not sign in.
    PasswordWrong = "password_wrong",
    /// Too many failures: try again after `Retry-After`, or another way to sign in.
    PasswordThrottled = "password_throttled",
    /// The password is refused: too short or long, too common, too easy to guess. The description says which.
    PasswordUnacceptable = "password_unacceptable",
    /// The username is refused; the description says why.
    UsernameInvalid = "username_invalid",
    /// Somebody has the username.
    UsernameTaken = "username_taken",
    /// The user has a username already.
    AccountExists = "account_exists",
    /// That is no phone number.
    PhoneInvalid = "phone_invalid",
    /// No codes are sent to that country.
    PhoneCountryRefused = "phone_country_refused",
    /// The vendor says that there is no such number, or that it takes no messages: offer another way.
    PhoneUnreachable = "phone_unreachable",
    /// The code is wrong; there are tries left.
    OtpWrong = "otp_wrong",
    /// The code is expired, was used, or was never sent: ask for another.
    OtpExpired = "otp_expired",
    /// The code was tried too often: ask for another.
    OtpBurnt = "otp_burnt",
    /// A code was sent a moment ago: ask for another after `Retry-After`.
    OtpResendTooSoon = "otp_resend_too_soon",
    /// Too many codes were sent to this phone, or for this address: try again after `Retry-After`, or another way.
    SmsLimited = "sms_limited",
    /// The vendor cannot be reached or is busy: try again after `Retry-After`.
    SmsUnavailable = "sms_unavailable",
    /// The tenant cannot send codes: only its operator can mend that.
    SmsMisconfigured = "sms_misconfigured",
    /// A verified phone is needed to go on.
    PhoneRequired = "phone_required",
    /// A sign-in by WeChat is needed to go on.
    WechatRequired = "wechat_required",
    /// A username and password are needed to go on: choose them with `prompt=create`.
    AccountRequired = "account_required",
    /// A second proof, of another kind, is needed to go on.
    SecondFactorRequired = "second_factor_required",
    /// The person must accept the tenant's documents first: send `consent`.
    ConsentRequired = "consent_required",
    /// The WeChat account belongs to another user: offer to merge.
    WechatTaken = "wechat_taken",
    /// The user has another WeChat account in this mini-program: unlink that first.
    WechatExists = "wechat_exists",
    /// The username and password are another user's: offer to merge.
    AccountTaken = "account_taken",
    /// Both users have an identity of the same kind: one of the two must be unlinked first.
    MergeConflict = "merge_conflict",
    /// It is the last way to sign in.
    LastIdentity = "last_identity",
    /// The identity is one of those that the tenant requires.
    IdentityRequired = "identity_required",
    /// The code that was scanned is over, or there never was such a code: let the page show another.
    ScanExpired = "scan_expired",
    /// Somebody else has scanned the code.
    ScanTaken = "scan_taken",
    /// The sign-in by this code was confirmed or declined before.
    ScanDecided = "scan_decided",
    /// The user may not sign in.
    UserDisabled = "user_disabled",
    /// The tenant takes no new users this way.
    RegistrationClosed = "registration_closed",
}
