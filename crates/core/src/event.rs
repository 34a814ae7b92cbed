//! Audit events: who did what, when, from where. Append-only.

use crate::{
    Instant,
    id::EventId,
    store::{Act, Result, Unit},
};
use async_trait::async_trait;
use std::net::IpAddr;

/// An audit event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Ordered by time.
    pub id: EventId,
    /// When.
    pub at: Instant,
    /// Who.
    pub actor: Actor,
    /// From where, where an HTTP request caused it.
    pub ip: Option<IpAddr>,
    /// What.
    pub kind: EventKind,
    /// On what: an id, a slug, an appid, a client id.
    pub target: String,
    /// More, for people to read. Never a secret, a code or a phone number.
    pub detail: serde_json::Value,
}

/// Adds an event to the tenant's log, and does nothing else.
#[derive(Debug)]
pub struct Record(pub Event);

#[async_trait]
impl Act for Record {
    type Output = ();

    async fn run(&self, unit: &mut dyn Unit) -> Result<()> {
        unit.record(&self.0).await
    }
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// An operator, by id.
    Operator(String),
    /// A client, by `client_id`.
    Client(String),
    /// A user, by id.
    User(String),
    /// WeChat, by a message that it pushed for the app with this appid.
    Wechat(String),
    /// Hufu itself, or someone at its command line.
    System,
}

impl Actor {
    /// `operator`, `client`, `user`, `wechat` or `system`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Operator(_) => "operator",
            Self::Client(_) => "client",
            Self::User(_) => "user",
            Self::Wechat(_) => "wechat",
            Self::System => "system",
        }
    }

    /// Which operator, client or WeChat app.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Operator(id) | Self::Client(id) | Self::User(id) | Self::Wechat(id) => Some(id),
            Self::System => None,
        }
    }

    /// Reads [`Actor::kind`] and [`Actor::id`] back.
    pub fn from_parts(kind: &str, id: Option<String>) -> Option<Self> {
        match (kind, id) {
            ("operator", Some(id)) => Some(Self::Operator(id)),
            ("client", Some(id)) => Some(Self::Client(id)),
            ("user", Some(id)) => Some(Self::User(id)),
            ("wechat", Some(id)) => Some(Self::Wechat(id)),
            ("system", None) => Some(Self::System),
            _ => None,
        }
    }
}

macro_rules! event_kinds {
    ($($(#[$meta:meta])* $name:ident = $text:literal,)*) => {
        /// What happened: a closed list of stable names.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum EventKind { $($(#[$meta])* $name,)* }

        impl EventKind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Reads the stable name.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
            }
        }
    };
}

event_kinds! {
    /// A tenant was created. Recorded for the platform too.
    TenantCreated = "tenant.created",
    /// A tenant was replaced or patched.
    TenantUpdated = "tenant.updated",
    /// A tenant was deleted with all that it had. Recorded for the platform only.
    TenantDeleted = "tenant.deleted",
    /// A WeChat app was added to the tenant.
    WechatAppCreated = "wechat_app.created",
    /// A WeChat app's secret or union scope was replaced.
    WechatAppUpdated = "wechat_app.updated",
    /// A WeChat app was removed.
    WechatAppDeleted = "wechat_app.deleted",
    /// A WeChat app came from another tenant, its secret proven.
    WechatAppTransferredIn = "wechat_app.transferred_in",
    /// A WeChat app went to another tenant, which proved its secret.
    WechatAppTransferredOut = "wechat_app.transferred_out",
    /// WeChat refuses the app's credential; `detail` names the page of its console to fix.
    WechatAppMisconfigured = "wechat_app.misconfigured",
    /// A WeChat app got the secret that will follow its current one.
    WechatAppSecretPrepared = "wechat_app.secret_prepared",
    /// WeChat took the app's next secret and not the current one: it is the current one now.
    WechatAppSecretPromoted = "wechat_app.secret_promoted",
    /// WeChat did not answer for the app again and again, so it is not asked for a while. Everything that does not need
    /// WeChat goes on.
    WechatAppCircuitOpened = "wechat_app.circuit_opened",
    /// WeChat answers for the app again.
    WechatAppCircuitClosed = "wechat_app.circuit_closed",
    /// A client was registered.
    ClientCreated = "client.created",
    /// A client was replaced or patched.
    ClientUpdated = "client.updated",
    /// A client was removed.
    ClientDeleted = "client.deleted",
    /// A client got a new secret.
    ClientSecretRotated = "client.secret_rotated",
    /// A signing key was made and published.
    KeyCreated = "key.created",
    /// A client was to be told that a session ended, and never took it; `detail` says which session.
    LogoutUndelivered = "logout.undelivered",
    /// A token was made with which clients register themselves.
    InitialTokenCreated = "initial_access_token.created",
    /// Such a token was taken back.
    InitialTokenDeleted = "initial_access_token.deleted",
    /// A signing key that waited was made to sign.
    KeyActivated = "key.activated",
    /// A signing key was removed from the JWKS at once.
    KeyDeleted = "key.deleted",
    /// A user signed in for the first time.
    UserCreated = "user.created",
    /// A user was disabled; its sessions ended.
    UserDisabled = "user.disabled",
    /// A user was enabled again.
    UserEnabled = "user.enabled",
    /// A user was deleted.
    UserDeleted = "user.deleted",
    /// A bare user went into another, who is the same person by unionid.
    UserAbsorbed = "user.absorbed",
    /// The session keys of a user were replaced at WeChat by an operator.
    UserSessionKeysReset = "user.session_keys_reset",
    /// A user took permissions back in WeChat; `detail` says which and what followed.
    UserAuthorizationRevoked = "user.authorization_revoked",
    /// A user changed what WeChat shows of them.
    UserInfoModified = "user.info_modified",
    /// An identity was added to a user: by unionid, by phone, or by the user.
    IdentityLinked = "identity.linked",
    /// An identity was taken from a user.
    IdentityUnlinked = "identity.unlinked",
    /// Two real users are one person by unionid.
    IdentityConflict = "identity.conflict",
    /// WeChat tells another unionid for a known openid: the app was bound to another open-platform account.
    IdentityUnionidChanged = "identity.unionid_changed",
    /// A session was ended by an operator, or by its user; `detail` says how many where it was all others.
    SessionEnded = "session.ended",
    /// A refresh token was reused; its family is revoked.
    RefreshTokenReused = "refresh_token.reused",
    /// An authorization code was used twice; what it gave is revoked.
    AuthorizationCodeReused = "authorization_code.reused",
    /// A client exchanged a token for one of its own; `target` is whom it acts for.
    TokenExchanged = "token.exchanged",
    /// A user was brought in by an operator.
    UserImported = "user.imported",
    /// A user went into another, by proof of both sides. An operator can undo it for thirty days.
    UserMerged = "user.merged",
    /// An operator undid a merge.
    UserUnmerged = "user.unmerged",
    /// A user changed the profile.
    UserUpdated = "user.updated",
    /// A user closed the account; it is deleted when the cooling-off is over.
    UserClosing = "user.closing",
    /// A user signed in again and keeps the account.
    UserReopened = "user.reopened",
    /// A user set or changed the password; the other sessions ended.
    PasswordChanged = "password.changed",
    /// Somebody has failed to sign in by password ten, fifty or a hundred times in a row; `target` is the user.
    PasswordGuessed = "password.guessed",
    /// A user accepted a document or took that back.
    ConsentRecorded = "consent.recorded",
    /// A user let a client do more than before; `detail` says what.
    ClientConsented = "client.consented",
    /// A user took back what they let a client do.
    ClientRevoked = "client.revoked",
    /// A user let a browser in that showed a code, by the mini-program; `detail` says which.
    ScanConfirmed = "scan.confirmed",
    /// A user did not let it in.
    ScanDenied = "scan.denied",
    /// A user let a device in that showed a code; `detail` says which client's, and where it is.
    DeviceAllowed = "device.allowed",
    /// A user did not let it in.
    DeviceDenied = "device.denied",
    /// The tenant's SMS vendor was set.
    SmsVendorUpdated = "sms_vendor.updated",
    /// The tenant's SMS vendor was removed: no codes are sent.
    SmsVendorDeleted = "sms_vendor.deleted",
    /// The SMS vendor refuses the tenant's account; `detail` says what to mend.
    SmsVendorMisconfigured = "sms_vendor.misconfigured",
    /// A budget for codes is used up; `detail` says which.
    SmsBudgetExhausted = "sms.budget_exhausted",
    /// Few codes that were sent to a block of numbers or a country come back: pumping, or a vendor that delivers nothing.
    SmsConversionLow = "sms.conversion_low",
    /// They come back again.
    SmsConversionRecovered = "sms.conversion_recovered",
    /// An operator token was created.
    OperatorCreated = "operator.created",
    /// An operator token was revoked.
    OperatorRevoked = "operator.revoked",
    /// All data keys were wrapped anew under another master key.
    MasterKeyRewrapped = "master_key.rewrapped",
}
