//! Passwords that are guessed first: however long, made of nothing but what everybody takes.

/// Words that lists of leaked passwords begin with, and what people put around them.
const WORDS: [&str; 88] = [
    "abc",
    "access",
    "account",
    "admin",
    "administrator",
    "amanda",
    "andrew",
    "angel",
    "apple",
    "asdf",
    "asdfgh",
    "asdfghjkl",
    "ashley",
    "bailey",
    "baseball",
    "batman",
    "buster",
    "change",
    "changeit",
    "changeme",
    "charlie",
    "cheese",
    "chocolate",
    "company",
    "computer",
    "correct",
    "daniel",
    "default",
    "donald",
    "dragon",
    "flower",
    "football",
    "freedom",
    "george",
    "google",
    "guest",
    "hello",
    "hockey",
    "hunter",
    "iloveyou",
    "jennifer",
    "jordan",
    "joshua",
    "killer",
    "latchkey",
    "letmein",
    "login",
    "love",
    "lovely",
    "maggie",
    "master",
    "matthew",
    "me",
    "michael",
    "michelle",
    "monkey",
    "mustang",
    "my",
    "nothing",
    "pass",
    "passphrase",
    "passw",
    "password",
    "pepper",
    "please",
    "princess",
    "qazwsx",
    "qwer",
    "qwert",
    "qwerty",
    "qwertyuiop",
    "ranger",
    "robert",
    "root",
    "secret",
    "shadow",
    "soccer",
    "starwars",
    "summer",
    "sunshine",
    "superman",
    "system",
    "test",
    "thomas",
    "trustno",
    "welcome",
    "winter",
    "zxcvbnm",
];

/// Runs of keys and digits; any part of them from three characters on, forwards or backwards.
const RUNS: [&str; 5] =
    ["01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm"];

/// Whether the text falls into such words, runs, repeated characters and years, with up to two
/// other digits or signs beside each.
pub(super) fn is_guessed_first(text: &str) -> bool {
    let plain: Vec<char> = text.to_lowercase().chars().filter(|one| !one.is_whitespace()).collect();
    let read: Vec<char> = plain.iter().copied().map(as_letter).collect();
    // Whether everything before a place falls into parts, and how many loose signs that took.
    let mut reached: Vec<Option<usize>> = vec![None; plain.len() + 1];
    reached[0] = Some(0);
    let mut parts = 0;
    for place in 0..plain.len() {
        let Some(loose) = reached[place] else { continue };
        for length in lengths(&plain[place..], &read[place..]) {
            let next = &mut reached[place + length];
            *next = Some(next.map_or(loose, |known| known.min(loose)));
            parts += 1;
        }
        if !plain[place].is_alphabetic() {
            let next = &mut reached[place + 1];
            *next = Some(next.map_or(loose + 1, |known| known.min(loose + 1)));
        }
    }
    parts > 0 && reached[plain.len()].is_some_and(|loose| loose <= plain.len() / 3)
}

/// `p4$$w0rd` as it is meant.
fn as_letter(sign: char) -> char {
    match sign {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// The lengths of all parts that the text begins with.
fn lengths(plain: &[char], read: &[char]) -> Vec<usize> {
    let begins = |text: &[char], word: &str| {
        let mut left = text.iter();
        word.chars().all(|one| left.next() == Some(&one))
    };
    let words = WORDS.iter().filter(|word| begins(plain, word) || begins(read, word));
    let mut lengths: Vec<usize> = words.map(|word| word.len()).collect();
    let same = plain.iter().take_while(|one| Some(*one) == plain.first()).count();
    lengths.extend(3..=same);
    for run in RUNS {
        let back: String = run.chars().rev().collect();
        for run in [run, back.as_str()] {
            let starts = run.char_indices().filter(|(_, one)| Some(one) == plain.first());
            for (start, _) in starts {
                let common =
                    run[start..].chars().zip(plain).take_while(|(left, right)| left == *right);
                lengths.extend(3..=common.count());
            }
        }
    }
    let is_year = plain.len() >= 4
        && plain[..4].iter().all(char::is_ascii_digit)
        && matches!(plain[..2], ['1', '9'] | ['2', '0']);
    lengths.extend(is_year.then_some(4));
    lengths
}

#[cfg(test)]
mod tests {
    use super::is_guessed_first;

    #[test]
    fn what_everybody_takes_is_guessed_first_however_long() {
        for text in [
            "passwordpassword",
            "Password1234!",
            "P4$$w0rd2026!",
            "123456789012",
            "qwertyuiop123",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "letmein letmein",
            "iloveyou2024!!",
            "Welcome2026!!",
            "admin-admin-admin",
            "zxcvbnmasdfghjkl",
            "987654321987654321",
        ] {
            assert!(is_guessed_first(text), "{text}");
        }
        for text in [
            "correct horse battery staple",
            "correct horse",
            "пароль длинный",
            "canary-of-a-first-password",
            "x7#Kq!vT92mz",
            "my cat eats apples",
            "",
        ] {
            assert!(!is_guessed_first(text), "{text}");
        }
    }
}
