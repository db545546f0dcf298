//! Repairs of planted faults against what was there before, beside ffmpeg's filters where it is installed.
//!
//! Every score is a change of the ratio of signal to error at the fault; samples that were never damaged must come back bit
//! for bit. Where a place is chosen (the clipped seconds), it is the middle of the track: nothing was tuned on it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use lacquer_engine::analysis::finding::Kind;
use lacquer_engine::audio::{Block, Layout};
use lacquer_engine::container::riff::{Encoding, Extras, Format, WavWriter};
use lacquer_engine::dsp::fft::{Complex, RealFft};
use lacquer_engine::param::Values;
use lacquer_engine::report::table::Table;
use lacquer_engine::restore::{self, Repaired, Shelf, Task, Work};
use lacquer_engine::source::{Error, Reader};
use lacquer_engine::unit::{Frames, SampleRate};

use crate::chance::Chance;
use crate::inject;
use crate::music::{self, Music};
use crate::options::Options;
use crate::truth::Damaged;

type Channels = Vec<Vec<f64>>;

/// Error around an event counts this far beside it.
const BESIDE_S: f64 = 0.002;
/// The ratio of signal to error that is as good as exact.
const EXACT_DB: f64 = 160.0;

/// Runs the parts that are asked for (`--kind click`, `clip`, `hum`; none: all).
pub fn repair(options: &Options) -> Result<bool, String> {
    let mut holds = true;
    if options.wants(Kind::Click) {
        holds &= clicks(options)?;
    }
    if options.wants(Kind::Clip) {
        holds &= clips(options)?;
    }
    if options.wants(Kind::Hum) {
        holds &= hum(options)?;
    }
    Ok(holds)
}

struct Held(Channels, u32);

impl Reader for Held {
    fn rate(&self) -> SampleRate {
        SampleRate(self.1)
    }
    fn layout(&self) -> Layout {
        Layout::of_channels(self.0.len())
    }
    fn frames(&self) -> Frames {
        Frames(self.0[0].len() as u64)
    }
    fn read(&mut self, start: u64, out: &mut Block) -> Result<(), Error> {
        for (channel, samples) in self.0.iter().enumerate() {
            for (offset, sample) in out.channel_mut(channel).iter_mut().enumerate() {
                *sample = samples.get(start as usize + offset).copied().unwrap_or(0.0);
            }
        }
        Ok(())
    }
}

/// A repair of all channels of a span.
fn task(kind: &str, span: std::ops::Range<usize>, channels: usize, values: &[(&str, f64)]) -> Result<Task, String> {
    let kind = restore::kind(kind).ok_or_else(|| format!("no repair is called '{kind}'"))?;
    let mut resolved = Values::defaults(kind.table);
    for (name, value) in values {
        resolved.set_by_id(name, *value);
    }
    Ok(Task {
        id: kind.table.id.into(),
        kind,
        version: kind.table.version,
        span: span.start as u64..span.end as u64,
        channels: (0..channels).collect(),
        values: resolved,
        points: Vec::new(),
        learn: None,
    })
}

/// What the repair makes of a sound, and which spans it replaced.
struct Outcome {
    channels: Channels,
    replaced: Vec<(usize, std::ops::Range<usize>)>,
}

fn repaired(channels: &Channels, rate: u32, task: Task) -> Result<Outcome, String> {
    let id = task.id.clone();
    let held = Box::new(Held(channels.clone(), rate));
    let never = AtomicBool::new(false);
    let work = Work { shelf: &Shelf::Memory, progress: &mut |_, _, _| (), cancel: &never };
    let mut reader = Repaired::open(held, "sound", &[task], work).map_err(|error| error.to_string())?;
    let mut block = Block::new(channels.len(), channels[0].len());
    reader.read(0, &mut block).map_err(|error| error.to_string())?;
    let pieces = reader.patch_of(&id).map_or(&[][..], |patch| patch.pieces());
    let replaced = pieces.iter().map(|piece| (piece.channel, piece.span.start as usize..piece.span.end as usize));
    Ok(Outcome { replaced: replaced.collect(), channels: block.iter().map(<[f64]>::to_vec).collect() })
}

/// What a filter of ffmpeg makes of a sound; `None` where it is not installed or fails.
fn ffmpeg(channels: &Channels, rate: u32, filter: &str) -> Option<Channels> {
    let folder = tempfile::tempdir().ok()?;
    let (from, to) = (folder.path().join("in.wav"), folder.path().join("out.wav"));
    let format = Format::new(Encoding::Float64, SampleRate(rate), Layout::of_channels(channels.len()));
    let mut writer = WavWriter::create(&from, format, Extras::default()).ok()?;
    writer.write(&Block::from_channels(channels)).ok()?;
    writer.finish().ok()?;
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-y", "-i"]).arg(&from).args(["-af", filter, "-c:a", "pcm_f64le"]).arg(&to);
    command.status().ok().filter(|status| status.success())?;
    let mut out = music::read_file(Path::new(&to), 0.0, f64::MAX).ok()?.channels;
    out.iter_mut().for_each(|channel| channel.resize(channels[0].len(), 0.0));
    Some(out)
}

fn energy(samples: impl Iterator<Item = f64>) -> f64 {
    samples.map(|sample| sample * sample).sum()
}

/// How much better, in decibels, one sound is than another against the truth.
fn gain_db(truth: &[f64], before: &[f64], after: &[f64]) -> f64 {
    let signal = energy(truth.iter().copied()).max(1e-20);
    let error = |sound: &[f64]| energy(sound.iter().zip(truth).map(|(a, b)| a - b));
    let ratio = |sound: &[f64]| (10.0 * libm::log10(signal / error(sound).max(1e-300))).min(EXACT_DB);
    ratio(after) - ratio(before)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() % 2 {
        _ if values.is_empty() => f64::NAN,
        1 => values[middle],
        _ => 0.5 * (values[middle - 1] + values[middle]),
    }
}

/// The gains of all events of a file.
fn event_gains(clean: &Channels, damaged: &Damaged, after: &Channels, rate: f64) -> Vec<f64> {
    let beside = (BESIDE_S * rate) as usize;
    let events = damaged.truth.iter().filter_map(|event| Some((event, event.channel?)));
    let gain = |(event, channel): (&crate::truth::Event, usize)| {
        let part = event.start.saturating_sub(beside)..(event.end + beside).min(clean[channel].len());
        gain_db(&clean[channel][part.clone()], &damaged.channels[channel][part.clone()], &after[channel][part])
    };
    events.map(gain).collect()
}

fn shares(gains: &[f64]) -> (f64, f64) {
    let share =
        |test: &dyn Fn(&&f64) -> bool| 100.0 * gains.iter().filter(test).count() as f64 / gains.len().max(1) as f64;
    (share(&|gain| **gain > 3.0), share(&|gain| **gain < -0.5))
}

fn clicks(options: &Options) -> Result<bool, String> {
    let heads = [
        "track",
        "events",
        "median dB",
        "better %",
        "worse %",
        "beside",
        "adeclick dB",
        "better %",
        "worse %",
        "result",
        "s/min",
    ];
    let mut table = Table::new(&heads);
    let (mut holds, mut all, mut peers) = (true, Vec::new(), Vec::new());
    let mut worst_forms: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for track in options.music() {
        let music = music::read(&track, 0.0, options.seconds.min(160.0))?;
        let rate = f64::from(music.rate);
        let (mut ours, mut peer, mut beside, mut seconds) = (Vec::new(), Vec::new(), 0, 0.0);
        for seed in 1..=options.seeds {
            let damaged = inject::mixed(&music.channels, rate, &[Kind::Click, Kind::Pop], 100 + seed, &track.name);
            let started = Instant::now();
            let whole = 0..damaged.channels[0].len();
            let outcome = repaired(&damaged.channels, music.rate, task("declick", whole, 2, &[])?)?;
            seconds += started.elapsed().as_secs_f64() / music.minutes();
            beside += untouched(&damaged, &outcome)?;
            let gains = event_gains(&music.channels, &damaged, &outcome.channels, rate);
            for (event, gain) in damaged.truth.iter().zip(&gains) {
                worst_forms.entry(event.form.clone()).or_default().push(*gain);
                if options.list && *gain < -0.5 {
                    println!("worse {} {gain:.1} dB: {event:?}", track.name);
                }
            }
            ours.extend(gains);
            if let Some(after) = ffmpeg(&damaged.channels, music.rate, "adeclick=t=4:m=s") {
                peer.extend(event_gains(&music.channels, &damaged, &after, rate));
            }
        }
        let (better, worse) = shares(&ours);
        let (peer_better, peer_worse) = shares(&peer);
        let (own, other) = (median(&mut ours.clone()), median(&mut peer.clone()));
        let passes = peer.is_empty() || own > other;
        holds &= passes;
        table.row([
            track.name.clone(),
            ours.len().to_string(),
            format!("{own:.1}"),
            format!("{better:.0}"),
            format!("{worse:.1}"),
            beside.to_string(),
            format!("{other:.1}"),
            format!("{peer_better:.0}"),
            format!("{peer_worse:.1}"),
            if passes { "pass" } else { "FAIL" }.into(),
            format!("{:.1}", seconds / options.seeds as f64),
        ]);
        all.extend(ours);
        peers.extend(peer);
    }
    println!("Clicks and pops, found and repaired (`declick` at its defaults); adeclick=t=4:m=s beside it.\n{table}");
    let ((better, worse), (peer_better, peer_worse)) = (shares(&all), shares(&peers));
    holds &= worse <= 3.0;
    println!(
        "All: median {:.1} dB, {better:.0} % better, {worse:.1} % worse; adeclick {:.1} dB, {peer_better:.0} %, {peer_worse:.1} %.",
        median(&mut all),
        median(&mut peers)
    );
    for (form, mut gains) in worst_forms {
        let (better, worse) = shares(&gains);
        println!(
            "  {form}: {} events, median {:.1} dB, {better:.0} % better, {worse:.1} % worse",
            gains.len(),
            median(&mut gains)
        );
    }
    Ok(holds)
}

/// Checks that nothing outside what was replaced has changed a bit; gives how many replacements touch no event.
fn untouched(damaged: &Damaged, outcome: &Outcome) -> Result<usize, String> {
    for (channel, (before, after)) in damaged.channels.iter().zip(&outcome.channels).enumerate() {
        let mut inside = vec![false; before.len()];
        for (_, span) in outcome.replaced.iter().filter(|(replaced, _)| *replaced == channel) {
            inside[span.clone()].fill(true);
        }
        let changed = (0..before.len()).find(|n| !inside[*n] && before[*n].to_bits() != after[*n].to_bits());
        if let Some(frame) = changed {
            return Err(format!("frame {frame} of channel {channel} was changed outside every replacement"));
        }
    }
    let touches = |channel: usize, span: &std::ops::Range<usize>| {
        damaged.truth.iter().any(|event| {
            event.channel.is_none_or(|own| own == channel) && span.start < event.end + 64 && event.start < span.end + 64
        })
    };
    Ok(outcome.replaced.iter().filter(|(channel, span)| !touches(*channel, span)).count())
}

/// Ratios that the clipped seconds are brought to.
const CLIP_SDR_DB: [f64; 3] = [20.0, 10.0, 5.0];
/// Places of a track that are clipped, as shares of its length; each is one excerpt, as many as there are seeds.
const CLIP_PLACES: [f64; 3] = [0.5, 0.25, 0.75];
/// Seconds of an excerpt, and those in its middle that are clipped: ffmpeg takes half a minute for one that is clipped whole.
const CLIP_EXCERPT_S: f64 = 2.5;
const CLIPPED_S: f64 = 0.5;

/// What declipping gained, in decibels.
#[derive(Clone, Copy, Default)]
struct Declipped {
    own: f64,
    peer: Option<f64>,
}

fn clips(options: &Options) -> Result<bool, String> {
    let mut table =
        Table::new(&["track", "20 dB", "adeclip", "10 dB", "adeclip", "5 dB", "adeclip", "result", "s per s"]);
    let (mut holds, mut all) = (true, [const { Vec::new() }; 3]);
    let places = &CLIP_PLACES[..(options.seeds.max(1) as usize).min(CLIP_PLACES.len())];
    for track in options.music() {
        let length = music::read(&track, 0.0, f64::MAX)?.minutes() * 60.0;
        let mut cells = vec![track.name.clone()];
        let (mut passes, mut seconds) = (true, 0.0);
        for (wanted, all) in CLIP_SDR_DB.into_iter().zip(&mut all) {
            let mut gains = Vec::new();
            for place in places {
                let excerpt = music::read(&track, place * length - 0.5 * CLIP_EXCERPT_S, CLIP_EXCERPT_S)?;
                gains.push(declipped(&excerpt, wanted, &mut seconds)?);
            }
            let mean = mean(&gains);
            passes &= mean.peer.is_none_or(|peer| mean.own > peer);
            cells.extend([format!("{:.1}", mean.own), mean.peer.map_or("-".into(), |peer| format!("{peer:.1}"))]);
            all.push(mean);
        }
        holds &= passes;
        let heard = CLIPPED_S * (places.len() * CLIP_SDR_DB.len()) as f64;
        cells.extend([if passes { "pass" } else { "FAIL" }.to_string(), format!("{:.1}", seconds / heard)]);
        eprintln!("restoration: {}", cells.join("  "));
        table.row(cells);
    }
    println!(
        "Declip: change of SDR over {CLIPPED_S} s in the middle of excerpts at {places:?} of each track, mean of the excerpts, \
         level found by itself.\n{table}"
    );
    for (all, wanted) in all.iter().zip(CLIP_SDR_DB) {
        let Declipped { own, peer } = mean(all);
        let enough = peer.is_none_or(|peer| own >= peer + 5.0);
        holds &= enough;
        let result = if enough { "pass" } else { "FAIL" };
        let peer = peer.map_or("-".into(), |peer| format!("{peer:.1}"));
        println!("  {wanted} dB: mean {own:.1} dB, adeclip {peer} dB, {result} (at least 5 dB above)");
    }
    Ok(holds)
}

/// One excerpt clipped to a ratio and declipped.
fn declipped(music: &Music, wanted_db: f64, seconds: &mut f64) -> Result<Declipped, String> {
    let (frames, rate) = (music.channels[0].len(), f64::from(music.rate));
    let half = (0.5 * CLIPPED_S * rate) as usize;
    let part = frames / 2 - half..frames / 2 + half;
    let cut = clipped(music, part.clone(), wanted_db);
    let started = Instant::now();
    let around = part.start - half / 2..part.end + half / 2;
    let outcome = repaired(&cut, music.rate, task("declip", around, 2, &[])?)?;
    *seconds += started.elapsed().as_secs_f64();
    untouched(&Damaged { channels: cut.clone(), truth: Vec::new() }, &outcome)?;
    let joined =
        |sound: &Channels| sound.iter().flat_map(|channel| channel[part.clone()].to_vec()).collect::<Vec<f64>>();
    let (truth, before) = (joined(&music.channels), joined(&cut));
    let own = gain_db(&truth, &before, &joined(&outcome.channels));
    let peer = ffmpeg(&cut, music.rate, "adeclip=m=s").map(|after| gain_db(&truth, &before, &joined(&after)));
    Ok(Declipped { own, peer })
}

/// The mean of both; none of the peer where one is missing.
fn mean(gains: &[Declipped]) -> Declipped {
    let count = gains.len().max(1) as f64;
    let peers: Option<Vec<f64>> = gains.iter().map(|gain| gain.peer).collect();
    Declipped {
        own: gains.iter().map(|gain| gain.own).sum::<f64>() / count,
        peer: peers.map(|peers| peers.iter().sum::<f64>() / count),
    }
}

/// The music with a part clipped so that it has this ratio of signal to error.
fn clipped(music: &Music, part: std::ops::Range<usize>, wanted_db: f64) -> Channels {
    let at = |level: f64| {
        let mut cut = music.channels.clone();
        cut.iter_mut().for_each(|channel| channel[part.clone()].iter_mut().for_each(|x| *x = x.clamp(-level, level)));
        cut
    };
    let ratio = |level: f64| {
        let cut = at(level);
        let pairs =
            music.channels.iter().zip(&cut).flat_map(|(clean, cut)| clean[part.clone()].iter().zip(&cut[part.clone()]));
        let error = energy(pairs.map(|(clean, cut)| clean - cut)).max(1e-300);
        10.0 * libm::log10(
            energy(music.channels.iter().flat_map(|channel| channel[part.clone()].iter().copied())) / error,
        )
    };
    let (mut low, mut high) = (0.0, 2.0);
    for _ in 0..50 {
        let middle = 0.5 * (low + high);
        if ratio(middle) < wanted_db { low = middle } else { high = middle }
    }
    at(high)
}

/// Seconds of a track that hum is planted in, and of both ends that are not judged: half a notch's window hears nothing
/// there.
const HUM_S: f64 = 40.0;
const HUM_ENDS_S: f64 = 3.0;
/// Hum below the programme.
const HUM_DB: f64 = -25.0;

/// Hum on the left, nothing on the right: both go through the same notches, so the difference of what comes out is the
/// hum that is left, and the right is what the programme loses.
fn hum(options: &Options) -> Result<bool, String> {
    let mut table = Table::new(&["track", "mains", "down dB", "null dB", "result"]);
    let mut holds = true;
    for track in options.music() {
        let music = music::read(&track, 10.0, HUM_S)?;
        let rate = f64::from(music.rate);
        let frames = music.channels[0].len();
        for mains in [50.0, 60.0] {
            let clean = &music.channels[0];
            let (hum, hertz) = planted(clean, rate, mains, &track.name);
            let hummed: Vec<f64> = clean.iter().zip(&hum).map(|(sample, hum)| sample + hum).collect();
            let both = vec![hummed, clean.clone()];
            let outcome = repaired(&both, music.rate, task("dehum", 0..frames, 2, &[("frequency", mains)])?)?;
            let ends = (HUM_ENDS_S * rate) as usize;
            let inner = ends..frames.saturating_sub(ends).max(ends + 1);
            let left = inner.clone().map(|n| outcome.channels[0][n] - outcome.channels[1][n]);
            let down = 10.0 * libm::log10(energy(inner.clone().map(|n| hum[n])) / energy(left).max(1e-300));
            let loss: Vec<f64> = inner.clone().map(|n| outcome.channels[1][n] - clean[n]).collect();
            let null = 10.0 * libm::log10(outside(&loss, rate, hertz) / energy(clean[inner].iter().copied()));
            let passes = down >= 30.0 && null <= -60.0;
            holds &= passes;
            table.row([
                track.name.clone(),
                format!("{mains}"),
                format!("{down:.1}"),
                format!("{null:.1}"),
                if passes { "pass" } else { "FAIL" }.into(),
            ]);
        }
    }
    println!(
        "Dehum: ten harmonics {HUM_DB} dB under the programme, drifting 0.1 %; what is left of the hum, and what the programme \
         loses outside the notches.\n{table}"
    );
    Ok(holds)
}

/// Hum whose fundamental drifts by a thousandth, and that fundamental.
fn planted(clean: &[f64], rate: f64, mains: f64, name: &str) -> (Vec<f64>, f64) {
    let mut chance = Chance::new(9, name);
    let hertz = mains * (1.0 + chance.between(-0.001, 0.001));
    let parts: Vec<(f64, f64)> = (1..=10)
        .map(|k| (chance.between(0.3, 1.0) / f64::from(k), chance.between(0.0, std::f64::consts::TAU)))
        .collect();
    let mut phase = 0.0;
    let mut hum: Vec<f64> = (0..clean.len())
        .map(|n| {
            let t = n as f64 / rate;
            phase += std::f64::consts::TAU * hertz * (1.0 + 0.001 * libm::sin(std::f64::consts::TAU * t / 30.0)) / rate;
            parts
                .iter()
                .enumerate()
                .map(|(k, (height, start))| height * libm::sin((k + 1) as f64 * phase + start))
                .sum()
        })
        .collect();
    let level = (energy(clean.iter().copied()) / energy(hum.iter().copied())).sqrt() * libm::pow(10.0, HUM_DB / 20.0);
    hum.iter_mut().for_each(|sample| *sample *= level);
    (hum, hertz)
}

/// Energy of a sound outside the notches: more than 1 Hz (half a notch) and the drift away from every harmonic.
fn outside(sound: &[f64], rate: f64, hertz: f64) -> f64 {
    let length = sound.len().next_power_of_two();
    let mut padded = sound.to_vec();
    // Without a window a cut tone leaks over everything; Hann keeps it near its place, and half of the energy.
    let window = |n: usize| 0.5 - 0.5 * libm::cos(std::f64::consts::TAU * n as f64 / sound.len() as f64);
    padded.iter_mut().enumerate().for_each(|(n, sample)| *sample *= window(n));
    padded.resize(length, 0.0);
    let mut fft = RealFft::new(length);
    let mut spectrum = vec![Complex::new(0.0, 0.0); fft.bins()];
    fft.forward(&padded, &mut spectrum);
    let far = |bin: &usize| {
        let at = *bin as f64 * rate / length as f64;
        let k = (at / hertz).round().clamp(1.0, 10.0);
        (at - k * hertz).abs() > 1.0 + 0.0015 * k * hertz + 0.2
    };
    let sum: f64 = (0..spectrum.len()).filter(far).map(|bin| spectrum[bin].norm_sqr()).sum();
    2.0 * sum / length as f64 / 0.375
}
