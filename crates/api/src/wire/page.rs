//! Listings: `?limit=&cursor=` in, `{"items": […], "next_cursor": …}` out.

use super::Parameters;
use crate::problem::{FieldError, Problem};
use axum::{extract::FromRequestParts, http::request::Parts};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hufu_core::page::{Page, PageLimit, PageRequest};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which page of a listing.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// How many items at the most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

impl PageQuery {
    /// The page to ask the store for.
    pub(crate) fn check(self) -> Result<PageRequest, Problem> {
        let limit = match self.limit {
            None => PageLimit::default(),
            Some(limit) => {
                PageLimit::new(limit).map_err(|error| FieldError::of_parameter("limit", error.to_string()))?
            }
        };
        let after = match self.cursor {
            None => None,
            Some(cursor) => Some(read_cursor(&cursor).ok_or_else(|| {
                FieldError::of_parameter("cursor", "must be the next_cursor of a page of this listing")
            })?),
        };
        Ok(PageRequest { after, limit })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PageQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Parameters::from_request_parts(parts, state)
            .await
            .map(|Parameters(query)| query)
    }
}

/// Our own keys are short and visible ASCII; anything else was not given out by us.
fn read_cursor(cursor: &str) -> Option<String> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let ours = (1..=128).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic);
    ours.then(|| String::from_utf8(bytes).ok()).flatten()
}

/// One page of a listing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Listing<T> {
    /// The items, in the listing's order.
    items: Vec<T>,
    /// The `cursor` of the next page. Left out on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

impl<T> Listing<T> {
    /// Shows a page of the store.
    pub(crate) fn of<D>(page: Page<D>, show: impl FnMut(D) -> T) -> Self {
        let page = page.map(show);
        Self {
            items: page.items,
            next_cursor: page.next.map(|key| BASE64_URL_SAFE_NO_PAD.encode(key)),
        }
    }

    /// A listing that has only one page.
    pub(crate) fn whole<D>(items: Vec<D>, show: impl FnMut(D) -> T) -> Self {
        Self {
            items: items.into_iter().map(show).collect(),
            next_cursor: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(limit: Option<u16>, cursor: Option<&str>) -> Result<PageRequest, Problem> {
        PageQuery {
            limit,
            cursor: cursor.map(str::to_owned),
        }
        .check()
    }

    #[test]
    fn r62_page_size_is_bounded() {
        for limit in [0, 201, u16::MAX] {
            assert!(query(Some(limit), None).is_err(), "{limit}");
        }
        assert_eq!(query(None, None).unwrap().limit.get(), 50);
    }

    #[test]
    fn a_cursor_leads_to_the_key_that_it_was_made_of() {
        let page = Page {
            items: vec![1],
            next: Some("tea-house".to_owned()),
        };
        let cursor = Listing::of(page, |item| item).next_cursor.unwrap();
        assert_eq!(query(None, Some(&cursor)).unwrap().after.unwrap(), "tea-house");
    }

    #[test]
    fn r62_a_cursor_that_is_not_ours_is_refused() {
        for cursor in ["", "!", "AA", "tea house", &"QQ".repeat(1_000)] {
            assert!(query(None, Some(cursor)).is_err(), "{cursor}");
        }
    }
}
