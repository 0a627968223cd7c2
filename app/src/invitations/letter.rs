//! The letter that somebody is invited by.

use domain::invitations::Letter;

use crate::state::State;
use crate::{routes, when};

/// The link in full, for another machine.
pub fn link(state: &State, letter: &Letter) -> String {
    format!("{}{}", state.dashboard_url, routes::invitation(letter.token.expose()))
}

/// Sends the letter, if there is a mail server. `false`: the link has to be handed over by other
/// means.
pub async fn send(state: &State, letter: &Letter) -> bool {
    let Some(mail) = &state.mail else { return false };
    let subject = format!("Join {} on Latchkey", letter.organization);
    match mail.send(&letter.email, &subject, text(letter, &link(state, letter))).await {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(%error, "an invitation could not be sent");
            false
        }
    }
}

fn text(letter: &Letter, link: &str) -> String {
    let (inviter, organization) = (&letter.inviter, &letter.organization);
    let (role, until) = (letter.role, when::minute(letter.expires_at));
    format!(
        "{inviter} invites you to join {organization} with the role {role}.\n\n\
         Open this link to accept:\n\n{link}\n\n\
         It works once, until {until}, and for {email} only. Do not pass it on.\n\
         If you did not expect this letter, leave it alone: nothing happens.\n",
        email = letter.email,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::members::Role;
    use time::macros::datetime;

    #[test]
    fn says_who_what_and_until_when() -> domain::Result<()> {
        let letter = Letter {
            email: "new@one.example".to_owned(),
            role: Role::Developer,
            organization: "One".to_owned(),
            inviter: "Ann Admin".to_owned(),
            token: "0f".repeat(32).parse()?,
            expires_at: datetime!(2026-03-01 10:30 UTC),
        };
        let text = text(&letter, "https://keys.example/invitations/x");
        assert!(text.starts_with("Ann Admin invites you to join One with the role developer.\n"));
        assert!(text.contains("\nhttps://keys.example/invitations/x\n"));
        assert!(text.contains("2026-03-01 10:30 UTC, and for new@one.example only"));
        Ok(())
    }
}
