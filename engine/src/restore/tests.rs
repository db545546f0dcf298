use std::sync::atomic::AtomicBool;

use proptest::prelude::*;

use super::*;
use crate::audio::{Block, Layout};
use crate::param::Values;
use crate::source::{self, Cache, Reader};
use crate::unit::{Db, Seconds};

pub(super) const RATE: SampleRate = SampleRate(44_100);

/// A sound in memory.
#[derive(Clone)]
pub(super) struct Held(pub Vec<Vec<f64>>);

impl Reader for Held {
    fn rate(&self) -> SampleRate {
        RATE
    }
    fn layout(&self) -> Layout {
        Layout::of_channels(self.0.len())
    }
    fn frames(&self) -> Frames {
        Frames(self.0[0].len() as u64)
    }
    fn read(&mut self, start: u64, out: &mut Block) -> Result<(), source::Error> {
        for (channel, samples) in self.0.iter().enumerate() {
            for (offset, sample) in out.channel_mut(channel).iter_mut().enumerate() {
                *sample = samples.get(start as usize + offset).copied().unwrap_or(0.0);
            }
        }
        Ok(())
    }
}

/// Uneven partials under a slow swell, with a little noise, not alike in both channels.
pub(super) fn music(frames: usize) -> Held {
    let mut state = 77u64;
    let mut noise = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    let tone = |n: usize, hz: f64| libm::sin(2.0 * std::f64::consts::PI * hz * n as f64 / 44_100.0);
    let mut channel = |shift: f64| -> Vec<f64> {
        (0..frames)
            .map(|n| {
                let swell = 0.6 + 0.4 * libm::sin(n as f64 * 1e-4 + shift);
                let sound = 0.3 * tone(n, 220.0 + shift) + 0.15 * tone(n, 661.0) + 0.05 * tone(n, 3_305.0 - shift);
                swell * sound + 3e-4 * noise()
            })
            .collect()
    };
    Held(vec![channel(0.0), channel(1.7)])
}

pub(super) fn task(id: &str, span: std::ops::Range<u64>, channels: &[usize], values: &[(&str, f64)]) -> Task {
    let kind = kind(id).unwrap();
    let mut resolved = Values::defaults(kind.table);
    for (name, value) in values {
        assert!(resolved.set_by_id(name, *value), "{name}");
    }
    let channels = channels.to_vec();
    let version = kind.table.version;
    Task { id: id.into(), kind, version, span, channels, values: resolved, points: Vec::new(), learn: None }
}

pub(super) fn repaired(sound: &Held, tasks: &[Task]) -> Repaired {
    through(sound, tasks, &Shelf::Memory)
}

fn through(sound: &Held, tasks: &[Task], shelf: &Shelf) -> Repaired {
    let work = Work { shelf, progress: &mut |_, _, _| (), cancel: &AtomicBool::new(false) };
    Repaired::open(Box::new(sound.clone()), "sound", tasks, work).unwrap()
}

pub(super) fn read(reader: &mut dyn Reader, size: usize) -> Vec<Vec<f64>> {
    let frames = reader.frames().0 as usize;
    let mut out = vec![Vec::new(); reader.layout().channels()];
    let mut block = Block::new(out.len(), size);
    while out[0].len() < frames {
        block.set_frames(size.min(frames - out[0].len()));
        reader.read(out[0].len() as u64, &mut block).unwrap();
        out.iter_mut().zip(block.iter()).for_each(|(all, part)| all.extend_from_slice(part));
    }
    out
}

/// One task of every kind, working in a span in the middle of a second of music.
fn every_kind() -> Vec<Task> {
    KINDS
        .iter()
        .map(|kind| {
            let values: &[(&str, f64)] = match kind.table.id {
                "gain" => &[("gain", -3.0)],
                "balance" => &[("balance", 2.0)],
                "dc" => &[("offset", 1.0)],
                "delay" => &[("delay", 3.3)],
                _ => &[],
            };
            let span = if kind.table.id == "interpolate" { 20_000..20_300 } else { 16_000..26_000 };
            task(kind.table.id, span, &[1], values)
        })
        .collect()
}

#[test]
fn outside_its_span_no_repair_touches_a_bit() {
    let mut sound = music(44_100);
    sound.0[1][20_100] += 0.3;
    for task in every_kind() {
        let span = task.span.start as usize..task.span.end as usize;
        let out = read(&mut repaired(&sound, std::slice::from_ref(&task)), 4096);
        assert_eq!(out[0], sound.0[0], "{}", task.id);
        for n in (0..44_100).filter(|n| !span.contains(n)) {
            assert_eq!(out[1][n].to_bits(), sound.0[1][n].to_bits(), "{} {n}", task.id);
        }
    }
}

#[test]
fn every_table_names_itself_once_and_takes_its_defaults() {
    for one in KINDS {
        assert_eq!(kind(one.table.id).map(|found| found.table.name), Some(one.table.name));
        assert!(one.table.params.iter().all(|spec| spec.accepts(spec.default)), "{}", one.table.id);
    }
}

#[test]
fn a_cache_that_was_deleted_or_damaged_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = Shelf::Cache(Cache::new(folder.path().join("c"), 1 << 30));
    let mut sound = music(44_100);
    sound.0[0][20_100] += 0.3;
    let tasks = [task("declick", 20_000..20_200, &[0], &[]), task("interpolate", 20_050..20_150, &[0, 1], &[])];
    let first = read(&mut through(&sound, &tasks, &shelf), 1000);
    let entries = || std::fs::read_dir(folder.path().join("c")).unwrap().flatten().map(|entry| entry.path());
    assert_eq!(entries().count(), 2);
    for path in entries() {
        std::fs::write(path, b"LACQPAT1 broken").unwrap();
    }
    assert_eq!(read(&mut through(&sound, &tasks, &shelf), 1000), first);
    std::fs::remove_dir_all(folder.path().join("c")).unwrap();
    assert_eq!(read(&mut through(&sound, &tasks, &shelf), 1000), first);
    assert_eq!(read(&mut through(&sound, &tasks, &Shelf::Memory), 1000), first);
}

#[test]
fn a_repair_is_computed_again_only_when_what_it_hears_changes() {
    let far = task("declick", 100..200, &[0], &[]);
    let near = task("gain", 19_000..20_000, &[0], &[("gain", -3.0)]);
    let own = task("declick", 20_000..20_200, &[0], &[]);
    let key = |tasks: &[Task]| task::keys(tasks, "x", RATE).pop().unwrap();
    assert_eq!(key(&[far.clone(), own.clone()]).len(), 64);
    assert_ne!(key(&[near.clone(), own.clone()]), key(std::slice::from_ref(&own)));
    let elsewhere = task("declick", 200_000..200_200, &[0], &[]);
    assert_eq!(key(&[elsewhere, own.clone()]), key(std::slice::from_ref(&own)));
    let other = task("declick", 20_000..20_200, &[0], &[("strength", 61.0)]);
    assert_ne!(key(&[other]), key(&[own]));
}

#[test]
fn levels_are_arithmetic() {
    let sound = Held(vec![vec![1.0; 8], vec![1.0; 8]]);
    let one = |task: Task| read(&mut repaired(&sound, &[task]), 8);
    let halved = one(task("gain", 2..4, &[0], &[("gain", Db::from_amplitude(0.5).0), ("edge", 0.0)]));
    assert_eq!(halved[0].map_rounded(), [1.0, 1.0, 0.5, 0.5, 1.0, 1.0, 1.0, 1.0]);
    assert_eq!(halved[1], [1.0; 8]);
    let turned = one(task("polarity", 0..8, &[1], &[]));
    assert_eq!(turned[1], [-1.0; 8]);
    let fade = one(task("fade", 4..8, &[0], &[("shape", 1.0)]));
    assert_eq!(fade[0], [1.0, 1.0, 1.0, 1.0, 1.0, 0.75, 0.5, 0.25]);
    let dc = one(task("dc", 0..8, &[0, 1], &[("offset", 25.0)]));
    assert_eq!(dc, vec![vec![0.75; 8]; 2]);
    let mut drawn = task("gain", 0..8, &[0], &[("edge", 0.0)]);
    drawn.points = vec![(Seconds(0.0), Db(0.0)), (Seconds(4.0 / 44_100.0), Db(-120.0))];
    let drawn = one(drawn);
    assert!((drawn[0][2] - 1e-3).abs() < 1e-9 && drawn[0][7] < 2e-6, "{drawn:?}");
}

trait Rounded {
    fn map_rounded(&self) -> Vec<f64>;
}

impl Rounded for Vec<f64> {
    fn map_rounded(&self) -> Vec<f64> {
        self.iter().map(|value| (value * 1e12).round() / 1e12).collect()
    }
}

#[test]
fn what_is_removed_and_what_is_left_make_the_source() {
    let mut sound = music(30_000);
    sound.0[0][15_000] += 0.4;
    let treatment = Treatment::of(vec![task("declick", 14_900..15_100, &[0], &[])]);
    let open = |treatment: &Treatment| {
        let mut open = || Ok(Box::new(sound.clone()) as Box<dyn Reader>);
        treatment.open(&mut open, "x", &Shelf::Memory, &mut |_, _, _| (), &AtomicBool::new(false)).unwrap()
    };
    let after = read(&mut *open(&treatment), 512);
    let removed = read(&mut *open(&treatment.removed(None)), 777);
    assert!((removed[0][15_000] - 0.4).abs() < 0.01 && removed[1].iter().all(|sample| *sample == 0.0));
    for n in 0..30_000 {
        assert_eq!(removed[0][n], sound.0[0][n] - after[0][n]);
    }
    assert_eq!(read(&mut *open(&treatment.before(None, Db::UNITY)), 512), sound.0);
    let (mut before, mut after) = (open(&treatment.before(None, Db::UNITY)), open(&treatment));
    let gain = matching_gain(&mut *before, &mut *after, 14_900..15_100).unwrap();
    assert!(gain.is_none_or(|gain| gain.0.abs() < 0.5), "{gain:?}");
}

#[test]
fn silence_and_numbers_that_are_none_are_survived() {
    let silent = Held(vec![vec![0.0; 40_000]; 2]);
    let broken = Held(vec![vec![f64::NAN; 40_000], vec![f64::INFINITY; 40_000]]);
    for sound in [silent, broken] {
        for one in every_kind() {
            let out = read(&mut repaired(&sound, std::slice::from_ref(&one)), 4096);
            assert_eq!(out[0].len(), 40_000, "{}", one.id);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn any_block_size_reads_the_same(size in 1usize..9000) {
        let mut sound = music(40_000);
        sound.0[1][20_100] += 0.3;
        let short: Vec<Task> = every_kind().into_iter().filter(|task| task.id != "denoise" && task.id != "declip").collect();
        let mut reader = repaired(&sound, &short);
        let whole = read(&mut reader, 40_000);
        prop_assert_eq!(read(&mut reader, size), whole);
    }
}
