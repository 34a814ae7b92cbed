//! WeChat's published example, and keys of our own.

use super::*;
use aws_lc_rs::signature::{KeyPair as _, UnparsedPublicKey};
use hufu_core::Invalid;
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use std::sync::LazyLock;

pub(crate) const URL: &str = "https://api.weixin.qq.com/wxa/getuserriskrank";
pub(crate) const APPID: &str = "wxba6223c06417af7b";
pub(crate) const SN: &str = "fa05fe1e5bcc79b81ad5ad4b58acf787";
pub(crate) const KEY: &str = "otUpngOjU+nVQaWJIC3D/yMLV17RKaP6t4Ot9tbnzLY=";
pub(crate) const SERIAL_OF_PLATFORM: &str = "79ba700ea147819f640941bceb38b1d1";
pub(crate) const ANSWERED_AT: i64 = 1_635_927_956;
const ASKED_AT: i64 = 1_635_927_954;
const ASKED_IV: &str = "fmW/zNxXlytUZBgj";
const ASKED_TAG: &str = "5qeM/2vZv+6KtScN94IpMg==";
const ASKED_INSIDE: &str = concat!(
    r#"{"_n":"o89QaPVsRu1yppIZzvSZc4","_appid":"wxba6223c06417af7b","_timestamp":163592"#,
    r#"7954,"appid":"wxba6223c06417af7b","openid":"oEWzBfmdLqhFS2mTXCo2E4Y9gJAM","scene"#,
    r#"":0,"client_ip":"127.0.0.1"}"#,
);
const ASKED_DATA: &str = concat!(
    "0IDVdrPtSPF/Oe2CTXCV2vVNPbVJdJlP2WaTMQnoYLh5iCrrSNfQFh25EnStDMf0hLlVNBCZQtf9NaV0m4aRA4AAYI",
    "O7oR/Ge+4yY4EmZp5EVPB42xjScgMx5X3D4VdLCfynXIUKUtZHZvk1zmLVE3RauzJgiM1BB1CPmwcENo3MTJ0z8Vfk",
    "f5tMv54kOXobDLlV5rfqKdAX7gM/rP82DgZdt9vvZX44ipdbHIjJvw83ZXAFtvftdVw2Qd8=",
);
pub(crate) const ANSWER: &str = concat!(
    r#"{"iv":"r2WDQt56rEAmMuoR","data":"HExs66Ik3el+iM4IpeQ7SMEN934FRLFYOd3EmeaIrpP4EPT"#,
    r#"Hckoco6O+PaoRZRa3lqaPRZT7r52f7LUok6gLxc6cdR8C4vpIIfh4xfLC4L7FNy9GbuMK1hcoi8b7gkW"#,
    r#"JcwZMkuCFNEDmqn3T49oWzAQOrY4LZnnnykv6oUJotdAsnKvmoJkLK7hRh7M2B1d2UnTnRuoIyarXc5I"#,
    r#"ojwoghx4BOvnV","authtag":"z2BFD8QctKXTuBlhICGOjQ=="}"#,
);
const ANSWER_INSIDE: &str = concat!(
    r#"{"_n":"ShYZpqdVgY+yQVAxNSWhYg","_appid":"wxba6223c06417af7b","_timestamp":163592"#,
    r#"7956,"errcode":0,"errmsg":"getuserriskrank succ","risk_rank":0,"unoin_id":225865"#,
    r#"8297}"#,
);
pub(crate) const ANSWER_SIGNATURE: &str = concat!(
    "Ht0VfQkkEweJ4hU266C14Aj64H9AXfkwNi5zxUZETCvR2svU1ZYdosDhFX/voLj1TyszqKsVxAlENGt7PPZZ8RQX7j",
    "nA4SKhiPUhW4LTbyTenisHJ+ohSfDjYnXavjQsBHspFS+BlPHuSSJ2xyQzw1+HuC6nid09ZL4FnGSYo4OI5MJrSb9x",
    "LzIVZMIDuUQchGKi/KaB1KzxECLEZcfjqbAgmxC7qOmuBLyO1WkHYDM95NJrHJWba5xv4wrwPru9yYTJSNRnlM+zrW",
    "5w9pOubC4Jtj3szTAEuOz9AcqUmgaAvMLNAIa8hfODLRe3n/cu4SgYlN/ZkNRU4QXVNbPGMg==",
);
pub(crate) const CERTIFICATE_OF_PLATFORM: &str = "-----BEGIN CERTIFICATE-----
MIID0jCCArqgAwIBAgIUeE+Yy7vM/o+eHHsfM+1bGJJEZTQwDQYJKoZIhvcNAQEL
BQAwXjELMAkGA1UEBhMCQ04xEzARBgNVBAoTClRlbnBheS5jb20xHTAbBgNVBAsT
FFRlbnBheS5jb20gQ0EgQ2VudGVyMRswGQYDVQQDExJUZW5wYXkuY29tIFJvb3Qg
Q0EwHhcNMjIwOTA1MDgzOTIyWhcNMjcwOTA0MDgzOTIyWjBkMRswGQYDVQQDDBJ3
eGQ5MzBlYTVkNWEyNThmNGYxFTATBgNVBAoMDFRlbmNlbnQgSW5jLjEOMAwGA1UE
CwwFV3hnTXAxCzAJBgNVBAYMAkNOMREwDwYDVQQHDAhTaGVuWmhlbjCCASIwDQYJ
KoZIhvcNAQEBBQADggEPADCCAQoCggEBAM5D9qlkCmk1kr3FpF0e9pc3kGsvz5RA
0/YRny9xPKIyV2UVMDZvRQ+mDHsiQQFE6etg457KFYSxTDKtItbdl6hJQVGeAvg0
mqPYE9SkHRGTfL/AnXRbKBG2GC2OcaPSAprsLOersjay2me+9pF8VHybV8aox78A
NsU75G/OO3V1iEE0s5Pmglqk8DEiw9gB/dGJzsNfXwzvyJyiUP9ZujYexyjsS+/Z
GdSOUkqL/th+16yHj8alcdyga6YGfWEDyWkt/i/B28cwx4nzwk8xgrurifPaLuMk
0+9wJQLCfAn/f7zyHrC8PcD1XvvRt9VBNMBASXs3710ODyyVf2lkMgkCAwEAAaOB
gTB/MAkGA1UdEwQCMAAwCwYDVR0PBAQDAgTwMGUGA1UdHwReMFwwWqBYoFaGVGh0
dHA6Ly9ldmNhLml0cnVzLmNvbS5jbi9wdWJsaWMvaXRydXNjcmw/Q0E9MUJENDIy
MEU1MERCQzA0QjA2QUQzOTc1NDk4NDZDMDFDM0U4RUJEMjANBgkqhkiG9w0BAQsF
AAOCAQEAL2MK9tYu+ljLVBlSbfEeaKyF07TN+G31Ya5NBzeS1ZCx4joUEIyACWmG
fUkKNKiKV+EMzxeEhKRso1Qif3E7Ipl+PQBoQw6OSR/jFHciYurnGR9CLkL03Zo1
qw1Xetv9OipsvlpA0SOWc207e/XpGdm8C7FMXM6bzvVp8I/STTjC1vqjIZu9WavI
RgGM4jyAPz2XogUq0BNijef8BXbbav9fAsXjHSwn5BQv4iLms3fiLm/eoyQ6dZ2R
oTudrlcyr1bG4vwETLmHF+3yfVp9dpvJ+lyfiviwDwyfa8t2WlJm27DuF4vWoxir
mjgj9tDutIFqxLIovLyg3uiAYtSQ/Q==
-----END CERTIFICATE-----
";

/// An RSA key that costs a good part of a second.
pub(crate) static OURS: LazyLock<KeyPair> =
    LazyLock::new(|| KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap());

/// Those of the example, with a private key of our own.
pub(crate) fn config() -> ApiSecurity {
    ApiSecurity {
        symmetric_sn: SN.to_owned(),
        symmetric_key: KEY.into(),
        private_key: OURS.serialize_pem().into(),
        platform_serial: SERIAL_OF_PLATFORM.to_owned(),
        platform_certificate: CERTIFICATE_OF_PLATFORM.to_owned(),
    }
}

fn keys() -> Keys {
    Keys::read(&config()).ok().unwrap()
}

fn at(timestamp: i64) -> Context<'static> {
    Context {
        url: URL,
        appid: APPID,
        timestamp,
    }
}

/// The text with one character of its middle changed, for another of its alphabet.
pub(crate) fn flipped(text: &str) -> String {
    let at = text.len() / 2;
    let other = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
    format!("{}{other}{}", &text[..at], &text[at + 1..])
}

#[test]
fn the_published_request_is_reproduced_and_read() {
    let iv = BASE64_STANDARD.decode(ASKED_IV).unwrap().try_into().unwrap();
    let body = keys().seal(&at(ASKED_AT), iv, ASKED_INSIDE).unwrap();
    let sealed: SealedBody = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (&*sealed.iv, &*sealed.data, &*sealed.authtag),
        (ASKED_IV, ASKED_DATA, ASKED_TAG)
    );
    let inside = keys().open(&at(ASKED_AT), &body).unwrap();
    assert_eq!(str::from_utf8(&inside).unwrap(), ASKED_INSIDE);
}

#[test]
fn the_published_answer_is_verified_and_read() {
    let keys = keys();
    assert!(keys.is_platform(SERIAL_OF_PLATFORM));
    assert!(keys.has_platform_signed(&at(ANSWERED_AT), ANSWER, ANSWER_SIGNATURE));
    let inside = keys.open(&at(ANSWERED_AT), ANSWER).unwrap();
    assert_eq!(str::from_utf8(&inside).unwrap(), ANSWER_INSIDE);
}

#[test]
fn one_byte_that_is_another_spoils_it_wherever_it_is() {
    let keys = keys();
    let others = [
        Context {
            url: "https://api.weixin.qq.com/wxa/getuserriskranl",
            ..at(ANSWERED_AT)
        },
        Context {
            appid: "wxba6223c06417af7c",
            ..at(ANSWERED_AT)
        },
        at(ANSWERED_AT + 1),
    ];
    for context in &others {
        assert!(!keys.has_platform_signed(context, ANSWER, ANSWER_SIGNATURE));
        assert!(keys.open(context, ANSWER).is_none());
    }
    assert!(!keys.has_platform_signed(&at(ANSWERED_AT), ANSWER, &flipped(ANSWER_SIGNATURE)));
    for bad in ["", "AAAA", "!"] {
        assert!(!keys.has_platform_signed(&at(ANSWERED_AT), ANSWER, bad));
    }
    let sealed: SealedBody = serde_json::from_str(ANSWER).unwrap();
    for part in [sealed.iv, sealed.data, sealed.authtag] {
        let changed = ANSWER.replace(&part, &flipped(&part));
        assert_ne!(changed, ANSWER);
        assert!(!keys.has_platform_signed(&at(ANSWERED_AT), &changed, ANSWER_SIGNATURE));
        assert!(keys.open(&at(ANSWERED_AT), &changed).is_none(), "{part}");
        let cut = ANSWER.replace(&part, "");
        assert!(keys.open(&at(ANSWERED_AT), &cut).is_none(), "{part}");
    }
    let other_key = ApiSecurity {
        symmetric_key: flipped(KEY).into(),
        ..config()
    };
    assert!(
        Keys::read(&other_key)
            .ok()
            .unwrap()
            .open(&at(ANSWERED_AT), ANSWER)
            .is_none()
    );
    let other_sn = ApiSecurity {
        symmetric_sn: flipped(SN),
        ..config()
    };
    assert!(
        Keys::read(&other_sn)
            .ok()
            .unwrap()
            .open(&at(ANSWERED_AT), ANSWER)
            .is_none()
    );
}

#[test]
fn what_we_sign_is_verified_by_our_public_key() {
    let keys = keys();
    let signature = BASE64_STANDARD.decode(keys.sign(&at(1), "{}").unwrap()).unwrap();
    let public = UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, keys.private.public_key());
    let text = format!("{URL}\n{APPID}\n1\n{{}}");
    assert!(public.verify(text.as_bytes(), &signature).is_ok());
    assert!(public.verify(format!("{text} ").as_bytes(), &signature).is_err());
}

fn pem(label: &str, der: &[u8]) -> String {
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        BASE64_STANDARD.encode(der)
    )
}

#[test]
fn a_private_key_may_be_of_either_format() {
    let pkcs8 = OURS.serialize_der();
    // Inside a PKCS #8 of 2048 bits there is a PKCS #1 from its 26th byte on.
    let pkcs1 = pem("RSA PRIVATE KEY", &pkcs8[26..]);
    for private_key in [pem("PRIVATE KEY", &pkcs8), pkcs1] {
        let config = ApiSecurity {
            private_key: private_key.into(),
            ..config()
        };
        assert!(Keys::read(&config).is_ok());
    }
}

#[test]
fn whoever_gives_a_key_that_cannot_be_used_is_told_which_and_why() {
    let elliptic = KeyPair::generate().unwrap();
    let certificate = CertificateParams::default().self_signed(&elliptic).unwrap().pem();
    let refused = |change: &dyn Fn(&mut ApiSecurity), member: &str, says: &str| {
        let mut config = config();
        change(&mut config);
        let (named, Invalid(why)) = Keys::read(&config).err().unwrap();
        assert_eq!(named, member);
        assert!(why.contains(says), "{why}");
    };
    let only = "only AES256_GCM with RSAwithSHA256 is supported";
    let key = |bytes: usize| BASE64_STANDARD.encode(vec![1; bytes]);
    refused(
        &|config| config.symmetric_key = key(16).into(),
        "symmetric_key",
        only,
    );
    for bad in [key(31), key(33), String::new(), "!".into()] {
        refused(
            &|config| config.symmetric_key = bad.clone().into(),
            "symmetric_key",
            "32 bytes",
        );
    }
    let pem_of = |der: &[u8]| pem("PRIVATE KEY", der);
    refused(
        &|config| config.private_key = elliptic.serialize_pem().into(),
        "private_key",
        only,
    );
    refused(
        &|config| config.private_key = pem_of(&[0x30, 0]).into(),
        "private_key",
        only,
    );
    refused(
        &|config| config.private_key = pem("EC PRIVATE KEY", &[0x30, 0]).into(),
        "private_key",
        only,
    );
    refused(
        &|config| config.private_key = "hunter2".into(),
        "private_key",
        "PKCS #8",
    );
    refused(
        &|config| config.platform_certificate = certificate.clone(),
        "platform_certificate",
        only,
    );
    for bad in [String::new(), OURS.serialize_pem(), pem("CERTIFICATE", b"0")] {
        let change = |config: &mut ApiSecurity| config.platform_certificate = bad.clone();
        refused(&change, "platform_certificate", "WeChat's certificate");
    }
    refused(
        &|config| config.symmetric_sn.clear(),
        "symmetric_sn",
        "serial number",
    );
    refused(
        &|config| config.platform_serial = "a b".into(),
        "platform_serial",
        "serial number",
    );
}
