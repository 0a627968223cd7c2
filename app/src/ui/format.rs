//! Figures and words as people read them.

/// The first letter as a capital.
pub fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next();
    first.into_iter().flat_map(char::to_uppercase).chain(characters).collect()
}

/// With separators: `12,345`.
pub fn grouped_number(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Three digits or so: `999`, `12.3k`, `1.2M`. Cuts rather than rounds, so never says too much.
pub fn compact_number(number: u64) -> String {
    const UNITS: [(u64, char); 3] = [(1_000_000_000, 'G'), (1_000_000, 'M'), (1_000, 'k')];
    let Some((size, unit)) = UNITS.into_iter().find(|(size, _)| number >= *size) else {
        return number.to_string();
    };
    let whole = number / size;
    let tenth = number % size * 10 / size;
    if tenth == 0 || whole >= 100 {
        format!("{whole}{unit}")
    } else {
        format!("{whole}.{tenth}{unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::{capitalized, compact_number, grouped_number};

    #[test]
    fn only_the_first_letter_grows() {
        assert_eq!(["", "éa b", "BAA x"].map(capitalized), ["", "Éa b", "BAA x"]);
    }

    #[test]
    fn groups_of_three() {
        let written = [0, 999, 1_000, 12_345, 1_234_567].map(grouped_number);
        assert_eq!(written, ["0", "999", "1,000", "12,345", "1,234,567"]);
    }

    #[test]
    fn short_forms() {
        let written = [0, 999, 1_000, 12_345, 123_456, 1_250_000, u64::MAX].map(compact_number);
        assert_eq!(written, ["0", "999", "1k", "12.3k", "123k", "1.2M", "18446744073G"]);
    }
}
