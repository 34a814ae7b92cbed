//! The common and breached passwords that are shipped: `data/README.md` says where they are from. In memory they are the text
//! of the file and four bytes a word.

use std::sync::LazyLock;

static LISTS: LazyLock<[Words; 2]> = LazyLock::new(|| {
    [
        Words::new(include_str!("../../data/common.txt")),
        Words::new(include_str!("../../data/regional.txt")),
    ]
});

/// No word is shorter: what three characters say, three characters say.
const SHORTEST: usize = 4;
const LONGEST: usize = 32;

/// Tells the length of each word that `text` begins with. Words are in lower case.
pub(crate) fn lengths(text: &[u8], mut tell: impl FnMut(usize)) {
    for list in LISTS.iter() {
        for length in SHORTEST..=LONGEST.min(text.len()) {
            let wanted = &text[..length];
            let found = list.at_or_after(wanted);
            if !found.starts_with(wanted) {
                break;
            }
            if found == wanted {
                tell(length);
            }
        }
    }
}

/// A file of words: one a line, in the order of their bytes.
struct Words {
    text: &'static [u8],
    starts: Vec<u32>,
}

impl Words {
    fn new(text: &'static str) -> Self {
        let mut starts = vec![0];
        // A file of more than 4 GiB is not compiled in.
        let after = |(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX);
        starts.extend(text.match_indices('\n').map(after));
        Self {
            text: text.as_bytes(),
            starts,
        }
    }

    /// The first word that is not before `wanted`; empty where there is none.
    fn at_or_after(&self, wanted: &[u8]) -> &[u8] {
        let at = self.starts.partition_point(|start| {
            let word = self.word(*start);
            !word.is_empty() && word < wanted
        });
        self.starts.get(at).map_or(&[], |start| self.word(*start))
    }

    fn word(&self, start: u32) -> &[u8] {
        let rest = usize::try_from(start)
            .ok()
            .and_then(|start| self.text.get(start..));
        let rest = rest.unwrap_or_default();
        let end = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
        &rest[..end]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_in_order_and_each_word_is_found() {
        for (list, at_least) in LISTS.iter().zip([50_000, 200]) {
            let text = str::from_utf8(list.text).unwrap();
            let words: Vec<_> = text.lines().map(str::as_bytes).collect();
            assert!(words.len() >= at_least && words.is_sorted_by(|a, b| a < b));
            for word in words {
                assert!((SHORTEST..=LONGEST).contains(&word.len()));
                assert!(
                    word.iter()
                        .all(|b| b.is_ascii_graphic() && !b.is_ascii_uppercase())
                );
                let mut found = false;
                lengths(word, |length| found |= length == word.len());
                assert!(found, "{}", String::from_utf8_lossy(word));
            }
        }
    }

    #[test]
    fn what_is_no_word_is_not_found() {
        for text in ["", "pas", "\0\0\0\0", "~~~~~~~~~~", "xqzjkvbw", "!!!!zzzz"] {
            lengths(text.as_bytes(), |length| assert!(length < text.len(), "{text}"));
        }
        let mut all = Vec::new();
        lengths(b"passwordstandard", |length| all.push(length));
        assert!(
            all.contains(&4) && all.contains(&8) && all.contains(&16),
            "{all:?}"
        );
    }
}
