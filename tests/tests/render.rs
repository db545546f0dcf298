//! What a renderer promises: arithmetic at human scale, the same bits however it is called, exact seeks.

use std::sync::Arc;

use lacquer_engine::dsp::fade::Shape;
use lacquer_engine::render::{Plan, Renderer, Start, Word};
use lacquer_engine::session::{ChainSettings, Fade, Join, Scalar, Session, StageSettings};
use lacquer_engine::unit::{Db, Dbtp, Frames, SampleRate, Seconds};
use lacquer_tests::album::{Album, pull};
use lacquer_tests::signal;

fn plan(album: &Album, pass: &str) -> Arc<Plan> {
    Arc::new(Plan::new(&album.session, pass).expect("a plan"))
}

fn whole(album: &Album, pass: &str, word: Word, size: usize) -> Vec<Vec<f64>> {
    let plan = plan(album, pass);
    let mut renderer = album.renderer(&plan, word);
    renderer.start_at(Frames(0), Start::Exact);
    pull(&mut renderer, plan.delivered_frames() as usize, size)
}

fn stage(id: &str, processor: &str, values: &[(&str, f64)]) -> StageSettings {
    let known = lacquer_engine::chain::processor(processor).expect("a processor");
    let mut stage = StageSettings::new(id, known);
    stage.values = values.iter().map(|(id, value)| (id.to_string(), Scalar::Number(*value))).collect();
    stage
}

fn chain(stages: Vec<StageSettings>) -> ChainSettings {
    ChainSettings { stages, ..ChainSettings::default() }
}

/// Every processor in its defaults with something turned, so that all have state and latency.
fn working_chain() -> ChainSettings {
    let stages = lacquer_engine::chain::PROCESSORS.iter().map(|processor| {
        let value = match processor.table.id {
            "compressor" => ("threshold", -30.0),
            "limiter" => ("gain", 8.0),
            "stereo" => ("width_high", 120.0),
            _ => ("gain", -1.5),
        };
        let known = processor.table.find(value.0).is_some();
        stage(processor.table.id, processor.table.id, if known { std::slice::from_ref(&value) } else { &[] })
    });
    chain(stages.collect())
}

/// Three songs with a gap that ends a run, then a crossfade, processed at every level.
fn worked_album(rates: [u32; 3], seconds: f64) -> Album {
    let mut album = Album::default();
    for (index, rate) in rates.into_iter().enumerate() {
        let frames = (f64::from(rate) * seconds) as usize + index * 77;
        let channel = |seed| signal::quantised(&signal::music(rate, seed, frames), 24);
        album.add(rate, 24, 1.7, vec![channel(2 * index as u64), channel(2 * index as u64 + 1)]);
    }
    let songs = &mut album.session.songs;
    songs[0].fade_in = Some(Fade { length: Seconds(0.2), shape: Shape::SCurve });
    songs[1].gain = Db(-0.8);
    songs[1].chain = working_chain();
    songs[2].fade_out = Some(Fade { length: Seconds(0.3), shape: Shape::Exponential });
    let streaming = &mut album.session.passes[0];
    streaming.entries[2].join =
        Some(Join::Crossfade { length: Seconds(0.4), out: Shape::EqualPower, into: Shape::Linear });
    streaming.chain = Some(working_chain());
    album
}

#[test]
fn three_frames_at_one_hertz() {
    let mut album = Album::default();
    album.add(1, 16, 0.0, vec![vec![0.5, 0.25, 0.125]]);
    album.add(1, 16, 2.0, vec![vec![-0.5, -0.25]]);
    assert_eq!(whole(&album, "streaming", Word::Delivered, 64)[0], [0.5, 0.25, 0.125, 0.0, 0.0, -0.5, -0.25]);
    let join = Join::Crossfade { length: Seconds(2.0), out: Shape::Linear, into: Shape::Linear };
    album.session.passes[0].entries[1].join = Some(join);
    // The overlap: 0.25 · 1 − 0.5 · 0, then 0.125 · 0.5 − 0.25 · 0.5.
    assert_eq!(whole(&album, "streaming", Word::Full, 64)[0], [0.5, 0.25, -0.0625]);
    album.session.passes[0].entries[1].join = Some(Join::Gap(Seconds(-1.0)));
    assert_eq!(whole(&album, "streaming", Word::Full, 64)[0], [0.5, 0.25, -0.375, -0.25]);
}

#[test]
fn an_empty_chain_gives_the_sources_back_bit_for_bit() {
    let mut album = Album::default();
    let left = signal::quantised(&signal::music(44_100, 1, 30_000), 16);
    let right = signal::quantised(&signal::music(44_100, 2, 30_000), 16);
    album.add(44_100, 16, 0.0, vec![left.clone(), right.clone()]);
    for pass in ["streaming", "cd"] {
        let made = whole(&album, pass, Word::Delivered, 1000);
        assert_eq!(made[0][..30_000], left[..], "{pass}");
        assert_eq!(made[1][..30_000], right[..], "{pass}");
        assert!(made[0][30_000..].iter().all(|sample| *sample == 0.0));
        assert!(!plan(&album, pass).songs[0].requantised);
    }
    assert_eq!(whole(&album, "cd", Word::Delivered, 1000)[0].len() % 588, 0, "a CD programme ends on a CD frame");
}

#[test]
fn what_changes_a_song_dithers_that_song_only() {
    let mut album = Album::default();
    let tone = signal::quantised(&signal::sine(44_100, 997.0, 0.3, 4410), 16);
    album.add(44_100, 16, 0.0, vec![tone.clone(), tone.clone()]);
    album.add(44_100, 16, 0.5, vec![tone.clone(), tone.clone()]);
    album.session.songs[1].gain = Db(-0.1);
    let plan = plan(&album, "cd");
    assert_eq!(plan.songs.iter().map(|song| song.requantised).collect::<Vec<_>>(), [false, true]);
    let made = whole(&album, "cd", Word::Delivered, 512);
    assert_eq!(made[0][..4410], tone[..]);
    let second = plan.songs[1].start as usize;
    assert_eq!(second % 588, 0, "a CD song starts on a CD frame");
    assert!(made[0].iter().all(|sample| (sample * 32768.0).fract() == 0.0));
    assert_ne!(made[0][second..second + 4410], tone[..]);
}

#[test]
fn block_sizes_are_not_audible() {
    let album = worked_album([44_100, 44_100, 44_100], 1.5);
    for (pass, word) in [("streaming", Word::Full), ("cd", Word::Delivered)] {
        let reference = whole(&album, pass, word, 8192);
        assert!(reference[0].iter().any(|sample| *sample != 0.0));
        for size in [1, 7, 64, 1000] {
            assert!(whole(&album, pass, word, size) == reference, "{pass} in blocks of {size}");
        }
    }
}

#[test]
fn block_sizes_are_not_audible_where_rates_differ_and_a_guard_works() {
    let mut album = worked_album([44_100, 48_000, 96_000], 0.8);
    album.session.passes[1].ceiling = Some(Dbtp(-9.0));
    let reference = whole(&album, "cd", Word::Delivered, 8192);
    for size in [7, 64, 1000] {
        assert!(whole(&album, "cd", Word::Delivered, size) == reference, "blocks of {size}");
    }
}

#[test]
fn a_checkpoint_continues_with_identical_bits() {
    let mut album = worked_album([48_000, 44_100, 48_000], 0.8);
    album.session.passes[1].ceiling = Some(Dbtp(-6.0));
    let plan = plan(&album, "cd");
    let frames = plan.delivered_frames() as usize;
    let mut renderer = album.renderer(&plan, Word::Delivered);
    renderer.start_at(Frames(0), Start::Exact);
    let (mut reference, mut checkpoints) = (vec![Vec::new(); 2], Vec::new());
    while reference[0].len() < frames {
        checkpoints.push(renderer.checkpoint());
        let part = pull(&mut renderer, 9_999.min(frames - reference[0].len()), 333);
        reference.iter_mut().zip(part).for_each(|(whole, part)| whole.extend(part));
    }
    for checkpoint in &checkpoints {
        let from = checkpoint.position().0 as usize;
        let (skip, left) = (123.min(frames - from), frames - from);
        let mut fresh = album.renderer(&plan, Word::Delivered);
        assert!(fresh.resume(checkpoint, Frames((from + skip) as u64)));
        let made = pull(&mut fresh, left - skip, 64);
        assert!(made[0] == reference[0][from + skip..] && made[1] == reference[1][from + skip..], "from {from}");
    }
}

#[test]
fn a_run_renders_alone_as_in_the_whole() {
    let album = worked_album([44_100, 44_100, 44_100], 1.2);
    let plan = plan(&album, "streaming");
    assert_eq!(plan.runs.len(), 2, "1.7 s of black part the first song from the other two");
    let reference = whole(&album, "streaming", Word::Delivered, 512);
    for from in [plan.runs[1].start, plan.songs[2].start, plan.songs[2].start + 5001] {
        let mut renderer = album.renderer(&plan, Word::Full);
        assert!(renderer.start_at(Frames(from), Start::Exact));
        let full = whole(&album, "streaming", Word::Full, 512);
        let made = pull(&mut renderer, 9000, 64);
        assert!(made[0] == full[0][from as usize..from as usize + 9000], "from {from}");
    }
    // Dither ends 0.1 s into the black.
    let black = plan.runs[0].end as usize + 4500..plan.runs[1].start as usize;
    assert!(reference[0][black].iter().all(|sample| *sample == 0.0));
}

#[test]
fn a_run_of_a_converted_and_shaped_disc_renders_alone_as_in_the_whole() {
    let mut album = worked_album([48_000, 48_000, 48_000], 2.0);
    let cd = &mut album.session.passes[1];
    (cd.ceiling, cd.dither) = (Some(Dbtp(-9.0)), lacquer_engine::dsp::dither::Dither::ShapedStandard);
    let plan = plan(&album, "cd");
    assert!(plan.runs.len() > 1);
    let reference = whole(&album, "cd", Word::Delivered, 8192);
    for run in &plan.runs {
        let from = plan.to_delivered(run.start);
        let mut renderer = album.renderer(&plan, Word::Delivered);
        renderer.start_at(Frames(from), Start::Exact);
        let from = from as usize;
        let count = 30_000.min(reference[0].len() - from);
        let made = pull(&mut renderer, count, 64);
        assert!(made[0] == reference[0][from..from + count], "from {from}");
    }
}

#[test]
fn a_latency_is_compensated_to_the_sample() {
    let mut album = Album::default();
    let mut impulse = vec![0.0; 5000];
    impulse[1000] = 0.25;
    album.add(48_000, 24, 0.0, vec![impulse.clone(), impulse.clone()]);
    album.add(48_000, 24, 0.25, vec![impulse.clone(), impulse]);
    let limiter = chain(vec![stage("lim", "limiter", &[])]);
    album.session.songs[0].chain = limiter.clone();
    album.session.songs[1].chain = limiter.clone();
    album.session.passes[0].chain = Some(limiter);
    let made = whole(&album, "streaming", Word::Full, 64);
    let second = plan(&album, "streaming").songs[1].start as usize;
    let peaks: Vec<usize> = (0..made[0].len()).filter(|n| made[0][*n].abs() > 0.1).collect();
    assert_eq!(peaks, [1000, second + 1000]);
}

#[test]
fn a_bypassed_chain_is_the_source_without_an_offset() {
    let album = worked_album([48_000, 48_000, 48_000], 0.5);
    let plan = plan(&album, "streaming");
    let mut renderer = album.renderer(&plan, Word::Full);
    renderer.set_chains_on_at_once(false, 1.0);
    renderer.start_at(Frames(0), Start::Exact);
    let made = pull(&mut renderer, plan.songs[0].end as usize, 64);
    let mut bare = album.clone();
    bare.session.passes[0].chain = None;
    bare.session.songs[1].chain = ChainSettings::default();
    let reference = whole(&bare, "streaming", Word::Full, 64);
    assert!(made[0] == reference[0][..made[0].len()]);
}

#[test]
fn threads_do_not_change_bits() {
    let album = worked_album([44_100, 48_000, 44_100], 0.6);
    let reference = whole(&album, "cd", Word::Delivered, 512);
    for threads in [1, 2, 4] {
        let made: Vec<_> = std::thread::scope(|scope| {
            let workers: Vec<_> =
                (0..threads).map(|_| scope.spawn(|| whole(&album, "cd", Word::Delivered, 512))).collect();
            workers.into_iter().map(|worker| worker.join().expect("a render")).collect()
        });
        assert!(made.iter().all(|made| *made == reference), "{threads} threads");
    }
}

#[test]
fn conversions_are_listed_and_songs_keep_their_time() {
    let album = worked_album([44_100, 48_000, 96_000], 0.5);
    let plan = plan(&album, "cd");
    assert_eq!((plan.rate, plan.delivered), (SampleRate(96_000), SampleRate(44_100)));
    let first = &plan.songs[0].provenance;
    assert_eq!(
        first.iter().map(|note| (note.from.0, note.to.0)).collect::<Vec<_>>(),
        [(44_100, 96_000), (96_000, 44_100)]
    );
    assert_eq!(Plan::native_rates(&album.session, "streaming").expect("rates").len(), 3);
    assert!(plan.songs.iter().all(|song| plan.to_delivered(song.start).is_multiple_of(588)));
    // At its own rate a song has only the end of the neighbour that it is crossfaded with.
    let native = Plan::at_rate(&album.session, "streaming", SampleRate(96_000)).expect("a plan");
    let notes: Vec<_> = native.songs[2].provenance.iter().map(|note| (note.from.0, note.to.0)).collect();
    assert_eq!(notes, [(48_000, 96_000)]);
}

#[test]
fn what_cannot_be_planned_says_why() {
    let mut album = Album::default();
    assert!(Plan::new(&Session::new(), "streaming").expect_err("nothing to play").to_string().contains("no songs"));
    album.add(1, 16, 0.0, vec![vec![0.5; 3]]);
    assert!(Plan::new(&album.session, "tape").expect_err("no such pass").to_string().contains("'tape'"));
    album.session.songs[0].clips[0].end = Frames(4);
    let said = Plan::new(&album.session, "streaming").expect_err("past the end").to_string();
    assert!(said.contains("frames 0 to 4 of a source with 3"), "{said}");
}

#[allow(dead_code)]
fn is_send(renderer: Renderer) -> impl Send {
    renderer
}

#[test]
fn a_song_from_one_channel_keeps_equal_channels_through_the_dither() {
    let music = signal::music(44_100, 5, 20_000);
    let delivered = |matrix: Vec<Vec<f64>>| {
        let mut album = Album::default();
        album.add(44_100, 24, 0.0, vec![music.clone()]);
        album.session.sources[0].matrix = Some(matrix);
        whole(&album, "cd", Word::Delivered, 777)
    };
    let alike = delivered(vec![vec![1.0], vec![1.0]]);
    assert_eq!(alike[0], alike[1]);
    // It is dithered: what is delivered is on the grid of 16 bits, the source is not.
    assert!(alike[0].iter().all(|sample| (sample * 32_768.0).fract() == 0.0));
    assert!(alike[0].iter().any(|sample| *sample != 0.0));
    // Where the channels differ, so does their noise.
    let apart = delivered(vec![vec![1.0], vec![0.999_999_999]]);
    assert_ne!(apart[0], apart[1]);
}
