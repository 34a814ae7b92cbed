//! Which version the database's schema has, compared with the one that this binary knows.

use super::OpenError;
use hufu_migrations::{
    Migrator,
    sea_orm_migration::{MigratorTrait, SchemaManager, seaql_migrations},
};
use sea_orm::{DbErr, EntityTrait, QueryOrder};

/// Refuses a schema that is not exactly the one that this binary knows.
pub(crate) async fn require_current(manager: &SchemaManager<'_>) -> Result<(), OpenError> {
    match missing(manager).await?.len() {
        0 => Ok(()),
        missing => Err(OpenError::SchemaOlder(missing)),
    }
}

/// The migrations that are still to be applied. Reads only. Refuses a schema that is newer than this binary.
pub(crate) async fn missing(manager: &SchemaManager<'_>) -> Result<Vec<String>, OpenError> {
    let applied = applied(manager).await?;
    let known: Vec<String> = Migrator::migrations()
        .iter()
        .map(|migration| migration.name().to_owned())
        .collect();
    if let Some(unknown) = applied.iter().find(|name| !known.contains(name)) {
        return Err(OpenError::SchemaNewer(unknown.clone()));
    }
    Ok(known.into_iter().filter(|name| !applied.contains(name)).collect())
}

async fn applied(manager: &SchemaManager<'_>) -> Result<Vec<String>, DbErr> {
    if !manager.has_table("seaql_migrations").await? {
        return Ok(Vec::new());
    }
    let rows = seaql_migrations::Entity::find()
        .order_by_asc(seaql_migrations::Column::Version)
        .all(manager.get_connection())
        .await?;
    Ok(rows.into_iter().map(|row| row.version).collect())
}
