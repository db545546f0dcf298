//! A lacquer cut on paper: from programme to velocity, displacement and acceleration of the groove, its place on the
//! disc, and what lathe and stylus say to it.
//!
//! The way of a side: [`Cutter`] turns programme into [`Sector`]s (one 180th of a turn each) at the reference level;
//! [`Side`] lays them on a disc with variable pitch and depth at any [`crate::unit::Db`], judges them against the profile
//! and finds the highest level that passes; [`split`] deals songs to sides.
//!
//! Everything is linear in the level until it meets a limit, so a side is analysed once and cut as often as one likes.

mod cutter;
mod disc;
mod fault;
mod judge;
mod kernel;
mod lathe;
mod pitch;
pub mod playback;
mod riaa;
mod sector;
mod side;
mod sine;
pub mod split;
mod trace;

pub use cutter::Cutter;
pub use disc::{Disc, Size, Speed};
pub use fault::{Fault, Finding, Remedy};
pub use lathe::{Lathe, Stylus};
pub use pitch::{Demand, Spiral};
pub use riaa::{playback_gain, recording_gain};
pub use sector::{SECTORS, Sector};
pub use side::{Cut, Highest, Side, SongSpan};
pub use sine::Sine;
pub use trace::{Traced, trace, trace_sine};
