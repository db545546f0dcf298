//! Promise: the architecture is what the map says. Imports go down the house only, each large foreign crate stays
//! behind its one file, files stay short, and nobody hides a module in a `mod.rs`.
//!
//! The tables below are written like "Who may import whom" in the map of the house; a new room is one more word here.

#[path = "layers/scan.rs"]
mod scan;

use scan::{Reference, Scan, scan};
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms of the engine. A line may use the lines above it; rooms of one line do not know each other.
const ENGINE: &[&str] = &[
    "unit",
    "audio",
    "param dsp profile container",
    "analysis source chain medium",
    "codec restore",
    "session",
    "render",
    "survey",
    "compare qc report",
    "realtime deliver",
];

/// The rooms of the application, in the same manner. `main.rs` and `lib.rs` join them and are free.
const APP: &[&str] =
    &["theme", "place intake fileset", "settings", "widget", "desk", "demo dialog keys job", "screen", "app", "cli"];

/// A foreign crate and the only files that may name it: the file itself, and a folder of that name.
const FOREIGN: &[(&str, &[&str])] = &[
    ("cpal", &["engine/src/realtime/device"]),
    ("rtrb", &["engine/src/realtime/wire", "engine/src/source/stream"]),
    ("triple_buffer", &["engine/src/realtime/wire", "engine/src/source/stream"]),
    ("symphonia", &["engine/src/source/decode"]),
    ("hound", &[]),
    ("rubato", &["engine/src/dsp/resample"]),
    ("rustfft", &["engine/src/dsp/fft"]),
    ("realfft", &["engine/src/dsp/fft"]),
    ("ebur128", &["engine/src/analysis/loudness"]),
    ("krilla", &["engine/src/report/sheet/pdf"]),
    ("skrifa", &["engine/src/report/sheet/face"]),
    ("rfd", &["app/src/dialog"]),
    ("iced", &["app/src/theme", "app/src/widget", "app/src/screen", "app/src/app", "app/src/keys", "app/src/job"]),
    ("clap", &["app/src/cli", "app/src/main"]),
];

/// What the pure rooms may not name: a place, the forbidden path, and why.
const FORBIDDEN: &[(&str, &[&str], &str)] = &[
    ("engine/src/session", &["std::fs", "std::thread", "std::net"], "session is data: I/O only in session/file"),
    ("engine/src/dsp", &["std::fs", "std::thread", "std::time"], "dsp is mathematics"),
    ("engine/src/chain", &["std::fs", "std::thread", "std::time"], "chain runs on the audio thread"),
    ("app/src/theme", &["lacquer_engine"], "the theme is numbers and styles"),
    ("app/src/demo", &["std::time"], "the demo album is the same bytes everywhere"),
];

/// Places inside a forbidden one that are free.
const FREE: &[&str] = &["engine/src/session/file"];

/// What widgets may name of the engine: declarations and units, never a handle.
const WIDGET_MAY_NAME: &[&str] = &["param", "unit"];

/// Longest file in lines. A file longer than this holds two subjects.
const LONGEST: usize = 700;

/// Files that are nothing but a table and may be longer.
const TABLES: &[&str] = &[];

/// A source file: its path from the workspace's root with `/`, and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    fn module(&self) -> Vec<String> {
        let inside = self.path.split_once("/src/").map_or("", |(_, inside)| inside);
        inside.trim_end_matches(".rs").split('/').map(str::to_owned).collect()
    }

    fn lies_in(&self, place: &str) -> bool {
        self.path == format!("{place}.rs") || self.path.starts_with(&format!("{place}/"))
    }

    fn scan(&self) -> Scan {
        let module = self.module();
        let is_root = module == ["lib"] || module == ["main"];
        scan(&self.text, if is_root { &[] } else { &module })
    }
}

fn level(table: &[&str], room: &str) -> Option<usize> {
    table.iter().position(|line| line.split(' ').any(|name| name == room))
}

/// Upward and sideways imports of one file.
fn wrong_imports(table: &[&str], source: &Source) -> Vec<String> {
    let module = source.module();
    let room = module[0].as_str();
    if room == "lib" || room == "main" {
        return Vec::new();
    }
    let Some(own) = level(table, room) else {
        return vec![format!("{}:1: the room `{room}` is not in the table of tests/tests/layers.rs", source.path)];
    };
    source.scan().inner.iter().filter_map(|reference| wrong_import(table, source, room, own, reference)).collect()
}

fn wrong_import(table: &[&str], source: &Source, room: &str, own: usize, reference: &Reference) -> Option<String> {
    let name = reference.path[0].as_str();
    let at = format!("{}:{}", source.path, reference.line);
    match level(table, name) {
        _ if name == room => None,
        None => Some(format!("{at}: `{name}` is no room of the table: name the room it lives in, not the facade")),
        Some(other) if other < own => None,
        Some(other) if other == own => {
            Some(format!("{at}: `{room}` uses `{name}`, but rooms of one line do not know each other: {}", table[own]))
        }
        Some(_) => Some(format!("{at}: `{room}` uses `{name}`, which is built on top of it (an upward import)")),
    }
}

/// Foreign crates outside their one file, and paths the pure rooms may not name. Tests may measure with anything:
/// inline test modules are left out by the scan, `tests.rs` here.
fn wrong_outsiders(source: &Source) -> Vec<String> {
    if source.path.ends_with("/tests.rs") {
        return Vec::new();
    }
    let outer = source.scan().outer;
    let mut wrong = Vec::new();
    for reference in &outer {
        let at = format!("{}:{}", source.path, reference.line);
        let first = reference.path[0].as_str();
        let whole = reference.path.join("::");
        for (name, homes) in FOREIGN {
            if first == *name && !homes.iter().any(|home| source.lies_in(home)) {
                wrong.push(format!("{at}: `{name}` may be named only in {homes:?}"));
            }
        }
        for (place, paths, why) in FORBIDDEN {
            let free = FREE.iter().any(|free| source.lies_in(free));
            if source.lies_in(place) && !free && paths.iter().any(|path| first == *path || whole == *path) {
                wrong.push(format!("{at}: `{whole}` in {place}: {why}"));
            }
        }
        let engine = first == "lacquer_engine" && source.lies_in("app/src/widget");
        let second = reference.path.get(1).map_or("", String::as_str);
        if engine && !WIDGET_MAY_NAME.contains(&second) {
            wrong.push(format!("{at}: a widget names `{whole}`; it sees numbers, units and declarations only"));
        }
    }
    wrong
}

fn wrong_shape(source: &Source) -> Vec<String> {
    let mut wrong = Vec::new();
    let lines = source.text.lines().count();
    if lines > LONGEST && !TABLES.contains(&source.path.as_str()) {
        wrong.push(format!("{}: {lines} lines; the cap is {LONGEST}", source.path));
    }
    if source.path.ends_with("/mod.rs") {
        wrong.push(format!("{}: a module is `room.rs` beside `room/`, never a mod.rs", source.path));
    }
    wrong
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn sources(place: &str) -> Vec<Source> {
    let mut found = Vec::new();
    collect(&root().join(place), place, &mut found);
    assert!(!found.is_empty(), "no source under {place}: the test looks in the wrong place");
    found.sort_by(|a: &Source, b| a.path.cmp(&b.path));
    found
}

fn collect(folder: &Path, place: &str, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).expect("the folder is part of the workspace") {
        let path = entry.expect("a readable folder").path();
        let name = format!("{place}/{}", path.file_name().expect("a name").to_string_lossy());
        if path.is_dir() {
            collect(&path, &name, found);
        } else if name.ends_with(".rs") {
            found.push(Source { text: fs::read_to_string(&path).expect("source is UTF-8"), path: name });
        }
    }
}

fn expect_none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn the_engine_imports_downwards_only() {
    expect_none(sources("engine/src").iter().flat_map(|source| wrong_imports(ENGINE, source)).collect());
}

#[test]
fn the_app_imports_downwards_only() {
    expect_none(sources("app/src").iter().flat_map(|source| wrong_imports(APP, source)).collect());
}

#[test]
fn foreign_crates_stay_behind_their_file() {
    let all = ["engine/src", "app/src"].into_iter().flat_map(sources);
    expect_none(all.flat_map(|source| wrong_outsiders(&source)).collect());
}

#[test]
fn files_are_short_and_modules_are_where_one_looks() {
    let all = ["engine/src", "app/src", "tests"].into_iter().flat_map(sources);
    expect_none(all.flat_map(|source| wrong_shape(&source)).collect());
}

/// The checker is checked: planted faults must be found, innocent text must not be.
mod planted {
    use super::*;

    fn file(path: &str, text: &str) -> Source {
        Source { path: path.into(), text: text.into() }
    }

    fn engine(path: &str, text: &str) -> Vec<String> {
        wrong_imports(ENGINE, &file(path, text))
    }

    #[test]
    fn an_upward_import_is_found_with_its_line() {
        let wrong = engine("engine/src/dsp/biquad.rs", "//! Doc.\n\nuse crate::render::Plan;\n");
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        assert!(wrong[0].starts_with("engine/src/dsp/biquad.rs:3: `dsp` uses `render`"), "{}", wrong[0]);
        assert!(engine("engine/src/render/plan.rs", "use crate::dsp::Biquad;").is_empty());
    }

    #[test]
    fn groups_inline_paths_and_macros_are_read() {
        let group = "use crate::{unit::{Db, Lufs}, session::Session, audio::Block};";
        assert_eq!(engine("engine/src/chain/eq.rs", group).len(), 1);
        assert_eq!(
            engine("engine/src/chain/eq.rs", "fn f() -> crate::deliver::Job { g(crate::unit::Db(0.0)) }").len(),
            1
        );
        assert_eq!(engine("engine/src/unit.rs", "macro_rules! m { () => { $crate::qc::check() } }").len(), 1);
    }

    #[test]
    fn siblings_do_not_know_each_other() {
        let wrong = engine("engine/src/realtime/wire.rs", "use crate::deliver::Job;");
        assert!(wrong[0].contains("rooms of one line"), "{wrong:?}");
        assert!(engine("engine/src/realtime/wire.rs", "use crate::realtime::Event;").is_empty());
    }

    #[test]
    fn climbing_to_the_root_is_an_import() {
        assert_eq!(engine("engine/src/dsp/fft.rs", "use super::super::qc::Check;").len(), 1);
        assert_eq!(engine("engine/src/dsp.rs", "use super::qc::Check;").len(), 1);
        assert!(engine("engine/src/dsp/fft.rs", "use super::window::Hann;").is_empty());
        let inside = "mod tests { use super::super::window::Hann; use super::super::super::qc::Check; }";
        assert_eq!(engine("engine/src/dsp/fft.rs", inside).len(), 1, "an inline module is one storey deeper");
    }

    #[test]
    fn comments_strings_and_lifetimes_are_not_imports() {
        let text = "// use crate::qc::A;\n/* crate::qc /* nested */ crate::qc::B */\nconst T: &'static str = \"crate::qc::C\";\n\
                    const R: &str = r#\"\" crate::qc::D\"#; const Q: char = '\"'; const E: char = '\\''; fn f<'a>(x: &'a u8) {}";
        assert!(engine("engine/src/dsp/fft.rs", text).is_empty());
        let after = format!("{text}\nuse crate::qc::Check;");
        let wrong = engine("engine/src/dsp/fft.rs", &after);
        assert!(wrong.len() == 1 && wrong[0].contains(":5:"), "reading goes on behind the literals: {wrong:?}");
    }

    #[test]
    fn an_unknown_room_is_said() {
        assert_eq!(engine("engine/src/cellar/wine.rs", "").len(), 1);
        assert_eq!(engine("engine/src/render/plan.rs", "use crate::cellar::Wine;").len(), 1);
    }

    #[test]
    fn foreign_crates_are_found_outside_their_file_and_outside_tests() {
        let at = |path, text| wrong_outsiders(&file(path, text)).len();
        assert_eq!(at("engine/src/realtime/device.rs", "use cpal::Stream;"), 0);
        assert_eq!(at("engine/src/realtime/device/alsa.rs", "use cpal::Stream;"), 0);
        assert_eq!(at("engine/src/realtime/processor.rs", "use cpal::Stream;"), 1);
        assert_eq!(at("engine/src/chain/eq.rs", "fn f() { rustfft::num_complex::Complex::new(0.0, 0.0); }"), 1);
        assert_eq!(at("engine/src/container/riff.rs", "#[cfg(test)]\nmod tests { use hound::WavReader; }"), 0);
        assert_eq!(at("engine/src/container/riff.rs", "#[cfg(test)]\nmod tests { }\nuse hound;"), 1);
        assert_eq!(at("app/src/demo/tests.rs", "use ebur128::EbuR128;"), 0);
    }

    #[test]
    fn the_app_keeps_its_storeys() {
        let app = |path, text| wrong_imports(APP, &file(path, text)).len();
        assert_eq!(app("app/src/widget/knob.rs", "use crate::theme::Palette;"), 0);
        assert_eq!(app("app/src/widget/knob.rs", "use crate::screen::chain;"), 1);
        assert_eq!(app("app/src/theme/knob.rs", "use crate::widget::knob;"), 1);
        let outsiders = |path, text| wrong_outsiders(&file(path, text)).len();
        assert_eq!(outsiders("app/src/widget/knob.rs", "use lacquer_engine::{param::Spec, unit::Db};"), 0);
        assert_eq!(outsiders("app/src/widget/knob.rs", "use lacquer_engine::{param::Spec, realtime::Monitor};"), 1);
        assert_eq!(outsiders("app/src/cli/qc.rs", "use iced::Task;"), 1);
    }

    #[test]
    fn pure_rooms_stay_pure() {
        let at = |path, text| wrong_outsiders(&file(path, text)).len();
        assert_eq!(at("engine/src/session/song.rs", "use std::{fs, path::Path};"), 1);
        assert_eq!(at("engine/src/session/file.rs", "use std::fs;"), 0);
        assert_eq!(at("engine/src/chain/eq.rs", "fn f() { std::time::Instant::now(); }"), 1);
    }

    #[test]
    fn long_files_and_mod_rs_are_found() {
        assert_eq!(wrong_shape(&file("engine/src/dsp.rs", &"\n".repeat(LONGEST + 1))).len(), 1);
        assert_eq!(wrong_shape(&file("engine/src/dsp.rs", &"\n".repeat(LONGEST))).len(), 0);
        assert_eq!(wrong_shape(&file("engine/src/dsp/mod.rs", "")).len(), 1);
    }
}
