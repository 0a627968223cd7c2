//! Passwords: hashed with argon2id, never more at once than the memory set aside for it.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use tokio::sync::Semaphore;

use super::first_guesses::is_guessed_first;
use crate::{Error, Result, Rule};

/// 64 MiB, three passes, one lane: RFC 9106's second recommended setting, on one lane because
/// requests run beside each other anyway.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 1;
/// How many hashes run at once, at most; the others wait. Bounds memory to as many times 64 MiB.
const AT_ONCE_MAX: usize = 4;
/// How many may wait. Further ones are turned away: a longer queue would only be served when those
/// who stand in it have given up.
const WAITING_MAX: usize = 32;
/// The longest password, in bytes; hashing more would only give an attacker work to hand us.
const PASSWORD_MAX: usize = 1024;
/// The shortest password, in characters. Length is all that is asked for: rules about digits and
/// signs make passwords that are easier to guess. What is guessed first is refused all the same.
pub const PASSWORD_MIN: usize = 12;

/// A password that somebody has chosen and that obeys the rules.
#[derive(Clone, Debug)]
pub struct NewPassword(SecretString);

impl NewPassword {
    /// For the user with this address.
    pub fn parse(text: SecretString, email: &str) -> Result<Self, Rule> {
        let password = text.expose_secret();
        if password.is_empty() {
            return Err(Rule::Empty);
        }
        if password.len() > PASSWORD_MAX {
            return Err(Rule::TooManyBytes { max: PASSWORD_MAX, length: password.len() });
        }
        if password.chars().count() < PASSWORD_MIN {
            return Err(Rule::TooShort { min: PASSWORD_MIN });
        }
        if password.trim().to_lowercase() == email.to_lowercase() {
            return Err(Rule::SameAsEmail);
        }
        if is_guessed_first(password) {
            return Err(Rule::TooCommon);
        }
        Ok(Self(text))
    }

    /// For [`Passwords::hash`].
    pub fn into_secret(self) -> SecretString {
        self.0
    }
}

/// Hashes and checks passwords.
#[derive(Debug)]
pub struct Passwords {
    /// Of those who are served and those who wait.
    room: Semaphore,
    slots: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        // Half of the processors stay free for what the program is for.
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let at_once = (processors / 2).clamp(1, AT_ONCE_MAX);
        Self {
            room: Semaphore::new(WAITING_MAX + at_once),
            slots: Arc::new(Semaphore::new(at_once)),
        }
    }
}

impl Passwords {
    /// A PHC string with a salt of its own.
    pub async fn hash(&self, password: SecretString) -> Result<String> {
        self.run(move || {
            hasher()?
                .hash_password(password.expose_secret().as_bytes())
                .map(|hash| hash.to_string())
                .map_err(|error| Error::Internal(format!("password hash: {error}")))
        })
        .await
    }

    /// Whether the password belongs to the hash. Without a hash the same work is done in vain, so
    /// that an unknown address takes as long as a wrong password.
    pub async fn verify(&self, password: SecretString, hash: Option<String>) -> Result<bool> {
        self.run(move || {
            let password = password.expose_secret().as_bytes();
            if password.len() > PASSWORD_MAX {
                return Ok(false);
            }
            let hasher = hasher()?;
            let Some(hash) = hash else {
                let _ = hasher.hash_password(password);
                return Ok(false);
            };
            let hash = PasswordHash::new(&hash)
                .map_err(|error| Error::Internal(format!("stored password hash: {error}")))?;
            Ok(hasher.verify_password(password, &hash).is_ok())
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let _room = self.room.try_acquire().map_err(|_| Error::Busy)?;
        let slot = Arc::clone(&self.slots).acquire_owned().await;
        tokio::task::spawn_blocking(move || {
            let _slot = slot;
            work()
        })
        .await
        .map_err(|error| Error::Internal(format!("password hash: {error}")))?
    }
}

fn hasher() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)
        .map_err(|error| Error::Internal(format!("argon2 parameters: {error}")))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_password_is_long_enough_and_not_the_address() {
        let parse = |text: &str| {
            NewPassword::parse(text.to_owned().into(), "somebody@one.example").map(|_| ())
        };
        assert_eq!(parse("correct horse"), Ok(()));
        assert_eq!(parse("пароль длинный"), Ok(()));
        assert_eq!(parse(""), Err(Rule::Empty));
        assert_eq!(parse("elevenchars"), Err(Rule::TooShort { min: 12 }));
        assert_eq!(parse(&"ox yak ".repeat(146)), Ok(()));
        assert_eq!(parse("passwordpassword"), Err(Rule::TooCommon));
        assert_eq!(parse(&"é".repeat(513)), Err(Rule::TooManyBytes { max: 1024, length: 1026 }));
        assert_eq!(parse("Somebody@One.example "), Err(Rule::SameAsEmail));
    }

    #[tokio::test]
    async fn accepts_only_the_password_that_was_hashed() -> Result<()> {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse".to_owned().into()).await?;
        assert!(hash.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"), "{hash}");
        assert!(passwords.verify("correct horse".to_owned().into(), Some(hash.clone())).await?);
        assert!(!passwords.verify("correct hors".to_owned().into(), Some(hash.clone())).await?);
        assert!(!passwords.verify("correct horse".to_owned().into(), None).await?);
        assert!(!passwords.verify("x".repeat(PASSWORD_MAX + 1).into(), Some(hash)).await?);
        Ok(())
    }

    #[tokio::test]
    async fn only_so_many_wait() -> Result<()> {
        let passwords = Arc::new(Passwords::default());
        // All served ones are taken: nobody's turn comes.
        let at_once = u32::try_from(passwords.slots.available_permits()).unwrap_or(0);
        let taken = Arc::clone(&passwords.slots).acquire_many_owned(at_once).await;
        let room = passwords.room.available_permits();
        let mut waiting = Vec::new();
        for _ in 0..room {
            let passwords = Arc::clone(&passwords);
            waiting.push(tokio::spawn(async move { passwords.verify("x".into(), None).await }));
            tokio::task::yield_now().await;
        }
        assert_eq!(passwords.verify("x".into(), None).await, Err(Error::Busy));
        // Whoever gives up makes room.
        for one in waiting {
            one.abort();
            let _ = one.await;
        }
        assert_eq!(passwords.room.available_permits(), room);
        drop(taken);
        assert_eq!(passwords.verify("x".into(), None).await, Ok(false));
        Ok(())
    }
}
