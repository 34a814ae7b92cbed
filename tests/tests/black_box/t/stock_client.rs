//! A stock OIDC library that nobody here wrote reads the issuer URL and checks what comes.

use hufu_tests::{CALLBACK, Server, on_both_databases};
use openidconnect::{
    AccessToken, AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpClientError,
    HttpRequest, HttpResponse, IssuerUrl, Nonce, NonceVerifier, OAuth2TokenResponse, PkceCodeChallenge,
    RedirectUrl, RefreshToken, Scope, TokenResponse,
    core::{CoreAuthenticationFlow, CoreClient, CoreIdToken, CoreProviderMetadata, CoreUserInfoClaims},
};
use serde_json::json;
use std::{pin::Pin, str::FromStr};

const PASSWORD: &str = "otter-lantern-violin-7";

/// The silent login has no redirect and a refresh no request, so there is no nonce to compare.
struct NoNonce;
impl NonceVerifier for NoNonce {
    fn verify(self, nonce: Option<&Nonce>) -> Result<(), String> {
        if nonce.is_none() {
            Ok(())
        } else {
            Err("a nonce that nobody sent".into())
        }
    }
}

type Answer = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpClientError<std::io::Error>>> + Send>>;

/// How the library's requests are sent.
fn transport(server: &Server) -> impl Fn(HttpRequest) -> Answer + use<> {
    let http = server.http.clone();
    move |request| {
        let http = http.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let mut builder = http.request(parts.method.as_str(), &parts.uri.to_string());
            for (name, value) in &parts.headers {
                builder = builder.header(name.as_str(), value.as_bytes());
            }
            let reply = http.send(builder.body(body)).await;
            let mut answer = openidconnect::http::Response::builder().status(reply.status);
            for (name, value) in &reply.headers {
                answer = answer.header(name.as_str(), value.as_bytes());
            }
            answer
                .body(reply.text.into_bytes())
                .map_err(HttpClientError::Http)
        })
    }
}

on_both_databases! {
    async fn openidconnect_takes_a_person_through_the_pages_with_pkce(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.register("ming", PASSWORD).await;
        let secret = tenant.web_client("web", json!({})).await;
        let transport = transport(&server);
        let issuer = IssuerUrl::new(tenant.issuer()).unwrap();
        let metadata = CoreProviderMetadata::discover_async(issuer, &transport).await.unwrap();
        let rp = CoreClient::from_provider_metadata(metadata, ClientId::new("web".into()), Some(ClientSecret::new(secret)))
            .set_redirect_uri(RedirectUrl::new(CALLBACK.into()).unwrap());
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state, nonce) = rp
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
            .add_scope(Scope::new("profile".into()))
            .add_scope(Scope::new("offline_access".into()))
            .set_pkce_challenge(challenge)
            .url();
        let browser = server.browser();
        let login = browser.open(url.as_str()).await.expect(200);
        let consent = login.submit(&[("username", "ming"), ("password", PASSWORD)]).await.expect(200);
        let back = consent.submit(&[("decision", "allow")]).await.expect(303).to_client();
        assert_eq!(&back["state"], state.secret());
        let code = AuthorizationCode::new(back["code"].clone());
        let tokens = rp.exchange_code(code).unwrap().set_pkce_verifier(verifier).request_async(&transport).await.unwrap();
        // The library reads the machine's clock; ours is virtual.
        let now = || chrono::DateTime::from_timestamp(server.sim.now(), 0).unwrap();
        let id_tokens = rp.id_token_verifier().set_time_fn(now);
        let claims = tokens.id_token().unwrap().claims(&id_tokens, &nonce).unwrap().clone();
        assert!(tokens.refresh_token().is_some());
        let info: CoreUserInfoClaims = rp
            .user_info(tokens.access_token().clone(), Some(claims.subject().clone())).unwrap()
            .request_async(&transport).await.unwrap();
        assert_eq!(info.preferred_username().map(|name| name.as_str()), Some("ming"));
        let refreshed = rp.exchange_refresh_token(tokens.refresh_token().unwrap()).unwrap().request_async(&transport).await.unwrap();
        let renewed = refreshed.extra_fields().id_token().unwrap().claims(&id_tokens, NoNonce);
        assert_eq!(renewed.unwrap().subject(), claims.subject());
    }

    async fn openidconnect_verifies_a_login_from_the_issuer_url_alone(server: Server) {
        for (algorithm, slug, appid) in [
            ("ES256", "es", "wx0000000000000001"),
            ("RS256", "rs", "wx0000000000000002"),
            ("PS256", "ps", "wx0000000000000003"),
            ("EdDSA", "ed", "wx0000000000000004"),
        ] {
            let tenant = server.tenant(slug).await;
            tenant.wechat_app(appid).await;
            let body = json!({"first_party": true, "wechat_appid": appid, "scope": "openid offline_access",
                "id_token_signed_response_alg": algorithm,
                "grant_types": ["urn:hufu:grant-type:wechat-code", "refresh_token"]});
            let client = tenant.admin("PUT", "/clients/backend", Some(body)).await.expect(201);
            let secret = client.str("/client_secret").to_owned();
            let code = tenant.code(appid, "alice");
            let form = [("grant_type", "urn:hufu:grant-type:wechat-code"), ("client_id", "backend"), ("client_secret", &secret), ("js_code", &code)];
            let first = hufu_tests::Tokens::of(tenant.token(&form).await);

            let transport = transport(&server);
            let issuer = IssuerUrl::new(tenant.issuer()).unwrap();
            let metadata = CoreProviderMetadata::discover_async(issuer, &transport).await.unwrap();
            let rp = CoreClient::from_provider_metadata(metadata, ClientId::new("backend".into()), Some(ClientSecret::new(secret.clone())));
            // The library reads the machine's clock; ours is virtual.
            let now = || chrono::DateTime::from_timestamp(server.sim.now(), 0).unwrap();
            let verifier = rp.id_token_verifier().set_time_fn(now);
            let id_token = CoreIdToken::from_str(&first.id).unwrap();
            let claims = id_token.claims(&verifier, NoNonce).unwrap();
            let hash = AccessTokenHash::from_token(
                &AccessToken::new(first.access.clone()),
                id_token.signing_alg().unwrap(),
                id_token.signing_key(&verifier).unwrap(),
            );
            assert_eq!(claims.access_token_hash(), Some(&hash.unwrap()));

            let refresh = RefreshToken::new(first.refresh.clone());
            let second = rp.exchange_refresh_token(&refresh).unwrap().request_async(&transport).await.unwrap();
            let renewed = second.extra_fields().id_token().unwrap().claims(&verifier, NoNonce).unwrap();
            assert_eq!(renewed.subject(), claims.subject());
            let _ = second.id_token();
            let info: CoreUserInfoClaims = rp
                .user_info(second.access_token().clone(), Some(claims.subject().clone())).unwrap()
                .request_async(&transport).await.unwrap();
            assert_eq!(info.subject(), claims.subject());
        }
    }
}
