//! What the form that changes a key asks for.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};

use crate::error::FieldErrors;
use crate::hex::hex;
use crate::keys::create::{EXPIRY_CHOICES, KeyForm};
use crate::keys::terms::Terms;
use crate::keys::{Access, Key};
use crate::profiles::Profile;
use crate::text::Name;
use crate::{Result, Rule};

/// The choice that leaves the expiry as it is.
pub const KEEP: &str = "keep";

/// What the form's fields hold, as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct EditForm {
    /// What the page showed; see [`version`].
    pub seen: String,
    /// Named as in the form for a new key; channel, environment and secret do not count here.
    #[serde(flatten)]
    pub fields: KeyForm,
}

/// A change that breaks no rule of the form.
#[derive(Clone, Debug)]
pub struct Edit {
    pub(super) name: Name,
    pub(super) access: Access,
    pub(super) expiry: Expiry,
    pub(super) terms: Terms,
    pub(super) seen: String,
}

/// When the key is to expire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expiry {
    Keep,
    Never,
    In(Duration),
}

impl Edit {
    pub fn parse(form: &EditForm, profile: &Profile) -> Result<Self> {
        let (mut errors, fields) = (FieldErrors::default(), &form.fields);
        let name = errors.check("name", Name::parse(&fields.name));
        let terms = Terms::parse(fields, &mut errors);
        let listed = terms.as_ref().map_or(&[][..], |terms| &terms.listed);
        let access = errors.check("access", parse_access(&fields.access, listed, profile));
        let expiry = errors.check("expires_in_days", parse_expiry(&fields.expires_in_days));
        match (name, access, expiry, terms) {
            (Some(name), Some(access), Some(expiry), Some(terms)) => {
                Ok(Self { name, access, expiry, terms, seen: form.seen.clone() })
            }
            _ => Err(errors.into_error()),
        }
    }
}

fn parse_expiry(choice: &str) -> Result<Expiry, Rule> {
    match choice {
        KEEP => Ok(Expiry::Keep),
        "" => Ok(Expiry::Never),
        days if EXPIRY_CHOICES.contains(&days) => {
            days.parse().map(|days| Expiry::In(Duration::days(days))).map_err(|_| Rule::NotAChoice)
        }
        _ => Err(Rule::NotAChoice),
    }
}

fn parse_access(name: &str, listed: &[String], profile: &Profile) -> Result<Access, Rule> {
    let access = Access::named(name).ok_or(Rule::NotAChoice)?;
    let known = |scope: &String| profile.scopes().any(|known| known == scope);
    match access {
        Access::Listed if listed.is_empty() => Err(Rule::NoScope),
        Access::Listed if !listed.iter().all(known) => Err(Rule::NotAChoice),
        _ => Ok(access),
    }
}

/// All that the form can change, as the database or a page has it.
#[derive(Debug, Serialize)]
pub(super) struct Fields<'a> {
    pub name: &'a str,
    pub access: Option<&'static str>,
    pub listed: Vec<&'a str>,
    /// In microseconds since 1970.
    pub expires_at: Option<i128>,
    pub networks: &'a [String],
    pub rate_limit: Option<i32>,
    pub not_before: Option<i128>,
}

impl Fields<'_> {
    /// In short: it differs once anything that the form shows was changed.
    pub fn version(&self) -> String {
        // What has no maps but with text for keys can be written.
        let text = serde_json::to_vec(self).unwrap_or_default();
        hex(&Sha256::digest(text)[..16])
    }
}

/// By which a form that shows the key as it is now is known.
pub fn version(key: &Key) -> String {
    let fields = Fields {
        name: &key.name,
        access: Some(key.access.as_str()),
        listed: key.listed.iter().map(String::as_str).collect(),
        expires_at: key.expires_at.map(microseconds),
        networks: &key.networks,
        rate_limit: key.rate_limit,
        not_before: key.not_before.map(microseconds),
    };
    fields.version()
}

/// As the database keeps times.
pub(super) fn microseconds(at: OffsetDateTime) -> i128 {
    at.unix_timestamp_nanos() / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Error, profiles::Profiles};

    #[test]
    fn every_broken_field_is_named() -> Result<()> {
        let profiles = Profiles::built_in()?;
        let profile = profiles.get("clinikapi").ok_or(Error::NotFound)?;
        let fields = KeyForm {
            networks: "here".to_owned(),
            rate_limit: "0".to_owned(),
            not_before: "soon".to_owned(),
            expires_in_days: "31".to_owned(),
            ..KeyForm::default()
        };
        let form = EditForm { fields, ..EditForm::default() };
        let Err(Error::Invalid(errors)) = Edit::parse(&form, profile) else { panic!("taken") };
        let named: Vec<_> = errors.iter().map(|error| error.field).collect();
        let all = ["name", "networks", "rate_limit", "not_before", "access", "expires_in_days"];
        assert_eq!(named, all);
        Ok(())
    }

    #[test]
    fn choices_are_read() {
        assert_eq!(parse_expiry("keep"), Ok(Expiry::Keep));
        assert_eq!(parse_expiry(""), Ok(Expiry::Never));
        assert_eq!(parse_expiry("30"), Ok(Expiry::In(Duration::days(30))));
        for wrong in ["31", "-30", " ", "never"] {
            assert_eq!(parse_expiry(wrong), Err(Rule::NotAChoice), "{wrong}");
        }
    }
}
