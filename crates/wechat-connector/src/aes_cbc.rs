//! AES-CBC as WeChat uses it: 128 bits for open data, 256 bits for pushed messages. It has no authentication, so whoever
//! sends ciphertexts must not learn whether the padding or something else was wrong: padding is checked strictly, in
//! constant time, and apart from decryption.

use aes::{Aes128, Aes256, Block};
use cbc::{
    Decryptor,
    cipher::{BlockModeDecrypt, KeyIvInit},
};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq, ConstantTimeGreater};

/// Bytes of a block.
pub(crate) const BLOCK: usize = 16;

/// Decrypts whole blocks in place; what is left over stays as it is.
pub(crate) fn decrypt_128(key: &[u8; 16], iv: &[u8; BLOCK], data: &mut [u8]) {
    let mut cipher = Decryptor::<Aes128>::new(key.into(), iv.into());
    cipher.decrypt_blocks(Block::slice_as_chunks_mut(data).0);
}

/// Decrypts whole blocks in place; what is left over stays as it is.
pub(crate) fn decrypt_256(key: &[u8; 32], iv: &[u8; BLOCK], data: &mut [u8]) {
    let mut cipher = Decryptor::<Aes256>::new(key.into(), iv.into());
    cipher.decrypt_blocks(Block::slice_as_chunks_mut(data).0);
}

/// Whether the data ends in 1 to `MOST` bytes that all say how many they are, and its length without them. Where it does
/// not, that is the whole length.
pub(crate) fn unpadded<const MOST: usize>(data: &[u8]) -> (Choice, usize) {
    let Some((_, tail)) = data.split_last_chunk::<MOST>() else {
        return (Choice::from(0), data.len());
    };
    let count = tail[MOST - 1];
    let most = u8::try_from(MOST).expect("a padding has at most 255 bytes");
    let mut is_valid = !count.ct_eq(&0) & !count.ct_gt(&most);
    for (from_end, byte) in (1..=most).zip(tail.iter().rev()) {
        let is_padding = !from_end.ct_gt(&count);
        is_valid &= !is_padding | byte.ct_eq(&count);
    }
    let count = u8::conditional_select(&0, &count, is_valid);
    (is_valid, data.len() - usize::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `unpadded` must do, written plainly.
    fn plainly(data: &[u8], most: usize) -> Option<usize> {
        let count = usize::from(*data.last()?);
        let is_valid = data.len() >= most
            && (1..=most).contains(&count)
            && data[data.len() - count..]
                .iter()
                .all(|&byte| usize::from(byte) == count);
        is_valid.then(|| data.len() - count)
    }

    fn check<const MOST: usize>(data: &[u8]) {
        let (is_valid, length) = unpadded::<MOST>(data);
        let expected = plainly(data, MOST);
        assert_eq!(bool::from(is_valid), expected.is_some(), "{data:?}");
        assert_eq!(length, expected.unwrap_or(data.len()), "{data:?}");
    }

    #[test]
    fn only_bytes_that_all_say_how_many_they_are_are_a_padding() {
        for last in 0..=255_u8 {
            // The last byte alone, a right padding, and a right one with one byte that is wrong, at each place.
            let mut data = [7; 48];
            data[47] = last;
            check::<16>(&data);
            check::<32>(&data);
            let count = usize::from(last).min(48);
            data[48 - count..].fill(last);
            check::<16>(&data);
            check::<32>(&data);
            for wrong in 16..48 {
                let mut data = data;
                data[wrong] ^= 0x80;
                check::<16>(&data);
                check::<32>(&data);
            }
        }
    }

    #[test]
    fn what_is_too_short_has_no_padding() {
        for length in 0..16 {
            check::<16>(&vec![1; length]);
        }
        check::<32>(&[1; 16]);
    }
}
