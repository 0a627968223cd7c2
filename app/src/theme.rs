//! Light or dark: a cookie that the server reads, so that a page never flashes in the wrong one.

use axum::extract::State as Shared;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};

use crate::form::Form;
use crate::router::is_page;
use crate::routes;
use crate::state::State;
use crate::ui::Theme;

const COOKIE_NAME: &str = "latchkey_theme";
const YEAR_SECONDS: u32 = 31_536_000;

/// The theme that the request's cookie asks for.
pub fn of(parts: &Parts) -> Theme {
    let cookies = parts.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs =
        cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    let value = pairs.find(|(name, _)| name.trim() == COOKIE_NAME).map(|(_, value)| value.trim());
    value.map(Theme::from_value).unwrap_or_default()
}

#[derive(serde::Deserialize)]
pub struct ThemeForm {
    #[serde(default)]
    theme: String,
    #[serde(default)]
    return_to: String,
}

/// Keeps the choice and goes back to where it was made.
pub async fn choose(Shared(state): Shared<State>, Form(form): Form<ThemeForm>) -> Response {
    let to = if is_page(&form.return_to) { &form.return_to } else { routes::ORGANIZATIONS };
    let secure = if state.secure_cookies { "; Secure" } else { "" };
    let value = Theme::from_value(&form.theme).value();
    let cookie = format!(
        "{COOKIE_NAME}={value}; Path=/; Max-Age={YEAR_SECONDS}; HttpOnly; SameSite=Lax{secure}"
    );
    ([(SET_COOKIE, cookie)], Redirect::to(to)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    #[test]
    fn reads_its_cookie_among_others() -> Result<(), axum::http::Error> {
        let theme = |cookies: &str| {
            Request::builder()
                .header(COOKIE, cookies)
                .body(())
                .map(|request| of(&request.into_parts().0))
        };
        assert_eq!(theme("a=b; latchkey_theme=dark")?, Theme::Dark);
        assert_eq!(theme("latchkey_theme=plaid")?, Theme::System);
        assert_eq!(theme("xlatchkey_theme=dark")?, Theme::System);
        Ok(())
    }
}
