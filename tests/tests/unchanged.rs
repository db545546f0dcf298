//! Only what changed is rendered again: every file of a second delivery has the bytes that a delivery from nothing gives,
//! and those that nothing changed in are taken over.

use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::AtomicBool;

use lacquer_engine::analysis::verdict::{Outcome, worst};
use lacquer_engine::codec::{Coder, Tier};
use lacquer_engine::deliver::{Delivery, Role, Step, Wishes, verify};
use lacquer_engine::dsp::dither::Dither;
use lacquer_engine::profile;
use lacquer_engine::session::{ChainSettings, Join, Pass, Scalar, SideName, StageSettings};
use lacquer_engine::unit::{Db, Dbtp, Seconds};
use lacquer_tests::album::Album;
use lacquer_tests::disk::Disk;
use lacquer_tests::signal;

/// Songs of 4 s, 2 s apart, under an album chain with a limiter and a compressor.
fn disk(rates: &[u32]) -> Disk {
    let mut album = Album::default();
    for (index, rate) in rates.iter().enumerate() {
        let frames = *rate as usize * 4 + index * 131;
        let channel = |seed| signal::quantised(&signal::music(*rate, seed, frames), 24);
        album.add(*rate, 24, 2.0, vec![channel(index as u64), channel(index as u64 + 9)]);
    }
    let mut disk = Disk::from_album(&album);
    let stage = |id: &str, processor: &str| {
        StageSettings::new(id, lacquer_engine::chain::processor(processor).expect("a processor"))
    };
    let mut limiter = stage("lim", "limiter");
    limiter.values.insert("gain".into(), Scalar::Number(6.0));
    let chain = ChainSettings { stages: vec![stage("comp", "compressor"), limiter], ..ChainSettings::default() };
    disk.session.passes[0].chain = Some(chain);
    disk
}

/// The files of a delivery with their SHA-256 and whether they were taken over; those on paper speak of the whole.
fn files(delivery: &Delivery) -> BTreeMap<String, (String, bool)> {
    let sound = |role| matches!(role, Role::Song | Role::Programme | Role::Copy | Role::Side);
    let image = |name: &str| name.ends_with("IMAGE.DAT");
    let files = delivery.manifest.files.iter().filter(|file| sound(file.role) || image(&file.name));
    files.map(|file| (file.name.clone(), (file.sha256.clone(), file.taken_over))).collect()
}

fn taken(delivery: &Delivery) -> Vec<bool> {
    taken_of(delivery, Role::Song)
}

fn taken_of(delivery: &Delivery, role: Role) -> Vec<bool> {
    let files = delivery.manifest.files.iter().filter(|file| file.role == role);
    files.map(|file| file.taken_over).collect()
}

/// Delivers a pass on top of what is there, and from nothing: the same bytes in every file.
fn again(disk: &Disk, pass: &str) -> Delivery {
    let delivery = disk.deliver(pass).expect("a delivery");
    let (made, guard) = (files(&delivery), delivery.manifest.guard.len());
    let verified = verify(&delivery.folder, &|id| profile::load(id, None).ok().flatten()).expect("a delivery");
    assert_ne!(worst(&verified.verdicts), Outcome::Fail, "{:#?}", verified.verdicts);
    let fresh = disk.deliver_fresh(pass).expect("a delivery");
    for (name, (sha256, was_taken)) in &made {
        assert_eq!(Some(sha256), files(&fresh).get(name).map(|file| &file.0), "{pass} {name}, taken {was_taken}");
    }
    assert_eq!((made.len(), guard), (files(&fresh).len(), fresh.manifest.guard.len()));
    assert_eq!(delivery.manifest.playback, fresh.manifest.playback);
    assert!(taken(&fresh).iter().all(|taken| !taken));
    delivery
}

#[test]
fn one_songs_change_renders_that_song_and_nothing_else() {
    let mut disk = disk(&[48_000, 48_000, 48_000]);
    // The disc is converted and shaped, with a guard: everything that could reach over the black between two songs.
    for pass in &mut disk.session.passes {
        pass.ceiling = Some(Dbtp(-1.2));
    }
    let cd = disk.session.passes.iter_mut().find(|pass| pass.id == "cd").expect("the CD");
    cd.dither = Dither::from_id("shaped").unwrap_or(Dither::Tpdf);
    for pass in ["streaming", "cd", "hi-res"] {
        if disk.session.pass(pass).is_none() {
            continue;
        }
        disk.deliver(pass).expect("a delivery");
        assert_eq!(taken(&again(&disk, pass)), [true, true, true], "{pass}: nothing changed");
        disk.session.songs[1].gain = Db(disk.session.songs[1].gain.0 - 0.7);
        assert_eq!(taken(&again(&disk, pass)), [true, false, true], "{pass}: the second song changed");
    }
}

#[test]
fn songs_without_black_between_them_are_one() {
    let mut disk = disk(&[44_100, 44_100, 44_100]);
    disk.session.passes[0].entries[1].join = Some(Join::Gap(Seconds(0.0)));
    disk.deliver("streaming").expect("a delivery");
    disk.session.songs[0].gain = Db(-1.0);
    assert_eq!(taken(&again(&disk, "streaming")), [false, false, true]);
}

#[test]
fn a_change_of_the_disc_touches_no_other_pass() {
    let mut disk = disk(&[44_100, 44_100]);
    for pass in ["streaming", "cd"] {
        disk.deliver(pass).expect("a delivery");
    }
    let cd = disk.session.passes.iter_mut().find(|pass| pass.id == "cd").expect("the CD");
    cd.dither = Dither::None;
    assert_eq!(taken(&again(&disk, "cd")), [false, false]);
    assert_eq!(taken(&disk.deliver("streaming").expect("a delivery")), [true, true]);
}

#[test]
fn of_the_copies_only_those_of_a_changed_song_are_made() {
    let mut disk = disk(&[48_000, 96_000]);
    disk.session.passes.push(Pass::copies());
    let pass = disk.session.passes.last_mut().expect("the copies");
    // Coders of the Ogg family put a number of chance into each file: two of the same song are never the same bytes.
    pass.copies = ["flac", "mp3-320", "mp3-128"].map(String::from).to_vec();
    pass.ceiling = Some(Dbtp(-1.2));
    let id = pass.id.clone();
    disk.deliver(&id).expect("a delivery");
    let copies = |delivery: &Delivery| taken_of(delivery, Role::Copy);
    let second = again(&disk, &id);
    let made = copies(&second).len();
    assert!(made >= 2 && copies(&second).iter().all(|taken| *taken), "{:?}", copies(&second));
    // Texts are in the files of one song alone; a level is in the album's gain, which every copy carries.
    disk.session.songs[1].title = "Another".into();
    let third = again(&disk, &id);
    let of = |song: &str| -> Vec<bool> {
        let files = third.manifest.files.iter().filter(|file| file.role == Role::Copy);
        files.filter(|file| file.name.contains(song)).map(|file| file.taken_over).collect()
    };
    assert!(of("01 - ").iter().all(|taken| *taken) && !of("02 - ").iter().any(|taken| *taken), "{third:?}");
    disk.session.songs[1].gain = Db(-2.0);
    assert!(!copies(&again(&disk, &id)).iter().any(|taken| *taken));
}

#[test]
fn of_the_sides_only_the_changed_one_is_rendered() {
    let mut disk = disk(&[48_000, 48_000, 48_000]);
    for (mut pass, side) in [(Pass::vinyl(), 1), (Pass::cassette(), 2)] {
        let id = pass.id.clone();
        let songs: Vec<String> = disk.session.songs.iter().map(|song| song.id.clone()).collect();
        pass.entries = disk.session.passes[0].entries.clone();
        assert_eq!(pass.entries.len(), songs.len());
        for entry in &mut pass.entries[side..] {
            entry.side = SideName::of_place(1);
        }
        pass.chain = Some(ChainSettings::default());
        disk.session.passes.push(pass);
        disk.deliver(&id).expect("a delivery");
        // Four seconds of a test signal are no programme for a record: what is judged is left aside, but cutting the
        // files again finds what the manifest states.
        let again = |disk: &Disk| {
            let delivery = disk.deliver(&id).expect("a delivery");
            let (made, stated) = (files(&delivery), delivery.verdicts.clone());
            let verified = verify(&delivery.folder, &|id| profile::load(id, None).ok().flatten()).expect("a delivery");
            let cut =
                verified.verdicts.iter().find(|verdict| verdict.check == "sides" && verdict.profile == "manifest");
            assert_eq!(cut.map(|cut| cut.result), Some(Outcome::Pass), "{cut:?}");
            let fresh = disk.deliver_fresh(&id).expect("a delivery");
            assert_eq!(stated, fresh.verdicts);
            for (name, (sha256, _)) in &made {
                assert_eq!(Some(sha256), files(&fresh).get(name).map(|file| &file.0), "{id} {name}");
            }
            taken_of(&delivery, Role::Side)
        };
        assert_eq!(again(&disk), [true, true], "{id}: nothing changed");
        disk.session.songs[2].gain = Db(disk.session.songs[2].gain.0 - 0.7);
        assert_eq!(again(&disk), [true, false], "{id}: a song of side B changed");
    }
}

#[test]
fn what_was_tampered_with_is_made_again() {
    let disk = disk(&[44_100, 44_100]);
    let delivery = disk.deliver("streaming").expect("a delivery");
    let song = delivery.manifest.files.iter().find(|file| file.role == Role::Song).expect("a song");
    let path = delivery.folder.join(&song.name);
    let mut bytes = fs::read(&path).expect("readable");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).expect("writable");
    let delivery = again(&disk, "streaming");
    assert_eq!(taken(&delivery), [false, true]);
}

#[test]
fn a_delivery_that_is_stopped_leaves_what_it_would_have_taken_over() {
    let disk = disk(&[44_100, 44_100]);
    let first = files(&disk.deliver("cd").expect("a delivery"));
    let cancel = AtomicBool::new(false);
    let stop = |step: Step| {
        if matches!(step, Step::TakingOver { .. }) {
            cancel.store(true, std::sync::atomic::Ordering::Relaxed);
        }
    };
    assert!(disk.deliver_wishing("cd", Wishes::default(), &cancel, &stop).is_err());
    let second = disk.deliver("cd").expect("a delivery");
    for (name, (sha256, _)) in files(&second) {
        assert_eq!(first.get(&name).map(|file| &file.0), Some(&sha256), "{name}");
    }
    assert_eq!(fs::read_dir(disk.out()).expect("a folder").count(), 1);
}

#[test]
fn trips_through_the_same_coder_are_not_made_twice() {
    let coders = Coder::found();
    let tiers: Vec<Tier> = ["mp3-128", "opus-128"].into_iter().filter_map(Tier::of).collect();
    let tiers: Vec<Tier> =
        tiers.into_iter().filter(|tier| coders.iter().any(|coder| coder.coding == tier.coding)).collect();
    if tiers.is_empty() {
        eprintln!("skipped: neither lame nor opusenc is on this machine");
        return;
    }
    let mut disk = disk(&[44_100, 44_100]);
    let deliver = |disk: &Disk| {
        let trips = std::sync::Mutex::new(0);
        let told = |step: Step| {
            if let Step::Auditioning { all, .. } = step {
                *trips.lock().expect("a number") = all;
            }
        };
        let wishes = Wishes { fresh: false, codecs: &tiers, ..Wishes::default() };
        let delivery = disk.deliver_wishing("streaming", wishes, &AtomicBool::new(false), &told).expect("a delivery");
        (delivery, trips.into_inner().expect("a number"))
    };
    let (first, made) = deliver(&disk);
    assert_eq!(made, 2 * tiers.len());
    assert_eq!(first.manifest.codecs.len(), made);
    assert!(first.verdicts.iter().any(|verdict| verdict.check == "codec_true_peak"));
    disk.session.songs[1].gain = Db(-1.0);
    let (second, made) = deliver(&disk);
    assert_eq!(made, tiers.len(), "only the changed song is encoded");
    let told = |delivery: &Delivery| {
        let trips = delivery.manifest.codecs.iter();
        trips.map(|trip| (trip.file.clone(), trip.tier.clone(), trip.sha256.clone())).collect::<Vec<_>>()
    };
    assert_eq!(told(&second)[..tiers.len()], told(&first)[..tiers.len()]);
    assert_ne!(told(&second).last(), told(&first).last());
}
