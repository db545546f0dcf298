//! A fileset of a compact disc dropped on the window.

use lacquer_engine::audio::Block;
use lacquer_engine::container::ddp::{Descriptors, Disc, ImageWriter, Index, Track};
use lacquer_engine::unit::CdFrame;

use super::*;

/// Two tracks of five seconds behind the first pause, with silence as their sound.
fn fileset(folder: &Path) {
    let track =
        |number: u8, at: i64| Track { number, indices: vec![Index { number: 1, at: CdFrame(at) }], ..Track::default() };
    let mut first = track(1, 150);
    first.indices.insert(0, Index { number: 0, at: CdFrame(0) });
    let disc = Disc { tracks: vec![first, track(2, 525)], lead_out: CdFrame(900), ..Disc::default() };
    for (name, bytes) in Descriptors::new(&disc, None, "TEST").unwrap().files() {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
    let mut image = ImageWriter::create(&folder.join("IMAGE.DAT")).unwrap();
    image.write(&Block::from_channels(&[vec![0.0; 900 * 588], vec![0.0; 900 * 588]])).unwrap();
    image.finish().unwrap();
}

#[test]
fn a_fileset_is_an_album_over_its_image_and_is_judged() {
    let folder = tempfile::tempdir().unwrap();
    fileset(folder.path());
    let state = Some(folder.path().join("state"));
    let mut app = App::new(&Options { null_audio: true, state, ..Options::default() }).0;
    let _ = app.update(Message::Dropped(folder.path().to_path_buf()));
    let judged = |app: &App| matches!(&app.overlay, Overlay::Disc(disc) if disc.verdicts().is_some());
    let begun = Instant::now();
    while !judged(&app) {
        assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", app.desk.notice);
        let _ = app.update(Message::Tick);
        std::thread::sleep(Duration::from_millis(5));
    }
    let titles: Vec<&str> = app.desk.session().songs.iter().map(|song| song.title.as_str()).collect();
    assert_eq!(titles, ["Track 1", "Track 2"]);
    assert!(app.bar().is_none(), "the image is there");
    let _ = app.update(Message::CloseOverlay);
    assert!(matches!(app.overlay, Overlay::None));
}

#[test]
fn a_broken_fileset_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("DDPID"), b"no fileset").unwrap();
    let state = Some(folder.path().join("state"));
    let mut app = App::new(&Options { null_audio: true, state, ..Options::default() }).0;
    app.open(folder.path());
    assert!(!app.has_project && app.desk.notice.is_some());
}
