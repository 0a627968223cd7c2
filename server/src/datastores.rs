//! The file of datastores: databases for documents, and whose documents each holds.

use domain::datastores::{Datastore, Datastores, OWN, Reach};
use domain::keys::Environment;
use domain::profiles::Profiles;
use domain::whole_file;
use serde::Deserialize;
use std::fmt;
use std::path::Path;

use crate::{Failure, Result};

/// What stands in the file; none without a file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedDatastores {
    #[serde(default, rename = "datastore")]
    all: Vec<Entry>,
}

/// One database.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    /// May hold a password.
    url: String,
    profile: String,
    environment: Option<Environment>,
    organization: Option<String>,
    #[serde(default)]
    moved: bool,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({:?}, …)", self.name)
    }
}

impl NamedDatastores {
    /// Reads the file, where one is named.
    pub fn read(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path.filter(|path| !path.as_os_str().is_empty()) else {
            return Ok(Self::default());
        };
        let about = |error| Failure::because(&path.display().to_string(), error);
        let text = whole_file::read_text(path, whole_file::CONFIGURATION_MAX)
            .map_err(|error| Failure::because(&path.display().to_string(), error))?;
        Self::parse(&text).map_err(about)
    }

    /// What this text says. Nothing of a line is repeated: it may hold a password.
    pub fn parse(text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|error: toml::de::Error| {
            let line = error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
            Failure::new(format!("line {line}: {}", error.message().replace('\n', " ")))
        })
    }

    /// The ways to them, once names, profiles and addresses are known to make sense.
    pub fn open(&self, profiles: &Profiles) -> Result<Datastores> {
        let mut opened: Vec<Datastore> = Vec::new();
        for entry in &self.all {
            let wrong =
                |what: &str| Failure::new(format!("the datastore {:?}: {what}", entry.name));
            if entry.name == OWN {
                return Err(wrong("this name is for the program's own database"));
            }
            let profile = profiles
                .get(&entry.profile)
                .ok_or_else(|| wrong(&format!("there is no profile {:?}", entry.profile)))?;
            if entry.environment.is_some_and(|one| profile.key_prefix(one).is_none()) {
                return Err(wrong("its profile has no such environment"));
            }
            let reach = Reach {
                profile: entry.profile.clone(),
                environment: entry.environment,
                organization: entry.organization.clone(),
                moved: entry.moved,
            };
            if opened.iter().any(|other| other.name == entry.name) {
                return Err(wrong("another one has this name"));
            }
            if let Some(other) = opened.iter().find(|other| !reach.moved && other.reach == reach) {
                return Err(wrong(&format!("{:?} is for the same documents", other.name)));
            }
            let owner = entry.url.parse().ok().filter(|_| entry.url.starts_with("postgres"));
            let owner = owner.ok_or_else(|| {
                wrong("its url should look like postgres://USER:PASSWORD@HOST:5432/DATABASE")
            })?;
            opened.push(Datastore::new(entry.name.clone(), reach, owner));
        }
        Ok(Datastores::new(opened))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_wrong_is_told_without_the_address() -> Result<()> {
        let profiles = Profiles::built_in()?;
        let said = |text: &str| {
            let opened = NamedDatastores::parse(text).and_then(|file| file.open(&profiles));
            opened.err().map(|failure| failure.to_string()).unwrap_or_default()
        };
        let good = "[[datastore]]\nname = \"a\"\nurl = \"postgres://u:canary@h/d\"\nprofile = \"clinikapi\"\n";
        assert_eq!(said(good), "");
        for (text, what) in [
            (good.replace("clinikapi", "nobody"), "there is no profile"),
            (format!("{good}{good}"), "another one has this name"),
            (format!("{good}{}", good.replace("\"a\"", "\"b\"")), "is for the same documents"),
            (good.replace("\"a\"", "\"own\""), "for the program's own database"),
            (good.replace("postgres:", "mysql:"), "its url should look like"),
            (
                format!("{}environment = \"test\"\n", good.replace("clinikapi", "delphos")),
                "no such",
            ),
            (good.replace("profile", "profil"), "line 4"),
            (good.replace("url =", "url "), "line 3"),
        ] {
            let said = said(&text);
            assert!(said.contains(what) && !said.contains("canary"), "{said}");
        }
        let file = NamedDatastores::parse(good)?;
        assert!(!format!("{file:?}{:?}", file.open(&profiles)?).contains("canary"));
        Ok(())
    }
}
