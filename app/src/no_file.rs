//! What the address of a file answers where there is no file.

use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use domain::Error;
use std::fmt::Write;

use crate::act::Act;
use crate::ui::FieldMessage;

/// Why there is none.
#[derive(Debug)]
pub enum NoFile {
    /// What the page with the same filters says beside them. A program would not see that it got
    /// something else than it asked for.
    NotUnderstood(Vec<FieldMessage>),
    Failed(Error),
}

impl From<Error> for NoFile {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl NoFile {
    /// An error where there is something to say.
    pub fn unless_understood(messages: Vec<FieldMessage>) -> Result<(), Self> {
        if messages.is_empty() { Ok(()) } else { Err(Self::NotUnderstood(messages)) }
    }

    pub async fn answer(self, act: Act) -> Response {
        match self {
            Self::Failed(error) => act.fail(error).await,
            Self::NotUnderstood(messages) => {
                let mut text = String::new();
                for FieldMessage { field, message } in messages {
                    // Writing into a string cannot fail.
                    let _ = writeln!(text, "{field}: {message}");
                }
                let headers = [(CACHE_CONTROL, "no-store")];
                (StatusCode::UNPROCESSABLE_ENTITY, headers, text).into_response()
            }
        }
    }
}
