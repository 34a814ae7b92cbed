//! What codes by SMS read and write: the vendor, the challenges, and what is counted.
//!
//! The sends of a tenant wait for one another, so what one of them asks is asked in few statements.

mod counts;

use super::TenantUnit;
use crate::{
    accounts,
    entity::{
        sms_alarms, sms_challenges, sms_messages, sms_vendors,
        sms_volumes::{self, slot_of},
    },
    error::OrStore,
};
use async_trait::async_trait;
use hufu_core::{
    Instant,
    phone::PhoneNumber,
    sms::{
        CallingCode, SmsPurpose,
        budget::{Conversion, Count, Counted, Limit, prefix_key},
        challenge::{LIFETIME, SmsChallenge},
    },
    store::{KeptSmsVendor, Result, SmsConversion, SmsCounted, SmsUnit, StoreError},
    time,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, IntoActiveModel, Iterable, QueryFilter, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

const HOUR: u32 = 3_600;
const DAY: u32 = 86_400;

#[async_trait]
impl SmsUnit for TenantUnit<'_> {
    async fn sms_vendor(&mut self) -> Result<Option<KeptSmsVendor>> {
        let row = sms_vendors::Entity::find_by_id(self.tenant.uuid())
            .lock_exclusive()
            .one(self.tx)
            .await
            .or_store()?;
        accounts::open_vendor(self.tx, self.vault, self.tenant, row).await
    }

    async fn put_sms_vendor(&mut self, kept: &KeptSmsVendor) -> Result<()> {
        use sms_vendors::Column as C;
        let key = self.vault.data_key(self.tx, self.tenant).await?;
        let row = sms_vendors::Model::seal(self.tenant, kept, &key, self.vault.random())?;
        sms_vendors::Entity::insert(row.into_active_model())
            .on_conflict(
                OnConflict::column(C::TenantId)
                    .update_columns([C::Config, C::UpdatedAt])
                    .to_owned(),
            )
            .exec_without_returning(self.tx)
            .await
            .or_store()?;
        Ok(())
    }

    async fn delete_sms_vendor(&mut self) -> Result<bool> {
        let deleted = sms_vendors::Entity::delete_by_id(self.tenant.uuid())
            .exec(self.tx)
            .await
            .or_store()?;
        Ok(deleted.rows_affected > 0)
    }

    /// That there is none is remembered, for [`SmsUnit::put_sms_challenge`].
    async fn sms_challenge(
        &mut self,
        phone: &PhoneNumber,
        purpose: SmsPurpose,
    ) -> Result<Option<SmsChallenge>> {
        let key = (
            self.tenant.uuid(),
            phone.as_str().to_owned(),
            purpose.as_str().to_owned(),
        );
        let row = sms_challenges::Entity::find_by_id(key)
            .lock_exclusive()
            .one(self.tx)
            .await
            .or_store()?;
        if row.is_none() {
            self.found.no_challenge.push((phone.clone(), purpose));
        }
        row.map(SmsChallenge::try_from).transpose()
    }

    async fn put_sms_challenge(&mut self, challenge: &SmsChallenge) -> Result<()> {
        use sms_challenges::Column as C;
        let row = sms_challenges::Model::of(self.tenant, challenge);
        let is_this = |(phone, purpose): &(PhoneNumber, SmsPurpose)| {
            *phone == challenge.phone && *purpose == challenge.purpose
        };
        let mut insert = sms_challenges::Entity::insert(row.into_active_model());
        if !self.found.no_challenge.iter().any(is_this) {
            let replaced = C::iter().filter(|column| !matches!(column, C::TenantId | C::Phone | C::Purpose));
            insert = insert.on_conflict(
                OnConflict::columns([C::TenantId, C::Phone, C::Purpose])
                    .update_columns(replaced)
                    .to_owned(),
            );
        }
        insert.exec_without_returning(self.tx).await.or_store()?;
        self.found.no_challenge.retain(|missing| !is_this(missing));
        Ok(())
    }

    async fn sms_counts(&mut self, message: &SmsCounted, limits: &[Limit]) -> Result<Vec<Count>> {
        let like = sms_messages::Model::of(self.tenant, message);
        let selects = limits.iter().map(|limit| {
            let start = time::before(message.sent_at, limit.window).timestamp_millis();
            let these = match limit.counted {
                Counted::Phone => sms_messages::Column::Phone.eq(like.phone.as_str()),
                Counted::Address => sms_messages::Column::Address.eq(like.address.as_str()),
                Counted::Prefix => sms_messages::Column::Prefix.eq(like.prefix.as_str()),
                Counted::Country => return counts::of_slots(self.tenant, Some(like.country), start),
                Counted::Tenant => return counts::of_slots(self.tenant, None, start),
            };
            counts::of_messages(self.tenant, these, start, limit.most)
        });
        let numbers = counts::read(self.tx, selects.collect()).await?;
        let counts = limits.iter().zip(numbers).map(|(limit, (sent, oldest_at))| {
            Ok(Count {
                counted: limit.counted,
                window: limit.window,
                sent: counts::number(sent),
                oldest_at: oldest_at.map(instant).transpose()?,
            })
        });
        counts.collect()
    }

    async fn count_sms(&mut self, message: &SmsCounted) -> Result<()> {
        use sms_volumes::Column as C;
        let row = sms_messages::Model::of(self.tenant, message);
        let volume = sms_volumes::Model {
            tenant_id: row.tenant_id,
            country: row.country,
            slot: slot_of(row.sent_at),
            sent: 1,
            came_back: 0,
        };
        sms_messages::Entity::insert(row.into_active_model())
            .exec_without_returning(self.tx)
            .await
            .or_store()?;
        sms_volumes::Entity::insert(volume.into_active_model())
            .on_conflict(
                OnConflict::columns([C::TenantId, C::Country, C::Slot])
                    .value(C::Sent, Expr::col((sms_volumes::Entity, C::Sent)).add(1))
                    .to_owned(),
            )
            .exec_without_returning(self.tx)
            .await
            .or_store()?;
        Ok(())
    }

    async fn sms_came_back(&mut self, id: Uuid) -> Result<()> {
        let updated = sms_messages::Entity::update_many()
            .col_expr(sms_messages::Column::CameBack, Expr::value(true))
            .filter(sms_messages::Column::TenantId.eq(self.tenant.uuid()))
            .filter(sms_messages::Column::Id.eq(id))
            .filter(sms_messages::Column::CameBack.eq(false))
            .exec(self.tx)
            .await
            .or_store()?;
        if updated.rows_affected == 0 {
            return Ok(());
        }
        let message = sms_messages::Entity::find_by_id((self.tenant.uuid(), id))
            .one(self.tx)
            .await
            .or_store()?;
        let Some(message) = message else { return Ok(()) };
        sms_volumes::Entity::update_many()
            .col_expr(
                sms_volumes::Column::CameBack,
                Expr::col(sms_volumes::Column::CameBack).add(1),
            )
            .filter(sms_volumes::Column::TenantId.eq(self.tenant.uuid()))
            .filter(sms_volumes::Column::Country.eq(message.country))
            .filter(sms_volumes::Column::Slot.eq(slot_of(message.sent_at)))
            .exec(self.tx)
            .await
            .or_store()?;
        Ok(())
    }

    async fn sms_conversions(&mut self, phone: &PhoneNumber, now: Instant) -> Result<Vec<SmsConversion>> {
        use sms_messages::Column as C;
        let (prefix, country) = (prefix_key(phone), i64::from(CallingCode::of(phone).0));
        // A code that may still come back says nothing yet.
        let young = time::before(now, LIFETIME).timestamp_millis();
        let hour = time::before(now, HOUR).timestamp_millis();
        let day = time::before(now, DAY).timestamp_millis();
        let of_block = Condition::all()
            .add(C::Prefix.eq(prefix))
            .add(C::SentAt.gt(hour))
            .add(C::SentAt.lte(young));
        let too_young = Condition::all()
            .add(C::Country.eq(country))
            .add(C::SentAt.gt(young));
        let selects = vec![
            counts::came_back(self.tenant, of_block),
            counts::came_back_of_slots(self.tenant, country, day),
            counts::came_back(self.tenant, too_young),
        ];
        let numbers = counts::read(self.tx, selects).await?;
        let [block, all, too_young] = [0, 1, 2].map(|i| {
            let (sent, verified) = numbers.get(i).copied().unwrap_or_default();
            (counts::number(sent), counts::number(verified))
        });
        let alarms = sms_alarms::Entity::find()
            .filter(sms_alarms::Column::TenantId.eq(self.tenant.uuid()))
            .filter(sms_alarms::Column::Subject.is_in([prefix.to_owned(), country.to_string()]))
            .all(self.tx)
            .await
            .or_store()?;
        let conversion = |counted: Counted, key: String, (sent, verified)| SmsConversion {
            counted,
            is_raised: alarms
                .iter()
                .any(|alarm| alarm.counted == counted.as_str() && alarm.subject == key),
            key,
            conversion: Conversion { sent, verified },
        };
        let of_country = (
            all.0.saturating_sub(too_young.0),
            all.1.saturating_sub(too_young.1),
        );
        Ok(vec![
            conversion(Counted::Prefix, prefix.to_owned(), block),
            conversion(Counted::Country, country.to_string(), of_country),
        ])
    }

    async fn set_sms_alarm(&mut self, counted: Counted, key: &str, raised_at: Option<Instant>) -> Result<()> {
        use sms_alarms::Column as C;
        let Some(raised_at) = raised_at else {
            let alarm = (self.tenant.uuid(), counted.as_str().to_owned(), key.to_owned());
            sms_alarms::Entity::delete_by_id(alarm)
                .exec(self.tx)
                .await
                .or_store()?;
            return Ok(());
        };
        let row = sms_alarms::Model {
            tenant_id: self.tenant.uuid(),
            counted: counted.as_str().to_owned(),
            subject: key.to_owned(),
            raised_at: raised_at.timestamp_millis(),
        };
        sms_alarms::Entity::insert(row.into_active_model())
            .on_conflict(
                OnConflict::columns([C::TenantId, C::Counted, C::Subject])
                    .update_column(C::RaisedAt)
                    .to_owned(),
            )
            .exec_without_returning(self.tx)
            .await
            .or_store()?;
        Ok(())
    }
}

fn instant(millis: i64) -> Result<Instant> {
    let defect = || StoreError::Defect(format!("no instant: {millis}"));
    Instant::from_timestamp_millis(millis).ok_or_else(defect)
}
