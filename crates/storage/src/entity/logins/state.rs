//! What has been proven in a login, as the JSON that is sealed. A login lives ten minutes, so nodes of two versions need not
//! read each other's for longer: one that cannot be read is corrupt, and the person begins again.

use crate::entity::{
    Row,
    identities::{verified_by, verifier},
};
use hufu_core::{
    consent::{Document, DocumentName, DocumentVersion},
    id::IdentityId,
    identity::{OpenId, UnionId, VerifiedPhone, WechatIdentity},
    login::{AccountProof, NewAccount, Proofs, WechatProof},
    password::{PasswordHash, Username},
    phone::PhoneNumber,
    store::StoreError,
    wechat_app::{AppId, UnionScope},
    wechat_session::{KeptKey, SessionKey},
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

#[derive(Serialize, Deserialize)]
pub(super) struct State<'a> {
    wechat: Option<Wechat<'a>>,
    phone: Option<Phone<'a>>,
    account: Option<Account<'a>>,
    new_account: Option<New<'a>>,
    /// Names and versions.
    documents: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    awaits_code_of: Option<Cow<'a, str>>,
    #[serde(default)]
    dpop_jkt: Option<Cow<'a, str>>,
}

#[derive(Serialize, Deserialize)]
struct Wechat<'a> {
    appid: Cow<'a, str>,
    openid: Cow<'a, str>,
    unionid: Option<Cow<'a, str>>,
    union_scope: Option<Cow<'a, str>>,
    /// The key, and when it was obtained.
    session_key: Option<(Cow<'a, str>, i64)>,
}

#[derive(Serialize, Deserialize)]
struct Phone<'a> {
    number: Cow<'a, str>,
    verified_by: String,
}

#[derive(Serialize, Deserialize)]
struct Account<'a> {
    identity: String,
    username: Cow<'a, str>,
    checked: [u8; 32],
    rehash: Option<Cow<'a, str>>,
}

#[derive(Serialize, Deserialize)]
struct New<'a> {
    username: Cow<'a, str>,
    hash: Cow<'a, str>,
}

impl<'a> State<'a> {
    pub(super) fn of(proofs: &'a Proofs, awaits_code_of: Option<&'a PhoneNumber>) -> Self {
        let text = |text: &'a str| Cow::Borrowed(text);
        let Proofs {
            wechat,
            phone,
            account,
            new_account,
            documents,
            dpop_jkt,
        } = proofs;
        Self {
            wechat: wechat.as_ref().map(Wechat::of),
            phone: phone.as_ref().map(|phone| Phone {
                number: text(phone.number.as_str()),
                verified_by: verified_by(&phone.verifier),
            }),
            account: account.as_ref().map(|account| Account {
                identity: account.identity.to_string(),
                username: text(account.username.as_str()),
                checked: *account.checked.as_bytes(),
                rehash: account.rehash.as_ref().map(|hash| text(hash.expose())),
            }),
            new_account: new_account.as_ref().map(|new| New {
                username: text(new.username.as_str()),
                hash: text(new.hash.expose()),
            }),
            documents: documents
                .iter()
                .map(|document| (text(document.name.as_str()), text(document.version.as_str())))
                .collect(),
            awaits_code_of: awaits_code_of.map(|phone| text(phone.as_str())),
            dpop_jkt: dpop_jkt.as_deref().map(text),
        }
    }

    /// The proofs, and the phone that a code was sent to.
    pub(super) fn read(self, row: Row<'_>) -> Result<(Proofs, Option<PhoneNumber>), StoreError> {
        let number = |number: Cow<'_, str>| row.column("state", PhoneNumber::parse(&number));
        let phone = |phone: Phone<'_>| {
            Ok::<_, StoreError>(VerifiedPhone {
                number: number(phone.number)?,
                verifier: verifier(row, Some(&phone.verified_by))?,
            })
        };
        let account = |account: Account<'_>| {
            Ok::<_, StoreError>(AccountProof {
                identity: row.column("state", IdentityId::parse(&account.identity))?,
                username: Username::from_stored(account.username.into_owned()),
                checked: row.hash(&account.checked)?,
                rehash: account
                    .rehash
                    .map(|hash| PasswordHash::from_stored(hash.into_owned())),
            })
        };
        let documents = self.documents.iter().map(|(name, version)| {
            Ok::<_, StoreError>(Document {
                name: row.column("state", DocumentName::parse(name))?,
                version: row.column("state", DocumentVersion::parse(version))?,
            })
        });
        let proofs = Proofs {
            documents: documents.collect::<Result<_, _>>()?,
            dpop_jkt: self.dpop_jkt.map(Cow::into_owned),
            wechat: self.wechat.map(|wechat| wechat.read(row)).transpose()?,
            phone: self.phone.map(phone).transpose()?,
            account: self.account.map(account).transpose()?,
            new_account: self.new_account.map(|new| NewAccount {
                username: Username::from_stored(new.username.into_owned()),
                hash: PasswordHash::from_stored(new.hash.into_owned()),
            }),
        };
        Ok((proofs, self.awaits_code_of.map(number).transpose()?))
    }
}

impl<'a> Wechat<'a> {
    fn of(proof: &'a WechatProof) -> Self {
        let text = |text: &'a str| Cow::Borrowed(text);
        let WechatIdentity {
            appid,
            openid,
            unionid,
            union_scope,
        } = &proof.identity;
        Self {
            appid: text(appid.as_str()),
            openid: text(openid.as_str()),
            unionid: unionid.as_ref().map(|unionid| text(unionid.as_str())),
            union_scope: union_scope.as_ref().map(|scope| text(scope.as_str())),
            session_key: proof
                .session_key
                .as_ref()
                .map(|kept| (text(kept.key.text()), kept.obtained_at.timestamp_millis())),
        }
    }

    fn read(self, row: Row<'_>) -> Result<WechatProof, StoreError> {
        let session_key = |(key, at): (Cow<'_, str>, i64)| {
            Ok::<_, StoreError>(KeptKey {
                key: row.column("state", SessionKey::parse(SecretString::from(key.into_owned())))?,
                obtained_at: row.instant(at)?,
            })
        };
        Ok(WechatProof {
            identity: WechatIdentity {
                appid: row.column("state", AppId::parse(&self.appid))?,
                openid: row.column("state", OpenId::parse(&self.openid))?,
                unionid: row.column("state", self.unionid.as_deref().map(UnionId::parse).transpose())?,
                union_scope: row.column(
                    "state",
                    self.union_scope.as_deref().map(UnionScope::parse).transpose(),
                )?,
            },
            session_key: self.session_key.map(session_key).transpose()?,
        })
    }
}
