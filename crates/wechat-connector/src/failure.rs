//! From what came back to what follows, and the one log line of each failure. It names app, code and `rid`, and repeats
//! neither what was sent nor WeChat's words.

use crate::{
    answer::{Answer, NotAnAnswer},
    errcode::{self, Call, Verdict},
    errmsg,
    http::NoAnswer,
};
use hufu_core::{
    connector::{ConnectorError, Fate},
    wechat_app::AppId,
};
use std::error::Error;
use thiserror::Error;
use tracing::{error, info, warn};

/// Why nothing was decided, though no error code says so.
#[derive(Debug, Error)]
pub(crate) enum Undecided {
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    #[error(transparent)]
    NotAnAnswer(#[from] NotAnAnswer),
    #[error("a success without a usable {0}")]
    Incomplete(&'static str),
}

/// Reads a body, and lets it pass if it says that all is well.
pub(crate) fn judge(
    call: Call,
    appid: &AppId,
    body: Result<Vec<u8>, NoAnswer>,
) -> Result<Answer, ConnectorError> {
    let answer = body
        .map_err(Undecided::from)
        .and_then(|body| Ok(Answer::read(&body)?))
        .map_err(|cause| undecided(call, appid, &cause))?;
    if answer.errcode() == 0 {
        Ok(answer)
    } else {
        Err(refused(call, appid, &answer))
    }
}

/// What follows where no error code says it.
pub(crate) fn undecided(call: Call, appid: &AppId, cause: &Undecided) -> ConnectorError {
    let error: &dyn Error = cause;
    warn!(call = call.as_str(), %appid, error, "WeChat gave no usable answer");
    failure(errcode::NO_ANSWER, None, None)
}

fn refused(call: Call, appid: &AppId, answer: &Answer) -> ConnectorError {
    let errcode = answer.errcode();
    let verdict = errcode::verdict(call, errcode);
    let rid = errmsg::rid(answer.errmsg());
    let call = call.as_str();
    match verdict.fate {
        Fate::Rejected(_) | Fate::Denied(_) => info!(call, %appid, errcode, rid, "WeChat refused"),
        Fate::Unavailable { .. } | Fate::RateLimited { .. } => {
            warn!(call, %appid, errcode, rid, advice = verdict.advice, "WeChat put us off");
        }
        Fate::Misconfigured => {
            let our_ip = errmsg::refused_ip(answer.errmsg()).map(tracing::field::display);
            warn!(call, %appid, errcode, rid, our_ip, advice = verdict.advice, "WeChat refused the app");
        }
        Fate::Defect => error!(call, %appid, errcode, rid, "WeChat found our request wrong"),
    }
    failure(verdict, Some(errcode), rid)
}

fn failure(verdict: Verdict, upstream_code: Option<i64>, rid: Option<&str>) -> ConnectorError {
    ConnectorError {
        fate: verdict.fate,
        upstream_code,
        rid: rid.map(str::to_owned),
        advice: verdict.advice,
    }
}
