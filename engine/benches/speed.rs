//! Speed, as multiples of real time and as ratios to a peer in the same run. `cargo bench -p lacquer-engine`.
//!
//! Every figure is the best of many rounds (the machine's other work only ever makes it slower); figures are printed,
//! never asserted.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use lacquer_engine::analysis::full::FullMeasurer;
use lacquer_engine::analysis::measure::Measurer;
use lacquer_engine::analysis::overview::Overview;
use lacquer_engine::audio::{Block, Layout};
use lacquer_engine::chain::{Chain, PROCESSORS, Setting, processor};
use lacquer_engine::container::riff::{Encoding, Extras, Format, WavWriter};
use lacquer_engine::dsp::dither::{Dither, Quantiser};
use lacquer_engine::dsp::resample::{Steepness, convert};
use lacquer_engine::param::Values;
use lacquer_engine::realtime::{Load, Monitor};
use lacquer_engine::render::{Library, Plan};
use lacquer_engine::session::{ChainSettings, Entry, Session, StageSettings};
use lacquer_engine::source::{Cache, Reader};
use lacquer_engine::unit::{Frames, SampleRate};
use rubato::audioadapter_buffers::direct::SequentialSliceOfVecs;
use rubato::{Fft, FixedSync, Resampler, WindowFunction};

const RATE: SampleRate = SampleRate(96_000);
const SECONDS: usize = 20;
const ROUNDS: usize = 12;

/// A bass, a chord, hits and hiss: louder than full scale after +9 dB, so that a limiter has work.
fn music(rate: SampleRate, seconds: usize) -> Block {
    let mut block = Block::new(2, rate.0 as usize * seconds);
    let mut state = 1u64;
    for channel in 0..2 {
        for (n, sample) in block.channel_mut(channel).iter_mut().enumerate() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let noise = (state >> 40) as f64 / (1u64 << 24) as f64 - 0.5;
            let t = n as f64 / rate.hz();
            let beat = t % 0.5;
            let hit = 0.5 * libm::exp(-beat * 18.0) * libm::sin(1000.0 * beat);
            let chord: f64 =
                [220.0, 277.2, 329.6].iter().map(|hz| 0.06 * libm::sin(std::f64::consts::TAU * hz * t)).sum();
            *sample = hit + chord + 0.02 * noise;
        }
    }
    block
}

fn best(rounds: usize, mut work: impl FnMut()) -> Duration {
    (0..rounds)
        .map(|_| {
            let began = Instant::now();
            work();
            began.elapsed()
        })
        .min()
        .unwrap_or_default()
}

fn times(seconds: f64, took: Duration) -> f64 {
    seconds / took.as_secs_f64()
}

fn chain(ids: &[&str]) -> Chain {
    let setting = Setting { rate: RATE, layout: Layout::Stereo };
    let stages = ids.iter().map(|id| {
        let processor = processor(id.rsplit(' ').next().unwrap_or(id)).expect("a processor");
        let mut values = Values::defaults(processor.table);
        match *id {
            "eq" | "linear-phase eq" => {
                if *id != "eq" {
                    // Minimum, mixed, linear.
                    assert!(values.set_by_id("phase", 2.0));
                }
                for (band, hz) in [40.0, 90.0, 210.0, 500.0, 1200.0, 3150.0, 7000.0, 12_000.0].into_iter().enumerate() {
                    let row = values.add_row("band").expect("room for a band");
                    assert!(values.set_in_row("band", row, "frequency", hz));
                    assert!(values.set_in_row("band", row, "gain", if band % 2 == 0 { 0.8 } else { -0.6 }));
                }
            }
            "compressor" => assert!(values.set_by_id("threshold", -24.0)),
            "linked, filtered, automatic compressor" => {
                let set = [("threshold", -24.0), ("link", 50.0), ("high_pass", 1.0), ("auto_release", 1.0)];
                set.into_iter().for_each(|(id, value)| assert!(values.set_by_id(id, value)));
            }
            "dynamic eq" | "one dynamic band eq" => {
                let bands = [40.0, 90.0, 210.0, 500.0, 1200.0, 3150.0, 7000.0, 12_000.0];
                for hz in bands.into_iter().take(if *id == "dynamic eq" { 8 } else { 1 }) {
                    let row = values.add_row("band").expect("room for a band");
                    for (id, value) in [("frequency", hz), ("dynamic", 1.0), ("threshold", -50.0)] {
                        assert!(values.set_in_row("band", row, id, value));
                    }
                }
            }
            "limiter" | "clipper" => assert!(values.set_by_id("gain", 9.0)),
            "saturation" => assert!(values.set_by_id("drive", 6.0)),
            "stereo" => assert!(values.set_by_id("width_low", 60.0)),
            // Both work on the material as they come.
            "multiband" | "deesser" => {}
            _ => assert!(values.set_by_id("gain", -1.0)),
        }
        ((processor.build)(&values, setting), true)
    });
    Chain::new(stages.collect(), setting)
}

fn chains(material: &Block) {
    println!("\nchain, 96 kHz stereo, one core, blocks of 512");
    let whole = ["gain", "eq", "compressor", "limiter"];
    // Short stretches, many times: the best of them had the core to itself.
    let frames = 4 * RATE.0 as usize / 512 * 512;
    let others = ["linear-phase eq", "one dynamic band eq", "dynamic eq", "linked, filtered, automatic compressor"];
    let others = others.map(|id| vec![id]).into_iter().chain([whole.to_vec()]);
    for ids in PROCESSORS.iter().map(|p| vec![p.table.id]).chain(others) {
        // Built by a worker before it is heard: designing long kernels is no part of running.
        let built = chain(&ids);
        let took = best(ROUNDS, || {
            let mut chain = built.clone();
            let mut block = Block::new(2, 512);
            for start in (0..frames).step_by(512) {
                block.copy_from(0, material, start, 512);
                chain.process(&mut block);
            }
        });
        println!("  {:<40} {:>8.0} x real time", ids.join(" + "), times(frames as f64 / RATE.hz(), took));
    }
}

fn callbacks(material: &Block) {
    println!("\ntime of the whole chain per period, 96 kHz stereo");
    for frames in [64, 256, 1024] {
        let mut chain = chain(&["gain", "eq", "compressor", "limiter"]);
        let mut block = Block::new(2, frames);
        let mut spent: Vec<f64> = Vec::new();
        for start in (0..material.frames() - frames).step_by(frames) {
            block.copy_from(0, material, start, frames);
            let began = Instant::now();
            chain.process(&mut block);
            spent.push(began.elapsed().as_secs_f64());
        }
        spent.sort_by(f64::total_cmp);
        let period = frames as f64 / RATE.hz();
        let share = |part: f64| 100.0 * spent[((spent.len() - 1) as f64 * part) as usize] / period;
        println!("  {frames:>5} frames: median {:.1} %, p99 {:.1} % of the period", share(0.5), share(0.99));
    }
}

fn conversion(material: &Block) {
    println!("\n96 to 44.1 kHz, stereo, f64, one core");
    let ours = best(3, || drop(convert(material, RATE, SampleRate::CD, Steepness::default()).expect("a usual pair")));
    let input: Vec<Vec<f64>> = material.iter().map(<[f64]>::to_vec).collect();
    let frames = material.frames();
    let peer = best(3, || {
        let window = WindowFunction::BlackmanHarris2;
        let mut fft = Fft::<f64>::new_custom(96_000, 44_100, 8192, 1, 2, window, FixedSync::Both).expect("a pair");
        let adapter = SequentialSliceOfVecs::new(&input, 2, frames).expect("two channels");
        drop(fft.process_all(&adapter, frames, None).expect("converted"));
    });
    println!("  Lacquer {:>6.0} x real time", times(SECONDS as f64, ours));
    println!(
        "  rubato  {:>6.0} x (Fft 8192); Lacquer is {:.2} times as fast",
        times(SECONDS as f64, peer),
        ratio(peer, ours)
    );
    soxr(material, ours);
}

/// libsoxr at its very high quality, through the two programs that carry it. They read the same samples (64-bit floats
/// without a header); what they need to start, read and throw away without converting is measured too and taken off, so
/// that the conversion alone is left.
fn soxr(material: &Block, ours: Duration) {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("96.f64");
    let mut bytes = Vec::with_capacity(material.frames() * 16);
    for (left, right) in material.channel(0).iter().zip(material.channel(1)) {
        bytes.extend_from_slice(&left.to_le_bytes());
        bytes.extend_from_slice(&right.to_le_bytes());
    }
    std::fs::write(&path, bytes).expect("a file");
    let raw = path.to_str().expect("a plain path");
    let ffmpeg = ["-v", "quiet", "-nostdin", "-threads", "1", "-f", "f64le", "-ar", "96000", "-ac", "2", "-i", raw];
    let away = ["-c:a", "pcm_f64le", "-f", "null", "-"];
    let filter = ["-af", "aresample=44100:resampler=soxr:precision=28"];
    let sox = ["-V1", "-D", "-t", "f64", "-r", "96000", "-c", "2", raw, "-n"];
    let peers = [
        ("ffmpeg", "soxr, precision 28", [&ffmpeg[..], &away].concat(), [&ffmpeg[..], &filter, &away].concat()),
        ("sox", "rate -v", sox.to_vec(), [&sox[..], &["rate", "-v", "44100"]].concat()),
    ];
    for (program, what, passing, converting) in peers {
        let run = |arguments: &[&str]| Command::new(program).args(arguments).status().is_ok_and(|s| s.success());
        if !(run(&passing) && run(&converting)) {
            println!("  {program} is missing or cannot do {what}: no peer");
            continue;
        }
        let (passing, converting) = (best(5, || _ = run(&passing)), best(5, || _ = run(&converting)));
        let peer = converting.saturating_sub(passing);
        println!(
            "  {program:<7} {:>6.0} x ({what}; {:.2} s less {:.2} s without it); Lacquer is {:.2} times as fast",
            times(SECONDS as f64, peer),
            converting.as_secs_f64(),
            passing.as_secs_f64(),
            ratio(peer, ours)
        );
    }
}

fn ratio(peer: Duration, ours: Duration) -> f64 {
    peer.as_secs_f64() / ours.as_secs_f64()
}

fn analysis() {
    println!("\nloudness, range, true peak of a 48 kHz stereo file of 120 s, all cores");
    let material = music(SampleRate(48_000), 120);
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("a.wav");
    let format = Format::new(Encoding::Int24, SampleRate(48_000), Layout::Stereo);
    let mut writer = WavWriter::create(&path, format, Extras::default()).expect("a file");
    writer.write(&material).expect("samples");
    writer.finish().expect("a whole file");
    let read = |measure: &mut dyn FnMut(&Block)| {
        let mut source = lacquer_engine::source::open(&path).expect("readable");
        let mut block = Block::new(2, 16_384);
        for start in (0..material.frames() as u64).step_by(16_384) {
            block.set_frames((material.frames() as u64 - start).min(16_384) as usize);
            source.reader.read(start, &mut block).expect("readable");
            measure(&block);
        }
    };
    let measurer = || Measurer::new(Layout::Stereo, SampleRate(48_000), Some(24)).expect("a usual rate");
    let ours = best(3, || {
        let (mut measurer, mut overview) = (measurer(), Overview::new(2));
        read(&mut |block| {
            measurer.process(block);
            overview.process(block);
        });
        drop(measurer.finish());
    });
    println!("  Lacquer (with the overview) {:>6.0} x real time", times(120.0, ours));
    let alone = best(3, || {
        let mut measurer = measurer().alone();
        read(&mut |block| measurer.process(block));
        drop(measurer.finish());
    });
    println!("  Lacquer, one core           {:>6.0} x", times(120.0, alone));
    let full = best(3, || {
        let ceiling = lacquer_engine::unit::Dbtp(0.0);
        let mut full =
            FullMeasurer::new(Layout::Stereo, SampleRate(48_000), Some(24), ceiling).expect("a usual rate").alone();
        read(&mut |block| full.process(block));
        drop(full.finish());
    });
    println!("  every meter, one core       {:>6.0} x", times(120.0, full));
    let ffmpeg = || {
        let args = ["-v", "quiet", "-nostdin", "-i"];
        Command::new("ffmpeg").args(args).arg(&path).args(["-af", "ebur128=peak=true", "-f", "null", "-"]).status()
    };
    if ffmpeg().is_ok_and(|status| status.success()) {
        let peer = best(3, || drop(ffmpeg()));
        println!(
            "  ffmpeg ebur128=peak=true    {:>6.0} x; Lacquer is {:.2} times as fast, on one core {:.2}",
            times(120.0, peer),
            ratio(peer, ours),
            ratio(peer, alone)
        );
    } else {
        println!("  ffmpeg is not installed: no peer");
    }
}

/// Ten songs of six minutes at 24 bits and 96 kHz: taken in (hashed, read from end to end) and their waveforms made.
fn taking_in() {
    println!("\nimport and waveform of a 60-minute album at 24 bits, 96 kHz");
    let folder = tempfile::tempdir().expect("a scratch folder");
    let paths: Vec<_> = (0..10).map(|song| folder.path().join(format!("{song}.wav"))).collect();
    let minute = music(RATE, 60);
    let mut writer =
        WavWriter::create(&paths[0], Format::new(Encoding::Int24, RATE, Layout::Stereo), Extras::default())
            .expect("a file");
    (0..6).for_each(|_| writer.write(&minute).expect("samples"));
    writer.finish().expect("a whole file");
    // The same bytes under ten names: two gigabytes less to write, none less to read.
    paths[1..].iter().for_each(|path| std::fs::hard_link(&paths[0], path).expect("a second name"));
    let ours = best(2, || {
        let cache = Cache::new(folder.path().join("cache"), 0);
        let taken = lacquer_engine::source::import(&paths, &cache, |_| {}, &AtomicBool::new(false));
        assert!(taken.iter().all(Result::is_ok), "every song is taken in");
        paths.iter().for_each(|path| drop(waveform(path)));
    });
    println!("  Lacquer                {:>6.1} s, {:>5.0} x real time", ours.as_secs_f64(), times(3600.0, ours));
    let ffmpeg = || {
        paths.iter().all(|path| {
            // Named, so that the sound itself is not an output too.
            let graph = "[0:a]showwavespic=s=1920x240[picture]";
            let picture = ["-filter_complex", graph, "-map", "[picture]", "-frames:v", "1", "-f", "null", "-"];
            let mut command = Command::new("ffmpeg");
            command.args(["-v", "quiet", "-nostdin", "-i"]).arg(path).args(picture);
            command.status().is_ok_and(|status| status.success())
        })
    };
    if ffmpeg() {
        let peer = best(2, || _ = ffmpeg());
        println!(
            "  ffmpeg showwavespic    {:>6.1} s, {:>5.0} x; Lacquer is {:.2} times as fast, and hashes",
            peer.as_secs_f64(),
            times(3600.0, peer),
            ratio(peer, ours)
        );
    } else {
        println!("  ffmpeg is missing or could not draw it: no peer");
    }
}

fn waveform(path: &Path) -> Overview {
    let mut source = lacquer_engine::source::open(path).expect("readable");
    let (mut overview, mut block) = (Overview::new(2), Block::new(2, 16_384));
    let frames = source.reader.frames().0;
    for start in (0..frames).step_by(16_384) {
        block.set_frames((frames - start).min(16_384) as usize);
        source.reader.read(start, &mut block).expect("readable");
        overview.process(&block);
    }
    overview
}

fn requantisation(material: &Block) {
    println!("\nto 16 bits, strong shaper, 44.1 kHz stereo, one core");
    let took = best(3, || {
        let mut quantiser = Quantiser::new(16, Dither::ShapedStrong, SampleRate::CD, 2, 1).expect("16 bits");
        let mut block = Block::new(2, 1024);
        for start in (0..material.frames() - 1024).step_by(1024) {
            block.copy_from(0, material, start, 1024);
            quantiser.process(start as u64, &mut block);
        }
    });
    println!("  {:>6.0} x real time", times(material.frames() as f64 / 44_100.0, took));
}

/// A source that is a formula: any length without any memory.
struct Formula {
    frames: u64,
}

impl Reader for Formula {
    fn rate(&self) -> SampleRate {
        SampleRate(192_000)
    }
    fn layout(&self) -> Layout {
        Layout::Stereo
    }
    fn frames(&self) -> Frames {
        Frames(self.frames)
    }
    fn read(&mut self, start: u64, out: &mut Block) -> Result<(), lacquer_engine::source::Error> {
        for channel in 0..2 {
            for (offset, sample) in out.channel_mut(channel).iter_mut().enumerate() {
                *sample = ((start + offset as u64) * 31 % 1009) as f64 / 4096.0;
            }
        }
        Ok(())
    }
}

struct Formulas(u64);

impl Library for Formulas {
    fn open(&self, _: &str) -> Result<Box<dyn Reader>, lacquer_engine::source::Error> {
        Ok(Box::new(Formula { frames: self.0 }))
    }
}

/// Three hours at 192 kHz in twelve songs, with a chain for the album.
fn long_album() -> (Session, u64) {
    let frames = 192_000 * 900;
    let mut session = Session::new();
    for number in 1..=12 {
        let text = format!("id = 's{number}'\n[[clip]]\nid = 'c'\nsource = 'a{number}'\nin = 0\nout = {frames}\n");
        session.songs.push(toml::from_str(&text).expect("a song"));
        let text = format!(
            "id = 'a{number}'\npath = 'a'\nrate = 192000\nbits = 24\nlayout = 'stereo'\nframes = {frames}\nsize = 0\nhead_tail = ''"
        );
        session.sources.push(toml::from_str(&text).expect("a source"));
        session.passes[0].entries.push(Entry { song: format!("s{number}"), ..Entry::default() });
    }
    let stages = ["eq", "compressor", "limiter"].map(|id| StageSettings::new(id, processor(id).expect("a processor")));
    session.passes[0].chain = Some(ChainSettings { stages: stages.into(), ..ChainSettings::default() });
    (session, frames)
}

fn seeks() {
    println!("\nthree hours at 192 kHz, playing: from a seek asked for to the new place in the device's buffer");
    let (session, frames) = long_album();
    let plan = Arc::new(Plan::new(&session, "streaming").expect("a plan"));
    let (mut monitor, mut processor) = Monitor::driven(SampleRate(192_000));
    monitor.load(plan.clone(), Arc::new(Formulas(frames)), Load::At(0));
    monitor.play();
    let mut block = Block::new(2, 1024);
    let mut waits: Vec<f64> = Vec::new();
    let mut run = |monitor: &mut Monitor| {
        processor.process(&mut block);
        monitor.poll();
        std::thread::sleep(Duration::from_millis(1));
    };
    for _ in 0..200 {
        run(&mut monitor);
    }
    for step in 1..=20u64 {
        let epoch = monitor.status().epoch;
        let began = Instant::now();
        monitor.seek(Frames(plan.delivered_frames() / 21 * step));
        while monitor.status().epoch == epoch && began.elapsed() < Duration::from_secs(5) {
            run(&mut monitor);
        }
        waits.push(began.elapsed().as_secs_f64() * 1000.0);
        for _ in 0..20 {
            run(&mut monitor);
        }
    }
    waits.sort_by(f64::total_cmp);
    println!("  median {:.0} ms, worst of {} {:.0} ms", waits[waits.len() / 2], waits.len(), waits[waits.len() - 1]);
    // Linux tells the most memory this process has had; elsewhere nothing is printed.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(line) = status.lines().find(|line| line.starts_with("VmRSS")) {
        println!("  memory of the whole process: {}", line.trim_start_matches("VmRSS:").trim());
    }
}

/// All groups, or those whose names are given: `cargo bench -p lacquer-engine --bench speed -- chains conversion`.
fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let material = music(RATE, SECONDS);
    let groups: [(&str, &dyn Fn()); 7] = [
        ("seeks", &seeks),
        ("chains", &|| chains(&material)),
        ("callbacks", &|| callbacks(&material)),
        ("conversion", &|| conversion(&material)),
        ("requantisation", &|| requantisation(&material)),
        ("analysis", &analysis),
        ("import", &taking_in),
    ];
    for (name, measure) in groups {
        if wanted.is_empty() || wanted.iter().any(|word| word == name) {
            measure();
        }
    }
}
