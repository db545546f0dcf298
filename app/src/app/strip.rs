//! What the shell's strips show, read from the desk.

use lacquer_engine::realtime::{Check, MeterFrame, Solo};

use super::App;
use super::file::count;
use crate::desk::listening::Way;
use crate::desk::quality::Heard;
use crate::widget::level_bar::Bar;
use crate::widget::timeline::TimeFormat;
use crate::widget::{bridge, header, monitor, number, transport};

pub fn header(app: &App) -> header::Reading {
    let desk = &app.desk;
    let session = desk.session();
    let output = desk.monitor.output();
    let drops = output.map(|output| u64::from(output.drops()) + u64::from(desk.status.late));
    header::Reading {
        project: app.name(),
        edited: app.has_project && desk.document.is_dirty(),
        revision: if app.has_project { String::new() } else { "no session".into() },
        passes: if app.has_project {
            session.passes.iter().map(|pass| pass.name.clone()).collect()
        } else {
            Vec::new()
        },
        pass: desk.heard().filter(|_| app.has_project).map(|pass| pass.name.clone()),
        rate: desk.plan.as_ref().map(|plan| plan.delivered.hz()).or(output.map(|output| output.rate.hz())),
        device_rate: output
            .filter(|output| output.is_device && desk.plan.is_some() && desk.monitor.transport().converted)
            .map(|output| output.rate.hz()),
        silent: output.is_some_and(|output| !output.is_device) && !desk.monitor.choice().silent,
        bits: desk.plan.as_ref().and_then(|plan| plan.pass.depth.integer_bits()).map(u32::from),
        latency: latency_ms(app),
        load: Some(app.load.0),
        drops,
    }
}

pub fn bridge(app: &App) -> bridge::Reading {
    let (desk, meters) = (&app.desk, &app.numerals.0);
    // Before anything has been heard there is nothing to read.
    // A blind test shows nothing from which it could be read.
    let blind = desk.listening.trials.is_some();
    let heard = desk.plan.is_some() && meters.rate_hz > 0 && !blind;
    let true_peak = meters.true_peak_max.filter(|_| heard);
    let integrated = meters.integrated.filter(|_| heard).map(|value| value.0);
    let short = meters.short_term.filter(|_| heard).map(|value| value.0);
    let over = |value: Option<f64>| Some(true_peak?.0.0 - value?);
    let clock = |frame: u64| number::clock(frame as f64 / f64::from(meters.rate_hz.max(1)));
    let largest = |channel: usize| meters.channel_max.get(channel).copied().flatten().map(|peak| peak.0);
    bridge::Reading {
        letter: match (app.original, desk.monitor.is_beside_heard() && !blind) {
            (_, true) => 'R',
            (true, false) => 'S',
            (false, false) => 'A',
        },
        tap: match (desk.plan.is_some(), app.original, &desk.listening.beside) {
            (false, ..) => "No signal".into(),
            (true, ..) if blind => "Blind test".into(),
            (true, _, Some(what)) if desk.monitor.is_beside_heard() => desk.words_of(what),
            (true, true, _) => "Original".into(),
            (true, false, _) => "Chain out".into(),
        },
        pass: desk.heard().filter(|_| app.has_project).map(|pass| pass.name.clone()).unwrap_or_default(),
        bars: [bar(&desk.meters, 0, heard), bar(&desk.meters, 1, heard)],
        ceiling: desk.ceiling(),
        integrated,
        target: desk.target(),
        short,
        momentary: meters.momentary.filter(|_| heard).map(|value| value.0),
        range: meters.range.filter(|_| heard).map(|value| value.0),
        range_settles: !meters.range_is_stable,
        plr: over(integrated),
        psr: over(short),
        true_peak: true_peak.map(|(peak, _)| peak.0),
        true_peak_at: true_peak.map(|(_, frame)| clock(frame)),
        overs: heard.then_some(meters.overs as u64),
        largest: [largest(0), largest(1)],
        correlation: meters.correlation.filter(|_| heard),
        lowest_correlation: meters.correlation_min.filter(|_| heard).map(|(value, _)| value),
    }
}

fn bar(meters: &MeterFrame, channel: usize, heard: bool) -> Bar {
    let finite = |value: f64| (heard && value.is_finite()).then_some(value);
    Bar {
        peak: meters.peak.get(channel).and_then(|peak| finite(peak.0)),
        rms: meters.rms.get(channel).and_then(|rms| finite(rms.0)),
        hold: meters.channel_max.get(channel).copied().flatten().and_then(|peak| finite(peak.0)),
    }
}

pub fn monitor(app: &App) -> monitor::Reading {
    let desk = &app.desk;
    let section = desk.monitor.section();
    let output = desk.monitor.output();
    let device = output.map_or_else(String::new, |output| match output.is_device {
        true => format!("{} {:.0} kHz", short(&output.name), output.rate.hz() / 1000.0),
        false => "silent clock".into(),
    });
    let blind = desk.listening.trials.is_some();
    let (bit_exact, bit_exact_why) = match () {
        () if !desk.status.playing => (false, "nothing plays"),
        () if output.is_none_or(|output| !output.is_device) => (false, "no, the silent clock plays"),
        () if desk.monitor.transport().converted => (false, "no, the rate is converted"),
        () if !song_is_untouched(app) => (false, "no, chain is on"),
        () if output.is_some_and(|output| output.bits < 24) => (false, "no, the device takes 16 bits"),
        () if blind => (false, "no, a blind test"),
        () if desk.status.untouched => (true, "yes"),
        () if desk.status.through => (false, "no, heard through something"),
        () if desk.monitor.is_beside_heard() => (false, "no, not the programme"),
        () if desk.listening.levels.is_some_and(|levels| levels.own_db.0 != 0.0) => (false, "no, level is matched"),
        () if desk.monitor.signal().is_some() => (false, "no, a test signal"),
        () if section.pair > 0 => (false, "no, another output pair"),
        () => (false, section.alterations().first().copied().map_or("no, the monitor moves", altered)),
    };
    monitor::Reading {
        level: section.gain.0,
        calibration: app.settings.calibration(),
        matched: section.matched.0,
        dim: section.dim,
        mono: section.mono,
        mute: section.mute,
        swap: section.swap,
        polarity: section.polarity,
        side: section.solo == Solo::Side,
        solo: [Solo::Left, Solo::Right, Solo::Mid].map(|one| section.solo == one),
        one_speaker: section.one_speaker,
        quiet: section.check == Check::Quiet,
        loud: section.check == Check::Loud,
        lit: lit(app),
        // A blind test shows nothing of what is heard.
        source: match (app.original, desk.monitor.is_beside_heard() && !blind) {
            (_, true) => monitor::Source::R,
            (true, false) => monitor::Source::S,
            (false, false) => monitor::Source::A,
        },
        has_reference: desk.listening.beside.is_some() && !blind,
        speakers: app.settings.speaker_names(),
        speaker: app.settings.monitor.speaker,
        reference_match: desk.listening.levels.map(|levels| levels.beside_db.0),
        device,
        bit_exact,
        bit_exact_why: desk.layout.pick(bit_exact_why, bit_exact_why.split(',').next().unwrap_or_default()).into(),
    }
}

/// Why the samples are altered, as the lamp says it.
fn altered(what: &'static str) -> &'static str {
    match what {
        "mute" => "no, mute",
        "dim" => "no, dim",
        "mono" => "no, mono",
        "mono, one speaker" => "no, mono from one speaker",
        "left alone" => "no, left alone",
        "right alone" => "no, right alone",
        "mid alone" => "no, mid alone",
        "side alone" => "no, side alone",
        "swap" => "no, swap",
        "polarity" => "no, polarity",
        "quiet check" => "no, quiet check",
        "loud check" => "no, loud check",
        "cross-feed" => "no, cross-feed",
        "matched level" => "no, level is matched",
        _ => "no, monitor level",
    }
}

/// What is heard besides the keys of the section: stays lit until it is taken back.
fn lit(app: &App) -> Vec<String> {
    let desk = &app.desk;
    let way = match &desk.listening.way {
        Way::Plain => None,
        Way::System(id) => Some(format!("through {id}")),
        Way::Service(name, _) => Some(format!("as {name}")),
    };
    let repair = match &desk.quality.hearing {
        Heard::Repaired => None,
        Heard::Before(..) => Some("before the repair".to_string()),
        Heard::Removed(..) => Some("what is removed".to_string()),
    };
    let signal = desk.monitor.signal().map(|_| "test signal".to_string());
    let feed = desk.monitor.section().crossfeed.then(|| "cross-feed".to_string());
    let delta = desk.monitor.delta().map(|_| "difference of a stage".to_string());
    let medium = desk.medium.heard.then(|| "as it will play".to_string());
    [way, repair, signal, feed, delta, medium].into_iter().flatten().collect()
}

/// Whether the song that is heard reaches the device as its source's own samples: nothing in its settings changes them.
fn song_is_untouched(app: &App) -> bool {
    let Some(plan) = &app.desk.plan else { return false };
    let song = plan.song_at(plan.from_delivered(app.desk.status.position));
    plan.songs.get(song).is_some_and(|song| !song.is_dithered())
}

/// A device's name, as long as the strip is wide.
fn short(name: &str) -> String {
    const MOST: usize = 18;
    if name.chars().count() <= MOST { name.into() } else { name.chars().take(MOST - 1).chain(['\u{2026}']).collect() }
}

pub fn transport(app: &App) -> transport::Reading {
    let desk = &app.desk;
    let state = desk.monitor.transport();
    let plan = desk.plan.as_ref().filter(|_| app.has_project);
    let here = desk.seconds(state.position.0);
    let sounding = plan.and_then(|plan| Some((plan, desk.sounding()?)));
    let song = sounding.and_then(|(plan, index)| Some((plan, index, plan.songs.get(index)?)));
    let start = song.map_or(0.0, |(plan, _, song)| song.start as f64 / plan.rate.hz());
    let length = song.map_or(0.0, |(plan, _, song)| (song.end - song.start) as f64 / plan.rate.hz());
    transport::Reading {
        playing: state.playing,
        looping: state.looped.is_some(),
        time: if plan.is_some() { app.format.text(here) } else { String::new() },
        format: match app.format {
            TimeFormat::Cd => "CD",
            TimeFormat::Milliseconds => "min",
            TimeFormat::Samples(_) => "smp",
        },
        song: song.map(|(_, index, _)| index + 1),
        title: song.map(|(_, _, song)| song.title.clone()).unwrap_or_default(),
        song_time: format!("{}{}", if here < start { "\u{2212}" } else { "+" }, number::clock((here - start).abs())),
        song_length: number::clock(length),
        selection: desk.selection.map(|(from, to)| to - from),
        pre_roll: app.pre_roll.0,
        work: work(app),
    }
}

fn work(app: &App) -> Vec<(&'static str, String)> {
    let steps = count(app.desk.document.history().depth(), "step");
    let saved = match app.saved_at {
        Some(_) if !app.desk.document.is_dirty() => "all".into(),
        Some(at) => ago(at.elapsed().as_secs()),
        None => "never".into(),
    };
    let state = match (app.desk.surveying, app.survey_due.is_some()) {
        (Some(share), _) => format!("{:.0} %", 100.0 * share),
        (None, true) => "waits".into(),
        (None, false) if app.desk.survey_is_current() => "done".into(),
        (None, false) => number::DASH.into(),
    };
    vec![("Undo", steps), ("Saved", saved), ("Measuring", state)]
}

/// How long ago, in whole units so that the word changes seldom.
fn ago(seconds: u64) -> String {
    match seconds {
        0..60 => "under 1 min ago".into(),
        60..3600 => format!("{} min ago", seconds / 60),
        _ => format!("{} h ago", seconds / 3600),
    }
}

/// Latency of the chains that are heard.
fn latency_ms(app: &App) -> Option<f64> {
    let plan = app.desk.plan.as_ref().filter(|_| app.has_project)?;
    let song = plan.song_at(plan.from_delivered(app.desk.monitor.transport().position.0));
    Some(plan.latency(song).0 * 1000.0)
}
