//! What codes by SMS read and write: the vendor, the challenges, and what is counted.
//!
//! The windows of a phone, an address and a block are counted message by message. Those of a country and of the tenant, which
//! may hold very many, are sums of quarters of an hour.

use super::TenantUnit;
use crate::{
    accounts,
    entity::{
        sms_alarms, sms_challenges, sms_messages, sms_vendors,
        sms_volumes::{self, SLOT, slot_of},
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
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel, Iterable, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Asterisk, Expr, Func, OnConflict, Query, SelectStatement, SimpleExpr},
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
        let mut counts = Vec::with_capacity(limits.len());
        for limit in limits {
            let start = time::before(message.sent_at, limit.window).timestamp_millis();
            let (sent, oldest_at) = match limit.counted {
                Counted::Phone => {
                    let to = sms_messages::Column::Phone.eq(like.phone.as_str());
                    self.count_messages(to, start, limit.most).await?
                }
                Counted::Address => {
                    let of = sms_messages::Column::Address.eq(like.address.as_str());
                    self.count_messages(of, start, limit.most).await?
                }
                Counted::Prefix => {
                    let to = sms_messages::Column::Prefix.eq(like.prefix.as_str());
                    self.count_messages(to, start, limit.most).await?
                }
                Counted::Country => self.count_volumes(Some(like.country), start).await?,
                Counted::Tenant => self.count_volumes(None, start).await?,
            };
            counts.push(Count {
                counted: limit.counted,
                window: limit.window,
                sent,
                oldest_at: oldest_at.map(instant).transpose()?,
            });
        }
        Ok(counts)
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
        let (prefix, country) = (prefix_key(phone), CallingCode::of(phone).0);
        // A code that may still come back says nothing yet.
        let young = time::before(now, LIFETIME).timestamp_millis();
        let hour = time::before(now, HOUR).timestamp_millis();
        let day = time::before(now, DAY).timestamp_millis();
        let of_block = Condition::all()
            .add(C::Prefix.eq(prefix))
            .add(C::SentAt.gt(hour))
            .add(C::SentAt.lte(young));
        let of_block = self.converted(of_block).await?;
        let all = self.volume(Some(i64::from(country)), day).await?;
        let too_young = Condition::all()
            .add(C::Country.eq(i64::from(country)))
            .add(C::SentAt.gt(young));
        let too_young = self.converted(too_young).await?;
        let of_country = Conversion {
            sent: all.sent.saturating_sub(too_young.sent),
            verified: all.verified.saturating_sub(too_young.verified),
        };
        let mut conversions = Vec::with_capacity(2);
        for (counted, key, conversion) in [
            (Counted::Prefix, prefix.to_owned(), of_block),
            (Counted::Country, country.to_string(), of_country),
        ] {
            let alarm = (self.tenant.uuid(), counted.as_str().to_owned(), key.clone());
            let alarm = sms_alarms::Entity::find_by_id(alarm)
                .one(self.tx)
                .await
                .or_store()?;
            conversions.push(SmsConversion {
                counted,
                key,
                conversion,
                is_raised: alarm.is_some(),
            });
        }
        Ok(conversions)
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

impl TenantUnit<'_> {
    /// How many of `these` messages were sent after `start`, and when the first of them was. More than one beyond `most` are not
    /// looked at.
    async fn count_messages(&self, these: SimpleExpr, start: i64, most: u32) -> Result<(u32, Option<i64>)> {
        use sms_messages::Column as C;
        let within = sms_messages::Entity::find()
            .select_only()
            .column(C::SentAt)
            .filter(C::TenantId.eq(self.tenant.uuid()))
            .filter(these)
            .filter(C::SentAt.gt(start))
            .order_by_asc(C::SentAt)
            .limit(u64::from(most) + 1)
            .into_query();
        let counted = Query::select()
            .expr(Func::count(Expr::col(Asterisk)))
            .expr(Expr::col(C::SentAt).min())
            .from_subquery(within, "within")
            .take();
        let (sent, oldest) = self.two_numbers(counted).await?;
        Ok((number(sent), oldest))
    }

    /// How many messages were sent since the slot of `start` began, to one country or to all, and when the first of them was, at
    /// the latest: its slot is counted whole until then.
    async fn count_volumes(&self, country: Option<i64>, start: i64) -> Result<(u32, Option<i64>)> {
        use sms_volumes::Column as C;
        let counted = self
            .volumes(country, start)
            .expr(total(C::Sent))
            .expr(Expr::col(C::Slot).min())
            .take();
        let (sent, slot) = self.two_numbers(counted).await?;
        Ok((number(sent), slot.map(|slot| slot + SLOT)))
    }

    /// How many messages were sent since the slot of `start` began, and how many came back.
    async fn volume(&self, country: Option<i64>, start: i64) -> Result<Conversion> {
        use sms_volumes::Column as C;
        let counted = self
            .volumes(country, start)
            .expr(total(C::Sent))
            .expr(total(C::CameBack))
            .take();
        let (sent, verified) = self.two_numbers(counted).await?;
        Ok(Conversion {
            sent: number(sent),
            verified: number(verified),
        })
    }

    fn volumes(&self, country: Option<i64>, start: i64) -> SelectStatement {
        use sms_volumes::Column as C;
        let mut select = Query::select()
            .from(sms_volumes::Entity)
            .and_where(C::TenantId.eq(self.tenant.uuid()))
            .and_where(C::Slot.gte(slot_of(start)))
            .take();
        if let Some(country) = country {
            select.and_where(C::Country.eq(country));
        }
        select
    }

    /// How many of `these` messages there were, and how many of them came back.
    async fn converted(&self, these: Condition) -> Result<Conversion> {
        use sms_messages::Column as C;
        let came_back = Expr::case(C::CameBack.eq(true), 1).finally(0);
        let counted = Query::select()
            .expr(Func::count(Expr::col(Asterisk)))
            .expr(Expr::expr(came_back).sum().cast_as("bigint"))
            .from(sms_messages::Entity)
            .and_where(C::TenantId.eq(self.tenant.uuid()))
            .cond_where(these)
            .take();
        let (sent, verified) = self.two_numbers(counted).await?;
        Ok(Conversion {
            sent: number(sent),
            verified: number(verified),
        })
    }

    /// The only row of a query for two numbers.
    async fn two_numbers(&self, query: SelectStatement) -> Result<(Option<i64>, Option<i64>)> {
        let row = self.tx.query_one(&query).await.or_store()?;
        let row = row.ok_or_else(|| StoreError::Defect("a count gave no row".into()))?;
        Ok((
            row.try_get_by_index(0).or_store()?,
            row.try_get_by_index(1).or_store()?,
        ))
    }
}

/// A sum of whole numbers, which PostgreSQL gives as a decimal one.
fn total(column: sms_volumes::Column) -> SimpleExpr {
    Expr::col(column).sum().cast_as("bigint")
}

fn number(count: Option<i64>) -> u32 {
    u32::try_from(count.unwrap_or_default()).unwrap_or(u32::MAX)
}

fn instant(millis: i64) -> Result<Instant> {
    let defect = || StoreError::Defect(format!("no instant: {millis}"));
    Instant::from_timestamp_millis(millis).ok_or_else(defect)
}
