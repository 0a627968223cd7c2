//! The letter that says that a key expires.

use domain::notices::letter::ExpiryLetter;

use crate::mail::{Mail, MailError};
use crate::{routes, when};

/// Sends it.
pub async fn send_expiry_letter(
    mail: &Mail,
    dashboard_url: &str,
    letter: &ExpiryLetter,
) -> Result<(), MailError> {
    mail.send(&letter.email, &subject(letter), text(dashboard_url, letter)).await
}

fn subject(letter: &ExpiryLetter) -> String {
    let ExpiryLetter { key_name, organization, days_before, .. } = letter;
    match days_before {
        0 => format!("The API key {key_name} of {organization} has expired"),
        1 => format!("The API key {key_name} of {organization} expires within a day"),
        days => format!("The API key {key_name} of {organization} expires within {days} days"),
    }
}

fn text(dashboard_url: &str, letter: &ExpiryLetter) -> String {
    let link = format!("{dashboard_url}{}", routes::key(&letter.slug, letter.key));
    let settings = format!("{dashboard_url}{}", routes::notices(&letter.slug));
    let at = when::minute(letter.expires_at);
    let ExpiryLetter { key_name, hint, organization, .. } = letter;
    let what = match letter.days_before {
        0 => format!(
            "The API key {key_name} ({hint}) of {organization} expired at {at}.\n\
             Programs that use it are refused.\n"
        ),
        _ => format!(
            "The API key {key_name} ({hint}) of {organization} expires at {at}.\n\
             From then on, programs that use it are refused.\n"
        ),
    };
    format!(
        "{what}\nLook at who uses it, put its end off, or regenerate it:\n\n{link}\n\n\
         You get this letter because you look after the keys of {organization}.\n\
         Its owners and admins can stop such letters here:\n\n{settings}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::KeyId;
    use time::macros::datetime;

    #[test]
    fn says_which_key_and_when() {
        let letter = ExpiryLetter {
            email: "ann@one.example".to_owned(),
            organization: "One".to_owned(),
            slug: "one".to_owned(),
            key: KeyId(uuid::Uuid::nil()),
            key_name: "Export".to_owned(),
            hint: "dph_live_…abcd".to_owned(),
            expires_at: datetime!(2026-03-01 10:30 UTC),
            days_before: 3,
        };
        assert_eq!(subject(&letter), "The API key Export of One expires within 3 days");
        let said = text("https://keys.example", &letter);
        assert!(said.starts_with(
            "The API key Export (dph_live_…abcd) of One expires at 2026-03-01 10:30 UTC.\n"
        ));
        let link =
            "\nhttps://keys.example/one/settings/api-keys/00000000-0000-0000-0000-000000000000\n";
        assert!(said.contains(link), "{said}");
        assert!(said.contains("\nhttps://keys.example/one/settings/notices\n"), "{said}");
        let over = ExpiryLetter { days_before: 0, ..letter };
        assert!(subject(&over).ends_with("has expired"));
        assert!(text("", &over).contains("expired at 2026-03-01 10:30 UTC"));
    }
}
