//! What the store's errors are to a caller. The database's own words go to the log, once, and never into an answer.

use super::{Problem, ProblemType};
use hufu_core::store::StoreError;

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => {
                tracing::warn!(%error, "the database does not answer");
                Self::new(ProblemType::Unavailable, "The database does not answer.").retry_after(1)
            }
            StoreError::Contention(_) => {
                tracing::warn!(%error, "a write lost its race too often");
                Self::new(ProblemType::Unavailable, "Too many changes at once.").retry_after(1)
            }
            StoreError::Gone(_) => {
                tracing::info!(%error, "a row vanished meanwhile");
                Self::new(
                    ProblemType::Conflict,
                    "What this belongs to was deleted meanwhile.",
                )
            }
            StoreError::Corrupt { .. } | StoreError::Defect(_) => {
                tracing::error!(%error, "the store is not as it should be");
                Self::new(ProblemType::Internal, "")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::response::IntoResponse;

    #[tokio::test]
    async fn an_answer_says_nothing_of_the_database() {
        let secret = "relation \"clients\" does not exist";
        for error in [
            StoreError::Unavailable(secret.into()),
            StoreError::Contention(secret.into()),
            StoreError::Gone(secret.into()),
            StoreError::Defect(secret.into()),
        ] {
            let response = Problem::from(error).into_response();
            let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
            assert!(!String::from_utf8_lossy(&body).contains("relation"));
        }
    }
}
