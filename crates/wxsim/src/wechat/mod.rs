//! The data plane: what WeChat's own servers answer, byte for byte.
//!
//! One file an endpoint. An endpoint reads a [`Call`], acts on the world and returns its success body or a [`Failure`];
//! status, content type and request id are added here. To add one: a file, and one line in [`Endpoint::at`].

mod answer;
mod call;
mod caller;
mod failure;
mod jscode2session;
mod stable_token;
mod token;

use axum::http::{Method, StatusCode};

pub(crate) use answer::{Answer, Family, RequestId};
pub(crate) use call::Call;
pub(crate) use failure::Failure;

use crate::world::World;

/// What an endpoint returns: the bytes of a JSON object, or why not.
type Outcome = Result<Vec<u8>, Failure>;

struct Endpoint {
    method: Method,
    handle: fn(&mut World, &Call, i64) -> Outcome,
}

impl Endpoint {
    fn at(path: &str) -> Option<Self> {
        match path {
            "/sns/jscode2session" => Some(Self {
                method: Method::GET,
                handle: jscode2session::handle,
            }),
            "/cgi-bin/token" => Some(Self {
                method: Method::GET,
                handle: token::handle,
            }),
            "/cgi-bin/stable_token" => Some(Self {
                method: Method::POST,
                handle: stable_token::handle,
            }),
            _ => None,
        }
    }
}

/// Answers a call as WeChat would at this moment.
pub(crate) fn handle(world: &mut World, call: &Call, now: i64, rid: RequestId) -> Answer {
    let family = Family::of(&call.path);
    let Some(endpoint) = Endpoint::at(&call.path) else {
        let mut answer = Answer::failure(family, &Failure::INVALID_URL, rid);
        answer.status = StatusCode::NOT_FOUND;
        return answer;
    };
    let outcome = if call.method == endpoint.method {
        (endpoint.handle)(world, call, now)
    } else if endpoint.method == Method::GET {
        Err(Failure::GET_REQUIRED)
    } else {
        Err(Failure::POST_REQUIRED)
    };
    match outcome {
        Ok(body) => Answer::success(family, body),
        Err(failure) => Answer::failure(family, &failure, rid),
    }
}
