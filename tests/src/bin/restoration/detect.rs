//! Quality control over clean and damaged music, told as tables.

use lacquer_engine::analysis::faults::{Candidate, Faults, Thresholds};
use lacquer_engine::analysis::finding::{Finding, Kind, Severity};
use lacquer_engine::audio::Block;
use lacquer_engine::report::clock;
use lacquer_engine::report::table::Table;
use lacquer_engine::unit::{Frames, SampleRate};

use crate::chance::Chance;
use crate::inject::{self, KINDS, WHOLE};
use crate::music::{self, Music, Track};
use crate::options::Options;
use crate::score::{Score, touches};
use crate::truth::{Damaged, Event, answers};

/// Frames handed over at a time.
const BLOCK_FRAMES: usize = 16_384;

/// Everything quality control finds in a signal.
pub fn findings(channels: &[Vec<f64>], rate: u32, thresholds: Thresholds) -> Vec<Finding> {
    weighed(channels, rate, thresholds).0
}

/// The findings, and every place that was weighed.
pub fn weighed(channels: &[Vec<f64>], rate: u32, thresholds: Thresholds) -> (Vec<Finding>, Vec<Candidate>) {
    let mut faults = Faults::new(channels.len(), SampleRate(rate), thresholds);
    let frames = channels.iter().map(Vec::len).min().unwrap_or(0);
    for start in (0..frames).step_by(BLOCK_FRAMES) {
        let end = (start + BLOCK_FRAMES).min(frames);
        let parts: Vec<&[f64]> = channels.iter().map(|channel| &channel[start..end]).collect();
        faults.process(&Block::from_channels(&parts));
    }
    faults.finish_weighed()
}

/// The scorer against itself.
pub fn check(options: &Options) -> Result<bool, String> {
    let tracks = options.music();
    let track = tracks.first().ok_or("no music is installed")?;
    let music = load(track, options)?;
    let rate = f64::from(music.rate);
    let damaged = inject::mixed(&music.channels, rate, &KINDS, 1, &track.name);
    let frames = music.channels[0].len();
    let as_finding = |event: &Event| {
        let (start, end) = (Frames(event.start as u64), Frames(event.end as u64));
        let finding = Finding::new(event.kind, Severity::Warn, start, end, SampleRate(music.rate));
        event.channel.map_or(finding.clone(), |channel| finding.in_channel(channel))
    };
    let truth: Vec<Finding> = damaged.truth.iter().map(as_finding).collect();
    let mut chance = Chance::new(7, "random");
    let random = |_: &Event| {
        let start = Frames(chance.whole(0, frames - 10) as u64);
        Finding::new(Kind::Click, Severity::Warn, start, Frames(start.0 + 3), SampleRate(music.rate)).in_channel(0)
    };
    let random: Vec<Finding> = damaged.truth.iter().map(random).collect();
    let untouched = findings(&music.channels, music.rate, Thresholds::from_profile(&options.profile));
    let recall = |findings: &[Finding]| {
        let mut score = Score::default();
        score.add_damaged(&damaged.truth, findings, rate);
        let (found, planted) =
            score.kinds.values().fold((0, 0), |sum, tally| (sum.0 + tally.found, sum.1 + tally.planted));
        found as f64 / planted.max(1) as f64
    };
    let rows = [
        ("truth", recall(&truth), 1.0, 1.0),
        ("empty", recall(&[]), 0.0, 0.0),
        ("random", recall(&random), 0.0, 0.1),
        ("untouched music", recall(&untouched), 0.0, 0.15),
    ];
    let mut table = Table::new(&["findings", "recall", "at least", "at most", "result"]);
    let mut sound = true;
    for (name, recall, least, most) in rows {
        let holds = recall >= least && recall <= most;
        sound &= holds;
        let result = if holds { "pass" } else { "FAIL" };
        table.row([name.into(), format!("{recall:.3}"), least.to_string(), most.to_string(), result.into()]);
    }
    println!("{} events planted in {}\n{table}", damaged.truth.len(), track.name);
    let changed = (0..frames).filter(|frame| {
        music.channels.iter().zip(&damaged.channels).any(|(clean, damaged)| clean[*frame] != damaged[*frame])
    });
    let outside = changed.filter(|frame| !damaged.truth.iter().any(|event| covers(event, *frame, rate))).count();
    println!("frames changed outside the truth: {outside}");
    Ok(sound && outside == 0)
}

/// Whether a frame is an event's; splices replace up to 600 ms between their joints.
fn covers(event: &Event, frame: usize, rate: f64) -> bool {
    let reach = if event.kind == Kind::Splice { (0.7 * rate) as usize } else { 0 };
    frame + reach >= event.start && frame < event.end + reach
}

/// Faults of every kind, and clean music.
pub fn find(options: &Options) -> Result<bool, String> {
    let kinds: Vec<Kind> = KINDS.into_iter().filter(|kind| options.wants(*kind)).collect();
    run(options, |music, name, seed| vec![inject::mixed(&music.channels, f64::from(music.rate), &kinds, seed, name)])
}

/// Faults of a whole file, one at a time.
pub fn whole(options: &Options) -> Result<bool, String> {
    run(options, |music, name, seed| {
        let kinds = WHOLE.into_iter().filter(|kind| options.wants(*kind));
        kinds.map(|kind| inject::whole(&music.channels, f64::from(music.rate), kind, seed, name)).collect()
    })
}

/// Clean music only.
pub fn clean(options: &Options) -> Result<bool, String> {
    run(options, |_, _, _| Vec::new())
}

/// Reads a track as far as is asked for.
pub fn load(track: &Track, options: &Options) -> Result<Music, String> {
    music::read(track, 0.0, options.seconds)
}

fn run(options: &Options, damage: impl Fn(&Music, &str, u64) -> Vec<Damaged>) -> Result<bool, String> {
    let thresholds = Thresholds::from_profile(&options.profile);
    let mut score = Score::default();
    for track in options.music() {
        let music = load(&track, options)?;
        let started = std::time::Instant::now();
        let found = findings(&music.channels, music.rate, thresholds);
        let speed = 60.0 * music.minutes() / started.elapsed().as_secs_f64();
        eprintln!("{:>12} {:<24} {:>6.2} min, {speed:>5.0}x", track.set, track.name, music.minutes());
        if options.list {
            found
                .iter()
                .filter(|finding| options.wants(finding.kind))
                .for_each(|finding| tell("clean", &track, finding));
        }
        score.add_clean(&track.name, &found, music.minutes());
        for seed in 1..=options.seeds {
            for damaged in damage(&music, &track.name, seed) {
                let found = findings(&damaged.channels, music.rate, thresholds);
                score.add_damaged(&damaged.truth, &found, f64::from(music.rate));
                if options.list {
                    tell_missed(&track, seed, &damaged, &found, f64::from(music.rate));
                }
            }
        }
    }
    tell_score(&score, options);
    Ok(true)
}

fn tell(what: &str, track: &Track, finding: &Finding) {
    println!(
        "{what} {} {} {} to {:.3} s (frame {}), channel {:?}, {:?} {}, limit {:?}, sure {:.2}",
        track.name,
        finding.title(),
        clock(finding.start_s.0),
        finding.end_s.0,
        finding.start_frame.0,
        finding.channel,
        finding.measured,
        finding.unit,
        finding.limit,
        finding.confidence
    );
}

fn tell_missed(track: &Track, seed: u64, damaged: &Damaged, found: &[Finding], rate: f64) {
    for event in &damaged.truth {
        let here: Vec<&Finding> = found.iter().filter(|finding| touches(event, finding, rate)).collect();
        if !here.iter().any(|finding| answers(event.kind).contains(&finding.kind)) {
            let others: Vec<String> = here.iter().map(|finding| finding.title()).collect();
            println!(
                "missed {} seed {seed} {} {} frames {} to {}, channel {:?}, d' {:.1?} dB; found there: {others:?}",
                track.name, event.kind, event.form, event.start, event.end, event.channel, event.detectability_db
            );
        }
    }
}

fn tell_score(score: &Score, options: &Options) {
    let share = |found: usize, of: usize| if of == 0 { "-".into() } else { format!("{:.3}", found as f64 / of as f64) };
    let heads =
        ["kind", "planted", "recall", "named", "d' >= 40", "recall", "false", "per min", "worst track", "per min"];
    let mut table = Table::new(&heads);
    let wanted = |kind: &Kind| options.wants(*kind);
    for (kind, tally) in score.kinds.iter().filter(|(kind, _)| wanted(kind)) {
        table.row([
            kind.id().to_string(),
            tally.planted.to_string(),
            share(tally.found, tally.planted),
            share(tally.named, tally.planted),
            tally.plain.1.to_string(),
            share(tally.plain.0, tally.plain.1),
            tally.false_findings.to_string(),
            format!("{:.3}", tally.false_findings as f64 / score.clean_minutes.max(1e-9)),
            tally.worst.1.clone(),
            format!("{:.2}", tally.worst.0),
        ]);
    }
    println!("{:.1} minutes of clean music, profile {}\n{table}", score.clean_minutes, options.profile.id);
    if let Some(worst) = score.hum_hz.iter().copied().reduce(f64::max) {
        let near = score.hum_hz.iter().filter(|apart| **apart <= 0.02).count();
        println!(
            "hum: {near} of {} found within 0.02 Hz, worst {worst:.3} Hz; clear from 10 dB over the pauses",
            score.hum_hz.len()
        );
    }
    if score.forms.is_empty() {
        return;
    }
    let mut forms = Table::new(&["kind", "form", "planted", "recall"]);
    for ((kind, form), tally) in score.forms.iter().filter(|((kind, _), _)| wanted(kind)) {
        // Hum states its frequency in its form; as a table it would be a list.
        if *kind != Kind::Hum {
            forms.row([kind.id().into(), form.clone(), tally.planted.to_string(), share(tally.found, tally.planted)]);
        }
    }
    println!("{forms}");
    let mut confusion = Table::new(&["planted", "found as", "findings"]);
    for ((planted, found), number) in &score.confusion {
        confusion.row([planted.id().into(), found.id().into(), number.to_string()]);
    }
    println!("{confusion}");
}
