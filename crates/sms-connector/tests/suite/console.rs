//! The console: for development, and only where it was asked for.

use crate::stage::{CODE, Stage, message};
use hufu_core::sms::{SmsFate, SmsSender, SmsVendor};
use secrecy::ExposeSecret;
use std::sync::{Arc, Mutex};

#[tokio::test]
async fn a_code_is_shown_to_whoever_gave_a_sink_and_to_nobody_else() {
    let stage = Stage::set().await;
    let error = stage.api.send(&SmsVendor::Console, &message()).await.unwrap_err();
    assert_eq!(
        (error.fate, error.advice.is_some()),
        (SmsFate::Misconfigured, true)
    );

    let shown = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&shown);
    let api = stage
        .astray("http://127.0.0.1:1")
        .with_console(Box::new(move |message| {
            sink.lock().unwrap().push(message.code.expose_secret().to_owned());
        }));
    let sent = api.send(&SmsVendor::Console, &message()).await.unwrap();
    assert_eq!(sent.vendor_id, None);
    assert_eq!(*shown.lock().unwrap(), [CODE]);
}
