//! An organization's place in addresses and host names.

use crate::error::Rule;

/// First segments of dashboard addresses that belong to the dashboard itself.
const RESERVED: [&str; 17] = [
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
            return Err(Rule::NotAChoice);
        }
        if RESERVED.contains(&text) {
            return Err(Rule::Taken);
        }
        Ok(Self(text.to_owned()))
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
        assert_eq!(Slug::parse("login"), Err(Rule::Taken));
        for text in ["St-Mary", "-a", "a-", "a.b", "ä", "a b"] {
            assert_eq!(Slug::parse(text), Err(Rule::NotAChoice), "{text}");
        }
    }
}
