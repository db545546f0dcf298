//! Where the user's system keeps what belongs to programs: settings, house profiles, journals of unsaved albums.

use std::env;
use std::path::PathBuf;

fn folder(name: &str) -> Option<PathBuf> {
    env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// The folder of settings (XDG Base Directory: `$XDG_CONFIG_HOME`, else `~/.config`); none where there is no home.
pub fn settings() -> Option<PathBuf> {
    let base = folder("XDG_CONFIG_HOME").or_else(|| {
        if cfg!(windows) {
            folder("APPDATA")
        } else if cfg!(target_os = "macos") {
            folder("HOME").map(|home| home.join("Library/Application Support"))
        } else {
            folder("HOME").map(|home| home.join(".config"))
        }
    });
    base.map(|base| base.join("lacquer"))
}

/// Where the house keeps its own profiles.
pub fn house_profiles() -> Option<PathBuf> {
    settings().map(|folder| folder.join("profiles"))
}

/// Where the user keeps presets.
pub fn house_presets() -> Option<PathBuf> {
    settings().map(|folder| folder.join("presets"))
}

/// Where journals of albums without a file lie, and the demo album (`$XDG_STATE_HOME`, else `~/.local/state`).
pub fn state() -> PathBuf {
    let base = if cfg!(windows) {
        folder("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        folder("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        folder("XDG_STATE_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/state")))
    };
    base.unwrap_or_else(env::temp_dir).join("lacquer")
}
