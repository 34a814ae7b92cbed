//! How an answer reaches the caller, or does not: delays, drips and connections that end too soon.
//!
//! A cut is real: [`Severed`], returned for a request or by a body, makes hyper drop the connection.

use std::convert::Infallible;
use std::future::{Future, pending};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Response, header};
use hyper::body::{Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use super::Cut;
use crate::wechat::Answer;

/// How an answer travels.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Travel {
    AtOnce,
    After(Duration),
    Never,
    Cut(Cut),
    Drip { bytes: usize, pause: Duration },
}

/// The connection shall end here.
#[derive(Debug, thiserror::Error)]
#[error("the connection was cut on purpose")]
pub(crate) struct Severed;

/// Sends an answer on its way. Without an answer there is only silence or a cut.
pub(crate) async fn send(answer: Option<Answer>, travel: Travel) -> Result<Response<Body>, Severed> {
    let (Some(answer), false) = (answer, matches!(travel, Travel::Never)) else {
        return match travel {
            Travel::Never => pending().await,
            _ => Err(Severed),
        };
    };
    match travel {
        Travel::Cut(Cut::Before) | Travel::Never => Err(Severed),
        Travel::AtOnce => Ok(response(answer, Body::from)),
        Travel::After(pause) => {
            sleep(pause).await;
            Ok(response(answer, Body::from))
        }
        Travel::Cut(Cut::AfterHeaders) => Ok(response(answer, |body| Body::new(CutBody::new(&body, 0)))),
        Travel::Cut(Cut::MidBody) => Ok(response(answer, |body| {
            Body::new(CutBody::new(&body, body.len().div_ceil(2)))
        })),
        Travel::Drip { bytes, pause } => Ok(response(answer, |body| {
            Body::new(DripBody {
                rest: body,
                step: bytes,
                pause,
                waiting: None,
            })
        })),
    }
}

fn response(answer: Answer, body: impl FnOnce(Bytes) -> Body) -> Response<Body> {
    let mut response = Response::new(body(answer.body.into()));
    *response.status_mut() = answer.status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, answer.content_type);
    response.headers_mut().extend(answer.headers);
    if let Some(date) = answer.date {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

/// Promises a whole body, sends the first part of it, and breaks.
struct CutBody {
    promised: u64,
    sent_part: Bytes,
    is_flushed: bool,
}

impl CutBody {
    fn new(body: &Bytes, sent: usize) -> Self {
        // A body that has nothing to leave out promises one byte that never comes.
        let promised = u64::try_from(body.len().max(sent + 1)).unwrap_or(u64::MAX);
        Self {
            promised,
            sent_part: body.slice(..sent),
            is_flushed: false,
        }
    }
}

impl HttpBody for CutBody {
    type Data = Bytes;
    type Error = Severed;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Severed>>> {
        if !self.sent_part.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.sent_part)))));
        }
        if self.is_flushed {
            return Poll::Ready(Some(Err(Severed)));
        }
        // hyper flushes what it holds when a body has nothing ready; without this pause nothing would be sent at all.
        self.is_flushed = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.promised)
    }
}

/// Sends a body piece by piece, with a pause before each.
struct DripBody {
    rest: Bytes,
    step: usize,
    pause: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl HttpBody for DripBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let pause = self.pause;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(pause)));
        if waiting.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        self.waiting = None;
        let length = self.step.min(self.rest.len());
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(length)))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(u64::try_from(self.rest.len()).unwrap_or(u64::MAX))
    }
}
