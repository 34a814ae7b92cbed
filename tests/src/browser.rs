//! A browser as far as the hosted pages need one: it keeps cookies, follows redirects within the server, and fills in forms. No
//! script runs in it.

use crate::{Reply, Server};
use std::{collections::BTreeMap, sync::Mutex};
use url::Url;

/// A browser with its cookies.
#[derive(Debug)]
pub struct Browser<'a> {
    server: &'a Server,
    cookies: Mutex<BTreeMap<String, String>>,
    language: Mutex<&'static str>,
}

/// What a browser shows: a page of the server, or the redirect that would take it elsewhere.
#[derive(Debug)]
pub struct Page<'b, 'a> {
    browser: &'b Browser<'a>,
    /// Where it is.
    pub url: Url,
    /// What came from there.
    pub reply: Reply,
}

/// The most redirects that are followed.
const MOST_REDIRECTS: usize = 10;

impl<'a> Browser<'a> {
    pub(crate) fn new(server: &'a Server) -> Self {
        Self {
            server,
            cookies: Mutex::default(),
            language: Mutex::new("en"),
        }
    }

    /// Prefers a language from now on; English before.
    pub fn speak(&self, language: &'static str) {
        *self.language.lock().expect("no test panics with it") = language;
    }

    /// Goes to a URL, and on while it is redirected within the server.
    pub async fn open(&self, url: &str) -> Page<'_, 'a> {
        let url = Url::parse(url).expect("a URL");
        self.follow(url, None).await
    }

    /// The value of a cookie whose name has `part` in it.
    pub fn cookie(&self, part: &str) -> Option<String> {
        let cookies = self.cookies.lock().expect("no test panics with it");
        cookies
            .iter()
            .find(|(name, _)| name.contains(part))
            .map(|(_, value)| value.clone())
    }

    /// Puts a cookie in place.
    pub fn set_cookie(&self, name: &str, value: &str) {
        let mut cookies = self.cookies.lock().expect("no test panics with it");
        cookies.insert(name.to_owned(), value.to_owned());
    }

    /// Loses the cookies whose names have `part` in them.
    pub fn forget(&self, part: &str) {
        let mut cookies = self.cookies.lock().expect("no test panics with it");
        cookies.retain(|name, _| !name.contains(part));
    }

    /// The whole names of its cookies.
    pub fn cookie_names(&self) -> Vec<String> {
        self.cookies
            .lock()
            .expect("no test panics with it")
            .keys()
            .cloned()
            .collect()
    }

    async fn follow(&self, mut url: Url, mut form: Option<Vec<(String, String)>>) -> Page<'_, 'a> {
        for _ in 0..MOST_REDIRECTS {
            let reply = self.ask(&url, form.take()).await;
            let next = reply
                .header("location")
                .map(|to| url.join(to).expect("a URL to go to"));
            match next {
                Some(next) if self.is_inside(&next) => {
                    assert_eq!(
                        reply.status, 303,
                        "a redirect after a form never posts it on: {reply}"
                    );
                    url = next;
                }
                _ => {
                    return Page {
                        browser: self,
                        url,
                        reply,
                    };
                }
            }
        }
        panic!("redirected in circles at {url}");
    }

    fn is_inside(&self, url: &Url) -> bool {
        url.as_str().starts_with(&format!("{}/", self.server.base))
    }

    async fn ask(&self, url: &Url, form: Option<Vec<(String, String)>>) -> Reply {
        let http = &self.server.http;
        let method = if form.is_some() { "POST" } else { "GET" };
        let cookies = {
            let cookies = self.cookies.lock().expect("no test panics with it");
            let pairs: Vec<_> = cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            pairs.join("; ")
        };
        let language = *self.language.lock().expect("no test panics with it");
        let mut request = http
            .request(method, url.as_str())
            .header("accept", "text/html,*/*;q=0.8")
            .header("accept-language", language)
            .header("user-agent", "Mozilla/5.0 (Tests)");
        if !cookies.is_empty() {
            request = request.header("cookie", cookies);
        }
        let reply = match form {
            Some(form) => http.send(request.form(&form)).await,
            None => http.send(request).await,
        };
        for set in reply.headers.get_all("set-cookie") {
            self.keep(set.to_str().expect("a cookie in ASCII"));
        }
        reply
    }

    fn keep(&self, set: &str) {
        let mut cookies = self.cookies.lock().expect("no test panics with it");
        let (pair, attributes) = set.split_once(';').expect("attributes");
        let (name, value) = pair.split_once('=').expect("a name");
        assert!(
            attributes.contains("HttpOnly") && attributes.contains("SameSite=Lax"),
            "{set}"
        );
        if attributes.contains("Max-Age=0") {
            cookies.remove(name);
        } else {
            cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

impl<'b, 'a> Page<'b, 'a> {
    /// Asserts the status.
    #[track_caller]
    #[must_use]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.reply.status, status, "{} says {}", self.url, self.reply);
        self
    }

    /// Asserts that the page has `text` in it.
    #[track_caller]
    #[must_use]
    pub fn says(self, text: &str) -> Self {
        assert!(
            self.reply.text.contains(text),
            "{} does not say {text}: {}",
            self.url,
            self.reply
        );
        self
    }

    /// The parameters that the browser takes to the client.
    #[track_caller]
    pub fn to_client(&self) -> BTreeMap<String, String> {
        let to = self
            .reply
            .header("location")
            .unwrap_or_else(|| panic!("{} goes nowhere: {}", self.url, self.reply));
        let to = Url::parse(to).expect("an absolute URL");
        assert!(!self.browser.is_inside(&to), "{to}");
        to.query_pairs().into_owned().collect()
    }

    /// Whether the page has an element of that id.
    pub fn has(&self, id: &str) -> bool {
        self.reply.text.contains(&format!("id=\"{id}\""))
    }

    /// The last part of the path, such as `login`.
    pub fn place(&self) -> &str {
        self.url
            .path_segments()
            .and_then(|mut segments| segments.next_back())
            .unwrap_or_default()
    }

    /// Fills in the form that has all these fields (or the button `name=value`), and posts it.
    pub async fn submit(&self, fields: &[(&str, &str)]) -> Page<'b, 'a> {
        let (action, form) = self.form(fields);
        self.browser
            .follow(self.url.join(&action).expect("a URL"), Some(form))
            .await
    }

    /// Where the form goes and what it would post.
    pub fn form(&self, fields: &[(&str, &str)]) -> (String, Vec<(String, String)>) {
        let names: Vec<_> = fields
            .iter()
            .map(|(name, _)| format!("name=\"{name}\""))
            .collect();
        let text = &self.reply.text;
        let form = text
            .split("<form")
            .skip(1)
            .map(|rest| rest.split("</form>").next().unwrap_or_default())
            .find(|form| {
                names.iter().all(|name| form.contains(name.as_str()))
                    && fields.iter().all(|(_, value)| {
                        !is_button(form, value) || form.contains(&format!("value=\"{value}\""))
                    })
            })
            .unwrap_or_else(|| panic!("{} has no form of {fields:?}: {text}", self.url));
        let (head, _) = form.split_once('>').expect("a form");
        let action = attribute(head, "action").unwrap_or_default();
        let mut posted: Vec<(String, String)> = Vec::new();
        for input in form.split("<input").skip(1) {
            let input = input.split('>').next().unwrap_or_default();
            let Some(name) = attribute(input, "name") else {
                continue;
            };
            let is_hidden = attribute(input, "type").as_deref() == Some("hidden");
            if is_hidden && !fields.iter().any(|(given, _)| *given == name) {
                posted.push((name, attribute(input, "value").unwrap_or_default()));
            }
        }
        posted.extend(
            fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        (action, posted)
    }
}

/// Whether some button of the form has a value at all, so that one must be chosen.
fn is_button(form: &str, value: &str) -> bool {
    ["allow", "deny"].contains(&value) && form.contains("<button")
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(
        value
            .replace("&#x2f;", "/")
            .replace("&#x27;", "'")
            .replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    )
}
