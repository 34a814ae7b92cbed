//! An operator's changes to one tenant. A change and its audit event are one act, so that no change can go unrecorded.

use crate::{
    Instant,
    client::{Client, ClientAuthentication, ClientId, PAGES},
    event::EventKind,
    id::{IdentityId, InitialTokenId, SessionId, UserId},
    identity::{ExternalIdentity, Identity},
    merge::{self, Undone},
    password::PasswordHash,
    profile::Profile,
    registration::{self, InitialToken},
    signing_key::{
        KeyId, KeyState, SigningKey,
        rotation::{self, Activated, Activation, Succession},
        state,
    },
    store::{Act, Audit, KeptSmsVendor, Result, Unit},
    tenant::Tenant,
    time,
    token::SecretHash,
    user::{User, UserState},
    wechat_app::AppId,
    wechat_session::{KeptKey, KeptKeys},
};
use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::json;

/// A change to a tenant.
#[derive(Debug, Clone)]
pub enum Change {
    /// Display name and settings.
    Tenant {
        /// As it is to be.
        tenant: Tenant,
        /// The `updated_at` that the change builds on; `None` to replace whatever is there.
        based_on: Option<Instant>,
    },
    /// Registers or replaces a client. A confidential client that is replaced keeps its secret.
    Client {
        /// As it is to be, with the hash of a new secret where it is confidential.
        client: Client,
        /// The `updated_at` that the change builds on; `None` to replace whatever is there.
        based_on: Option<Instant>,
        /// A key of the algorithm of its ID tokens, for the case that the tenant has none that signs.
        key: Option<Box<SigningKey>>,
    },
    /// A new secret for a confidential client; the old one is dead at once.
    ClientSecret {
        /// Whose.
        id: ClientId,
        /// The new secret's hash.
        hash: SecretHash,
    },
    /// Removes a client.
    DeleteClient(ClientId),
    /// A token with which clients register themselves.
    CreateInitialToken(InitialToken),
    /// Takes such a token back. Clients that it registered stay.
    DeleteInitialToken(InitialTokenId),
    /// Removes a WeChat app.
    DeleteWechatApp(AppId),
    /// Gives a WeChat app the secret that will follow its current one.
    NextWechatSecret(AppId, SecretString),
    /// Keeps the session keys with which WeChat replaced those of a user's identities, and forgets those that were dead.
    SessionKeysReset {
        /// Whose.
        user: UserId,
        /// The new keys.
        keys: Vec<(IdentityId, KeptKey)>,
        /// Whose key was dead already.
        dead: Vec<IdentityId>,
    },
    /// Publishes a key beside those of its algorithm. Its instants follow from `activation`. Refused while another waits to
    /// sign, so that a JWK Set stays small.
    CreateKey {
        /// The new key.
        key: SigningKey,
        /// How it begins to sign.
        activation: Activation,
    },
    /// Makes a key sign that waits for it.
    ActivateKey(KeyId),
    /// Takes a key out of the JWKS at once: all tokens that it signed are dead. Refused for the one that signs now, and for
    /// the one that will by itself: its elders' end is set already, so nothing would sign after them.
    DeleteKey(KeyId),
    /// Disables (all sessions and refresh tokens end at once) or enables a user.
    UserState(UserId, UserState),
    /// Deletes a user.
    DeleteUser(UserId),
    /// Ends one session of a user.
    EndSession(UserId, SessionId),
    /// Undoes the last merge of a user into another.
    Unmerge(UserId),
    /// Brings in a user from elsewhere. Refused where somebody has one of the identities.
    ImportUser(Import),
    /// Through whom the tenant's codes are sent.
    SmsVendor(KeptSmsVendor),
    /// No codes are sent any more.
    DeleteSmsVendor,
}

/// A user from elsewhere.
#[derive(Debug, Clone)]
pub struct Import {
    /// The user, active.
    pub user: User,
    /// The identities: none of a kind twice, but in WeChat, where none is of an app twice.
    pub identities: Vec<Identity>,
    /// The hash of the password that goes with the username.
    pub password: Option<PasswordHash>,
    /// What the user told of themselves.
    pub profile: Profile,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// The thing is new. Where it is a confidential client, its new secret counts.
    Created,
    /// The thing is as wanted now. A confidential client keeps the secret that it had.
    Updated,
    /// The thing is as wanted now, and the new secret counts: the client was public before.
    UpdatedWithSecret,
    /// There is no such thing. Nothing changed.
    Missing,
    /// The thing was changed since it was read. Nothing changed.
    Stale,
    /// The thing is in use in a way that forbids it. Nothing changed.
    InUse,
    /// Another such thing waits to come into force. Nothing changed.
    Waiting,
    /// It can be done no more: the time for it is over. Nothing changed.
    TooLate,
    /// It cannot be done yet. Nothing changed.
    TooEarly,
}

/// A change together with who asks for it.
#[derive(Debug)]
pub struct Audited {
    /// What.
    pub change: Change,
    /// Who, from where, when.
    pub audit: Audit,
}

#[async_trait]
impl Act for Audited {
    type Output = Changed;

    async fn run(&self, unit: &mut dyn Unit) -> Result<Changed> {
        let changed = self.change.apply(unit, self.audit.now).await?;
        if !matches!(
            changed,
            Changed::Missing
                | Changed::Stale
                | Changed::InUse
                | Changed::Waiting
                | Changed::TooLate
                | Changed::TooEarly
        ) {
            let (kind, target, detail) = self.change.describe(changed);
            unit.record(&self.audit.event(kind, &target, detail)).await?;
        }
        Ok(changed)
    }
}

/// Whether the key signs, or will by itself.
fn is_needed(keys: &[SigningKey], key: &SigningKey, now: Instant) -> bool {
    match state(keys, key, now) {
        KeyState::Active => true,
        KeyState::Published => key.activates_at.is_some(),
        KeyState::Retiring | KeyState::Retired => false,
    }
}

fn found(found: bool) -> Changed {
    if found { Changed::Updated } else { Changed::Missing }
}

impl Change {
    pub(crate) async fn apply(&self, unit: &mut dyn Unit, now: Instant) -> Result<Changed> {
        Ok(match self {
            Self::Tenant { tenant, based_on } => {
                let Some(current) = unit.this_tenant().await? else {
                    return Ok(Changed::Missing);
                };
                if based_on.is_some_and(|at| at != current.updated_at) {
                    return Ok(Changed::Stale);
                }
                if current.settings.wechat.keep_session_key && !tenant.settings.wechat.keep_session_key {
                    unit.forget_all_session_keys().await?;
                }
                if current.settings.keys != tenant.settings.keys {
                    rotation::reschedule(unit, tenant.settings.keys.rotation_period, now).await?;
                }
                let updated_at = time::later(tenant.updated_at, current.updated_at);
                found(
                    unit.update_tenant(&Tenant {
                        updated_at,
                        ..tenant.clone()
                    })
                    .await?,
                )
            }
            Self::Client {
                client,
                based_on,
                key,
            } => return put_client_with_key(unit, client, *based_on, key.as_deref(), now).await,
            Self::ClientSecret { id, hash } => found(unit.set_client_secret(id, *hash, now).await?),
            Self::DeleteClient(id) => found(unit.delete_client(id, now).await?),
            Self::CreateInitialToken(token) => {
                unit.insert_initial_token(token).await?;
                Changed::Created
            }
            Self::DeleteInitialToken(id) => found(unit.delete_initial_token(*id).await?),
            Self::DeleteWechatApp(appid) => found(unit.delete_wechat_app(appid, now).await?),
            Self::NextWechatSecret(appid, next) => found(unit.set_next_secret(appid, next, now).await?),
            Self::SessionKeysReset { user, keys, dead } => {
                return reset_session_keys(unit, *user, keys, dead).await;
            }
            Self::CreateKey { key, activation } => {
                match rotation::succeed(unit, key, *activation, now).await? {
                    Succession::Published => Changed::Created,
                    Succession::Waiting => Changed::Waiting,
                }
            }
            Self::ActivateKey(kid) => match rotation::activate(unit, kid, now).await? {
                Activated::Done => Changed::Updated,
                Activated::Missing => Changed::Missing,
                Activated::TooEarly => Changed::TooEarly,
                Activated::Already => Changed::InUse,
            },
            Self::DeleteKey(kid) => {
                let keys = unit.keys(now).await?;
                match keys.iter().find(|key| key.kid == *kid) {
                    Some(key) if is_needed(&keys, key, now) => Changed::InUse,
                    Some(_) => found(unit.delete_key(kid, now).await?),
                    None => Changed::Missing,
                }
            }
            Self::UserState(id, state) => {
                match unit.user(*id).await?.map(|user| user.state) {
                    None | Some(UserState::Merged { .. }) => return Ok(Changed::Missing),
                    Some(_) => unit.set_user_state(*id, *state, now).await?,
                }
                if *state == UserState::Disabled {
                    unit.end_sessions(*id, now).await?;
                }
                Changed::Updated
            }
            Self::DeleteUser(id) => {
                // So that clients are told that the sessions ended.
                unit.end_sessions(*id, now).await?;
                found(unit.delete_user(*id).await?)
            }
            Self::EndSession(user, session) => {
                // Locked first, as by whoever else ends sessions.
                unit.user(*user).await?;
                found(unit.end_session(*user, *session, now).await?)
            }
            Self::Unmerge(user) => match merge::undo(unit, *user, now).await? {
                Undone::Done => Changed::Updated,
                Undone::Missing => Changed::Missing,
                Undone::TooLate => Changed::TooLate,
                Undone::Inseparable => Changed::InUse,
            },
            Self::ImportUser(import) => return put_user(unit, import, now).await,
            Self::SmsVendor(kept) => {
                let before = unit.sms_vendor().await?;
                unit.put_sms_vendor(kept).await?;
                if before.is_some() {
                    Changed::Updated
                } else {
                    Changed::Created
                }
            }
            Self::DeleteSmsVendor => found(unit.delete_sms_vendor().await?),
        })
    }

    pub(crate) fn describe(&self, changed: Changed) -> (EventKind, String, serde_json::Value) {
        let none = serde_json::Value::Null;
        match self {
            Self::Tenant { tenant, .. } => (
                EventKind::TenantUpdated,
                tenant.slug.to_string(),
                json!({"display_name": tenant.display_name, "settings": tenant.settings}),
            ),
            Self::Client { client, .. } => {
                let kind = if changed == Changed::Created {
                    EventKind::ClientCreated
                } else {
                    EventKind::ClientUpdated
                };
                let grants: Vec<_> = client.grant_types.iter().map(|grant| grant.as_str()).collect();
                let detail = json!({"first_party": client.first_party, "grant_types": grants,
                    "redirect_uris": client.redirect_uris, "scope": client.scope.to_string(),
                    "token_endpoint_auth_method": client.authentication.method().as_str(),
                    "wechat_appid": client.wechat_appid});
                (kind, client.id.to_string(), detail)
            }
            Self::ClientSecret { id, .. } => (EventKind::ClientSecretRotated, id.to_string(), none),
            Self::DeleteClient(id) => (EventKind::ClientDeleted, id.to_string(), none),
            Self::CreateInitialToken(token) => registration::described(token),
            Self::DeleteInitialToken(id) => (EventKind::InitialTokenDeleted, id.to_string(), none),
            Self::DeleteWechatApp(appid) => (EventKind::WechatAppDeleted, appid.to_string(), none),
            Self::NextWechatSecret(appid, _) => (EventKind::WechatAppSecretPrepared, appid.to_string(), none),
            Self::SessionKeysReset { user, keys, dead } => (
                EventKind::UserSessionKeysReset,
                user.to_string(),
                json!({"replaced": keys.len(), "dead": dead.len()}),
            ),
            Self::CreateKey { key, activation } => {
                let detail =
                    json!({"alg": key.algorithm.as_str(), "waits": *activation == Activation::Manual});
                (EventKind::KeyCreated, key.kid.to_string(), detail)
            }
            Self::ActivateKey(kid) => (EventKind::KeyActivated, kid.to_string(), none),
            Self::DeleteKey(kid) => (EventKind::KeyDeleted, kid.to_string(), none),
            Self::UserState(id, UserState::Disabled) => (EventKind::UserDisabled, id.to_string(), none),
            Self::UserState(id, _) => (EventKind::UserEnabled, id.to_string(), none),
            Self::DeleteUser(id) => (EventKind::UserDeleted, id.to_string(), none),
            Self::EndSession(user, session) => (
                EventKind::SessionEnded,
                session.to_string(),
                json!({"user": user.to_string()}),
            ),
            Self::Unmerge(user) => (EventKind::UserUnmerged, user.to_string(), none),
            Self::ImportUser(import) => {
                let kinds = import
                    .identities
                    .iter()
                    .map(|identity| identity.external.kind().as_str());
                let detail = json!({"identities": kinds.collect::<Vec<_>>()});
                (EventKind::UserImported, import.user.id.to_string(), detail)
            }
            Self::SmsVendor(kept) => (EventKind::SmsVendorUpdated, kept.vendor.kind().to_owned(), none),
            Self::DeleteSmsVendor => (EventKind::SmsVendorDeleted, "sms".to_owned(), none),
        }
    }
}

async fn reset_session_keys(
    unit: &mut dyn Unit,
    user: UserId,
    keys: &[(IdentityId, KeptKey)],
    dead: &[IdentityId],
) -> Result<Changed> {
    if unit.user(user).await?.is_none() {
        return Ok(Changed::Missing);
    }
    for (identity, key) in keys {
        unit.keep_session_keys(*identity, &KeptKeys::reset(key.clone()))
            .await?;
    }
    for identity in dead {
        unit.forget_session_keys(*identity).await?;
    }
    Ok(Changed::Updated)
}

async fn put_user(unit: &mut dyn Unit, import: &Import, now: Instant) -> Result<Changed> {
    for identity in &import.identities {
        let is_taken = match &identity.external {
            ExternalIdentity::Wechat(wechat) => {
                let union = match wechat.union_key() {
                    Some(key) => unit.union_holder(&key).await?,
                    None => None,
                };
                union.is_some() || unit.identity(&wechat.appid, &wechat.openid).await?.is_some()
            }
            ExternalIdentity::Phone(phone) => unit.phone_holder(&phone.number).await?.is_some(),
            ExternalIdentity::Account(username) => unit.account(username).await?.is_some(),
        };
        if is_taken {
            return Ok(Changed::InUse);
        }
    }
    unit.insert_user(&import.user).await?;
    for identity in &import.identities {
        unit.insert_identity(identity).await?;
        if let (ExternalIdentity::Account(_), Some(hash)) = (&identity.external, &import.password) {
            unit.set_password(identity.id, hash, now).await?;
        }
    }
    if import.profile.updated_at.is_some() {
        unit.put_profile(import.user.id, &import.profile).await?;
    }
    Ok(Changed::Created)
}

async fn put_client_with_key(
    unit: &mut dyn Unit,
    client: &Client,
    based_on: Option<Instant>,
    key: Option<&SigningKey>,
    now: Instant,
) -> Result<Changed> {
    if key.is_some() {
        // First of all: it locks the tenant, which comes before the client.
        unit.this_tenant().await?;
    }
    let changed = put_client(unit, client, based_on).await?;
    if let (Some(key), Changed::Created | Changed::Updated | Changed::UpdatedWithSecret) = (key, changed) {
        rotation::begin(unit, key, now).await?;
    }
    Ok(changed)
}

async fn put_client(unit: &mut dyn Unit, client: &Client, based_on: Option<Instant>) -> Result<Changed> {
    if client.id.as_str() == PAGES {
        return Ok(Changed::InUse);
    }
    let Some(current) = unit.client(&client.id).await? else {
        if based_on.is_some() {
            return Ok(Changed::Missing);
        }
        unit.put_client(client).await?;
        return Ok(Changed::Created);
    };
    if based_on.is_some_and(|at| at != current.updated_at) {
        return Ok(Changed::Stale);
    }
    let mut client = Client {
        created_at: current.created_at,
        // Who registered itself may go on to manage itself, whoever changed it since.
        registration_token: client.registration_token.or(current.registration_token),
        updated_at: time::later(client.updated_at, current.updated_at),
        ..client.clone()
    };
    let mut changed = Changed::Updated;
    if let ClientAuthentication::Secret { hash, .. } = &mut client.authentication {
        match current.authentication {
            ClientAuthentication::Secret { hash: kept, .. } => *hash = kept,
            ClientAuthentication::None | ClientAuthentication::PrivateKeyJwt(_) => {
                changed = Changed::UpdatedWithSecret;
            }
        }
    }
    unit.put_client(&client).await?;
    Ok(changed)
}
