//! A tenant's colour as a stylesheet: three properties that `hufu.css` uses, chosen so that everything can be read.
//!
//! Source of the ratios: WCAG 2.2, success criteria 1.4.3 and 1.4.11.

use crate::oidc::Call;
use axum::{
    extract::RawQuery,
    http::header,
    response::{IntoResponse, Response},
};
use hufu_core::branding::Color;
use std::fmt::Write;

const BLACK: Color = Color {
    red: 0,
    green: 0,
    blue: 0,
};
const WHITE: Color = Color {
    red: 255,
    green: 255,
    blue: 255,
};
/// The darkest of the light scheme's backgrounds (`--page` in hufu.css).
const LIGHT: Color = Color {
    red: 0xf2,
    green: 0xf4,
    blue: 0xf6,
};
/// The lightest of the dark scheme's backgrounds (`--card`).
const DARK: Color = Color {
    red: 0x1a,
    green: 0x20,
    blue: 0x25,
};
/// Of text to its background.
const READABLE: f64 = 4.5;
/// Of the edge of a control to its background.
const VISIBLE: f64 = 3.0;

/// `GET /t/{tenant}/brand.css`. The colour stands in the query, so that browsers keep the answer until there is another.
pub(super) async fn stylesheet(call: Call, RawQuery(query): RawQuery) -> Response {
    let color = call.issuer.tenant.settings.branding.color();
    let asked = query.as_deref().and_then(|query| query.strip_prefix("v="));
    let cache = match color {
        Some(color) if asked == Some(digits(color).as_str()) => "public, max-age=31536000, immutable",
        _ => "no-cache",
    };
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, cache),
    ];
    (headers, color.map(css).unwrap_or_default()).into_response()
}

/// The path of a tenant's stylesheet below `base`, which is `/t/{tenant}`.
pub(super) fn path(base: &str, color: Color) -> String {
    format!("{base}/brand.css?v={}", digits(color))
}

/// The properties.
pub(super) fn css(brand: Color) -> String {
    let on = if contrast(brand, WHITE) >= contrast(brand, BLACK) {
        WHITE
    } else {
        BLACK
    };
    let mut css = String::new();
    let mut scheme = |opening: &str, closing: &str, background: Color, towards: Color| {
        let link = moved(brand, towards, background, READABLE);
        let edge = moved(brand, towards, background, VISIBLE);
        writeln!(
            css,
            "{opening}:root{{--brand:#{};--on-brand:#{};--edge:#{};--link:#{}}}{closing}",
            digits(brand),
            digits(on),
            digits(edge),
            digits(link)
        )
        .expect("a string takes everything");
    };
    scheme("", "", LIGHT, BLACK);
    scheme("@media (prefers-color-scheme:dark){", "}", DARK, WHITE);
    css
}

/// The colour, as much nearer to `towards` as it takes to stand out against `background`.
fn moved(color: Color, towards: Color, background: Color, ratio: f64) -> Color {
    let steps = (0..=20_u16).map(|step| mixed(color, towards, step));
    let mut readable = steps.filter(|mixed| contrast(*mixed, background) >= ratio);
    readable.next().unwrap_or(towards)
}

fn mixed(color: Color, towards: Color, twentieths: u16) -> Color {
    let part = |from: u8, to: u8| {
        let mixed = (u16::from(from) * (20 - twentieths) + u16::from(to) * twentieths) / 20;
        u8::try_from(mixed).unwrap_or(u8::MAX)
    };
    Color {
        red: part(color.red, towards.red),
        green: part(color.green, towards.green),
        blue: part(color.blue, towards.blue),
    }
}

/// The contrast ratio of WCAG 2.2, 1 to 21.
fn contrast(a: Color, b: Color) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// The relative luminance of WCAG 2.2, 0 to 1.
fn luminance(color: Color) -> f64 {
    let linear = |part: u8| {
        let part = f64::from(part) / 255.0;
        if part <= 0.040_45 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * linear(color.red) + 0.7152 * linear(color.green) + 0.0722 * linear(color.blue)
}

fn digits(color: Color) -> String {
    format!("{:02x}{:02x}{:02x}", color.red, color.green, color.blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every 17th value of each part: all shades that have two equal digits.
    fn many() -> impl Iterator<Item = Color> {
        let parts = || (0..=255_u8).step_by(17);
        parts().flat_map(move |red| {
            parts().flat_map(move |green| parts().map(move |blue| Color { red, green, blue }))
        })
    }

    #[test]
    fn whatever_the_colour_is_everything_can_be_read() {
        for color in many() {
            let best = contrast(color, WHITE).max(contrast(color, BLACK));
            assert!(best >= READABLE, "{color:?}");
            for (background, towards) in [(LIGHT, BLACK), (DARK, WHITE)] {
                let link = moved(color, towards, background, READABLE);
                assert!(contrast(link, background) >= READABLE, "{color:?}");
                let edge = moved(color, towards, background, VISIBLE);
                assert!(contrast(edge, background) >= VISIBLE, "{color:?}");
            }
        }
    }

    #[test]
    fn what_is_readable_stays_as_it_is() {
        let brand = Color::parse("#0b5d66").unwrap();
        assert_eq!(moved(brand, BLACK, LIGHT, READABLE), brand);
        let css = css(brand);
        assert!(
            css.starts_with(":root{--brand:#0b5d66;--on-brand:#ffffff;"),
            "{css}"
        );
        assert!(super::css(Color::parse("#ffd500").unwrap()).contains("--on-brand:#000000"));
    }

    #[test]
    fn the_backgrounds_are_those_of_the_stylesheet() {
        let css = include_str!("assets/hufu.css");
        assert!(css.contains(&format!("--page: #{}", digits(LIGHT))));
        assert!(css.contains(&format!("--card: #{}", digits(DARK))));
    }
}
