//! What happened to a user, and how WeChat writes it.

use std::fmt::Write;

use serde::Serialize;

use super::PushFormat;

/// Something that happened to a user of an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushEvent {
    /// WeChat's name of it: `user_info_modified`, `user_authorization_revoke`, `user_authorization_cancellation`, or any
    /// other.
    pub kind: String,
    /// The user's name, whether or not the simulator has heard of it.
    pub user: String,
    /// What was withdrawn, by number: `"8"` is the phone number, `"301"` everything.
    pub revoke_info: Option<String>,
}

impl PushEvent {
    /// An event of this kind that happened to this user.
    pub fn new(kind: impl Into<String>, user: impl AsRef<str>) -> Self {
        Self {
            kind: kind.into(),
            user: user.as_ref().into(),
            revoke_info: None,
        }
    }

    /// What was withdrawn. See [`PushEvent::revoke_info`].
    #[must_use]
    pub fn revoke_info(mut self, revoke_info: impl Into<String>) -> Self {
        self.revoke_info = Some(revoke_info.into());
        self
    }
}

/// An event in WeChat's fields.
///
/// In JSON the names of the last ones begin with a blank, as in WeChat's own sample.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Message<'a> {
    pub(super) to_user_name: &'a str,
    pub(super) from_user_name: &'a str,
    pub(super) create_time: i64,
    pub(super) msg_type: &'a str,
    pub(super) event: &'a str,
    #[serde(rename = " OpenID")]
    pub(super) openid: &'a str,
    #[serde(rename = " UnionID", skip_serializing_if = "Option::is_none")]
    pub(super) unionid: Option<&'a str>,
    #[serde(rename = " AppID")]
    pub(super) appid: &'a str,
    #[serde(rename = " RevokeInfo", skip_serializing_if = "Option::is_none")]
    pub(super) revoke_info: Option<&'a str>,
}

impl Message<'_> {
    pub(super) fn written(&self, format: PushFormat) -> String {
        match format {
            PushFormat::Json => json(self),
            PushFormat::Xml => self.xml(),
        }
    }

    fn xml(&self) -> String {
        let create_time = self.create_time.to_string();
        let fields = [
            ("ToUserName", Some(self.to_user_name)),
            ("FromUserName", Some(self.from_user_name)),
            ("CreateTime", Some(create_time.as_str())),
            ("MsgType", Some(self.msg_type)),
            ("Event", Some(self.event)),
            ("OpenID", Some(self.openid)),
            ("UnionID", self.unionid),
            ("AppID", Some(self.appid)),
            ("RevokeInfo", self.revoke_info),
        ];
        xml(fields
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?))))
    }
}

/// A message that hides another: safe mode.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Envelope<'a> {
    pub(super) to_user_name: &'a str,
    pub(super) encrypt: &'a str,
}

impl Envelope<'_> {
    pub(super) fn written(&self, format: PushFormat) -> String {
        match format {
            PushFormat::Json => json(self),
            PushFormat::Xml => xml([("ToUserName", self.to_user_name), ("Encrypt", self.encrypt)]),
        }
    }
}

fn json(message: &impl Serialize) -> String {
    serde_json::to_string(message).expect("structs of texts and numbers can be written as JSON")
}

/// Numbers stand as they are, texts in CDATA sections.
fn xml<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::from("<xml>");
    for (name, value) in fields {
        let is_number = name == "CreateTime";
        // A section cannot hold its own end, so it is parted there.
        let value = if is_number {
            value.to_owned()
        } else {
            format!("<![CDATA[{}]]>", value.replace("]]>", "]]]]><![CDATA[>"))
        };
        // Writing to a text cannot fail.
        let _ = write!(text, "<{name}>{value}</{name}>");
    }
    text.push_str("</xml>");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Message<'static> {
        Message {
            to_user_name: "gh_870882ca4b1",
            from_user_name: "owAqB1v0ahK_Xlc7GshIDdf2yf7E",
            create_time: 1_626_857_200,
            msg_type: "event",
            event: "user_authorization_revoke",
            openid: "owAqB1nqaOYYWl0Ng484G2z5NIwU",
            unionid: None,
            appid: "wx13974bf780d3dc89",
            revoke_info: Some("1"),
        }
    }

    #[test]
    fn messages_read_as_in_wechats_samples() {
        assert_eq!(
            message().written(PushFormat::Xml),
            "<xml><ToUserName><![CDATA[gh_870882ca4b1]]></ToUserName>\
             <FromUserName><![CDATA[owAqB1v0ahK_Xlc7GshIDdf2yf7E]]></FromUserName>\
             <CreateTime>1626857200</CreateTime><MsgType><![CDATA[event]]></MsgType>\
             <Event><![CDATA[user_authorization_revoke]]></Event>\
             <OpenID><![CDATA[owAqB1nqaOYYWl0Ng484G2z5NIwU]]></OpenID>\
             <AppID><![CDATA[wx13974bf780d3dc89]]></AppID><RevokeInfo><![CDATA[1]]></RevokeInfo></xml>"
        );
        assert_eq!(
            message().written(PushFormat::Json),
            r#"{"ToUserName":"gh_870882ca4b1","FromUserName":"owAqB1v0ahK_Xlc7GshIDdf2yf7E","CreateTime":1626857200,"MsgType":"event","Event":"user_authorization_revoke"," OpenID":"owAqB1nqaOYYWl0Ng484G2z5NIwU"," AppID":"wx13974bf780d3dc89"," RevokeInfo":"1"}"#
        );
    }

    #[test]
    fn text_cannot_leave_its_section() {
        let written = Message {
            event: "a]]><Event>b",
            ..message()
        }
        .written(PushFormat::Xml);
        assert!(
            written.contains("<Event><![CDATA[a]]]]><![CDATA[><Event>b]]></Event>"),
            "{written}"
        );
    }
}
