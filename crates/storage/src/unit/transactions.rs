//! What logins of more than one step read and write: themselves, the codes that they end in, and failures.
//!
//! A row that is missing cannot be locked. So what was found missing is inserted plainly: of two units that both saw none,
//! one loses the race for the key, and its act is run again and sees the other's.

use super::TenantUnit;
use crate::{
    accounts,
    entity::{attempts, authorization_codes, clients, logins, users},
    error::OrStore,
    insert,
};
use async_trait::async_trait;
use hufu_core::{
    Instant,
    attempts::{AttemptKey, Failures},
    id::{CodeId, LoginId, UserId},
    login::{AuthorizationCode, LoginTransaction},
    store::{Result, StoreError, TransactionUnit},
};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, Iterable, QueryFilter, QuerySelect,
    sea_query::{Expr, LockType, OnConflict},
};

#[async_trait]
impl TransactionUnit for TenantUnit<'_> {
    async fn transaction(&mut self, id: LoginId) -> Result<Option<LoginTransaction>> {
        let row = logins::Entity::find_by_id((self.tenant.uuid(), id.uuid()))
            .lock_exclusive()
            .one(self.tx)
            .await
            .or_store()?;
        if row.is_none() {
            self.found.no_login.push(id);
        }
        accounts::open_login(self.tx, self.vault, self.tenant, row).await
    }

    async fn put_transaction(&mut self, transaction: &LoginTransaction) -> Result<()> {
        use logins::Column as C;
        let key = self.vault.data_key(self.tx, self.tenant).await?;
        let row = logins::Model::seal(self.tenant, transaction, &key, self.vault.random())?;
        let mut insert = logins::Entity::insert(row.into_active_model());
        if !self.found.no_login.contains(&transaction.id) {
            let replaced = C::iter().filter(|column| !matches!(column, C::TenantId | C::Id));
            insert = insert.on_conflict(
                OnConflict::columns([C::TenantId, C::Id])
                    .update_columns(replaced)
                    .to_owned(),
            );
        }
        insert.exec_without_returning(self.tx).await.or_store()?;
        self.found.no_login.retain(|id| *id != transaction.id);
        Ok(())
    }

    async fn delete_transaction(&mut self, id: LoginId) -> Result<()> {
        logins::Entity::delete_by_id((self.tenant.uuid(), id.uuid()))
            .exec(self.tx)
            .await
            .or_store()?;
        Ok(())
    }

    async fn insert_code(&mut self, code: &AuthorizationCode) -> Result<()> {
        // Held until the unit ends, so that what the next statement reads of the user stays true. A session's foreign key does so
        // by itself.
        users::Entity::find_by_id((self.tenant.uuid(), code.user_id.uuid()))
            .lock(LockType::KeyShare)
            .one(self.tx)
            .await
            .or_store()?;
        let row = authorization_codes::Model::of(self.tenant, code);
        let parents = self.parents(code.user_id, &code.client_id);
        if insert::for_each(self.tx, row.into_active_model(), parents).await? > 0 {
            return Ok(());
        }
        let client = clients::Entity::find_by_id((self.tenant.uuid(), code.client_id.to_string()));
        Err(match client.one(self.tx).await.or_store()? {
            None => StoreError::Gone(format!("client {}", code.client_id)),
            Some(_) => StoreError::Contention(format!("{} is not active any more", code.user_id)),
        })
    }

    /// Its user is locked before it: so does whoever ends the user's sessions and forgets the codes, and neither waits for the other.
    async fn code(&mut self, id: CodeId) -> Result<Option<AuthorizationCode>> {
        let key = (self.tenant.uuid(), id.uuid());
        let seen = authorization_codes::Entity::find_by_id(key)
            .one(self.tx)
            .await
            .or_store()?;
        let Some(seen) = seen else { return Ok(None) };
        self.lock_users(&[UserId::from_uuid(seen.user_id)]).await?;
        let row = authorization_codes::Entity::find_by_id(key)
            .lock_exclusive()
            .one(self.tx)
            .await
            .or_store()?;
        row.map(AuthorizationCode::try_from).transpose()
    }

    async fn use_code(&mut self, id: CodeId, now: Instant) -> Result<()> {
        authorization_codes::Entity::update_many()
            .col_expr(
                authorization_codes::Column::UsedAt,
                Expr::value(now.timestamp_millis()),
            )
            .filter(authorization_codes::Column::TenantId.eq(self.tenant.uuid()))
            .filter(authorization_codes::Column::Id.eq(id.uuid()))
            .exec(self.tx)
            .await
            .or_store()?;
        Ok(())
    }

    async fn failures(&mut self, keys: &[AttemptKey]) -> Result<Vec<Failures>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let rows = accounts::failures(self.tenant, keys)
            .lock_exclusive()
            .all(self.tx)
            .await
            .or_store()?;
        let failures = rows
            .into_iter()
            .map(Failures::try_from)
            .collect::<Result<Vec<_>>>()?;
        let missing = keys
            .iter()
            .filter(|key| !failures.iter().any(|failures| failures.key == **key));
        self.found.no_failures.extend(missing);
        Ok(failures)
    }

    async fn put_failures(&mut self, failures: &Failures) -> Result<()> {
        use attempts::Column as C;
        let row = attempts::Model::of(self.tenant, failures);
        let mut insert = attempts::Entity::insert(row.into_active_model());
        if !self.found.no_failures.contains(&failures.key) {
            insert = insert.on_conflict(
                OnConflict::columns([C::TenantId, C::Kind, C::Digest])
                    .update_columns([C::Count, C::Since, C::LastAt, C::ExpiresAt])
                    .to_owned(),
            );
        }
        insert.exec_without_returning(self.tx).await.or_store()?;
        self.found.no_failures.retain(|key| *key != failures.key);
        Ok(())
    }

    async fn forget_failures(&mut self, key: &AttemptKey) -> Result<()> {
        attempts::Entity::delete_many()
            .filter(attempts::Column::TenantId.eq(self.tenant.uuid()))
            .filter(attempts::Column::Kind.eq(key.kind.as_str()))
            .filter(attempts::Column::Digest.eq(key.digest.to_vec()))
            .exec(self.tx)
            .await
            .or_store()?;
        Ok(())
    }
}
