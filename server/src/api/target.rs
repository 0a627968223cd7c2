//! From a request's host and path to a vendor's API.

use axum::http::header::HOST;
use axum::http::request::Parts;
use domain::profiles::{HostMatch, Profile, Profiles};
use std::borrow::Cow;

/// A vendor's API, and what the host that was called says beyond that.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a, 'h> {
    pub profile: &'a Profile,
    /// The profile's place among all.
    pub place: usize,
    pub host: HostMatch<'h>,
}

impl<'a, 'h> Target<'a, 'h> {
    /// The profile by the host; for a host that is nobody's, such as `127.0.0.1`, the one with the
    /// longest path that fits, or else the first.
    pub fn find(profiles: &'a Profiles, host: &'h str, path: &str) -> Option<Self> {
        let by_host = profiles.iter().enumerate().find_map(|(place, profile)| {
            Some(Self { profile, place, host: profile.match_host(host)? })
        });
        by_host.or_else(|| Self::by_path(profiles, path))
    }

    fn by_path(profiles: &'a Profiles, path: &str) -> Option<Self> {
        let targets = profiles.iter().enumerate();
        let targets =
            targets.map(|(place, profile)| Self { profile, place, host: HostMatch::default() });
        let fit = |target: &Self| longest_fit(target.profile, path);
        // The first of equals; `max_by_key` would take the last.
        targets.reduce(|best, next| if fit(&next) > fit(&best) { next } else { best })
    }
}

/// The length of the longest of the profile's paths that this path is at or below.
fn longest_fit(profile: &Profile, path: &str) -> usize {
    let collections = profile.collections.iter().map(|collection| collection.path.as_str());
    let documents = profile.documents.iter().map(|document| document.path.as_str());
    let bases = profile.base_paths.iter().map(String::as_str);
    let paths = collections.chain(documents).chain(bases).chain(profile.login_path());
    let fits = |known: &str| {
        path.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    paths.filter(|known| fits(known)).map(str::len).max().unwrap_or(0)
}

/// The host that was called, bare.
pub fn host(request: &Parts) -> Cow<'_, str> {
    bare(authority(request))
}

/// The host that was called, as it is written. An address that names one wins over the field.
pub fn authority(request: &Parts) -> &str {
    let named = || request.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("");
    request.uri.authority().map_or_else(named, |host| host.as_str())
}

/// A host without port, in lower case, without the root's dot.
pub fn bare(host: &str) -> Cow<'_, str> {
    let host = without_port(host);
    let host = host.strip_suffix('.').unwrap_or(host);
    if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(host.to_ascii_lowercase())
    } else {
        Cow::Borrowed(host)
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        // The colons of an IPv6 address stand in brackets.
        Some((name, port)) if !port.ends_with(']') => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn parts(uri: &str, header: &str) -> Option<Parts> {
        Some(Request::get(uri).header(HOST, header).body(()).ok()?.into_parts().0)
    }

    #[test]
    fn the_host_stands_alone() {
        let host_of = |uri, header| parts(uri, header).map(|parts| host(&parts).into_owned());
        assert_eq!(
            host_of("/", "St-Mary.Delphos.App.:3001").as_deref(),
            Some("st-mary.delphos.app")
        );
        assert_eq!(host_of("/", "127.0.0.1").as_deref(), Some("127.0.0.1"));
        assert_eq!(host_of("/", "[::1]:80").as_deref(), Some("[::1]"));
        assert_eq!(host_of("http://a.example:1/x", "b.example").as_deref(), Some("a.example"));
    }

    #[test]
    fn a_host_that_is_nobodys_goes_by_path() -> domain::Result<()> {
        let profiles = Profiles::built_in()?;
        let name = |host, path| {
            Target::find(&profiles, host, path).map(|target| target.profile.name.as_str())
        };
        assert_eq!(name("localhost", "/v1/patients"), Some("delphos"));
        assert_eq!(name("localhost", "/api/v1/audiences/7"), Some("delivr"));
        assert_eq!(name("localhost", "/api/v1/tasks"), Some("deliverty"));
        assert_eq!(name("localhost", "/api/v2/events_schema"), Some("delivr"));
        assert_eq!(name("localhost", "/auth/v1/login"), Some("delivr"));
        assert_eq!(name("localhost", "/api/external/patient"), Some("novamed"));
        assert_eq!(name("localhost", "/v1x"), Some("delphos"));
        assert_eq!(name("api.clinikapi.com", "/api/v1/tasks"), Some("clinikapi"));
        Ok(())
    }
}
