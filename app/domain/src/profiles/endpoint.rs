//! From a path to what a profile has there.

use super::{Collection, Document, Profile};

/// What a path names within a profile.
#[derive(Clone, Copy, Debug)]
pub enum Endpoint<'a> {
    /// The document at this place of the profile's list.
    Document(usize, &'a Document),
    Collection(&'a Collection),
    /// A collection's document with this id, which may be no id.
    Item(&'a Collection, &'a str),
    Nothing,
}

impl<'a> Endpoint<'a> {
    pub fn find(profile: &'a Profile, path: &'a str) -> Self {
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
}
