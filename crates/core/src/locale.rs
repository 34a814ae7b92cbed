//! The language of a person: what messages and texts for people are written in.

/// One of the two languages that Hufu speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Locale {
    /// Chinese, in simplified characters. The default.
    #[default]
    Chinese,
    /// English.
    English,
}

/// No header of a browser is longer; the rest of a longer one is not looked at.
const LONGEST_HEADER: usize = 512;

impl Locale {
    /// The language tag (RFC 5646).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }

    /// The first that `ui_locales` names (OpenID Connect Core §3.1.2.1), a list of language tags separated by spaces; `None` where it
    /// names neither.
    pub fn first_of(ui_locales: &str) -> Option<Self> {
        let languages = ui_locales.split(' ').take(32);
        let mut known = languages.filter_map(|tag| {
            let language = tag.split(['-', '_']).next()?;
            match language.to_ascii_lowercase().as_str() {
                "zh" => Some(Self::Chinese),
                "en" => Some(Self::English),
                _ => None,
            }
        });
        known.next()
    }

    /// The one that an `Accept-Language` header prefers (RFC 9110 §12.5.4): by weight, then by order. Chinese where it names neither,
    /// and where there is none.
    pub fn negotiate(accept_language: Option<&str>) -> Self {
        let header = accept_language.unwrap_or_default();
        let header = header.get(..LONGEST_HEADER).unwrap_or(header);
        let mut best = (0.0_f32, Self::default());
        for range in header.split(',').take(32) {
            let (tag, weight) = range.split_once(";q=").unwrap_or((range, "1"));
            let language = tag.trim().split('-').next().unwrap_or_default();
            let locale = match language.to_ascii_lowercase().as_str() {
                "zh" | "*" => Self::Chinese,
                "en" => Self::English,
                _ => continue,
            };
            let weight = weight.trim().parse::<f32>().unwrap_or(0.0);
            if weight > best.0 && weight <= 1.0 {
                best = (weight, locale);
            }
        }
        best.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_language_of_ui_locales_that_is_spoken_counts() {
        for (list, expected) in [
            ("", None),
            ("fr de", None),
            ("fr-CA en zh", Some(Locale::English)),
            ("zh-Hant-TW", Some(Locale::Chinese)),
            ("EN_us", Some(Locale::English)),
            ("  en", Some(Locale::English)),
            ("english", None),
        ] {
            assert_eq!(Locale::first_of(list), expected, "{list:?}");
        }
    }

    #[test]
    fn rfc9110_12_5_4_the_preferred_language_is_spoken() {
        for (header, expected) in [
            (None, Locale::Chinese),
            (Some(""), Locale::Chinese),
            (Some("en"), Locale::English),
            (Some("en-US,en;q=0.9,zh-CN;q=0.8"), Locale::English),
            (Some("zh-CN,zh;q=0.9,en;q=0.8"), Locale::Chinese),
            (Some("en;q=0.4, zh-TW;q=0.7"), Locale::Chinese),
            (Some("fr, en;q=0.1"), Locale::English),
            (Some("fr"), Locale::Chinese),
            (Some("en;q=0"), Locale::Chinese),
            (Some("en;q=x, zh;q=99"), Locale::Chinese),
            (Some("*"), Locale::Chinese),
        ] {
            assert_eq!(Locale::negotiate(header), expected, "{header:?}");
        }
        assert_eq!(Locale::negotiate(Some(&"é,".repeat(10_000))), Locale::Chinese);
    }
}
