//! From a path to what a profile has there.

use percent_encoding::percent_decode_str;
use std::borrow::Cow;

use super::{Collection, Document, Profile};

/// What a path names within a profile.
#[derive(Clone, Copy, Debug)]
pub enum Endpoint<'a, 'p> {
    /// The document at this place of the profile's list.
    Document(usize, &'a Document),
    Collection(&'a Collection),
    /// A collection's document with this id, which may be no id.
    Item(&'a Collection, &'p str),
    Nothing,
}

impl<'a, 'p> Endpoint<'a, 'p> {
    pub fn find(profile: &'a Profile, path: &'p str) -> Self {
        let mut documents = profile.documents.iter().enumerate();
        if let Some((place, document)) = documents.find(|(_, document)| document.path == path) {
            return Self::Document(place, document);
        }
        for collection in &profile.collections {
            match path.strip_prefix(collection.path.as_str()) {
                Some("") => return Self::Collection(collection),
                Some(rest) => {
                    if let Some(id) = rest.strip_prefix('/') {
                        return Self::Item(collection, id);
                    }
                }
                None => {}
            }
        }
        Self::Nothing
    }

    /// Its number among the profile's, as [`super::EndpointId`] counts.
    pub fn place(self, profile: &Profile) -> u16 {
        let (documents, collections) = (profile.documents.len(), &profile.collections);
        let number = |wanted: &Collection| {
            let found = collections.iter().position(|one| std::ptr::eq(one, wanted));
            found.unwrap_or(collections.len())
        };
        let place = match self {
            Self::Document(place, _) => place,
            Self::Collection(collection) => documents + number(collection),
            Self::Item(collection, _) => documents + collections.len() + number(collection),
            Self::Nothing => profile.other_paths(),
        };
        u16::try_from(place).unwrap_or(u16::MAX)
    }

    /// What it asks of a key, where keys can be given that alone.
    pub fn scope(self, write: bool) -> Option<&'a str> {
        match self {
            Self::Collection(collection) | Self::Item(collection, _) => collection.scope(write),
            Self::Document(_, document) => document.scope.as_deref(),
            Self::Nothing => None,
        }
    }

    /// What the endpoint asks of a key that a service behind may take the path for: it is judged here
    /// and answered there, where other spellings may name the same.
    pub fn scope_behind(profile: &'a Profile, path: &str, write: bool) -> Option<&'a str> {
        Endpoint::find(profile, &plain(path)).scope(write)
    }
}

/// The path in the spelling that profiles have: no percent code, doubled slashes, dots, parameters of
/// a part, or slash at the end.
fn plain(path: &str) -> Cow<'_, str> {
    let is_plain = !path.contains(['%', ';', '\\'])
        && !path.contains("//")
        && !path.contains("/.")
        && !path.ends_with('/');
    if is_plain {
        return Cow::Borrowed(path);
    }
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    let mut parts: Vec<&str> = Vec::new();
    for part in decoded.split(['/', '\\']) {
        match part.split(';').next().unwrap_or(part) {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    Cow::Owned(format!("/{}", parts.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_spellings_of_a_path_are_the_same_path() {
        for spelling in [
            "/v1/payroll",
            "/v1/%70ayroll",
            "/v1%2Fpayroll",
            "/v1//payroll",
            "/v1/./payroll",
            "/v1/patients/../payroll",
            "/v1/%2e%2e/v1/payroll/",
            "/v1/payroll;session=1",
            "/v1\\payroll",
        ] {
            assert_eq!(plain(spelling), "/v1/payroll", "{spelling}");
        }
        for (odd, told) in [("/", "/"), ("/../..", "/"), ("/100%", "/100%"), ("/a%zzb", "/a%zzb")] {
            assert_eq!(plain(odd), told);
        }
        assert_eq!(plain("/caf%C3%A9"), "/café");
    }
}
