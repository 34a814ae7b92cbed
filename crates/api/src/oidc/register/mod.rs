//! Clients that register themselves (RFC 7591) and look after themselves (RFC 7592).
//!
//! What may be registered is what an operator may register (`admin/clients/registration.rs`), less what is for the tenant's
//! own: no proofs of a person, no grants of WeChat, no scope beyond the tenant's list.

mod manage;
mod metadata;
mod refused;

#[doc(hidden)]
pub(super) use manage::{__path_delete_registration, __path_get_registration, __path_put_registration};
pub(super) use manage::{delete_registration, get_registration, put_registration};

use self::{
    metadata::wanted,
    refused::{Registering, register_error},
};
use super::{
    error::Refused,
    request::{Authorization, Call},
    schema,
};
use crate::{
    admin::clients::{
        body::ClientAnswer,
        registration::{self, WechatAppKnown},
        write::missing_key,
    },
    app::App,
};
use axum::{
    Json,
    body::Bytes,
    http::{HeaderName, StatusCode, header},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hufu_core::{
    client::{Client, ClientId},
    event::Actor,
    id::{EventId, InitialTokenId},
    random,
    registration::{DynamicRegistration, RegisterClient, Registered},
    signing_key::SigningKey,
    store::{self, Audit},
    token::{self, OpaqueToken, SecretHash, TokenKind},
};
use hufu_oauth::error::{ErrorCode, OAuthError};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

type Answer = (StatusCode, [(HeaderName, &'static str); 1], Json<Value>);

/// Register a client
///
/// With an initial access token of the tenant's operator. Members that are not known are passed over, those that are not
/// supported are refused. The answer has the client's secret, where it has one, and its `registration_access_token`, which
/// nobody can read again. Only where the tenant's `dynamic_registration` is on.
#[utoipa::path(
    post,
    path = "/t/{tenant}/register",
    tag = "Clients",
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    request_body(content = Object, description = "The metadata of RFC 7591 §2"),
    responses(
        (status = 201, description = "Registered", body = Object),
        (status = 400, description = "`invalid_redirect_uri` or `invalid_client_metadata`", body = schema::OAuthError),
        (status = 401, description = "The initial access token is no good", body = schema::OAuthError),
        (status = 403, description = "The tenant lets no client register itself", body = schema::OAuthError),
        (status = 404, description = "No such tenant", body = schema::OAuthError),
    )
)]
pub(super) async fn register(
    call: Call,
    authorization: Authorization,
    body: Bytes,
) -> Result<Answer, Registering> {
    is_on(&call)?;
    let token = authorization
        .bearer()
        .and_then(|text| OpaqueToken::parse(TokenKind::InitialAccess, text).ok());
    let token = token.ok_or_else(unknown_token)?;
    let request = wanted(&body, &call.issuer.tenant.settings)?;
    let (app, now) = (call.app(), call.now);
    let secret = token::client_secret(&*app.random);
    let hash = SecretHash::of(secret.expose_secret().as_bytes());
    let own = OpaqueToken::generate(
        TokenKind::Registration,
        random::uuid_v7(now, &*app.random),
        &*app.random,
    );
    let client =
        registration::check(&request, WechatAppKnown::Yes).map_err(|problem| register_error(&problem))?;
    let client = Client {
        registration_token: Some(own.hash()),
        ..client.client(new_id(app), hash, now)
    };
    let act = RegisterClient {
        token: InitialTokenId::from_uuid(token.id()),
        hash: token.hash(),
        key: key_for(app, &call, &client).await?,
        audit: audit(&call, &client),
        client: client.clone(),
    };
    if store::write(call.issuer.store.as_ref(), act).await? == Registered::Refused {
        return Err(unknown_token().into());
    }
    app.issuers.forget(&call.issuer.tenant.slug).await;
    let secret = client.has_secret().then_some(&secret);
    Ok(shown(
        StatusCode::CREATED,
        &call,
        client.clone(),
        secret,
        own.reveal().expose_secret(),
    ))
}

/// 128 random bits: nobody can guess another client's.
fn new_id(app: &App) -> ClientId {
    let id = BASE64_URL_SAFE_NO_PAD.encode(random::bytes::<16>(&*app.random));
    ClientId::parse(&format!("dyn-{id}")).expect("base64url is of the characters that an id may have")
}

fn is_on(call: &Call) -> Result<(), Refused> {
    if call.issuer.tenant.settings.dynamic_registration == DynamicRegistration::Off {
        let mut error = OAuthError::new(
            ErrorCode::AccessDenied,
            "clients cannot register themselves at this tenant: ask its operator",
        );
        error.forbidden = true;
        return Err(Refused(error));
    }
    Ok(())
}

fn unknown_token() -> Refused {
    Refused(OAuthError::new(
        ErrorCode::InvalidToken,
        "the token is unknown, used up or expired",
    ))
}

async fn key_for(app: &App, call: &Call, client: &Client) -> Result<Option<Box<SigningKey>>, Refused> {
    let algorithm = client.id_token_signed_response_alg;
    missing_key(app, call.issuer.store.as_ref(), algorithm, call.now)
        .await
        .map_err(|_| Refused(OAuthError::defect("a signing key could not be made")))
}

fn audit(call: &Call, client: &Client) -> Audit {
    Audit {
        event: EventId::generate(call.now, &*call.app().random),
        actor: Actor::Client(client.id.to_string()),
        ip: call.context().ip,
        now: call.now,
    }
}

/// RFC 7591 §3.2.1 and RFC 7592 §3: the metadata, and where and with what the client looks after it.
fn shown(
    status: StatusCode,
    call: &Call,
    client: Client,
    secret: Option<&SecretString>,
    token: &str,
) -> Answer {
    let uri = format!("{}/register/{}", call.issuer.url, client.id);
    let mut answer = json!(ClientAnswer::of(client, secret));
    if let Some(members) = answer.as_object_mut() {
        for ours in ["first_party", "wechat_appid", "updated_at"] {
            members.remove(ours);
        }
    }
    answer["registration_client_uri"] = json!(uri);
    answer["registration_access_token"] = json!(token);
    (status, [(header::CACHE_CONTROL, "no-store")], Json(answer))
}
