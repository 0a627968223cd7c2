//! A line to paste into a terminal that calls the API with a new key.

use domain::ApiPlace;
use domain::keys::mint::Credentials;
use domain::keys::{Access, Key};
use domain::organizations::Organization;
use domain::profiles::Profile;

/// A curl line that this key is allowed to send, to this machine's API.
pub fn curl(
    profile: &Profile,
    organization: &Organization,
    key: &Key,
    credentials: &Credentials,
    api: ApiPlace,
) -> String {
    let header = |name: &str, value: &str| format!(" \\\n  -H '{name}: {value}'");
    let mut line = "curl".to_owned();
    line.push_str(&header(&profile.key_header, credentials.key.expose()));
    if let (Some(name), Some(secret)) = (&profile.secret_header, &credentials.secret) {
        line.push_str(&header(name, secret.expose()));
    }
    let tenant = organization.external_id.as_deref();
    let written = (key.access == Access::Write).then(|| profile.sample_write(tenant)).flatten();
    let sample = written.unwrap_or_else(|| profile.sample_read());
    for (name, value) in &sample.headers {
        line.push_str(&header(name, value));
    }
    if let Some(body) = &sample.body {
        line.push_str(" \\\n  -d '");
        line.push_str(body);
        line.push('\'');
    }
    let host = profile.host_for(&organization.slug, key.environment);
    format!("{line} \\\n  {}{}", api.origin(&host), sample.path)
}

/// Where the organization's programs find the API on this machine.
pub fn base_address(profile: &Profile, organization: &Organization, api: ApiPlace) -> String {
    format!("{}{}", api.origin(&profile.host_of(&organization.slug)), profile.base_path())
}
