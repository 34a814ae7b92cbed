//! Whether a new password is one that is tried first.
//!
//! The whole password is judged (NIST SP 800-63B-4 §3.1.1.2), as those who guess would put it together: from common and
//! breached passwords, the user's name, the service's name, sequences, repetitions and dates, in any case and with the usual
//! substitutions. Each such part counts as little as one or two characters, whatever its length; a password of fewer than
//! [`FEWEST_PARTS`] is refused. One that merely contains a common word among enough else is accepted.

mod patterns;
mod words;

use hufu_core::password::{LONGEST_PASSWORD, PasswordPolicy, PasswordRefused, Username};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// What remains when every part that a guesser knows is counted as below.
const FEWEST_PARTS: u32 = 6;

/// A character that is nothing else.
const CHARACTER: Part = Part {
    cost: 1,
    known: Known(0),
};
const WORD: Part = Part {
    cost: 2,
    known: Known(1),
};
const PATTERN: Part = Part {
    cost: 1,
    known: Known(2),
};
const PHONE: Part = Part {
    cost: 2,
    known: Known(2),
};
const NAME: Part = Part {
    cost: 1,
    known: Known(4),
};
const USERNAME: Part = Part {
    cost: 1,
    known: Known(8),
};

/// One way to read a stretch of the password, or all of it so far.
#[derive(Clone, Copy)]
struct Part {
    cost: u32,
    known: Known,
}

/// What of the password is known: one bit for each of the parts above, the one to be named first the highest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Known(u8);

/// Checks length, characters and guessability, in this order. The password is normalized already.
pub(crate) fn check(
    policy: &PasswordPolicy,
    password: &str,
    username: Option<&Username>,
) -> Result<(), PasswordRefused> {
    let length = password.chars().count();
    if length > LONGEST_PASSWORD {
        return Err(PasswordRefused::TooLong);
    }
    let min_length = policy.min_length;
    if u32::try_from(length).is_ok_and(|length| length < min_length) {
        return Err(PasswordRefused::TooShort { min_length });
    }
    if password.contains(char::is_control) {
        return Err(PasswordRefused::ControlCharacter);
    }
    let mut terms = Vec::new();
    if let Some(username) = username {
        add_terms(&mut terms, username.as_str(), USERNAME);
    }
    for name in &policy.names {
        add_terms(&mut terms, name, NAME);
    }
    let folded = folded(password);
    guessable(&folded, &terms)?;
    let mut joined = Zeroizing::new(Vec::with_capacity(folded.len()));
    joined.extend(folded.iter().copied().filter(|c| !is_separator(*c)));
    guessable(&joined, &terms)
}

/// More than this only comes of characters that stand for many.
const MOST_FOLDED: usize = 2 * LONGEST_PASSWORD;

/// As it is compared: without width and case.
fn folded(password: &str) -> Zeroizing<Vec<char>> {
    let mut folded = Zeroizing::new(Vec::with_capacity(MOST_FOLDED));
    let characters = password.nfkc().flat_map(char::to_lowercase);
    folded.extend(characters.take(MOST_FOLDED));
    folded
}

const fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '.' | '_' | '-' | '/')
}

/// A name that a guesser tries: the whole of it, without separators, and each of its words.
fn add_terms(terms: &mut Vec<(Vec<char>, Part)>, name: &str, part: Part) {
    let name = folded(name);
    let whole: Vec<char> = name.iter().copied().filter(|c| c.is_alphanumeric()).collect();
    let words = name.split(|c| !c.is_alphanumeric()).map(<[char]>::to_vec);
    // Two Chinese characters are a name; two letters are not.
    let is_name = |term: &[char]| term.len() >= 3 || (term.len() == 2 && !term.iter().any(char::is_ascii));
    let names = std::iter::once(whole).chain(words).filter(|term| is_name(term));
    terms.extend(names.map(|term| (term, part)));
}

/// The cheapest way to put the password together, from its beginning on.
fn guessable(password: &[char], terms: &[(Vec<char>, Part)]) -> Result<(), PasswordRefused> {
    let readings = readings(password);
    let bytes = readings.each_ref().map(|reading| ascii(reading));
    let copies = patterns::copies(password);
    let mut best: Vec<Option<Part>> = vec![None; password.len() + 1];
    best[0] = Some(Part {
        cost: 0,
        known: Known(0),
    });
    for start in 0..password.len() {
        // There is one: a character at a time reaches everything.
        let Some(so_far) = best[start] else { continue };
        let mut reach = |length: usize, part: Part| {
            let Some(end) = best.get_mut(start + length) else {
                return;
            };
            let cost = so_far.cost + part.cost;
            let known = Known(so_far.known.0 | part.known.0);
            if end.is_none_or(|old| cost < old.cost || (cost == old.cost && known > old.known)) {
                *end = Some(Part { cost, known });
            }
        };
        reach(1, CHARACTER);
        for reading in &bytes {
            words::lengths(&reading[start..], |length| reach(length, WORD));
        }
        for (term, part) in terms {
            if readings.iter().any(|reading| reading[start..].starts_with(term)) {
                reach(term.len(), *part);
            }
        }
        patterns::sequences(&password[start..], |length| reach(length, PATTERN));
        patterns::dates(&password[start..], |length| reach(length, PATTERN));
        if let Some(length) = patterns::phone(&password[start..]) {
            reach(length, PHONE);
        }
        for length in &copies[start] {
            reach(*length, PATTERN);
        }
    }
    match best.last().copied().flatten() {
        Some(whole) if whole.cost < FEWEST_PARTS => Err(whole.known.refusal()),
        _ => Ok(()),
    }
}

impl Known {
    const fn refusal(self) -> PasswordRefused {
        match self.0 {
            8.. => PasswordRefused::ContainsUsername,
            4.. => PasswordRefused::ContainsName,
            known if known & 1 == 1 => PasswordRefused::Common,
            _ => PasswordRefused::Predictable,
        }
    }
}

/// As it is, and with the usual substitutions undone: `1` may stand for `i` or for `l`.
fn readings(password: &[char]) -> [Zeroizing<Vec<char>>; 3] {
    let read = |one: Option<char>| {
        let letter = |c: &char| one.map_or(*c, |one| letter(*c, one));
        Zeroizing::new(password.iter().map(letter).collect())
    };
    [read(None), read(Some('i')), read(Some('l'))]
}

const fn letter(c: char, one: char) -> char {
    match c {
        '@' | '4' => 'a',
        '8' => 'b',
        '(' => 'c',
        '3' | '€' => 'e',
        '6' | '9' => 'g',
        '1' | '!' | '|' => one,
        '0' => 'o',
        '$' | '5' => 's',
        '7' | '+' => 't',
        '2' => 'z',
        other => other,
    }
}

/// One byte a character; what is not ASCII is in no word of the lists.
fn ascii(reading: &[char]) -> Zeroizing<Vec<u8>> {
    let byte = |c: &char| u8::try_from(*c).ok().filter(u8::is_ascii).unwrap_or(0);
    Zeroizing::new(reading.iter().map(byte).collect())
}

#[cfg(test)]
mod tests;
