//! A worker's memory for argon2: kept from hash to hash, since getting it from the system again costs as much as a tenth of
//! the hash, and wiped after each.

use argon2::Block;
use zeroize::Zeroize;

/// The memory of one worker. There is nothing in it between two hashes but zeros.
#[derive(Default)]
pub(crate) struct Memory(Vec<Block>);

impl Memory {
    /// Has `fill` work on `blocks` blocks of one KiB, and keeps no more than `keep` of them.
    pub(crate) fn with<T>(&mut self, blocks: usize, keep: usize, fill: impl FnOnce(&mut [Block]) -> T) -> T {
        if self.0.len() < blocks {
            self.0.resize(blocks, Block::new());
        }
        let used = Wiped(&mut self.0[..blocks]);
        let result = fill(&mut *used.0);
        drop(used);
        if self.0.len() > keep {
            self.0.truncate(keep);
            self.0.shrink_to_fit();
        }
        result
    }
}

/// Wipes even where the work panics.
struct Wiped<'a>(&'a mut [Block]);

impl Drop for Wiped<'_> {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(Zeroize::zeroize);
    }
}
