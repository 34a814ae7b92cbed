//! The two forms of pushed messages, XML and JSON: flat lists of named texts, where a member may have more than one. Nothing
//! in them makes us read anything else: no document type, and no entity but those that XML itself has.

use crate::strict_json;
use quick_xml::{Reader, events::Event};
use serde_json::Value;

/// The longest message, in bytes. WeChat's are about 1 KiB.
const LONGEST: usize = 64 * 1024;
/// The deepest element. WeChat's are at 2 or 3.
const DEEPEST: usize = 8;

/// It is neither form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unreadable;

/// What a message says.
#[derive(Debug, Default)]
pub(crate) struct Members(Vec<(String, String)>);

impl Members {
    /// Reads either form, told apart by how it begins.
    pub(crate) fn read(body: &[u8]) -> Result<Self, Unreadable> {
        if body.len() > LONGEST {
            return Err(Unreadable);
        }
        let text = str::from_utf8(body).map_err(|_| Unreadable)?;
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.starts_with('<') {
            xml(text)
        } else {
            json(text)
        }
    }

    /// All texts of a member, in their order.
    pub(crate) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let of_this = move |(member, _): &&(String, String)| member == name;
        self.0.iter().filter(of_this).map(|(_, text)| text.as_str())
    }

    /// The one text of a member. It may not have two: which of them was meant?
    pub(crate) fn one(&self, name: &str) -> Result<Option<&str>, Unreadable> {
        let mut all = self.all(name);
        match (all.next(), all.next()) {
            (first, None) => Ok(first),
            _ => Err(Unreadable),
        }
    }
}

/// A list is a member with more than one text; what is neither text nor number is left out. WeChat's own sample has a blank
/// before a name.
fn json(text: &str) -> Result<Members, Unreadable> {
    let object = strict_json::object(text).ok_or(Unreadable)?;
    let mut members = Members::default();
    for (name, value) in object {
        let name = name.trim();
        let values = match value {
            Value::Array(values) => values,
            value => vec![value],
        };
        for value in values {
            match value {
                Value::String(text) => members.0.push((name.to_owned(), text)),
                Value::Number(number) => members.0.push((name.to_owned(), number.to_string())),
                _ => {}
            }
        }
    }
    Ok(members)
}

struct Element {
    name: String,
    text: String,
    has_children: bool,
}

/// The elements inside `<xml>`; one that has others inside has their texts.
fn xml(text: &str) -> Result<Members, Unreadable> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut members = Members::default();
    let mut open: Vec<Element> = Vec::new();
    let mut has_ended = false;
    loop {
        match reader.read_event().map_err(|_| Unreadable)? {
            Event::Start(start) => {
                let name = start.name().as_ref().to_owned();
                if has_ended || open.len() == DEEPEST || (open.is_empty() && name != "xml") {
                    return Err(Unreadable);
                }
                if let Some(parent) = open.last_mut() {
                    parent.has_children = true;
                }
                open.push(Element {
                    name,
                    text: String::new(),
                    has_children: false,
                });
            }
            Event::End(_) => {
                let ended = open.pop().ok_or(Unreadable)?;
                has_ended = open.is_empty();
                if !has_ended && !ended.has_children {
                    let name = open.get(1).map_or(&ended.name, |member| &member.name);
                    members.0.push((name.clone(), ended.text));
                }
            }
            Event::Text(text) => add(&mut open, &text.xml10_content())?,
            Event::CData(text) => add(&mut open, &text.xml10_content())?,
            Event::GeneralRef(reference) => {
                let named = match &*reference.xml10_content() {
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "amp" => Some('&'),
                    "apos" => Some('\''),
                    "quot" => Some('"'),
                    _ => reference.resolve_char_ref().map_err(|_| Unreadable)?,
                };
                add(&mut open, named.ok_or(Unreadable)?.encode_utf8(&mut [0; 4]))?;
            }
            Event::Decl(_) | Event::Comment(_) => {}
            Event::Eof if has_ended => return Ok(members),
            Event::Eof | Event::DocType(_) | Event::PI(_) | Event::Empty(_) => return Err(Unreadable),
        }
    }
}

/// Outside the root there are only blanks.
fn add(open: &mut [Element], text: &str) -> Result<(), Unreadable> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(Unreadable),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Option<Vec<(String, String)>> {
        Members::read(body.as_bytes()).ok().map(|members| members.0)
    }

    fn members(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        expected.iter().map(owned).collect()
    }

    #[test]
    fn xml_gives_its_elements_texts_and_character_data_alike() {
        let body = "<?xml version=\"1.0\"?>\n<xml>\n <ToUserName><![CDATA[gh_1]]></ToUserName>\n\
             <CreateTime>1626857200</CreateTime><!-- a --><Event>a&amp;b&#65;&#x42;<![CDATA[<&amp;]]></Event>\
             <Empty/><List><item>1</item>\n<item>8</item></List></xml>\n";
        let expected = [
            ("ToUserName", "gh_1"),
            ("CreateTime", "1626857200"),
            ("Event", "a&bAB<&amp;"),
            ("Empty", ""),
            ("List", "1"),
            ("List", "8"),
        ];
        assert_eq!(read(body), Some(members(&expected)));
    }

    #[test]
    fn json_gives_its_members_with_blanks_around_names_taken_off() {
        let body = r#"{"Event":"e"," OpenID":"o1","CreateTime":1626857200,"RevokeInfo":["1",8],"x":{"y":1},"z":null}"#;
        let expected = [
            ("Event", "e"),
            ("OpenID", "o1"),
            ("CreateTime", "1626857200"),
            ("RevokeInfo", "1"),
            ("RevokeInfo", "8"),
        ];
        let mut read = read(body).unwrap();
        read.sort();
        let mut expected = members(&expected);
        expected.sort();
        assert_eq!(read, expected);
    }

    #[test]
    fn no_document_type_and_no_entity_is_looked_up() {
        for bad in [
            r#"<!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/hostname">]><xml><Event>&x;</Event></xml>"#,
            r"<!DOCTYPE xml><xml><Event>e</Event></xml>",
            r"<xml><Event>&x;</Event></xml>",
            r"<xml><Event>&nbsp;</Event></xml>",
            r"<xml><Event>&#0;</Event></xml>",
            r"<xml><Event>&#xd800;</Event></xml>",
            r"<xml><Event>&#99999999999;</Event></xml>",
            r"<xml><Event>&</Event></xml>",
            r"<?php echo 1 ?><xml><Event>e</Event></xml>",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_no_form_or_too_much_of_one_is_refused() {
        let deep = |depth: usize| {
            let (open, close) = ("<a>".repeat(depth - 1), "</a>".repeat(depth - 1));
            format!("<xml>{open}{close}</xml>")
        };
        assert!(read(&deep(8)).is_some());
        let long = format!("<xml><a>{}</a></xml>", "a".repeat(LONGEST));
        for bad in [
            "",
            "null",
            "a=b",
            "[]",
            "<xml>",
            "<xml><a></xml>",
            "<xml></xml><xml></xml>",
            "<xml></xml>a",
            "a<xml></xml>",
            "<html></html>",
            r#"{"a":1,"a":2}"#,
            &deep(9),
            &long,
        ] {
            assert_eq!(read(bad), None, "{}", &bad[..bad.len().min(60)]);
        }
        assert!(Members::read(b"<xml>\xff</xml>").is_err());
    }

    #[test]
    fn nothing_that_anyone_sends_makes_it_panic() {
        let samples = [
            r#"<?xml version="1.0"?><xml a="b"><A><![CDATA[c]]></A><!-- d --><E>&lt;&#x42;</E><F/></xml>"#,
            r#"{"Event":"e"," OpenID":"o1","RevokeInfo":["1",8,-1,1e9,{"a":[null]}]}"#,
        ];
        for sample in samples.map(str::as_bytes) {
            for at in 0..sample.len() {
                let _ = Members::read(&sample[..at]);
                let _ = Members::read(&sample[at..]);
                for byte in 0..=255 {
                    let mut changed = sample.to_vec();
                    changed[at] = byte;
                    let _ = Members::read(&changed);
                }
            }
        }
    }

    #[test]
    fn a_member_that_should_be_one_may_not_be_two() {
        for body in [
            "<xml><a>1</a><a>2</a></xml>",
            r#"{"a":["1","2"]}"#,
            r#"{"a":"1"," a":"2"}"#,
        ] {
            let members = Members::read(body.as_bytes()).unwrap();
            assert_eq!(members.one("a"), Err(Unreadable));
            assert_eq!(members.one("b"), Ok(None));
            let mut all: Vec<_> = members.all("a").collect();
            all.sort_unstable();
            assert_eq!(all, ["1", "2"]);
        }
    }
}
