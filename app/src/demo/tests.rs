//! What the demo album promises: the same bytes everywhere, music at sensible levels, and its faults where stated.

use super::*;
use sha2::{Digest, Sha256};
use std::sync::OnceLock;

/// SHA-256 of each song's samples as little-endian 32-bit steps, left and right in turn.
const FINGERPRINTS: [&str; 3] = [
    "f1542f986c540d81482b9f698402a07729f17c25a2b6c76d6096acd80bf3a6b1",
    "44823cd9011d839bf6c1d03b8c48de72e40fa605e243817d1e95457853707b8f",
    "e00518cb250617039daa3fd2f0354282896b6c1db6ddc4511e101819f8db8eec",
];

struct Played {
    song: DemoSong,
    channels: Vec<Vec<f64>>,
}

/// The album, played once for all tests.
fn played() -> &'static [Played] {
    static ALBUM: OnceLock<Vec<Played>> = OnceLock::new();
    ALBUM.get_or_init(|| {
        let songs = songs().expect("the scores are valid");
        std::thread::scope(|scope| {
            let players: Vec<_> = songs
                .into_iter()
                .map(|song| scope.spawn(|| Played { channels: render(&song).expect("the score is playable"), song }))
                .collect();
            players.into_iter().map(|player| player.join().expect("played")).collect()
        })
    })
}

fn interleaved(channels: &[Vec<f64>]) -> Vec<f64> {
    channels[0].iter().zip(&channels[1]).flat_map(|(left, right)| [*left, *right]).collect()
}

fn meter(channels: &[Vec<f64>], rate: SampleRate) -> ebur128::EbuR128 {
    let mut meter = ebur128::EbuR128::new(2, rate.0, ebur128::Mode::all()).expect("a usual rate");
    meter.add_frames_f64(&interleaved(channels)).expect("whole frames");
    meter
}

fn decibels(factor: f64) -> f64 {
    20.0 * libm::log10(factor)
}

fn true_peak_db(channels: &[Vec<f64>], rate: SampleRate) -> f64 {
    let meter = meter(channels, rate);
    decibels(meter.true_peak(0).expect("measured").max(meter.true_peak(1).expect("measured")))
}

fn part(channels: &[Vec<f64>], from: usize, to: usize) -> Vec<Vec<f64>> {
    channels.iter().map(|row| row[from.min(row.len())..to.min(row.len())].to_vec()).collect()
}

#[test]
fn the_bytes_are_the_same_everywhere() {
    for (played, wanted) in played().iter().zip(FINGERPRINTS) {
        let mut hash = Sha256::new();
        for sample in interleaved(&played.channels) {
            hash.update(((sample * full_scale(&played.song)) as i32).to_le_bytes());
        }
        let found: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(found, wanted, "{}", played.song.title);
    }
}

#[test]
fn playing_again_plays_the_same() {
    let first = &played()[1];
    assert!(render(&first.song).expect("playable") == first.channels);
}

#[test]
fn levels_are_those_of_a_mix() {
    // Title, integrated LUFS, loudness range LU, peak to loudness dB: lowest and highest.
    let wanted = [
        ("Copper Static", (-20.0, -16.0), (3.0, 9.0), (9.0, 23.0)),
        ("Low Tide", (-20.5, -16.0), (4.0, 14.0), (10.0, 20.0)),
        ("Glass Meridian", (-20.5, -16.0), (4.0, 14.0), (10.0, 20.0)),
    ];
    let within = |value: f64, (low, high): (f64, f64)| (low..=high).contains(&value);
    for (played, (title, loudness, range, ratio)) in played().iter().zip(wanted) {
        assert_eq!(played.song.title, title);
        let meter = meter(&played.channels, played.song.rate);
        let integrated = meter.loudness_global().expect("measured");
        let lra = meter.loudness_range().expect("measured");
        let plr = true_peak_db(&played.channels, played.song.rate) - integrated;
        println!("{title}: {integrated:.2} LUFS, LRA {lra:.2} LU, PLR {plr:.2} dB");
        assert!(within(integrated, loudness), "{title}: {integrated} LUFS");
        assert!(within(lra, range), "{title}: LRA {lra} LU");
        assert!(within(plr, ratio), "{title}: PLR {plr} dB");
    }
}

#[test]
fn nothing_clips_and_nothing_is_broken() {
    for Played { song, channels } in played() {
        let frames = libm::rint(song.duration.0 * song.rate.hz()) as usize;
        assert!((40.0..=75.0).contains(&song.duration.0), "{}: {} s", song.title, song.duration.0);
        for row in channels {
            assert_eq!(row.len(), frames);
            assert!(row.iter().all(|sample| sample.is_finite() && sample.abs() < 0.98), "{}", song.title);
            let mean = row.iter().sum::<f64>() / frames as f64;
            assert!(mean.abs() < 1e-5, "{}: DC {mean}", song.title);
            let silent = |stretch: &[f64]| stretch.iter().all(|sample| sample.abs() < 1e-4);
            assert!(
                silent(&row[..frames / 1000]) && silent(&row[frames - 100..]),
                "{}: starts or ends hard",
                song.title
            );
        }
    }
}

#[test]
fn the_headroom_is_there_but_for_the_planted_overs() {
    for Played { song, channels } in played() {
        let rate = song.rate;
        let Some((from, to)) = overs(song) else {
            let peak = true_peak_db(channels, rate);
            assert!(peak < -3.0, "{}: {peak} dBTP", song.title);
            continue;
        };
        let inside = part(channels, from, to);
        let sample_peak = inside.iter().flatten().fold(0.0_f64, |peak, sample| peak.max(sample.abs()));
        assert!(decibels(sample_peak) < 0.0, "samples stay below full scale");
        assert!(true_peak_db(&inside, rate) > 1.0, "the wave between them does not: {}", true_peak_db(&inside, rate));
        for outside in [part(channels, 0, from), part(channels, to, usize::MAX)] {
            let peak = true_peak_db(&outside, rate);
            assert!(peak < -3.0, "{} outside the overs: {peak} dBTP", song.title);
        }
    }
}

/// First and last frame of the planted overs.
fn overs(song: &DemoSong) -> Option<(usize, usize)> {
    song.faults.iter().find_map(|fault| match fault {
        Fault::Overs { at_s, bursts, every_s, .. } => {
            let frame = |seconds: f64| (seconds * song.rate.hz()) as usize;
            Some((frame(at_s - 0.01), frame(at_s + *bursts as f64 * every_s)))
        }
        _ => None,
    })
}

#[test]
fn the_click_is_where_it_is_said_to_be() {
    let Played { song, channels } = &played()[1];
    let Some(Fault::Click { at_s, channel: Side::Left, .. }) = song.faults.first() else {
        panic!("{:?}", song.faults);
    };
    let at = libm::rint(at_s * song.rate.hz()) as usize;
    let step = |row: &[f64], frame: usize| (row[frame] - row[frame - 1]).abs();
    assert!(step(&channels[0], at) > 0.2, "the step is there");
    let second = song.rate.0 as usize;
    let calm = |row: &[f64]| (at - second..at).chain(at + 4..at + second).map(|f| step(row, f)).fold(0.0, f64::max);
    assert!(calm(&channels[0]) < 0.1, "the music around it is calm: {}", calm(&channels[0]));
    assert!(step(&channels[1], at) < 0.1, "the right channel has none");
}

#[test]
fn three_faults_are_planted_one_in_each_song() {
    let faults: Vec<_> = played().iter().map(|played| played.song.faults.as_slice()).collect();
    assert!(matches!(faults[..], [[Fault::Overs { .. }], [Fault::Click { .. }], [Fault::MissingIsrc]]), "{faults:?}");
    assert_eq!(played()[2].song.isrc, None);
}

#[test]
fn the_third_song_really_reaches_beyond_22_khz() {
    let Played { song, channels } = &played()[2];
    assert_eq!(song.rate, SampleRate(96_000));
    let mut steep = [tone::Filter::new(24_000.0, 0.54, 96_000.0), tone::Filter::new(24_000.0, 1.3, 96_000.0)];
    let energy: f64 = channels[0]
        .iter()
        .map(|sample| {
            let first = steep[0].next(*sample).high;
            let out = steep[1].next(first).high;
            out * out
        })
        .sum();
    let rms = decibels(libm::sqrt(energy / channels[0].len() as f64));
    assert!((-65.0..-40.0).contains(&rms), "{rms} dBFS above 24 kHz");
}

#[test]
fn codes_are_well_formed() {
    let album = album().expect("valid");
    let digits: Vec<u32> = album.upc.chars().filter_map(|c| c.to_digit(10)).collect();
    assert_eq!((digits.len(), album.upc.len()), (12, 12));
    let sum: u32 =
        digits.iter().rev().enumerate().map(|(place, digit)| digit * if place % 2 == 1 { 3 } else { 1 }).sum();
    assert_eq!(sum % 10, 0, "the check digit of GS1");
    for code in songs().expect("valid").iter().filter_map(|song| song.isrc.as_ref()) {
        let (letters, rest) = code.split_at(2);
        assert!(code.len() == 12 && letters.chars().all(|c| c.is_ascii_uppercase()), "{code}");
        assert!(rest[3..].chars().all(|c| c.is_ascii_digit()), "{code}");
    }
}

#[test]
fn a_wrong_score_is_said_with_its_words() {
    let text = SCORES[0].1.replace("Am Am F G", "Am Hm F G");
    let score = Score::read("wrong", &text).expect("still TOML");
    let problem = mix::mix(&score).expect_err("no such chord").to_string();
    assert!(problem.contains("Hm") && problem.contains("Copper Static"), "{problem}");
    let error = Score::read("wrong", "title = 3").expect_err("no score");
    assert!(error.to_string().contains("wrong"));
}

#[test]
fn files_hold_what_was_played() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let song = &played()[1].song;
    let path = write_song(song, folder.path()).expect("written");
    let mut reader = riff::WavReader::open(&path).expect("a WAV file");
    assert_eq!(reader.format().rate, song.rate);
    let row = &played()[1].channels;
    assert_eq!(reader.frames().0 as usize, row[0].len());
    let mut block = lacquer_engine::audio::Block::new(2, row[0].len());
    reader.read(0, &mut block).expect("readable");
    assert!(block.channel(0) == row[0] && block.channel(1) == row[1]);
}
