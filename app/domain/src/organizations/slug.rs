//! An organization's place in addresses and host names.

use crate::error::Rule;

/// First segments of dashboard addresses that belong to the dashboard itself.
const RESERVED: [&str; 18] = [
    "account",
    "api",
    "assets",
    "auth",
    "claims",
    "favicon",
    "health",
    "healthz",
    "invitations",
    "login",
    "logout",
    "new",
    "pkg",
    "readyz",
    "rep",
    "reset",
    "theme",
    "www",
];

/// A DNS label (RFC 1123) in lower case that no address of the dashboard's own uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slug(String);

impl Slug {
    pub fn parse(text: &str) -> Result<Self, Rule> {
        let length = text.chars().count();
        if length == 0 {
            return Err(Rule::Empty);
        }
        if length > 63 {
            return Err(Rule::TooLong { max: 63, length });
        }
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !text.bytes().all(inner) || text.starts_with('-') || text.ends_with('-') {
            return Err(Rule::NotASlug);
        }
        if RESERVED.contains(&text) {
            return Err(Rule::Reserved);
        }
        Ok(Self(text.to_owned()))
    }

    /// The one that a name suggests: letters of any script as ASCII has them, and a hyphen for all
    /// else. Pictures say nothing.
    #[cfg(feature = "server")]
    pub fn of_name(name: &str) -> Result<Self, Rule> {
        let plain = |character: char| {
            let character = character.to_ascii_lowercase();
            if character.is_ascii_lowercase() || character.is_ascii_digit() {
                character
            } else {
                ' '
            }
        };
        let letters: String =
            name.chars().map(|one| if one.is_alphanumeric() { one } else { ' ' }).collect();
        let text: String = deunicode::deunicode(&letters).chars().map(plain).collect();
        let words: Vec<_> = text.split_whitespace().collect();
        let text = words.join("-");
        Self::parse(text.get(..63).unwrap_or(&text).trim_end_matches('-'))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_a_dns_label_of_its_own() {
        assert!(Slug::parse("st-mary-42").is_ok());
        assert_eq!(Slug::parse(""), Err(Rule::Empty));
        assert_eq!(Slug::parse("login"), Err(Rule::Reserved));
        for text in ["St-Mary", "-a", "a-", "a.b", "ä", "a b"] {
            assert_eq!(Slug::parse(text), Err(Rule::NotASlug), "{text}");
        }
    }

    #[cfg(feature = "server")]
    #[test]
    fn is_made_of_a_name_in_any_script() {
        let made = |name: &str| Slug::of_name(name).map(|slug| slug.0);
        assert_eq!(made(" St. Mary's Clinic "), Ok("st-mary-s-clinic".to_owned()));
        assert_eq!(made("Köln Ærztehaus Straße"), Ok("koln-aerztehaus-strasse".to_owned()));
        assert_eq!(made("Клиника №1"), Ok("klinika-1".to_owned()));
        assert_eq!(made("🩺 診療所"), Ok("zhen-liao-suo".to_owned()));
        assert_eq!(made("🩺"), Err(Rule::Empty));
        assert_eq!(made(&"ab ".repeat(40)).map(|slug| slug.len()), Ok(62));
    }
}
