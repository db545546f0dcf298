//! A font of the system for letters that the sheet's own fonts have not: Chinese, Japanese, Korean.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use skrifa::{FontRef, MetadataProvider};

/// A font of the system, in memory for as long as the program runs.
#[derive(Debug)]
pub(in crate::report::sheet) struct Spare {
    pub(in crate::report::sheet) data: Vec<u8>,
    /// Which font of a collection.
    pub(in crate::report::sheet) index: u32,
}

/// Where systems keep fonts; the user's own come first.
const FOLDERS: [&str; 4] = ["/usr/local/share/fonts", "/usr/share/fonts", "/Library/Fonts", "C:\\Windows\\Fonts"];
/// What the files of fonts with such letters are called, the best first.
const NAMES: [&str; 14] = [
    "notosanscjk-regular",
    "notosanscjkjp-regular",
    "notosansjp",
    "sourcehansans",
    "notosanscjk",
    "ipaexg",
    "ipag",
    "vl-gothic-regular",
    "takaogothic",
    "droidsansfallback",
    "wqy-microhei",
    "wqy-zenhei",
    "unifont",
    "notoserifcjk",
];
/// A font that is of use has this letter: sun and day in Chinese, Japanese and Korean.
const PROBE: char = '\u{65e5}';
/// Folders in folders are looked into this deep.
const DEEPEST: usize = 5;

impl Spare {
    /// The font of this system, looked for once; none where it has none.
    pub(in crate::report::sheet) fn find() -> Option<&'static Spare> {
        static FOUND: OnceLock<Option<Spare>> = OnceLock::new();
        FOUND.get_or_init(look).as_ref()
    }

    pub(in crate::report::sheet) fn font(&self) -> Option<FontRef<'_>> {
        FontRef::from_index(&self.data, self.index).ok()
    }
}

fn look() -> Option<Spare> {
    let own = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).map(|folder| folder.join("fonts"));
    let home = std::env::var_os("HOME").map(PathBuf::from).map(|home| home.join(".local/share/fonts"));
    let folders = own.into_iter().chain(home).chain(FOLDERS.into_iter().map(PathBuf::from));
    let mut files: Vec<(usize, PathBuf)> = Vec::new();
    folders.for_each(|folder| collect(&folder, DEEPEST, &mut files));
    files.sort();
    files.into_iter().find_map(|(_, path)| read(&path))
}

fn collect(folder: &Path, deep: usize, files: &mut Vec<(usize, PathBuf)>) {
    // A folder that cannot be read has no fonts for us.
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, kind) = (entry.path(), entry.file_type());
        if kind.is_ok_and(|kind| kind.is_dir()) && deep > 0 {
            collect(&path, deep - 1, files);
        } else if let Some(rank) = rank(&path) {
            files.push((rank, path));
        }
    }
}

/// How good a file is by its name; none where it is no such font.
fn rank(path: &Path) -> Option<usize> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    if !matches!(ending.as_str(), "ttf" | "otf" | "ttc" | "otc") {
        return None;
    }
    let name = path.file_stem()?.to_str()?.to_ascii_lowercase();
    NAMES.iter().position(|known| name.starts_with(known))
}

fn read(path: &Path) -> Option<Spare> {
    let spare = Spare { data: std::fs::read(path).ok()?, index: 0 };
    let fits = spare.font().is_some_and(|font| font.charmap().map(PROBE).is_some());
    fits.then_some(spare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fonts_are_known_by_their_names_and_must_have_the_letters() {
        let known = |name: &str| rank(Path::new(name));
        assert!(known("/f/NotoSansCJK-Regular.ttc") < known("/f/wqy-zenhei.ttc"));
        assert_eq!((known("/f/NotoSansCJK-Regular.txt"), known("/f/DejaVuSans.ttf")), (None, None));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("unifont.ttf");
        std::fs::write(&path, b"not a font").unwrap();
        let mut files = Vec::new();
        collect(folder.path(), 1, &mut files);
        assert_eq!(files.len(), 1);
        assert!(read(&path).is_none(), "a broken file is passed over");
    }
}
