//! Typed ids: a UUIDv7 with a prefix that says of what (`usr_0192…`).

use crate::{Instant, Invalid, Random, random};
use uuid::Uuid;

macro_rules! id {
    ($(#[$meta:meta])* $name:ident, $prefix:literal) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// What every id of this kind begins with when shown.
            pub const PREFIX: &'static str = $prefix;

            /// A new id, ordered by `now`.
            pub fn generate(now: Instant, random: &dyn Random) -> Self {
                Self(random::uuid_v7(now, random))
            }

            /// The id of a stored row.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The bare UUID, for storing.
            pub const fn uuid(self) -> Uuid {
                self.0
            }

            /// Reads the shown form: the prefix and 32 lower-case hexadecimal digits.
            pub fn parse(text: &str) -> Result<Self, Invalid> {
                let hex = text.strip_prefix($prefix).ok_or(Invalid(concat!("must begin with ", $prefix)))?;
                if hex.len() != 32 || !hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
                    return Err(Invalid(concat!("must be ", $prefix, " and 32 lower-case hexadecimal digits")));
                }
                Uuid::try_parse(hex).map(Self).map_err(|_| Invalid("is not an id"))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0.simple())
            }
        }

        impl serde::Serialize for $name {
            /// As it is shown.
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            /// By `parse`.
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

id!(
    /// A tenant. Its slug may be used again after a deletion; its id never is.
    TenantId, "ten_"
);
id!(
    /// A user; as text, the `sub` of tokens.
    UserId, "usr_"
);
id!(
    /// One identity of a user.
    IdentityId, "idn_"
);
id!(
    /// A session; as text, the `sid` of tokens.
    SessionId, "ses_"
);
id!(
    /// A grant; as text, the `grant_id` of access tokens.
    GrantId, "gra_"
);
id!(
    /// One refresh token of a grant's family.
    RefreshTokenId, "rtk_"
);
id!(
    /// A token with which clients register themselves.
    InitialTokenId, "iat_"
);
id!(
    /// A login that is under way.
    LoginId, "lgn_"
);
id!(
    /// An authorization code.
    CodeId, "cod_"
);
id!(
    /// An authorization request that waits: pushed by a client, or for a person in a browser.
    RequestId, "req_"
);
id!(
    /// A sign-in by scan.
    ScanId, "scn_"
);
id!(
    /// A device that asks for access.
    DeviceId, "dev_"
);
id!(
    /// A record of consent.
    ConsentId, "cns_"
);
id!(
    /// A merge of two users.
    MergeId, "mrg_"
);
id!(
    /// An operator's token.
    OperatorId, "opr_"
);
id!(
    /// An audit event.
    EventId, "evt_"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_what_it_shows() {
        let id = UserId::from_uuid(Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0001));
        assert_eq!(UserId::parse(&id.to_string()), Ok(id));
    }

    #[test]
    fn an_id_of_another_kind_or_spelling_is_refused() {
        for text in [
            "",
            "usr_",
            "ten_01920000000070008000000000000001",
            "usr_0192000000007000800000000000000G",
            "usr_01920000-0000-7000-8000-000000000001",
        ] {
            assert!(UserId::parse(text).is_err(), "{text}");
        }
    }
}
