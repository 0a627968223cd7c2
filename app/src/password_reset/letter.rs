//! The letter with the link.

use domain::Result;
use domain::users::password_reset::ResetLetter;
use domain::users::password_reset::issue::issue;

use crate::state::State;
use crate::{routes, when};

/// Sends a letter to the address, if somebody has it. It runs beside the answer to the form, which
/// is the same and as fast for addresses that nobody has.
pub async fn send(state: State, email: String) {
    if let Err(error) = try_send(&state, &email).await {
        tracing::warn!(%error, "a letter for a new password could not be made");
    }
}

async fn try_send(state: &State, email: &str) -> Result<()> {
    let (pools, now) = (&state.backend.pools, state.backend.clock.now());
    let Some(mail) = &state.mail else { return Ok(()) };
    let Some(letter) = issue(pools, email, now).await? else { return Ok(()) };
    let text = text(&state.dashboard_url, &letter);
    if let Err(error) = mail.send(&letter.email, "Choose a new password", text).await {
        tracing::warn!(%error, "a letter for a new password could not be sent");
    }
    Ok(())
}

fn text(dashboard_url: &str, letter: &ResetLetter) -> String {
    let link = format!("{dashboard_url}{}", routes::reset_password(letter.token.expose()));
    let until = when::minute(letter.expires_at);
    format!(
        "Somebody, most likely you, has asked Latchkey for a new password for {email}.\n\n\
         Open this link to choose one:\n\n{link}\n\n\
         It works once, until {until}. Do not pass it on.\n\
         If it was not you, leave this letter alone: your password stays as it is.\n",
        email = letter.email,
    )
}
