//! A parameter is declared once.
//!
//! A [`Table`] names a processor and lists its [`Spec`]s; repeated sets (EQ bands) are [`Group`]s with a capacity
//! allocated ahead. From these rows come the settings, the knob and its axis, text entry, tooltips, the file format,
//! reports, the command line listing and the ranges of the property tests.
//!
//! On the control side a value is found by text ids; on the audio thread by a [`SlotIndex`], which the table computes
//! once. [`Values`] is the flat array between the two.

mod lane;
mod spec;
mod text;
mod values;

pub use lane::{Breakpoint, Lane, Way};
pub use spec::{Glide, Group, Kind, SlotIndex, Spec, Table, Taper, Unit};
pub use text::{TextError, format_value, parse_value};
pub use values::{Row, Values};
