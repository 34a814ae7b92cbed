//! From what came back to what follows, and the one log line of each failure. It names app, code and `rid`, and repeats
//! neither what was sent nor WeChat's words.

use crate::{
    answer::{Answer, NotAnAnswer},
    api_security::Unverified,
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
    #[error(transparent)]
    Unverified(#[from] Unverified),
    #[error("the request could not be sealed")]
    NotSealed,
    #[error("a success without a usable {0}")]
    Incomplete(&'static str),
    #[error("a success whose {0} is not ours")]
    Foreign(&'static str),
    #[error("a success that is not of now: it was made {0} s from our time")]
    NotOfNow(u64),
}

/// Lets an answer pass if it says that all is well.
pub(crate) fn judge(
    call: Call,
    appid: &AppId,
    answer: Result<Answer, Undecided>,
) -> Result<Answer, ConnectorError> {
    let answer = answer.map_err(|cause| undecided(call, appid, &cause))?;
    if answer.errcode() == 0 {
        Ok(answer)
    } else {
        Err(refused(call, appid, &answer))
    }
}

/// What follows where no error code says it.
pub(crate) fn undecided(call: Call, appid: &AppId, cause: &Undecided) -> ConnectorError {
    let error: &dyn Error = cause;
    let mut verdict = errcode::NO_ANSWER;
    if matches!(cause, Undecided::Unverified(cause) if cause.is_for_the_operator()) {
        verdict.advice = Some(errcode::API_SECURITY);
    }
    warn!(call = call.as_str(), %appid, error, advice = verdict.advice, "WeChat gave no usable answer");
    failure(verdict, None, None)
}

fn refused(call: Call, appid: &AppId, answer: &Answer) -> ConnectorError {
    let errcode = answer.errcode();
    let verdict = errcode::verdict(call, errcode);
    let rid = errmsg::rid(answer.errmsg());
    let is_of_another_app = call == Call::Phone && errcode == 40013;
    let call = call.as_str();
    match verdict.fate {
        // Token and openid are of one app by construction, so the code is not.
        Fate::Rejected(_) if is_of_another_app => {
            error!(call, %appid, errcode, rid, "WeChat says that a phone code is of another app");
        }
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

/// What follows where WeChat is not asked.
pub(crate) fn unasked(fate: Fate) -> ConnectorError {
    let verdict = Verdict { fate, advice: None };
    failure(verdict, None, None)
}

/// What follows where WeChat cannot be asked before an operator acts.
pub(crate) fn unusable(advice: &'static str) -> ConnectorError {
    failure(errcode::misconfigured(advice), None, None)
}

fn failure(verdict: Verdict, upstream_code: Option<i64>, rid: Option<&str>) -> ConnectorError {
    ConnectorError {
        fate: verdict.fate,
        upstream_code,
        rid: rid.map(str::to_owned),
        advice: verdict.advice,
    }
}
