//! Pages of a listing, by cursor: no query grows with what stands before the page.

use crate::Invalid;

/// Which part of a listing is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// The last key of the page before, as it came in [`Page::next`]; `None` for the first page.
    pub after: Option<String>,
    /// How many items at the most.
    pub limit: PageLimit,
}

/// How many items a page holds: 1 to 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimit(u16);

impl PageLimit {
    /// The most that one page holds.
    pub const MAX: u16 = 200;

    /// Refuses 0 and more than [`PageLimit::MAX`].
    pub fn new(limit: u16) -> Result<Self, Invalid> {
        if (1..=Self::MAX).contains(&limit) {
            Ok(Self(limit))
        } else {
            Err(Invalid("must be 1 to 200"))
        }
    }

    /// The number.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl Default for PageLimit {
    fn default() -> Self {
        Self(50)
    }
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, in the listing's order.
    pub items: Vec<T>,
    /// What to ask for next; `None` at the end.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Cuts `items`, which were asked for with one more than `limit`, and names the last one kept.
    pub fn cut(mut items: Vec<T>, limit: PageLimit, key: impl Fn(&T) -> String) -> Self {
        let limit = usize::from(limit.get());
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(key) } else { None };
        Self { items, next }
    }

    /// The same page with each item turned into something else.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            next: self.next,
        }
    }
}
