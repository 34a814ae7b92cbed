//! What an error of the database means to the store's callers.

use hufu_core::store::{Result, StoreError};
use sea_orm::{DbErr, RuntimeErr};

/// Turns an error of the database into one of the store.
pub(crate) trait OrStore<T> {
    fn or_store(self) -> Result<T>;
}

impl<T> OrStore<T> for std::result::Result<T, DbErr> {
    fn or_store(self) -> Result<T> {
        self.map_err(|error| store_error(&error))
    }
}

/// A unique violation is a race that somebody else has won: run again, the act sees their row. A foreign key violation
/// is a row that is gone.
pub(crate) fn store_error(error: &DbErr) -> StoreError {
    let what = describe(error);
    match kind(error) {
        Kind::Unavailable | Kind::ConnectionLost => StoreError::Unavailable(what),
        Kind::Contention => StoreError::Contention(what),
        Kind::Gone => StoreError::Gone(what),
        Kind::Defect => StoreError::Defect(what),
    }
}

/// Whether the connection broke under a statement, so that another one may do.
pub(crate) fn connection_was_lost(error: &DbErr) -> bool {
    matches!(kind(error), Kind::ConnectionLost)
}

/// For the log: never with the values of a statement, which sqlx does not repeat.
pub(crate) fn describe(error: &DbErr) -> String {
    match cause(error) {
        Some(cause) => cause.to_string(),
        None => error.to_string(),
    }
}

enum Kind {
    Unavailable,
    ConnectionLost,
    Contention,
    Gone,
    Defect,
}

fn cause(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause)) => Some(cause),
        _ => None,
    }
}

fn kind(error: &DbErr) -> Kind {
    use sqlx::Error as E;
    if matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_)) {
        return Kind::Unavailable;
    }
    match cause(error) {
        Some(E::Database(cause)) => {
            if cause.is_unique_violation() {
                Kind::Contention
            } else if cause.is_foreign_key_violation() {
                Kind::Gone
            } else {
                by_code(&cause.code().unwrap_or_default())
            }
        }
        Some(E::Io(_) | E::Tls(_) | E::Protocol(_) | E::WorkerCrashed | E::BeginFailed) => {
            Kind::ConnectionLost
        }
        Some(E::PoolTimedOut | E::PoolClosed) => Kind::Unavailable,
        _ => Kind::Defect,
    }
}

/// SQLSTATE (five characters) or SQLite's result code, whose low byte is the primary one.
fn by_code(code: &str) -> Kind {
    match code {
        // Serialization failure, deadlock, lock timeout.
        "40001" | "40P01" | "55P03" => return Kind::Contention,
        // A standby.
        "25006" => return Kind::Unavailable,
        _ if code.len() == 5 => {
            return match &code[..2] {
                // Connection exception; operator intervention (a shutdown, a killed backend).
                "08" | "57" => Kind::ConnectionLost,
                // Insufficient resources; system error.
                "53" | "58" => Kind::Unavailable,
                _ => Kind::Defect,
            };
        }
        _ => {}
    }
    match code.parse::<u32>().map(|code| code & 0xff) {
        // BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN.
        Ok(5 | 6 | 8 | 10 | 13 | 14) => Kind::Unavailable,
        _ => Kind::Defect,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_say_whether_to_try_again() {
        assert!(matches!(by_code("40P01"), Kind::Contention));
        assert!(matches!(by_code("57P01"), Kind::ConnectionLost));
        assert!(matches!(by_code("53300"), Kind::Unavailable));
        assert!(matches!(by_code("517"), Kind::Unavailable));
        assert!(matches!(by_code("42P01"), Kind::Defect));
        assert!(matches!(by_code("1"), Kind::Defect));
        assert!(matches!(by_code(""), Kind::Defect));
    }
}
