//! How many messages went to a country within a quarter of an hour.

use sea_orm::entity::prelude::*;

/// How long a slot is, in milliseconds.
pub(crate) const SLOT: i64 = 15 * 60_000;

/// The slot that an instant is in: when that begins.
pub(crate) const fn slot_of(millis: i64) -> i64 {
    millis - millis.rem_euclid(SLOT)
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sms_volumes")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) country: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) slot: i64,
    pub(crate) sent: i64,
    pub(crate) came_back: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_in_the_slot_that_began_last() {
        for (millis, slot) in [(0, 0), (1, 0), (SLOT - 1, 0), (SLOT, SLOT), (-1, -SLOT)] {
            assert_eq!(slot_of(millis), slot, "{millis}");
        }
    }
}
