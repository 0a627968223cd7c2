//! The profiles that are built in, and more from a directory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::fault::{Fault, Faults};
use super::place::Place;
use super::read::read;
use super::{Profile, Profiles, Source};
use crate::{Error, Result, whole_file};

const BUILT_IN: [(&str, &str); 5] = [
    ("delphos.toml", include_str!("../../profiles/delphos.toml")),
    ("clinikapi.toml", include_str!("../../profiles/clinikapi.toml")),
    ("deliverty.toml", include_str!("../../profiles/deliverty.toml")),
    ("delivr.toml", include_str!("../../profiles/delivr.toml")),
    ("novamed.toml", include_str!("../../profiles/novamed.toml")),
];

/// Whether a profile of this name came with the program.
pub(super) fn is_built_in(name: &str) -> bool {
    BUILT_IN.iter().any(|(file, _)| file.strip_suffix(".toml") == Some(name))
}

impl Profiles {
    /// The five that are built in.
    pub fn built_in() -> Result<Self> {
        Self::load(None).map_err(|faults| Error::Internal(faults.to_string()))
    }

    /// The five that are built in, and one for each `*.toml` of the directory.
    pub fn load(directory: Option<&Path>) -> Result<Self, Faults> {
        let built_in = BUILT_IN.iter().map(|(name, text)| read(name, text));
        let own = match directory {
            Some(directory) => files(directory).map_err(|error| unreadable(directory, &error))?,
            None => Vec::new(),
        };
        let (mut profiles, mut faults) = (Vec::new(), Vec::new());
        for outcome in built_in.chain(own.iter().map(|path| read_file(path))) {
            match outcome {
                Ok(profile) => profiles.push(profile),
                Err(mut more) => faults.append(&mut more),
            }
        }
        faults.extend(shared(&profiles));
        if faults.is_empty() { Ok(Self(profiles)) } else { Err(Faults(faults)) }
    }
}

fn unreadable(directory: &Path, error: &std::io::Error) -> Faults {
    Faults(vec![Fault::of_file(&directory.display().to_string(), error)])
}

/// In one order everywhere: hosts that are nobody's go to the first profile that fits.
fn files(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The profile that this file describes, or all that is wrong with it.
pub(super) fn read_file(path: &Path) -> Result<Profile, Vec<Fault>> {
    let file = path.display().to_string();
    match whole_file::read_text(path, whole_file::CONFIGURATION_MAX) {
        Ok(text) => read(&file, &text),
        Err(error) => Err(vec![Fault::of_file(&file, error)]),
    }
}

/// What may belong to one profile alone, and does to two.
fn shared(profiles: &[Profile]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut owners: BTreeMap<(&str, &str), &Profile> = BTreeMap::new();
    for profile in profiles {
        let hosts = profile.hosts.iter().map(|host| ("hosts", host.pattern.as_str()));
        let prefixes = profile.key_prefixes().map(|prefix| ("key", prefix));
        for (field, value) in
            [("name", profile.name.as_str())].into_iter().chain(hosts).chain(prefixes)
        {
            if let Some(owner) = owners.insert((field, value), profile) {
                let what = format!("{value:?} is in {} already", owner.source.file);
                let Source { file, text } = &profile.source;
                faults.push(Fault::at(file, text, &Place::of(field), &what));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_profiles_claim_is_told() -> Result<()> {
        let delphos = BUILT_IN[0].1;
        let twice = [read("one.toml", delphos), read("two.toml", delphos)];
        let twice = twice.into_iter().collect::<Result<Vec<_>, _>>();
        let twice = twice.map_err(|faults| Error::Internal(Faults(faults).to_string()))?;
        let faults: Vec<_> = shared(&twice).iter().map(ToString::to_string).collect();
        assert_eq!(faults.len(), 4, "{faults:?}");
        assert!(faults[0].starts_with("two.toml:"), "{faults:?}");
        assert!(faults[0].ends_with("name: \"delphos\" is in one.toml already"), "{faults:?}");
        Ok(())
    }
}
