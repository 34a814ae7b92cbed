//! Bodies: JSON (RFC 8259), and JSON merge patches (RFC 7396).

use super::merge;
use crate::{
    problem::{FieldError, Problem, ProblemType},
    server::Family,
};
use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, MapAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::Value;
use serde_path_to_error::{Path, Segment};
use std::{fmt, marker::PhantomData};

/// A JSON body, read into a wire struct. Unknown members are refused where the struct says so, and named.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let bytes = body(request, state, &["application/json"]).await?;
        let Object(value) = parse(&bytes).map_err(Problem::into_response)?;
        Ok(Self(value))
    }
}

/// A merge patch, not yet applied to anything.
pub(crate) struct PatchBody(Value);

impl<S: Send + Sync> FromRequest<S> for PatchBody {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let types = ["application/merge-patch+json", "application/json"];
        let bytes = body(request, state, &types).await?;
        let patch: Value = parse(&bytes).map_err(Problem::into_response)?;
        if patch.is_object() {
            Ok(Self(patch))
        } else {
            let error = FieldError::at("", "must be an object");
            Err(Problem::from(error).into_response())
        }
    }
}

impl PatchBody {
    /// `current` as it is to be, read back into its wire struct.
    pub(crate) fn apply_to<T: Serialize + DeserializeOwned>(self, current: &T) -> Result<T, Problem> {
        let mut value = serde_json::to_value(current).expect("a wire struct is JSON");
        merge::apply(&mut value, self.0);
        let value = serde_path_to_error::deserialize(value);
        value
            .map(|Object(value)| value)
            .map_err(|error| misfit(&error.path().clone(), error.inner()))
    }
}

/// A wire struct that is read from a JSON object only: serde would take an array of its members too.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        object(input).map(Self)
    }
}

/// Reads a wire struct from a JSON object only: for `#[serde(deserialize_with)]` of a member.
pub(crate) fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(input: D) -> Result<T, D::Error> {
    struct ObjectVisitor<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(members))
        }
    }

    input.deserialize_map(ObjectVisitor(PhantomData))
}

async fn body<S: Send + Sync>(request: Request, state: &S, types: &[&str]) -> Result<Bytes, Response> {
    if !is_one_of(request.headers(), types) {
        let detail = format!("Send the body as {}.", types.join(" or "));
        return Err(Problem::new(ProblemType::UnsupportedMediaType, detail).into_response());
    }
    Bytes::from_request(request, state)
        .await
        .map_err(|error: BytesRejection| {
            if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
                Family::Administration.body_too_large()
            } else {
                Problem::new(ProblemType::MalformedRequest, "The body ended too early.").into_response()
            }
        })
}

fn is_one_of(headers: &HeaderMap, types: &[&str]) -> bool {
    let Some(value) = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let essence = value.split(';').next().unwrap_or_default().trim();
    types.iter().any(|wanted| essence.eq_ignore_ascii_case(wanted))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // serde_json refuses more than 128 levels.
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json);
    let value = value.map_err(|error| {
        // Of an enum that should be text but is not, serde_json says that it is not even JSON.
        let is_json = error.inner().is_data() || serde_json::from_slice::<Value>(bytes).is_ok();
        if is_json {
            misfit(&error.path().clone(), error.inner())
        } else {
            misread(error.inner())
        }
    })?;
    json.end().map_err(|error| misread(&error))?;
    Ok(value)
}

/// Says where a value does not fit its wire struct.
fn misfit(path: &Path, error: &serde_json::Error) -> Problem {
    let pointer: String = path.iter().map(token).collect();
    let detail = error.to_string();
    // Line and column help nobody who has the pointer, and a patched value has none.
    let detail = detail.split(" at line ").next().unwrap_or_default();
    Problem::from(FieldError::at(&pointer, detail))
}

/// One step of a JSON Pointer (RFC 6901 §3).
fn token(segment: &Segment) -> String {
    match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
        Segment::Enum { .. } | Segment::Unknown => String::new(),
    }
}

fn misread(error: &serde_json::Error) -> Problem {
    Problem::new(
        ProblemType::MalformedRequest,
        format!("The body is not JSON: {error}."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        name: String,
        #[serde(default, deserialize_with = "object")]
        inner: Inner,
    }

    #[derive(Debug, Default, Serialize, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Inner {
        ttl: u32,
    }

    async fn refusal(problem: Problem) -> Value {
        let body = problem.into_response().into_body();
        serde_json::from_slice(&axum::body::to_bytes(body, 10_000).await.unwrap()).unwrap()
    }

    #[tokio::test]
    async fn a_member_that_does_not_fit_is_pointed_at() {
        for (json, pointer, says) in [
            (
                r#"{"name":"a","inner":{"ttl":"x"}}"#,
                "#/inner/ttl",
                "invalid type",
            ),
            (
                r#"{"name":"a","inner":{"tll":1}}"#,
                "#/inner/tll",
                "unknown field `tll`",
            ),
            (r#"{"name":"a","nick":1}"#, "#/nick", "unknown field `nick`"),
            (r#"{"inner":{}}"#, "#", "missing field `name`"),
            (r#"{"name":"a","name":"b"}"#, "#", "duplicate field `name`"),
            ("[]", "#", "expected an object"),
            (r#"["a"]"#, "#", "expected an object"),
            (r#"{"name":"a","inner":[1]}"#, "#/inner", "expected an object"),
        ] {
            let answer = refusal(parse::<Object<Outer>>(json.as_bytes()).err().unwrap()).await;
            assert_eq!(answer["status"], 422, "{json}");
            assert_eq!(answer["errors"][0]["pointer"], pointer, "{json}: {answer}");
            let detail = answer["errors"][0]["detail"].as_str().unwrap();
            assert!(detail.contains(says) && !detail.contains("line"), "{detail}");
        }
    }

    #[tokio::test]
    async fn r62_what_is_not_json_or_too_deep_is_malformed() {
        let deep = "[".repeat(10_000);
        for json in ["", "{", "{}x", "nul", "\u{feff}{}", &deep, r#"{"name":"\ud800"}"#] {
            let answer = refusal(parse::<Value>(json.as_bytes()).unwrap_err()).await;
            assert_eq!(answer["status"], 400, "{json}");
        }
    }

    #[tokio::test]
    async fn a_patch_is_checked_like_the_whole() {
        let current = Outer {
            name: "a".into(),
            inner: Inner { ttl: 5 },
        };
        let patched = PatchBody(serde_json::json!({"inner": {"ttl": null}})).apply_to(&current);
        assert_eq!(patched.unwrap().inner.ttl, 0);
        let refused = PatchBody(serde_json::json!({"name": null})).apply_to(&current);
        let answer = refusal(refused.unwrap_err()).await;
        assert_eq!(answer["errors"][0]["detail"], "missing field `name`");
    }
}
