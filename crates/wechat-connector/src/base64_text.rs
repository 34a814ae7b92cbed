//! Base64 as it arrives from mini-programs: wrapped, indented, or through a form that took every `+` for a blank.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// With or without `=` at the end.
const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Decodes a text to a length that fits. Line breaks and tabs mean nothing. A blank stands for a `+`; only where that does
/// not come to a length that fits, it means nothing too. Of the two readings at most one is right: what is encrypted has
/// whole blocks, so a `+` more or less is hardly ever one more or less of those, and would then not decrypt.
pub(crate) fn decode(text: &str, fits: impl Fn(usize) -> bool) -> Option<Vec<u8>> {
    let read = |blank: Option<char>| {
        let text: String = text
            .chars()
            .filter(|c| *c == ' ' || !c.is_ascii_whitespace())
            .filter_map(|c| if c == ' ' { blank } else { Some(c) })
            .collect();
        TOLERANT.decode(text).ok().filter(|bytes| fits(bytes.len()))
    };
    read(Some('+')).or_else(|| read(None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::prelude::BASE64_STANDARD;

    fn is_whole(length: usize) -> bool {
        length > 0 && length.is_multiple_of(16)
    }

    #[test]
    fn what_forms_and_editors_do_to_a_text_is_undone() {
        // Many a `+`, at both ends too.
        let bytes: Vec<u8> = [0xfb, 0xef, 0xbe].repeat(16);
        let text = BASE64_STANDARD.encode(&bytes);
        assert_eq!(&text[..2], "++");
        let wrapped = |with: &str| {
            let lines = text
                .as_bytes()
                .chunks(7)
                .map(|line| str::from_utf8(line).unwrap());
            lines.collect::<Vec<_>>().join(with)
        };
        for good in [
            text.clone(),
            text.replace('+', " "),
            wrapped("\n"),
            wrapped("\r\n"),
            wrapped("\r\n\t"),
            wrapped("\n").replace('+', " "),
            wrapped("\n    "),
            format!("  {text} \n"),
            format!("\n{text}\n"),
        ] {
            assert_eq!(decode(&good, is_whole).as_deref(), Some(&*bytes), "{good:?}");
        }
    }

    #[test]
    fn padding_may_be_lost() {
        for text in [
            "r7BXXKkLb8qrSNn05n0qiA==",
            "r7BXXKkLb8qrSNn05n0qiA=",
            "r7BXXKkLb8qrSNn05n0qiA",
        ] {
            assert_eq!(decode(text, |length| length == 16).map(|iv| iv[0]), Some(0xaf));
        }
    }

    #[test]
    fn what_is_not_base64_or_of_another_length_is_nothing() {
        for bad in [
            "",
            " ",
            "AAAA",
            "虎符",
            "r7BXXKkLb8qrSNn05n0qiA===",
            "-_-_",
            "\u{0}",
        ] {
            assert_eq!(decode(bad, is_whole), None, "{bad}");
        }
    }
}
