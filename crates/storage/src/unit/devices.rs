//! What the device authorization grant reads and writes.

use super::TenantUnit;
use crate::{entity::devices, error::OrStore};
use async_trait::async_trait;
use hufu_core::{
    device::{Device, DeviceState, Pace},
    id::{DeviceId, UserId},
    store::{DeviceUnit, Result, StoreError},
    token::SecretHash,
};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, TryInsertResult,
    sea_query::{Expr, OnConflict},
};

#[async_trait]
impl DeviceUnit for TenantUnit<'_> {
    async fn put_device(&mut self, device: &Device) -> Result<bool> {
        let row = devices::Model::of(self.tenant, device);
        // Whichever is taken, the id or the user code.
        let inserted = devices::Entity::insert(row.into_active_model())
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .try_insert()
            .exec_without_returning(self.tx)
            .await
            .or_store()?;
        Ok(matches!(inserted, TryInsertResult::Inserted(1..)))
    }

    /// Who decided is locked before it: so does whoever ends the user's sessions, and neither waits for the other.
    async fn device(&mut self, id: DeviceId) -> Result<Option<Device>> {
        let key = (self.tenant.uuid(), id.uuid());
        let seen = devices::Entity::find_by_id(key).one(self.tx).await.or_store()?;
        let Some(seen) = seen else { return Ok(None) };
        if let Some(decided) = seen.user_id {
            self.lock_users(&[UserId::from_uuid(decided)]).await?;
        }
        let row = devices::Entity::find_by_id(key)
            .lock_exclusive()
            .one(self.tx)
            .await
            .or_store()?;
        if row.as_ref().is_some_and(|row| row.user_id != seen.user_id) {
            // Whoever decided meanwhile is not locked, and must be before the device.
            return Err(StoreError::Contention("somebody decided about the device".into()));
        }
        row.map(Device::try_from).transpose()
    }

    async fn device_of(&mut self, user_code: SecretHash) -> Result<Option<Device>> {
        let row = devices::Entity::find()
            .filter(devices::Column::TenantId.eq(self.tenant.uuid()))
            .filter(devices::Column::UserCode.eq(user_code.as_bytes().to_vec()))
            .lock_exclusive()
            .one(self.tx)
            .await
            .or_store()?;
        row.map(Device::try_from).transpose()
    }

    async fn set_device_state(
        &mut self,
        id: DeviceId,
        before: &DeviceState,
        after: &DeviceState,
    ) -> Result<bool> {
        use devices::Column as C;
        let (session, authentication) = devices::allowed(after);
        let mut update = devices::Entity::update_many()
            .col_expr(C::State, Expr::value(devices::name(after)))
            .col_expr(C::UserId, Expr::value(after.user().map(UserId::uuid)))
            .col_expr(C::SessionId, Expr::value(session))
            .col_expr(C::Authentication, Expr::value(authentication))
            .filter(C::TenantId.eq(self.tenant.uuid()))
            .filter(C::Id.eq(id.uuid()))
            .filter(C::State.eq(devices::name(before)));
        if let Some(user) = before.user() {
            update = update.filter(C::UserId.eq(user.uuid()));
        }
        let updated = update.exec(self.tx).await.or_store()?;
        Ok(updated.rows_affected == 1)
    }

    async fn set_device_pace(&mut self, id: DeviceId, pace: Pace) -> Result<()> {
        use devices::Column as C;
        devices::Entity::update_many()
            .col_expr(C::PollInterval, Expr::value(i64::from(pace.interval)))
            .col_expr(
                C::PolledAt,
                Expr::value(pace.polled_at.map(|at| at.timestamp_millis())),
            )
            .filter(C::TenantId.eq(self.tenant.uuid()))
            .filter(C::Id.eq(id.uuid()))
            .exec(self.tx)
            .await
            .or_store()?;
        Ok(())
    }
}
