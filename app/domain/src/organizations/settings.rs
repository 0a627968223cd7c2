//! What an organization decides about itself.

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::error::{FieldErrors, Rule};
use crate::text::Name;

/// The most days until a new key expires that an organization may ask for; empty means any number.
pub const KEY_DAYS_CHOICES: [&str; 4] = ["", "30", "90", "365"];
/// The days until a new key expires where the organization asks for nothing.
const KEY_DAYS_DEFAULT: i32 = 90;
/// The minutes until log-out that it may ask for; empty means the program's two hours.
pub const IDLE_CHOICES: [&str; 4] = ["", "15", "30", "60"];

/// What is asked of new keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyPolicy {
    /// The most days until they expire; none means that they need not.
    pub days_max: Option<i32>,
    /// Whether they must be bound to networks.
    pub networks_required: bool,
    /// Whether the secret must be asked for, where keys come with one.
    pub secret_required: bool,
}

impl KeyPolicy {
    /// After how many days a new key expires unless somebody says otherwise.
    pub fn default_days(self) -> i32 {
        self.days_max.unwrap_or(KEY_DAYS_DEFAULT)
    }
}

/// All of an organization's settings, as they are saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    pub name: String,
    /// An IANA name.
    pub time_zone: String,
    pub key_policy: KeyPolicy,
    /// Whether members need a second factor to enter.
    pub second_factor_required: bool,
    pub idle_minutes: Option<i32>,
    /// Counts the changes.
    pub version: i32,
}

/// The general form's fields, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SettingsForm {
    pub name: String,
    pub time_zone: String,
    pub key_days_max: String,
    pub networks_required: Option<String>,
    pub secret_required: Option<String>,
    /// The settings' version when the form was made.
    pub seen: String,
}

/// What the general form asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSettings {
    pub name: Name,
    pub time_zone: String,
    pub key_policy: KeyPolicy,
    pub seen: i32,
}

impl NewSettings {
    /// The time zone is checked by the operation, which knows the list.
    pub fn parse(form: &SettingsForm) -> Result<Self> {
        let mut errors = FieldErrors::default();
        let name = errors.check("name", Name::parse(&form.name));
        let days = errors.check("key_days_max", choice(&KEY_DAYS_CHOICES, &form.key_days_max));
        let seen = errors.check("seen", form.seen.parse().map_err(|_| Rule::NotAChoice));
        let (Some(name), Some(days_max), Some(seen)) = (name, days, seen) else {
            return Err(errors.into_error());
        };
        let key_policy = KeyPolicy {
            days_max,
            networks_required: form.networks_required.is_some(),
            secret_required: form.secret_required.is_some(),
        };
        Ok(Self { name, time_zone: form.time_zone.clone(), key_policy, seen })
    }
}

/// The fields of the form about signing in, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SecurityForm {
    pub second_factor_required: Option<String>,
    pub idle_minutes: String,
    pub seen: String,
}

/// What the form about signing in asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewSecurity {
    pub second_factor_required: bool,
    pub idle_minutes: Option<i32>,
    pub seen: i32,
}

impl NewSecurity {
    pub fn parse(form: &SecurityForm) -> Result<Self> {
        let mut errors = FieldErrors::default();
        let idle = errors.check("idle_minutes", choice(&IDLE_CHOICES, &form.idle_minutes));
        let seen = errors.check("seen", form.seen.parse().map_err(|_| Rule::NotAChoice));
        let (Some(idle_minutes), Some(seen)) = (idle, seen) else {
            return Err(errors.into_error());
        };
        let second_factor_required = form.second_factor_required.is_some();
        Ok(Self { second_factor_required, idle_minutes, seen })
    }
}

/// Nothing, or the number, if it is one of the choices.
fn choice(choices: &[&str], text: &str) -> Result<Option<i32>, Rule> {
    if choices.contains(&text) { Ok(text.parse().ok()) } else { Err(Rule::NotAChoice) }
}

#[cfg(feature = "server")]
/// A form that was made before somebody else saved.
pub(super) fn check_seen(seen: i32, version: i32) -> Result<()> {
    if seen == version { Ok(()) } else { Err(crate::Error::invalid("seen", Rule::Stale)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_broken_field_is_named() {
        let form = SettingsForm { key_days_max: "31".into(), ..SettingsForm::default() };
        let Err(crate::Error::Invalid(errors)) = NewSettings::parse(&form) else { panic!("taken") };
        let fields: Vec<_> = errors.iter().map(|error| error.field).collect();
        assert_eq!(fields, ["name", "key_days_max", "seen"]);
        let form = SecurityForm { idle_minutes: "0".into(), ..SecurityForm::default() };
        let Err(crate::Error::Invalid(errors)) = NewSecurity::parse(&form) else { panic!("taken") };
        let fields: Vec<_> = errors.iter().map(|error| error.field).collect();
        assert_eq!(fields, ["idle_minutes", "seen"]);
    }
}
