//! The store suite on SQLite and on PostgreSQL.

mod fresh;

macro_rules! suite {
    ($($subject:ident: [$($case:ident,)*],)*) => {
        mod sqlite {
            $(mod $subject {$(
                #[tokio::test(flavor = "multi_thread")]
                async fn $case() {
                    let database = crate::fresh::Fresh::sqlite();
                    hufu_testkit::store_suite::$subject::$case(std::sync::Arc::new(database.store().await)).await;
                }
            )*})*
        }

        mod postgres {
            $(mod $subject {$(
                #[tokio::test(flavor = "multi_thread")]
                async fn $case() {
                    let Some(database) = crate::fresh::Fresh::postgres().await else { return };
                    hufu_testkit::store_suite::$subject::$case(std::sync::Arc::new(database.store().await)).await;
                    database.remove().await;
                }
            )*})*
        }
    };
}

hufu_testkit::store_cases!(suite);
