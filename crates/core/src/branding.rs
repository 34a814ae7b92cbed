//! How a tenant's pages look: its name, its logo, its colour and its documents, as data. There is no HTML among it, and no
//! style but one colour.

use crate::{Invalid, settings::SettingError, tenant::DisplayName};
use serde::{Deserialize, Serialize};
use url::Url;

/// A tenant's settings of its pages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Branding {
    /// The name that people read, where it is not the tenant's own: a [`DisplayName`].
    pub display_name: Option<String>,
    /// A picture, shown 48 pixels high: an `https` URL. Hufu never fetches it; the person's browser does.
    pub logo_uri: Option<String>,
    /// The colour of buttons and links: a [`Color`].
    pub color: Option<String>,
    /// The privacy policy: an `https` URL.
    pub policy_uri: Option<String>,
    /// The terms of service: an `https` URL.
    pub tos_uri: Option<String>,
}

impl Branding {
    /// All members that break their rule.
    pub fn check(&self) -> Vec<SettingError> {
        let uri = |text: &Option<String>| text.as_deref().map_or(Ok(()), check_uri);
        let rules = [
            (
                "branding.display_name",
                self.display_name
                    .as_deref()
                    .map_or(Ok(()), |text| DisplayName::parse(text).map(|_| ())),
            ),
            ("branding.logo_uri", uri(&self.logo_uri)),
            (
                "branding.color",
                self.color
                    .as_deref()
                    .map_or(Ok(()), |text| Color::parse(text).map(|_| ())),
            ),
            ("branding.policy_uri", uri(&self.policy_uri)),
            ("branding.tos_uri", uri(&self.tos_uri)),
        ];
        let wrong = rules.into_iter().filter_map(|(path, rule)| {
            let Invalid(message) = rule.err()?;
            let message = message.to_owned();
            Some(SettingError { path, message })
        });
        wrong.collect()
    }

    /// The colour, where there is one.
    pub fn color(&self) -> Option<Color> {
        Color::parse(self.color.as_deref()?).ok()
    }
}

fn check_uri(text: &str) -> Result<(), Invalid> {
    let is_https = text.len() <= 2_000
        && text.bytes().all(|b| b.is_ascii_graphic())
        && Url::parse(text).is_ok_and(|url| {
            url.scheme() == "https" && url.username().is_empty() && url.password().is_none()
        });
    if is_https {
        Ok(())
    } else {
        Err(Invalid(
            "must be an https URL of at most 2,000 visible ASCII characters",
        ))
    }
}

/// A colour of sRGB, written `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color {
    /// 0 to 255.
    pub red: u8,
    /// 0 to 255.
    pub green: u8,
    /// 0 to 255.
    pub blue: u8,
}

impl Color {
    /// Reads `#rrggbb`, in letters of either case.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        const SHAPE: Invalid = Invalid("must be a colour such as #0b5d66");
        let digits = text.strip_prefix('#').ok_or(SHAPE)?;
        if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(SHAPE);
        }
        let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).map_err(|_| SHAPE);
        Ok(Self {
            red: part(0)?,
            green: part(2)?,
            blue: part(4)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_six_digits_and_nothing_else() {
        let color = Color {
            red: 11,
            green: 93,
            blue: 255,
        };
        assert_eq!(Color::parse("#0b5DfF"), Ok(color));
        for bad in [
            "",
            "#",
            "0b5d66",
            "#0b5",
            "#0b5d660",
            "#0b5d6g",
            "#+b5d66",
            "red",
            "#0b5d66;}body{display:none",
            "#ééé",
        ] {
            assert!(Color::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn each_member_that_breaks_its_rule_is_named() {
        let all = |text: &str| {
            let text = Some(text.to_owned());
            Branding {
                display_name: text.clone(),
                logo_uri: text.clone(),
                color: text.clone(),
                policy_uri: text.clone(),
                tos_uri: text,
            }
        };
        let paths: Vec<_> = all("\n").check().into_iter().map(|error| error.path).collect();
        assert_eq!(
            paths,
            [
                "branding.display_name",
                "branding.logo_uri",
                "branding.color",
                "branding.policy_uri",
                "branding.tos_uri"
            ]
        );
        assert!(Branding::default().check().is_empty());
        for bad in [
            "http://tea.example/logo.png",
            "javascript:alert(1)",
            "data:image/png,x",
            "https://u:p@tea.example/",
            "https://tea.example/ a",
        ] {
            let wrong = Branding {
                logo_uri: Some(bad.to_owned()),
                ..Branding::default()
            };
            assert_eq!(wrong.check().len(), 1, "{bad}");
        }
    }
}
