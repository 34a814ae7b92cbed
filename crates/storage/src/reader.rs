//! The connections that only read.

use crate::{error::connection_was_lost, suspicion::Suspicion};
use async_trait::async_trait;
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, Statement,
};
use std::time::Duration;

/// Tries of a read whose connection breaks under it.
const TRIES: u32 = 3;

/// A pool whose statements only read, so that one whose connection broke is simply asked again.
pub(crate) struct Reader {
    pool: DatabaseConnection,
    suspicion: Suspicion,
    /// How long a read may take.
    patience: Duration,
}

impl Reader {
    pub(crate) const fn new(pool: DatabaseConnection, suspicion: Suspicion, patience: Duration) -> Self {
        Self {
            pool,
            suspicion,
            patience,
        }
    }

    async fn patiently<T, F>(&self, statement: Statement, query: impl Fn(Statement) -> F) -> Result<T, DbErr>
    where
        F: Future<Output = Result<T, DbErr>>,
    {
        let tries = async {
            for _ in 1..TRIES {
                match query(statement.clone()).await {
                    Err(error) if connection_was_lost(&error) => {
                        tracing::debug!(%error, "a read is tried again");
                        self.suspicion.raise();
                    }
                    answer => return answer,
                }
            }
            query(statement.clone()).await
        };
        tokio::time::timeout(self.patience, tries)
            .await
            .unwrap_or(Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)))
    }
}

#[async_trait]
impl ConnectionTrait for Reader {
    fn get_database_backend(&self) -> DbBackend {
        self.pool.get_database_backend()
    }

    async fn execute_raw(&self, _: Statement) -> Result<ExecResult, DbErr> {
        Err(reads_only())
    }

    async fn execute_unprepared(&self, _: &str) -> Result<ExecResult, DbErr> {
        Err(reads_only())
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.patiently(statement, |again| self.pool.query_one_raw(again))
            .await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.patiently(statement, |again| self.pool.query_all_raw(again))
            .await
    }
}

fn reads_only() -> DbErr {
    DbErr::Custom("a reading connection was asked to write".into())
}
