//! WeChat's own sample, others' captures, and everything that can be wrong with such data.

use super::*;
use aes::{Aes128, Block};
use base64::{Engine, prelude::BASE64_STANDARD};
use cbc::{
    Encryptor,
    cipher::{BlockModeEncrypt, KeyIvInit},
};
use serde_json::json;

const APPID: &str = "wx4f4bc4dec97d474b";
/// Of WeChat's own sample.
const KEY: &str = "tiihtNczf5v6AKRyjwEUhQ==";
const OTHER_KEY: &str = "HyVFkGl5F5OQWJZZaNzBBg==";
const IV: &str = "r7BXXKkLb8qrSNn05n0qiA==";
/// WeChat's own sample.
const OFFICIAL: &str = concat!(
    "CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrDcvSnxIMXFufNstNGTyaGS9uT5geRa0W4oTOb1WT7fJlAC+o",
    "NPdbB+3hVbJSRgv+4lGOETKUQz6OYStslQ142dNCuabNPGBzlooOmB231qMM85d2/fV6ChevvXvQP8Hkue1poOFtnE",
    "tpyxVLW1zAo6/1Xx1COxFvrc2d7UL/lmHInNlxuacJXwu0fjpXfz/YqYzBIBzD6WUfTIF9GRHpOn/Hz7saL8xz+W//",
    "FRAUid1OksQaQx4CMs8LOddcQhULW4ucetDf96JcR3g0gfRK4PC7E/r7Z6xNrXd2UIeorGj5Ef7b1pJAYB6Y5anaHq",
    "Z9J6nKEBvB4DnNLIVWSgARns/8wR2SiRS7MNACwTyrGvt9ts8p12PKFdlqYTopNHR1Vf7XjfhQlVsAJdNiKdYmYVoK",
    "laRv85IfVunYzO0IKXsyl7JCUjCpoG20f0a04COwfneQAGGwd5oa+T8yO5hzuyDb/XcxxmK01EpqOyuxINew==",
);
/// A phone number, by the key of WeChat's sample.
const PHONE: &str = concat!(
    "xT8p8W6jIVdEWQ+ccHuD2e4wlKOvkPACqSwR7g001A10cjwdM46gdn01GiQUKaqPzPDRMqCU65RqoH1SV87iasZARr",
    "/+0tJRzfFqQAAyBnqrunz9Sbe6xQGlPr95Uo9yjE99ESxT3XnOQPuKdl5rZfSNQ5buDDBr+Ws61W+bPCkMhx0d1Fi6",
    "SOOPHVJat4rQf7eQ2JOLhNBik4zpv3vJWA==",
);
/// What a library took for a success: padded wrongly, since the key was an older one.
const NOT_PADDED: &str = concat!(
    "BY6VOgcWbwGcyrunK0ECWI8rnDsT69DucZ+M78tc1aL9aM/3bEAHFYd4fu7kRjWhD4YfjObw44T9vUqKyHIjbKs6hv",
    "tEasZZEIW35x4a91xVgN48ZqZ7MTQqUlP13kDUlkuwYh+/8g8yceu4kNbjowYrhihx+SV7CfjKCveJ7TSepr5Z7aLv",
    "1o+rfeelfOwn++WN/YoQsuZ6S3L4fWlWe5DAAUnFUI6cJvxxCohVzbrVXhyH2AqQdSjH2WnMYFeaGFIbcoxMznlk7o",
    "EwFn+hBj63dyT/swdYQfEdzuyCBmKXy8d6l1RKVX6Y65coTD8kIlbr+FKsqYrXVUIUBSwehqYuOdhYWZ9Bntl5DWU1",
    "oqzAPCnMn2cAIoQpQPKP7IGSxMOvCNAMhVXbE7BvnWuVuGF+AM5tXAa9IVUhcMImGwLQqm4iV5uBd+5OcFObh3A4VJ",
    "k9iBCBWSkBHa/rV9CVoY0bFv2F9/2Hv82++Ybl274=",
);
const NOT_PADDED_KEY: &str = "7MG7jbTToVVRWRXVA885rg==";
const NOT_PADDED_IV: &str = "TarMFjnzHVxy8pdS93wQbw==";
/// Of WeChat's sample of a signature.
const RAW_DATA: &str = concat!(
    r#"{"nickName":"Band","gender":1,"language":"zh_CN","city":"Guangzhou","province":""#,
    r#"Guangdong","country":"CN","avatarUrl":"http://wx.qlogo.cn/mmopen/vi_32/1vZvI39NW"#,
    r#"FQ9XM4LtQpFrQJ1xlgZxx3w7bQxKARol6503Iuswjjn6nIGBiaycAjAtpujxyzYsrztuuICqIM5ibXQ/"#,
    r#"0"}"#,
);
const SIGNATURE: &str = "75e81ceda165f4ffa64f4068af58c64b8f54b88c";

fn key(text: &str) -> SessionKey {
    SessionKey::parse(text.into()).unwrap()
}

fn sealed(encrypted_data: &str, iv: &str) -> SealedData {
    SealedData {
        encrypted_data: encrypted_data.to_owned(),
        iv: iv.to_owned(),
        signed: None,
    }
}

fn opened(keys: &[&str], sealed: &SealedData) -> Option<Map<String, Value>> {
    let keys: Vec<_> = keys.iter().map(|text| key(text)).collect();
    open(&AppId::parse(APPID).unwrap(), &keys, sealed).ok()
}

/// Encrypts whole blocks by [`KEY`] and [`IV`].
fn encrypt(mut data: Vec<u8>) -> String {
    let iv: [u8; 16] = BASE64_STANDARD.decode(IV).unwrap().try_into().unwrap();
    let mut cipher = Encryptor::<Aes128>::new((&*key(KEY).bytes()).into(), (&iv).into());
    cipher.encrypt_blocks(Block::slice_as_chunks_mut(&mut data).0);
    BASE64_STANDARD.encode(data)
}

/// Pads and encrypts.
fn seal(text: &str) -> SealedData {
    let padding = 16 - text.len() % 16;
    let mut data = text.as_bytes().to_vec();
    data.resize(data.len() + padding, u8::try_from(padding).unwrap());
    sealed(&encrypt(data), IV)
}

#[test]
fn wechats_own_sample_and_a_phone_number_are_opened() {
    let person = opened(&[KEY], &sealed(OFFICIAL, IV)).unwrap();
    assert_eq!(person["nickName"], "Band");
    assert_eq!(person["unionId"], "ocMvos6NjeKLIBqg5Mr9QjxrP1FA");
    assert_eq!(person["watermark"]["timestamp"], 1_477_314_187);
    let phone = opened(&[KEY], &sealed(PHONE, IV)).unwrap();
    assert_eq!(phone["purePhoneNumber"], "13800138000");
}

#[test]
fn what_travel_does_to_base64_is_undone() {
    let wrapped = |with: &str| {
        let lines = OFFICIAL.as_bytes().chunks(76);
        let lines: Vec<_> = lines.map(|line| str::from_utf8(line).unwrap()).collect();
        lines.join(with)
    };
    for text in [
        wrapped("\n"),
        wrapped("\r\n"),
        wrapped("\n\t"),
        wrapped("\n  "),
        OFFICIAL.replace('+', " "),
        wrapped("\r\n").replace('+', " "),
        OFFICIAL.trim_end_matches('=').to_owned(),
    ] {
        assert!(
            opened(&[KEY], &sealed(&text, &format!(" {IV}\n"))).is_some(),
            "{text}"
        );
    }
}

#[test]
fn what_is_damaged_cut_or_by_another_key_is_not_opened_and_all_errors_are_one() {
    let appid = AppId::parse(APPID).unwrap();
    let other_app = AppId::parse("wx4f4bc4dec97d474c").unwrap();
    let mut flipped = BASE64_STANDARD.decode(OFFICIAL).unwrap();
    *flipped.last_mut().unwrap() ^= 1;
    let too_long = sealed(&"AAAA".repeat(4 * 1024 + 4), IV);
    for (appid, key_text, bad) in [
        (&appid, NOT_PADDED_KEY, sealed(NOT_PADDED, NOT_PADDED_IV)),
        (&appid, KEY, sealed(&format!("aaaa{OFFICIAL}"), IV)),
        (&appid, KEY, sealed(&OFFICIAL[..OFFICIAL.len() - 4], IV)),
        (&appid, KEY, sealed(&OFFICIAL[..512], IV)),
        (&appid, KEY, sealed(&BASE64_STANDARD.encode(flipped), IV)),
        (&appid, OTHER_KEY, sealed(OFFICIAL, IV)),
        (&other_app, KEY, sealed(OFFICIAL, IV)),
        (&appid, KEY, sealed(OFFICIAL, NOT_PADDED_IV)),
        (&appid, KEY, sealed(OFFICIAL, "AAAA")),
        (&appid, KEY, sealed(OFFICIAL, "")),
        (&appid, KEY, sealed("", IV)),
        (&appid, KEY, sealed("!", IV)),
        (&appid, KEY, too_long),
    ] {
        assert_eq!(
            open(appid, &[key(key_text)], &bad),
            Err(OpenDataRefused),
            "{} by {}",
            bad.encrypted_data,
            bad.iv
        );
    }
    assert_eq!(open(&appid, &[], &sealed(OFFICIAL, IV)), Err(OpenDataRefused));
}

#[test]
fn of_all_last_bytes_only_those_of_a_valid_padding_pass() {
    let text = json!({"watermark": {"appid": APPID}}).to_string();
    // Whole blocks of text, of which the last one ends in as many equal bytes as the last byte says, where it can.
    for last in 0..=255_u8 {
        let count = usize::from(last);
        let length = text.len() + count.min(16) + 32;
        let length = length.next_multiple_of(16);
        let mut data = text.clone().into_bytes();
        data.resize(length - count.min(16), b' ');
        data.resize(length, last);
        data[length - 1] = last;
        let passes = opened(&[KEY], &sealed(&encrypt(data.clone()), IV)).is_some();
        assert_eq!(passes, (1..=16).contains(&last), "{last}");
        if (2..=16).contains(&last) {
            data[length - count] ^= 1;
            assert!(opened(&[KEY], &sealed(&encrypt(data), IV)).is_none(), "{last}");
        }
    }
}

#[test]
fn only_an_object_with_one_watermark_of_the_app_is_taken() {
    let ours = json!({"appid": APPID});
    assert!(opened(&[KEY], &seal(&json!({"watermark": ours}).to_string())).is_some());
    for bad in [
        "{}".to_owned(),
        json!([{"watermark": ours}]).to_string(),
        json!({"watermark": APPID}).to_string(),
        json!({"watermark": {}}).to_string(),
        json!({"watermark": {"appid": null}}).to_string(),
        json!({"Watermark": ours}).to_string(),
        format!(r#"{{"watermark":{{"appid":"wx0000000000000000"}},"watermark":{ours}}}"#),
        format!(r#"{{"watermark":{{"appid":"wx0000000000000000","appid":"{APPID}"}}}}"#),
        format!(r#"{{"watermark":{ours}}} "#).repeat(2),
        format!(r#"{{"watermark":{ours}"#),
    ] {
        assert!(opened(&[KEY], &seal(&bad)).is_none(), "{bad}");
    }
    let mut not_utf8 = json!({"watermark": ours, "nickName": "?"})
        .to_string()
        .into_bytes();
    let at = not_utf8.iter().position(|&byte| byte == b'?').unwrap();
    not_utf8[at] = 0xff;
    let padding = 16 - not_utf8.len() % 16;
    not_utf8.resize(not_utf8.len() + padding, u8::try_from(padding).unwrap());
    assert!(opened(&[KEY], &sealed(&encrypt(not_utf8), IV)).is_none());
}

#[test]
fn keys_are_tried_in_their_order() {
    for keys in [
        &[KEY, OTHER_KEY][..],
        &[OTHER_KEY, KEY],
        &[OTHER_KEY, NOT_PADDED_KEY, KEY],
    ] {
        assert!(opened(keys, &sealed(OFFICIAL, IV)).is_some());
    }
    assert!(opened(&[OTHER_KEY, NOT_PADDED_KEY], &sealed(OFFICIAL, IV)).is_none());
}

#[test]
fn a_signature_is_wechats_own_sample() {
    let signed = SignedData {
        raw_data: RAW_DATA.to_owned(),
        signature: SIGNATURE.to_owned(),
    };
    assert!(is_signed_by(&key(OTHER_KEY), &signed));
    assert!(!is_signed_by(&key(KEY), &signed));
    let changed = SignedData {
        raw_data: RAW_DATA.replace("Band", "Bond"),
        ..signed
    };
    assert!(!is_signed_by(&key(OTHER_KEY), &changed));
}

#[test]
fn the_key_that_opens_must_be_the_key_that_signed() {
    let with = |signature: &str| SealedData {
        signed: Some(SignedData {
            raw_data: RAW_DATA.to_owned(),
            signature: signature.to_owned(),
        }),
        ..sealed(OFFICIAL, IV)
    };
    let sign = |key_text: &str| crate::hex::hex(&Sha1::digest(format!("{RAW_DATA}{key_text}")));
    assert!(opened(&[OTHER_KEY, KEY], &with(&sign(KEY))).is_some());
    assert_eq!(sign(OTHER_KEY), SIGNATURE);
    assert!(opened(&[OTHER_KEY, KEY], &with(SIGNATURE)).is_none());
    assert!(opened(&[KEY], &with("")).is_none());
    let too_long = SealedData {
        signed: Some(SignedData {
            raw_data: "a".repeat(16 * 1024 + 1),
            signature: crate::hex::hex(&Sha1::digest(format!("{}{KEY}", "a".repeat(16 * 1024 + 1)))),
        }),
        ..sealed(OFFICIAL, IV)
    };
    assert!(opened(&[KEY], &too_long).is_none());
}
