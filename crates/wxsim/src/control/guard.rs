//! Who may steer the simulator: someone on this machine who is not a web page, and who knows the token if there is one.

use std::net::IpAddr;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use subtle::ConstantTimeEq;

use super::Problem;
use crate::server::Server;

const TOKEN_HEADER: &str = "x-wxsim-token";

pub(super) fn check(server: &Server, request: &Request<Body>) -> Result<(), Problem> {
    let headers = request.headers();
    // A page may resolve its own name to 127.0.0.1, but its browser still says that name here.
    if server.is_loopback && !names_loopback(headers) {
        let message = "the Host header must name this machine: localhost, 127.0.0.1 or [::1]";
        return Err(Problem::new(StatusCode::FORBIDDEN, "host_not_loopback", message));
    }
    if let Some(token) = &server.control_token {
        let shown = headers
            .get(TOKEN_HEADER)
            .map_or(&b""[..], |value| value.as_bytes());
        if !bool::from(shown.ct_eq(token.as_bytes())) {
            let message = "the header x-wxsim-token must carry the control token";
            return Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "control_token_required",
                message,
            ));
        }
    }
    // A form of a page cannot send this type without being asked for permission first.
    if matches!(*request.method(), Method::POST | Method::PATCH) && !is_json(headers) {
        let message = "the content type must be application/json";
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "json_required",
            message,
        ));
    }
    Ok(())
}

fn names_loopback(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else {
        return false;
    };
    let Ok(authority) = host.parse::<axum::http::uri::Authority>() else {
        return false;
    };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}
