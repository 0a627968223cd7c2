//! `demo.json`: addresses, people and one key of each organization.

use domain::profiles::Profiles;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;

use super::plan::{EVERYWHERE, REP};
use crate::data_dir::{read_private, write_private};
use crate::startup::Addresses;
use crate::{Failure, Result};

/// The whole file.
#[derive(Clone, Serialize, Deserialize)]
pub struct DemoFile {
    pub dashboard: String,
    pub api: String,
    pub internal: String,
    /// One for each membership, and the vendor's own people, who have none.
    pub users: Vec<DemoUser>,
    pub organizations: Vec<DemoOrganization>,
}

/// Somebody who can sign in.
#[derive(Clone, Serialize, Deserialize)]
pub struct DemoUser {
    pub email: String,
    pub password: String,
    pub role: String,
    /// The organization's slug.
    pub organization: Option<String>,
}

/// An organization with the key that may do everything there.
#[derive(Clone, Serialize, Deserialize)]
pub struct DemoOrganization {
    pub profile: String,
    pub slug: String,
    pub name: String,
    pub base_url: String,
    /// The first collection's address. Not in the file, which has `base_url`.
    #[serde(skip)]
    pub example_url: String,
    pub api_key: String,
    pub api_secret: Option<String>,
    pub clinic_id: Option<String>,
}

impl fmt::Debug for DemoFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DemoFile(…)")
    }
}

impl fmt::Debug for DemoUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DemoUser({:?}, …)", self.email)
    }
}

impl fmt::Debug for DemoOrganization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DemoOrganization({:?}, …)", self.slug)
    }
}

impl DemoFile {
    /// The file, or `None` when there is none.
    pub fn read(path: &Path) -> Result<Option<Self>> {
        let Some(text) = read_private(path)? else { return Ok(None) };
        serde_json::from_str(&text)
            .map(Some)
            .map_err(|error| Failure::because(&format!("{} is damaged", path.display()), error))
    }

    /// Writes it, for its owner only.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| Failure::because(&path.display().to_string(), error))?;
        write_private(path, &(text + "\n"))
    }

    /// Takes over where everything is this time.
    pub fn set_addresses(&mut self, profiles: &Profiles, addresses: &Addresses) {
        self.dashboard.clone_from(&addresses.dashboard);
        self.api.clone_from(&addresses.api);
        self.internal.clone_from(&addresses.internal);
        for organization in &mut self.organizations {
            let Some(profile) = profiles.get(&organization.profile) else { continue };
            let host = profile.host_of(&organization.slug);
            let scheme = if addresses.api.starts_with("https:") { "https" } else { "http" };
            let origin = format!("{scheme}://{host}:{}", addresses.api_port);
            let path = profile.collections.first().map_or("", |collection| &collection.path);
            organization.base_url = format!("{origin}{}", profile.base_path());
            organization.example_url = format!("{origin}{path}");
        }
    }

    /// Who sees every organization.
    pub fn everywhere(&self) -> Option<&DemoUser> {
        self.users.iter().find(|user| user.email == EVERYWHERE)
    }

    /// The account rep.
    pub fn rep(&self) -> Option<&DemoUser> {
        self.users.iter().find(|user| user.email == REP)
    }
}

impl DemoOrganization {
    /// A command that works as it stands.
    pub fn curl(&self) -> String {
        let secret = self.api_secret.as_ref();
        let secret =
            secret.map(|secret| format!(" -H 'x-api-secret: {secret}'")).unwrap_or_default();
        format!("curl -H 'x-api-key: {}'{secret} {}", self.api_key, self.example_url)
    }
}
