//! Text that people type, parsed once at the edge.

use crate::error::Rule;

/// The longest note, in characters.
pub const NOTE_MAX: usize = 200;
/// The longest name, in characters.
pub const NAME_MAX: usize = 100;
/// The longest reason, in characters.
pub const REASON_MAX: usize = 200;

/// The name of a channel or key: one line of visible text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// Any script and emoji are fine. Refused: nothing at all, more than [`NAME_MAX`] characters,
    /// angle brackets, control characters and the invisible ones that reorder or hide text.
    pub fn parse(text: &str) -> Result<Self, Rule> {
        line(text, NAME_MAX).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A remark of one line that may be left out, by the rules of names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note(String);

impl Note {
    /// `None` for a field that was left empty.
    pub fn parse(text: &str) -> Result<Option<Self>, Rule> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        line(text, NOTE_MAX).map(|text| Some(Self(text)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why something was done, in somebody's words: one line of visible text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    /// As a name, but of [`REASON_MAX`] characters.
    pub fn parse(text: &str) -> Result<Self, Rule> {
        line(text, REASON_MAX).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn line(text: &str, max: usize) -> Result<String, Rule> {
    let text = text.trim();
    let length = text.chars().count();
    if text.chars().all(is_joiner) {
        return Err(Rule::Empty);
    }
    if length > max {
        return Err(Rule::TooLong { max, length });
    }
    if text.contains(['<', '>']) {
        return Err(Rule::Markup);
    }
    if text.chars().any(is_deceptive) {
        return Err(Rule::Invisible);
    }
    Ok(text.to_owned())
}

/// What only joins or varies its neighbours.
fn is_joiner(character: char) -> bool {
    matches!(character, '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}')
}

/// Control characters, and format characters that make a name look like another one. The
/// zero-width joiner stays: emoji and several scripts need it.
fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{AD}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{180E}' | '\u{2800}' | '\u{3164}' | '\u{FFA0}'
            | '\u{E0000}'..='\u{E0FFF}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_any_script_and_trims() {
        for name in
            ["  Export job ", "مفتاح التصدير", "👩‍⚕️ clinic", "O'Brien & Söhne; DROP TABLE api_keys"]
        {
            assert_eq!(Name::parse(name).map(|name| name.0), Ok(name.trim().to_owned()));
        }
    }

    #[test]
    fn a_note_may_be_left_out() {
        assert_eq!(Note::parse("  "), Ok(None));
        assert_eq!(Note::parse(" seen "), Ok(Some(Note("seen".to_owned()))));
        assert_eq!(Note::parse(&"x".repeat(201)), Err(Rule::TooLong { max: 200, length: 201 }));
        assert_eq!(Note::parse("two\nlines"), Err(Rule::Invisible));
    }

    #[test]
    fn says_which_rule_is_broken() {
        assert_eq!(Name::parse(" \t"), Err(Rule::Empty));
        assert_eq!(Name::parse("\u{200D}\u{FE0F}"), Err(Rule::Empty));
        assert_eq!(Name::parse(&"x".repeat(101)), Err(Rule::TooLong { max: 100, length: 101 }));
        assert_eq!(Name::parse("<b>key</b>"), Err(Rule::Markup));
        for name in [
            "two\nlines",
            "nul\0",
            "right\u{202E}left",
            "zero\u{200B}width",
            "soft\u{AD}hyphen",
            "\u{3164}",
        ] {
            assert_eq!(Name::parse(name), Err(Rule::Invisible), "{name:?}");
        }
    }
}
