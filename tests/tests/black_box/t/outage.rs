//! The database goes away and comes back.

use hufu_tests::{Proxy, Server};
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_away_is_503_and_recovers_without_a_restart() {
    let proxy: Arc<std::sync::OnceLock<Proxy>> = Arc::default();
    let server = Server::start_via(|address| {
        let started = Proxy::start(address);
        let through = started.address();
        assert!(proxy.set(started).is_ok());
        through
    })
    .await;
    let proxy = proxy.get().unwrap();
    let tenant = server.tenant("acme").await.with_shop().await;
    let secret = tenant.confidential("api").await;
    let tokens = tenant.login("alice").await;
    let jwks = server.http.get(&tenant.url("/jwks")).await.expect(200);
    tenant
        .introspect("api", &secret, &tokens.access)
        .await
        .expect(200);

    proxy.cut();
    tenant
        .refresh("shop", &tokens.refresh)
        .await
        .expect_error(503, "temporarily_unavailable", None);
    tenant
        .userinfo(&tokens.access)
        .await
        .expect_error(503, "temporarily_unavailable", None);
    tenant
        .introspect("api", &secret, &tokens.access)
        .await
        .expect_error(503, "temporarily_unavailable", None);
    let code = tenant.code("wx0000000000000001", "bob");
    tenant
        .exchange("shop", &code)
        .await
        .expect_error(503, "temporarily_unavailable", None);
    tenant.admin("GET", "", None).await.expect(503);
    let still = server.http.get(&tenant.url("/jwks")).await.expect(200);
    assert_eq!(still.body, jwks.body, "keys are served from memory");

    proxy.mend();
    tenant.userinfo(&tokens.access).await.expect(200);
    let tokens = hufu_tests::Tokens::of(tenant.refresh("shop", &tokens.refresh).await);
    tenant.userinfo(&tokens.access).await.expect(200);
    tenant.login("bob").await;

    // However long it lasts: what is known is forgotten only where the database has told of a change.
    for _ in 0..2 {
        server.hear_of_changes().await;
    }
    server.http.get(&tenant.url("/jwks")).await.expect(200);
    proxy.cut();
    server.advance(86_400);
    server.hear_of_changes().await;
    server.http.get(&tenant.url("/jwks")).await.expect(200);
}
