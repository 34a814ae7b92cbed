//! Reading requests of administration: every way in ends in a value that was checked, or in a problem that says what
//! is wrong.

mod fields;
mod json;
mod merge;
mod page;
mod path;
mod query;

pub(crate) use fields::Fields;
pub(crate) use json::{JsonBody, PatchBody, object};
pub(crate) use page::{Listing, PageQuery};
pub(crate) use path::{Named, New};
pub(crate) use query::Parameters;
