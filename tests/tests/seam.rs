//! The audio thread never allocates, frees, locks, waits or does I/O.
//!
//! The callback is driven on a thread under seccomp's strict mode (Linux): any system call but read and write ends the
//! whole process, so a lock that has to wait (futex), a sleep, a file or a page of heap asked of the kernel is seen by
//! the parent. Allocation and freeing in user space are seen by the allocator below. Meanwhile the other end turns every
//! knob, seeks, loops, swaps chains, switches passes and bypasses.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use assert_no_alloc::AllocDisabler;
use lacquer_engine::audio::{Block, Through};
use lacquer_engine::chain::{Delta, Listen, PROCESSORS};
use lacquer_engine::dsp::delay::Delay;
use lacquer_engine::param::SlotIndex;
use lacquer_engine::realtime::{Address, Beside, Check, Follow, Load, Maker, Monitor, Section, Signal, Solo, guarded};
use lacquer_engine::render::{Hearing, Library, Plan, Scope};
use lacquer_engine::session::{ChainSettings, Document, Edit, Row, Session, StageSettings};
use lacquer_engine::unit::{Db, Frames, Hertz, SampleRate, Seconds};
use lacquer_tests::album::Album;
use lacquer_tests::signal;

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const CHILD: &str = "LACQUER_TEST_AUDIO_THREAD";

#[test]
fn the_callback_makes_no_system_call_and_touches_no_heap() {
    if let Ok(mode) = std::env::var(CHILD) {
        return child(&mode);
    }
    for mode in ["clean", "allocates", "sleeps"] {
        let program = std::env::current_exe().expect("this test's own program");
        let output = std::process::Command::new(program)
            .args(["--exact", "the_callback_makes_no_system_call_and_touches_no_heap", "--nocapture"])
            .env(CHILD, mode)
            .output()
            .expect("the child starts");
        // The test can fail: a callback that allocates or sleeps must end its process.
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.success(), mode == "clean", "{mode}: {:?}\n{text}", output.status);
        assert_eq!(text.contains("callbacks done"), mode == "clean", "{mode}:\n{text}");
    }
}

fn working_chain() -> ChainSettings {
    let stages = PROCESSORS.iter().map(|processor| {
        let mut stage = StageSettings::new(processor.table.id, processor);
        for group in processor.table.groups {
            let id = "r1".into();
            stage.rows.push(Row {
                group: group.id.into(),
                id,
                values: Default::default(),
                automation: Default::default(),
            });
        }
        stage
    });
    ChainSettings { stages: stages.collect(), ..ChainSettings::default() }
}

fn album() -> Album {
    let mut album = Album::default();
    for (index, rate) in [48_000, 44_100, 48_000].into_iter().enumerate() {
        let channel = |seed| signal::quantised(&signal::music(rate, seed, rate as usize * 4), 24);
        album.add(rate, 24, 0.4, vec![channel(index as u64), channel(index as u64 + 7)]);
    }
    album.session.songs[1].chain = working_chain();
    album.session.passes[0].chain = Some(working_chain());
    album
}

static STOP: AtomicBool = AtomicBool::new(false);
static CALLBACKS: AtomicU64 = AtomicU64::new(0);
static VIOLATIONS: AtomicU64 = AtomicU64::new(0);
static FINISHED: AtomicBool = AtomicBool::new(false);

fn child(mode: &str) {
    let album = album();
    let library: Arc<dyn Library> = Arc::new(album.shelf.clone());
    let (mut monitor, mut processor) = Monitor::driven(SampleRate(48_000));
    let streaming = Arc::new(Plan::new(&album.session, "streaming").expect("a plan"));
    monitor.load(streaming.clone(), library.clone(), Load::At(0));
    let bad = mode.to_string();
    std::thread::spawn(move || {
        let mut block = Block::new(2, 4096);
        let sizes = [64usize, 256, 1024, 33, 4096];
        strict();
        while !STOP.load(Ordering::Relaxed) {
            let count = CALLBACKS.fetch_add(1, Ordering::Relaxed);
            block.set_frames(sizes[count as usize % sizes.len()]);
            guarded(|| processor.process(&mut block));
            if count == 500 {
                match bad.as_str() {
                    "allocates" => guarded(|| drop(std::hint::black_box(vec![0u8; 100]))),
                    "sleeps" => guarded(|| std::thread::sleep(Duration::from_millis(1))),
                    _ => {}
                }
            }
        }
        VIOLATIONS.store(u64::from(assert_no_alloc::violation_count()), Ordering::Relaxed);
        FINISHED.store(true, Ordering::Relaxed);
        // Only reading and writing are allowed from here: the thread stays until the process ends.
        loop {
            std::hint::spin_loop();
        }
    });
    exercise(&mut monitor, &album, &library, &streaming);
    assert!(CALLBACKS.load(Ordering::Relaxed) > 2000, "the callback ran");
    STOP.store(true, Ordering::Relaxed);
    let limit = Instant::now() + Duration::from_secs(10);
    while !FINISHED.load(Ordering::Relaxed) {
        assert!(Instant::now() < limit, "the callback hangs");
        std::thread::sleep(Duration::from_millis(1));
    }
    // Counted per thread by the allocator's guard; a violation anywhere in this process counts.
    assert_eq!(VIOLATIONS.load(Ordering::Relaxed), 0, "the heap was touched");
    println!("callbacks done");
    let _ = std::io::stdout().flush();
    std::process::exit(0);
}

/// The album with a line for every number of every stage of the album chain that can be automated.
fn ridden(album: &Album) -> Session {
    let mut document = Document::from_session(&album.session).expect("a document");
    let mut lines = 0;
    for (stage, processor) in working_chain().stages.iter().zip(PROCESSORS) {
        for spec in processor.table.params {
            for (at, position) in [(0.0, 0.1), (0.4, 0.9)] {
                let path =
                    format!("pass.main.chain.stage.{}.{}.at+={at}s {}", stage.id, spec.id, spec.at_position(position));
                // What would change the latency is refused.
                lines += Edit::parse(&document, &path).and_then(|edit| document.apply(edit).map(|_| 1)).unwrap_or(0);
            }
        }
    }
    assert!(lines > 40, "only {lines} points were taken");
    document.session().clone()
}

/// Repairs of the second song: those that are computed and those that are worked out frame by frame.
const REPAIRS: [&str; 6] = [
    "declick start=20000 end=20400 channels=0",
    "interpolate start=30000 end=30200",
    "declip start=40000 end=44000 find=level level=-12 quality=preview",
    "dehum start=0 end=176400",
    "gain start=60000 end=62000 gain=-4",
    "polarity start=0 end=176400 channels=1",
];

/// The album with repairs in its second song.
fn repaired(album: &Album) -> Session {
    let mut document = Document::from_session(&album.session).expect("a document");
    for text in REPAIRS {
        let edit = Edit::parse(&document, &format!("source.src2.repair+={text}"));
        let edit = edit.unwrap_or_else(|error| panic!("{text}: {error}"));
        document.apply(edit).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
    document.session().clone()
}

/// The plan with its repairs, and with everything else that is heard of them.
fn heard_of_repairs(album: &Album) -> Vec<Arc<Plan>> {
    let plan = Plan::new(&repaired(album), "streaming").expect("a plan");
    let source = || "src2".to_string();
    let one = || Some("r2".to_string());
    let heard = [
        Hearing::Repaired,
        Hearing::Before { source: source(), repair: None, gain: Db(-1.5) },
        Hearing::Removed { source: source(), repair: None },
        Hearing::Before { source: source(), repair: one(), gain: Db(0.7) },
        Hearing::Removed { source: source(), repair: one() },
        Hearing::Repaired,
    ];
    heard.iter().map(|what| Arc::new(plan.hearing(what))).collect()
}

/// Something to hear through, with latency.
struct Later(Delay);

impl Through for Later {
    fn latency(&self) -> usize {
        self.0.frames()
    }
    fn process(&mut self, block: &mut Block, _: Seconds) {
        self.0.process(block);
        block.scale(0.5);
    }
    fn reset(&mut self) {
        self.0.reset();
    }
}

/// The monitor controller, hearing through something, and what stands beside the programme.
fn listen(
    monitor: &mut Monitor,
    library: &Arc<dyn Library>,
    beside: &Arc<Plan>,
    mut poll: impl FnMut(&mut Monitor, usize),
) {
    let later = |frames: usize| -> Maker { Arc::new(move |_| Box::new(Later(Delay::new(2, frames)))) };
    for round in 0..2 {
        for maker in [Some(later(0)), Some(later(900)), None, Some(later(8192)), Some(later(20))] {
            monitor.hear_through(maker);
            poll(monitor, 12);
            monitor.seek(Frames(30_000 + round * 7_000));
            poll(monitor, 4);
        }
        assert!(monitor.status().through);
        for follow in [Follow::Shift(Seconds(0.0)), Follow::Shift(Seconds(-1.5)), Follow::Free(Seconds(2.0))] {
            let level = Db(-3.0);
            let (plan, library) = (beside.clone(), library.clone());
            monitor.set_beside(Some(Beside { plan, library, follow, level, own_level: Db(-1.0) }));
            for _ in 0..200 {
                poll(monitor, 5);
                if monitor.status().beside.is_some() {
                    break;
                }
            }
            assert!(monitor.status().beside.is_some(), "it never came");
            for on in [true, false, true] {
                monitor.hear_beside(on);
                poll(monitor, 4);
            }
            monitor.seek(Frames(11_111));
            poll(monitor, 6);
        }
        monitor.set_beside(None);
        monitor.hear_through(None);
        for signal in [Some(Signal::Pink), Some(Signal::Octave(Hertz(500.0))), Some(Signal::Tone(Hertz(1000.0))), None]
        {
            monitor.set_signal(signal);
            poll(monitor, 8);
        }
        for solo in [Solo::Left, Solo::Right, Solo::Mid, Solo::Side, Solo::None] {
            let (one_speaker, check) = (solo == Solo::Mid, Check::Quiet);
            monitor.set_section(Section { solo, one_speaker, check, crossfeed: true, pair: 1, ..Section::default() });
            poll(monitor, 3);
        }
        monitor.set_section(Section::default());
    }
}

/// Everything a user can do, as fast as the rings take it.
fn exercise(monitor: &mut Monitor, album: &Album, library: &Arc<dyn Library>, streaming: &Arc<Plan>) {
    let mut alive = (0, Instant::now());
    let mut poll = |monitor: &mut Monitor, times: usize| {
        for _ in 0..times {
            monitor.poll();
            std::thread::sleep(Duration::from_millis(3));
            let callbacks = CALLBACKS.load(Ordering::Relaxed);
            if callbacks != alive.0 {
                alive = (callbacks, Instant::now());
            } else if alive.1.elapsed() > Duration::from_secs(3) {
                // The kernel has ended the callback's thread; it may hold any lock, so nothing is said here.
                std::process::abort();
            }
        }
    };
    monitor.play();
    // The first deck is made by a worker, which has to wait its turn on a busy machine.
    for _ in 0..100 {
        poll(monitor, 20);
        if monitor.status().epoch > 0 {
            break;
        }
    }
    assert!(monitor.status().playing && monitor.status().epoch > 0, "{:?}", monitor.status());
    for (slot, processor) in PROCESSORS.iter().enumerate() {
        for param in 0..processor.table.slots().min(60) {
            let param = SlotIndex(param as u16);
            let Some((spec, _)) = processor.table.at(param) else { continue };
            for position in [0.1, 0.9, 0.5] {
                for scope in [Scope::Album, Scope::Song(1)] {
                    monitor.set(Address { scope, slot, param }, spec.at_position(position));
                }
            }
            poll(monitor, 1);
        }
        monitor.set_slot_on(Scope::Album, slot, false, 0.8);
        poll(monitor, 2);
        monitor.set_slot_on(Scope::Album, slot, true, 1.0);
    }
    for step in 0..12u64 {
        monitor.seek(Frames(step * 37_777 % streaming.delivered_frames()));
        poll(monitor, 3);
    }
    monitor.set_loop(Some((10_000, 14_000)));
    poll(monitor, 60);
    monitor.set_loop(None);
    monitor.play_transition(1, Seconds(0.5), Seconds(0.5));
    poll(monitor, 20);
    let cd = Arc::new(Plan::new(&album.session, "cd").expect("a plan"));
    for plan in [&cd, streaming, &cd, streaming] {
        monitor.load(plan.clone(), library.clone(), Load::SameTime);
        poll(monitor, 10);
    }
    let mut bare = album.session.clone();
    bare.passes[0].chain = None;
    monitor.load(Arc::new(Plan::new(&bare, "streaming").expect("a plan")), library.clone(), Load::SameTime);
    poll(monitor, 10);
    for on in [false, true, false, true] {
        monitor.set_chains_on(on, 0.7);
        monitor.set_requantised(on);
        monitor.set_section(Section { dim: on, mono: !on, gain: Db(-3.0), ..Section::default() });
        poll(monitor, 5);
    }
    // What only the ears get: a part of a stage, what a stage or a chain adds, lines that parameters follow.
    monitor.load(streaming.clone(), library.clone(), Load::SameTime);
    poll(monitor, 10);
    for slot in 0..PROCESSORS.len() {
        for what in [Listen::Band(0), Listen::Change(0), Listen::Output] {
            monitor.listen(Scope::Album, slot, what);
            poll(monitor, 2);
        }
    }
    for delta in [Some((Scope::Album, Delta::Stage(1))), Some((Scope::Song(1), Delta::Whole)), None] {
        monitor.set_delta(delta);
        poll(monitor, 10);
    }
    let ridden = Arc::new(Plan::new(&ridden(album), "streaming").expect("a plan"));
    monitor.load(ridden, library.clone(), Load::At(0));
    poll(monitor, 40);
    monitor.pause();
    poll(monitor, 10);
    assert!(!monitor.status().playing);
    monitor.play();
    poll(monitor, 30);
    listen(monitor, library, &cd, &mut poll);
    // Repairs: repaired, before at the same loudness, only what is removed, over the song that has them.
    for plan in heard_of_repairs(album) {
        let epoch = monitor.status().epoch;
        let song = plan.to_delivered(plan.songs[1].start);
        monitor.load(plan, library.clone(), Load::SameTime);
        // Repairs are computed by the worker that makes the deck.
        for _ in 0..200 {
            poll(monitor, 10);
            if monitor.status().epoch > epoch {
                break;
            }
        }
        assert!(monitor.status().epoch > epoch, "the deck was never heard");
        monitor.seek(Frames(song + 15_000));
        poll(monitor, 20);
        // A slot against itself left out, at matched loudness.
        for on in [false, true] {
            monitor.set_slot_on(Scope::Song(1), 0, on, if on { 1.0 } else { 0.63 });
            monitor.set_slot_on(Scope::Album, 0, on, if on { 1.0 } else { 1.41 });
            poll(monitor, 8);
        }
    }
}

/// Forbids this thread every system call but read, write and exit.
#[allow(unsafe_code)]
fn strict() {
    // SAFETY: prctl with these arguments only changes what the kernel lets this thread do.
    let result = unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_STRICT) };
    assert_eq!(result, 0, "the kernel offers seccomp");
}
