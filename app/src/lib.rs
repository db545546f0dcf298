//! The application of Lacquer: the window and the command line over the engine's facade.

pub mod cli;
pub mod demo;
pub mod desk;
pub mod screen;
pub mod theme;
pub mod widget;
