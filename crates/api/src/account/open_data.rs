//! Opens what WeChat encrypted for the app about the user.

use super::{
    caller::Caller,
    json::{AccountBody, Body, Private, private},
};
use crate::oidc::{Refused, schema};
use hufu_core::{
    connector::{OpenDataRefused, SealedData, SignedData},
    reason::Reason,
};
use hufu_oauth::error::OAuthError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What the mini-program got.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OpenDataRequest {
    /// `encryptedData`: base64, at most 16 KiB.
    encrypted_data: String,
    /// `iv`: base64.
    iv: String,
    /// `rawData`, byte for byte, to have its signature checked too.
    raw_data: Option<String>,
    /// `signature` of `rawData`.
    signature: Option<String>,
}

impl Body for OpenDataRequest {
    const RULE: &'static str = "the body must be a JSON object of encrypted_data and iv, with raw_data and signature both or neither";
}

/// What it says.
#[derive(Serialize, ToSchema)]
pub(super) struct OpenDataAnswer {
    /// The decrypted object, its watermark included.
    #[schema(value_type = Object)]
    data: Map<String, Value>,
}

/// Decrypt open data
///
/// AES-128-CBC with the user's `session_key`, which stays on the server; strict padding; the watermark must be the app's, the
/// signature (where it comes) right. The last two session keys are tried, the elder within ten minutes of its end. Whatever is
/// wrong, the answer is the same: `open_data_invalid`.
///
/// A phone number that is read this way is not linked to the user: use a code of the getPhoneNumber button for that.
#[utoipa::path(
    post,
    path = "/t/{tenant}/account/wechat/open-data",
    tag = "Account",
    security(("access_token" = ["account"])),
    params(("tenant" = String, Path, description = "The tenant's slug", example = "demo")),
    request_body = OpenDataRequest,
    responses(
        (status = 200, description = "The data", body = OpenDataAnswer),
        (status = 400, description = "`open_data_invalid`, `session_key_missing`, `session_keys_not_kept`, or a malformed body", body = schema::OAuthError),
        (status = 401, description = "The access token is missing or dead", body = schema::OAuthError),
        (status = 403, description = "The access token does not have scope `account`", body = schema::OAuthError),
        (status = 404, description = "No such tenant", body = schema::OAuthError),
        (status = 413, description = "The body is over 64 KiB", body = schema::OAuthError),
        (status = 503, description = "The database is away; see `Retry-After`", body = schema::OAuthError),
    )
)]
pub(super) async fn open_data(
    caller: Caller,
    AccountBody(request): AccountBody<OpenDataRequest>,
) -> Result<Private<OpenDataAnswer>, Refused> {
    let signed = match (request.raw_data, request.signature) {
        (Some(raw_data), Some(signature)) => Some(SignedData { raw_data, signature }),
        (None, None) => None,
        _ => return Err(OAuthError::invalid_request(OpenDataRequest::RULE).into()),
    };
    let sealed = SealedData {
        encrypted_data: request.encrypted_data,
        iv: request.iv,
        signed,
    };
    let cx = caller.context();
    let member = caller.wechat().await?;
    let keys = caller.session_keys(member.identity).await?.usable(cx.now);
    let opened = cx.wechat.open_data(&member.app.credential.appid, &keys, &sealed);
    let data = opened.ok().filter(|data| {
        data.get("openId")
            .is_none_or(|openid| openid.as_str() == Some(member.openid.as_str()))
    });
    match data {
        Some(data) => Ok(private(OpenDataAnswer { data })),
        None => Err(invalid().into()),
    }
}

fn invalid() -> OAuthError {
    OAuthError::invalid_request(
        "the data cannot be opened: call wx.login and sign in, then let the mini-program get the data anew",
    )
    .reason(Reason::OpenDataInvalid)
    .detail(OpenDataRefused)
}
