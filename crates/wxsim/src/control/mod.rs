//! The control plane, `/__sim/v1/…`: does over HTTP what the handle does in process.
//!
//! Answers are JSON; errors are `{"error":"unknown_app","message":"…"}`. Each file owns the requests about its subject.
//!
//! | request | body, or query | answer |
//! | --- | --- | --- |
//! | `POST apps` | [`crate::AppSpec`] | 201 `{"appid","secret","next_secret"}` |
//! | `PATCH apps/{appid}` | [`crate::AppChange`] | `{"appid","secret","next_secret"}` |
//! | `POST apps/{appid}/api-security` | `{"public_key":PEM}` | [`crate::ApiSecurityKeys`] |
//! | `DELETE apps/{appid}/api-security` | | 204 |
//! | `POST apps/{appid}/verify-push-url` | `{}` | 204, or 502 `wrong_echo` |
//! | `POST open-accounts` | `{"id"}`, or `{}` | 201 `{"id"}` |
//! | `POST users`, `PATCH users/{id}` | [`crate::UserSpec`], [`crate::UserChange`] | the user |
//! | `POST codes` | `{"appid","user"}` | `{"code"}` |
//! | `POST phone-codes` | `{"appid","user","phone","realtime"}`, the last two optional | `{"code"}` |
//! | `POST scan` | `{"appid","scene","user"}` or `{"url","user"}` | [`crate::Opened`] |
//! | `POST encrypted-data` | `{"appid","user","kind":"userinfo"\|"phone","tamper":{"iv":true}}` | [`crate::EncryptedData`] |
//! | `POST events` | `{"appid","type","user","revoke_info","tamper","timestamp_skew"}`, or `{"appid","replay":true}` | [`crate::PushReply`] |
//! | `POST sms/accounts` | [`crate::SmsAccountSpec`] | 201 `{"vendor","id","secret"}` |
//! | `GET sms`, `DELETE sms` | `?to=&since=` | [`crate::SmsRecord`]s; 204 |
//! | `POST faults` | `{"match","action"}` or `{"match","preset"}` | 201 the fault |
//! | `GET faults`, `DELETE faults` | | all faults; 204 |
//! | `GET clock`, `POST clock` | `{"advance":seconds}` or `{"set":unix_seconds}` | `{"now"}` |
//! | `GET requests`, `DELETE requests` | `?appid=&path=&secrets=true` | [`crate::RequestRecord`]s; 204 |
//! | `GET state` | `?secrets=true` | [`crate::StateReport`] |
//! | `POST reset` | | 204 |

mod api_security;
mod apps;
mod clock;
mod codes;
mod events;
mod faults;
mod guard;
mod json;
mod open_data;
mod phone_codes;
mod requests;
mod scan;
mod sms;
mod state;
mod users;

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{Router, get, patch, post};
use serde::Deserialize;
use tower::ServiceExt;

use crate::server::Server;
use json::Problem;

/// Asks for secrets in clear: `?secrets=true`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Reveal {
    secrets: bool,
}

pub(crate) fn router(server: Arc<Server>) -> Router {
    let v1 = Router::new()
        .route("/apps", post(apps::create))
        .route("/apps/{appid}", patch(apps::change))
        .route(
            "/apps/{appid}/api-security",
            post(api_security::turn_on).delete(api_security::turn_off),
        )
        .route("/apps/{appid}/verify-push-url", post(events::verify_url))
        .route("/open-accounts", post(apps::create_open_account))
        .route("/users", post(users::create))
        .route("/users/{id}", patch(users::change))
        .route("/codes", post(codes::mint))
        .route("/phone-codes", post(phone_codes::mint))
        .route("/scan", post(scan::open))
        .route("/encrypted-data", post(open_data::encrypt))
        .route("/events", post(events::push))
        .route(
            "/faults",
            post(faults::add).get(faults::list).delete(faults::clear),
        )
        .route("/sms", get(sms::list).delete(sms::clear))
        .route("/sms/accounts", post(sms::open))
        .route("/clock", get(clock::show).post(clock::change))
        .route("/requests", get(requests::list).delete(requests::clear))
        .route("/state", get(state::show))
        .route("/reset", post(state::reset));
    Router::new()
        .nest("/__sim/v1", v1)
        .fallback(async || {
            Problem::new(
                StatusCode::NOT_FOUND,
                "not_found",
                "the control plane has no such path",
            )
        })
        .method_not_allowed_fallback(async || {
            let message = "the control plane does not take this method here";
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message)
        })
        .with_state(server)
}

/// Answers a request, once it was found to come from someone who may steer the simulator.
pub(crate) async fn answer(router: Router, server: &Server, request: Request<Body>) -> Response<Body> {
    if let Err(problem) = guard::check(server, &request) {
        return problem.into_response();
    }
    match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}
