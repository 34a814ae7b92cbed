//! Messages as WeChat pushes them, in both forms.

use crate::stage::{APPID, Stage};
use hufu_core::{
    Clock,
    connector::WechatConnector,
    wechat_app::PushKeys,
    wechat_push::{Delivery, PushEvent, PushMessage, PushRefused},
};
use hufu_wxsim::{DeliveryOptions, Push, PushFormat, PushTamper};

const TOKEN: &str = "hufutesttoken";
const AES_KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

impl Stage {
    fn configure(&self, format: PushFormat, safe: bool) {
        let push = Push {
            url: "http://127.0.0.1:1/".into(),
            token: TOKEN.into(),
            encoding_aes_key: AES_KEY.into(),
            format,
            safe,
        };
        self.sim.configure_push(APPID, push).unwrap();
    }

    fn read(&self, sent: &hufu_wxsim::Delivery) -> Result<PushMessage, PushRefused> {
        self.wechat
            .read_push(&self.app.appid, &keys(), &delivery(sent), self.clock.now())
    }

    fn sent(&self, kind: &str, options: DeliveryOptions) -> hufu_wxsim::Delivery {
        let event = hufu_wxsim::PushEvent::new(kind, "alice").revoke_info("8");
        self.sim.push_delivery_with(APPID, &event, options).unwrap()
    }
}

fn keys() -> PushKeys {
    PushKeys {
        token: TOKEN.into(),
        encoding_aes_key: AES_KEY.into(),
    }
}

fn delivery(sent: &hufu_wxsim::Delivery) -> Delivery<'_> {
    let parameter = |name| {
        let found = sent.query.iter().find(|(other, _)| other == name);
        found.map_or("", |(_, value)| value.as_str())
    };
    Delivery {
        signature: parameter("signature"),
        msg_signature: parameter("msg_signature"),
        timestamp: parameter("timestamp"),
        nonce: parameter("nonce"),
        body: sent.body.as_bytes(),
    }
}

#[tokio::test]
async fn events_are_read_in_either_form() {
    let stage = Stage::set().await;
    for format in [PushFormat::Xml, PushFormat::Json] {
        stage.configure(format, true);
        for (kind, expected) in [
            (
                "user_authorization_revoke",
                PushEvent::AuthorizationRevoked(vec![8]),
            ),
            ("user_authorization_cancellation", PushEvent::AccountClosed),
            ("user_info_modified", PushEvent::InfoModified),
            ("wxa_something_new", PushEvent::Other("wxa_something_new".into())),
        ] {
            let sent = stage.sent(kind, DeliveryOptions::default());
            let message = stage.read(&sent).unwrap();
            assert_eq!(message.event, expected);
            assert_eq!(message.openid, Some(stage.alice()));
            assert_eq!(stage.read(&sent).unwrap().digest, message.digest);
        }
    }
}

#[tokio::test]
async fn what_is_forged_stale_or_plain_is_refused() {
    let stage = Stage::set().await;
    for format in [PushFormat::Xml, PushFormat::Json] {
        stage.configure(format, true);
        let refused = |options| {
            let sent = stage.sent("user_authorization_cancellation", options);
            stage.read(&sent).unwrap_err()
        };
        for tamper in [
            PushTamper::Signature,
            PushTamper::Appid,
            PushTamper::Padding,
            PushTamper::Body,
        ] {
            let options = DeliveryOptions {
                tamper: Some(tamper),
                ..DeliveryOptions::default()
            };
            assert_eq!(refused(options), PushRefused::NotWechat, "{tamper:?}");
        }
        for timestamp_skew in [-601, 601] {
            let options = DeliveryOptions {
                timestamp_skew,
                ..DeliveryOptions::default()
            };
            assert_eq!(refused(options), PushRefused::NotFresh);
        }
        stage.configure(format, false);
        assert_eq!(refused(DeliveryOptions::default()), PushRefused::NotEncrypted);
    }
}

#[tokio::test]
async fn wechats_question_about_the_url_is_told_from_others() {
    let stage = Stage::set().await;
    stage.configure(PushFormat::Xml, true);
    let sent = stage.sent("user_info_modified", DeliveryOptions::default());
    let question = Delivery {
        body: b"",
        ..delivery(&sent)
    };
    let check = |question| stage.wechat.check_push_url(&keys(), &question, stage.clock.now());
    assert_eq!(check(question), Ok(()));
    let forged = Delivery {
        nonce: "1",
        ..question
    };
    assert_eq!(check(forged), Err(PushRefused::NotWechat));
    stage.clock.advance(601);
    assert_eq!(
        stage.wechat.check_push_url(&keys(), &question, stage.clock.now()),
        Err(PushRefused::NotFresh)
    );
}
