//! The engine of Lacquer. It knows no window, no toolkit and no command line.
//!
//! # The map
//! A sample walks down this list, a parameter walks up; no arrow points backwards. `tests/tests/layers.rs` reads the
//! imports and fails on one that does.
//!
//! | room | what it is |
//! |---|---|
//! | [`unit`], [`audio`] | units that cross module lines; planar f64 blocks, layouts, the 64-frame quantum |
//! | [`param`] | a parameter is declared once: knob, file, command line, report and test follow from its row |
//! | [`dsp`] | the mathematics: matched filters, true-peak reconstruction, conversion, dither, fades |
//! | [`profile`] | limits as data, each with its source and date |
//! | [`container`] | bytes both ways: RIFF/RF64/BW64, bext, DDP filesets, CUE, TOC, tags, safe file names |
//! | [`analysis`] | what a signal is (loudness, peaks, stereo, spectrum, overview) and what is wrong with it (faults) |
//! | [`source`] | files to frames: decoding, identity, the cache of decoded lossy files, read-ahead |
//! | [`chain`] | the processors, one file each, and the rack that runs them |
//! | [`medium`] | the groove cut on paper (velocity, pitch, depth, what lathe and stylus say); the tape and what it takes |
//! | [`codec`] | lossy coders of the machine: a song there and back, aligned, measured without clamping |
//! | [`restore`] | repairs: kinds with their parameters, tasks inside spans, patches in the cache, readers through them |
//! | [`session`] | the document, its invertible edits, history, file and journal |
//! | [`render`] | `Session + Pass -> Plan -> Renderer`: the only place where programme audio is made |
//! | [`survey`] | a renderer pulled through analysis: what is known of a pass without hearing it |
//! | [`compare`] | songs against a target: evidence in, proposed settings out |
//! | [`qc`], [`report`] | checks against profiles; how they are told |
//! | [`realtime`] | the one real-time room: `Monitor` in the application, `Processor` on the audio thread |
//! | [`deliver`] | a deliverable: written aside, read back, nulled, measured, judged, placed; and `verify` |
//!
//! # Invariants
//! * Programme audio is made in [`render::Renderer::pull`] and nowhere else. Listening and delivering both call it, so
//!   what is heard is what is delivered.
//! * Samples are f64. The same build gives the same bits for every block size and thread count: steps end on the
//!   quantum grid of the timeline, sums have a fixed order, transcendental functions come from `libm`, dither from a
//!   counter.
//! * Every chain runs ahead of the output by its own latency; a song starts on the frame its plan says. The album chain
//!   starts fresh at every join with at least 1 s of black ([`render::Run`]).
//! * A clone of a stage is its exact state; [`render::Checkpoint`] is made of such clones.
//! * Automated parameters move once per quantum of the chain's input, told by the chain itself ([`param::Lane`]): a course
//!   meets the audio it was drawn over, whatever latency lies before the stage.
//! * The audio thread gets its source frames from [`realtime::LiveFeeds`], which never waits, and gives every deck back
//!   through a ring that cannot fill. Structural changes and seeks build a new [`realtime::Deck`] on a worker.
//! * [`session::Session::resolve`] is the only place that knows inheritance between passes.
//! * Outside the spans of its repairs a source's samples pass as they are ([`restore::Repaired`]); listening and delivering
//!   open sources through the same door ([`render::Library::open_treated`]).
//! * `session` does I/O in `session::file` only; `qc` and `report` never decide what is true.
//!
//! # Where the code differs from the first design
//! * A checkpoint is a copy of the stages, not plain data: there is no second description of a state that could differ
//!   from it. It cannot be stored on disk.
//! * Seeking and every structural change share one way: a new deck, warmed and swapped in with a 10 ms crossfade.
//! * The transform is our own ([`dsp::fft`]): the tables of the usual crates come from the system's sine.
//! * Read-ahead for playback is per *lane* (clips that never sound together), in [`realtime::LiveFeeds`];
//!   [`source::Stream`] is the same for a single file.
//!
//! # Seams that stand ready
//! * **References, codecs heard live, media**: each is a deck of its own on the same playhead; [`realtime::Processor`] already
//!   holds two and crosses between them.
//! * **More channels**: layouts and matrices go through plan, render, meters and files; processors that know pairs act
//!   on the first pair. The tap and the monitor section are stereo.
//! * **Foreign stages**: a [`chain::Stage`] that is not exact would be printed to the cache of [`source`]; nothing
//!   prints yet.

pub mod analysis;
pub mod audio;
pub mod chain;
pub mod codec;
pub mod compare;
pub mod container;
pub mod deliver;
pub mod dsp;
pub mod medium;
pub mod param;
pub mod profile;
pub mod qc;
pub mod realtime;
pub mod render;
pub mod report;
pub mod restore;
pub mod session;
pub mod source;
pub mod survey;
pub mod unit;
