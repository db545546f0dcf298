//! The one real-time room.
//!
//! Two types, one seam: a [`Monitor`] that the application holds, and a [`Processor`] that is moved into the device's
//! callback. Only messages pass between them (rings). The audio thread never allocates, frees, locks, waits, logs,
//! opens a file or reads a clock; [`guarded`] wraps the callback and proves the first two in debug builds and tests.
//!
//! A [`Deck`] is a renderer ready to be heard at the device's rate. Continuous changes reach the running deck as
//! [`Command::Set`]; everything structural (a new stage, another order, a seek, another pass) builds a new deck on a
//! worker, warmed past the playhead, and swaps it in with a short crossfade.

mod beside;
mod builder;
mod command;
mod deck;
mod device;
mod ear;
mod guard;
mod meter;
mod monitor;
mod processor;
mod section;
mod signal;
mod supply;
mod wire;

pub use beside::{Beside, Follow};
pub use command::{Address, Command, Event};
pub use deck::Deck;
pub use device::{DeviceChoice, DeviceError, DeviceInfo, Output, devices, hosts};
pub use guard::guarded;
pub use meter::MeterFrame;
pub use monitor::{Load, Maker, Monitor, Notice, Transport};
pub use processor::{Processor, READINGS, Seam, Status};
pub use section::{Check, Section, Solo};
pub use signal::{Generator, Signal};
pub use supply::LiveFeeds;
pub use wire::{Wire, wire};
