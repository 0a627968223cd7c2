//! Codes: those that an app makes, and those that are written down.

use secrecy::SecretString;
use totp_rs::{Builder, Totp};

use super::{Enrolment, RecoveryCodes};
use crate::ids::UserId;
use crate::keys::digest::{KeyDigest, Pepper};
use crate::{Error, Result};

/// 160 bits, as RFC 4226 recommends.
const SECRET_BYTES: usize = 20;
const RECOVERY_CODES: usize = 10;
/// Of 5 bits each: 50 bits, tried against a throttle and kept under a pepper.
const RECOVERY_CHARACTERS: usize = 10;
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
const ISSUER: &str = "Latchkey";

pub(super) fn fill_random(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|error| Error::Internal(format!("randomness: {error}")))
}

/// A new secret.
pub(super) fn mint_secret() -> Result<[u8; SECRET_BYTES]> {
    let mut secret = [0; SECRET_BYTES];
    fill_random(&mut secret)?;
    Ok(secret)
}

/// What makes and checks the codes of this secret: six digits, half a minute each, and one half
/// minute early or late is fine. All apps can do this kind.
pub(super) fn codes_of(secret: Vec<u8>) -> Result<Totp> {
    Builder::new()
        .with_secret(secret)
        .build()
        .map_err(|error| Error::Internal(format!("second factor: {error}")))
}

/// The secret as people and apps take it.
pub(super) fn enrolment(codes: &Totp, email: &str) -> Enrolment {
    let secret = codes.secret().to_base32();
    let label = percent_encoded(email);
    let uri = format!("otpauth://totp/{ISSUER}:{label}?secret={secret}&issuer={ISSUER}");
    let mut grouped = String::with_capacity(secret.len() * 2);
    for (at, character) in secret.chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            grouped.push(' ');
        }
        grouped.push(character);
    }
    Enrolment { secret: grouped.into(), uri: uri.into() }
}

fn percent_encoded(text: &str) -> String {
    let encoded = text.bytes().map(|byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'@') {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    });
    encoded.collect()
}

/// What somebody has typed.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Typed {
    /// Six digits from the app.
    FromApp(String),
    /// A recovery code, as it is digested.
    Recovery(String),
}

impl Typed {
    /// However it is spaced and written; `None` for what is neither.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let dropped = |character: &char| !character.is_whitespace() && *character != '-';
        let text: String = text.chars().filter(dropped).take(RECOVERY_CHARACTERS + 1).collect();
        let text = text.to_ascii_lowercase();
        if text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Self::FromApp(text));
        }
        let known = text.bytes().all(|byte| BASE32.contains(&byte));
        (text.len() == RECOVERY_CHARACTERS && known).then_some(Self::Recovery(text))
    }
}

/// New recovery codes, and what is kept of each.
pub(super) fn mint_recovery_codes(
    pepper: &Pepper,
    user_id: UserId,
) -> Result<(RecoveryCodes, Vec<Vec<u8>>)> {
    let mut shown: Vec<SecretString> = Vec::with_capacity(RECOVERY_CODES);
    let mut kept = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        let mut bytes = [0; RECOVERY_CHARACTERS];
        fill_random(&mut bytes)?;
        let code: String =
            bytes.iter().map(|byte| char::from(BASE32[usize::from(byte % 32)])).collect();
        kept.push(recovery_digest(pepper, user_id, &code).0.to_vec());
        let (first, second) = code.split_at(RECOVERY_CHARACTERS / 2);
        shown.push(format!("{first}-{second}").into());
    }
    Ok((RecoveryCodes(shown), kept))
}

/// The digest of one user's code; the same code of another user has another one.
pub(super) fn recovery_digest(pepper: &Pepper, user_id: UserId, code: &str) -> KeyDigest {
    pepper.digest(format!("latchkey recovery code {user_id} {code}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_rfc_6238() -> Result<()> {
        // Appendix B, of which six digits are the last six.
        let codes = codes_of(b"12345678901234567890".to_vec())?;
        for (time, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")]
        {
            assert_eq!(codes.check(code, time), Some(time / 30));
            assert_eq!(codes.check(code, time + 30), Some(time / 30), "half a minute late");
            assert_eq!(codes.check(code, time + 90), None, "too late");
        }
        let enrolment = enrolment(&codes, "ann+x@one.example");
        assert_eq!(enrolment.secret(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert_eq!(
            enrolment.uri(),
            "otpauth://totp/Latchkey:ann%2Bx@one.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Latchkey"
        );
        assert_eq!(format!("{enrolment:?}"), "Enrolment(…)");
        Ok(())
    }

    #[test]
    fn typing_is_forgiven_and_nonsense_is_not() {
        let is = |text: &str, typed: Option<Typed>| assert!(Typed::parse(text) == typed, "{text}");
        for text in ["123456", " 123 456 ", "123-456"] {
            is(text, Some(Typed::FromApp("123456".into())));
        }
        for text in ["abcde-23456", "ABCDE23456", "abcde 23456"] {
            is(text, Some(Typed::Recovery("abcde23456".into())));
        }
        for text in ["", "12345", "1234567", "abcde-2345", "abcde-234567", "abcde-2345!", "一二三"]
        {
            is(text, None);
        }
        is(&"1".repeat(10_000), None);
    }
}
