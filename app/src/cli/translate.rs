//! `lacquer translate`: what is left of a record on a phone, in a car, at a service; and whether to leave it alone.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use lacquer_engine::audio::Block;
use lacquer_engine::compare::heard;
use lacquer_engine::compare::portrait::{Painter, Portrait};
use lacquer_engine::compare::translation::{Translation, Translator};
use lacquer_engine::compare::verdict::{self, Moments, Verdict};
use lacquer_engine::profile::{Evidence, System, systems};
use lacquer_engine::render::{FileLibrary, Library, Plan};
use lacquer_engine::report::table::{Align, Table};
use lacquer_engine::survey::{Listener, Watch};
use serde_json::json;

use super::console::Console;
use super::{Answer, Status, check, input, interrupt, portrait};
use crate::place;

const EXAMPLES: &str = "\
Examples:
  lacquer translate album.lacquer                     every song on every system, at every service
  lacquer translate album.lacquer --song s3 --system phone --system car
  lacquer translate album.lacquer --judge             leave it alone? by the session's references
  lacquer translate album.lacquer --systems           lists the systems and where their numbers come from

What disappears is told at matched loudness. A system says whether its numbers were measured
or are a sketch. Exit status: 0 done, 1 --judge: at least one song is not to be left alone,
2 something cannot be read.";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// The session file
    #[arg(required_unless_present = "systems")]
    session: Option<PathBuf>,
    /// The pass by its id; the first one without it
    #[arg(long, value_name = "NAME")]
    pass: Option<String>,
    /// One song by its id
    #[arg(long, value_name = "ID")]
    song: Option<String>,
    /// Systems by their id; all without it
    #[arg(long = "system", value_name = "ID")]
    wanted: Vec<String>,
    /// Judge by the references whether to leave the songs alone
    #[arg(long)]
    judge: bool,
    /// Lists the systems
    #[arg(long)]
    systems: bool,
}

/// Several that hear the same.
struct All {
    translators: Vec<Translator>,
    moments: Moments,
}

impl Listener for All {
    fn process(&mut self, block: &Block) {
        self.translators.iter_mut().for_each(|one| one.process(block));
        self.moments.process(block);
    }
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    let (known, trouble) = systems(place::house_profiles().as_deref());
    trouble.iter().for_each(|trouble| console.complain(trouble));
    if options.systems {
        return list(&known, console);
    }
    let chosen = chosen(&known, &options.wanted)?;
    let path = options.session.as_ref().ok_or("a session is needed")?;
    let document = input::read_session(path, console)?;
    let pass = portrait::pass(&document, options.pass.as_deref(), console)?;
    let plan = Arc::new(Plan::new(document.session(), &pass)?);
    let library: Arc<dyn Library> = Arc::new(FileLibrary::new(document.session(), &input::folder(&document)));
    let references = match options.judge {
        true => references(&document, console)?,
        false => Vec::new(),
    };
    let mut told = Vec::new();
    for (index, song) in plan.songs.iter().enumerate() {
        if options.song.as_ref().is_some_and(|wanted| *wanted != song.id) {
            continue;
        }
        let bar = console.bar(format!("hearing {}", song.title));
        let watch = Watch { progress: &|share| bar.set(share), cancel: &interrupt::flag(console) };
        let mut painter = Painter::new(plan.layout, plan.delivered)?;
        heard::song(&plan, &library, index, &mut painter, &watch)?;
        let own = painter.finish(&song.title);
        let made =
            chosen.iter().map(|system| Translator::new(system, own.integrated_lufs, plan.layout, plan.delivered));
        let translators = made.collect::<Result<Vec<_>, _>>()?;
        let mut all = All { translators, moments: Moments::new(plan.layout, plan.delivered)? };
        heard::song(&plan, &library, index, &mut all, &watch)?;
        let translations: Vec<Translation> = all.translators.into_iter().map(Translator::finish).collect();
        let verdict = options.judge.then(|| verdict::judge(&own, &references, all.moments.finish()));
        told.push((song.id.clone(), own, translations, verdict));
    }
    if told.is_empty() {
        return Err("there is no such song in the pass".into());
    }
    tell(&told, console)?;
    let alone = told.iter().all(|(.., verdict)| verdict.as_ref().is_none_or(|verdict| verdict.leave_it_alone));
    if console.json() {
        let songs: Vec<_> = told
            .iter()
            .map(|(id, own, translations, verdict)| {
                json!({
                    "song": id, "title": own.name, "integrated_lufs": own.integrated_lufs, "true_peak_dbtp": own.true_peak_dbtp,
                    "systems": translations, "services": services(own), "verdict": verdict,
                })
            })
            .collect();
        console.document(&json!({ "pass": pass, "songs": songs }))?;
    }
    Ok(if alone { Status::Passing } else { Status::Failing })
}

fn chosen(known: &[System], wanted: &[String]) -> Result<Vec<System>, Box<dyn Error>> {
    if wanted.is_empty() {
        return Ok(known.to_vec());
    }
    wanted.iter().map(|id| system(known, id)).collect()
}

/// A system by its id.
pub(super) fn system(known: &[System], id: &str) -> Result<System, Box<dyn Error>> {
    let names = || known.iter().map(|system| system.id.as_str()).collect::<Vec<_>>().join(", ");
    let found = known.iter().find(|system| system.id == id).cloned();
    found.ok_or_else(|| format!("there is no system '{id}'; there are: {}", names()).into())
}

fn grade(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Measured => "measured",
        Evidence::Sketch => "sketch",
    }
}

fn list(known: &[System], console: &Console) -> Answer {
    let mut table = Table::new(&["Id", "Name", "Evidence", "Source"]);
    for column in 0..4 {
        table = table.aligned(column, Align::Left);
    }
    for system in known {
        table.row([system.id.clone(), system.name.clone(), grade(system.grade).into(), system.source.clone()]);
    }
    console.text(table)?;
    if console.json() {
        console.document(&json!({ "systems": known }))?;
    }
    Ok(Status::Passing)
}

/// The session's references that count.
fn references(
    document: &lacquer_engine::session::Document,
    console: &Console,
) -> Result<Vec<Portrait>, Box<dyn Error>> {
    let folder = input::folder(document);
    let counting = document.session().references.iter().filter(|one| one.weight > 0.0);
    counting.map(|one| portrait::file(&folder.join(&one.file.path), console)).collect()
}

fn services(own: &Portrait) -> Vec<serde_json::Value> {
    let Ok(profile) = check::profile("streaming") else { return Vec::new() };
    let Some((loud, peak)) = own.integrated_lufs.zip(own.true_peak_dbtp) else { return Vec::new() };
    let of = |platform: &lacquer_engine::profile::Platform| {
        let penalty = platform.penalty(loud, peak);
        json!({ "name": platform.name, "grade": platform.grade, "playback": penalty })
    };
    profile.platforms.iter().map(of).collect()
}

fn tell(told: &[(String, Portrait, Vec<Translation>, Option<Verdict>)], console: &Console) -> std::io::Result<()> {
    let share = |value: Option<f64>| value.map_or("-".into(), |value| format!("{:+.0} %", -100.0 * value));
    for (id, own, translations, verdict) in told {
        let loud = own.integrated_lufs.map_or("-".into(), |level| format!("{level}"));
        console.text(format_args!("{id} {}: {loud}", own.name))?;
        let mut table = Table::new(&["System", "Evidence", "Makeup dB", "< 200 Hz", "middle", "> 8 kHz", "In words"]);
        for column in [0, 1, 6] {
            table = table.aligned(column, Align::Left);
        }
        for one in translations {
            table.row([
                one.name.clone(),
                grade(one.evidence).into(),
                one.makeup_db.map_or("-".into(), |gain| format!("{:+.1}", gain.0)),
                share(one.bass_lost),
                share(one.middle_lost),
                share(one.air_lost),
                one.words.join("; "),
            ]);
        }
        console.text(table)?;
        if let Some(verdict) = verdict {
            console.text(&verdict.words)?;
            for figure in &verdict.figures {
                let mark = if figure.fits { " " } else { "!" };
                let (least, most) = figure.between;
                console
                    .text(format_args!("  {mark} {}: {:.2} ({least:.2} to {most:.2})", figure.what, figure.value))?;
            }
            for moment in &verdict.mix {
                console.text(format_args!(
                    "    in the mix, {:.0} to {:.0} s: {}",
                    moment.from_s.0, moment.to_s.0, moment.words
                ))?;
            }
        }
    }
    Ok(())
}
