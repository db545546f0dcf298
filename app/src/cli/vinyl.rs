//! `lacquer vinyl`: a pass cut on paper.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use lacquer_engine::medium::vinyl::split::{Piece, Proposal, Terms, proposals};
use lacquer_engine::medium::vinyl::{Cut, Disc, Highest, Lathe, Remedy, Size, Speed, Stylus};
use lacquer_engine::profile::{Outcome, Profile};
use lacquer_engine::render::{FileLibrary, Library, Plan};
use lacquer_engine::report::side::{clock, findings};
use lacquer_engine::report::table::{Align, Table};
use lacquer_engine::session::{Access, Document, Edit, PassKind, Resolved, SideName, Vinyl};
use lacquer_engine::survey::Watch;
use lacquer_engine::survey::groove::{SideSurvey, sides};
use lacquer_engine::unit::{Db, Seconds};
use serde_json::{Value, json};

use super::console::Console;
use super::{Answer, Status, check, input, interrupt};

const EXAMPLES: &str = "\
Examples:
  lacquer vinyl album.lacquer                       the sides of its vinyl pass, cut on paper
  lacquer vinyl album.lacquer --sides 2             where to turn it over, and what another order gives
  lacquer vinyl album.lacquer --sides 2 --apply     sets the sides of the vinyl pass, songs in their order
  lacquer vinyl album.lacquer --disc 7 --speed 45 --level -3
  lacquer vinyl album.lacquer --highest             cut at the highest level that passes
  lacquer vinyl album.lacquer --mend                settings of the pass until every side passes

The pass is rendered and cut at the level of the pass or of --level, against the reference
tone of the profile. A new vinyl pass: lacquer edit album.lacquer pass+=vinyl
A song that begins a side: lacquer edit album.lacquer pass.vinyl.entry.6.side=B
Exit status: 0 every side passes, 1 something fails, 2 the session cannot be used.";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// The session file
    session: PathBuf,
    /// The pass; without it the first vinyl pass, else the main one
    #[arg(long, value_name = "NAME")]
    pass: Option<String>,
    /// Size of the record in inches: 12, 10 or 7
    #[arg(long, value_name = "INCHES", value_parser = size)]
    disc: Option<Size>,
    /// Speed of the record: 33, 45 or 78
    #[arg(long, value_name = "RPM", value_parser = speed)]
    speed: Option<Speed>,
    /// The stylus: conical, elliptical or line-contact
    #[arg(long, value_name = "NAME", value_parser = stylus)]
    stylus: Option<Stylus>,
    /// Level of the cut against the reference, in dB
    #[arg(long, value_name = "DB", allow_negative_numbers = true, conflicts_with = "highest")]
    level: Option<f64>,
    /// Cut each side at the highest level that passes
    #[arg(long)]
    highest: bool,
    /// Propose how to deal the songs to so many sides
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u8).range(1..=26))]
    sides: Option<u8>,
    /// With --sides: set them in the vinyl pass, songs in their order
    #[arg(long, requires = "sides")]
    apply: bool,
    /// With --sides and --apply: the other proposal, bright songs outside
    #[arg(long, requires = "apply")]
    bright: bool,
    /// Changes the vinyl pass until every side passes: its limiters out, an elliptical where the bass asks for it, its
    /// disc and speed as given here, the highest level that passes
    #[arg(long, conflicts_with_all = ["sides", "level", "highest"])]
    mend: bool,
}

fn size(text: &str) -> Result<Size, String> {
    text.parse().ok().and_then(Size::from_inches).ok_or_else(|| "12, 10 or 7".to_string())
}

fn speed(text: &str) -> Result<Speed, String> {
    text.parse().ok().and_then(Speed::from_turns).ok_or_else(|| "33, 45 or 78".to_string())
}

fn stylus(text: &str) -> Result<Stylus, String> {
    Stylus::from_id(text).ok_or_else(|| "conical, elliptical or line-contact".to_string())
}

/// A pass on the lathe.
struct Bench {
    pass: String,
    vinyl: Vinyl,
    profile: Profile,
    disc: Disc,
    lathe: Lathe,
    surveys: Vec<SideSurvey>,
    /// What the pass still carries of a digital master.
    limiters: Vec<String>,
    /// How long rendering and cutting took.
    took_s: f64,
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    let mut document = open(options, console)?;
    if options.mend {
        mend(options, &mut document, console)?;
    }
    let bench = bench(options, &document, console)?;
    if let Some(count) = options.sides {
        return split(options, usize::from(count), &mut document, &bench, console);
    }
    let cuts: Vec<(Highest, Cut)> = bench.surveys.iter().map(|survey| cut(options, &bench, survey)).collect();
    console.text(format_args!("{}, {} stylus, pass '{}'", bench.disc, bench.vinyl.stylus.id(), bench.pass))?;
    if !bench.limiters.is_empty() {
        console.text(format_args!("warn: it still carries {}", bench.limiters.join(", ")))?;
    }
    console.text(format_args!("cut in {:.1} s", bench.took_s))?;
    for (survey, (highest, cut)) in bench.surveys.iter().zip(&cuts) {
        console.text(side_text(survey, highest, cut))?;
    }
    if console.json() {
        let told: Vec<Value> =
            bench.surveys.iter().zip(&cuts).map(|(survey, (highest, cut))| side_value(survey, highest, cut)).collect();
        console.document(&json!({
            "pass": bench.pass,
            "disc_inches": bench.disc.size.inches(),
            "speed_rpm": bench.disc.speed.turns_per_minute(),
            "stylus": bench.vinyl.stylus.id(),
            "profile": bench.profile.id,
            "limiters": bench.limiters,
            "sides": told,
        }))?;
    }
    let worst = cuts.iter().flat_map(|(_, cut)| &cut.findings).map(|finding| finding.severity).max();
    Ok(Status::of(worst.unwrap_or(Outcome::Pass)))
}

fn open(options: &Options, console: &Console) -> Result<Document, Box<dyn Error>> {
    if !options.apply && !options.mend {
        return input::read_session(&options.session, console);
    }
    let opened = Document::open(&options.session, Access::Edit)?;
    match opened.recovery {
        None => Ok(opened.document),
        Some(recovery) => Err(format!(
            "{}: has {} edits that were never saved; nothing was changed. Take them in first: lacquer edit --recover",
            options.session.display(),
            recovery.edits()
        )
        .into()),
    }
}

/// The pass that is meant.
fn chosen(options: &Options, document: &Document) -> Result<String, Box<dyn Error>> {
    let session = document.session();
    let first = session.passes.iter().find(|pass| pass.kind == PassKind::Vinyl).or(session.main_pass());
    Ok(options.pass.clone().or(first.map(|pass| pass.id.clone())).ok_or("the session has no pass")?)
}

fn bench(options: &Options, document: &Document, console: &Console) -> Result<Bench, Box<dyn Error>> {
    let session = document.session();
    let pass = chosen(options, document)?;
    input::check_pass(session, &pass, console)?;
    let resolved = session.resolve(&pass).ok_or_else(|| format!("there is no pass '{pass}'"))?;
    let mut vinyl = resolved.pass.vinyl.clone().unwrap_or_default();
    vinyl.size = options.disc.unwrap_or(vinyl.size);
    vinyl.speed = options.speed.unwrap_or(vinyl.speed);
    vinyl.stylus = options.stylus.unwrap_or(vinyl.stylus);
    vinyl.level = options.level.map_or(vinyl.level, Db);
    let wanted = if resolved.pass.kind == PassKind::Vinyl { resolved.pass.profile.as_str() } else { "vinyl" };
    let profile = check::profile(wanted)?;
    let disc = Disc::new(vinyl.size, vinyl.speed, &profile)?;
    let lathe = Lathe::new(&profile, vinyl.stylus)?;
    let plan = Arc::new(Plan::new(session, &pass)?);
    let library: Arc<dyn Library> = Arc::new(FileLibrary::new(session, &input::folder(document)));
    let bar = console.bar(format!("cutting {pass} on paper"));
    let cancel = interrupt::flag(console);
    let watch = Watch { progress: &|share| bar.set(share), cancel: &cancel };
    let began = Instant::now();
    let surveys = sides(&plan, &resolved, disc, lathe, &library, &watch)?;
    let (limiters, took_s) = (resolved.limiters(), began.elapsed().as_secs_f64());
    Ok(Bench { pass, vinyl, profile, disc, lathe, surveys, limiters, took_s })
}

fn cut(options: &Options, bench: &Bench, survey: &SideSurvey) -> (Highest, Cut) {
    let highest = survey.side.highest(&bench.profile);
    let level = if options.highest { highest.level_db } else { bench.vinyl.level };
    (highest, survey.side.cut(level, &bench.profile))
}

fn limited(highest: &Highest) -> String {
    match highest.limited_by {
        Some(fault) => format!("limited by {}", fault.title().to_lowercase()),
        None => "limited by nothing".to_string(),
    }
}

fn side_text(survey: &SideSurvey, highest: &Highest, cut: &Cut) -> String {
    let mut songs = Table::new(&["No", "Song", "Length", "Level dB", "Ends mm"]);
    songs = songs.aligned(0, Align::Left).aligned(1, Align::Left);
    for (index, span) in survey.side.songs.iter().enumerate() {
        let time = |sector| lacquer_engine::medium::vinyl::Sector::time(sector, survey.side.disc.speed.turn());
        let end = span.end.min(cut.spiral.radius_mm.len().saturating_sub(1));
        songs.row([
            format!("{}{}", survey.name, index + 1),
            span.title.clone(),
            clock(Seconds(time(span.end).0 - time(span.start).0)),
            survey.side.song_level(index, cut.level).map_or("-".into(), |level| format!("{:+.1}", level.0)),
            cut.spiral.radius_mm.get(end).map_or("-".into(), |radius| format!("{radius:.1}")),
        ]);
    }
    let space = if cut.free_mm < 0.0 { "too far in" } else { "free" };
    let mut text = format!(
        "\nSide {}   {}   {:.1} mm {space}   cut at {:+.1} dB, highest that passes {:+.1} dB, {}\n{songs}",
        survey.name,
        clock(survey.side.length()),
        cut.free_mm.abs(),
        cut.level.0,
        highest.level_db.0,
        limited(highest)
    );
    if !cut.findings.is_empty() {
        text.push_str(&format!("\n\n{}", findings(&cut.findings, survey.name)));
    }
    text
}

fn side_value(survey: &SideSurvey, highest: &Highest, cut: &Cut) -> Value {
    let time = |sector| lacquer_engine::medium::vinyl::Sector::time(sector, survey.side.disc.speed.turn()).0;
    let song = |(index, span): (usize, &lacquer_engine::medium::vinyl::SongSpan)| {
        json!({
            "title": span.title,
            "start_s": time(span.start),
            "end_s": time(span.end),
            "level_db": survey.side.song_level(index, cut.level).map(|level| level.0),
        })
    };
    json!({
        "side": survey.name,
        "length_s": survey.side.length(),
        "level_db": cut.level,
        "end_radius_mm": cut.spiral.end_mm(),
        "free_mm": cut.free_mm,
        "highest": highest,
        "songs": survey.side.songs.iter().enumerate().map(song).collect::<Vec<_>>(),
        "findings": cut.findings,
    })
}

/// The songs of all sides, as they go to the lathe.
fn pieces(bench: &Bench) -> Vec<Piece> {
    let of_side = |survey: &SideSurvey| {
        let sectors = &survey.side.sectors;
        let piece = |span: &lacquer_engine::medium::vinyl::SongSpan| Piece {
            title: span.title.clone(),
            sectors: sectors[span.start.min(sectors.len())..span.end.min(sectors.len())].to_vec(),
        };
        survey.side.songs.iter().map(piece).collect::<Vec<_>>()
    };
    bench.surveys.iter().flat_map(of_side).collect()
}

/// Pause between two songs where the sides are dealt anew.
const GAP: Seconds = Seconds(2.0);

fn split(options: &Options, count: usize, document: &mut Document, bench: &Bench, console: &Console) -> Answer {
    let songs = pieces(bench);
    let terms =
        Terms { disc: bench.disc, lathe: bench.lathe, profile: &bench.profile, level: bench.vinyl.level, gap: GAP };
    let found = proposals(&songs, count, &terms);
    for proposal in &found {
        console.text(proposal_text(proposal, &songs))?;
    }
    if options.apply {
        let chosen = if options.bright { found.last() } else { found.first() };
        apply(document, bench, chosen.ok_or("the pass has no song")?)?;
        let which = if options.bright { "last" } else { "first" };
        console.text(format_args!("\nThe sides of '{}' are set as in the {which}.", bench.pass))?;
    } else {
        console.text("\nNothing was changed; --apply sets the sides of the first.")?;
    }
    if console.json() {
        let titles: Vec<&str> = songs.iter().map(|song| song.title.as_str()).collect();
        console
            .document(&json!({ "pass": bench.pass, "applied": options.apply, "songs": titles, "proposals": found }))?;
    }
    Ok(Status::Passing)
}

fn proposal_text(proposal: &Proposal, songs: &[Piece]) -> String {
    let mut table = Table::new(&["Side", "Length", "Free mm", "Songs"]).aligned(0, Align::Left).aligned(3, Align::Left);
    for (place, side) in proposal.sides.iter().enumerate() {
        let names: Vec<String> = side.iter().map(|song| format!("{} {}", song + 1, songs[*song].title)).collect();
        table.row([
            SideName::of_place(place).map_or_else(|| (place + 1).to_string(), |name| name.to_string()),
            clock(proposal.lengths_s[place]),
            format!("{:+.1}", proposal.free_mm[place]),
            names.join(", "),
        ]);
    }
    let what = match (proposal.keeps_order, proposal.moved) {
        (true, _) => "In their order".to_string(),
        (false, moved) => format!("Balanced, bright songs outside: {moved} songs stand elsewhere"),
    };
    let limit = proposal.limited_by.map_or("nothing".to_string(), |fault| fault.title().to_lowercase());
    format!("\n{what}; highest level that passes {:+.1} dB, limited by {limit}\n{table}", proposal.highest_db.0)
}

fn apply(document: &mut Document, bench: &Bench, proposal: &Proposal) -> Result<(), Box<dyn Error>> {
    let resolved = own(document, &bench.pass)?;
    let id = |song: &usize| resolved.songs.get(*song).map(|song| song.song.id.clone());
    let sides: Vec<Vec<String>> = proposal.sides.iter().map(|side| side.iter().filter_map(id).collect()).collect();
    document.deal(&bench.pass, &sides)?;
    document.save()?;
    Ok(())
}

/// The pass, where it is one for a record.
fn own(document: &Document, pass: &str) -> Result<Resolved, Box<dyn Error>> {
    let resolved = document.session().resolve(pass).ok_or("the pass is gone")?;
    if resolved.pass.kind != PassKind::Vinyl {
        return Err(format!("'{pass}' is no vinyl pass: add one with lacquer edit SESSION pass+=vinyl").into());
    }
    Ok(resolved)
}

/// Changes the settings of the pass until every side passes, and says what was done. The level comes last: whatever it
/// has to be, it is the highest one at which nothing fails.
fn mend(options: &Options, document: &mut Document, console: &Console) -> Result<(), Box<dyn Error>> {
    let pass = chosen(options, document)?;
    own(document, &pass)?;
    // What keeps the pass from being rendered is told before anything is changed.
    input::check_pass(document.session(), &pass, console)?;
    let mut done: Vec<String> = Vec::new();
    for (field, value) in [
        ("size", options.disc.map(|size| size.inches().to_string())),
        ("speed", options.speed.map(|speed| format!("{:.0}", speed.turns_per_minute().floor()))),
        ("stylus", options.stylus.map(|stylus| stylus.id().to_string())),
    ] {
        if let Some(value) = value {
            let edit = Edit::parse(document, &format!("pass.{pass}.vinyl.{field}={value}"))?;
            document.apply(edit)?;
        }
    }
    let carried = document.session().resolve(&pass).map(|resolved| resolved.limiters()).unwrap_or_default();
    if document.take_limiters_out(&pass)? > 0 {
        done.push(format!("taken out: {}", carried.join(", ")));
    }
    let mut bench = self::bench(options, document, console)?;
    let level = lowest(&bench);
    let asks = |remedy: &Remedy| matches!(remedy, Remedy::Elliptical(_));
    let cuts: Vec<Cut> = bench.surveys.iter().map(|survey| survey.side.cut(level, &bench.profile)).collect();
    let elliptical = cuts.iter().flat_map(|cut| &cut.findings).flat_map(|found| &found.remedies).find(|it| asks(it));
    if let Some(remedy) = elliptical.copied() {
        document.mend(&pass, &remedy)?;
        done.push(remedy.to_string());
        bench = self::bench(options, document, console)?;
    }
    let level = lowest(&bench);
    document.set_cut_level(&pass, level)?;
    done.push(format!("level {:+.1} dB", (level.0 * 10.0).floor() / 10.0));
    document.save()?;
    console.text(format_args!("Mended '{pass}': {}", done.join("; ")))?;
    Ok(())
}

/// The level at which every side passes.
fn lowest(bench: &Bench) -> Db {
    let highest = bench.surveys.iter().map(|survey| survey.side.highest(&bench.profile).level_db);
    highest.min_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or(Db(0.0))
}
