//! A desk for tests: without a device, empty or with a small album that lives in memory.

use std::sync::Arc;

use iced::Size;
use lacquer_engine::analysis::measure::Measurer;
use lacquer_engine::analysis::overview::Overview;
use lacquer_engine::analysis::spectrum;
use lacquer_engine::audio::{Block, Layout as Channels};
use lacquer_engine::deliver::Delivery;
use lacquer_engine::realtime::{MeterFrame, Monitor, Status};
use lacquer_engine::render::{PAST_BANDS, PAST_SLOTS, Past, Plan, SlotPast};
use lacquer_engine::session::{Document, Edit, NewSong, Scope, SourceRef};
use lacquer_engine::survey::{SongSurvey, Survey};
use lacquer_engine::unit::{Db, Dbtp, Hertz, Lu, Lufs, SampleRate};

use crate::desk::{DeliveryState, Desk};
use crate::widget::Layout;
use crate::widget::specimen::noise;

const RATE: SampleRate = SampleRate(44_100);
/// Seconds of the songs in memory.
const SONG_S: u64 = 6;

/// The room of a page.
pub fn room(layout: Layout) -> Size {
    layout.pick(Size::new(1616.0, 952.0), Size::new(1142.0, 656.0))
}

/// A desk with nothing on it.
pub fn empty(layout: Layout) -> Desk {
    Desk {
        document: Document::new(),
        monitor: Monitor::driven(RATE).0,
        meters: MeterFrame::default(),
        status: Status::default(),
        pass: "streaming".into(),
        plan: None,
        plan_error: None,
        survey: None,
        surveying: None,
        fresh: Vec::new(),
        parts: Default::default(),
        full: None,
        full_share: None,
        song: None,
        selection: None,
        layout,
        deliveries: Default::default(),
        delivery_order: Vec::new(),
        delivery_held: false,
        delivery_folder: "Masters".into(),
        slots: Vec::new(),
        slots_of: None,
        spectra: Vec::new(),
        spectrum_under_way: None,
        compared: None,
        past: Vec::new(),
        reports: Vec::new(),
        measuring: None,
        matched: None,
        unity: None,
        medium: Default::default(),
        listening: crate::desk::listening::Listening::default(),
        quality: Default::default(),
        album: crate::desk::album::Album::default(),
        notice: None,
    }
}

/// A desk with two songs, an equaliser, a compressor and a limiter, heard and measured.
pub fn album(layout: Layout) -> Desk {
    let mut desk = empty(layout);
    for (number, title) in [(1, "Harbour"), (2, "Slow Water")] {
        let frames = SONG_S * u64::from(RATE.0);
        let text = format!(
            "id = ''\npath = '{number}.wav'\nrate = {}\nlayout = 'stereo'\nframes = {frames}\nsize = 4\nhead_tail = ''",
            RATE.0
        );
        let sources = vec![toml::from_str::<SourceRef>(&text).expect("a source")];
        let song = NewSong { title: title.into(), artist: String::new(), isrc: String::new(), sources };
        let (edit, _) = Edit::add_song(&desk.document, &song, usize::MAX).expect("a song");
        desk.document.apply(edit).expect("a song");
    }
    for processor in ["gain", "eq", "compressor", "limiter"] {
        let (edit, _) = Edit::add_stage(&desk.document, None, &Scope::Album, processor, None).expect("a stage");
        desk.document.apply(edit).expect("a stage");
    }
    for values in [
        [("type", 3.0), ("frequency", 24.0), ("gain", 0.0), ("channel", 0.0)],
        [("type", 0.0), ("frequency", 210.0), ("gain", -0.6), ("channel", 1.0)],
        [("type", 0.0), ("frequency", 3150.0), ("gain", 0.8), ("channel", 0.0)],
    ] {
        let added = Edit::add_row(&desk.document, None, &Scope::Album, "eq1", "band", &values);
        desk.document.apply(added.expect("a band").0).expect("a band");
    }
    desk.meters = meters();
    desk.status = Status { epoch: 1, playing: true, ..Status::default() };
    desk.status.album[2].gain_reduction_db = -1.2;
    desk.status.album[2].drive_db = Some(-12.0);
    desk.status.album[3].gain_reduction_db = -0.8;
    desk.past = past();
    heard(&mut desk);
    desk
}

/// Two seconds in which every stage of the album's chain turns a beat down.
fn past() -> Vec<Past> {
    let moment = |place: u64| {
        let beat = (place as f32 * 0.02).fract();
        let gain_db = -3.0 * (1.0 - beat).powi(4);
        let level = 0.25 + 0.5 * (1.0 - beat) * noise(place);
        let slot = SlotPast {
            input_peak: level,
            output_peak: 0.9 * level,
            output_rms: 0.3 * level,
            gain_db,
            bands_db: [gain_db; PAST_BANDS],
        };
        Past { album: [slot; PAST_SLOTS], ..Past::default() }
    };
    (0..200).map(moment).collect()
}

/// Makes plan and survey of the session as it stands.
pub fn heard(desk: &mut Desk) {
    let plan = Arc::new(Plan::new(desk.session(), &desk.pass).expect("a plan"));
    let songs =
        plan.songs.iter().enumerate().map(|(place, song)| Arc::new(song_survey(&song.id, place as u64))).collect();
    desk.survey = Some(Arc::new(Survey {
        plan: plan.clone(),
        songs,
        integrated: Some(Lufs(-13.9)),
        range: None,
        checkpoints: vec![],
    }));
    desk.plan = Some(plan);
}

fn song_survey(id: &str, seed: u64) -> SongSurvey {
    let measured = |level: f64| {
        let mut measurer = Measurer::new(Channels::of_channels(2), RATE, None).expect("a measurer");
        let samples: Vec<f64> = (0..SONG_S * u64::from(RATE.0))
            .map(|frame| level * f64::from(noise(frame + seed) - 0.5) * (1.0 + (frame / 9000 % 3) as f64))
            .collect();
        measurer.process(&Block::from_channels(&[samples.clone(), samples]));
        measurer.finish()
    };
    SongSurvey {
        id: id.into(),
        processed: measured(0.4),
        original: measured(0.3),
        after: Overview::new(2),
        before: Overview::new(2),
    }
}

fn meters() -> MeterFrame {
    let curve = |offset: f64, ripple: f64| -> Vec<spectrum::Point> {
        (0..400)
            .map(|place| {
                let hertz = 20.0 * 1000f64.powf(f64::from(place) / 399.0);
                let level = offset - 4.5 * (hertz / 300.0).log2().abs() + ripple * f64::from(noise(place as u64 / 5));
                spectrum::Point { frequency: Hertz(hertz), level: Db(level) }
            })
            .collect()
    };
    MeterFrame {
        epoch: 1,
        position: 100_000,
        rate_hz: RATE.0,
        momentary: Some(Lufs(-14.4)),
        short_term: Some(Lufs(-13.6)),
        integrated: Some(Lufs(-13.9)),
        range: Some(Lu(5.2)),
        momentary_max: Some((Lufs(-10.5), 44_100)),
        short_term_max: Some((Lufs(-11.3), 132_300)),
        true_peak_max: Some((Dbtp(-1.02), 88_200)),
        channel_max: vec![Some(Dbtp(-1.62)), Some(Dbtp(-1.02))],
        peak: vec![Dbtp(-3.0), Dbtp(-2.6)],
        rms: vec![Db(-15.0), Db(-14.6)],
        correlation: Some(0.62),
        correlation_min: Some((-0.11, 70_000)),
        balance: Some(Db(0.1)),
        side_over_mid: Some(Db(-9.8)),
        width: Some(0.1),
        scope: (0..1024).map(|place| (noise(place) - 0.5, noise(place + 5000) - 0.4)).collect(),
        spectrum: curve(-34.0, 12.0),
        spectrum_average: curve(-26.0, 4.0),
        spectrum_max: curve(-16.0, 4.0),
        ..MeterFrame::default()
    }
}

/// The streaming pass delivered: one warning, one failure and one pass.
pub fn delivered(desk: &mut Desk) {
    use lacquer_engine::analysis::verdict::Verdict;
    use lacquer_engine::profile::{Bound, Outcome};
    let manifest = serde_json::json!({
        "manifest": 1, "program": "Lacquer", "platform": "test",
        "pass": {"id": "streaming", "name": "Streaming", "kind": "streaming", "profile": "streaming", "depth": "24",
                 "dither": "tpdf", "ceiling_dbtp": null},
        "album": {"title": "", "artist": "", "upc": null, "catalogue": null},
        "plans": [], "sources": [], "verdicts": [],
        "files": [{
            "name": "02 Slow Water.wav", "role": "song", "bytes": 1_000_000, "sha256": "a41f09c277d0beef", "md5": "00",
            "song": "s2", "title": "Slow Water", "artist": "", "isrc": null, "frames": 10, "sample_rate_hz": 44100,
            "channels": 2, "start_frame": 0, "start_cd": null, "null_against_render": true, "dither": null,
            "conversions": [], "measured": {"integrated_lufs": -12.3, "true_peak_dbtp": -0.94, "true_peak_at_s": 2.0, "lra_lu": 6.2}
        }]
    });
    let measured = |check: &str, value, limit, unit: &str, otherwise| {
        Verdict::measured(check, Some(value), Bound::AtMost, limit, unit, otherwise, "streaming").at("02 Slow Water")
    };
    let done = DeliveryState::Done(Box::new(Delivery {
        folder: "Masters/streaming".into(),
        manifest: serde_json::from_value(manifest).expect("a manifest"),
        verdicts: vec![
            measured("silence_tail", 0.5, 10.0, "s", Outcome::Warn),
            measured("true_peak", -0.94, -1.0, "dBTP", Outcome::Warn),
            Verdict::stated("isrc", Outcome::Fail, "streaming", "no ISRC").at("01 Harbour"),
        ],
        written: true,
    }));
    let running = DeliveryState::Running { share: 0.58, step: "rendering", song: "Slow Water".into(), speed: None };
    desk.deliveries = [("streaming".into(), done), ("cd".into(), running)].into();
}
