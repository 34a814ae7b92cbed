//! What the server does by itself.

mod closing;

use crate::{
    SqlStore,
    entity::{
        Row, attempts, authorization_codes, authorization_requests, config_changes, devices, grants,
        initial_tokens, installation, logins, refresh_tokens, revoked_tokens, scans, sessions, signing_keys,
        sms_challenges, sms_messages, sms_volumes, used_proofs, wechat_access_tokens, wechat_pushes,
        wechat_session_keys,
    },
    error::OrStore,
    keys,
    secrets::Vault,
    writer::{BULK, Job},
};
use async_trait::async_trait;
use hufu_core::{
    Instant,
    signing_key::rotation::DueKey,
    store::{Housekeeping, Result},
    tenant::TenantSlug,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, Iterable, PrimaryKeyToColumn,
    QueryFilter,
    sea_query::{Expr, ExprTrait, LockBehavior, LockType, Query},
};
use std::sync::Arc;

/// How long a mark of a changed configuration is kept, in milliseconds.
const MARKS_KEPT: i64 = 3_600_000;

/// How long a key is kept after it left the JWKS, in milliseconds: long enough to look into what went wrong.
const KEYS_KEPT: i64 = 86_400_000;

/// How long a WeChat app's access token is kept after its end, in milliseconds: as long as a node's clock may be behind.
const ACCESS_TOKENS_KEPT: i64 = 3_600_000;

/// How long an authorization code is kept after its end, in milliseconds: one that comes again must be recognized.
const CODES_KEPT: i64 = 3_600_000;

/// How long a device is kept after its end, in milliseconds: what comes late must hear that it is.
const DEVICES_KEPT: i64 = 600_000;

/// The longest window in which messages are counted, in milliseconds.
const MESSAGES_KEPT: i64 = 86_400_000;

/// The same for what is counted by the quarter of an hour: the window may begin up to a quarter earlier.
const VOLUMES_KEPT: i64 = 90_000_000;

#[async_trait]
impl Housekeeping for SqlStore {
    async fn ping(&self) -> Result<()> {
        installation::Entity::find_by_id(installation::ONLY)
            .one(self.db())
            .await
            .or_store()?;
        Ok(())
    }

    async fn changed_since(&self, since: Instant) -> Result<Vec<(TenantSlug, Instant)>> {
        let marks = config_changes::Entity::find()
            .filter(config_changes::Column::ChangedAt.gte(since.timestamp_millis()))
            .all(self.db())
            .await
            .or_store()?;
        marks
            .into_iter()
            .map(|mark| {
                let row = Row::new(config_changes::TABLE, &mark.slug);
                let slug = row.column("slug", TenantSlug::parse(&mark.slug))?;
                Ok((slug, row.instant(mark.changed_at)?))
            })
            .collect()
    }

    async fn due_keys(&self, now: Instant, limit: u32) -> Result<Vec<DueKey>> {
        keys::due(self.db(), now, limit).await
    }

    async fn remove_expired(&self, now: Instant, limit: u32) -> Result<u64> {
        let job = RemoveExpired {
            at: now,
            now: now.timestamp_millis(),
            limit: u64::from(limit),
            vault: self.shared.vault.clone(),
        };
        self.write_patiently(job, BULK).await
    }
}

struct RemoveExpired {
    at: Instant,
    now: i64,
    limit: u64,
    /// For the ids of events.
    vault: Arc<Vault>,
}

#[async_trait]
impl Job for RemoveExpired {
    type Output = u64;

    /// A family dies from its leaves, so that no deletion drags more than `limit` rows behind it: grants are only
    /// removed once no token of theirs can be left, and sessions once no grant can. What is dead but not expired stays:
    /// a token that is used again must be recognized.
    async fn run(&self, tx: &DatabaseTransaction) -> Result<u64> {
        let (now, limit) = (self.now, self.limit);
        let mut removed =
            remove::<revoked_tokens::Entity>(tx, revoked_tokens::Column::ExpiresAt, now, limit).await?;
        removed +=
            remove::<signing_keys::Entity>(tx, signing_keys::Column::RetiresAt, now - KEYS_KEPT, limit)
                .await?;
        removed +=
            remove::<config_changes::Entity>(tx, config_changes::Column::ChangedAt, now - MARKS_KEPT, limit)
                .await?;
        removed += self.of_wechat(tx).await?;
        removed += self.of_logins(tx).await?;
        removed += self.of_sms(tx).await?;
        removed += closing::delete_closed(tx, self.vault.random(), self.at, limit).await?;
        let tokens =
            remove::<refresh_tokens::Entity>(tx, refresh_tokens::Column::ExpiresAt, now, limit).await?;
        removed += tokens;
        if tokens < limit {
            let grants = remove::<grants::Entity>(tx, grants::Column::ExpiresAt, now, limit).await?;
            removed += grants;
            if grants < limit {
                removed += remove::<sessions::Entity>(tx, sessions::Column::ExpiresAt, now, limit).await?;
            }
        }
        Ok(removed)
    }
}

impl RemoveExpired {
    async fn of_wechat(&self, tx: &DatabaseTransaction) -> Result<u64> {
        use wechat_access_tokens as tokens;
        use wechat_pushes as pushes;
        use wechat_session_keys as session_keys;
        let (now, limit) = (self.now, self.limit);
        Ok(
            remove::<session_keys::Entity>(tx, session_keys::Column::ExpiresAt, now, limit).await?
                + remove::<pushes::Entity>(tx, pushes::Column::ExpiresAt, now, limit).await?
                + remove::<tokens::Entity>(tx, tokens::Column::ExpiresAt, now - ACCESS_TOKENS_KEPT, limit)
                    .await?,
        )
    }
}

impl RemoveExpired {
    async fn of_logins(&self, tx: &DatabaseTransaction) -> Result<u64> {
        use authorization_codes as codes;
        use authorization_requests as requests;
        let (now, limit) = (self.now, self.limit);
        Ok(
            remove::<logins::Entity>(tx, logins::Column::ExpiresAt, now, limit).await?
                + remove::<requests::Entity>(tx, requests::Column::ExpiresAt, now, limit).await?
                + remove::<scans::Entity>(tx, scans::Column::ExpiresAt, now, limit).await?
                + remove::<devices::Entity>(tx, devices::Column::ExpiresAt, now - DEVICES_KEPT, limit)
                    .await?
                + remove::<used_proofs::Entity>(tx, used_proofs::Column::ExpiresAt, now, limit).await?
                + remove::<codes::Entity>(tx, codes::Column::ExpiresAt, now - CODES_KEPT, limit).await?
                + remove::<initial_tokens::Entity>(tx, initial_tokens::Column::ExpiresAt, now, limit).await?
                + remove::<attempts::Entity>(tx, attempts::Column::ExpiresAt, now, limit).await?,
        )
    }

    async fn of_sms(&self, tx: &DatabaseTransaction) -> Result<u64> {
        use sms_challenges as challenges;
        use sms_messages as messages;
        use sms_volumes as volumes;
        let (now, limit) = (self.now, self.limit);
        Ok(
            remove::<challenges::Entity>(tx, challenges::Column::ExpiresAt, now, limit).await?
                + remove::<messages::Entity>(tx, messages::Column::SentAt, now - MESSAGES_KEPT, limit)
                    .await?
                + remove::<volumes::Entity>(tx, volumes::Column::Slot, now - VOLUMES_KEPT, limit).await?,
        )
    }
}

/// Removes at most `limit` rows whose `end` has come by `now`. Rows that another node is removing are left to it.
async fn remove<E>(db: &impl ConnectionTrait, end: E::Column, now: i64, limit: u64) -> Result<u64>
where
    E: EntityTrait,
{
    let key = || E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column);
    let dead = Query::select()
        .columns(key())
        .from(E::default())
        .and_where(end.lte(now))
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .take();
    let delete = Query::delete()
        .from_table(E::default())
        .and_where(Expr::tuple(key().map(Expr::col)).in_subquery(dead))
        .take();
    Ok(db.execute(&delete).await.or_store()?.rows_affected())
}
