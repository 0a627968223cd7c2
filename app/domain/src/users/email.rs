//! An e-mail address, by which people are known.

use crate::error::Rule;

/// The longest address that mail can be sent to (RFC 5321).
const EMAIL_MAX: usize = 254;

/// An address in lower case, so that one person is one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// One `@` with something on both sides; no spaces, and nothing that could end an address in a
    /// letter's head or hide in it. Whether mail arrives is for the mail to show.
    pub fn parse(text: &str) -> Result<Self, Rule> {
        let email = text.trim().to_lowercase();
        let length = email.chars().count();
        if length == 0 {
            return Err(Rule::Empty);
        }
        if length > EMAIL_MAX {
            return Err(Rule::TooLong { max: EMAIL_MAX, length });
        }
        let plain = |character: char| {
            character.is_alphanumeric()
                || (character.is_ascii_graphic() && !r#"<>()[],:;\""#.contains(character))
        };
        match email.split_once('@') {
            Some((name, host))
                if !name.is_empty()
                    && !host.is_empty()
                    && !host.contains('@')
                    && email.chars().all(plain) =>
            {
                Ok(Self(email))
            }
            _ => Err(Rule::NotAnEmail),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_is_one_address() {
        assert_eq!(
            Email::parse(" Ann.O'Neil+keys@Example.COM "),
            Ok(Email("ann.o'neil+keys@example.com".to_owned()))
        );
        assert!(Email::parse("jürgen@bücher.example").is_ok());
    }

    #[test]
    fn what_is_no_address_is_refused() {
        assert_eq!(Email::parse("  "), Err(Rule::Empty));
        assert_eq!(
            Email::parse(&format!("{}@b.example", "x".repeat(250))),
            Err(Rule::TooLong { max: 254, length: 260 })
        );
        for text in [
            "ann",
            "@b",
            "a@",
            "a@b@c",
            "a b@c",
            "a@b\r\nBcc: c@d",
            "a\0@b",
            "<a@b>",
            "a@b,c",
            "a\u{202E}@b",
        ] {
            assert_eq!(Email::parse(text), Err(Rule::NotAnEmail), "{text:?}");
        }
    }
}
