//! AES in CBC mode. Padding is the caller's: WeChat pads in two ways, and tests want wrong ones.

use aes::cipher::consts::U16;
use aes::cipher::{Array, BlockModeEncrypt, KeyIvInit};
use aes::{Aes128, Aes256};
use cbc::Encryptor;

/// Bytes of a block of AES.
pub(super) const BLOCK: usize = 16;

/// Encrypts whole blocks in place; what is beyond the last whole block stays as it is.
pub(super) fn encrypt_128(key: &[u8; 16], iv: &[u8; 16], blocks: &mut [u8]) {
    let (blocks, _) = Array::<u8, U16>::slice_as_chunks_mut(blocks);
    Encryptor::<Aes128>::new(key.into(), iv.into()).encrypt_blocks(blocks);
}

/// The same with a key of 256 bits.
pub(super) fn encrypt_256(key: &[u8; 32], iv: &[u8; 16], blocks: &mut [u8]) {
    let (blocks, _) = Array::<u8, U16>::slice_as_chunks_mut(blocks);
    Encryptor::<Aes256>::new(key.into(), iv.into()).encrypt_blocks(blocks);
}

/// Fills the last block as PKCS#7 does: with as many bytes as are missing, each of which says how many they are. Blocks
/// have 1 to 255 bytes. Returns how many bytes were added.
pub(super) fn pad(bytes: &mut Vec<u8>, block: u8) -> u8 {
    let over = u8::try_from(bytes.len() % usize::from(block)).unwrap_or_default();
    let missing = block - over;
    bytes.resize(bytes.len() + usize::from(missing), missing);
    missing
}
