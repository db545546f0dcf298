use super::*;
use crate::audio::Block;
use crate::medium::vinyl::{Cutter, Remedy, Size, Speed, Stylus};
use crate::profile::{Outcome, load};
use crate::unit::SampleRate;

const RATE: SampleRate = SampleRate(44_100);

fn profile() -> Profile {
    load("vinyl", None).unwrap().unwrap()
}

fn disc(size: Size, speed: Speed) -> Disc {
    Disc::new(size, speed, &profile()).unwrap()
}

fn lathe() -> Lathe {
    Lathe::new(&profile(), Stylus::Elliptical).unwrap()
}

fn sectors(block: &Block, speed: Speed) -> Vec<Sector> {
    let mut cutter = Cutter::new(RATE, speed, &lathe()).unwrap();
    cutter.push(block).unwrap();
    cutter.finish()
}

fn side(block: &Block, disc: Disc) -> Side {
    let sectors = sectors(block, disc.speed);
    let end = sectors.len();
    Side::new(sectors, vec![SongSpan { title: "Song".into(), start: 0, end }], disc, lathe())
}

/// Noise of equal power per octave (sum of one-poles, P. Kellet), the same on every machine.
fn pink(seed: u64, frames: usize) -> Vec<f64> {
    let mut state = seed;
    let mut white = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    let poles = [(0.99765, 0.0990460), (0.96300, 0.2965164), (0.57000, 1.0526913)];
    let mut memory = [0.0; 3];
    let mut next = || {
        let white = white();
        let mut sum = 0.1848 * white;
        for (value, (keep, take)) in memory.iter_mut().zip(poles) {
            *value = keep * *value + take * white;
            sum += *value;
        }
        0.05 * sum
    };
    (0..frames).map(|_| next()).collect()
}

/// The stationary programme of the chart: pink, the side 9 dB below the middle and nothing of it below 150 Hz.
fn chart_programme(seconds: usize) -> Block {
    let frames = seconds * RATE.0 as usize;
    let (middle, apart) = (pink(1, frames), pink(2, frames));
    let keep = libm::exp(-2.0 * std::f64::consts::PI * 150.0 / RATE.hz());
    let (mut low, mut lower, share) = (0.0, 0.0, Db(-9.0).amplitude());
    let mut rows = [Vec::with_capacity(frames), Vec::with_capacity(frames)];
    for (m, s) in middle.iter().zip(&apart) {
        low = keep * low + (1.0 - keep) * s;
        let high = s - low;
        lower = keep * lower + (1.0 - keep) * high;
        let s = share * (high - lower);
        rows[0].push(m + s);
        rows[1].push(m - s);
    }
    Block::from_channels(&rows)
}

/// Minutes of a stationary programme that fill a side at a level.
fn minutes(sectors: &[Sector], disc: Disc, level: f64) -> f64 {
    let lathe = lathe();
    let demand = Demand::new(sectors, &[], &disc, &lathe);
    let pitch_um = 1000.0 * demand.use_mm(Db(level), &lathe) / (sectors.len() as f64 / SECTORS as f64);
    disc.room_mm() * 1000.0 / pitch_um * disc.speed.turn().0 / 60.0
}

/// A regression against folklore: the published chart of lengths and levels (specs/formats.md 3.2) within 20 % for all six
/// formats, from one calibration point (12 inch, 33 1/3, 0 dB = 20 minutes).
#[test]
fn one_point_gives_the_chart_of_lengths_and_levels() {
    let programme = chart_programme(12);
    let cuts: Vec<(Speed, Vec<Sector>)> =
        [Speed::Long, Speed::FortyFive].map(|speed| (speed, sectors(&programme, speed))).into();
    let of = |speed: Speed| &cuts.iter().find(|(known, _)| *known == speed).unwrap().1;
    let (mut low, mut high) = (-30.0, 30.0);
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        let longer = minutes(of(Speed::Long), disc(Size::Twelve, Speed::Long), middle) > 20.0;
        if longer { low = middle } else { high = middle }
    }
    /// Minutes at levels in dB, of a disc.
    type Row<'a> = (Size, Speed, &'a [(f64, f64)]);
    let chart: [Row<'_>; 6] = [
        (Size::Twelve, Speed::Long, &[(0.0, 20.0), (-3.0, 24.0), (-6.0, 28.0)]),
        (Size::Twelve, Speed::FortyFive, &[(3.0, 10.5), (0.0, 13.5), (-3.0, 16.0)]),
        (Size::Ten, Speed::Long, &[(0.0, 13.0), (-3.0, 17.0), (-6.0, 19.0)]),
        (Size::Ten, Speed::FortyFive, &[(3.0, 8.0), (0.0, 10.0), (-3.0, 12.0)]),
        (Size::Seven, Speed::Long, &[(0.0, 6.5), (-3.0, 7.5), (-6.0, 9.5)]),
        (Size::Seven, Speed::FortyFive, &[(3.0, 4.0), (0.0, 5.0), (-3.0, 6.0)]),
    ];
    let (mut near, mut all) = (0, 0);
    for (size, speed, points) in chart {
        for (level, wanted) in points {
            let found = minutes(of(speed), disc(size, speed), low + level);
            let error = found / wanted - 1.0;
            assert!(error.abs() < 0.20, "{size} {speed} {level:+} dB: {found:.1} min, chart {wanted}");
            near += usize::from(error.abs() < 0.12);
            all += 1;
        }
    }
    assert!(near * 2 > all, "{near} of {all} within 12 %");
}

fn tone(hz: f64, amplitude: f64, seconds: f64, right: f64) -> Block {
    let omega = 2.0 * std::f64::consts::PI * hz / RATE.hz();
    let left: Vec<f64> = (0..(seconds * RATE.hz()) as usize).map(|n| amplitude * libm::sin(omega * n as f64)).collect();
    let other = left.iter().map(|sample| right * sample).collect();
    Block::from_channels(&[left, other])
}

#[test]
fn a_bright_tone_fails_by_curvature_and_its_remedy_is_enough() {
    let (profile, disc) = (profile(), disc(Size::Twelve, Speed::Long));
    let side = side(&tone(12_000.0, 0.5, 4.0, 1.0), disc);
    let cut = side.cut(Db(0.0), &profile);
    let worst = cut.findings.iter().find(|finding| finding.fault == Fault::Curvature).unwrap();
    assert_eq!((worst.severity, worst.song), (Outcome::Fail, Some(0)));
    // q by hand: acceleration times tip radius over the square of the groove's speed.
    let speed = disc.groove_speed_m_s(worst.radius_mm);
    let at = (worst.at_s.0 * 100.0).round() as usize;
    let by_hand = side.sectors[at].acceleration_m_s2 * 7.6e-6 / (speed * speed);
    assert!((worst.measured / by_hand - 1.0).abs() < 0.01, "{} {by_hand}", worst.measured);
    let Some(Remedy::Level(by)) = worst.remedies.iter().find(|remedy| matches!(remedy, Remedy::Level(_))) else {
        panic!("{:?}", worst.remedies)
    };
    let mended = side.cut(*by, &profile);
    assert!(mended.findings.iter().all(|finding| finding.fault != Fault::Curvature));
}

#[test]
fn the_highest_level_passes_and_a_little_more_fails() {
    let profile = profile();
    for (hz, right) in [(12_000.0, 1.0), (300.0, 1.0), (200.0, -0.9)] {
        let side = side(&tone(hz, 0.3, 3.0, right), disc(Size::Twelve, Speed::Long));
        let highest = side.highest(&profile);
        let fails =
            // Opposed channels fail at every level.
            |level: f64| {
                let findings = side.cut(Db(level), &profile).findings;
                findings.iter().any(|found| found.severity == Outcome::Fail && found.fault != Fault::Polarity)
            };
        assert!(!fails(highest.level_db.0), "{hz}");
        if highest.limited_by.is_some() {
            assert!(fails(highest.level_db.0 + 0.1), "{hz} {highest:?}");
        }
    }
}

#[test]
fn a_side_that_does_not_fit_says_by_how_much() {
    let profile = profile();
    // One minute of bass, laid end to end until a side of 7 inches is full.
    let bass = sectors(&tone(60.0, 0.25, 6.0, 1.0), Speed::FortyFive);
    let many: Vec<Sector> = bass.iter().copied().cycle().take(bass.len() * 60).collect();
    let end = many.len();
    let songs = vec![SongSpan { title: "Bass".into(), start: 0, end }];
    let side = Side::new(many, songs, disc(Size::Seven, Speed::FortyFive), lathe());
    let cut = side.cut(Db(0.0), &profile);
    let over = cut.findings.iter().find(|finding| finding.fault == Fault::Over).unwrap();
    // What does not fit is told in seconds, from the innermost groove on; nothing is told of grooves that are none.
    let inside = cut.spiral.radius_mm.iter().filter(|radius| **radius < 53.0).count();
    assert!((over.measured - Sector::time(inside, disc(Size::Seven, Speed::FortyFive).speed.turn()).0).abs() < 0.1);
    assert_eq!((over.severity, over.measured > over.limit), (Outcome::Fail, true));
    assert!(cut.findings.iter().all(|finding| finding.radius_mm >= 53.0 && finding.fault != Fault::Land));
    let Remedy::Level(by) = over.remedies[0] else { panic!("{:?}", over.remedies) };
    assert!(side.cut(by, &profile).free_mm >= 0.0);
    assert!(side.cut(Db(by.0 + 0.3), &profile).free_mm < 0.0);
    assert_eq!(side.highest(&profile).limited_by, Some(Fault::Land));
}

#[test]
fn opposed_bass_needs_depth_and_an_elliptical() {
    let side = side(&tone(40.0, 0.5, 3.0, -1.0), disc(Size::Twelve, Speed::Long));
    let findings = side.cut(Db(6.0), &profile()).findings;
    for fault in [Fault::Deep, Fault::Narrow] {
        let found = findings.iter().find(|finding| finding.fault == fault).unwrap();
        assert!(matches!(found.remedies[0], Remedy::Elliptical(_)), "{fault}");
    }
}

#[test]
fn silence_is_cut_without_a_finding() {
    let side = side(&Block::new(2, 441_000), disc(Size::Twelve, Speed::Long));
    let cut = side.cut(Db(0.0), &profile());
    assert!(cut.findings.is_empty());
    assert_eq!(side.highest(&profile()).limited_by, None);
    assert_eq!(side.song_level(0, Db(0.0)), None);
    let empty = Side::new(Vec::new(), Vec::new(), disc(Size::Twelve, Speed::Long), lathe());
    assert!(empty.cut(Db(0.0), &profile()).findings.is_empty());
}

#[test]
fn warnings_of_a_song_are_one_finding_with_its_places() {
    let profile = profile();
    let narrow = Sector { narrower_um: 16.0, ..Sector::default() };
    let mut many = vec![Sector::default(); 200 * SECTORS];
    // Five places, 20 turns apart, on one song; one more on the next.
    for place in [10, 30, 50, 70, 90, 150] {
        many[place * SECTORS] = narrow;
    }
    let song = |start: usize, end: usize| SongSpan { title: "Song".into(), start: start * SECTORS, end: end * SECTORS };
    let side = Side::new(many, vec![song(0, 100), song(100, 200)], disc(Size::Twelve, Speed::Long), lathe());
    let findings = side.cut(Db(0.0), &profile).findings;
    let told: Vec<(Option<usize>, usize)> =
        findings.iter().filter(|found| found.fault == Fault::Narrow).map(|found| (found.song, found.places)).collect();
    assert_eq!(told, [(Some(0), 5), (Some(1), 1)]);
}

#[test]
fn lopsided_waves_and_opposed_channels_are_told_of_a_song() {
    let even =
        Sector { outward_um: 10.0, inward_um: 10.0, lateral_power: 1.0, vertical_power: 0.1, ..Sector::default() };
    let crooked = Sector { inward_um: 14.0, ..even };
    let opposed = Sector { vertical_power: 1.5, ..even };
    let songs = |sector: Sector| {
        let sectors = vec![sector; 20 * SECTORS];
        let span = SongSpan { title: "Song".into(), start: 0, end: sectors.len() };
        let side = Side::new(sectors, vec![span], disc(Size::Twelve, Speed::Long), lathe());
        side.cut(Db(0.0), &profile()).findings
    };
    assert!(songs(even).is_empty());
    let found = songs(crooked);
    assert_eq!((found[0].fault, found[0].severity), (Fault::Lopsided, Outcome::Warn));
    assert!((found[0].measured - 20.0 * libm::log10(1.4)).abs() < 1e-9);
    let found = songs(opposed);
    assert_eq!((found[0].fault, found[0].severity), (Fault::Polarity, Outcome::Fail));
    assert!((found[0].measured + 0.2).abs() < 1e-12);
}
