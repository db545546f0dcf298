//! What automation promises: the drawn course is what is heard, on the audio it was drawn over, the same bits however it
//! is rendered, and nothing of it left where it is taken away.

use std::sync::Arc;

use lacquer_engine::param::{Breakpoint, Way};
use lacquer_engine::render::{Plan, Start, Word};
use lacquer_engine::session::{Address, ChainSettings, Document, Edit, Scope};
use lacquer_engine::unit::{Frames, Seconds};
use lacquer_tests::album::{Album, pull};
use lacquer_tests::signal;

const RATE: u32 = 44_100;
/// Frames between two looks at a course.
const QUANTUM: usize = 64;

/// One song of 2 s that starts after another; the stages are its chain.
fn album(stages: &[&str]) -> (Album, Vec<f64>) {
    let mut album = Album::default();
    let music = signal::quantised(&signal::music(RATE, 3, 2 * RATE as usize + 19), 24);
    album.add(RATE, 24, 0.0, vec![music[..10_001].to_vec(); 2]);
    album.add(RATE, 24, 0.5, vec![music.clone(); 2]);
    edited(&mut album, stages);
    (album, music)
}

fn edited(album: &mut Album, edits: &[&str]) {
    let mut document = Document::from_session(&album.session).expect("a document");
    for text in edits {
        let edit = Edit::parse(&document, text).unwrap_or_else(|error| panic!("{text}: {error}"));
        document.apply(edit).expect("it fits");
    }
    album.session = document.session().clone();
}

fn plan(album: &Album, pass: &str) -> Arc<Plan> {
    Arc::new(Plan::new(&album.session, pass).expect("a plan"))
}

fn whole(album: &Album, pass: &str, word: Word, size: usize) -> Vec<Vec<f64>> {
    let plan = plan(album, pass);
    let mut renderer = album.renderer(&plan, word);
    renderer.start_at(Frames(0), Start::Exact);
    pull(&mut renderer, plan.delivered_frames() as usize, size)
}

/// Straight in dB from 0 at 0.5 s to -6 at 1 s, seen every quantum, straight in amplitude between two looks. The looks are
/// on the grid of the chain's input, `ahead` frames before the stage hears it.
fn ride(frame: usize, ahead: usize) -> f64 {
    let level = |frame: usize| {
        let share = ((frame as f64 - ahead as f64) / f64::from(RATE) - 0.5) / 0.5;
        libm::pow(10.0, -6.0 * share.clamp(0.0, 1.0) / 20.0)
    };
    let frame = frame + ahead;
    let start = frame / QUANTUM * QUANTUM;
    let share = (frame - start + 1) as f64 / QUANTUM as f64;
    level(start) + (level(start + QUANTUM) - level(start)) * share
}

#[test]
fn a_gain_ride_nulls_against_arithmetic_wherever_it_stands_in_the_chain() {
    let gain = ["song.2.chain.stage+=gain", "song.2.chain.stage.gain1.gain.at=0.5s 0, 1s -6"];
    // The same behind 20 ms of look-ahead that does nothing else: a course belongs to the audio, not to the clock.
    let late = ["song.2.chain.stage+=compressor look_ahead=10 threshold=0 at=1"];
    for (edits, ahead) in [(gain.to_vec(), 0), ([&gain[..], &late[..]].concat(), 441)] {
        let (album, music) = album(&edits);
        let start = plan(&album, "streaming").songs[1].start as usize;
        let made = whole(&album, "streaming", Word::Full, 1000);
        let mut worst = 0.0_f64;
        for (frame, sample) in music.iter().enumerate().take(music.len() - 600) {
            worst = worst.max((made[0][start + frame] - sample * ride(frame, ahead)).abs());
        }
        // What the sums of a ramp round to, far below 24 bits (6e-8).
        assert!(worst < 1e-12, "{edits:?}: {worst:e}");
    }
}

fn busy() -> Album {
    let edits = [
        "song.2.chain.stage+=eq",
        "song.2.chain.stage.eq1.row+=band type=bell frequency=1000 gain=2",
        "song.2.chain.stage.eq1.row.b1.frequency.at=0 200, 0.7s 5k smooth, 1.4s 300",
        "song.2.chain.stage.eq1.row.b1.gain.at=0.1 -6, 0.6 6 hold, 1.2 0",
        "song.2.chain.stage+=compressor look_ahead=3",
        "song.2.chain.stage.compressor1.threshold.at=0 -10, 1 -40",
        "pass.main.chain.stage+=gain",
        "pass.main.chain.stage.gain1.gain.at=0.2 0, 1.3s -3, 2.5s 1",
        "pass.main.chain.stage.gain1.invert_left.at=1 on, 1.5 off",
        "pass.main.chain.stage+=limiter gain=6",
        "pass.main.chain.stage.limiter1.ceiling.at=0 -1, 2 -4",
    ];
    album(&edits).0
}

#[test]
fn block_sizes_are_not_audible() {
    let album = busy();
    for pass in ["streaming", "cd"] {
        let reference = whole(&album, pass, Word::Delivered, 8192);
        for size in [1, 63, 64, 1000] {
            assert!(whole(&album, pass, Word::Delivered, size) == reference, "{pass} in blocks of {size}");
        }
    }
}

#[test]
fn an_exact_seek_and_a_checkpoint_are_the_straight_render() {
    let album = busy();
    let plan = plan(&album, "streaming");
    let reference = whole(&album, "streaming", Word::Full, 4096);
    let frames = plan.delivered_frames() as usize;
    for place in [12_345, 60_001, 90_000] {
        let mut renderer = album.renderer(&plan, Word::Full);
        assert!(renderer.start_at(Frames(place as u64), Start::Exact));
        assert!(pull(&mut renderer, frames - place, 777)[0] == reference[0][place..], "from {place}");
        let mut first = album.renderer(&plan, Word::Full);
        first.start_at(Frames(0), Start::Exact);
        pull(&mut first, place - 99, 500);
        let checkpoint = first.checkpoint();
        assert!(renderer.resume(&checkpoint, Frames(place as u64)));
        assert!(pull(&mut renderer, frames - place, 50)[1] == reference[1][place..], "resumed at {place}");
    }
}

#[test]
fn a_song_sounds_the_same_wherever_it_stands() {
    let mut album = busy();
    album.session.passes[0].chain = None;
    let song = |album: &Album| {
        let plan = plan(album, "streaming");
        let (start, end) = (plan.songs[1].start as usize, plan.songs[1].end as usize);
        whole(album, "streaming", Word::Full, 512)[0][start..end].to_vec()
    };
    let here = song(&album);
    edited(&mut album, &["pass.main.entry.2.join=gap 1.2345s"]);
    assert!(song(&album) == here);
}

#[test]
fn a_course_is_part_of_the_hash_and_of_the_decision_to_dither() {
    let (plain, _) = album(&["song.2.chain.stage+=gain"]);
    let (ridden, _) = album(&["song.2.chain.stage+=gain", "song.2.chain.stage.gain1.gain.at=1 0, 1.5 -0.5"]);
    let (moved, _) = album(&["song.2.chain.stage+=gain", "song.2.chain.stage.gain1.gain.at=1 0, 1.6 -0.5"]);
    let plans = [&plain, &ridden, &moved].map(|album| plan(album, "cd"));
    assert!(plans[0].hash != plans[1].hash && plans[1].hash != plans[2].hash);
    let requantised = |plan: &Plan| plan.songs.iter().map(|song| song.requantised).collect::<Vec<_>>();
    let (sixteen, _) = album(&[]);
    assert_eq!(requantised(&plan(&sixteen, "streaming")), [false, false]);
    assert_eq!(requantised(&plan(&plain, "streaming")), [false, false]);
    assert_eq!(requantised(&plan(&ridden, "streaming")), [false, true]);
}

#[test]
fn points_come_move_and_go_and_leave_no_trace() {
    let (album, _) = album(&["song.2.chain.stage+=gain"]);
    let mut document = Document::from_session(&album.session).expect("a document");
    let before = document.text().expect("text");
    let address = Address {
        pass: None,
        scope: Scope::Song(document.session().songs[1].id.clone()),
        stage: "gain1".into(),
        row: None,
        parameter: "gain".into(),
    };
    let point = |at, value| Breakpoint { at, value, way: Way::Linear };
    for (at, value) in [(12.5, 0.5), (3.0, -1.0), (12.5004, 0.75)] {
        let edit = Edit::add_point(&document, &address, point(at, value)).expect("it fits");
        document.apply(edit).expect("it fits");
    }
    let course = |document: &Document| -> Vec<(f64, f64)> {
        let points = address.course(document.session()).expect("a course");
        points.iter().map(|point| (point.at, point.value)).collect()
    };
    assert_eq!(course(&document), [(3.0, -1.0), (12.5004, 0.75)]);
    // A drag is one step, and a point does not pass its neighbour.
    let depth = document.history().depth();
    document.begin(None);
    for at in [5.0, 9.0, 20.0] {
        let edit = Edit::move_point(&document, &address, 0, Seconds(at), -2.0).expect("it fits");
        document.apply(edit).expect("it fits");
    }
    document.end();
    assert_eq!(document.history().depth(), depth + 1);
    assert_eq!(course(&document)[0].1, -2.0);
    assert!(course(&document)[0].0 < 12.5);
    let shown = document.show("song.2.chain.stage.gain1.gain.at").expect("shown");
    assert!(shown.contains("value = -2.0"), "{shown}");
    let text = document.text().expect("text");
    assert_eq!(Document::from_text(&text).expect("reads").text().expect("text"), text);
    while document.undo().expect("undone").is_some() {}
    assert_eq!(document.text().expect("text"), before);
    for text in ["song.2.chain.stage.gain1.gain.at+=1s 2", "song.2.chain.stage.gain1.gain.at-=1s"] {
        let edit = Edit::parse(&document, text).expect("it is understood");
        document.apply(edit).expect("it fits");
    }
    assert_eq!(document.text().expect("text"), before);
}

#[test]
fn what_cannot_be_automated_is_refused_with_a_sentence() {
    let (album, _) = album(&["song.2.chain.stage+=limiter", "song.2.chain.stage+=gain"]);
    let document = Document::from_session(&album.session).expect("a document");
    for (text, part) in [
        ("song.2.chain.stage.limiter1.character.at+=1s loud", "cannot move while it sounds"),
        ("song.2.chain.stage.gain1.gain.at+=1s 99", "is no point"),
        ("song.2.chain.stage.gain1.gain.at+=99", "is no point"),
        ("song.2.chain.stage.gain1.gain.at-=1s", "there is no point of"),
        ("song.2.chain.stage.gain1.gian.at+=1s 0", "there is no parameter 'gian'"),
        ("song.2.chain.stage.gain9.gain.at+=1s 0", "there is no stage 'gain9'"),
    ] {
        let error = Edit::parse(&document, text).expect_err(text).to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
}

#[test]
fn chains_are_copied_kept_and_brought_back() {
    let (album, _) = album(&["song.2.chain=preset jazz-natural", "song.2.chain.stage.compressor1.mix.at+=1s 50"]);
    let mut document = Document::from_session(&album.session).expect("a document");
    let apply = |document: &mut Document, text: &str| {
        let edit = Edit::parse(document, text).unwrap_or_else(|error| panic!("{text}: {error}"));
        document.apply(edit).unwrap_or_else(|error| panic!("{text}: {error}"));
    };
    let chain = |document: &Document, song: usize| -> ChainSettings { document.session().songs[song].chain.clone() };
    assert_eq!(chain(&document, 1).stages.len(), 3);
    apply(&mut document, "song.1.chain=copy song.2");
    assert_eq!(chain(&document, 0).stages, chain(&document, 1).stages);
    apply(&mut document, "pass.cd.chain=copy song.2");
    assert_eq!(document.session().passes[1].chain.as_ref().expect("its own").stages, chain(&document, 1).stages);
    apply(&mut document, "song.2.chain.snapshot.a=store");
    apply(&mut document, "song.2.chain.stage.eq1=preset air-lift");
    apply(&mut document, "song.2.chain.stage+=preset Glue, light at=1");
    apply(&mut document, "song.2.chain.snapshot.b=store");
    assert_eq!(chain(&document, 1).current_snapshot(), Some("b"));
    let changed = chain(&document, 1);
    let text = document.text().expect("text");
    apply(&mut document, "song.2.chain=snapshot A");
    assert_eq!(chain(&document, 1).stages, chain(&document, 0).stages);
    assert_eq!(chain(&document, 1).current_snapshot(), Some("a"));
    document.undo().expect("undone");
    assert_eq!(document.text().expect("text"), text);
    apply(&mut document, "song.2.chain=snapshot a");
    apply(&mut document, "song.2.chain=snapshot b");
    assert_eq!(chain(&document, 1), changed);
    assert!(document.session().unknown_fields().is_empty());
    let saved = document.text().expect("text");
    assert_eq!(Document::from_text(&saved).expect("reads").session(), document.session());
}
