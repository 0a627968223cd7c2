//! What is asked of a regeneration.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::error::FieldErrors;
use crate::keys::overlap::Overlap;
use crate::profiles::Profile;
use crate::{Result, Rule};

/// What the form's fields hold, as sent.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct RegenerateForm {
    pub overlap: String,
    pub leaked: Option<String>,
    /// Whether the page that held the form took the key for leaked already.
    pub leak_seen: Option<String>,
    /// The last four characters of the text that the page was about; empty where that is not said.
    pub replaces: String,
    pub form_token: String,
}

/// A regeneration that breaks no rule of the form.
#[derive(Clone, Debug)]
pub struct Regeneration {
    pub overlap: Overlap,
    /// Somebody else may have the old text.
    pub leaked: bool,
    /// The last four characters of the text that is to be replaced; empty for whichever it is.
    pub replaces: String,
    /// Random, made with the form: sending a form twice regenerates once.
    pub form_token: Uuid,
}

impl Regeneration {
    /// A leaked key should stop now: another choice is asked about once before it is taken.
    pub fn parse(form: &RegenerateForm, profile: &Profile) -> Result<Self> {
        let mut errors = FieldErrors::default();
        let overlap = parse_overlap(form, profile);
        let overlap = errors.check("overlap", overlap);
        let token =
            errors.check("form_token", form.form_token.parse().map_err(|_| Rule::NotAChoice));
        match (overlap, token) {
            (Some(overlap), Some(form_token)) => Ok(Self {
                overlap,
                leaked: form.leaked.is_some(),
                replaces: form.replaces.clone(),
                form_token,
            }),
            _ => Err(errors.into_error()),
        }
    }

    /// When the old text ends: never later than the key itself. `None` means now.
    pub(super) fn old_text_until(
        &self,
        now: OffsetDateTime,
        expires_at: Option<OffsetDateTime>,
    ) -> Option<OffsetDateTime> {
        let end = now + self.overlap.duration();
        let end = expires_at.map_or(end, |expires_at| end.min(expires_at));
        (end > now).then_some(end)
    }
}

fn parse_overlap(form: &RegenerateForm, profile: &Profile) -> Result<Overlap, Rule> {
    if !profile.may_overlap {
        let asked = ["", Overlap::Now.as_str()].contains(&form.overlap.as_str());
        return if asked { Ok(Overlap::Now) } else { Err(Rule::NotAChoice) };
    }
    let overlap = Overlap::named(&form.overlap).ok_or(Rule::NotAChoice)?;
    if form.leaked.is_some() && form.leak_seen.is_none() && overlap != Overlap::Now {
        return Err(Rule::LeakedKeyLives);
    }
    Ok(overlap)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    #[test]
    fn the_form_knows_the_profile_and_asks_about_leaks_once() -> Result<()> {
        let profiles = crate::profiles::Profiles::built_in()?;
        let parsed = |profile: &str, overlap: &str, leaked: bool, seen: bool| {
            let form = RegenerateForm {
                overlap: overlap.to_owned(),
                leaked: leaked.then(|| "true".to_owned()),
                leak_seen: seen.then(|| "true".to_owned()),
                replaces: "abcd".to_owned(),
                form_token: Uuid::now_v7().to_string(),
            };
            let profile = profiles.get(profile).ok_or(Error::NotFound)?;
            Regeneration::parse(&form, profile).map(|wanted| wanted.overlap)
        };
        let refused = |rule| Err(Error::invalid("overlap", rule));
        assert_eq!(parsed("delphos", "24h", false, false), Ok(Overlap::Day));
        assert_eq!(parsed("delphos", "", false, false), refused(Rule::NotAChoice));
        assert_eq!(parsed("delphos", "24h", true, false), refused(Rule::LeakedKeyLives));
        assert_eq!(parsed("delphos", "1h", true, true), Ok(Overlap::Hour));
        assert_eq!(parsed("delphos", "now", true, false), Ok(Overlap::Now));
        // The vendor's document: the old key stops at once.
        assert_eq!(parsed("deliverty", "", false, false), Ok(Overlap::Now));
        assert_eq!(parsed("deliverty", "1h", false, false), refused(Rule::NotAChoice));
        Ok(())
    }
}
