//! What the hi-res and the broadcast pass promise, and that songs are levelled to a tenth: files that independent
//! programs read, headers that say what is measured, claims that are refused where they are not true.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use lacquer_engine::analysis::finding::State;
use lacquer_engine::analysis::verdict::{Outcome, Verdict};
use lacquer_engine::audio::Block;
use lacquer_engine::codec::{Coder, Coding, Tier};
use lacquer_engine::compare::level::{Goal, Limit, propose};
use lacquer_engine::compare::neutral::{self, NeutralError};
use lacquer_engine::container::flac::{FlacTags, FlacWriter};
use lacquer_engine::deliver::audition::Audition;
use lacquer_engine::deliver::{Delivery, Role, Wishes, digital_masters, verify, waived_facts, waiver_id};
use lacquer_engine::profile;
use lacquer_engine::render::{FileLibrary, Library, Plan};
use lacquer_engine::session::{Address, Decision, Document, Edit, Pass};
use lacquer_engine::source;
use lacquer_engine::survey::{Shelf, Survey, Watch};
use lacquer_engine::unit::{Dbtp, Lufs};
use lacquer_tests::album::Album;
use lacquer_tests::disk::Disk;
use lacquer_tests::signal;

/// Songs of 5 s at a rate and depth each, `level` times as loud as the usual.
fn disk(songs: &[(u32, u8, f64)]) -> Disk {
    let mut album = Album::default();
    for (index, (rate, bits, level)) in songs.iter().enumerate() {
        let channel = |seed: usize| {
            let sound = signal::music(*rate, seed as u64, *rate as usize * 5);
            let sound: Vec<f64> = sound.iter().map(|sample| sample * level).collect();
            signal::quantised(&sound, u32::from(*bits))
        };
        album.add(*rate, *bits, 0.5, vec![channel(index + 1), channel(index + 11)]);
    }
    let mut disk = Disk::from_album(&album);
    disk.session.passes.push(Pass::hi_res());
    disk.session.passes.push(Pass::broadcast());
    disk
}

fn said(program: &str, arguments: &[&str], path: &Path) -> String {
    let output = Command::new(program).args(arguments).arg(path).output();
    let output = output.unwrap_or_else(|error| panic!("{program} is needed for this test: {error}"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn check<'a>(verdicts: &'a [Verdict], name: &str) -> Vec<&'a Verdict> {
    verdicts.iter().filter(|verdict| verdict.check == name).collect()
}

fn verified(delivery: &Delivery) -> Vec<Verdict> {
    verify(&delivery.folder, &|id| profile::load(id, None).ok().flatten()).expect("a delivery").verdicts
}

#[test]
fn a_hi_res_delivery_is_proven_and_its_copies_are_the_same_audio() {
    let disk = disk(&[(96_000, 24, 1.0), (48_000, 24, 1.0)]);
    let delivery = disk.deliver("hi-res").expect("a delivery");
    let provenance = check(&delivery.verdicts, "provenance");
    assert!(
        provenance.len() == 2 && provenance.iter().all(|verdict| verdict.result == Outcome::Pass),
        "{provenance:?}"
    );
    let copies: Vec<_> = delivery.manifest.files.iter().filter(|file| file.role == Role::Copy).collect();
    assert_eq!(copies.len(), 2);
    for (index, copy) in copies.iter().enumerate() {
        let path = delivery.folder.join(&copy.name);
        said("flac", &["-t", "-s"], &path);
        let tags = said("metaflac", &["--export-tags-to=-"], &path);
        assert!(tags.contains(&format!("ISRC=XXLAQ26{:05}", index + 1)), "{tags}");
        assert!(tags.contains("ALBUM=Night: Ferry/Test") && tags.contains("REPLAYGAIN_TRACK_GAIN="), "{tags}");
        let wave = path.with_extension("wav");
        let raw = |path: &Path| {
            let output =
                Command::new("sox").arg("-D").arg(path).args(["-t", "raw", "-e", "signed", "-b", "24", "-"]).output();
            output.expect("sox is needed for this test").stdout
        };
        assert_eq!(raw(&path), raw(&wave), "{}", copy.name);
    }
    let again = verified(&delivery);
    assert!(again.iter().all(|verdict| verdict.result != Outcome::Fail), "{again:?}");
    let broken = delivery.folder.join(&copies[0].name);
    let mut bytes = fs::read(&broken).expect("a file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&broken, bytes).expect("written");
    assert!(verified(&delivery).iter().any(|verdict| verdict.result == Outcome::Fail));
}

#[test]
fn flac_files_of_any_length_are_read_back_bit_for_bit() {
    let folder = tempfile::tempdir().expect("a folder");
    for (bits, frames) in [(16, 1), (16, 4096), (24, 4097), (24, 10_007)] {
        let path = folder.path().join(format!("{bits}-{frames}.flac"));
        let channels = [3, 4].map(|seed| signal::quantised(&signal::music(96_000, seed, frames), bits));
        let rate = lacquer_engine::unit::SampleRate(96_000);
        let mut writer = FlacWriter::create(&path, rate, bits as u8, 2, &FlacTags::default()).expect("a file");
        writer.write(&Block::from_channels(&channels)).expect("whole steps");
        writer.finish().expect("a whole file");
        let mut opened = source::open(&path).expect("a FLAC file");
        assert_eq!((opened.reader.frames().0, opened.info.bits), (frames as u64, Some(bits as u8)));
        let mut block = Block::new(2, frames);
        opened.reader.read(0, &mut block).expect("its frames");
        assert!(channels.iter().zip(block.iter()).all(|(wrote, read)| wrote == read), "{bits} {frames}");
    }
}

#[test]
fn a_claim_of_hi_res_that_is_not_true_is_refused() {
    let mut mixed = disk(&[(48_000, 24, 1.0), (44_100, 16, 1.0)]);
    let pass = mixed.session.passes.iter_mut().find(|pass| pass.id == "hi-res").expect("the pass");
    pass.rate = lacquer_engine::session::Rate::Hz(lacquer_engine::unit::SampleRate(96_000));
    let delivery = mixed.deliver("hi-res").expect("a delivery");
    let provenance = check(&delivery.verdicts, "provenance");
    assert!(provenance.iter().all(|verdict| verdict.result == Outcome::Fail), "{provenance:?}");
    let remark = provenance[1].remark.clone().expect("words");
    assert!(remark.contains("converted up") && remark.contains("16-bit"), "{remark}");
}

#[test]
fn a_broadcast_file_says_its_loudness_and_other_meters_agree() {
    let disk = disk(&[(48_000, 24, 1.0)]);
    let delivery = disk.deliver("broadcast").expect("a delivery");
    let bext = check(&delivery.verdicts, "bext_loudness");
    assert!(bext.len() == 1 && bext[0].result == Outcome::Pass, "{bext:?}");
    let song = delivery.manifest.files.iter().find(|file| file.role == Role::Song).expect("a song");
    let path = delivery.folder.join(&song.name);
    let measured = song.audio.as_ref().expect("audio").measured["integrated_lufs"].as_f64().expect("it sounds");
    let info = said("mediainfo", &["--Full"], &path);
    assert!(info.contains("Lacquer"), "{info}");
    let arguments = ["-nostdin", "-i", path.to_str().expect("a path"), "-af", "ebur128=peak=true", "-f", "null", "-"];
    let output = Command::new("ffmpeg").args(arguments).output().expect("ffmpeg is needed for this test");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let summary = text.rsplit("Integrated loudness:").next().expect("a summary");
    let theirs = summary.split("I:").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("a figure");
    assert!((theirs.parse::<f64>().expect("a number") - measured).abs() <= 0.1, "{theirs} {measured}");
    // It is not at -23 LUFS: a rule in broadcasting.
    assert!(check(&delivery.verdicts, "integrated").iter().any(|verdict| verdict.result == Outcome::Fail));
    // A header that lies is found, even when nothing else changed.
    let mut bytes = fs::read(&path).expect("a file");
    let chunk = bytes.windows(4).position(|four| four == b"bext").expect("the chunk") + 8;
    bytes[chunk + 412] = bytes[chunk + 412].wrapping_add(100);
    fs::write(&path, bytes).expect("written");
    assert!(check(&verified(&delivery), "bext_loudness")[0].result == Outcome::Fail);
}

#[test]
fn songs_are_levelled_to_a_tenth_or_it_is_said_what_holds_them() {
    let disk = disk(&[(48_000, 24, 0.3), (48_000, 24, 1.0), (48_000, 24, 0.05)]);
    let mut document = Document::from_session(&disk.session).expect("a document");
    let library: Arc<dyn Library> = Arc::new(FileLibrary::new(&disk.session, disk.folder.path()));
    let cancel = AtomicBool::new(false);
    let watch = Watch { progress: &|_| (), cancel: &cancel };
    let measured = |document: &Document| {
        let plan = Arc::new(Plan::new(document.session(), "broadcast").expect("a plan"));
        let survey = Survey::make(&plan, &library, &Shelf::new(), &watch).expect("a survey");
        survey.measurements().map(|song| song.integrated_lufs.expect("it sounds").0).collect::<Vec<_>>()
    };
    let goal = Goal { target: Lufs(-23.0), ceiling: None };
    let (songs, edits) = propose(&document, "broadcast", goal, &library, &watch).expect("a proposal");
    assert!(songs.iter().all(|song| song.limited.is_none()), "{songs:?}");
    let before = measured(&document);
    for edit in edits {
        document.apply(edit).expect("applied");
    }
    for (now, then) in measured(&document).iter().zip(&before) {
        assert!((now + 23.0).abs() < 0.05, "{then} became {now}");
    }
    // The main pass is another matter: its gains stay.
    assert!(document.session().songs.iter().all(|song| song.gain.0 == 0.0));
    let goal = Goal { target: Lufs(-1.0), ceiling: Some(Dbtp(-1.0)) };
    let (songs, _) = propose(&document, "broadcast", goal, &library, &watch).expect("a proposal");
    // The third is 26 dB quieter than the others: it stops at the most that is given.
    let why: Vec<_> = songs.iter().map(|song| song.limited).collect();
    assert!(matches!(why[..], [Some(Limit::TruePeak(_)), Some(Limit::TruePeak(_)), Some(Limit::Gain)]), "{songs:?}");
    assert!(songs.iter().all(|song| song.true_peak_dbtp.is_some_and(|peak| peak.0 <= -0.97)), "{songs:?}");
}

#[test]
fn makeup_is_matched_to_what_comes_in() {
    let disk = disk(&[(48_000, 24, 1.0)]);
    let library: Arc<dyn Library> = Arc::new(FileLibrary::new(&disk.session, disk.folder.path()));
    let mut document = Document::from_session(&disk.session).expect("a document");
    let mut edit = |text: &str| {
        let edit = Edit::parse(&document, text).expect("an edit");
        document.apply(edit).expect("it fits");
        document.session().clone()
    };
    edit("song.1.chain.stage+=compressor threshold=-36 ratio=4");
    for mix in ["mix=100", "mix=40"] {
        let session = edit(&format!("song.1.chain.stage.compressor1.{mix}"));
        let document = Document::from_session(&session).expect("a document");
        let address = |name: &str| {
            let path = format!("song.1.chain.stage.compressor1.{name}");
            Address::typed(document.session(), &path).expect("a parameter")
        };
        let found = neutral::makeup(&document, &address("makeup"), &library).expect("a proposal");
        assert!(found.makeup_before_db.0 == 0.0 && found.change_before_lu.0 < -1.0, "{found:?}");
        assert!(found.makeup_after_db.0 > 1.0 && found.change_after_lu.0.abs() <= 0.03, "{found:?}");
        let refused = neutral::makeup(&document, &address("threshold"), &library);
        assert!(matches!(refused, Err(NeutralError::NoMakeup { .. })), "{refused:?}");
    }
}

/// Sets values of a session as they are typed.
fn edited(disk: &mut Disk, texts: &[&str]) {
    let mut document = Document::from_session(&disk.session).expect("a document");
    for text in texts {
        let edit = Edit::parse(&document, text).unwrap_or_else(|error| panic!("{text}: {error}"));
        document.apply(edit).expect("taken");
    }
    disk.session = document.session().clone();
}

fn loudness(delivery: &Delivery) -> Vec<f64> {
    let songs = delivery.manifest.files.iter().filter(|file| file.role == Role::Song);
    songs.filter_map(|file| file.audio.as_ref()?.measured["integrated_lufs"].as_f64()).collect()
}

#[test]
fn a_broadcast_pass_brings_songs_to_its_loudness_by_gain_or_says_what_holds_them() {
    let mut disk = disk(&[(48_000, 24, 0.3), (48_000, 24, 1.0)]);
    edited(&mut disk, &["pass.broadcast.normalise=-23 LUFS"]);
    let delivery = disk.deliver("broadcast").expect("a delivery");
    let levels = loudness(&delivery);
    assert!(levels.iter().all(|level| (level + 23.0).abs() < 0.1), "{levels:?}");
    assert!(check(&delivery.verdicts, "integrated").iter().all(|verdict| verdict.result == Outcome::Pass));
    assert!(delivery.manifest.levels.iter().all(|entry| entry.limited.is_none() && entry.gain_db != 0.0));
    assert_eq!(disk.session.passes.iter().flat_map(|pass| &pass.entries).filter_map(|entry| entry.gain).count(), 0);
    // Too loud for its peaks: gain alone stops at the ceiling and says so; with the guard it gets there.
    edited(&mut disk, &["pass.broadcast.normalise=-16"]);
    let held = disk.deliver("broadcast").expect("a delivery");
    let said = check(&held.verdicts, "normalise");
    assert!(!said.is_empty() && said[0].remark.as_deref().is_some_and(|said| said.contains("limit=on")), "{said:?}");
    edited(&mut disk, &["pass.broadcast.limit=on"]);
    let limited = disk.deliver("broadcast").expect("a delivery");
    let (held, limited_levels) = (loudness(&held), loudness(&limited));
    assert!(limited_levels.iter().zip(&held).all(|(limited, held)| limited > held), "{limited_levels:?} {held:?}");
    assert!(limited_levels.iter().all(|level| (level + 16.0).abs() < 0.1), "{limited_levels:?}");
    assert!(!limited.manifest.guard.is_empty());
    let peaks =
        limited.manifest.files.iter().filter_map(|file| file.audio.as_ref()?.measured["true_peak_dbtp"].as_f64());
    assert!(peaks.fold(f64::NEG_INFINITY, f64::max) <= -0.97);
}

/// Integrated loudness and the highest short-term loudness as ffmpeg measures them.
fn by_ffmpeg(path: &Path) -> (f64, f64) {
    let arguments = ["-nostdin", "-hide_banner", "-i"];
    let output = Command::new("ffmpeg").args(arguments).arg(path).args(["-af", "ebur128", "-f", "null", "-"]).output();
    let text = String::from_utf8_lossy(&output.expect("ffmpeg is needed for this test").stderr).into_owned();
    let number = |text: &str| text.trim().split(' ').next().and_then(|word| word.parse::<f64>().ok());
    let summary = text.rsplit("Integrated loudness:").next().expect("a summary");
    let integrated = summary.split("I:").nth(1).and_then(number).expect("its loudness");
    let short = text.lines().filter_map(|line| number(line.split(" S:").nth(1)?)).fold(f64::NEG_INFINITY, f64::max);
    (integrated, short)
}

#[test]
fn each_broadcast_profile_takes_what_was_brought_to_its_loudness_and_refuses_the_others() {
    // The profiles with the loudness each asks for: S1 for short forms, S2 for streaming without metadata.
    let targets = [("ebu-r128", -23.0), ("ebu-r128-s1", -23.0), ("ebu-r128-s2", -18.0), ("atsc-a85", -24.0)];
    for (profile, target) in targets {
        let mut disk = disk(&[(48_000, 24, 0.3), (48_000, 24, 0.1)]);
        let edits = [format!("pass.broadcast.profile={profile}"), format!("pass.broadcast.normalise={target}")];
        edited(&mut disk, &[&edits[0], &edits[1]]);
        let delivery = disk.deliver("broadcast").expect("a delivery");
        let failed = delivery.verdicts.iter().filter(|verdict| verdict.result == Outcome::Fail);
        assert_eq!(failed.collect::<Vec<_>>(), Vec::<&Verdict>::new(), "{profile}");
        for file in delivery.manifest.files.iter().filter(|file| file.role == Role::Song) {
            let (integrated, short) = by_ffmpeg(&delivery.folder.join(&file.name));
            println!("{profile} {}: {integrated:.1} LUFS, at most {short:.1} short-term", file.name);
            assert!((integrated - target).abs() <= 0.1, "{profile} {}: {integrated}", file.name);
        }
        // The wrong loudness is refused, with the check that says so.
        let wrong = if profile == "ebu-r128-s2" { -23.0 } else { -18.0 };
        edited(&mut disk, &[&format!("pass.broadcast.normalise={wrong}")]);
        let delivery = disk.deliver("broadcast").expect("a delivery");
        let refused = check(&delivery.verdicts, "integrated");
        assert!(refused.iter().any(|verdict| verdict.result == Outcome::Fail), "{profile} at {wrong}: {refused:?}");
    }
}

#[test]
fn a_short_form_whose_loudest_three_seconds_are_too_loud_is_refused_by_s1_alone() {
    // Thirty seconds, and three and a half that are 8 dB louder: 6 dB over the loudness of the whole.
    let mut album = Album::default();
    let channel = |seed: u64| {
        let sound = signal::music(48_000, seed, 24_000 * 67);
        let loud = |n: usize| if n < 48_000 * 30 { 0.2 } else { 0.5 };
        signal::quantised(&sound.iter().enumerate().map(|(n, x)| x * loud(n)).collect::<Vec<_>>(), 24)
    };
    album.add(48_000, 24, 0.5, vec![channel(1), channel(11)]);
    let mut disk = Disk::from_album(&album);
    disk.session.passes.push(Pass::broadcast());
    let judged = |disk: &mut Disk, profile: &str| {
        edited(disk, &[&format!("pass.broadcast.profile={profile}"), "pass.broadcast.normalise=-23"]);
        let delivery = disk.deliver("broadcast").expect("a delivery");
        check(&delivery.verdicts, "short_term_max").iter().map(|verdict| verdict.result).collect::<Vec<_>>()
    };
    assert_eq!(judged(&mut disk, "ebu-r128-s1"), [Outcome::Fail]);
    assert!(judged(&mut disk, "ebu-r128").iter().all(|result| *result != Outcome::Fail));
}

#[test]
fn a_waived_verdict_stays_a_warning_until_it_gets_worse() {
    let mut disk = disk(&[(48_000, 24, 0.3), (48_000, 24, 0.1)]);
    edited(&mut disk, &["pass.broadcast.normalise=-19"]);
    let refused = |delivery: &Delivery| {
        let failed = check(&delivery.verdicts, "integrated").into_iter();
        failed.filter(|verdict| verdict.result == Outcome::Fail).cloned().collect::<Vec<Verdict>>()
    };
    let first = disk.deliver("broadcast").expect("a delivery");
    assert_eq!(refused(&first).len(), 2);
    let mut document = Document::from_session(&disk.session).expect("a document");
    for verdict in refused(&first) {
        let decision = Decision {
            state: State::Waived,
            reason: "the client asks for it".into(),
            by: "C. M.".into(),
            date: String::new(),
        };
        let (id, facts) = (waiver_id(&first.manifest, &verdict), waived_facts(&first.manifest, &verdict));
        document.apply(Edit::decide(&document, &id, Some(&facts), &decision).expect("a reason")).expect("taken");
    }
    disk.session = document.session().clone();
    let second = disk.deliver("broadcast").expect("a delivery");
    assert!(refused(&second).is_empty());
    let said = check(&second.verdicts, "integrated").into_iter().filter_map(|verdict| verdict.remark.clone());
    assert!(said.filter(|said| said.contains("waived by C. M.: the client asks for it")).count() == 2);
    assert!(verified(&second).iter().all(|verdict| verdict.result != Outcome::Fail), "{:#?}", verified(&second));
    // Louder than what was waived: the reason does not cover that.
    edited(&mut disk, &["pass.broadcast.normalise=-18"]);
    assert_eq!(refused(&disk.deliver("broadcast").expect("a delivery")).len(), 2);
}

#[test]
fn a_check_judges_as_a_delivery_does_and_leaves_nothing() {
    let disk = disk(&[(48_000, 24, 0.3)]);
    let wish = Wishes { check_only: true, ..Wishes::default() };
    let checked = disk.deliver_wishing("streaming", wish, &AtomicBool::new(false), &|_| ()).expect("a judgement");
    let left = fs::read_dir(disk.out()).map_or(0, |entries| entries.count());
    assert_eq!((checked.written, left), (false, 0));
    let delivery = disk.deliver("streaming").expect("a delivery");
    assert_eq!(checked.verdicts, delivery.verdicts);
    // What stands there stays.
    let before = fs::read(delivery.folder.join("manifest.json")).expect("the manifest");
    disk.deliver_wishing("streaming", wish, &AtomicBool::new(false), &|_| ()).expect("a judgement");
    assert_eq!(fs::read(delivery.folder.join("manifest.json")).expect("the manifest"), before);
}

#[test]
fn a_filled_up_word_is_found_in_the_samples_of_a_hi_res_source() {
    let mut album = Album::default();
    for (index, bits) in [16, 24].into_iter().enumerate() {
        let channel = |seed: usize| signal::quantised(&signal::music(96_000, seed as u64, 96_000 * 4), bits);
        // Both files say 24 bits.
        album.add(96_000, 24, 0.5, vec![channel(index + 1), channel(index + 11)]);
    }
    let mut disk = Disk::from_album(&album);
    disk.session.passes.push(Pass::hi_res());
    let delivery = disk.deliver("hi-res").expect("a delivery");
    let provenance = check(&delivery.verdicts, "provenance");
    assert_eq!((provenance[0].result, provenance[1].result), (Outcome::Fail, Outcome::Pass), "{provenance:?}");
    assert!(
        provenance[0].remark.as_deref().is_some_and(|said| said.contains("16 bits in use of 24")),
        "{provenance:?}"
    );
    assert!(verified(&delivery).iter().any(|verdict| verdict.check == "provenance" && verdict.result == Outcome::Fail));
}

#[test]
fn the_checklist_of_digital_masters_passes_what_is_genuine_and_fails_what_is_not() {
    let mut disk = disk(&[(44_100, 24, 0.5), (44_100, 16, 0.5)]);
    let delivery = disk.deliver("streaming").expect("a delivery");
    let coders: Vec<Coder> =
        Coder::found().into_iter().filter(|coder| coder.coding == Coding::Aac && coder.judges).collect();
    let tiers: Vec<Tier> = Tier::of("aac-256").into_iter().filter(|_| !coders.is_empty()).collect();
    let cancel = AtomicBool::new(false);
    let audition = Audition { tiers: &tiers, coders: &coders, keep: None, progress: &|_, _| (), cancel: &cancel };
    let listed =
        |delivery: &Delivery| digital_masters(&delivery.folder, &delivery.manifest, &audition).expect("a checklist");
    let verdicts = listed(&delivery);
    let word = check(&verdicts, "adm_word");
    // The second song's source has 16 bits and went through untouched.
    assert_eq!((word[0].result, word[1].result), (Outcome::Pass, Outcome::Fail), "{word:?}");
    assert!(check(&verdicts, "adm_rate").iter().all(|verdict| verdict.result == Outcome::Pass), "{verdicts:?}");
    assert!(check(&verdicts, "adm_headroom").iter().all(|verdict| verdict.result == Outcome::Pass), "{verdicts:?}");
    match coders.is_empty() {
        true => println!("no AAC encoder on this machine: not auditioned"),
        false => assert_eq!(check(&verdicts, "adm_aac").len(), 2, "{verdicts:?}"),
    }
    edited(&mut disk, &["pass.streaming.rate=96k"]);
    let up = listed(&disk.deliver("streaming").expect("a delivery"));
    assert!(check(&up, "adm_rate").iter().all(|verdict| verdict.result == Outcome::Fail), "{up:?}");
}
