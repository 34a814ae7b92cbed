//! Templates: in the binary, escaped, and strict about what they are not given.

use super::frame::Frame;
use hufu_core::locale::Locale;
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, context, escape_formatter,
    syntax::SyntaxConfig,
    value::{Kwargs, Serde, Value},
};
use serde::Serialize;
use std::sync::LazyLock;

/// A page: all that its template may show.
pub(crate) trait Page: Serialize {
    /// The template's name, which is its file's without `.html`.
    const TEMPLATE: &'static str;
    /// What the page says.
    type Texts: Serialize + 'static;

    /// What the page says, in a language.
    fn texts(locale: Locale) -> &'static Self::Texts;

    /// What the page may load and where its forms may lead, beside this server.
    fn sources(&self) -> Sources {
        Sources::default()
    }
}

/// What the content security policy of a page allows beside this server itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sources {
    /// URIs that an answer to a form of the page may send the browser to.
    pub(crate) targets: Vec<String>,
    /// URLs of pictures.
    pub(crate) pictures: Vec<String>,
    /// Whether the script asks this server for something.
    pub(crate) asks: bool,
}

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        /// Names and sources.
        const TEMPLATES: &[(&str, &str)] = &[$(($name, include_str!(concat!("templates/", $name, ".html")))),*];
    };
}

templates![
    "account",
    "close",
    "code",
    "consent",
    "device_code",
    "device_confirm",
    "device_done",
    "error",
    "form_post",
    "layout",
    "login",
    "logout",
    "parts",
    "phone",
    "register",
    "scan",
    "signed_out",
];

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build();
    environment.set_syntax(syntax.expect("the delimiters are the usual ones"));
    environment.set_formatter(escape);
    environment.add_filter("fill", fill);
    for (name, source) in TEMPLATES {
        let added = environment.add_template(name, source);
        added.expect("the templates are in the binary, and a test has read them");
    }
    environment
});

/// Writes a value between tags or between quotes. Like the engine's own, but it leaves slashes alone, so that the address of a
/// form reads as what it is.
fn escape(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let Some(text) = value.as_str().filter(|_| !value.is_safe()) else {
        return escape_formatter(out, state, value);
    };
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
        out.write_str(&rest[..at])?;
        out.write_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => "&#39;",
        })?;
        rest = &rest[at + 1..];
    }
    Ok(out.write_str(rest)?)
}

/// Puts values in the places of a text: `t.onward | fill(client=name)`. The whole is escaped afterwards.
#[expect(clippy::needless_pass_by_value, reason = "the engine hands it over so")]
fn fill(text: &str, values: Kwargs) -> Result<String, Error> {
    let mut filled = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after
            .split_once('}')
            .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "a place in a text has no end"))?;
        filled.push_str(before);
        filled.push_str(&values.get::<Value>(name)?.to_string());
        rest = after;
    }
    values.assert_all_used()?;
    filled.push_str(rest);
    Ok(filled)
}

/// The page as HTML.
pub(crate) fn html<P: Page>(frame: &Frame, page: &P) -> Result<String, Error> {
    let t = P::texts(frame.locale);
    values(
        P::TEMPLATE,
        Value::from(Serde(frame)),
        Value::from(Serde(t)),
        Value::from(Serde(page)),
    )
}

/// The same, of values.
pub(super) fn values(template: &str, frame: Value, t: Value, page: Value) -> Result<String, Error> {
    let template = ENVIRONMENT.get_template(template)?;
    template.render(context! { frame, t, page })
}

/// The names of all templates, for tests.
#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TEMPLATES.iter().map(|(name, _)| *name)
}
