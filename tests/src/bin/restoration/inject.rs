//! Faults planted in clean music, in place: a damaged file is as long as the clean one and the same outside its faults.
//!
//! A file is cut into slots; every slot takes one kind of fault, in an order drawn from the seed. Levels are absolute
//! (dBFS) where a fault is something added, so that loud and dense music hides more of it; each event carries how much
//! (its d').

use lacquer_engine::analysis::finding::Kind;

use crate::chance::Chance;
use crate::pause::excess_db;
use crate::truth::{Damaged, Event};
use crate::whiten::detectability_db;

/// Length of a slot: room for the longest region and a second of clean music on both sides.
const SLOT_S: f64 = 8.0;
/// What is free of faults at both ends of a slot.
const MARGIN_S: f64 = 1.0;
/// A slot softer than this (root mean square, linear) in either channel is left alone: -54 dBFS.
const LEAST_MUSIC: f64 = 2e-3;

/// The kinds that are planted, in one file together.
pub const KINDS: [Kind; 10] = [
    Kind::Click,
    Kind::Crackle,
    Kind::Pop,
    Kind::Clip,
    Kind::Dropout,
    Kind::Splice,
    Kind::DcOffset,
    Kind::Polarity,
    Kind::Imbalance,
    Kind::Delay,
];

/// The kinds that concern a whole file, one at a time.
pub const WHOLE: [Kind; 5] = [Kind::Hum, Kind::DcOffset, Kind::Polarity, Kind::Imbalance, Kind::Delay];

/// Faults of several kinds all over a file.
pub fn mixed(clean: &[Vec<f64>], rate: f64, kinds: &[Kind], seed: u64, name: &str) -> Damaged {
    let mut chance = Chance::new(seed, name);
    let mut bench = Bench { clean, rate, channels: clean.to_vec(), truth: Vec::new() };
    let slot = (SLOT_S * rate) as usize;
    let margin = (MARGIN_S * rate) as usize;
    let mut order: Vec<Kind> = Vec::new();
    for start in (margin..bench.frames().saturating_sub(slot + margin)).step_by(slot) {
        if order.is_empty() {
            order = kinds.to_vec();
            chance.shuffle(&mut order);
        }
        if !bench.has_music(start..start + slot) {
            continue;
        }
        let Some(kind) = order.pop() else { break };
        bench.plant(kind, start + margin..start + slot - margin, &mut chance);
    }
    bench.truth.sort_by_key(|event| (event.start, event.channel));
    Damaged { channels: bench.channels, truth: bench.truth }
}

/// One fault over the whole file.
pub fn whole(clean: &[Vec<f64>], rate: f64, kind: Kind, seed: u64, name: &str) -> Damaged {
    let mut chance = Chance::new(seed, &format!("{name} whole"));
    let mut bench = Bench { clean, rate, channels: clean.to_vec(), truth: Vec::new() };
    let span = 0..bench.frames();
    bench.region(kind, span, &mut chance);
    Damaged { channels: bench.channels, truth: bench.truth }
}

struct Bench<'a> {
    clean: &'a [Vec<f64>],
    rate: f64,
    channels: Vec<Vec<f64>>,
    truth: Vec<Event>,
}

type Span = std::ops::Range<usize>;

impl Bench<'_> {
    fn frames(&self) -> usize {
        self.clean.iter().map(Vec::len).min().unwrap_or(0)
    }

    fn has_music(&self, span: Span) -> bool {
        self.clean.iter().all(|channel| rms(&channel[span.clone()]) > LEAST_MUSIC)
    }

    fn plant(&mut self, kind: Kind, room: Span, chance: &mut Chance) {
        match kind {
            Kind::Click => self.scatter(&room, 5, chance, Bench::click),
            Kind::Pop => self.scatter(&room, 3, chance, Bench::pop),
            Kind::Dropout => self.scatter(&room, 3, chance, Bench::dropout),
            Kind::Splice => self.scatter(&room, 2, chance, Bench::splice),
            _ => {
                let least = (2.5 * self.rate) as usize;
                let length = chance.whole(least.min(room.len()), room.len());
                let start = room.start + chance.whole(0, room.len() - length);
                self.region(kind, start..start + length, chance);
            }
        }
    }

    /// Several events of one kind, each in its own part of the room.
    fn scatter(&mut self, room: &Span, number: usize, chance: &mut Chance, plant: fn(&mut Self, Span, &mut Chance)) {
        let part = room.len() / number;
        for index in 0..number {
            let start = room.start + index * part;
            plant(self, start..start + part, chance);
        }
    }

    fn region(&mut self, kind: Kind, span: Span, chance: &mut Chance) {
        match kind {
            Kind::Crackle => self.crackle(span, chance),
            Kind::Clip => self.clip(span, chance),
            Kind::DcOffset => self.offset(span, chance),
            Kind::Polarity => self.polarity(span, chance),
            Kind::Imbalance => self.imbalance(span, chance),
            Kind::Delay => self.delay(span, chance),
            Kind::Hum => self.hum(span, chance),
            _ => {}
        }
    }

    fn samples(&self, milliseconds: f64) -> usize {
        ((milliseconds * self.rate / 1000.0) as usize).max(1)
    }

    fn note(&mut self, kind: Kind, form: impl Into<String>, span: Span, channel: Option<usize>) {
        let (start, end) = (span.start, span.end);
        self.truth.push(Event { kind, form: form.into(), start, end, channel, detectability_db: None });
    }

    /// Adds a fault to one channel and notes it with its d'.
    fn add(&mut self, kind: Kind, form: &str, fault: &[f64], start: usize, channel: usize) {
        let detectability = detectability_db(&self.clean[channel], fault, start);
        let target = &mut self.channels[channel][start..start + fault.len()];
        target.iter_mut().zip(fault).for_each(|(sample, fault)| *sample += fault);
        self.note(kind, form, start..start + fault.len(), Some(channel));
        if let Some(event) = self.truth.last_mut() {
            event.detectability_db = Some(detectability);
        }
    }

    fn click(&mut self, room: Span, chance: &mut Chance) {
        let height = chance.sign() * chance.amplitude(-26.0, -6.0);
        let form = chance.one_of(&["impulse", "half-sine", "ringing", "burst"]);
        let fault = click_shape(form, chance).into_iter().map(|value| height * value).collect::<Vec<f64>>();
        let start = chance.whole(room.start, room.end - fault.len());
        let channel = chance.whole(0, self.channels.len() - 1);
        self.add(Kind::Click, form, &fault, start, channel);
    }

    fn pop(&mut self, room: Span, chance: &mut Chance) {
        let length = self.samples(chance.between(2.5, 6.0));
        let height = chance.sign() * chance.amplitude(-20.0, -6.0);
        let sharp = chance.between(1.0, 3.0);
        // Starts at once and dies away: a relay, a scratch, a stylus that jumps.
        let shape = |n: usize| {
            let t = n as f64 / length as f64;
            height * libm::exp(-sharp * t) * libm::cos(1.5 * std::f64::consts::PI * t) * (1.0 - t)
        };
        let fault: Vec<f64> = (0..length).map(shape).collect();
        let start = chance.whole(room.start, room.end - length);
        let channel = chance.whole(0, self.channels.len() - 1);
        self.add(Kind::Pop, "thump", &fault, start, channel);
    }

    fn crackle(&mut self, span: Span, chance: &mut Chance) {
        let length = self.samples(chance.between(500.0, 1500.0)).min(span.len());
        let channel = chance.whole(0, self.channels.len() - 1);
        let a_second = chance.between(40.0, 150.0);
        let number = (a_second * length as f64 / self.rate) as usize;
        let mut strengths = Vec::new();
        for _ in 0..number {
            let at = span.start + chance.whole(0, length - 8);
            let height = chance.sign() * chance.amplitude(-40.0, -20.0);
            let fault: Vec<f64> = (0..chance.whole(1, 4)).map(|n| height * libm::pow(-0.6, n as f64)).collect();
            strengths.push(detectability_db(&self.clean[channel], &fault, at));
            let target = &mut self.channels[channel][at..at + fault.len()];
            target.iter_mut().zip(&fault).for_each(|(sample, fault)| *sample += fault);
        }
        strengths.sort_by(f64::total_cmp);
        self.note(Kind::Crackle, "crackle", span.start..span.start + length, Some(channel));
        if let Some(event) = self.truth.last_mut() {
            event.detectability_db = strengths.get(strengths.len() / 2).copied();
        }
    }

    /// Cuts the crests so that the stretch keeps an SDR of 20, 10 or 5 dB.
    fn clip(&mut self, span: Span, chance: &mut Chance) {
        let ratio_db = chance.one_of(&[20.0, 10.0, 5.0]);
        let peak = |channel: &Vec<f64>| channel[span.clone()].iter().fold(0.0f64, |peak, x| peak.max(x.abs()));
        let highest = self.clean.iter().map(peak).fold(0.0, f64::max);
        let sdr = |level: f64| {
            let (mut signal, mut error) = (0.0, 1e-30);
            for x in self.clean.iter().flat_map(|channel| &channel[span.clone()]) {
                signal += x * x;
                error += (x - x.clamp(-level, level)) * (x - x.clamp(-level, level));
            }
            10.0 * libm::log10(signal / error)
        };
        let (mut low, mut high) = (0.0, highest);
        for _ in 0..40 {
            let middle = 0.5 * (low + high);
            if sdr(middle) < ratio_db { low = middle } else { high = middle }
        }
        for channel in &mut self.channels {
            channel[span.clone()].iter_mut().for_each(|x| *x = x.clamp(-high, high));
        }
        self.note(Kind::Clip, format!("{ratio_db} dB"), span, None);
    }

    fn dropout(&mut self, room: Span, chance: &mut Chance) {
        let depth_db = chance.one_of(&[0.0, 12.0, 20.0, 40.0]);
        let length = match depth_db {
            0.0 => self.samples(chance.between(0.5, 20.0)),
            _ => self.samples(chance.between(15.0, 60.0)),
        };
        let near = self.samples(100.0);
        // A mute is nothing where nothing sounds: the loudest of eight places.
        let place = |chance: &mut Chance| chance.whole(room.start + near, room.end - length - near);
        let places: Vec<usize> = (0..8).map(|_| place(chance)).collect();
        let level = |at: &usize| {
            let softest =
                |channel: &Vec<f64>| rms(&channel[at - near..*at]).min(rms(&channel[at + length..at + length + near]));
            self.clean.iter().map(softest).fold(f64::MAX, f64::min)
        };
        let Some(start) = places.into_iter().max_by(|a, b| level(a).total_cmp(&level(b))) else { return };
        let both = chance.share() < 0.3;
        let one = chance.whole(0, self.channels.len() - 1);
        let ramp = (length as f64 / 3.0).min(0.005 * self.rate);
        let gain = |n: usize| {
            let edge = (n.min(length - 1 - n) as f64 / ramp).min(1.0);
            let depth = depth_db * (0.5 - 0.5 * libm::cos(std::f64::consts::PI * edge));
            if depth_db == 0.0 { 0.0 } else { libm::pow(10.0, -depth / 20.0) }
        };
        let hit = |index: &(usize, &mut Vec<f64>)| both || index.0 == one;
        for (_, channel) in self.channels.iter_mut().enumerate().filter(hit) {
            channel[start..start + length].iter_mut().enumerate().for_each(|(n, x)| *x *= gain(n));
        }
        let form = if depth_db == 0.0 { "mute".to_string() } else { format!("dip {depth_db} dB") };
        self.note(Kind::Dropout, form, start..start + length, (!both).then_some(one));
    }

    /// Both channels from elsewhere for a while: two joints, or a buffer that is played twice.
    fn splice(&mut self, room: Span, chance: &mut Chance) {
        let form = chance.one_of(&["jump", "slip", "repeat"]);
        let least = self.samples(200.0);
        let (shift, length) = match form {
            "jump" => (self.samples(chance.between(50.0, 400.0)), self.samples(chance.between(300.0, 600.0))),
            "slip" => (chance.whole(16, 400), self.samples(chance.between(300.0, 600.0))),
            _ => {
                let length = chance.whole(64, 2048);
                (length, length)
            }
        };
        let start = chance.whole(room.start + least, (room.end - length - least).max(room.start + least));
        for (channel, clean) in self.channels.iter_mut().zip(self.clean) {
            channel[start..start + length].copy_from_slice(&clean[start - shift..start - shift + length]);
        }
        self.note(Kind::Splice, form, start..start + 1, None);
        if form != "repeat" {
            self.note(Kind::Splice, form, start + length..start + length + 1, None);
        }
    }

    fn offset(&mut self, span: Span, chance: &mut Chance) {
        let value = chance.sign() * chance.between(0.005, 0.05);
        let channel = chance.whole(0, self.channels.len() - 1);
        self.channels[channel][span.clone()].iter_mut().for_each(|x| *x += value);
        self.note(Kind::DcOffset, "offset", span, Some(channel));
    }

    fn polarity(&mut self, span: Span, chance: &mut Chance) {
        let channel = chance.whole(0, self.channels.len() - 1);
        self.channels[channel][span.clone()].iter_mut().for_each(|x| *x = -*x);
        self.note(Kind::Polarity, "inverted", span, None);
    }

    fn imbalance(&mut self, span: Span, chance: &mut Chance) {
        let channel = chance.whole(0, self.channels.len() - 1);
        let gain_db = chance.sign() * chance.between(3.0, 9.0);
        let gain = libm::pow(10.0, gain_db / 20.0);
        self.channels[channel][span.clone()].iter_mut().for_each(|x| *x *= gain);
        self.note(Kind::Imbalance, "gain", span, None);
    }

    fn delay(&mut self, span: Span, chance: &mut Chance) {
        let channel = chance.whole(0, self.channels.len() - 1);
        let late = chance.whole(8, 400);
        let start = span.start.max(late);
        let source = &self.clean[channel][start - late..span.end - late];
        self.channels[channel][start..span.end].copy_from_slice(source);
        self.note(Kind::Delay, "late", span, None);
    }

    /// The mains and nine harmonics, its frequency drifting by a thousandth, 25 to 45 dB under the programme.
    fn hum(&mut self, span: Span, chance: &mut Chance) {
        let mains = chance.one_of(&[50.0, 60.0]);
        let hertz = mains * (1.0 + chance.between(-0.001, 0.001));
        let under = chance.one_of(&[25.0, 35.0, 45.0]);
        let programme = self.clean.iter().map(|channel| rms(&channel[span.clone()])).fold(0.0, f64::max);
        let level = programme * libm::pow(10.0, -under / 20.0);
        let harmonics: Vec<(f64, f64)> = (1..=10)
            .map(|k| (chance.between(0.3, 1.0) / f64::from(k), chance.between(0.0, std::f64::consts::TAU)))
            .collect();
        let norm = harmonics.iter().map(|(height, _)| 0.5 * height * height).sum::<f64>().sqrt();
        let drift = chance.between(20.0, 60.0);
        let mut phase = 0.0;
        for frame in span.clone() {
            let t = frame as f64 / self.rate;
            let now = hertz * (1.0 + 0.0005 * libm::sin(std::f64::consts::TAU * t / drift));
            phase += std::f64::consts::TAU * now / self.rate;
            let tones = harmonics.iter().enumerate();
            let value: f64 = tones.map(|(k, (height, start))| height * libm::sin((k + 1) as f64 * phase + start)).sum();
            self.channels.iter_mut().for_each(|channel| channel[frame] += level / norm * value);
        }
        let heights: Vec<f64> = harmonics.iter().map(|(height, _)| level / norm * height).collect();
        let excess = excess_db(self.clean, self.rate, hertz, &heights);
        self.note(Kind::Hum, format!("{hertz:.3} Hz -{under} dB"), span, None);
        if let Some(event) = self.truth.last_mut() {
            event.detectability_db = excess;
        }
    }
}

fn click_shape(form: &str, chance: &mut Chance) -> Vec<f64> {
    match form {
        "impulse" => (0..chance.whole(1, 3)).map(|n| libm::pow(-0.5, n as f64)).collect(),
        "half-sine" => {
            let length = chance.whole(4, 32);
            (0..length).map(|n| libm::sin(std::f64::consts::PI * (n as f64 + 0.5) / length as f64)).collect()
        }
        "ringing" => {
            let (turn, fade) = (chance.between(0.3, 1.6), chance.between(0.05, 0.2));
            (0..60).map(|n| libm::exp(-fade * n as f64) * libm::cos(turn * n as f64)).collect()
        }
        _ => (0..chance.whole(6, 40)).map(|_| chance.noise()).collect(),
    }
}

fn rms(samples: &[f64]) -> f64 {
    (samples.iter().map(|x| x * x).sum::<f64>() / samples.len().max(1) as f64).sqrt()
}
