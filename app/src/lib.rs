//! The application of Lacquer: the window and the command line over the engine's facade.

pub mod app;
pub mod cli;
pub mod demo;
pub mod desk;
pub mod dialog;
pub mod fileset;
pub mod intake;
pub mod job;
pub mod keys;
pub mod place;
pub mod screen;
pub mod settings;
pub mod theme;
pub mod widget;
