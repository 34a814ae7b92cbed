//! The closed list of problem types.

use axum::http::StatusCode;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

macro_rules! problem_types {
    ($($(#[$meta:meta])* $name:ident = $uri:literal, $status:ident, $title:literal;)*) => {
        /// What kind of problem. The URIs are stable; a client decides by them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ProblemType { $($(#[$meta])* $name,)* }

        impl ProblemType {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The value of `type`.
            pub const fn uri(self) -> &'static str {
                match self { $(Self::$name => concat!("urn:hufu:problem:", $uri),)* }
            }

            /// The value of `title`.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// The status code of the answer.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }
        }
    };
}

problem_types! {
    /// The body is not JSON or is nested too deeply, or a parameter of the path or the query cannot be read.
    MalformedRequest = "malformed-request", BAD_REQUEST, "The request cannot be read";
    /// Members of the body are missing, unknown or break a rule; `errors` names each.
    InvalidRequest = "invalid-request", UNPROCESSABLE_ENTITY, "The request breaks rules";
    /// No operator token, or one that is not known or was revoked.
    Unauthorized = "unauthorized", UNAUTHORIZED, "An operator token is needed";
    /// The operator token is limited to one tenant, and this is for the whole installation.
    Forbidden = "forbidden", FORBIDDEN, "The operator token does not reach that far";
    /// A pushed message is not WeChat's, not encrypted or not fresh; `detail` says which page of its console to compare.
    PushRefused = "push-refused", FORBIDDEN, "The message is not accepted";
    /// Nothing is there, or nothing that this operator may see.
    NotFound = "not-found", NOT_FOUND, "There is no such thing";
    /// The path is there, but not with this method; `Allow` names those that are.
    MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED, "The method is not allowed here";
    /// The thing was changed by someone else meanwhile. Read it again, then decide again.
    Conflict = "conflict", CONFLICT, "The thing was changed meanwhile";
    /// Another tenant has the WeChat app; `?transfer=true` moves it.
    WechatAppHeld = "wechat-app-held", CONFLICT, "Another tenant has the WeChat app";
    /// The key signs now, or will, and cannot be removed. Make a successor, and wait until it signs.
    KeyActive = "key-active", CONFLICT, "The key signs now or will";
    /// A successor is published already and waits to sign; another can be made once it does.
    KeyWaiting = "key-waiting", CONFLICT, "A successor waits to sign already";
    /// The key was not published long enough to sign: caches of the JWKS may not have it.
    KeyTooNew = "key-too-new", CONFLICT, "The key was not published long enough";
    /// Another user has one of the identities. Nothing was imported.
    IdentityTaken = "identity-taken", CONFLICT, "Another user has one of the identities";
    /// The merge is over thirty days old and cannot be undone.
    MergeFinal = "merge-final", CONFLICT, "The merge cannot be undone any more";
    /// One of the two users would be left without an identity.
    MergeInseparable = "merge-inseparable", CONFLICT, "One of the two users would have no identity";
    /// The client is public: it has no secret that could be rotated.
    ClientPublic = "client-public", CONFLICT, "A public client has no secret";
    /// The body is over 64 KiB.
    BodyTooLarge = "body-too-large", PAYLOAD_TOO_LARGE, "The body is over 64 KiB";
    /// The body is not sent as JSON.
    UnsupportedMediaType = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "The body is not sent as JSON";
    /// WeChat refuses the app's credential; `detail` says what to do in which page of its console.
    WechatCredentialRefused = "wechat-credential-refused", UNPROCESSABLE_ENTITY, "WeChat refuses the credential";
    /// WeChat cannot be asked now. Nothing was changed; try again after `Retry-After`.
    WechatUnavailable = "wechat-unavailable", SERVICE_UNAVAILABLE, "WeChat cannot be asked now";
    /// The database cannot be asked now. Nothing was changed; try again after `Retry-After`.
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "Hufu cannot answer now";
    /// The answer took too long. Whether anything was changed is not known; the same request may be sent again.
    Timeout = "timeout", SERVICE_UNAVAILABLE, "The answer took too long";
    /// A defect of Hufu; its log says more under the request's id.
    Internal = "internal", INTERNAL_SERVER_ERROR, "A defect of Hufu";
}

impl PartialSchema for ProblemType {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(Self::ALL.iter().map(|kind| kind.uri())))
            .description(Some("What kind of problem."))
            .into()
    }
}

impl ToSchema for ProblemType {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_type_has_a_uri_of_its_own() {
        let uris: HashSet<_> = ProblemType::ALL.iter().map(|kind| kind.uri()).collect();
        assert_eq!(uris.len(), ProblemType::ALL.len());
    }
}
