//! Why the simulator would not do what it was told by a test or by its control plane.

/// Why an order was not carried out. Whoever gave it must act; nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No app has this appid.
    #[error("no app has the appid {0:?}")]
    UnknownApp(String),
    /// There is an app with this appid.
    #[error("there is already an app with the appid {0:?}")]
    AppExists(String),
    /// An appid is `wx` and 16 lowercase hex digits.
    #[error("{0:?} is not an appid: it is \"wx\" and 16 lowercase hex digits")]
    InvalidAppid(String),
    /// A secret must not be empty.
    #[error("an app's secret must not be empty")]
    EmptySecret,
    /// No user has this name.
    #[error("no user has the name {0:?}")]
    UnknownUser(String),
    /// There is a user with this name.
    #[error("there is already a user with the name {0:?}")]
    UserExists(String),
    /// No open-platform account has this name.
    #[error("no open-platform account has the name {0:?}")]
    UnknownOpenAccount(String),
    /// There is an open-platform account with this name.
    #[error("there is already an open-platform account with the name {0:?}")]
    OpenAccountExists(String),
    /// Names of users and accounts have 1 to 128 characters.
    #[error("a name has 1 to 128 characters, none of them a control character")]
    InvalidName,
    /// WeChat ranks risk from 0 to 4.
    #[error("a risk rank is a number from 0 to 4, not {0}")]
    InvalidRiskRank(u8),
    /// A probability lies between 0 and 1; a span is not negative.
    #[error(
        "a session-key rotation is a probability from 0 to 1, or a number of seconds that is not negative"
    )]
    InvalidRotation,
    /// A phone number is E.164, of an area code that the simulator knows.
    #[error(
        "{0:?} is not a phone number: it is \"+\", a known area code and the number; in China a mobile's"
    )]
    InvalidPhone(String),
    /// A user has 16 phone numbers at most.
    #[error("a user has 16 phone numbers at most, not {0}")]
    TooManyPhones(usize),
    /// WeChat has no session key to encrypt with.
    #[error("{user:?} has never logged in to {appid:?}, so there is no session key")]
    NeverLoggedIn {
        /// The app.
        appid: String,
        /// The user.
        user: String,
    },
    /// There is no secret to be activated.
    #[error("the app {0:?} has no next secret; prepare one first")]
    NoNextSecret(String),
    /// No code with this scene was drawn for this app.
    #[error("no code with this scene was drawn for this app")]
    UnknownScene,
    /// The settings for pushed messages cannot work, or are not allowed.
    #[error("{0}")]
    InvalidPush(&'static str),
    /// The app has no server for pushed messages.
    #[error("the app {0:?} has no server for pushed messages; configure one first")]
    NoPush(String),
    /// Nothing was sent to the app's server yet.
    #[error("nothing was sent to the server of {0:?} yet")]
    NothingSent(String),
    /// A developer's public key is RSA.
    #[error("the public key is PEM, \"BEGIN PUBLIC KEY\", of an RSA key of 2048 bits at least")]
    InvalidPublicKey,
    /// The account at an SMS vendor cannot be as described.
    #[error("an account at an SMS vendor: {0}")]
    InvalidSmsAccount(&'static str),
    /// The machine could not make WeChat's own key.
    #[error("the key of the simulated WeChat could not be made")]
    NoPlatformKey,
    /// The clock runs from 1970 to 9999.
    #[error("the clock runs from 1970 to 9999")]
    ClockOutOfRange,
    /// The fault cannot be carried out as described.
    #[error("{0}")]
    InvalidFault(&'static str),
    /// Faults are tried one by one for each request, so there may not be many.
    #[error("there are already {0} faults; delete them first")]
    TooManyFaults(usize),
}

impl Refusal {
    /// The name under which the control plane reports it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownApp(_) => "unknown_app",
            Self::AppExists(_) => "app_exists",
            Self::InvalidAppid(_) => "invalid_appid",
            Self::EmptySecret => "empty_secret",
            Self::UnknownUser(_) => "unknown_user",
            Self::UserExists(_) => "user_exists",
            Self::UnknownOpenAccount(_) => "unknown_open_account",
            Self::OpenAccountExists(_) => "open_account_exists",
            Self::InvalidName => "invalid_name",
            Self::InvalidRiskRank(_) => "invalid_risk_rank",
            Self::InvalidRotation => "invalid_rotation",
            Self::InvalidPhone(_) => "invalid_phone",
            Self::TooManyPhones(_) => "too_many_phones",
            Self::NeverLoggedIn { .. } => "never_logged_in",
            Self::NoNextSecret(_) => "no_next_secret",
            Self::UnknownScene => "unknown_scene",
            Self::InvalidPush(_) => "invalid_push",
            Self::NoPush(_) => "no_push",
            Self::NothingSent(_) => "nothing_sent",
            Self::InvalidPublicKey => "invalid_public_key",
            Self::InvalidSmsAccount(_) => "invalid_sms_account",
            Self::NoPlatformKey => "no_platform_key",
            Self::ClockOutOfRange => "clock_out_of_range",
            Self::InvalidFault(_) => "invalid_fault",
            Self::TooManyFaults(_) => "too_many_faults",
        }
    }
}
