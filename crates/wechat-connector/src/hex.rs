//! Digests as WeChat writes them: hexadecimal, lower case.

use std::fmt::Write;
use subtle::ConstantTimeEq;

/// Lower case.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Whether `text` is these bytes in hexadecimal, of either case, told in constant time.
pub(crate) fn is_hex_of(text: &str, bytes: &[u8]) -> bool {
    text.to_ascii_lowercase()
        .as_bytes()
        .ct_eq(hex(bytes).as_bytes())
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_compared_whatever_their_case() {
        assert_eq!(hex(&[0, 10, 255]), "000aff");
        assert!(is_hex_of("000aff", &[0, 10, 255]));
        assert!(is_hex_of("000AFF", &[0, 10, 255]));
        for bad in ["", "000afe", "000aff0", "000af", "虎"] {
            assert!(!is_hex_of(bad, &[0, 10, 255]), "{bad}");
        }
    }
}
