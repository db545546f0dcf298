//! The plate beside the queue: why a pass passes or fails, its songs in every pass, what coders and platforms make of it,
//! and what a delivery will say before it is made.

use std::cell::RefCell;
use std::sync::Arc;

use iced::Length;
use iced::widget::{Column, column, container, row, scrollable};
use iced::{Padding, widget};
use lacquer_engine::analysis::verdict::worst;
use lacquer_engine::deliver::{Delivery, PlatformEntry, Preview, spot};
use lacquer_engine::report::table::{Align, Table};
use lacquer_engine::session::{Pass, Session};

use super::{Message, State, figures, padded};
use crate::desk::{DeliveryState, Desk};
use crate::theme::{Element, Theme, text as ink};
use crate::widget::grid::{self, Words};
use crate::widget::table::{self, Column as Place};
use crate::widget::{Layout, plate, segment, text, verdict};

/// What the plate shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// The checks, and what would fix them.
    #[default]
    Why,
    /// Every song in every pass.
    Songs,
    /// What came out of the coders.
    Coders,
    /// How loud platforms play it.
    Playback,
    /// The marks of the disc.
    Marks,
    /// The texts of the disc.
    Texts,
    /// The names of the files.
    Names,
    /// What will be written into the files.
    Tags,
}

const VIEWS: [(View, &str); 8] = [
    (View::Why, "Why"),
    (View::Songs, "Songs"),
    (View::Coders, "Coders"),
    (View::Playback, "Playback"),
    (View::Marks, "PQ"),
    (View::Texts, "CD-Text"),
    (View::Names, "Names"),
    (View::Tags, "Tags"),
];

/// A delivery that has not been made, kept until the session changes.
#[derive(Debug, Default)]
pub(super) struct Kept(RefCell<Option<Held>>);

/// A session, a pass of it, and what it will say.
type Held = (Arc<Session>, String, Result<Preview, String>);

impl Kept {
    fn of<T>(&self, desk: &Desk, pass: &str, with: impl FnOnce(&Result<Preview, String>) -> T) -> T {
        let now = desk.document.snapshot();
        let mut kept = self.0.borrow_mut();
        let held = kept.take().filter(|(session, of, _)| Arc::ptr_eq(session, &now) && of == pass);
        let (session, of, made) = held.unwrap_or_else(|| {
            let made = Preview::new(&now, pass).map_err(|error| error.to_string());
            (now, pass.to_string(), made)
        });
        let answer = with(&made);
        *kept = Some((session, of, made));
        answer
    }
}

impl State {
    pub(super) fn side<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        let Some(pass) = self.selected(desk) else { return plate::plate("Why", "", Vec::new(), text::word("")) };
        let state = desk.delivery(&pass.id);
        let mut keys = vec![segment::one_of(&VIEWS, self.view, Message::Show)];
        // The small window has no room for what the table above says as well.
        if desk.layout == Layout::Large {
            keys.push(verdict::verdict(figures::verdict(state)));
        }
        let content = match (self.view, state) {
            (View::Why, _) => self.why(desk, state),
            (View::Songs, _) => songs(desk),
            (View::Coders, DeliveryState::Done(delivery)) => coders(delivery),
            (View::Playback, DeliveryState::Done(delivery)) => playback(&delivery.manifest.playback),
            (View::Coders | View::Playback, _) => {
                padded(text::hint("Known when the pass has been rendered: it is told of the written files"))
            }
            (view, _) => self.preview.of(desk, &pass.id, |told| match told {
                Err(why) => padded(widget::text(why.clone()).style(ink::alarm)),
                Ok(preview) => previewed(preview, view),
            }),
        };
        plate::plate(pass.name.as_str(), "", keys, container(content).padding([4, 0]).height(Length::Fill))
    }
}

/// What a delivery will say.
fn previewed<'a>(preview: &Preview, view: View) -> Element<'a, Message> {
    let disc = preview.disc.as_ref();
    let problems = disc.map_or(&[][..], |disc| &disc.problems).iter().map(|problem| (problem.clone(), true)).collect();
    match (view, disc) {
        (View::Names, _) => sheet(vec![(None, &preview.files)], Vec::new()),
        (View::Tags, _) if preview.tags.is_empty() => {
            padded(text::hint("Files of this kind carry no tags: distributors and plants refuse them"))
        }
        (View::Tags, _) => sheet(vec![(None, &preview.tags)], Vec::new()),
        (View::Marks, Some(disc)) => sheet(vec![(None, &disc.marks)], problems),
        (_, Some(disc)) => {
            let texts = disc.texts.iter().map(|(name, table)| (Some(name.as_str()), table));
            sheet(texts.collect(), problems)
        }
        _ => padded(text::hint("Only a CD has marks and texts of a disc; select the CD pass")),
    }
}

/// Tables under each other with their headings, and sentences behind them; alarming ones are marked.
fn sheet<'a>(tables: Vec<(Option<&str>, &Table)>, sentences: Vec<(String, bool)>) -> Element<'a, Message> {
    let mut page: Column<'a, Message, Theme> = column![].spacing(8);
    for (sentence, alarming) in sentences {
        let words = widget::text(sentence).size(crate::theme::font::LABEL);
        page = page.push(if alarming { words.style(ink::alarm) } else { words.style(ink::text2) });
    }
    for (heading, table) in tables {
        page = page.push(heading.map(|heading| text::title(heading.to_string())));
        let numbers: Vec<bool> = (0..table.heads().len()).map(|at| table.align(at) == Align::Right).collect();
        page = page.push(grid::grid(Words { heads: table.heads(), rows: table.rows(), numbers: &numbers }));
    }
    let both = scrollable::Direction::Both {
        vertical: scrollable::Scrollbar::default(),
        horizontal: scrollable::Scrollbar::default(),
    };
    let room = Padding { top: 4.0, right: 12.0, bottom: 12.0, left: 12.0 };
    scrollable(container(page).padding(room)).direction(both).width(Length::Fill).height(Length::Fill).into()
}

/// Every song in every pass: how its files were judged.
fn songs<'a>(desk: &'a Desk) -> Element<'a, Message> {
    let passes = &desk.session().passes;
    let mut columns = vec![Place::words("Song", Length::FillPortion(3))];
    columns.extend(passes.iter().map(|pass| Place::words(pass.name.as_str(), Length::FillPortion(2))));
    let mut rows: Column<'a, Message, Theme> = column![];
    for (place, song) in desk.session().songs.iter().enumerate() {
        let title = format!("{:02} {}", place + 1, song.title);
        let mut cells: Vec<Element<'a, Message>> = vec![container(text::word(title)).clip(true).into()];
        cells.extend(passes.iter().map(|pass| verdict::verdict(of_song(desk, pass, &song.id))));
        rows = rows.push(table::row(&columns, cells, 32.0, None, Some(Message::Song(song.id.clone()))));
    }
    column![table::head(&columns), scrollable(rows).height(Length::Fill)].into()
}

/// How the files of a song are judged in a pass; what speaks of the whole album is no song's.
fn of_song(desk: &Desk, pass: &Pass, song: &str) -> verdict::Verdict {
    let DeliveryState::Done(delivery) = desk.delivery(&pass.id) else {
        return match desk.delivery(&pass.id) {
            DeliveryState::Waiting | DeliveryState::Running { .. } => verdict::Verdict::Waiting,
            _ => verdict::Verdict::NotRun,
        };
    };
    let files = &delivery.manifest.files;
    if !files.iter().any(|file| file.audio.as_ref().is_some_and(|audio| audio.song.as_deref() == Some(song))) {
        return verdict::Verdict::NotRun;
    }
    let own = delivery.verdicts.iter();
    let own = own.filter(|check| spot(&delivery.manifest, check).is_some_and(|spot| spot.song == song));
    figures::of_outcome(worst(own))
}

/// The matrix of songs and tiers, and the places that are over.
fn coders<'a>(delivery: &Delivery) -> Element<'a, Message> {
    let trips = &delivery.manifest.codecs;
    if trips.is_empty() {
        return padded(text::hint(
            "Not asked for: switch Coders on and render, unchanged songs are not rendered again",
        ));
    }
    let mut tiers: Vec<&str> = Vec::new();
    let mut files: Vec<&str> = Vec::new();
    for trip in trips {
        if !tiers.contains(&trip.tier.as_str()) {
            tiers.push(&trip.tier);
        }
        if !files.contains(&trip.file.as_str()) {
            files.push(&trip.file);
        }
    }
    let heads: Vec<&str> = ["Decoded, dBTP"].into_iter().chain(tiers.iter().copied()).collect();
    let mut matrix = Table::new(&heads).aligned(0, Align::Left);
    for file in files {
        let cell = |tier: &&str| {
            let trip = trips.iter().find(|trip| trip.file == *file && trip.tier == **tier);
            let peak = trip.and_then(|trip| trip.result.as_ref()?.true_peak_dbtp);
            peak.map_or("-".to_string(), |peak| format!("{:+.2}", peak.0))
        };
        matrix.row([file.to_string()].into_iter().chain(tiers.iter().map(cell)));
    }
    let heads = ["Over 0 dBTP", "Tier", "Places", "Highest", "At", "Ch", "Clamped", "Samples"];
    let mut overs = Table::new(&heads).aligned(0, Align::Left).aligned(1, Align::Left);
    let results = trips.iter().filter_map(|trip| Some((trip, trip.result.as_ref()?)));
    for (trip, result) in results.filter(|(_, result)| result.over_count > 0) {
        let level =
            |level: Option<lacquer_engine::unit::Dbtp>| level.map_or("-".into(), |level| format!("{:+.2}", level.0));
        overs.row([
            trip.file.clone(),
            trip.tier.clone(),
            result.over_count.to_string(),
            level(result.true_peak_dbtp),
            result.true_peak_at_s.map_or("-".into(), |at| lacquer_engine::report::clock(at.0)),
            result.true_peak_channel.map_or("-".into(), |channel| (channel + 1).to_string()),
            level(result.clamped_true_peak_dbtp),
            result.clamped_samples.to_string(),
        ]);
    }
    let mut coders: Vec<String> = Vec::new();
    for trip in trips {
        let coder = if trip.judges { trip.coder.clone() } else { format!("{} (not judged by)", trip.coder) };
        if !coders.contains(&coder) {
            coders.push(coder);
        }
    }
    let named = vec![(format!("Encoded by {}", coders.join(", ")), false)];
    let tables = if overs.is_empty() { vec![(None, &matrix)] } else { vec![(None, &matrix), (None, &overs)] };
    sheet(tables, named)
}

/// What each platform does to the album, and to each song by itself.
fn playback<'a>(entries: &[PlatformEntry]) -> Element<'a, Message> {
    if entries.is_empty() {
        return padded(text::hint("The profile of this pass knows no platforms that set a playback gain"));
    }
    let heads = ["Platform", "LUFS", "Mode", "Album gain", "Peak", "Headroom", "As one", "Evidence"];
    let mut table = Table::new(&heads).aligned(0, Align::Left).aligned(2, Align::Left).aligned(7, Align::Left);
    for entry in entries {
        let mode = match entry.unit {
            Some(lacquer_engine::profile::Unit::Track) => "track",
            Some(lacquer_engine::profile::Unit::Album) => "album",
            Some(lacquer_engine::profile::Unit::Both) => "both",
            None => "not known",
        };
        let album = entry.album_by_loudest.as_ref();
        let shown = |value: Option<f64>| value.map_or("-".to_string(), |value| format!("{value:.1}"));
        table.row([
            entry.platform.clone(),
            entry.target_lufs.map_or("none".into(), |target| format!("{:.0}", target.0)),
            mode.into(),
            album.map_or("-".into(), |album| format!("{:+.1}", album.gain_db.0)),
            shown(album.map(|album| album.true_peak_dbtp.0)),
            shown(album.map(|album| album.headroom_db.0)),
            entry.album_as_one.as_ref().map_or("-".into(), |one| format!("{:+.1}", one.gain_db.0)),
            format!("{:?}: {}", entry.grade, entry.source),
        ]);
    }
    let songs = lacquer_engine::deliver::track_table(entries);
    let tables = vec![
        (Some("Album mode: one gain by the loudest song, and with all songs as one"), &table),
        (Some("Track mode: gain in dB, and the true peak after it"), &songs),
    ];
    sheet(tables, vec![("Playback gain is no fault of a master: nothing here fails".into(), false)])
}

/// A row of keys with what they would do.
pub(super) fn keys<'a>(keys: Vec<Element<'a, Message>>) -> Element<'a, Message> {
    row(keys).spacing(8).into()
}
