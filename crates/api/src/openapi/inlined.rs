//! Schemas that stand inside others.
//!
//! Where a member's schema is inlined and has a description or a default of its own, utoipa writes `allOf` of the schema and of an
//! object that has nothing else. A text would then have to be an object as well, and generators make nonsense of it. Here both
//! become one schema.

use utoipa::openapi::{OpenApi, RefOr, Schema, schema::ArrayItems};

/// Makes every such pair of the document's components one schema.
pub(crate) fn merge(document: &mut OpenApi) {
    let components = document.components.iter_mut();
    for schema in components.flat_map(|components| components.schemas.values_mut()) {
        within(schema);
    }
}

fn within(schema: &mut RefOr<Schema>) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => object.properties.values_mut().for_each(within),
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                within(items);
            }
        }
        Schema::OneOf(one) => one.items.iter_mut().for_each(within),
        Schema::AnyOf(any) => any.items.iter_mut().for_each(within),
        Schema::AllOf(all) => {
            all.items.iter_mut().for_each(within);
            if let Some(merged) = merged(&all.items) {
                *schema = merged;
            }
        }
        _ => {}
    }
}

fn merged(pair: &[RefOr<Schema>]) -> Option<Schema> {
    let [RefOr::T(Schema::Object(inlined)), RefOr::T(Schema::Object(own))] = pair else {
        return None;
    };
    if !own.properties.is_empty() || own.enum_values.is_some() {
        return None;
    }
    let mut merged = inlined.clone();
    let descriptions = [&own.description, &inlined.description];
    let descriptions: Vec<_> = descriptions.into_iter().flatten().map(String::as_str).collect();
    merged.description = Some(descriptions.join("\n\n"));
    merged.default.clone_from(&own.default);
    Some(Schema::Object(merged))
}
