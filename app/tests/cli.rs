//! Promise: the command line does the whole path from files to verified deliveries, and its exit status and JSON are a
//! contract that scripts may lean on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use lacquer_engine::audio::Layout;
use lacquer_engine::container::riff::{Encoding, Extras, Format, WavReader, WavWriter};
use lacquer_engine::unit::SampleRate;
use serde_json::Value;
use tempfile::TempDir;

/// A folder of its own for files, cache and settings.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Desk {
        Desk { folder: tempfile::tempdir().expect("a scratch folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A tone with a fade at both ends, as 24-bit stereo.
    fn tone(&self, name: &str, rate: u32, hertz: f64, seconds: f64) -> PathBuf {
        let frames = (seconds * f64::from(rate)) as usize;
        let fade = |n: usize| (n.min(frames - 1 - n) as f64 / (0.05 * f64::from(rate))).min(1.0);
        let level = |n: usize, hertz: f64| {
            0.3 * fade(n) * libm::sin(std::f64::consts::TAU * hertz * n as f64 / f64::from(rate))
        };
        let step = |value: f64| libm::rint(value * 8_388_608.0) as i32;
        let steps: Vec<i32> =
            (0..frames).flat_map(|n| [step(level(n, hertz)), step(0.8 * level(n, 1.5 * hertz))]).collect();
        let path = self.path(name);
        let format = Format::new(Encoding::Int24, SampleRate(rate), Layout::Stereo);
        let mut writer = WavWriter::create(&path, format, Extras::default()).expect("a new file");
        writer.write_steps(&steps).expect("written");
        writer.finish().expect("finished");
        path
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lacquer"));
        command.args(arguments).current_dir(self.folder.path());
        command.env("XDG_CACHE_HOME", self.path("cache")).env("XDG_CONFIG_HOME", self.path("config"));
        command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program starts")
    }

    /// Runs and expects an exit status; gives stdout.
    fn expect(&self, status: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(status), "{arguments:?}\n{out}\n{err}");
        if status == 2 {
            assert!(
                ["lacquer: ", "error: ", "Usage:"].iter().any(|said| err.contains(said)),
                "{arguments:?} does not say why: {err}"
            );
        }
        out.into_owned()
    }

    fn json(&self, status: i32, arguments: &[&str]) -> Value {
        let text = self.expect(status, &[&["--json"], arguments].concat());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments:?}: not one document: {error}\n{text}"))
    }

    /// An album of two songs, 48 and 44.1 kHz, with their identifiers.
    fn album(&self) {
        self.tone("one.wav", 48_000, 220.0, 4.2);
        self.tone("two.wav", 44_100, 330.0, 4.4);
        self.expect(0, &["new", "album.lacquer", "--from", "one.wav", "two.wav"]);
        let edits = ["album.title=North", "album.upc=4006381333931", "song.1.isrc=USRC17607839"];
        self.expect(0, &[&["edit", "album.lacquer", "song.2.isrc=US-RC1-76-07840"][..], &edits].concat());
    }
}

fn steps(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).expect("a readable file");
    let at = bytes.windows(4).position(|four| four == b"data").expect("a data chunk");
    bytes[at + 8..].to_vec()
}

#[test]
fn the_whole_path_from_files_to_verified_deliveries() {
    let desk = Desk::new();
    desk.album();
    let text = desk.expect(0, &["edit", "album.lacquer", "song.2.gain=-0.4", "pass.main.entry.2.join=gap 1.5s"]);
    assert_eq!(text.lines().next(), Some("song 2 gain 0.0 \u{2192} -0.4 dB"), "{text}");
    assert_eq!(desk.expect(0, &["show", "album.lacquer", "song.2.gain"]).trim(), "-0.4");
    assert_eq!(desk.json(0, &["show", "album.lacquer", "song.2.gain"]), -0.4);
    assert_eq!(desk.json(0, &["show", "album.lacquer"])["song"][1]["title"], "two");

    let rendered = desk.json(0, &["render", "album.lacquer", "--out", "out"]);
    let deliveries = rendered["deliveries"].as_array().expect("deliveries");
    assert_eq!(deliveries.len(), 2);
    let folders: Vec<&str> = deliveries.iter().map(|one| one["folder"].as_str().expect("a folder")).collect();
    assert!(desk.path(folders[0]).join("01 one.wav").is_file() && desk.path(folders[1]).join("North.cue").is_file());
    // The first song has no gain, chain or conversion on its way to streaming: untouched.
    // Its file goes on to where the next song starts.
    let delivered = steps(&desk.path(folders[0]).join("01 one.wav"));
    assert!(delivered.starts_with(&steps(&desk.path("one.wav"))), "an untouched song has changed");

    let verified = desk.json(0, &["verify", folders[0], folders[1]]);
    assert_eq!(verified["files"].as_array().map(Vec::len), Some(2));
    assert_eq!(verified["files"][1]["result"], "pass");
    let checked = desk.json(0, &["qc", "album.lacquer"]);
    assert_eq!((&checked["findings"], &checked["problems"]), (&serde_json::json!([]), &serde_json::json!([])));
}

#[test]
fn a_damaged_deliverable_fails_and_something_else_is_refused() {
    let desk = Desk::new();
    desk.album();
    let rendered = desk.json(0, &["render", "album.lacquer", "--out", "out", "--pass", "streaming"]);
    let folder = rendered["deliveries"][0]["folder"].as_str().expect("a folder").to_string();
    let file = desk.path(&folder).join("02 two.wav");
    let mut bytes = fs::read(&file).expect("the song");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).expect("damaged");
    assert_eq!(desk.json(1, &["verify", &folder])["result"], "fail");
    desk.expect(2, &["verify", "cache"]);
    desk.expect(2, &["verify", "nowhere.wav"]);
    // The worst status of all is returned, and everything is done.
    let both = desk.json(2, &["verify", &folder, "nowhere.wav"]);
    assert_eq!(both["files"][0]["result"], "fail");
    assert!(both["files"][1]["error"].is_string());
}

#[test]
fn analyze_keeps_its_keys() {
    let desk = Desk::new();
    desk.tone("one.wav", 48_000, 220.0, 4.0);
    desk.tone("two.wav", 96_000, 220.0, 1.0);
    let one = desk.json(0, &["analyze", "one.wav"]);
    let contract = "integrated_lufs momentary_max_lufs momentary_max_at_s short_term_max_lufs short_term_max_at_s lra_lu \
                    true_peak_dbtp true_peak_at_s channels sample_peak_dbfs plr_db psr_min_db crest_db rms_dbfs \
                    dc_offset_percent correlation_mean correlation_min balance_db duration_s frames sample_rate_hz bits";
    for key in contract.split_whitespace() {
        assert!(!one[key].is_null(), "{key} is missing: {one:#}");
    }
    assert_eq!((&one["file"], &one["bits"], &one["frames"]), (&"one.wav".into(), &24.into(), &192_000.into()));
    let both = desk.json(2, &["analyze", "--spectrum", "one.wav", "gone.wav", "two.wav"]);
    let files = both["files"].as_array().expect("a list");
    assert_eq!((files.len(), files[1]["error"].is_string()), (3, true));
    let strongest =
        files[0]["spectrum"].as_array().expect("a spectrum").iter().max_by(|a, b| {
            a["mean_dbfs"].as_f64().unwrap_or(-400.0).total_cmp(&b["mean_dbfs"].as_f64().unwrap_or(-400.0))
        });
    let hertz = strongest.and_then(|point| point["frequency_hz"].as_f64()).expect("a frequency");
    assert!((hertz - 220.0).abs() < 10.0, "{hertz}");
}

#[test]
fn qc_finds_what_is_planted_and_what_is_missing() {
    let desk = Desk::new();
    desk.album();
    desk.expect(0, &["edit", "album.lacquer", "song.2.isrc="]);
    let checked = desk.json(0, &["qc", "album.lacquer"]);
    let found = &checked["findings"][0];
    assert_eq!(
        (&checked["result"], &found["kind"], &found["song"]),
        (&"warn".into(), &"missing_metadata".into(), &"two".into())
    );
    // Full scale for a hundred frames cannot be delivered.
    let path = desk.tone("clipped.wav", 48_000, 220.0, 2.0);
    let mut bytes = fs::read(&path).expect("the file");
    let middle = bytes.len() - 48_000 * 6 - (bytes.len() - 48_000 * 6 - 44) % 6;
    bytes[middle..middle + 600].chunks_mut(3).for_each(|sample| sample.copy_from_slice(&[0xFF, 0xFF, 0x7F]));
    fs::write(&path, bytes).expect("written");
    let checked = desk.json(1, &["qc", "clipped.wav"]);
    let kinds: Vec<&str> =
        checked["findings"].as_array().expect("findings").iter().filter_map(|found| found["kind"].as_str()).collect();
    assert!(kinds.contains(&"clip"), "{kinds:?}");
    desk.expect(2, &["qc", "--profile", "nonsense", "clipped.wav"]);
}

#[test]
fn a_finding_is_waived_for_a_reason_that_goes_with_the_delivery() {
    let desk = Desk::new();
    desk.album();
    desk.expect(0, &["edit", "album.lacquer", "song.2.isrc="]);
    let found = desk.json(0, &["qc", "album.lacquer"]);
    let id = found["findings"][0]["id"].as_str().expect("an id").to_string();
    desk.expect(2, &["qc", "album.lacquer", "--waive", &id]);
    desk.expect(2, &["qc", "album.lacquer", "--waive", "nothing", "--reason", "so it is"]);
    let waive = ["qc", "album.lacquer", "--waive", &id, "--reason", "an interlude", "--by", "C. M."];
    let waived = desk.json(0, &waive);
    let entry = &waived["findings"][0];
    assert_eq!(
        (&entry["state"], &entry["reason"], &entry["by"]),
        (&"waived".into(), &"an interlude".into(), &"C. M.".into())
    );
    assert_eq!(waived["result"], "pass");
    assert_eq!(desk.json(0, &["show", "album.lacquer", &format!("finding.{id}.found.song")]), "s2");
    let rendered = desk.json(0, &["render", "album.lacquer", "--out", "out", "--pass", "streaming"]);
    let folder = desk.path(rendered["deliveries"][0]["folder"].as_str().expect("a folder"));
    let manifest = fs::read(folder.join("manifest.json")).expect("a manifest");
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("JSON");
    assert_eq!(
        (&manifest["ledger"][0]["id"], &manifest["ledger"][0]["state"]),
        (&id.as_str().into(), &"waived".into())
    );
    assert!(fs::read_to_string(folder.join("findings.txt")).expect("the ledger").contains("an interlude (C. M."));
    let opened = desk.json(0, &["qc", "album.lacquer", "--open", &id, "--report", "findings.html"]);
    assert_eq!((&opened["findings"][0]["state"], &opened["result"]), (&"open".into(), &"warn".into()));
    assert!(fs::read_to_string(desk.path("findings.html")).expect("a page").contains("Missing metadata"));
}

#[test]
fn an_empty_chain_changes_no_sample() {
    let desk = Desk::new();
    let from = desk.tone("in.wav", 44_100, 440.0, 1.3);
    let told = desk.json(0, &["process", "in.wav", "out.wav"]);
    assert!(steps(&desk.path("out.wav")) == steps(&from), "a sample has changed");
    assert_eq!((&told["bits"], &told["dither"], &told["clipped_samples"]), (&"24".into(), &Value::Null, &0.into()));

    let part = desk.json(0, &["process", "in.wav", "part.wav", "--start", "0.5", "--length", "0.25"]);
    assert_eq!(part["frames"], 11_025);
    assert!(steps(&desk.path("part.wav")) == steps(&from)[22_050 * 6..(22_050 + 11_025) * 6], "not the stretch");
}

#[test]
fn process_converts_shortens_and_holds_a_ceiling() {
    let desk = Desk::new();
    desk.tone("in.wav", 96_000, 440.0, 1.0);
    fs::write(desk.path("loud.toml"), "[[stage]]\nid = 'g'\nprocessor = 'gain'\nversion = 1\nvalues = { gain = 12.0 }")
        .expect("a chain");
    let common = ["process", "in.wav", "out.wav", "--rate", "44100", "--bits", "16", "--dither", "shaped"];
    let chain = ["--chain", "loud.toml"];
    let told = desk.json(0, &[&common[..], &chain, &["--ceiling", "-1", "--report"]].concat());
    assert_eq!((&told["sample_rate_hz"], &told["dither"]), (&44_100.into(), &"shaped-standard".into()));
    assert_eq!(told["conversions"][0]["from_hz"], 96_000);
    assert!(told["after"]["true_peak_dbtp"].as_f64().expect("a peak") <= -0.9, "{told:#}");
    assert!(!told["guard"].as_array().expect("the guard's actions").is_empty());
    let reader = WavReader::open(&desk.path("out.wav")).expect("the output");
    assert_eq!(reader.frames().0, 44_100);
    let probed = told["transparency"].as_array().expect("a report of the chain");
    assert_eq!(probed.last().map(|whole| &whole["stage"]), Some(&"whole chain".into()));
    let mut points = probed[0]["figures"]["response"].as_array().expect("points").iter();
    let gain = points.rfind(|point| point["hz"].as_f64().is_some_and(|hz| hz < 500.0)).expect("a point");
    assert!(gain["gain_db"].as_f64().is_some_and(|db| db > 0.5), "{gain}");
    // Without the ceiling the same level is cut, and that is said.
    let told = desk.json(1, &[&common[..], &chain].concat());
    assert!(told["clipped_samples"].as_u64().expect("a count") > 0);
}

#[test]
fn bad_use_is_refused_and_changes_nothing() {
    let desk = Desk::new();
    desk.album();
    let before = fs::read(desk.path("album.lacquer")).expect("the session");
    desk.expect(2, &["edit", "album.lacquer", "song.1.gain=-1", "song.9.gain=-1"]);
    desk.expect(2, &["edit", "album.lacquer", "song.1.gain=loud"]);
    desk.expect(2, &["edit", "album.lacquer"]);
    desk.expect(2, &["new", "album.lacquer", "--from", "one.wav"]);
    assert_eq!(fs::read(desk.path("album.lacquer")).expect("the session"), before);
    assert!(!desk.path(".album.lacquer.journal").exists(), "a refused edit leaves no journal");
    desk.expect(2, &["new", "other.lacquer", "--from", "one.wav", "gone.wav"]);
    assert!(!desk.path("other.lacquer").exists());
    desk.expect(2, &["process", "one.wav", "one.wav"]);
    desk.expect(2, &["process", "one.wav", "out.mp3"]);
    desk.expect(2, &["render", "album.lacquer", "--out", "out", "--pass", "tape"]);
    desk.expect(2, &["nonsense", "--flag"]);
    desk.expect(2, &["nonsense"]);
    desk.expect(2, &["--page", "9"]);
    desk.expect(2, &["album.lacquer", "profiles"]);
    // Without a display the window says so.
    #[cfg(target_os = "linux")]
    desk.expect(2, &["--null-audio", "album.lacquer"]);
    assert!(desk.json(2, &["show", "gone.lacquer"])["error"].is_string());
    desk.expect(0, &["new", "album.lacquer", "--force", "--from", "one.wav"]);
}

#[test]
fn a_missing_or_changed_source_stops_a_delivery() {
    let desk = Desk::new();
    desk.album();
    desk.tone("two.wav", 44_100, 331.0, 4.4);
    desk.expect(2, &["render", "album.lacquer", "--out", "out", "--pass", "streaming"]);
    fs::remove_file(desk.path("two.wav")).expect("removed");
    desk.expect(2, &["render", "album.lacquer", "--out", "out", "--pass", "streaming"]);
    let left = fs::read_dir(desk.path("out")).map_or(0, |entries| entries.count());
    assert_eq!(left, 0, "a failed delivery leaves nothing");
}

/// What Ctrl-C does: the signal comes while the staging folder is being filled.
#[cfg(unix)]
#[test]
fn an_interrupted_delivery_leaves_nothing() {
    let desk = Desk::new();
    desk.tone("long.wav", 96_000, 220.0, 90.0);
    desk.expect(0, &["new", "album.lacquer", "--from", "long.wav"]);
    fs::create_dir(desk.path("out")).expect("a new folder");
    let began = |folder: &Path| fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    let mut child = desk.command(&["render", "album.lacquer", "--out", "out"]).spawn().expect("the program starts");
    while !began(&desk.path("out")) && child.try_wait().expect("a state").is_none() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let sent = Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status().expect("a shell");
    assert!(sent.success(), "the delivery was over before it could be interrupted");
    assert_eq!(child.wait().expect("its end").code(), Some(2));
    let left: Vec<_> = fs::read_dir(desk.path("out")).expect("a folder").flatten().map(|one| one.path()).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_cue_sheet_becomes_an_album() {
    let desk = Desk::new();
    desk.tone("disc.wav", 44_100, 220.0, 10.0);
    let sheet = "CATALOG 4006381333931\r\nPERFORMER \"Band\"\r\nTITLE \"Disc\"\r\nFILE \"disc.wav\" WAVE\r\n  TRACK 01 AUDIO\r\n\
                 \x20   TITLE \"First\"\r\n    PERFORMER \"Band\"\r\n    INDEX 01 00:00:00\r\n  TRACK 02 AUDIO\r\n    TITLE \"Second\"\r\n\
                 \x20   ISRC USRC17607839\r\n    INDEX 00 00:04:00\r\n    INDEX 01 00:05:00\r\n";
    fs::write(desk.path("disc.cue"), sheet).expect("a sheet");
    let made = desk.json(0, &["new", "disc.lacquer", "--from", "disc.cue"]);
    let songs = made["songs"].as_array().expect("songs");
    assert_eq!((&songs[0]["duration_s"], &songs[1]["duration_s"]), (&4.0.into(), &5.0.into()));
    assert_eq!((&songs[1]["title"], &songs[1]["isrc"]), (&"Second".into(), &"USRC17607839".into()));
    assert_eq!(desk.json(0, &["show", "disc.lacquer", "album"])["title"], "Disc");
    assert_eq!(desk.json(0, &["show", "disc.lacquer", "pass.main.entry.2.join"])["gap"], 1.0);
}

#[test]
fn playing_to_the_silent_clock_ends() {
    let desk = Desk::new();
    desk.album();
    let played = desk.json(0, &["play", "album.lacquer", "--null-audio", "--from", "1", "--length", "0.5"]);
    assert_eq!((&played["from_s"], &played["played_s"]), (&1.0.into(), &0.5.into()));
    desk.expect(0, &["play", "one.wav", "--null-audio", "--length", "0.3"]);
    desk.expect(2, &["play", "album.lacquer", "--null-audio", "--from", "3600"]);
    desk.expect(2, &["play", "album.lacquer", "--null-audio", "--pass", "tape"]);
}

#[test]
fn the_tables_and_pages_are_there() {
    let desk = Desk::new();
    let table = desk.json(0, &["processors"]);
    let limiter = table["processors"].as_array().expect("a list").iter().find(|one| one["id"] == "limiter");
    let ceiling =
        limiter.and_then(|one| one["parameters"].as_array()?.iter().find(|one| one["id"] == "ceiling").cloned());
    let ceiling = ceiling.expect("the limiter has a ceiling");
    assert_eq!((&ceiling["unit"], &ceiling["default"], &ceiling["max"]), (&"dBTP".into(), &(-1.0).into(), &0.0.into()));
    assert!(desk.expect(0, &["processors", "eq"]).contains("].frequency"));
    desk.expect(2, &["processors", "time-machine"]);
    let profiles = desk.json(0, &["profiles"]);
    assert!(profiles["profiles"].as_array().is_some_and(|list| list.iter().any(|one| one["id"] == "cd")));
    assert!(desk.json(0, &["devices"])["devices"].is_array());
    assert!(desk.expect(0, &["man"]).contains(".TH") && desk.expect(0, &["man", "render"]).contains("lacquer"));
    for shell in ["bash", "zsh", "fish"] {
        assert!(desk.expect(0, &["completions", shell]).contains("lacquer"));
    }
    desk.expect(0, &["man", "--dir", "pages"]);
    assert!(desk.path("pages/lacquer-verify.1").is_file());
}

#[test]
fn a_fileset_is_checked_shown_extracted_compared_and_played() {
    let desk = Desk::new();
    desk.album();
    desk.json(0, &["render", "album.lacquer", "--out", "out", "--pass", "cd"]);
    let set = "out/North - CD/North_DDP";
    assert_eq!(desk.json(0, &["ddp", "check", "--strict", set])["result"], "pass");
    let shown = desk.json(0, &["ddp", "show", set]);
    assert_eq!((&shown["upc"], &shown["tracks"][1]["isrc"]), (&"4006381333931".into(), &"USRC17607840".into()));
    assert_eq!(shown["cd_text"][0]["strings"]["title"][0], "North");
    assert_eq!(desk.json(0, &["ddp", "extract", set, "tracks"])["files"].as_array().map(Vec::len), Some(2));
    assert!(steps(&desk.path("tracks/01 one.wav")) == steps(&desk.path("out/North - CD/01 one.wav")));
    assert_eq!(desk.json(0, &["ddp", "compare", set, "album.lacquer"])["result"], "pass");
    desk.json(0, &["ddp", "play", set, "--track", "2", "--length", "0.2", "--null-audio"]);
    desk.expect(2, &["ddp", "play", set, "--track", "3", "--null-audio"]);
    desk.expect(2, &["ddp", "check", "tracks"]);
    desk.expect(0, &["edit", "album.lacquer", "song.1.title=Other"]);
    assert_eq!(desk.json(1, &["ddp", "compare", set, "album.lacquer"])["result"], "fail");
    let image = desk.path(&format!("{set}/IMAGE.DAT"));
    let bytes = fs::read(&image).expect("the image");
    fs::write(&image, &bytes[..bytes.len() - 2352]).expect("cut short");
    let checked = desk.json(1, &["ddp", "check", set]);
    let codes: Vec<_> = checked["verdicts"].as_array().into_iter().flatten().map(|one| &one["check"]).collect();
    assert!(codes.contains(&&"IMG-LEN".into()) && codes.contains(&&"SUM-BAD".into()), "{codes:?}");
    assert_eq!(desk.json(1, &["verify", "out/North - CD"])["result"], "fail");
}
