//! What a delivery promises: sources that need nothing pass untouched, the CD set joins sample-exactly, other programs
//! agree, a delivery that is stopped or killed leaves nothing half, and what was tampered with is found.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use lacquer_engine::analysis::verdict::{Outcome, worst};
use lacquer_engine::deliver::{DeliverError, Role, verify};
use lacquer_engine::dsp::fade::Shape;
use lacquer_engine::profile;
use lacquer_engine::session::{ChainSettings, Join, Scalar, StageSettings};
use lacquer_engine::unit::{Db, Seconds};
use lacquer_tests::album::Album;
use lacquer_tests::disk::Disk;
use lacquer_tests::signal;

fn three_songs(rates: [u32; 3], bits: u8) -> Disk {
    let mut album = Album::default();
    for (index, rate) in rates.into_iter().enumerate() {
        let frames = rate as usize * 5 + index * 311;
        let channel = |seed| signal::quantised(&signal::music(rate, seed, frames), u32::from(bits));
        album.add(rate, bits, 0.5, vec![channel(index as u64), channel(index as u64 + 9)]);
    }
    Disk::from_album(&album)
}

/// Raw samples as another program decodes them.
fn decoded_by(program: &str, path: &Path, bits: u32) -> Vec<u8> {
    let path = path.to_str().expect("a plain path");
    let output = match program {
        "sox" => {
            let bits = bits.to_string();
            Command::new("sox").args(["-D", path, "-t", "raw", "-e", "signed", "-b", &bits, "-L", "-"]).output()
        }
        _ => {
            let format = format!("s{bits}le");
            let quiet = ["-v", "error", "-nostdin", "-i", path, "-f", &format, "-c:a"];
            Command::new("ffmpeg").args(quiet).arg(format!("pcm_s{bits}le")).arg("-").output()
        }
    };
    let output = output.unwrap_or_else(|error| panic!("{program} is needed for this test: {error}"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn untouched_songs_are_delivered_bit_for_bit() {
    let disk = three_songs([44_100, 44_100, 44_100], 16);
    for pass in ["streaming", "cd"] {
        let delivery = disk.deliver(pass).expect("a delivery");
        let songs: Vec<_> = delivery.manifest.files.iter().filter(|file| file.role == Role::Song).collect();
        assert_eq!(songs.len(), 3);
        for (index, file) in songs.iter().enumerate() {
            let bits = if pass == "cd" { 16 } else { 24 };
            let source = decoded_by("sox", &disk.folder.path().join(format!("src{}.wav", index + 1)), bits);
            for program in ["sox", "ffmpeg"] {
                let made = decoded_by(program, &delivery.folder.join(&file.name), bits);
                assert!(made.starts_with(&source), "{pass} {} by {program}", file.name);
                assert!(made[source.len()..].iter().all(|byte| *byte == 0), "the pause is digital black");
            }
            let audio = file.audio.as_ref().expect("audio");
            assert_eq!((audio.dither.as_deref(), audio.conversions.len()), (None, 0));
        }
    }
}

#[test]
fn the_cd_set_joins_to_the_programme_and_other_programs_read_the_cue() {
    let mut disk = three_songs([44_100, 48_000, 96_000], 24);
    disk.session.songs[1].gain = Db(-1.3);
    let crossfade = Join::Crossfade { length: Seconds(0.7), out: Shape::EqualPower, into: Shape::EqualPower };
    disk.session.passes[0].entries[2].join = Some(crossfade);
    let delivery = disk.deliver("cd").expect("a delivery");
    let file = |role| delivery.manifest.files.iter().filter(move |file| file.role == role);
    let joined: Vec<u8> =
        file(Role::Song).flat_map(|song| decoded_by("sox", &delivery.folder.join(&song.name), 16)).collect();
    let programme = file(Role::Programme).next().expect("a programme");
    assert!(joined == decoded_by("ffmpeg", &delivery.folder.join(&programme.name), 16));
    assert_eq!(joined.len() % 2352, 0, "whole CD frames");
    let conversions = &file(Role::Song).nth(1).and_then(|song| song.audio.as_ref()).expect("audio").conversions;
    assert_eq!(
        conversions.iter().map(|c| (c.from_hz, c.to_hz)).collect::<Vec<_>>(),
        [(48_000, 96_000), (96_000, 44_100)]
    );
    let cue = delivery.folder.join(&file(Role::Cue).next().expect("a CUE sheet").name);
    let output = Command::new("cueprint").arg("-d").arg("%N\n").arg("-t").arg("%n %i %t\n").arg(&cue).output();
    let output = output.expect("cueprint is needed for this test");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let text = text + &String::from_utf8_lossy(&output.stderr);
    assert!(text.starts_with("3\n") && text.contains("2 XXLAQ2600002 Song 2"), "{cue:?}: {text}");
    // libcdio looks for the audio under the CUE's own name.
    let link = cue.with_extension("bin");
    fs::hard_link(delivery.folder.join(&programme.name), &link).expect("a second name");
    let output = Command::new("cd-info").arg("--no-header").arg(format!("--cue-file={}", cue.display())).output();
    fs::remove_file(&link).expect("removable");
    let output = output.expect("cd-info is needed for this test");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let tracks = text.lines().filter(|line| line.contains(" audio  false")).count();
    let errors = String::from_utf8_lossy(&output.stderr);
    let sheet = fs::read_to_string(&cue).expect("text");
    assert!(tracks == 3 && text.contains("0036000291452"), "{text}{errors}{sheet}");
    let verified = verify(&delivery.folder, &|id| profile::load(id, None).ok().flatten()).expect("a delivery");
    assert_ne!(worst(&verified.verdicts), Outcome::Fail, "{:#?}", verified.verdicts);
    assert!(verified.verdicts.iter().any(|verdict| verdict.check == "joins" && verdict.result == Outcome::Pass));
}

#[test]
fn a_mixed_rate_streaming_pass_keeps_every_native_rate() {
    let disk = three_songs([44_100, 48_000, 96_000], 24);
    let delivery = disk.deliver("streaming").expect("a delivery");
    let rates: Vec<u32> =
        delivery.manifest.files.iter().filter_map(|file| Some(file.audio.as_ref()?.sample_rate_hz)).collect();
    assert_eq!(rates, [44_100, 48_000, 96_000]);
    for (index, file) in delivery.manifest.files.iter().filter(|file| file.role == Role::Song).enumerate() {
        let source = decoded_by("ffmpeg", &disk.folder.path().join(format!("src{}.wav", index + 1)), 24);
        assert!(decoded_by("ffmpeg", &delivery.folder.join(&file.name), 24).starts_with(&source), "{}", file.name);
    }
}

#[test]
fn loudness_and_peak_agree_with_an_independent_program() {
    let mut disk = three_songs([48_000, 48_000, 48_000], 24);
    let limiter = lacquer_engine::chain::processor("limiter").expect("the limiter");
    let mut stage = StageSettings::new("lim", limiter);
    stage.values.insert("gain".into(), Scalar::Number(9.0));
    disk.session.passes[0].chain = Some(ChainSettings { stages: vec![stage], ..ChainSettings::default() });
    let delivery = disk.deliver("streaming").expect("a delivery");
    for file in delivery.manifest.files.iter().filter(|file| file.role == Role::Song) {
        let audio = file.audio.as_ref().expect("audio");
        let path = delivery.folder.join(&file.name);
        let filter = ["-af", "ebur128=peak=true", "-f", "null", "-"];
        let output = Command::new("ffmpeg").args(["-hide_banner", "-nostats", "-i"]).arg(&path).args(filter).output();
        let text = String::from_utf8_lossy(&output.expect("ffmpeg is needed for this test").stderr).into_owned();
        let summary = text.rsplit("Summary:").next().expect("a summary");
        let figure = |label: &str| {
            let rest = summary.split(label).nth(1).expect(label).trim_start();
            rest.split_whitespace().next().and_then(|word| word.parse::<f64>().ok()).expect(label)
        };
        let ours = |key: &str| audio.measured[key].as_f64().expect(key);
        assert!((figure("I:") - ours("integrated_lufs")).abs() <= 0.1, "{summary}");
        assert!((figure("Peak:") - ours("true_peak_dbtp")).abs() <= 0.15, "{summary}");
        assert!(ours("true_peak_dbtp") <= -0.99, "the limiter holds its ceiling");
    }
}

#[test]
fn a_stopped_delivery_leaves_nothing_and_replaces_nothing() {
    let disk = three_songs([44_100, 44_100, 44_100], 24);
    let first = disk.deliver("cd").expect("a delivery");
    let before = listing(&disk.out());
    let cancel = AtomicBool::new(false);
    let stopped = disk.deliver_until("cd", &cancel, &|step| {
        if matches!(step, lacquer_engine::deliver::Step::Rendering { share, .. } if share > 0.4) {
            cancel.store(true, Ordering::Relaxed);
        }
    });
    assert!(matches!(stopped, Err(DeliverError::Cancelled)), "{stopped:?}");
    assert_eq!(listing(&disk.out()), before);
    assert!(verify(&first.folder, &|_| None).is_ok());
}

#[test]
fn a_name_never_leaves_the_folder() {
    let mut disk = three_songs([44_100, 44_100, 44_100], 16);
    disk.session.songs[0].title = "../../etc/passwd".into();
    disk.session.songs[1].title = "\u{0}/\\:*?\"<>|".into();
    disk.session.songs[2].title = "ж".repeat(400);
    let delivery = disk.deliver("streaming").expect("a delivery");
    assert_eq!(
        fs::read_dir(disk.folder.path()).expect("a folder").count(),
        5,
        "three sources, the output and what is kept"
    );
    assert!(delivery.manifest.files.iter().all(|file| delivery.folder.join(&file.name).is_file()));
}

#[test]
fn a_changed_source_is_never_used_in_silence() {
    let disk = three_songs([44_100, 44_100, 44_100], 16);
    let path = disk.folder.path().join("src2.wav");
    let mut bytes = fs::read(&path).expect("a source");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).expect("writable");
    let said = disk.deliver("streaming").expect_err("a changed source").to_string();
    assert!(said.contains("src2.wav") && said.contains("not the file that the session remembers"), "{said}");
    assert!(!disk.out().join("Night Ferry Test - Streaming").exists());
}

#[test]
fn a_damaged_deliverable_is_found() {
    let disk = three_songs([44_100, 44_100, 44_100], 16);
    let delivery = disk.deliver("cd").expect("a delivery");
    let file = &delivery.manifest.files.iter().find(|file| file.role == Role::Song).expect("a song").name;
    let path = delivery.folder.join(file);
    let mut bytes = fs::read(&path).expect("a file");
    let place = bytes.len() - 1001;
    bytes[place] ^= 0x40;
    fs::write(&path, bytes).expect("writable");
    let verified = verify(&delivery.folder, &|id| profile::load(id, None).ok().flatten()).expect("a delivery");
    let failed: Vec<&str> = verified
        .verdicts
        .iter()
        .filter(|verdict| verdict.result == Outcome::Fail)
        .map(|verdict| verdict.check.as_str())
        .collect();
    assert!(failed.contains(&"checksum") && failed.contains(&"joins"), "{failed:?}");
    fs::remove_file(&path).expect("removable");
    let verified = verify(&delivery.folder, &|_| None).expect("a delivery");
    assert!(verified.verdicts.iter().any(|verdict| verdict.check == "present" && verdict.result == Outcome::Fail));
    assert!(verify(&disk.folder.path().join("nothing"), &|_| None).is_err());
}

fn listing(folder: &Path) -> Vec<(String, u64)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        if entry.path().is_dir() {
            files.extend(listing(&entry.path()));
        } else {
            files.push((entry.path().display().to_string(), entry.metadata().expect("a file").len()));
        }
    }
    files.sort();
    files
}

const CHILD: &str = "LACQUER_TEST_KILL_DELIVERY";

/// A process that delivers again and again is killed at random moments: what stands in its place is always a whole
/// delivery, and the next delivery sweeps up.
#[test]
fn a_killed_delivery_leaves_the_last_good_one() {
    if let Ok(folder) = std::env::var(CHILD) {
        return deliver_for_ever(Path::new(&folder));
    }
    let disk = three_songs([44_100, 44_100, 44_100], 24);
    let session = toml::to_string(&disk.session).expect("text");
    fs::write(disk.folder.path().join("session.toml"), session).expect("writable");
    disk.deliver("cd").expect("a delivery");
    for round in 0..40u64 {
        let mut child = Command::new(std::env::current_exe().expect("this test's own program"))
            .args(["--exact", "a_killed_delivery_leaves_the_last_good_one", "--nocapture"])
            .env(CHILD, disk.folder.path())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("the child starts");
        std::thread::sleep(std::time::Duration::from_millis(40 + round * 7919 % 331));
        child.kill().expect("killed");
        child.wait().expect("gone");
        let folder = disk.out().join("Night- Ferry-Test - CD");
        if !folder.exists() {
            // Killed between the two renames: the old delivery stands aside and comes back with the next one.
            let _ = disk.deliver_until("cd", &AtomicBool::new(true), &|_| ());
        }
        let verified = verify(&folder, &|id| profile::load(id, None).ok().flatten()).expect("a whole delivery");
        assert_ne!(worst(&verified.verdicts), Outcome::Fail, "round {round}: {:#?}", verified.verdicts);
    }
    disk.deliver("cd").expect("a delivery");
    let left: Vec<_> = fs::read_dir(disk.out()).expect("a folder").flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

fn deliver_for_ever(folder: &Path) {
    let text = fs::read_to_string(folder.join("session.toml")).expect("readable");
    let session: lacquer_engine::session::Session = toml::from_str(&text).expect("a session");
    let profile = profile::load("cd", None).expect("readable").expect("shipped");
    loop {
        let job = lacquer_engine::deliver::Job {
            session: &session,
            pass: "cd",
            folder: &folder.join("out"),
            library: std::sync::Arc::new(lacquer_engine::render::FileLibrary::new(&session, folder)),
            profile: &profile,
            wishes: lacquer_engine::deliver::Wishes { fresh: true, ..Default::default() },
            progress: &|_| (),
            cancel: &AtomicBool::new(false),
        };
        let _ = lacquer_engine::deliver::deliver(&job);
    }
}
