//! The delivery report: what was measured in the written files, what stands in the way, what was decided, how it was
//! made. The same delivery gives the same bytes.

use std::fs;
use std::path::Path;

use super::advice::{remedy, spot};
use super::earlier::build;
use super::error::DeliverError;
use super::evidence::{PlatformEntry, Playback};
use super::label;
use super::making::Making;
use super::manifest::{FileEntry, Manifest, Role};
use super::verify::is_inside;
use crate::analysis::verdict::{Outcome, Verdict, worst};
use crate::report::sheet::{Form, Paper, Part, Sheet};
use crate::report::table::{Align, Table};
use crate::report::{self, clock};
use crate::unit::Dbtp;

/// The report's file name without its ending.
pub(super) const NAME: &str = "Delivery report";
/// Actions of the guard that are listed one by one; how many more there are is said.
const MOST_ACTIONS: usize = 40;
/// What stands where a value does not exist.
const NOTHING: &str = "-";

/// Writes label copy and report into the delivery.
pub(super) fn write(making: &mut Making<'_>, verdicts: &[Verdict]) -> Result<(), DeliverError> {
    label::write(making)?;
    let sheet = sheet(making, verdicts);
    // What the page says is what the PDF says: a line break in a text is a space in both.
    let sheet = Sheet::from_html(&sheet.to_html()).unwrap_or(sheet);
    for form in [Form::Pdf, Form::Html] {
        let bytes = form.write(&sheet).map_err(|error| DeliverError::Sheet(error.to_string()))?;
        making.write_bytes(format!("{NAME}.{}", form.extension()), Role::Report, &bytes)?;
    }
    Ok(())
}

/// Whether the report of a delivery says what its manifest says: every table that is made of it, in the page; and the PDF
/// is that page on paper. Nothing where there is no report.
pub(super) fn verify(folder: &Path, manifest: &Manifest) -> Vec<Verdict> {
    let reports = |form: Form| {
        let ending = format!(".{}", form.extension());
        let inside = |file: &&FileEntry| file.role == Role::Report && is_inside(&file.name);
        manifest.files.iter().filter(inside).find(|file| file.name.ends_with(&ending))
    };
    let Some(page) = reports(Form::Html) else { return Vec::new() };
    let say = |name: &str, outcome, said: &str| Verdict::stated("report", outcome, "manifest", said).at(name);
    let text = match fs::read_to_string(folder.join(&page.name)) {
        Ok(text) => text,
        Err(error) => return vec![say(&page.name, Outcome::Fail, &error.to_string())],
    };
    let Some(sheet) = Sheet::from_html(&text) else {
        return vec![say(&page.name, Outcome::Fail, "it is not the page that was written")];
    };
    let own_build = manifest.build.as_deref() == build();
    let mut verdicts = vec![match untold(&sheet, manifest) {
        Some(what) => say(&page.name, Outcome::Fail, &format!("{what}: not what the manifest says")),
        None if own_build && sheet.to_html() != text => {
            say(&page.name, Outcome::Fail, "it is not the page that was written")
        }
        None => say(&page.name, Outcome::Pass, "its figures are those of the manifest"),
    }];
    if let Some(paper) = reports(Form::Pdf) {
        let same = fs::read(folder.join(&paper.name)).ok() == Form::Pdf.write(&sheet).ok();
        verdicts.push(match (same, own_build) {
            (true, _) => say(&paper.name, Outcome::Pass, "the page on paper, byte for byte"),
            (false, true) => say(&paper.name, Outcome::Fail, "not the page on paper"),
            (false, false) => say(&paper.name, Outcome::Warn, "made by another build: only its checksum was checked"),
        });
    }
    verdicts
}

/// The first part made of the manifest that a report does not hold as it should.
fn untold(sheet: &Sheet, manifest: &Manifest) -> Option<&'static str> {
    let mut rest = manifest.clone();
    rest.files.retain(|file| file.role != Role::Report);
    let mut parts = vec![("the measurements", files(&rest)), ("the checksums", checksums(&rest))];
    if !rest.codecs.is_empty() {
        parts.push(("what came out of the coders", codec_table(&rest)));
    }
    if !rest.playback.is_empty() {
        parts.extend([
            ("the platforms", platform_table(&rest.playback)),
            ("the gains of the songs", track_table(&rest.playback)),
        ]);
    }
    let stated = |value: &serde_json::Value| serde_json::from_value::<Verdict>(value.clone()).ok();
    let verdicts: Vec<Verdict> = manifest.verdicts.iter().filter_map(stated).collect();
    let told = verdicts.iter().filter(|verdict| verdict.check != "playback_gain");
    parts.push(("the checks", report::verdicts(told)));
    let holds = |table: &Table| sheet.parts().iter().any(|part| matches!(part, Part::Table(held) if held == table));
    parts.into_iter().find(|(_, table)| !holds(table)).map(|(what, _)| what)
}

fn sheet(making: &Making<'_>, verdicts: &[Verdict]) -> Sheet {
    let manifest = &making.manifest;
    let album = &manifest.album;
    let subtitle = format!("{} \u{2013} {}: {}", album.artist, album.title, manifest.pass.name);
    let mut sheet = Sheet::new(NAME).subtitle(subtitle).footer(manifest.program.clone()).on(Paper::Landscape);
    head(&mut sheet, making, verdicts);
    judged(&mut sheet, manifest, verdicts);
    sheet.heading("Measured in the written files").table(files(manifest));
    sheet.text(METHOD);
    conversions(&mut sheet, manifest);
    guard(&mut sheet, manifest);
    codecs(&mut sheet, manifest);
    platforms(&mut sheet, &manifest.playback);
    ledger(&mut sheet, making);
    recall(&mut sheet, making);
    sheet.heading("Checksums").table(checksums(manifest));
    sheet.section("Sources").table(sources(making));
    sheet
}

const METHOD: &str = "Every figure was measured in the file as it was read back from the disk. Its samples were compared \
with the render, bit for bit; a file marked as unchanged is that of the earlier delivery, identical by SHA-256, and was \
compared then. Loudness after ITU-R BS.1770-5, range after EBU Tech 3342, true peak after BS.1770-5 Annex 2, rounded up.";

fn head(sheet: &mut Sheet, making: &Making<'_>, verdicts: &[Verdict]) {
    let manifest = &making.manifest;
    let (pass, album, profile) = (&manifest.pass, &manifest.album, making.job.profile);
    let or_dash = |text: &str| if text.is_empty() { NOTHING.to_string() } else { text.to_string() };
    let word = match worst(verdicts) {
        Outcome::Pass => "PASS",
        Outcome::Warn => "PASS, with warnings",
        Outcome::Fail => "FAIL",
    };
    let songs = manifest.files.iter().filter(|file| file.role == Role::Song).count();
    let taken = manifest.files.iter().filter(|file| file.taken_over).count();
    let unchanged = if taken > 0 { format!(", {taken} unchanged since the earlier delivery") } else { String::new() };
    let ceiling = pass.ceiling_dbtp.map_or_else(|| "off".into(), |ceiling| format!("{ceiling:.2} dBTP"));
    sheet.facts([
        ("Verdict", format!("{word}: {}", report::summary(verdicts))),
        ("Judged by", format!("{} ({}), as of {}", profile.name, profile.id, profile.date)),
        ("Album", or_dash(&album.title)),
        ("Artist", or_dash(&album.artist)),
        ("UPC/EAN", or_dash(album.upc.as_deref().unwrap_or_default())),
        ("Catalogue number", or_dash(album.catalogue.as_deref().unwrap_or_default())),
        ("Pass", format!("{}, {}, dither {}", pass.kind, pass.depth, pass.dither)),
        ("True-peak guard", ceiling),
        ("Files", format!("{songs} songs, {} files in all{unchanged}", manifest.files.len() + 2)),
        ("Made on", manifest.platform.clone()),
    ]);
}

/// What does not pass, with time and remedy; then everything.
fn judged(sheet: &mut Sheet, manifest: &Manifest, verdicts: &[Verdict]) {
    let mut open: Vec<&Verdict> = verdicts.iter().filter(|verdict| verdict.result != Outcome::Pass).collect();
    open.sort_by_key(|verdict| std::cmp::Reverse(verdict.result));
    sheet.heading("What stands in the way");
    if open.is_empty() {
        sheet.text("Nothing: every check passes.");
    } else {
        let heads = ["What would fix it", "Result", "Check", "Where", "At", "Measured", "Limit", "Unit"];
        let mut table = left(Table::new(&heads), &[0, 1, 2, 3, 7]);
        for verdict in open {
            let at = spot(manifest, verdict).and_then(|spot| spot.at);
            let advice = remedy(verdict).or_else(|| verdict.remark.clone()).unwrap_or_default();
            table.row([
                advice,
                word(verdict.result).to_string(),
                verdict.check.replace('_', " "),
                verdict.r#where.clone().unwrap_or_else(|| "the whole".into()),
                at.map_or_else(|| NOTHING.into(), |at| clock(at.0)),
                verdict.readout(2).unwrap_or_else(|| NOTHING.into()),
                verdict.limit.map_or_else(|| NOTHING.into(), |limit| format!("{limit:.2}")),
                verdict.unit.clone(),
            ]);
        }
        sheet.table(table);
    }
    // What platforms do to the level is told in a table of its own.
    let told = verdicts.iter().filter(|verdict| verdict.check != "playback_gain");
    sheet.section("Every check").table(report::verdicts(told));
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Warn => "warn",
        Outcome::Fail => "FAIL",
    }
}

fn left(table: Table, columns: &[usize]) -> Table {
    columns.iter().fold(table, |table, column| table.aligned(*column, Align::Left))
}

fn files(manifest: &Manifest) -> Table {
    let heads = [
        "File", "Length", "Rate Hz", "I LUFS", "LRA LU", "M max", "S max", "TP dBTP", "at", "PLR dB", "Dither", "Made",
    ];
    let mut table = left(Table::new(&heads), &[0, 10, 11]);
    for (file, audio) in manifest.files.iter().filter_map(|file| Some((file, file.audio.as_ref()?))) {
        let figure = |key: &str| audio.measured.get(key).and_then(serde_json::Value::as_f64);
        let shown = |key: &str, digits: usize| figure(key).map_or(NOTHING.into(), |value| format!("{value:.digits$}"));
        // A peak is never shown lower than it is.
        let peak = figure("true_peak_dbtp")
            .map_or(NOTHING.into(), |peak| format!("{:.2}", (peak * 100.0 - 1e-9).ceil() / 100.0));
        table.row([
            file.name.clone(),
            clock(audio.frames as f64 / f64::from(audio.sample_rate_hz.max(1))),
            audio.sample_rate_hz.to_string(),
            shown("integrated_lufs", 1),
            shown("lra_lu", 1),
            shown("momentary_max_lufs", 1),
            shown("short_term_max_lufs", 1),
            peak,
            figure("true_peak_at_s").map_or(NOTHING.into(), clock),
            shown("plr_db", 1),
            audio.dither.clone().unwrap_or_else(|| NOTHING.into()),
            if file.taken_over { "unchanged (hash)".into() } else { "now".into() },
        ]);
    }
    table
}

fn conversions(sheet: &mut Sheet, manifest: &Manifest) {
    let mut table = left(Table::new(&["File", "What", "From Hz", "To Hz"]), &[0, 1]);
    for (file, audio) in manifest.files.iter().filter_map(|file| Some((file, file.audio.as_ref()?))) {
        for step in audio.conversions.iter().filter(|_| file.role == Role::Song) {
            table.row([file.name.clone(), step.what.clone(), step.from_hz.to_string(), step.to_hz.to_string()]);
        }
    }
    if !table.is_empty() {
        sheet.section("Conversions of rate").table(table);
    }
}

fn guard(sheet: &mut Sheet, manifest: &Manifest) {
    if manifest.guard.is_empty() {
        return;
    }
    let mut table = Table::new(&["At", "Length ms", "Deepest dB"]);
    let mut deepest: Vec<_> = manifest.guard.iter().collect();
    deepest.sort_by(|a, b| a.deepest_db.total_cmp(&b.deepest_db));
    for action in deepest.iter().take(MOST_ACTIONS) {
        table.row([
            clock(action.at_s),
            format!("{:.2}", 1000.0 * action.length_s),
            format!("{:.2}", action.deepest_db),
        ]);
    }
    sheet.section("What the true-peak guard did").table(table);
    if manifest.guard.len() > MOST_ACTIONS {
        sheet.text(format!("The deepest first; {} more are not listed.", manifest.guard.len() - MOST_ACTIONS));
    }
}

/// What came out of the shops' coders.
fn codecs(sheet: &mut Sheet, manifest: &Manifest) {
    if manifest.codecs.is_empty() {
        return;
    }
    sheet.heading("Behind the shops' coders").table(codec_table(manifest));
    sheet.text(
        "Encoded from the file's first sample, decoded in floating point and measured without clamping, then as a player \
         that clamps. A coder no verdict rests on is shown for information.",
    );
}

/// The codec matrix as a table: every trip with its peaks, unclamped and clamped, and where the highest is.
pub fn codec_table(manifest: &Manifest) -> Table {
    let heads =
        ["File", "Tier", "Coder", "kb/s", "TP in", "TP out", "Growth", "at", "Ch", "Overs", "Clamped TP", "Clamped"];
    let mut table = left(Table::new(&heads), &[0, 1, 2]);
    let level = |level: Option<Dbtp>| level.map_or(NOTHING.into(), |level| format!("{:.2}", level.0));
    for trip in &manifest.codecs {
        let coder = if trip.judges { trip.coder.clone() } else { format!("{} (not judged by)", trip.coder) };
        let Some(result) = &trip.result else {
            let why = trip.error.clone().unwrap_or_default();
            table.row([trip.file.clone(), trip.tier.clone(), format!("{coder}: {why}")]);
            continue;
        };
        table.row([
            trip.file.clone(),
            trip.tier.clone(),
            coder,
            format!("{:.0}", result.kilobits),
            level(result.original_true_peak_dbtp),
            level(result.true_peak_dbtp),
            result.growth_db.map_or(NOTHING.into(), |growth| format!("{:+.2}", growth.0)),
            result.true_peak_at_s.map_or(NOTHING.into(), |at| clock(at.0)),
            result.true_peak_channel.map_or(NOTHING.into(), |channel| (channel + 1).to_string()),
            result.over_count.to_string(),
            level(result.clamped_true_peak_dbtp),
            result.clamped_samples.to_string(),
        ]);
    }
    table
}

fn platforms(sheet: &mut Sheet, entries: &[PlatformEntry]) {
    if entries.is_empty() {
        return;
    }
    sheet.heading("How loud it is played").table(platform_table(entries));
    sheet.section("Track mode: gain in dB, and true peak after it").table(track_table(entries));
    sheet.text(
        "Playback gain is no fault of a master: nothing here fails. Album mode is shown by the loudest song (AES TD1008) \
         and by all songs as one programme. Evidence: A published by the platform or a standard, B measured, C third-party \
         tables, D conflicting.",
    );
}

/// Each platform with what it does to the album: target, gain, peak, headroom, evidence.
pub fn platform_table(entries: &[PlatformEntry]) -> Table {
    let heads = [
        "Platform",
        "Target",
        "Mode",
        "Album gain",
        "Peak",
        "Headroom",
        "As one",
        "Peak",
        "Headroom",
        "Evidence",
        "Source",
    ];
    let mut table = left(Table::new(&heads), &[0, 2, 9, 10]);
    let gain = |playback: &Option<Playback>| {
        playback.as_ref().map_or([NOTHING; 3].map(String::from), |playback| {
            let mark = if playback.limited { " limited" } else { "" };
            [
                format!("{:+.1}{mark}", playback.gain_db.0),
                format!("{:.1}", playback.true_peak_dbtp.0),
                format!("{:.1}", playback.headroom_db.0),
            ]
        })
    };
    for entry in entries {
        let mode = match entry.unit {
            Some(crate::profile::Unit::Track) => "track",
            Some(crate::profile::Unit::Album) => "album",
            Some(crate::profile::Unit::Both) => "both",
            None => "not known",
        };
        let target = entry.target_lufs.map_or("none".into(), |target| format!("{:.0}", target.0));
        let [a, b, c] = gain(&entry.album_by_loudest);
        let [d, e, f] = gain(&entry.album_as_one);
        let source = format!("{}, {}", entry.source, entry.date);
        table.row([
            entry.platform.clone(),
            target,
            mode.into(),
            a,
            b,
            c,
            d,
            e,
            f,
            format!("{:?}", entry.grade),
            source,
        ]);
    }
    table
}

/// Each song on each platform that plays it with a gain.
pub fn track_table(entries: &[PlatformEntry]) -> Table {
    let playing: Vec<&PlatformEntry> = entries.iter().filter(|entry| !entry.songs.is_empty()).collect();
    let heads: Vec<&str> = ["Song"].into_iter().chain(playing.iter().map(|entry| entry.platform.as_str())).collect();
    let mut table = left(Table::new(&heads), &[0]);
    let songs = playing.first().map_or(&[][..], |entry| &entry.songs);
    for (place, song) in songs.iter().enumerate() {
        let cell = |entry: &&PlatformEntry| {
            let playback = entry.songs.get(place);
            playback.map_or(NOTHING.into(), |p| format!("{:+.1} ({:.1})", p.gain_db.0, p.true_peak_dbtp.0))
        };
        let name = song.file.clone().unwrap_or_default();
        table.row([name].into_iter().chain(playing.iter().map(cell)));
    }
    table
}

fn ledger(sheet: &mut Sheet, making: &Making<'_>) {
    sheet.heading("Findings and what was decided about them");
    let entries = &making.manifest.ledger;
    if entries.is_empty() {
        sheet.text("No findings are in the ledger.");
        return;
    }
    let title = |song: &str| making.job.session.song(song).map(|song| song.title.clone());
    sheet.table(report::ledger_table(entries, &title));
}

fn recall(sheet: &mut Sheet, making: &Making<'_>) {
    sheet.new_page().heading("Recall sheet");
    let album = report::recall(&making.resolved.chain).map(|table| ("Album chain".to_string(), table));
    let songs = making.resolved.songs.iter().enumerate().filter_map(|(place, song)| {
        Some((format!("{:02} {}", place + 1, song.song.title), report::recall(&song.chain)?))
    });
    let chains: Vec<(String, Table)> = album.into_iter().chain(songs).collect();
    if chains.is_empty() {
        sheet.text("No chain has a stage: nothing is processed but what the pass itself does.");
    }
    for (name, table) in chains {
        sheet.section(name).table(table);
    }
    let mut levels = left(Table::new(&["Song", "Gain dB", "Fade in s", "Fade out s"]), &[0]);
    for (place, song) in making.resolved.songs.iter().enumerate() {
        let fade =
            |fade: Option<crate::session::Fade>| fade.map_or(NOTHING.into(), |fade| format!("{:.3}", fade.length.0));
        levels.row([
            format!("{:02} {}", place + 1, song.song.title),
            format!("{:+.2}", song.gain.0),
            fade(song.fade_in),
            fade(song.fade_out),
        ]);
    }
    sheet.section("Levels and fades behind the song chains").table(levels);
}

fn checksums(manifest: &Manifest) -> Table {
    let mut table = left(Table::new(&["File", "Bytes", "SHA-256", "MD5"]), &[0, 2, 3]);
    for FileEntry { name, bytes, sha256, md5, .. } in &manifest.files {
        table.row([name.clone(), bytes.to_string(), sha256.clone(), md5.clone()]);
    }
    table
}

fn sources(making: &Making<'_>) -> Table {
    let mut table = left(Table::new(&["Source", "Rate Hz", "SHA-256"]), &[0, 2]);
    for source in &making.manifest.sources {
        let known = making.contents.get(&source.id).or(source.sha256.as_ref());
        table.row([
            source.path.clone(),
            source.sample_rate_hz.to_string(),
            known.cloned().unwrap_or_else(|| NOTHING.into()),
        ]);
    }
    table
}
