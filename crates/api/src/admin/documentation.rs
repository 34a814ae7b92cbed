//! What all operations of administration have in common in the document: the token they need, the problems they may
//! answer with, and how a merge patch looks. A handler documents only what is its own.

use crate::{
    openapi::OPERATOR,
    problem::{ProblemBody, ProblemType},
};
use axum::http::StatusCode;
use std::collections::BTreeMap;
use utoipa::{
    ToSchema,
    openapi::{
        Components, ContentBuilder, OpenApi, PathItem, Ref, RefOr, Response, ResponseBuilder, Schema,
        path::Operation, security::SecurityRequirement,
    },
};

/// Completes every operation.
pub(super) fn complete(document: &mut OpenApi) {
    let components = document.components.get_or_insert_with(Components::new);
    for status in ProblemType::ALL.iter().map(|kind| kind.status()) {
        components
            .responses
            .insert(component(status), problems(status).into());
    }
    for (path, item) in &mut document.paths.paths {
        let named = path.contains('{');
        for operation in operations(item) {
            operation.security = Some(vec![SecurityRequirement::new(OPERATOR, [""; 0])]);
            for status in statuses(named, operation.request_body.is_some()) {
                document_problem(operation, status);
            }
            document_patch(operation, &mut components.schemas);
        }
    }
}

/// Where a patch is documented by the schema of the whole, puts one in which every member may be left out.
fn document_patch(operation: &mut Operation, schemas: &mut BTreeMap<String, RefOr<Schema>>) -> Option<()> {
    let RefOr::T(body) = operation.request_body.as_mut()? else {
        return None;
    };
    let RefOr::T(content) = body.content.get_mut("application/merge-patch+json")? else {
        return None;
    };
    let Some(RefOr::Ref(whole)) = &content.schema else {
        return None;
    };
    let name = whole.ref_location.strip_prefix("#/components/schemas/")?;
    let patch = format!("{}Patch", name.strip_suffix("Request")?);
    let RefOr::T(Schema::Object(mut schema)) = schemas.get(name)?.clone() else {
        return None;
    };
    schema.required.clear();
    schema.description = Some("What is left out stays; `null` restores the default.".to_owned());
    content.schema = Some(Ref::from_schema_name(&patch).into());
    schemas.insert(patch, schema.into());
    Some(())
}

/// The problems of `status` as an answer of `operation`, which may have documented them in its own words.
fn document_problem(operation: &mut Operation, status: StatusCode) {
    let answers = &mut operation.responses.responses;
    answers
        .entry(status.as_str().to_owned())
        .or_insert_with(|| Ref::from_response_name(component(status)).into());
}

/// The name under which all operations share the problems of `status`.
fn component(status: StatusCode) -> String {
    format!("Problem{}", status.as_str())
}

fn statuses(named: bool, with_body: bool) -> impl Iterator<Item = StatusCode> {
    let always = [
        StatusCode::BAD_REQUEST,
        StatusCode::UNAUTHORIZED,
        StatusCode::FORBIDDEN,
        StatusCode::INTERNAL_SERVER_ERROR,
        StatusCode::SERVICE_UNAVAILABLE,
    ];
    let body = [
        StatusCode::PAYLOAD_TOO_LARGE,
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        StatusCode::UNPROCESSABLE_ENTITY,
    ];
    let name = [StatusCode::NOT_FOUND, StatusCode::CONFLICT];
    always
        .into_iter()
        .chain(body.into_iter().filter(move |_| with_body))
        .chain(name.into_iter().filter(move |_| named))
}

fn problems(status: StatusCode) -> Response {
    let kinds = ProblemType::ALL.iter().filter(|kind| kind.status() == status);
    let lines: Vec<_> = kinds
        .map(|kind| format!("`{}`: {}.", kind.uri(), kind.title()))
        .collect();
    let schema = Ref::from_schema_name(ProblemBody::name());
    ResponseBuilder::new()
        .description(lines.join("\n\n"))
        .content(
            "application/problem+json",
            ContentBuilder::new().schema(Some(schema)).build(),
        )
        .build()
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.patch,
        &mut item.delete,
    ]
    .into_iter()
    .filter_map(Option::as_mut)
}
