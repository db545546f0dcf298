//! `lacquer match`: settings that bring a recording towards references, proposed and, where asked, set.

use std::error::Error;
use std::path::PathBuf;

use lacquer_engine::compare::matching::{Amounts, Proposal, propose};
use lacquer_engine::compare::portrait::Portrait;
use lacquer_engine::report::table::Table;
use lacquer_engine::session::{Document, Edit, Scope, write_chain};
use serde_json::json;

use super::console::Console;
use super::{Answer, Status, input, portrait};

const EXAMPLES: &str = "\
Examples:
  lacquer match mix.wav --to reference.flac --write match.toml     a chain file; process --chain takes it
  lacquer match album.lacquer --song s3 --to reference.wav         only tells what it would do
  lacquer match album.lacquer --song s3 --to a.wav --to b.wav --weight 0.7 --weight 0.3 \\
      --spectrum 60 --width 40 --level 100 --apply

Each dimension has its own amount in percent; without one the spectrum alone is matched, at
60. What comes of it are ordinary stages (equaliser, stereo, compressor, gain) at the end of
the song's chain, or of the album's with no --song, to be seen, changed and taken away.
Exit status: 0 done, also where the honest move is none; 2 an input cannot be used.";

/// The spectrum's amount where none is given: beyond that the notes of the reference are followed, not its colour.
const USUAL_SPECTRUM: f64 = 60.0;

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// A session or a sound file
    input: PathBuf,
    /// A reference; several are weighted
    #[arg(long = "to", value_name = "FILE", required = true)]
    references: Vec<PathBuf>,
    /// The weight of each reference in turn, 0 to 1; all 1 without any
    #[arg(long = "weight", value_name = "W")]
    weights: Vec<f64>,
    /// The song of a session, by id; all songs and the album's chain without it
    #[arg(long, value_name = "ID")]
    song: Option<String>,
    /// The pass of a session; the main one without it
    #[arg(long, value_name = "NAME")]
    pass: Option<String>,
    /// How much of the spectrum is matched, percent
    #[arg(long, value_name = "%")]
    spectrum: Option<f64>,
    /// How much of the width, percent
    #[arg(long, value_name = "%", default_value_t = 0.0)]
    width: f64,
    /// How much of the loudness range, percent
    #[arg(long, value_name = "%", default_value_t = 0.0)]
    dynamics: f64,
    /// How much of the loudness, percent
    #[arg(long, value_name = "%", default_value_t = 0.0)]
    level: f64,
    /// Put the stages into the session
    #[arg(long)]
    apply: bool,
    /// Write the stages to a chain file
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    let amounts = options.amounts()?;
    let weights = options.weights()?;
    let is_session = input::is_session(&options.input);
    if !is_session && (options.apply || options.song.is_some() || options.pass.is_some()) {
        return Err("--apply, --song and --pass are for a session; --write keeps the chain of a file".into());
    }
    let mut document = match (is_session, options.apply) {
        (true, true) => Some(input::edit_session(&options.input)?),
        (true, false) => Some(input::read_session(&options.input, console)?),
        _ => None,
    };
    let own = match &document {
        Some(document) => own(document, options, console)?,
        None => vec![portrait::file(&options.input, console)?],
    };
    let references = options.references.iter().map(|path| portrait::file(path, console));
    let references: Vec<(Portrait, f64)> = references
        .zip(weights)
        .map(|(portrait, weight)| portrait.map(|portrait| (portrait, weight)))
        .collect::<Result<_, _>>()?;
    let proposal = propose(&Portrait::joined(&own), &references, amounts);
    if let Some(path) = options.write.as_ref().filter(|_| !proposal.chain.stages.is_empty()) {
        std::fs::write(path, write_chain(&proposal.chain)?).map_err(|error| format!("{}: {error}", path.display()))?;
        console.say(format_args!("{}: written", path.display()));
    }
    let set = match document.as_mut().filter(|_| options.apply && !proposal.chain.stages.is_empty()) {
        Some(document) => apply(document, options, &proposal, console)?,
        None => Vec::new(),
    };
    tell(&proposal, options.apply, console)?;
    if console.json() {
        console.document(&json!({ "amounts": amounts, "proposal": proposal, "stages": set }))?;
    }
    Ok(Status::Passing)
}

impl Options {
    fn amounts(&self) -> Result<Amounts, Box<dyn Error>> {
        let others = [self.width, self.dynamics, self.level];
        let usual = if others.iter().all(|amount| *amount == 0.0) { USUAL_SPECTRUM } else { 0.0 };
        let spectrum = self.spectrum.unwrap_or(usual);
        if let Some(bad) = [spectrum].iter().chain(&others).find(|amount| !(0.0..=100.0).contains(*amount)) {
            return Err(format!("{bad} %: an amount from 0 to 100").into());
        }
        let [width, dynamics, level] = others.map(|amount| amount / 100.0);
        Ok(Amounts { spectrum: spectrum / 100.0, width, dynamics, level })
    }

    fn weights(&self) -> Result<Vec<f64>, Box<dyn Error>> {
        if self.weights.is_empty() {
            return Ok(vec![1.0; self.references.len()]);
        }
        if self.weights.len() != self.references.len() {
            return Err(format!("{} references and {} weights", self.references.len(), self.weights.len()).into());
        }
        match self.weights.iter().find(|weight| !(0.0..=1.0).contains(*weight)) {
            Some(bad) => Err(format!("{bad}: a weight from 0 to 1").into()),
            None => Ok(self.weights.clone()),
        }
    }
}

/// The song, or all songs, as the pass delivers them.
fn own(document: &Document, options: &Options, console: &Console) -> Result<Vec<Portrait>, Box<dyn Error>> {
    let pass = portrait::pass(document, options.pass.as_deref(), console)?;
    let songs = portrait::songs(document, &pass, console)?;
    let wanted = |id: &String| options.song.as_ref().is_none_or(|song| song == id);
    let ids: Vec<String> = songs.iter().map(|(id, _)| id.clone()).collect();
    let own: Vec<Portrait> = songs.into_iter().filter(|(id, _)| wanted(id)).map(|(_, song)| song).collect();
    match own.is_empty() {
        true => Err(format!("there is no such song in the pass; there are: {}", ids.join(", ")).into()),
        false => Ok(own),
    }
}

fn apply(
    document: &mut Document,
    options: &Options,
    proposal: &Proposal,
    console: &Console,
) -> Result<Vec<String>, Box<dyn Error>> {
    let main = document.session().main_pass().map(|main| main.id.clone());
    let pass = options.pass.as_ref().filter(|pass| Some(*pass) != main.as_ref()).map(String::as_str);
    let scope = options.song.clone().map_or(Scope::Album, Scope::Song);
    let (edit, ids) = Edit::insert_stages(document, pass, &scope, &proposal.chain, None, "match")?;
    document.apply(edit)?;
    document.save()?;
    if let Some(trouble) = document.take_journal_trouble() {
        console.complain(&trouble);
    }
    Ok(ids)
}

fn tell(proposal: &Proposal, applied: bool, console: &Console) -> std::io::Result<()> {
    if proposal.chain.stages.is_empty() {
        console.text("Nothing to do: the honest move is none.")?;
    }
    if !proposal.bells.is_empty() {
        let mut table = Table::new(&["Bell Hz", "Gain dB", "Q"]);
        for bell in &proposal.bells {
            let hertz = bell.frequency_hz.0;
            table.row([format!("{hertz:.0}"), format!("{:+.2}", bell.gain_db.0), format!("{:.2}", bell.q)]);
        }
        console.text(table)?;
        console.text(format_args!("The bells miss the curve by {:.1} dB at most.", proposal.missed_db.0))?;
    }
    if let Some([low, middle, high]) = proposal.widths {
        console.text(format_args!("Width {low:.0} % low, {middle:.0} % middle, {high:.0} % high."))?;
    }
    if let Some(ratio) = proposal.ratio {
        let how = if ratio > 1.0 { "compressed" } else { "expanded" };
        console.text(format_args!("Phrases {how}, ratio {ratio:.2}."))?;
    }
    if let Some(gain) = proposal.gain_db {
        console.text(format_args!("Gain {:+.2} dB.", gain.0))?;
    }
    proposal.notes.iter().try_for_each(|note| console.text(note))?;
    if applied || proposal.chain.stages.is_empty() {
        return Ok(());
    }
    console.text("Nothing was changed; --apply puts these stages into the session, --write into a chain file.")
}
