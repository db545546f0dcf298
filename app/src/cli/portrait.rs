//! What verbs that compare measure: portraits of files and of songs as they are delivered.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use lacquer_engine::compare::place::{Course, Follower};
use lacquer_engine::compare::portrait::{Painter, Portrait};
use lacquer_engine::render::{FileLibrary, Library, Plan};
use lacquer_engine::session::Document;
use lacquer_engine::survey::{self, Watch};

use super::console::Console;
use super::{input, interrupt};

/// A file.
pub(super) fn file(path: &Path, console: &Console) -> Result<Portrait, Box<dyn Error>> {
    let bar = console.bar(format!("measuring {}", path.display()));
    let mut source = input::open(path, &bar)?;
    let mut painter = Painter::new(source.reader.layout(), source.reader.rate())?;
    input::read_through(&mut source, &bar, &mut |block| painter.process(block))?;
    Ok(painter.finish(&path.display().to_string()))
}

/// How a file rises and falls.
pub(super) fn course(path: &Path, console: &Console) -> Result<Course, Box<dyn Error>> {
    let bar = console.bar(format!("following {}", path.display()));
    let mut source = input::open(path, &bar)?;
    let mut follower = Follower::new(source.reader.rate());
    input::read_through(&mut source, &bar, &mut |block| follower.process(block))?;
    Ok(follower.finish())
}

/// The pass that is meant: the main one without a name.
pub(super) fn pass(document: &Document, name: Option<&str>, console: &Console) -> Result<String, Box<dyn Error>> {
    let main = document.session().main_pass().map(|main| main.id.as_str());
    let pass = name.or(main).ok_or("the session has no pass")?.to_string();
    input::check_pass(document.session(), &pass, console)?;
    Ok(pass)
}

/// The songs of a pass as they are delivered, before requantisation, with their ids.
pub(super) fn songs(
    document: &Document,
    pass: &str,
    console: &Console,
) -> Result<Vec<(String, Portrait)>, Box<dyn Error>> {
    let plan = Arc::new(Plan::new(document.session(), pass)?);
    let library: Arc<dyn Library> = Arc::new(FileLibrary::new(document.session(), &input::folder(document)));
    let bar = console.bar(format!("measuring {pass}"));
    let watch = Watch { progress: &|share| bar.set(share), cancel: &interrupt::flag(console) };
    let painters = survey::each_song(&plan, &library, &watch, || Painter::new(plan.layout, plan.delivered))?;
    let named = plan.songs.iter().zip(painters);
    Ok(named.map(|(song, painter)| (song.id.clone(), painter.finish(&song.title))).collect())
}
