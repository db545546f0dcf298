//! What repairs promise: nothing outside their spans is touched, not even in the delivered word; what is heard is what is
//! delivered; undo and a deleted cache lead back to the same bits.

use std::sync::Arc;

use lacquer_engine::realtime::LiveFeeds;
use lacquer_engine::render::{DirectFeeds, FileLibrary, Hearing, Library, Plan, Renderer, Start, Word};
use lacquer_engine::session::{Document, Edit};
use lacquer_engine::source::Cache;
use lacquer_engine::unit::{Db, Frames};
use lacquer_tests::album::{Album, pull};
use lacquer_tests::disk::Disk;
use lacquer_tests::signal;

const RATE: u32 = 44_100;
/// The repairs of the second song, and the frames and channels they may change.
const REPAIRS: [(&str, usize, usize); 4] = [
    ("declick start=30000 end=30400 channels=0", 30_000, 30_400),
    ("interpolate start=50000 end=50200", 50_000, 50_200),
    ("gain start=60000 end=62000 gain=-4", 60_000, 62_000),
    ("splice start=70000 end=70300 channels=1", 70_000, 70_300),
];

/// Two songs of 2 s at 16 bits; the second one has clicks and repairs.
fn album() -> Album {
    let mut album = Album::default();
    let music = |seed: u64| signal::quantised(&signal::music(RATE, seed, 2 * RATE as usize), 16);
    album.add(RATE, 16, 0.0, vec![music(1), music(2)]);
    let mut damaged = vec![music(3), music(4)];
    damaged[0][30_100] = 0.9;
    damaged[0][30_101] = -0.7;
    album.add(RATE, 16, 1.0, damaged);
    let mut document = Document::from_session(&album.session).expect("a document");
    for (text, ..) in REPAIRS {
        apply(&mut document, &format!("source.src2.repair+={text}"));
    }
    album.session = document.session().clone();
    album
}

fn apply(document: &mut Document, text: &str) {
    let edit = Edit::parse(document, text).unwrap_or_else(|error| panic!("{text}: {error}"));
    document.apply(edit).unwrap_or_else(|error| panic!("{text}: {error}"));
}

fn plan(album: &Album, pass: &str) -> Arc<Plan> {
    Arc::new(Plan::new(&album.session, pass).expect("a plan"))
}

fn whole(album: &Album, plan: &Arc<Plan>, word: Word, size: usize) -> Vec<Vec<f64>> {
    let mut renderer = album.renderer(plan, word);
    renderer.start_at(Frames(0), Start::Exact);
    pull(&mut renderer, plan.delivered_frames() as usize, size)
}

fn is_repaired(frame: usize) -> bool {
    REPAIRS.iter().any(|(_, start, end)| (*start..*end).contains(&frame))
}

#[test]
fn the_delivered_word_is_the_source_outside_every_span() {
    let album = album();
    let plan = plan(&album, "cd");
    let song = &plan.songs[1];
    assert!(!song.requantised && song.is_dithered());
    assert_eq!(song.repaired.len(), REPAIRS.len());
    let start = song.start as usize;
    let made = whole(&album, &plan, Word::Delivered, 777);
    let (_, source) = album.source("src2");
    for channel in 0..2 {
        for frame in (0..source[channel].len()).filter(|frame| !is_repaired(*frame)) {
            assert_eq!(made[channel][start + frame], source[channel][frame], "{channel} {frame}");
        }
        let changed = |from: usize, to: usize| made[channel][start + from..start + to] != source[channel][from..to];
        assert!(changed(50_000, 50_200) && changed(60_000, 62_000));
        // Whole steps of the word, dithered.
        assert!((50_000..50_200).all(|frame| (made[channel][start + frame] * 32_768.0).fract() == 0.0));
    }
    assert!(made[0][start + 30_100].abs() < 0.6, "the click is gone");
}

#[test]
fn block_sizes_are_not_audible() {
    let album = album();
    for (pass, word) in [("streaming", Word::Full), ("cd", Word::Delivered)] {
        let plan = plan(&album, pass);
        let reference = whole(&album, &plan, word, 8192);
        for size in [1, 63, 1000] {
            assert!(whole(&album, &plan, word, size) == reference, "{pass} in blocks of {size}");
        }
    }
}

#[test]
fn what_is_heard_is_what_is_rendered() {
    let album = album();
    let library: Arc<dyn Library> = Arc::new(album.shelf.clone());
    let plan = plan(&album, "streaming");
    let reference = whole(&album, &plan, Word::Full, 4096);
    // The feeds of a deck that plays, in place of the feeds of a delivery.
    let mut heard = album.renderer(&plan, Word::Full);
    heard.start_at(Frames(0), Start::Exact);
    let live = LiveFeeds::start(plan.clone(), library, &heard.next_reads()).expect("it reads ahead");
    drop(heard.exchange_feeds(Box::new(live)));
    let mut made: Vec<Vec<f64>> = vec![Vec::new(); 2];
    while made[0].len() < reference[0].len() {
        // A deck that plays is not asked faster than it reads.
        std::thread::sleep(std::time::Duration::from_millis(8));
        let part = pull(&mut heard, 4096.min(reference[0].len() - made[0].len()), 512);
        made.iter_mut().zip(part).for_each(|(all, part)| all.extend(part));
    }
    assert!(made == reference);
}

#[test]
fn before_less_removed_is_what_is_heard() {
    let album = album();
    let plan = plan(&album, "streaming");
    let source = || "src2".to_string();
    let hear = |what: &Hearing| {
        let variant = Arc::new(plan.hearing(what));
        assert_eq!(variant.hash == plan.hash, *what == Hearing::Repaired);
        whole(&album, &variant, Word::Full, 4096)
    };
    let after = hear(&Hearing::Repaired);
    for repair in [None, Some("r1".to_string())] {
        let before = hear(&Hearing::Before { source: source(), repair: repair.clone(), gain: Db(0.0) });
        let removed = hear(&Hearing::Removed { source: source(), repair: repair.clone() });
        let song = plan.songs[1].start as usize..plan.songs[1].end as usize;
        for channel in 0..2 {
            for frame in song.clone() {
                assert_eq!(removed[channel][frame], before[channel][frame] - after[channel][frame]);
            }
        }
        let sounding = song.clone().filter(|frame| removed[0][*frame] != 0.0).count();
        assert!(sounding > 0 && (repair.is_none() || sounding < 50), "{repair:?} {sounding}");
    }
}

#[test]
fn undo_a_switch_and_an_order_change_the_plan_and_lead_back() {
    let album = album();
    let mut document = Document::from_session(&album.session).expect("a document");
    let hash = |document: &Document| Plan::new(document.session(), "cd").expect("a plan").hash;
    let first = hash(&document);
    for text in
        ["source.src2.repair.r3.on=off", "source.src2.repair.r2.start=50010", "source.src2.repair.r1.strength=10"]
    {
        let before = hash(&document);
        apply(&mut document, text);
        assert_ne!(hash(&document), before, "{text}");
    }
    while document.undo().expect("undone").is_some() {}
    assert_eq!(hash(&document), first);
}

#[test]
fn a_deleted_cache_loses_nothing_and_a_delivery_is_the_same_again() {
    let mut disk = Disk::from_album(&album());
    let cache = Cache::new(disk.folder.path().join("cache"), 1 << 30);
    let library = || Arc::new(FileLibrary::new(&disk.session, disk.folder.path()).caching_in(cache.clone()));
    let plan = Arc::new(Plan::new(&disk.session, "streaming").expect("a plan"));
    let render = || {
        let feeds = DirectFeeds::new(plan.clone(), library());
        let mut renderer = Renderer::new(plan.clone(), Box::new(feeds), Word::Full).expect("a renderer");
        renderer.start_at(Frames(0), Start::Exact);
        pull(&mut renderer, plan.delivered_frames() as usize, 4096)
    };
    let first = render();
    // Levels need no cache; the three others have a patch each.
    assert_eq!(std::fs::read_dir(&cache.dir).expect("the cache").count(), 3);
    let again = render();
    std::fs::remove_dir_all(&cache.dir).expect("deleted");
    assert!(again == first && render() == first);
    let delivered = |disk: &Disk| {
        let delivery = disk.deliver("cd").expect("a delivery");
        let songs = delivery.manifest.files.iter().filter_map(|file| Some((file, file.audio.as_ref()?)));
        assert!(songs.clone().any(|(_, audio)| audio.dither.is_some()));
        let path = delivery.folder.join(&songs.clone().nth(1).expect("two songs").0.name);
        std::fs::read(path).expect("the file")
    };
    let bytes = delivered(&disk);
    assert!(delivered(&disk) == bytes);
    // What this version does not know keeps the pass from being delivered.
    disk.session.sources[1].repairs[0].kind = "time-machine".into();
    assert!(disk.deliver("cd").expect_err("it is refused").to_string().contains("time-machine"));
}

#[test]
fn a_library_tells_what_each_repair_has_replaced() {
    let disk = Disk::from_album(&album());
    let cache = Cache::new(disk.folder.path().join("cache"), 1 << 30);
    let library = FileLibrary::new(&disk.session, disk.folder.path()).caching_in(cache);
    let replaced = library.replaced(&disk.session.sources[1]).expect("computed");
    let counts: Vec<u64> = ["r1", "r2", "r4"].iter().map(|id| replaced[*id]).collect();
    assert!(counts[0] > 0 && counts[0] < 20 && counts[1] == 400 && counts[2] == 300, "{counts:?}");
    assert!(!replaced.contains_key("r3"));
}
