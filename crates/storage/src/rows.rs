//! One tenant's rows, read. Every method is one statement, but for the data key where it is not at hand and an
//! account's failures.

use crate::{
    accounts, browsers,
    entity::{
        client_consents, clients, grants, identities, initial_tokens, logins, revoked_tokens, sessions,
        sms_vendors, users, wechat_apps, wechat_session_keys,
    },
    error::OrStore,
    keys,
    listing::{Direction, page},
    live, log,
    store::Shared,
    unit::{TenantAct, user::sessions_of},
};
use async_trait::async_trait;
use hufu_core::{
    Instant,
    attempts::{AttemptKey, Failures},
    authorization::{ClientConsent, PendingRequest},
    client::{Client, ClientId},
    consent::Consent,
    event::Event,
    grant::{LiveGrant, RefreshToken},
    id::{
        GrantId, IdentityId, InitialTokenId, LoginId, RefreshTokenId, RequestId, ScanId, SessionId, TenantId,
        UserId,
    },
    identity::Identity,
    login::LoginTransaction,
    page::{Page, PageRequest},
    password::Username,
    profile::Profile,
    registration::InitialToken,
    scan::Scan,
    session::Session,
    signing_key::SigningKey,
    store::{Account, ErasedAct, GrantSummary, KeptSmsVendor, Result, Revoked, TenantStore},
    user::User,
    wechat_app::{AppId, WechatApp},
    wechat_session::KeptKeys,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::sync::Arc;

/// Identities, sessions, grants or consents of one user at the most.
pub(crate) const OF_ONE_USER: u64 = 100;

/// The store of one tenant.
pub(crate) struct TenantRows {
    pub(crate) shared: Arc<Shared>,
    pub(crate) tenant: TenantId,
}

#[async_trait]
impl TenantStore for TenantRows {
    fn id(&self) -> TenantId {
        self.tenant
    }

    async fn client(&self, id: &ClientId) -> Result<Option<Client>> {
        clients::Entity::find_by_id((self.tenant.uuid(), id.to_string()))
            .one(&self.shared.reader)
            .await
            .or_store()?
            .map(Client::try_from)
            .transpose()
    }

    async fn clients(&self, request: &PageRequest) -> Result<Page<Client>> {
        page(
            &self.shared.reader,
            clients::Entity::find().filter(clients::Column::TenantId.eq(self.tenant.uuid())),
            (clients::Column::Id, Direction::Ascending),
            request,
            |cursor| Ok(cursor.to_owned()),
            Client::try_from,
            |client| client.id.to_string(),
        )
        .await
    }

    async fn wechat_app(&self, appid: &AppId) -> Result<Option<WechatApp>> {
        let row = wechat_apps::Entity::find_by_id((self.tenant.uuid(), appid.to_string()))
            .one(&self.shared.reader)
            .await
            .or_store()?;
        let Some(row) = row else { return Ok(None) };
        let key = self
            .shared
            .vault
            .data_key(&self.shared.reader, self.tenant)
            .await?;
        row.open(&key).map(Some)
    }

    async fn initial_tokens(&self, request: &PageRequest) -> Result<Page<InitialToken>> {
        page(
            &self.shared.reader,
            initial_tokens::Entity::find().filter(initial_tokens::Column::TenantId.eq(self.tenant.uuid())),
            (initial_tokens::Column::Id, Direction::Ascending),
            request,
            |cursor| InitialTokenId::parse(cursor).map(InitialTokenId::uuid),
            InitialToken::try_from,
            |token| token.id.to_string(),
        )
        .await
    }

    async fn wechat_apps(&self, request: &PageRequest) -> Result<Page<WechatApp>> {
        let of_tenant =
            wechat_apps::Entity::find().filter(wechat_apps::Column::TenantId.eq(self.tenant.uuid()));
        let sealed = page(
            &self.shared.reader,
            of_tenant,
            (wechat_apps::Column::Appid, Direction::Ascending),
            request,
            |cursor| Ok(cursor.to_owned()),
            Ok,
            |row| row.appid.clone(),
        )
        .await?;
        if sealed.items.is_empty() {
            return Ok(sealed_page(Vec::new(), None));
        }
        let key = self
            .shared
            .vault
            .data_key(&self.shared.reader, self.tenant)
            .await?;
        let apps = sealed
            .items
            .into_iter()
            .map(|row| row.open(&key))
            .collect::<Result<_>>()?;
        Ok(sealed_page(apps, sealed.next))
    }

    async fn signing_keys(&self, now: Instant) -> Result<Vec<SigningKey>> {
        keys::published(&self.shared.reader, &self.shared.vault, self.tenant, now).await
    }

    async fn user(&self, id: UserId) -> Result<Option<User>> {
        users::Entity::find_by_id((self.tenant.uuid(), id.uuid()))
            .one(&self.shared.reader)
            .await
            .or_store()?
            .map(User::try_from)
            .transpose()
    }

    async fn users(&self, request: &PageRequest) -> Result<Page<User>> {
        page(
            &self.shared.reader,
            users::Entity::find().filter(users::Column::TenantId.eq(self.tenant.uuid())),
            (users::Column::Id, Direction::Ascending),
            request,
            |cursor| UserId::parse(cursor).map(UserId::uuid),
            User::try_from,
            |user| user.id.to_string(),
        )
        .await
    }

    async fn identities(&self, user: UserId) -> Result<Vec<Identity>> {
        let rows = identities::Entity::find()
            .filter(identities::Column::TenantId.eq(self.tenant.uuid()))
            .filter(identities::Column::UserId.eq(user.uuid()))
            .order_by_asc(identities::Column::Id)
            .limit(OF_ONE_USER)
            .all(&self.shared.reader)
            .await
            .or_store()?;
        rows.into_iter().map(Identity::try_from).collect()
    }

    async fn session_keys(&self, identity: IdentityId) -> Result<Option<KeptKeys>> {
        let row = wechat_session_keys::Entity::find_by_id((self.tenant.uuid(), identity.uuid()))
            .one(&self.shared.reader)
            .await
            .or_store()?;
        let Some(row) = row else { return Ok(None) };
        let key = self
            .shared
            .vault
            .data_key(&self.shared.reader, self.tenant)
            .await?;
        row.open(&key).map(Some)
    }

    async fn sessions(&self, user: UserId, now: Instant) -> Result<Vec<Session>> {
        let rows = sessions::Entity::find()
            .filter(sessions::Column::TenantId.eq(self.tenant.uuid()))
            .filter(sessions::Column::UserId.eq(user.uuid()))
            .filter(sessions::Column::EndedAt.is_null())
            .filter(sessions::Column::ExpiresAt.gt(now.timestamp_millis()))
            .order_by_desc(sessions::Column::Id)
            .limit(OF_ONE_USER)
            .all(&self.shared.reader)
            .await
            .or_store()?;
        rows.into_iter().map(Session::try_from).collect()
    }

    async fn browser_session(&self, id: SessionId) -> Result<Option<(Session, User)>> {
        browsers::session(&self.shared.reader, self.tenant, id).await
    }

    async fn request(&self, id: RequestId) -> Result<Option<PendingRequest>> {
        browsers::request(&self.shared.reader, &self.shared.vault, self.tenant, id).await
    }

    async fn scan(&self, id: ScanId) -> Result<Option<Scan>> {
        browsers::scan(&self.shared.reader, self.tenant, id).await
    }

    async fn client_consent(&self, user: UserId, client: &ClientId) -> Result<Option<ClientConsent>> {
        browsers::client_consent(&self.shared.reader, self.tenant, user, client).await
    }

    async fn client_consents(&self, user: UserId) -> Result<Vec<ClientConsent>> {
        let rows = client_consents::Entity::find()
            .filter(client_consents::Column::TenantId.eq(self.tenant.uuid()))
            .filter(client_consents::Column::UserId.eq(user.uuid()))
            .order_by_asc(client_consents::Column::ClientId)
            .limit(OF_ONE_USER)
            .all(&self.shared.reader)
            .await
            .or_store()?;
        rows.into_iter().map(ClientConsent::try_from).collect()
    }

    async fn grants(&self, user: UserId, now: Instant) -> Result<Vec<GrantSummary>> {
        let rows = grants::Entity::find()
            .filter(grants::Column::TenantId.eq(self.tenant.uuid()))
            .filter(grants::Column::SessionId.in_subquery(sessions_of(self.tenant, user)))
            .filter(grants::Column::RevokedAt.is_null())
            .filter(grants::Column::ExpiresAt.gt(now.timestamp_millis()))
            .order_by_desc(grants::Column::Id)
            .limit(OF_ONE_USER)
            .all(&self.shared.reader)
            .await
            .or_store()?;
        rows.into_iter().map(GrantSummary::try_from).collect()
    }

    async fn account(
        &self,
        username: &Username,
        keys: &[AttemptKey],
    ) -> Result<(Option<Account>, Vec<Failures>)> {
        let account = accounts::by_name(&self.shared.reader, self.tenant, username).await?;
        if keys.is_empty() {
            return Ok((account, Vec::new()));
        }
        let failures = accounts::failures(self.tenant, keys)
            .all(&self.shared.reader)
            .await
            .or_store()?;
        let failures = failures
            .into_iter()
            .map(Failures::try_from)
            .collect::<Result<_>>()?;
        Ok((account, failures))
    }

    async fn profile(&self, user: UserId) -> Result<Profile> {
        accounts::profile(&self.shared.reader, self.tenant, user).await
    }

    async fn consents(&self, user: UserId) -> Result<Vec<Consent>> {
        let rows = accounts::consents(self.tenant, user);
        accounts::read_consents(&self.shared.reader, rows).await
    }

    async fn transaction(&self, id: LoginId) -> Result<Option<LoginTransaction>> {
        let row = logins::Entity::find_by_id((self.tenant.uuid(), id.uuid()))
            .one(&self.shared.reader)
            .await
            .or_store()?;
        accounts::open_login(&self.shared.reader, &self.shared.vault, self.tenant, row).await
    }

    async fn sms_vendor(&self) -> Result<Option<KeptSmsVendor>> {
        let row = sms_vendors::Entity::find_by_id(self.tenant.uuid())
            .one(&self.shared.reader)
            .await
            .or_store()?;
        accounts::open_vendor(&self.shared.reader, &self.shared.vault, self.tenant, row).await
    }

    async fn live_grant(&self, id: GrantId, jti: &str) -> Result<Option<(LiveGrant, Revoked)>> {
        live::grant(&self.shared.reader, self.tenant, id, jti).await
    }

    async fn revoked(&self, jti: &str) -> Result<Revoked> {
        let row = revoked_tokens::Entity::find_by_id((self.tenant.uuid(), jti.to_owned()))
            .one(&self.shared.reader)
            .await
            .or_store()?;
        Ok(if row.is_some() { Revoked::Yes } else { Revoked::No })
    }

    async fn refresh_token(&self, id: RefreshTokenId) -> Result<Option<(RefreshToken, LiveGrant)>> {
        live::refresh_token(&self.shared.reader, self.tenant, id).await
    }

    async fn events(&self, request: &PageRequest) -> Result<Page<Event>> {
        log::read(&self.shared.reader, self.tenant, request).await
    }

    async fn run(&self, act: Arc<dyn ErasedAct>) -> Result<()> {
        let job = TenantAct {
            tenant: self.tenant,
            vault: self.shared.vault.clone(),
            act,
        };
        self.shared.writer.write(job, self.shared.patience).await
    }
}

fn sealed_page(items: Vec<WechatApp>, next: Option<String>) -> Page<WechatApp> {
    Page { items, next }
}
