//! What a new password may and may not be.

use super::*;
use hufu_core::password::PasswordSettings;

/// A policy of eight characters, for a service and a tenant with names.
fn verdict(password: &str) -> Result<(), PasswordRefused> {
    let names = vec!["Hufu".to_owned(), "Blue Lake Café".to_owned(), "虎符".to_owned()];
    let policy = PasswordPolicy::new(PasswordSettings { min_length: 8 }, names);
    let username = Username::parse("Zhang.Sanfeng").unwrap();
    check(&policy, password, Some(&username))
}

fn all(passwords: &[&str], expected: Result<(), PasswordRefused>) {
    for password in passwords {
        assert_eq!(verdict(password), expected, "{password}");
    }
}

#[test]
fn the_length_is_counted_in_code_points() {
    let strict = PasswordPolicy::default();
    let short = Err(PasswordRefused::TooShort { min_length: 15 });
    assert_eq!(check(&strict, "xk7qvm2pzr9wtd", None), short);
    assert_eq!(check(&strict, "xk7qvm2pzr9wtd4", None), Ok(()));
    // Seven characters of 21 bytes, and eight.
    all(
        &["", "xk7qvm2", "蝴蝶飞过沧海吗"],
        Err(PasswordRefused::TooShort { min_length: 8 }),
    );
    all(&["xk7qvm2p", "蝴蝶飞不过沧海吗"], Ok(()));
    let unusual = "虎qx7Ω".repeat(26);
    let longest: String = unusual.chars().take(128).collect();
    assert_ne!(verdict(&longest), Err(PasswordRefused::TooLong));
    assert_eq!(verdict(&unusual), Err(PasswordRefused::TooLong));
}

#[test]
fn nothing_is_asked_of_the_composition() {
    all(
        &[
            "tqkzvbwmhx",
            "83920174650291",
            "correct horse lamp violin",
            "我的猫喜欢在雨天睡觉",
            "ТкаченкоЛюбитЧай",
            "$%*?;&=)§~^°",
            "🐯🎋🏮🍵🐼🌉🚲🎐",
            "   spaces around   ok   ",
        ],
        Ok(()),
    );
}

#[test]
fn control_characters_are_refused() {
    all(
        &["xk7qvm2pzr\n", "xk7q\tvm2pzr", "xk7qvm2p\0zr", "xk7qvm2pzr\u{85}"],
        Err(PasswordRefused::ControlCharacter),
    );
}

#[test]
fn common_passwords_are_refused_in_any_dress() {
    all(
        &[
            "password",
            "PassWord",
            "ｐａｓｓｗｏｒｄ",
            "p4$$w0rd",
            "P@ssw0rd!",
            "Password123456789",
            "Password2024!",
            "password!!!!!!!!!!!!",
            "passwordpassword",
            "password.password.password",
            "drowssap password",
            "1111password1111",
            "iloveyou",
            "Trustno1!",
            "woaini1314",
            "WoAiNi.5201314",
            "zhongguo2008",
            "Zhangwei1988",
            "admin@123",
            "correcthorsebatterystaple",
            "Correct Horse Battery Staple",
            "dragon monkey 12",
            "5unsh1ne2023",
            "1l0vey0u",
        ],
        Err(PasswordRefused::Common),
    );
}

#[test]
fn what_is_made_of_patterns_is_refused() {
    all(
        &[
            "bcdefghijklmnop",
            "fghjklfghjkl",
            "ZZZZZZZZZZZZZZZ",
            "xkxkxkxkxkxkxkxk",
            "x x x x x x x x",
            "31.12.1988/30.11.1987",
            "2031-01-02 2032",
            "17712345678a",
            "13871926405",
            "................",
            "98765432 bcdefg",
        ],
        Err(PasswordRefused::Predictable),
    );
}

#[test]
fn the_username_and_the_names_of_the_service_are_refused() {
    all(
        &["zhang.sanfeng", "ZhangSanfeng!", "sanfeng2024", "Zh4ngS4nf3ng99"],
        Err(PasswordRefused::ContainsUsername),
    );
    all(
        &["hufuhufu!", "BlueLakeCafé", "bluelake123", "虎符虎符虎符虎符"],
        Err(PasswordRefused::ContainsName),
    );
    all(&["sanfeng kqzv wpx", "blue heron at dawn", "hufu-mrx7qd"], Ok(()));
    assert_eq!(
        check(
            &PasswordPolicy::new(PasswordSettings { min_length: 8 }, vec![]),
            "sanfeng2024",
            None
        ),
        Ok(())
    );
}

#[test]
fn a_common_word_among_enough_else_is_no_harm() {
    all(
        &[
            "password-xk7qvm",
            "dragons eat seven mangoes",
            "monkeydragonshadow and me",
            "Tr0ub4dor&3",
        ],
        Ok(()),
    );
}

#[test]
fn the_longest_of_passwords_are_judged_as_well() {
    let eighteen_each = "\u{fdfa}".repeat(128);
    assert_eq!(verdict(&eighteen_each), Ok(()));
    assert_eq!(verdict(&"龘".repeat(128)), Err(PasswordRefused::Predictable));
    let unlike: String = (0..128_u32)
        .filter_map(|n| char::from_u32(0x4e00 + n * 37))
        .collect();
    assert_eq!(verdict(&unlike), Ok(()));
    assert_eq!(verdict(&"a".repeat(128)), Err(PasswordRefused::Predictable));
    assert_eq!(verdict(&"s3cret!w".repeat(16)), Err(PasswordRefused::Common));
}

#[test]
fn no_refusal_says_what_the_password_is() {
    for refused in [
        verdict("zhang.sanfeng").unwrap_err(),
        verdict("iloveyou").unwrap_err(),
    ] {
        let said = format!("{refused} {refused:?} {}", refused.as_str());
        assert!(!said.contains("sanfeng") && !said.contains("love"), "{said}");
    }
}
