//! Where the user's system keeps what belongs to programs: settings, house profiles, journals of unsaved albums.

use std::env;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

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

/// Bytes that are free for this user where `path` lies or will lie; none where the system does not say.
#[cfg(unix)]
pub fn free_bytes(path: &std::path::Path) -> Option<u64> {
    let there = path.ancestors().find(|folder| folder.exists())?;
    let volume = rustix::fs::statvfs(there).ok()?;
    volume.f_bavail.checked_mul(volume.f_frsize)
}

/// Not asked on other systems.
#[cfg(not(unix))]
pub fn free_bytes(_: &std::path::Path) -> Option<u64> {
    None
}

/// Where the house keeps its own profiles.
pub fn house_profiles() -> Option<PathBuf> {
    settings().map(|folder| folder.join("profiles"))
}

/// Where the user keeps presets.
pub fn house_presets() -> Option<PathBuf> {
    settings().map(|folder| folder.join("presets"))
}

/// Where the house keeps templates of sessions.
pub fn house_templates() -> Option<PathBuf> {
    settings().map(|folder| folder.join("templates"))
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

/// Who is logged in; empty where the system does not say.
pub fn user() -> String {
    ["USER", "USERNAME", "LOGNAME"].into_iter().find_map(|name| env::var(name).ok()).unwrap_or_default()
}

/// Today in universal time, as ISO 8601 writes it.
pub fn today() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    day((seconds / 86_400) as i64)
}

/// The day so many days after 1970-01-01 (H. Hinnant, "chrono-compatible low-level date algorithms", civil_from_days).
fn day(since_epoch: i64) -> String {
    let shifted = since_epoch + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        let expected = [(0, "1970-01-01"), (59, "1970-03-01"), (11_016, "2000-02-29"), (20_778, "2026-11-21")];
        for (number, text) in expected {
            assert_eq!(day(number), text);
        }
    }
}
