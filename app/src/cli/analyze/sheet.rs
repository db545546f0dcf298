use std::error::Error;
use std::path::Path;

use lacquer_engine::report::measured::{Subject, Terms, sheet};

use super::{Analysis, Options};

/// Writes what was measured, whole or not at all.
pub(super) fn write(path: &Path, options: &Options, analyses: &[Analysis]) -> Result<(), Box<dyn Error>> {
    let subjects: Vec<Subject<'_>> = analyses
        .iter()
        .filter_map(|analysis| {
            let name = Path::new(&analysis.name).file_name().and_then(|name| name.to_str());
            let name = name.unwrap_or(&analysis.name).to_string();
            analysis.full().map(|full| Subject { name, facts: analysis.facts.clone(), full })
        })
        .collect();
    let title = match (&options.files[..], &subjects[..]) {
        ([session], songs) if songs.len() != 1 => {
            session.file_stem().map_or_else(|| "Measured".into(), |stem| stem.to_string_lossy().into_owned())
        }
        (_, [one]) => one.name.clone(),
        _ => format!("{} sounds", subjects.len()),
    };
    let terms = Terms { ceiling: options.ceiling(), target: None };
    Ok(sheet(&title, "What was measured", &subjects, terms).save(path)?)
}
