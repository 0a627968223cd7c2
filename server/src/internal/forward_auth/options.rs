//! What the proxy's configuration asks for, in the query of the address.

use axum::extract::Query;
use axum::http::Uri;

use crate::internal::need::Need;

/// Without any: profile by host, need by method, reasons kept back.
#[derive(Debug, Default)]
pub struct Options {
    pub profile: Option<String>,
    scopes: Vec<String>,
    pub tells_reason: bool,
}

impl Options {
    /// `profile=NAME`, `scope=SCOPE` (any number), `tell=reason`. Anything else is a mistake that
    /// should not go unnoticed.
    pub fn parse(uri: &Uri) -> Result<Self, &'static str> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|_| "the query cannot be understood")?;
        let mut options = Self::default();
        for (name, value) in pairs {
            match (name.as_str(), value.as_str()) {
                ("profile", _) if options.profile.is_none() => options.profile = Some(value),
                ("profile", _) => return Err("profile is given twice"),
                ("scope", _) => options.scopes.push(value),
                ("tell", "reason") => options.tells_reason = true,
                _ => return Err("the options are profile=NAME, scope=SCOPE and tell=reason"),
            }
        }
        Ok(options)
    }

    /// What the scopes ask for; `None` without any.
    pub fn need(&self) -> Result<Option<Need<'_>>, &'static str> {
        Need::of_scopes(self.scopes.iter().map(String::as_str))
    }

    pub fn of_profile(profile: Option<&str>) -> Self {
        Self { profile: profile.map(str::to_owned), ..Self::default() }
    }
}
