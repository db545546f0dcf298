use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use lacquer_engine::analysis::loudness::{GatingBlocks, ShortTermBlocks};
use lacquer_engine::render::{FileLibrary, Library, Plan};
use lacquer_engine::survey::{self, Watch};
use serde_json::{Value, json};

use super::{Analysis, Answered, Options, value};
use crate::cli::console::Console;
use crate::cli::{input, interrupt};

/// Measures the songs of a pass as they are delivered.
pub(super) fn analyze(path: &Path, options: &Options, console: &Console) -> Result<Answered, Box<dyn Error>> {
    let document = input::read_session(path, console)?;
    let (session, folder) = (document.session(), input::folder(&document));
    let pass = match &options.pass {
        Some(pass) => session.pass(pass).ok_or_else(|| format!("there is no pass '{pass}'"))?,
        None => session.passes.first().ok_or("the session has no pass")?,
    };
    let plan = Arc::new(Plan::new(session, &pass.id)?);
    let library: Arc<dyn Library> = Arc::new(FileLibrary::new(session, &folder));
    let bar = console.bar(format!("analysing {}", path.display()));
    let watch = Watch { progress: &|share| bar.set(share), cancel: &interrupt::flag(console) };
    let songs = survey::full(&plan, &library, options.ceiling(), &watch)?;
    let measured = || songs.iter().map(|song| &song.measured);
    let album = json!({
        "session": path.display().to_string(),
        "pass": pass.id,
        "album_integrated_lufs": GatingBlocks::joined(measured().map(|measured| &measured.gating_blocks)),
        "album_loudest_song_lufs": loudest(measured().filter_map(|m| m.measurement.integrated_lufs).map(|v| v.0)),
        "album_lra_lu": ShortTermBlocks::joined(measured().map(|measured| &measured.short_term_blocks)),
    });
    let analyses: Vec<Analysis> = plan
        .songs
        .iter()
        .zip(songs)
        .map(|(song, full)| Analysis {
            name: song.title.clone(),
            facts: vec![
                ("Song".into(), song.title.clone()),
                ("Pass".into(), format!("{}, {}, {}", pass.id, plan.layout, plan.delivered)),
            ],
            damage: None,
            measured: Err(Box::new(full)),
        })
        .collect();
    let mut values = album;
    values["songs"] = Value::Array(analyses.iter().map(song_value).collect());
    Ok(Answered { analyses, value: values })
}

fn song_value(analysis: &Analysis) -> Value {
    let mut value = value(analysis);
    if let Some(object) = value.as_object_mut() {
        object.remove("file");
        object.insert("song".into(), json!(analysis.name));
    }
    value
}

fn loudest(values: impl Iterator<Item = f64>) -> Option<f64> {
    values.reduce(f64::max)
}
