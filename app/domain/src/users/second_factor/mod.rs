//! The second factor: a code that an app makes from a shared secret and the time (RFC 6238), beside
//! ten recovery codes for when the phone is lost.

pub mod check;
mod code;
pub mod confirm;
pub mod get;
pub mod remove;
mod seal;
pub mod set_up;

use secrecy::{ExposeSecret, SecretString};

/// A secret that has just been made, for the one page that shows it.
#[derive(Clone)]
pub struct Enrolment {
    secret: SecretString,
    uri: SecretString,
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolment(…)")
    }
}

impl Enrolment {
    /// To be typed in: base32 in groups of four.
    pub fn secret(&self) -> &str {
        self.secret.expose_secret()
    }

    /// The same as an `otpauth:` address, which a picture of can be scanned.
    pub fn uri(&self) -> &str {
        self.uri.expose_secret()
    }
}

/// Codes that have just been made, for the one page that shows them.
#[derive(Clone)]
pub struct RecoveryCodes(Vec<SecretString>);

impl std::fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RecoveryCodes({} of …)", self.0.len())
    }
}

impl RecoveryCodes {
    /// As they are written down.
    pub fn expose(&self) -> Vec<&str> {
        self.0.iter().map(ExposeSecret::expose_secret).collect()
    }
}
