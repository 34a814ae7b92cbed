//! The data plane: what WeChat's own servers answer, byte for byte.
//!
//! One file an endpoint. An endpoint reads a [`Call`], acts on the world and returns its success body or a [`Failure`];
//! status, content type and request id are added here. To add one: a file, and one line in [`Endpoint::at`].
//!
//! | path | file |
//! | --- | --- |
//! | `/sns/jscode2session` | `jscode2session` |
//! | `/cgi-bin/token`, `/cgi-bin/stable_token` | `token`, `stable_token` |
//! | `/wxa/business/getuserphonenumber` | `getuserphonenumber` |
//! | `/wxa/checksession`, `/wxa/resetusersessionkey` | `checksession`, `resetusersessionkey` |
//! | `/wxa/business/getuserencryptkey` | `getuserencryptkey` |
//! | `/wxa/business/checkencryptedmsg` | `checkencryptedmsg` |
//! | `/wxa/getwxacodeunlimit` | `getwxacodeunlimit` |
//!
//! `caller` and `login_state` hold the checks that several of them begin with; `api_security` stands before those that
//! an app may protect.

mod answer;
mod api_security;
mod call;
mod caller;
mod checkencryptedmsg;
mod checksession;
mod failure;
mod getuserencryptkey;
mod getuserphonenumber;
mod getwxacodeunlimit;
mod jscode2session;
mod login_state;
mod resetusersessionkey;
mod stable_token;
mod token;

use axum::http::{HeaderValue, Method, StatusCode};

pub(crate) use answer::{Answer, Family, RequestId};
pub(crate) use api_security::Seal;
pub(crate) use call::Call;
pub(crate) use failure::Failure;

use crate::world::World;

/// What an endpoint returns: the bytes of a JSON object (of a picture, once), or why not.
type Outcome = Result<Vec<u8>, Failure>;

/// The one endpoint whose success is a picture.
const CODES: &str = "/wxa/getwxacodeunlimit";

struct Endpoint {
    /// The one method it takes; any, where there is none.
    method: Option<Method>,
    /// Whether API security mode protects it.
    is_protected: bool,
    handle: fn(&mut World, &Call, i64) -> Outcome,
}

impl Endpoint {
    fn at(path: &str) -> Option<Self> {
        Some(match path {
            "/sns/jscode2session" => Self::plain(Method::GET, jscode2session::handle),
            "/cgi-bin/token" => Self::plain(Method::GET, token::handle),
            "/cgi-bin/stable_token" => Self::plain(Method::POST, stable_token::handle),
            "/wxa/checksession" => Self::plain(Method::GET, checksession::handle),
            "/wxa/resetusersessionkey" => Self::plain(Method::GET, resetusersessionkey::handle),
            CODES => Self::plain(Method::POST, getwxacodeunlimit::handle),
            "/wxa/business/getuserphonenumber" => {
                Self::protected(Some(Method::POST), getuserphonenumber::handle)
            }
            "/wxa/business/getuserencryptkey" => Self::protected(None, getuserencryptkey::handle),
            "/wxa/business/checkencryptedmsg" => {
                Self::protected(Some(Method::POST), checkencryptedmsg::handle)
            }
            _ => return None,
        })
    }

    fn plain(method: Method, handle: fn(&mut World, &Call, i64) -> Outcome) -> Self {
        Self {
            method: Some(method),
            is_protected: false,
            handle,
        }
    }

    fn protected(method: Option<Method>, handle: fn(&mut World, &Call, i64) -> Outcome) -> Self {
        Self {
            method,
            is_protected: true,
            handle,
        }
    }

    /// The outcome, and the seal for it where the call was sealed.
    fn outcome(&self, world: &mut World, call: &Call, now: i64) -> (Outcome, Option<Seal>) {
        match &self.method {
            Some(method) if call.method != method && method == Method::GET => {
                return (Err(Failure::GET_REQUIRED), None);
            }
            Some(method) if call.method != method => return (Err(Failure::POST_REQUIRED), None),
            _ => {}
        }
        if !self.is_protected {
            return ((self.handle)(world, call, now), None);
        }
        match api_security::open(world, call, now) {
            Err(failure) => (Err(failure), None),
            Ok(None) => ((self.handle)(world, call, now), None),
            Ok(Some((inner, seal))) => ((self.handle)(world, &inner, now), Some(seal)),
        }
    }
}

/// Answers a call as WeChat would at this moment.
pub(crate) fn handle(world: &mut World, call: &Call, now: i64, rid: &RequestId) -> Answer {
    let family = Family::of(&call.path);
    let Some(endpoint) = Endpoint::at(&call.path) else {
        let mut answer = Answer::failure(family, &Failure::INVALID_URL, rid);
        answer.status = StatusCode::NOT_FOUND;
        return answer;
    };
    let (outcome, seal) = endpoint.outcome(world, call, now);
    let answer = match outcome {
        Ok(picture) if call.path == CODES => Answer {
            content_type: HeaderValue::from_static("image/png"),
            ..Answer::success(family, picture)
        },
        // `/wxa/…` says so where nothing failed; the others leave the errcode out.
        Ok(body) if call.path.starts_with("/wxa/") => Answer {
            errcode: Some(0),
            ..Answer::success(family, body)
        },
        Ok(body) => Answer::success(family, body),
        Err(failure) => Answer::failure(family, &failure, rid),
    };
    Answer { seal, ..answer }
}
