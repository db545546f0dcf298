//! Listening: what is switched stays on its frame, is as loud as what it is compared with, comes without a click, and
//! nothing of it reaches a delivery. Recorded from a device that the test drives.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use lacquer_engine::analysis::loudness::Loudness;
use lacquer_engine::audio::{Block, Layout, Through};
use lacquer_engine::chain::processor;
use lacquer_engine::compare::heard::{self, Ear};
use lacquer_engine::compare::loud::levels;
use lacquer_engine::compare::translation::Translator;
use lacquer_engine::dsp::delay::Delay;
use lacquer_engine::medium::loudspeaker::Loudspeaker;
use lacquer_engine::profile::systems;
use lacquer_engine::realtime::{Beside, Check, Follow, Load, Maker, Monitor, Processor, Section, Signal, Solo};
use lacquer_engine::render::{Library, Plan, Word};
use lacquer_engine::session::{ChainSettings, Matching, Scalar, StageSettings};
use lacquer_engine::survey::{Listener, Watch};
use lacquer_engine::unit::{Db, Hertz, SampleRate, Seconds};
use lacquer_tests::album::{self, Album};
use lacquer_tests::signal;

const RATE: u32 = 48_000;
/// Frames per callback.
const CALLBACK: usize = 256;

/// A device that is driven by hand and remembers what it was given, by delivered frame.
struct Device {
    monitor: Monitor,
    processor: Box<Processor>,
    left: Vec<f64>,
    right: Vec<f64>,
}

impl Device {
    fn new(album: &Album) -> Device {
        let (mut monitor, processor) = Monitor::driven(SampleRate(RATE));
        monitor.load(plan(album), library(album), Load::At(0));
        let mut device = Device { monitor, processor, left: Vec::new(), right: Vec::new() };
        for _ in 0..2000 {
            device.monitor.poll();
            std::thread::sleep(Duration::from_millis(2));
            device.processor.process(&mut Block::new(2, 16));
            if device.monitor.status().epoch > 0 {
                break;
            }
        }
        assert!(device.monitor.status().epoch > 0, "no deck came");
        // The speakers have risen: from here on levels are what they are.
        device.processor.process(&mut Block::new(2, 4096));
        device.monitor.play();
        device
    }

    fn run(&mut self, frames: usize) {
        let mut block = Block::new(2, CALLBACK);
        for _ in 0..frames.div_ceil(CALLBACK) {
            self.processor.process(&mut block);
            self.left.extend_from_slice(block.channel(0));
            self.right.extend_from_slice(block.channel(1));
            self.monitor.poll();
            // Workers get their time, as they do beside a real clock.
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Puts something beside and waits until it has come.
    fn beside(&mut self, beside: Beside) {
        self.monitor.set_beside(Some(beside));
        for _ in 0..400 {
            self.run(CALLBACK * 4);
            if self.monitor.status().beside.is_some() {
                return;
            }
        }
        panic!("it never came");
    }
}

fn plan(album: &Album) -> Arc<Plan> {
    Arc::new(Plan::new(&album.session, "streaming").expect("a plan"))
}

fn library(album: &Album) -> Arc<dyn Library> {
    Arc::new(album.shelf.clone())
}

/// A song of music, at this level.
fn song(level: f64, seconds: usize) -> Album {
    let mut album = Album::default();
    let channel = |seed| signal::music(RATE, seed, RATE as usize * seconds).iter().map(|x| x * level).collect();
    album.add(RATE, 32, 0.0, vec![channel(1), channel(2)]);
    album
}

fn render(album: &Album, frames: usize) -> Vec<Vec<f64>> {
    let plan = plan(album);
    let mut renderer = album.renderer(&plan, Word::Full);
    album::pull(&mut renderer, frames, 4096)
}

/// Latency and nothing else.
struct Later(Delay);

impl Through for Later {
    fn latency(&self) -> usize {
        self.0.frames()
    }
    fn process(&mut self, block: &mut Block, _: Seconds) {
        self.0.process(block);
    }
    fn reset(&mut self) {
        self.0.reset();
    }
}

fn later(frames: usize) -> Option<Maker> {
    Some(Arc::new(move |_| Box::new(Later(Delay::new(2, frames)))))
}

#[test]
fn every_switch_stays_on_its_frame() {
    // What stands beside is the same song at half the level, raised by what it is softer: a switch that kept the frame
    // and the level cannot be heard at all.
    let (album, soft) = (song(1.0, 60), song(0.5, 60));
    let mut device = Device::new(&album);
    device.run(4_000);
    for latency in [0, 441, 2_000] {
        device.monitor.hear_through(later(latency));
        device.run(9_000);
    }
    device.monitor.hear_through(None);
    let level = Db(20.0 * 2f64.log10());
    device.beside(Beside {
        plan: plan(&soft),
        library: library(&soft),
        follow: Follow::Shift(Seconds(0.0)),
        level,
        own_level: Db(0.0),
    });
    for on in [true, false, true] {
        device.monitor.hear_beside(on);
        device.run(3_000);
        assert_eq!(device.monitor.status().beside.map(|(_, heard)| heard), Some(on));
        assert_eq!(device.monitor.status().untouched, !on);
    }
    device.monitor.hear_through(later(300));
    device.run(5_000);
    device.monitor.hear_through(None);
    device.monitor.set_beside(None);
    device.run(RATE as usize);
    assert!(device.monitor.status().beside.is_none());
    let rendered = render(&album, device.left.len());
    // Past the soft start, from the first frame to the last.
    let worst =
        (300..device.left.len()).map(|frame| (device.left[frame] - rendered[0][frame]).abs()).fold(0.0, f64::max);
    assert!(worst < 1e-9, "{worst}");
    assert!(device.monitor.status().untouched, "everything is back");
}

#[test]
fn a_shift_is_heard_to_the_frame_and_begins_with_silence() {
    let (album, other) = (song(1.0, 60), song(0.5, 60));
    let mut device = Device::new(&album);
    device.run(2_000);
    let (plan, library) = (plan(&other), library(&other));
    let follow = Follow::Shift(Seconds(-1.0));
    device.beside(Beside { plan, library, follow, level: Db(0.0), own_level: Db(0.0) });
    device.monitor.hear_beside(true);
    device.run(RATE as usize);
    device.monitor.hear_beside(true);
    let before = device.left.len();
    device.run(RATE as usize);
    let rendered = render(&other, device.left.len());
    let worst = (before..device.left.len())
        .map(|frame| (device.left[frame] - rendered[0][frame - RATE as usize]).abs())
        .fold(0.0, f64::max);
    assert!(worst < 1e-9, "{worst}");
}

#[test]
fn no_control_of_the_monitor_changes_a_delivered_bit() {
    let album = song(1.0, 20);
    let before = render(&album, 200_000);
    let mut device = Device::new(&album);
    device.run(2_000);
    let other = song(0.3, 20);
    device.beside(Beside {
        plan: plan(&other),
        library: library(&other),
        follow: Follow::Free(Seconds(3.0)),
        level: Db(-2.0),
        own_level: Db(-4.0),
    });
    device.monitor.hear_through(later(100));
    device.monitor.set_section(Section {
        gain: Db(-7.0),
        matched: Db(1.5),
        dim: true,
        mono: true,
        swap: true,
        polarity: true,
        solo: Solo::Side,
        one_speaker: true,
        check: Check::Loud,
        crossfeed: true,
        offset: Db(2.0),
        ..Section::default()
    });
    device.monitor.hear_beside(true);
    device.monitor.set_signal(Some(Signal::Octave(Hertz(250.0))));
    device.run(RATE as usize);
    let heard = render(&album, device.left.len());
    assert!((4_000..device.left.len()).any(|frame| device.left[frame] != heard[0][frame]), "the controls are engaged");
    // The tap that delivers is the renderer itself: what it gives while all that is on is what it gave before.
    let loaded = device.monitor.plan().expect("a plan").clone();
    assert_eq!(loaded.hash, plan(&album).hash);
    let mut renderer = album.renderer(&loaded, Word::Full);
    let after = album::pull(&mut renderer, 200_000, 4096);
    assert!(before == after, "a delivered bit has changed");
    // And back to neutral the device gets it bit for bit.
    device.monitor.set_section(Section::default());
    device.monitor.set_signal(None);
    device.monitor.hear_through(None);
    device.monitor.set_beside(None);
    device.run(RATE as usize);
    let from = device.left.len();
    device.run(10_000);
    assert!(device.monitor.status().untouched);
    let rendered = render(&album, device.left.len());
    assert!(device.left[from..] == rendered[0][from..], "neutral is not bit-exact");
}

/// Integrated loudness of a stretch.
fn loudness(channels: [&[f64]; 2]) -> f64 {
    let mut meter = Loudness::new(Layout::Stereo, SampleRate(RATE)).expect("a meter");
    meter.process(&Block::from_channels(&channels));
    meter.integrated().expect("it sounds").0
}

/// What a listener told of the whole song as it is delivered.
fn told<L: Listener>(album: &Album, mut listener: L) -> L {
    let watch = Watch { progress: &|_| (), cancel: &AtomicBool::new(false) };
    heard::song(&plan(album), &library(album), 0, &mut listener, &watch).expect("it is heard");
    listener
}

#[test]
fn original_master_reference_and_three_systems_are_equally_loud_in_step_and_without_a_click() {
    const SECONDS: usize = 60;
    let mut album = song(0.5, SECONDS);
    let mut gain = StageSettings::new("gain1", processor("gain").expect("a processor"));
    gain.values.insert("gain".into(), Scalar::Number(5.0));
    album.session.passes[0].chain = Some(ChainSettings { stages: vec![gain], ..ChainSettings::default() });
    let reference = song(0.2, SECONDS);
    let ear = || Ear::new(Layout::Stereo, SampleRate(RATE)).expect("an ear");
    let (own, other) = (told(&album, ear()).finish("own"), told(&reference, ear()).finish("other"));
    let levels = levels(&own.portrait, &other.portrait, Matching::Integrated, Db(0.0));
    let mut device = Device::new(&album);
    device.run(4_000);
    device.beside(Beside {
        plan: plan(&reference),
        library: library(&reference),
        follow: Follow::Shift(Seconds(0.0)),
        level: levels.beside_db,
        own_level: levels.own_db,
    });
    let mut stretches = Vec::new();
    let mut hear = |device: &mut Device, what: &str, speaker: Option<Loudspeaker>| {
        let from = device.left.len();
        device.run(6 * RATE as usize);
        stretches.push((what.to_string(), from, speaker));
    };
    hear(&mut device, "master", None);
    device.monitor.set_chains_on(false, Db(5.0).amplitude());
    hear(&mut device, "original", None);
    device.monitor.set_chains_on(true, 1.0);
    device.monitor.hear_beside(true);
    hear(&mut device, "reference", None);
    device.monitor.hear_beside(false);
    for id in ["phone", "car", "kitchen-radio"] {
        let system = systems(None).0.into_iter().find(|system| system.id == id).expect("a system");
        let integrated = own.portrait.integrated_lufs;
        let translator = Translator::new(&system, integrated, Layout::Stereo, SampleRate(RATE)).expect("a translator");
        let told = told(&album, translator).finish();
        let (level, makeup) = (told.level_db, told.makeup_db.expect("it sounds"));
        let made = move |rate| Loudspeaker::new(&system, level, makeup, rate);
        let offline = made(SampleRate(RATE));
        device.monitor.hear_through(Some(Arc::new(move |rate| Box::new(made(rate)))));
        hear(&mut device, id, Some(offline));
    }
    device.monitor.hear_through(None);
    hear(&mut device, "master again", None);
    let master = render(&album, device.left.len());
    let programme = loudness([&master[0], &master[1]]);
    let slope = |samples: &[f64]| samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f64::max);
    for (what, from, speaker) in stretches {
        // What is to be heard, made beside the device from the first frame on.
        let mut expected = Block::from_channels(&master);
        expected.scale(levels.own_db.amplitude());
        if let Some(mut speaker) = speaker {
            speaker.process(&mut expected, Seconds(0.0));
        }
        let heard = loudness([expected.channel(0), expected.channel(1)]);
        println!("{what}: {heard:.3} LUFS beside {programme:.3} of the programme");
        assert!((heard - programme - levels.own_db.0).abs() < 0.1, "{what}: {heard} {programme}");
        // A device's protection remembers the last second; all else has settled after the switch of 30 ms.
        let (start, end) = (from + 2 * RATE as usize, from + 6 * RATE as usize);
        let off = |frame: usize| (device.left[frame] - expected.channel(0)[frame]).abs();
        let worst = (start..end).map(off).fold(0.0, f64::max);
        println!("{what}: off by {worst:e}");
        assert!(worst < 1e-4, "{what} is not in step: {worst}");
        // Over the fade nothing is steeper than what is heard before or after it by more than -60 dBFS.
        let (fade, after) = (&device.left[from..from + 2_000], &device.left[from + 2_000..from + 12_000]);
        let around = slope(&device.left[from.saturating_sub(9_600)..from]).max(slope(after));
        assert!(slope(fade) <= around + 0.001, "{what}: a step of {} where music has {around}", slope(fade));
    }
}
