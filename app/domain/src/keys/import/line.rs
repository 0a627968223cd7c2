//! One key of a file: what is said of it, and what that means.

use time::format_description::well_known::Rfc3339;
use time::{Date, Duration, OffsetDateTime, UtcOffset};

use crate::error::FieldErrors;
use crate::keys::create::KeyForm;
use crate::keys::digest::{KeyDigest, Pepper};
use crate::keys::terms::Terms;
use crate::keys::text::{IMPORTED_TEXT_MAX, has_own_shape, is_well_formed};
use crate::keys::{Access, Environment, is_listed};
use crate::organizations::KeyPolicy;
use crate::profiles::{Profile, Profiles};
use crate::text::Name;
use crate::{Result, Rule};

/// The fewest characters of a text: shorter ones can be guessed.
const TEXT_MIN: usize = 16;
/// The longest prefix, in bytes.
const PREFIX_MAX: usize = 32;

/// How a file says which key it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The text itself.
    Plain,
    /// Its SHA-256, in hexadecimal.
    Sha256,
    /// Its HMAC-SHA-256 under this program's pepper, in hexadecimal.
    Hmac,
}

impl Format {
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "plain" => Some(Self::Plain),
            "sha256" => Some(Self::Sha256),
            "hmac" => Some(Self::Hmac),
            _ => None,
        }
    }
}

/// What a file says of one key, as it is written there. Empty means: not said.
#[derive(Clone, Default)]
pub struct ImportLine {
    pub name: String,
    pub format: String,
    /// The text or its digest.
    pub key: String,
    /// What the text begins with; nothing for texts without a prefix.
    pub prefix: String,
    /// Of a digest: the last characters of the text, by which people tell keys apart.
    pub last_four: String,
    /// `live` where it is not said.
    pub environment: String,
    /// With blanks between them; `*` where it is not said.
    pub scopes: String,
    /// The channel's name.
    pub channel: String,
    /// A day or a time; by the organization's policy where it is not said.
    pub expires_at: String,
    /// With blanks between them.
    pub networks: String,
    pub rate_limit: String,
}

/// It holds a key.
impl std::fmt::Debug for ImportLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImportLine").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A key of a file that breaks no rule of its own.
#[derive(Clone, Debug)]
pub struct NewImport {
    pub(super) name: Name,
    pub(super) digest: KeyDigest,
    pub(super) pepper_version: i16,
    pub(super) prefix: String,
    pub(super) last_four: String,
    pub(super) environment: Environment,
    pub(super) scopes: Vec<String>,
    pub(super) channel: Option<String>,
    pub(super) expires_at: Option<OffsetDateTime>,
    pub(super) terms: Terms,
    /// Whether its text lacks the shape of ours.
    pub(super) imported: bool,
}

/// What lines are judged by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judge<'a> {
    pub profiles: &'a Profiles,
    pub profile: &'a Profile,
    pub policy: KeyPolicy,
    pub pepper: &'a Pepper,
    pub now: OffsetDateTime,
}

/// The part of a line that recognizes the key.
struct Recognized {
    digest: KeyDigest,
    prefix: String,
    last_four: String,
    imported: bool,
}

impl NewImport {
    pub(super) fn parse(line: &ImportLine, judge: Judge<'_>) -> Result<Self> {
        let mut errors = FieldErrors::default();
        let name = errors.check("name", Name::parse(&line.name));
        let prefix = errors.check("prefix", check_prefix(&line.prefix));
        let format = Format::named(&line.format).ok_or(("format", Rule::NotAFormat));
        let recognized = format
            .and_then(|format| recognized(line, format, judge))
            .map_err(|(field, rule)| errors.check::<()>(field, Err(rule)));
        let environment = errors.check("environment", environment(line, judge.profile));
        let scopes = errors.check("scopes", scopes(&line.scopes, judge.profile));
        let expires_at = errors.check("expires_at", expiry(&line.expires_at, judge));
        let fields = KeyForm {
            networks: line.networks.split_whitespace().collect::<Vec<_>>().join("\n"),
            rate_limit: line.rate_limit.clone(),
            ..KeyForm::default()
        };
        let terms = Terms::parse(&fields, &mut errors);
        let bound = terms.as_ref().map_or(Ok(()), |it| judge.policy.check_networks(&it.networks));
        let bound = errors.check("networks", bound);
        match (name, prefix, recognized, environment, scopes, expires_at, terms, bound) {
            (
                Some(name),
                Some(()),
                Ok(recognized),
                Some(environment),
                Some(scopes),
                Some(expires_at),
                Some(terms),
                Some(()),
            ) => Ok(Self {
                name,
                digest: recognized.digest,
                pepper_version: judge.pepper.version,
                prefix: recognized.prefix,
                last_four: recognized.last_four,
                environment,
                scopes,
                channel: Some(line.channel.clone()).filter(|channel| !channel.is_empty()),
                expires_at,
                terms,
                imported: recognized.imported,
            }),
            _ => Err(errors.into_error()),
        }
    }
}

fn check_prefix(prefix: &str) -> Result<(), Rule> {
    let visible = prefix.bytes().all(|byte| byte.is_ascii_graphic());
    if prefix.len() <= PREFIX_MAX && visible { Ok(()) } else { Err(Rule::NotAPrefix) }
}

type Wrong = (&'static str, Rule);

fn recognized(line: &ImportLine, format: Format, judge: Judge<'_>) -> Result<Recognized, Wrong> {
    if format == Format::Plain {
        return plain(&line.key, &line.prefix, judge);
    }
    let digest = parse_digest(&line.key).ok_or(("key", Rule::NotADigest))?;
    let last_four = &line.last_four;
    let visible = last_four.bytes().all(|byte| byte.is_ascii_graphic());
    if !(last_four.is_empty() || last_four.len() == 4) || !visible {
        return Err(("last_four", Rule::NotFourCharacters));
    }
    let digest = match format {
        Format::Sha256 => judge.pepper.digest_of_sha256(&digest),
        _ => KeyDigest(digest),
    };
    let (prefix, last_four) = (line.prefix.clone(), last_four.clone());
    Ok(Recognized { digest, prefix, last_four, imported: true })
}

/// A text of our own shape stays one of ours: it needs the checksum that ours have, and has their
/// prefix, whatever part of it the file names. One that has the shape of another profile's keys is
/// refused wherever it is presented as one of this profile's.
fn plain(text: &str, prefix: &str, judge: Judge<'_>) -> Result<Recognized, Wrong> {
    let length = text.len();
    let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
    if !visible || !(TEXT_MIN..=IMPORTED_TEXT_MAX).contains(&length) {
        return Err(("key", Rule::NotAKeyText { min: TEXT_MIN, max: IMPORTED_TEXT_MAX }));
    }
    if !text.starts_with(prefix) {
        return Err(("prefix", Rule::NotItsPrefix));
    }
    let bytes = text.as_bytes();
    let shape = judge.profiles.iter().find_map(|profile| {
        let own = profile.key_prefixes().find(|own| has_own_shape(bytes, own))?;
        Some((profile, own))
    });
    let ours = match shape {
        Some((other, _)) if other.name != judge.profile.name => {
            return Err(("key", Rule::OtherApi(other.title.clone())));
        }
        Some((_, own)) if !is_well_formed(bytes, own) => return Err(("key", Rule::WrongChecksum)),
        shape => shape.map(|(_, own)| own),
    };
    Ok(Recognized {
        digest: judge.pepper.digest(bytes),
        prefix: ours.unwrap_or(prefix).to_owned(),
        last_four: text[length - 4..].to_owned(),
        imported: ours.is_none(),
    })
}

/// 32 bytes in hexadecimal.
fn parse_digest(text: &str) -> Option<[u8; 32]> {
    let text = text.trim().as_bytes();
    if text.len() != 64 {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = [0; 32];
    let (pairs, _) = text.as_chunks::<2>();
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = (digit(*high)? << 4) | digit(*low)?;
    }
    Some(bytes)
}

fn environment(line: &ImportLine, profile: &Profile) -> Result<Environment, Rule> {
    let name = if line.environment.is_empty() { "live" } else { &line.environment };
    let offered = || profile.environments();
    let environment =
        Environment::named(name).ok_or_else(|| Rule::among(offered().map(Environment::as_str)))?;
    if offered().any(|one| one == environment) { Ok(environment) } else { Err(Rule::NotOffered) }
}

fn scopes(text: &str, profile: &Profile) -> Result<Vec<String>, Rule> {
    let mut scopes: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    if scopes.is_empty() {
        scopes.push(Access::ReadWrite.as_str().to_owned());
    }
    let plain = [Access::ReadWrite, Access::Read, Access::Write].map(Access::as_str);
    let known = |scope: &String| {
        plain.contains(&scope.as_str())
            || (is_listed(scope) && profile.scopes().any(|known| known == scope))
    };
    if scopes.iter().all(known) {
        return Ok(scopes);
    }
    Err(Rule::among(plain.into_iter().chain(profile.scopes())))
}

fn expiry(text: &str, judge: Judge<'_>) -> Result<Option<OffsetDateTime>, Rule> {
    let policy = judge.policy;
    if text.is_empty() {
        return Ok(policy.days_max.map(|days| judge.now + Duration::days(days.into())));
    }
    let days = time::macros::format_description!("[year]-[month]-[day]");
    // Near the end of the last year that there is, an offset can lead beyond it.
    let at = OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| Date::parse(text, days).map(|day| day.midnight().assume_utc()))
        .ok()
        .and_then(|at| at.checked_to_offset(UtcOffset::UTC))
        .ok_or(Rule::NotATimeOrDay)?;
    if at <= judge.now {
        return Err(Rule::ExpiredAlready);
    }
    policy.check_lifetime(Some(at - judge.now))?;
    Ok(Some(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::keys::text::PlainKey;

    #[test]
    fn digests_are_64_hexadecimal_digits() {
        let digest = "00ff".repeat(16);
        let bytes = parse_digest(&digest).unwrap_or_default();
        assert_eq!(bytes[..4], [0, 255, 0, 255]);
        assert_eq!(parse_digest(&digest.to_uppercase()), Some(bytes));
        for wrong in ["", &digest[1..], &format!("{digest}0"), &digest.replace('f', "g")] {
            assert_eq!(parse_digest(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_line_does_not_print_its_key() {
        let line = ImportLine { key: "acme_secret".to_owned(), ..ImportLine::default() };
        assert!(!format!("{line:?}").contains("secret"));
    }

    #[test]
    fn every_broken_column_is_named() -> Result<()> {
        let profiles = Profiles::built_in()?;
        let profile = profiles.get("delphos").ok_or(Error::NotFound)?;
        let judge = Judge {
            profiles: &profiles,
            profile,
            policy: KeyPolicy { networks_required: true, ..KeyPolicy::default() },
            pepper: &Pepper::new(1, &[7; 32])?,
            now: OffsetDateTime::UNIX_EPOCH,
        };
        let named = |line: &ImportLine| match NewImport::parse(line, judge) {
            Err(Error::Invalid(errors)) => errors.iter().map(|error| error.field).collect(),
            _ => Vec::new(),
        };
        let line = ImportLine {
            format: "md5".to_owned(),
            prefix: "a b".to_owned(),
            environment: "test".to_owned(),
            scopes: "everything".to_owned(),
            expires_at: "soon".to_owned(),
            rate_limit: "0".to_owned(),
            ..ImportLine::default()
        };
        let all = ["name", "prefix", "format", "environment", "scopes", "expires_at", "rate_limit"];
        assert_eq!(named(&line), all);
        let good = ImportLine {
            name: "Old".to_owned(),
            format: "plain".to_owned(),
            key: "acme_0123456789abcdef".to_owned(),
            prefix: "acme_".to_owned(),
            networks: "10.0.0.0/8 203.0.113.7".to_owned(),
            expires_at: "2026-01-31".to_owned(),
            ..ImportLine::default()
        };
        assert_eq!(named(&good), Vec::<&str>::new());
        let expiring = |at: &str| ImportLine { expires_at: at.to_owned(), ..good.clone() };
        for last in ["9999-12-31", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59+23:59"] {
            assert_eq!(named(&expiring(last)), Vec::<&str>::new(), "{last}");
        }
        let cases = [
            ("key", ImportLine { key: "acme_short".to_owned(), ..good.clone() }),
            ("key", ImportLine { key: "acme_0123456789 abcdef".to_owned(), ..good.clone() }),
            (
                "key",
                ImportLine {
                    key: format!("dph_live_{}", "0".repeat(32)),
                    prefix: "dph_live_".to_owned(),
                    ..good.clone()
                },
            ),
            ("key", ImportLine { format: "sha256".to_owned(), ..good.clone() }),
            ("prefix", ImportLine { prefix: "other_".to_owned(), ..good.clone() }),
            ("networks", ImportLine { networks: String::new(), ..good.clone() }),
            ("expires_at", expiring("1969-12-31")),
            ("expires_at", expiring("9999-12-31T23:59:59-23:59")),
        ];
        for (field, line) in cases {
            assert_eq!(named(&line), [field]);
        }
        let key = PlainKey::mint("clk_live_")?.expose().to_owned();
        let other = ImportLine { key, prefix: String::new(), ..good };
        let refused = NewImport::parse(&other, judge).map(|_| ());
        assert_eq!(refused, Err(Error::invalid("key", Rule::OtherApi("ClinikAPI".to_owned()))));
        Ok(())
    }
}
