//! Closed lists of names, as the document shows them. The lists themselves are core's.

use hufu_core::{
    client::{ApplicationType, ClientAuthMethod, GrantType, ResponseMode, SecurityProfile},
    event::EventKind,
    identity::IdentityKind,
    reason::Reason,
    signing_key::{KeyState, SigningAlgorithm},
    wechat_app::WechatAppKind,
};
use std::borrow::Cow;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

macro_rules! closed_lists {
    ($($(#[doc = $doc:literal])* $marker:ident, $name:literal: $values:expr;)*) => {
        $(
            $(#[doc = $doc])*
            #[derive(Debug)]
            pub(crate) struct $marker;

            impl PartialSchema for $marker {
                fn schema() -> RefOr<Schema> {
                    ObjectBuilder::new()
                        .schema_type(Type::String)
                        .enum_values(Some($values.iter().map(|value| value.as_str())))
                        .description(Some([$($doc),*].concat().trim()))
                        .into()
                }
            }

            impl ToSchema for $marker {
                fn name() -> Cow<'static, str> {
                    $name.into()
                }
            }
        )*
    };
}

closed_lists! {
    /// What happened.
    EventKindName, "EventKind": EventKind::ALL;
    /// What a client can act on.
    ReasonName, "Reason": Reason::ALL;
    /// What a client may ask for at the token endpoint (RFC 6749 §1.3).
    GrantTypeName, "GrantType": GrantType::ALL;
    /// How a client proves itself at the token endpoint (OpenID Connect Core §9).
    AuthMethodName, "ClientAuthMethod": ClientAuthMethod::ALL;
    /// Where a client runs (OpenID Connect Dynamic Client Registration §2).
    ApplicationTypeName, "ApplicationType": ApplicationType::ALL;
    /// How the authorization endpoint answers.
    ResponseModeName, "ResponseMode": ResponseMode::ALL;
    /// Which set of rules a client keeps beyond RFC 9700.
    SecurityProfileName, "SecurityProfile": [SecurityProfile::Fapi2];
    /// A JWS algorithm (RFC 7518 §3.1).
    AlgorithmName, "SigningAlgorithm": SigningAlgorithm::ALL;
    /// What a signing key does now.
    KeyStateName, "KeyState": [KeyState::Published, KeyState::Active, KeyState::Retiring];
    /// What kind of identity: a person in a WeChat app, a phone, or a username with its password.
    IdentityKindName, "IdentityKind": IdentityKind::ALL;
    /// What kind of WeChat app it is.
    WechatAppKindName, "WechatAppKind": [WechatAppKind::MiniProgram];
}
