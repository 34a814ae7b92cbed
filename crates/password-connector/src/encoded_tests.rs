//! Hashes of other products. Each vector says what made it; those without a name of a document were made for this test, of
//! `correct 虎符 staple`.

use super::*;
use crate::memory::Memory;

pub(crate) const PASSWORD: &str = "correct 虎符 staple";

/// Of [`PASSWORD`].
pub(crate) const IMPORTED: [&str; 19] = [
    // Python's bcrypt 5.0.0; $2y$ is PHP's name for what others call $2b$.
    "$2a$08$GpMKYv16ohFmS3ppyPJ.7eRW/AItu5k3ARO.9/CIQA6Q2Y8A4KFJK",
    "$2b$08$fZgCIOZwuNdJCXfMzcH5xOpXDmQ0w/0kFAXhcsNXrB.cKWNVHQk7W",
    "$2y$08$Qs5URQi5cFo1Mwv/8pWC0.nLkacT7mI21YBthahgUh6/E6ywxfmNy",
    // argon2-cffi 25.1.0.
    "$argon2id$v=19$m=8192,t=2,p=2$3Pgy7m5AEzRGhY5xUSRfpg$Ge4/3raH9NRbmxN4ji+fV/QsHCkj2J3tb+4qRyOfeSc",
    "$argon2i$v=19$m=8192,t=2,p=2$4p3Dou7/4xObmov+2dGbMw$e4JBIuxgEnusYY7uC4gEpufafiXo3LA/aGmY5oDL/UM",
    "$argon2d$v=19$m=8192,t=2,p=2$vsTzbCuiyU09KYXQY5pacA$j5CDFSkVDJVuV0O2C1GA+bjN2G9HC8ZanwN0qZDDark",
    "$argon2id$v=16$m=8192,t=2,p=1$+kFDpfgj37fYnS++Z3HRRQ$0mS07D4401VvKfnjZjZiZsuRmZnZ1xPSQQ7FbQlpYiY",
    "$argon2id$m=8192,t=2,p=1$+kFDpfgj37fYnS++Z3HRRQ$0mS07D4401VvKfnjZjZiZsuRmZnZ1xPSQQ7FbQlpYiY",
    // passlib 1.7.4.
    "$pbkdf2-sha256$10000$55zzHmPsvdc657w3ppRyDg$oXD6aiMpUnnIbe0sqAujkZpjxYr9oLJ8icU5pa6stno",
    "$pbkdf2-sha512$10000$hdAaY2yN0TpnjHEuhVDKOQ$ZBzydJ.slKOQOm6fgqxM23Tk84ivSeueywfRoflJC1rN./cDppY0nts63kcH6UcuHKWJdAbUQQarq2y3gODxzg",
    "$scrypt$ln=13,r=8,p=1$3htjzLlXSun9f+89p9T6vw$kSomIwwlLAeXU4mzFkw96zAHfwaFJOeNgN1BJQVW6IQ",
    // Python's hashlib, written as PHC strings.
    "$pbkdf2-sha256$i=10000,l=32$SVXx5gmpx9oaIc2PZ/HNLA$G1ihHEasBlHhA5taA/lCRvnYeZZcxzgXGaj/Wma3Mxg",
    "$pbkdf2-sha256$i=10000$SVXx5gmpx9oaIc2PZ/HNLA$G1ihHEasBlHhA5taA/lCRvnYeZZcxzgXGaj/Wma3Mxg",
    "$pbkdf2-sha512$i=10000,l=64$SVXx5gmpx9oaIc2PZ/HNLA$DjKu/2rl/EZLVK/2jmmn9onx1rOedLYzMaHwxb7KP3uzmisWcdPup+/G5Byg7Xyncsysh+500bmMY3NdfRe/0Q",
    "$pbkdf2-sha512$i=10000$SVXx5gmpx9oaIc2PZ/HNLA$DjKu/2rl/EZLVK/2jmmn9onx1rOedLYzMaHwxb7KP3uzmisWcdPup+/G5Byg7Xyncsysh+500bmMY3NdfRe/0Q",
    "$scrypt$ln=13,r=8,p=2$SVXx5gmpx9oaIc2PZ/HNLA$4BF/hWl65dk0QYRPNPGY0Fu2bUEmmcjLBXAXzRgFpmA",
    // Django 5.2.
    "pbkdf2_sha256$10000$Xk2pQ7vLr9sT0aBc3dEf4g$A3Ye1yHQEj5INAdhktu6So7t4ZX6NKrg/05/k0+uJeg=",
    // The same form, by hashlib.
    "pbkdf2_sha512$10000$Xk2pQ7vLr9sT$Y7kEEAIgtyCZjT6rJ7ELcXQGCL/rQrHIWowJYhqpx5L+XOsk7LP+ML/r3WvwJg4N/z7V6seghxI+RkusGzRGRg==",
    // bcrypt's last characters carry bits that nobody looks at: $2b$ from above, with one of them set.
    "$2b$08$fZgCIOZwuNdJCXfMzcH5xOpXDmQ0w/0kFAXhcsNXrB.cKWNVHQk7X",
];

const PUBLISHED: [(&str, &str); 5] = [
    // RFC 7914 §12.
    (
        "pleaseletmein",
        "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw",
    ),
    // The Argon2 reference implementation, src/test.c.
    (
        "password",
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    ),
    (
        "password",
        "$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ",
    ),
    // jBCrypt, TestBCrypt.java.
    (
        "abcdefghijklmnopqrstuvwxyz",
        "$2a$08$aTsUwsyowQuzRrDqFflhgekJ8d9/7Z3GV3UcgvzQW3J5zMyrTvlz.",
    ),
    ("", "$2a$08$HqWuK6/Ng6sg9gQzbLrgb.Tl.ZHfXLhvt/SgVyWhQqgqcZ7ZuUtye"),
];

fn is_of(text: &str, password: &str) -> bool {
    let read = Encoded::read(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let mut memory = Memory::default();
    let length = read.tag.len();
    let tag = read
        .algorithm
        .tag(password.as_bytes(), &read.salt, length, 0, &mut memory);
    *tag.unwrap() == *read.tag
}

#[test]
fn published_vectors_hold() {
    for (password, text) in PUBLISHED {
        assert!(is_of(text, password), "{text}");
        assert!(!is_of(text, "passwore"), "{text}");
    }
}

#[test]
fn hashes_of_other_products_are_of_their_password_and_no_other() {
    for text in IMPORTED {
        assert!(is_of(text, PASSWORD), "{text}");
        assert!(!is_of(text, "correct 虎符 Staple"), "{text}");
    }
}

#[test]
fn what_is_written_is_read() {
    let text = Encoded::argon2id(19_456, 2, 1, &[7; 16], &[9; 32]);
    assert_eq!(
        text,
        "$argon2id$v=19$m=19456,t=2,p=1$BwcHBwcHBwcHBwcHBwcHBw$CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk"
    );
    let read = Encoded::read(&text).unwrap();
    assert_eq!((&read.salt[..], &read.tag[..]), (&[7; 16][..], &[9; 32][..]));
}

fn refusal(text: &str) -> &'static str {
    match Encoded::read(text) {
        Ok(_) => panic!("{text} is read"),
        Err(Invalid(message)) => message,
    }
}

const SALT: &str = "SVXx5gmpx9oaIc2PZ/HNLA";
const TAG: &str = "G1ihHEasBlHhA5taA/lCRvnYeZZcxzgXGaj/Wma3Mxg";
const BCRYPT_REST: &str = "GpMKYv16ohFmS3ppyPJ.7eRW/AItu5k3ARO.9/CIQA6Q2Y8A4KFJK";

#[test]
fn what_costs_too_much_or_too_little_is_refused_and_its_neighbor_is_not() {
    let phc = |head: &str| format!("{head}${SALT}${TAG}");
    for (good, bad) in [
        (
            phc("$argon2id$v=19$m=65536,t=12,p=1"),
            phc("$argon2id$v=19$m=65536,t=13,p=1"),
        ),
        (
            phc("$argon2id$v=19$m=65536,t=1,p=1"),
            phc("$argon2id$v=19$m=65537,t=1,p=1"),
        ),
        (
            phc("$argon2id$v=19$m=4096,t=192,p=1"),
            phc("$argon2id$v=19$m=4096,t=193,p=1"),
        ),
        (
            phc("$argon2id$v=19$m=4096,t=1,p=1"),
            phc("$argon2id$v=19$m=4095,t=1,p=1"),
        ),
        (
            phc("$argon2id$v=19$m=4096,t=1,p=16"),
            phc("$argon2id$v=19$m=4096,t=1,p=17"),
        ),
        (
            phc("$argon2id$v=19$m=4096,t=1,p=1"),
            phc("$argon2id$v=19$m=4096,t=0,p=1"),
        ),
        (phc("$scrypt$ln=16,r=8,p=4"), phc("$scrypt$ln=17,r=8,p=1")),
        (phc("$scrypt$ln=16,r=8,p=4"), phc("$scrypt$ln=16,r=8,p=5")),
        (phc("$scrypt$ln=13,r=8,p=1"), phc("$scrypt$ln=12,r=8,p=1")),
        (phc("$scrypt$ln=14,r=32,p=1"), phc("$scrypt$ln=13,r=33,p=1")),
        (phc("$pbkdf2-sha256$i=2000000"), phc("$pbkdf2-sha256$i=2000001")),
        (phc("$pbkdf2-sha256$i=10000"), phc("$pbkdf2-sha256$i=9999")),
        (phc("$pbkdf2-sha512$i=1000000"), phc("$pbkdf2-sha512$i=1000001")),
        (format!("$2b$13${BCRYPT_REST}"), format!("$2b$14${BCRYPT_REST}")),
        (format!("$2b$08${BCRYPT_REST}"), format!("$2b$07${BCRYPT_REST}")),
    ] {
        assert!(Encoded::read(&good).is_ok(), "{good}");
        let message = refusal(&bad);
        assert!(message != MALFORMED.0 && message != UNKNOWN.0, "{bad}: {message}");
    }
    for huge in [
        phc("$argon2id$v=19$m=4294967295,t=4294967295,p=1"),
        phc("$scrypt$ln=63,r=8,p=1"),
        phc("$scrypt$ln=4294967295,r=32,p=16"),
        phc("$scrypt$ln=64,r=32,p=16"),
        format!("$2b$31${BCRYPT_REST}"),
    ] {
        refusal(&huge);
    }
}

#[test]
fn what_is_no_hash_of_a_known_form_is_refused() {
    for text in [
        "",
        "$",
        "hunter2",
        "5f4dcc3b5aa765d61d8327deb882cf99",
        "$1$salt$qJH7.N4xYta3aEG/dfqo/0",
        "$6$rounds=5000$salt$tag",
        "$2x$08$GpMKYv16ohFmS3ppyPJ.7eRW/AItu5k3ARO.9/CIQA6Q2Y8A4KFJK",
        "$argon2x$v=19$m=8192,t=2,p=2$c2FsdHNhbHQ$dGFn",
        "$pbkdf2-sha1$i=10000$c2FsdHNhbHQ$dGFn",
        "pbkdf2_sha1$10000$saltsalt$dGFn",
    ] {
        assert_eq!(refusal(text), UNKNOWN.0, "{text}");
    }
}

#[test]
fn what_is_malformed_is_refused() {
    let phc = |head: &str| format!("{head}${SALT}${TAG}");
    for text in [
        phc("$argon2id$v=18$m=8192,t=2,p=1"),
        phc("$argon2id$v=19$m=8192,t=2"),
        phc("$argon2id$v=19$t=2,m=8192,p=1"),
        phc("$argon2id$v=19$m=08192,t=2,p=1"),
        phc("$argon2id$v=19$m=+8192,t=2,p=1"),
        phc("$argon2id$v=19$m=8192,t=2,p=1,keyid=YQ"),
        phc("$argon2id$v=19$m=99999999999,t=2,p=1"),
        phc("$pbkdf2-sha256$i=10000,l=31"),
        phc("$pbkdf2-sha256$"),
        phc("$scrypt$ln=13,r=8"),
        format!("$argon2id$v=19$m=8192,t=2,p=1${SALT}=={TAG}"),
        format!("$scrypt$ln=13,r=8,p=1$not base64!${TAG}"),
        format!("$2b$8${BCRYPT_REST}"),
        format!("$2b$08${}", &BCRYPT_REST[1..]),
        format!("$2b$08${}é", &BCRYPT_REST[..20]),
        "pbkdf2_sha256$10000$saltsalt$no padding".to_owned(),
        format!("$argon2id$v=19$m=8192,t=2,p=1${SALT}${}", "A".repeat(1_000)),
    ] {
        assert_eq!(refusal(&text), MALFORMED.0, "{text}");
    }
    for short in [
        format!("$scrypt$ln=13,r=8,p=1$c2FsdA${TAG}"),
        format!("$scrypt$ln=13,r=8,p=1${SALT}$dGFn"),
    ] {
        assert!(refusal(&short).contains("bytes"));
    }
}
