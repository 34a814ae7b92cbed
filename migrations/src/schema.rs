//! Columns, keys and indices as every table here has them.
//!
//! Ids are UUIDs, instants are epoch milliseconds in a BIGINT (the databases' own types sort and round differently),
//! hashes and sealed secrets are bytes. Columns without `_null` in their maker's name are NOT NULL.

use sea_orm_migration::{
    prelude::*,
    sea_orm::DbBackend,
    sea_query::{ColumnDef, ForeignKeyCreateStatement, IndexCreateStatement, TableCreateStatement},
};

pub(crate) fn table(name: &'static str) -> TableCreateStatement {
    Table::create().table(name).take()
}

pub(crate) fn id(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().not_null().take()
}

pub(crate) fn id_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().take()
}

pub(crate) fn instant(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

pub(crate) fn instant_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().take()
}

pub(crate) fn number_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().take()
}

pub(crate) fn number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

pub(crate) fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().take()
}

pub(crate) fn text_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().take()
}

/// Text that is part of a key: compared and sorted by its bytes on every database, whatever the server's locale.
pub(crate) fn key_text(manager: &SchemaManager<'_>, name: &'static str) -> ColumnDef {
    let mut column = text(name);
    if manager.get_database_backend() == DbBackend::Postgres {
        column.extra(r#"COLLATE "C""#);
    }
    column
}

pub(crate) fn json(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).json_binary().not_null().take()
}

pub(crate) fn bytes(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).blob().not_null().take()
}

pub(crate) fn bytes_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).blob().take()
}

pub(crate) fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).boolean().not_null().take()
}

pub(crate) fn primary_key(columns: &[&'static str]) -> IndexCreateStatement {
    let mut key = Index::create();
    for column in columns {
        key.col(*column);
    }
    key.take()
}

/// `columns` of `table` are the key of a row of `parent` and die with it.
pub(crate) fn belongs_to(
    table: &'static str,
    columns: &[&'static str],
    parent: &'static str,
    key: &[&'static str],
) -> ForeignKeyCreateStatement {
    let mut foreign = ForeignKey::create();
    foreign
        .name(format!("fk_{table}_{parent}"))
        .from_tbl(table)
        .to_tbl(parent);
    for column in columns {
        foreign.from_col(*column);
    }
    for column in key {
        foreign.to_col(*column);
    }
    foreign.on_delete(ForeignKeyAction::Cascade).take()
}

/// The row dies with its tenant.
pub(crate) fn belongs_to_tenant(table: &'static str) -> ForeignKeyCreateStatement {
    belongs_to(table, &["tenant_id"], "tenants", &["id"])
}

pub(crate) fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index
        .name(format!("ix_{table}_{}", columns.join("_")))
        .table(table);
    for column in columns {
        index.col(*column);
    }
    index.take()
}

pub(crate) fn unique(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = index(table, columns);
    index
        .name(format!("ux_{table}_{}", columns.join("_")))
        .unique()
        .take()
}
