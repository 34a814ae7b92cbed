//! What is guessed without a list: sequences, repetitions, dates, phone numbers.

/// Along a row of the alphabet, the digits or the keyboard, and along the columns that people type: each in both directions.
const WALKS: [&str; 18] = [
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop[]\\",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "`1234567890-=",
    "~!@#$%^&*()_+",
    "qwertzuiop",
    "azertyuiop",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "1a2b3c4d5e6f7g8h9i0j",
    "qazwsxedcrfvtgbyhnujmikolp",
    "zaqxswcdevfrbgtnhymjukilop",
    "zaq1xsw2cde3vfr4bgt5nhy6mju7",
    "147258369",
    "13579",
];

/// Two next to each other are in many words.
const SHORTEST_WALK: usize = 3;

/// Tells the length of each sequence that `text` begins with.
pub(super) fn sequences(text: &[char], mut tell: impl FnMut(usize)) {
    let Some(first) = text.first() else { return };
    for walk in WALKS {
        let forth: Vec<char> = walk.chars().collect();
        let back: Vec<char> = walk.chars().rev().collect();
        for way in [forth, back] {
            for at in (0..way.len()).filter(|at| way[*at] == *first) {
                let same = way[at..].iter().zip(text).take_while(|(a, b)| a == b).count();
                (SHORTEST_WALK..=same).for_each(&mut tell);
            }
        }
    }
}

/// For each place, the lengths of what merely repeats the block before it, once or more.
pub(super) fn copies(text: &[char]) -> Vec<Vec<usize>> {
    let mut copies = vec![Vec::new(); text.len()];
    for period in 1..=text.len() / 2 {
        let mut same = 0;
        for at in (period..text.len()).rev() {
            same = if text[at] == text[at - period] {
                same + 1
            } else {
                0
            };
            if same >= period {
                copies[at].push(period);
                copies[at].push(same);
            }
        }
    }
    copies
}

/// Tells the length of each date that `text` begins with: a year, or day, month and year in any usual order.
pub(super) fn dates(text: &[char], mut tell: impl FnMut(usize)) {
    let Some(year) = number(text, 0, 4) else { return };
    let is_year = |year: u32| (1900..2100).contains(&year);
    if is_year(year) {
        tell(4);
    }
    let is_day = |month: u32, day: u32| (1..=12).contains(&month) && (1..=31).contains(&day);
    let is_either = |a: u32, b: u32| is_day(a, b) || is_day(b, a);
    let two = |at| number(text, at, 2);
    if let (Some(a), Some(b), Some(c)) = (two(0), two(2), two(4)) {
        if is_either(a, b) || is_day(b, c) {
            tell(6);
        }
        if let Some(d) = two(6)
            && ((is_year(a * 100 + b) && is_day(c, d)) || (is_year(c * 100 + d) && is_either(a, b)))
        {
            tell(8);
        }
    }
}

/// The length of the Chinese mobile phone number that `text` begins with.
pub(super) fn phone(text: &[char]) -> Option<usize> {
    let is_mobile = text.first() == Some(&'1') && matches!(text.get(1), Some('3'..='9'));
    (is_mobile && number(text, 2, 9).is_some()).then_some(11)
}

fn number(text: &[char], at: usize, digits: usize) -> Option<u32> {
    let text = text.get(at..at + digits)?;
    let add = |sum: u32, c: &char| Some(sum * 10 + c.to_digit(10)?);
    text.iter().try_fold(0, add)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chars(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    fn longest(find: fn(&[char], &mut dyn FnMut(usize)), text: &str) -> usize {
        let mut longest = 0;
        find(&chars(text), &mut |length| longest = longest.max(length));
        longest
    }

    #[test]
    fn sequences_run_both_ways() {
        for (text, length) in [
            ("abcdx", 4),
            ("dcbax", 4),
            ("12345x", 5),
            ("67890", 5),
            ("09876", 5),
            ("qwerty", 6),
            ("poiuy", 5),
            ("!@#$%x", 5),
            ("1qaz2wsx", 8),
            ("1q2w3e4r", 8),
            ("147258", 6),
            ("97531", 5),
            ("abx", 0),
            ("", 0),
            ("acegik", 0),
        ] {
            assert_eq!(
                longest(|text, tell| sequences(text, tell), text),
                length,
                "{text}"
            );
        }
    }

    #[test]
    fn a_block_is_repeated_or_it_is_not() {
        let ends = |text: &str, at: usize| copies(&chars(text))[at].clone();
        assert_eq!(ends("aaaa", 1), [1, 3]);
        assert!(ends("aaaa", 2).contains(&2));
        assert_eq!(ends("xkqxkqxk", 3), [3, 5]);
        assert!(
            copies(&chars("xkqxk")).iter().all(Vec::is_empty),
            "not a whole block"
        );
        assert!(copies(&[]).is_empty());
    }

    #[test]
    fn dates_are_dates_in_any_order() {
        for (text, length) in [
            ("1988", 4),
            ("2099", 4),
            ("2100", 0),
            ("1899", 0),
            ("19881231", 8),
            ("31121988", 8),
            ("12311988", 8),
            ("881231", 6),
            ("311288", 6),
            ("123188", 6),
            ("883112", 0),
            ("99999999", 0),
            ("19881332", 4),
            ("198", 0),
        ] {
            assert_eq!(longest(|text, tell| dates(text, tell), text), length, "{text}");
        }
    }

    #[test]
    fn phones_are_mobile_numbers() {
        for (text, length) in [
            ("13800138000", Some(11)),
            ("19912345678x", Some(11)),
            ("12000138000", None),
            ("1380013800", None),
            ("1380013800x", None),
        ] {
            assert_eq!(phone(&chars(text)), length, "{text}");
        }
    }
}
