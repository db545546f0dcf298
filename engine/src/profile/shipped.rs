use std::path::{Path, PathBuf};

use super::{Profile, ProfileError};

/// A profile that comes with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shipped {
    /// Its id.
    pub id: &'static str,
    /// Its text.
    pub text: &'static str,
}

macro_rules! embedded {
    ($($id:literal),* $(,)?) => {
        /// Every profile that comes with the program.
        pub const SHIPPED: &[Shipped] = &[
            $(Shipped { id: $id, text: include_str!(concat!("../../../assets/profiles/", $id, ".toml")) }),*
        ];
    };
}

embedded![
    "streaming",
    "hi-res",
    "cd",
    "ebu-r128",
    "ebu-r128-s1",
    "ebu-r128-s2",
    "atsc-a85",
    "qc-normal",
    "qc-strict",
    "qc-lenient",
    "qc-vintage-transfer",
    "vinyl",
    "cassette",
];

/// The profile of an id: the house's own from `folder` (`ID.toml`) where there is one, else the shipped one. `None`
/// where neither exists.
pub fn load(id: &str, folder: Option<&Path>) -> Result<Option<Profile>, ProfileError> {
    if let Some(path) = folder.map(|folder| folder.join(format!("{id}.toml"))).filter(|path| path.is_file()) {
        return Profile::read(&path).map(Some);
    }
    SHIPPED.iter().find(|shipped| shipped.id == id).map(|shipped| Profile::parse(shipped.id, shipped.text)).transpose()
}

/// Every profile in force: the shipped ones, replaced and joined by those in `folder`, in order of id. A file that is
/// no profile is an error of its own and stops nothing else.
pub fn all(folder: Option<&Path>) -> (Vec<Profile>, Vec<ProfileError>) {
    let (mut profiles, mut errors): (Vec<Profile>, Vec<ProfileError>) = (Vec::new(), Vec::new());
    for path in folder.map(files).unwrap_or_default() {
        match Profile::read(&path) {
            Ok(profile) => profiles.push(profile),
            Err(error) => errors.push(error),
        }
    }
    for shipped in SHIPPED {
        match Profile::parse(shipped.id, shipped.text) {
            Ok(profile) if profiles.iter().all(|house| house.id != profile.id) => profiles.push(profile),
            Ok(_) => {}
            Err(error) => errors.push(error),
        }
    }
    profiles.sort_by(|a, b| a.id.cmp(&b.id));
    (profiles, errors)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    // A folder that is not there holds no profiles: most users have none.
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Outcome;

    #[test]
    fn every_shipped_profile_reads_and_bears_its_name() {
        for shipped in SHIPPED {
            let profile = Profile::parse(shipped.id, shipped.text).unwrap();
            assert_eq!(profile.id, shipped.id);
            assert!(!profile.limits.is_empty());
        }
        assert_eq!(all(None).0.len(), SHIPPED.len());
    }

    #[test]
    fn loudness_never_fails_on_a_platform() {
        let streaming = load("streaming", None).unwrap().unwrap();
        let loudness = streaming.limits.iter().filter(|limit| limit.unit == "LUFS");
        assert!(loudness.into_iter().all(|limit| limit.result == Outcome::Pass));
        assert!(streaming.platforms.len() >= 10);
    }

    #[test]
    fn a_house_profile_replaces_the_shipped_one() {
        let folder = tempfile::tempdir().unwrap();
        let own = SHIPPED[0].text.replace("name = \"Streaming", "name = \"Our streaming");
        std::fs::write(folder.path().join("streaming.toml"), own).unwrap();
        std::fs::write(folder.path().join("broken.toml"), "id = ").unwrap();
        assert!(load("streaming", Some(folder.path())).unwrap().unwrap().name.starts_with("Our "));
        let (profiles, errors) = all(Some(folder.path()));
        assert_eq!((profiles.len(), errors.len()), (SHIPPED.len(), 1));
        assert!(load("tape", None).unwrap().is_none());
    }
}
