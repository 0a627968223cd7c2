//! What can go wrong, in the domain's words. HTTP and the pages each translate it in one place.

use crate::members::Role;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation did not happen. Never holds a secret: an error may be logged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Fields that break a rule; the message stands beside each field.
    #[error("the input breaks a rule")]
    Invalid(Vec<FieldError>),
    /// Nobody is signed in.
    #[error("nobody is signed in")]
    Unauthenticated,
    /// Somebody is signed in whose role does not reach.
    #[error("this needs the role {needs}")]
    Forbidden { needs: Role },
    /// Somebody is signed in who is none of the vendor's staff.
    #[error("this is for account reps")]
    RepsOnly,
    /// There is no such thing, or it belongs to somebody else; the two look the same.
    #[error("not found")]
    NotFound,
    /// The thing is not in a state that allows this, such as a revoked key to be enabled.
    #[error("{0}")]
    Conflict(&'static str),
    /// It has been too long since whoever is signed in gave their password.
    #[error("the password is needed again")]
    ProofNeeded,
    /// The organization asks for a second factor, and whoever is signed in has none.
    #[error("the organization asks for a second factor")]
    SecondFactorNeeded,
    /// The database cannot be reached just now.
    #[error("the database cannot be reached")]
    Unavailable,
    /// Too many wrong passwords or codes; how long to wait before the next try.
    #[error("too many attempts: wait {seconds} s")]
    RateLimited { seconds: u64 },
    /// More at once than there is room for.
    #[error("too much is asked for at once")]
    Busy,
    /// Our fault.
    #[error("internal error: {0}")]
    Internal(String),
}

/// A rule that one field breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name in the form.
    pub field: &'static str,
    pub rule: Rule,
}

/// A line of a file that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenLine {
    /// As the caller numbers them.
    pub line: u64,
    pub error: FieldError,
}

/// What a field must obey; `Display` is the sentence that people read beside the field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    #[error("Enter a value")]
    Empty,
    #[error("Use at most {max} characters; this has {length}")]
    TooLong { max: usize, length: usize },
    #[error("Leave out < and >")]
    Markup,
    #[error("Leave out line breaks and other invisible characters")]
    Invisible,
    #[error("This is too big")]
    TooBig,
    #[error("Choose one of the options")]
    NotAChoice,
    /// The names, for whoever sees no list to choose from.
    #[error("Use one of {0}")]
    NotAmong(String),
    #[error("Use small letters, digits and hyphens only, and no hyphen at either end")]
    NotASlug,
    #[error("This name is in use; choose another")]
    Taken,
    #[error("This name is one of Latchkey’s own addresses; choose another")]
    Reserved,
    #[error("Type the name exactly as it is shown")]
    NotTheName,
    #[error("Confirm that you have stored the key")]
    NotConfirmed,
    #[error(
        "The old key may have leaked, so Now is chosen here; choose another time again if you must"
    )]
    LeakedKeyLives,
    #[error("Enter an e-mail address, such as name@example.com")]
    NotAnEmail,
    #[error("This person is a member already")]
    MemberAlready,
    #[error("This address has an open invitation; send that one again instead")]
    InvitedAlready,
    #[error("Use at least {min} characters")]
    TooShort { min: usize },
    #[error("Use at most {max} bytes; this has {length}")]
    TooManyBytes { max: usize, length: usize },
    #[error("This is among the first that others try: use words that do not belong together")]
    TooCommon,
    #[error("Use something other than the e-mail address")]
    SameAsEmail,
    #[error("This is not your current password")]
    WrongPassword,
    #[error("This is not the code that your app shows now")]
    WrongCode,
    #[error("Set up your own second factor first, so that you do not lock yourself out")]
    SecondFactorFirst,
    #[error("Somebody else has saved in the meantime. Save again to put yours in place of theirs")]
    Stale,
    #[error("Your organization wants new keys to expire after {days} days or sooner")]
    ExpiresTooLate { days: i32 },
    #[error(
        "Your organization wants keys to end within {days} days of being made; regenerate this one to use it longer"
    )]
    GrowsTooOld { days: i32 },
    #[error("Your organization wants new keys to require the secret")]
    SecretNeeded,
    #[error("Your organization wants new keys to be bound to networks: name at least one")]
    NetworksNeeded,
    #[error(
        "Your organization wants keys to be bound to networks: leave this off, and create the key afterwards"
    )]
    FirstKeyUnbound,
    /// The sentence of [`crate::approvals::closed_by`].
    #[error("{0}")]
    GateClosed(&'static str),
    #[error("Enter a day as 2026-03-01")]
    NotADay,
    #[error("Enter a day that is not in the future")]
    InTheFuture,
    #[error("Another tenant of this API has this id")]
    IdTaken,
    #[error("There is no organization with this name in addresses")]
    NotATenant,
    #[error("Name another organization than above")]
    SameTenant,
    #[error("Choose live, test or both")]
    NoEnvironment,
    #[error("This API has no keys for one of these environments")]
    NotOffered,
    #[error("Enter a UUID, such as 550e8400-e29b-41d4-a716-446655440000")]
    NotAUuid,
    #[error("This is the address of an account rep, and reps hold no keys of tenants")]
    IsARep,
    #[error("There is no account rep with this address")]
    NotARep,
    #[error("Enter a whole number from {min} to {max}, or nothing")]
    NotANumber { min: i32, max: i32 },
    #[error("Enter a whole number of minutes from 1 to {max}")]
    NotMinutes { max: i64 },
    #[error("Enter a date and time, such as 2026-01-31T08:00, or nothing")]
    NotATime,
    #[error("The key would expire before it begins")]
    BeginsTooLate,
    #[error("Line {line} is no network; write it like 203.0.113.0/24 or 2001:db8::/32")]
    NotANetwork { line: usize },
    #[error("Line {line} says more than its prefix covers; did you mean {network}?")]
    NetworkTooLong { line: usize, network: String },
    #[error(
        "Line {line} takes in IPv4 addresses as IPv6 writes them; name IPv4 networks by themselves, like 203.0.113.0/24"
    )]
    BothKinds { line: usize },
    #[error("Use at most {max} lines")]
    TooManyLines { max: usize },
    #[error("Choose at least one scope")]
    NoScope,
    #[error("Say plain, sha256 or hmac")]
    NotAFormat,
    #[error("Enter 64 hexadecimal digits")]
    NotADigest,
    #[error("Use at most 32 visible ASCII characters")]
    NotAPrefix,
    #[error("Enter the last four characters, or nothing")]
    NotFourCharacters,
    #[error("A key has {min} to {max} visible ASCII characters, and no blanks")]
    NotAKeyText { min: usize, max: usize },
    #[error("The key does not begin with this")]
    NotItsPrefix,
    #[error(
        "Keys that begin like this and are as long have a checksum here, and this one's is wrong"
    )]
    WrongChecksum,
    #[error("Keys like this are those of {0}, which is not this organization’s API")]
    OtherApi(String),
    #[error("Enter a day as 2026-03-01 or a time as 2026-03-01T08:00:00Z, or nothing")]
    NotATimeOrDay,
    #[error("Enter a moment that is still to come, or nothing")]
    ExpiredAlready,
    #[error("There is no channel with this name")]
    NoChannel,
    #[error("There is a key with this text already")]
    KeyTaken,
    #[error("Enter an address such as https://hooks.example.com/keys, without a user name")]
    NotAWebhook,
    #[error(
        "This address is private: webhooks may lead there only if whoever runs this server allows its network (--webhook-network)"
    )]
    OutOfReach,
    #[error("Choose at least one event")]
    NoEvent,
}

impl Rule {
    /// That it is one of these names, each of which is told once.
    pub fn among<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut told: Vec<&str> = Vec::new();
        for name in names {
            if !told.contains(&name) {
                told.push(name);
            }
        }
        Self::NotAmong(told.join(", "))
    }
}

impl Error {
    /// One field that breaks a rule.
    pub fn invalid(field: &'static str, rule: Rule) -> Self {
        Self::Invalid(vec![FieldError { field, rule }])
    }
}

/// Gathers the errors of all fields of a form, so that people see them at once.
#[derive(Debug, Default)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// The field's value, or `None` after noting the rule that it breaks.
    pub fn check<T>(&mut self, field: &'static str, value: Result<T, Rule>) -> Option<T> {
        value.map_err(|rule| self.0.push(FieldError { field, rule })).ok()
    }

    /// The error that names every field noted. Call it when a value is missing.
    pub fn into_error(self) -> Error {
        Error::Invalid(self.0)
    }
}

#[cfg(feature = "server")]
impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        if crate::database::is_connection_error(&error) {
            return Self::Unavailable;
        }
        match &error {
            sqlx::Error::RowNotFound => Self::NotFound,
            // Text that PostgreSQL cannot hold, such as one with a NUL, names nothing.
            sqlx::Error::Database(database) if database.code().as_deref() == Some("22021") => {
                Self::NotFound
            }
            // Only the message: the detail line of a violated constraint quotes values.
            sqlx::Error::Database(database) => Self::Internal(format!(
                "database: {} ({})",
                database.message(),
                database.code().unwrap_or_default()
            )),
            _ => Self::Internal(format!("database: {error}")),
        }
    }
}
