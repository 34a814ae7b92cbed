//! Turning pages.

use hufu_core::{
    page::{Page, PageLimit, PageRequest},
    store::Result,
};

/// Reads all pages of `limit` items, one after the other.
pub(super) async fn pages<T>(
    limit: u16,
    listing: impl AsyncFn(PageRequest) -> Result<Page<T>>,
) -> Vec<Vec<T>> {
    let limit = PageLimit::new(limit).expect("a test's limit is within bounds");
    let mut pages = vec![];
    let mut after = None;
    loop {
        let page = listing(PageRequest { after, limit }).await.unwrap();
        pages.push(page.items);
        assert!(pages.len() < 100, "the cursor moves on");
        after = page.next;
        if after.is_none() {
            return pages;
        }
    }
}

/// Reads a listing to its end.
pub(super) async fn all<T>(listing: impl AsyncFn(PageRequest) -> Result<Page<T>>) -> Vec<T> {
    pages(PageLimit::MAX, listing)
        .await
        .into_iter()
        .flatten()
        .collect()
}

/// Asserts that a listing of seven items shows them in this order and without loss or repetition, in pages of three,
/// of seven (which is one page and no more) and of one.
pub(super) async fn assert_seven_in_order<T>(
    expected: &[T],
    listing: impl AsyncFn(PageRequest) -> Result<Page<T>>,
) where
    T: Clone + PartialEq + std::fmt::Debug,
{
    assert_eq!(expected.len(), 7);
    for (limit, sizes) in [
        (3, &[3, 3, 1][..]),
        (7, &[7]),
        (8, &[7]),
        (1, &[1, 1, 1, 1, 1, 1, 1]),
    ] {
        let pages = pages(limit, &listing).await;
        let found: Vec<_> = pages.iter().map(Vec::len).collect();
        assert_eq!(found, sizes, "pages of {limit}");
        assert_eq!(pages.concat(), expected, "pages of {limit}");
    }
}
