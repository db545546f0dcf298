//! The metadata grid: a row per song, the album above it, paste from a spreadsheet, codes that count on, and what a disc or
//! a shop would not take.

use iced::widget::{column, container, row, scrollable};
use iced::{Alignment, Length, Padding};
use lacquer_engine::session::{ALBUM_COLUMNS, Column as TextColumn, Edit, SONG_COLUMNS, Song};

use super::bench::{self, Bench};
use super::{Message, NUMBER};
use crate::desk::Desk;
use crate::desk::album::Ask;
use crate::theme::plate::Meaning;
use crate::theme::{Element, font, plate as ground, text as ink};
use crate::widget::table::{self, Column};
use crate::widget::{Layout, field, key, plate, text};

/// Texts of a song that have a column, by the layout.
fn shown(layout: Layout) -> &'static [TextColumn] {
    match layout {
        Layout::Large => &SONG_COLUMNS,
        Layout::Small => &SONG_COLUMNS[..5],
    }
}

/// The bench.
pub fn view(desk: &Desk) -> Element<'_, Message> {
    let warnings = desk.session().text_warnings();
    let facts: Vec<Element<'_, Message>> = match warnings.len() {
        0 => vec![text::label("nothing to be said about the texts").into()],
        1 => vec![text::label(warnings[0].clone()).style(ink::warning).into()],
        more => {
            let words = format!("{}, and {} more", warnings[0], more - 1);
            vec![text::label(words).style(ink::warning).into()]
        }
    };
    let songs: Vec<&Song> =
        desk.session().sequence(&desk.pass).iter().filter_map(|entry| desk.session().song(&entry.song)).collect();
    let mut columns = vec![Column::numbers("#", 28.0)];
    columns.extend(shown(desk.layout).iter().map(|one| match one.path {
        "isrc" => Column::words(one.name, Length::Fixed(128.0)),
        _ => Column::words(one.name, Length::Fill),
    }));
    let rows = column(songs.into_iter().enumerate().map(|(index, song)| line(desk, index, song, &columns)));
    let album_lines = desk.layout.pick(1, 2) as f32;
    let height = table::row_height(desk.layout) * bench::shown(desk, desk.session().songs.len()) as f32;
    let body = scrollable(rows).width(Length::Fill).height((height - 48.0 * album_lines).max(75.0));
    let content = column![bench::header(Bench::Texts, facts), album(desk), table::head(&columns), body, foot(desk)];
    plate::ground(container(content).width(Length::Fill), ground::plate)
}

/// The texts of the album, each in a well under its word.
fn album(desk: &Desk) -> Element<'_, Message> {
    let one = |known: &TextColumn| -> Element<'_, Message> {
        let (path, name) = (known.path, known.name);
        let now = desk.document.show(&format!("album.{path}")).unwrap_or_default();
        let now = now.trim_matches('"').to_string();
        let face = if path == "upc" { font::MONO } else { font::INTER };
        let accept = move |typed: &str| {
            let edit = Edit::set_album(&desk.document, path, typed.trim());
            edit.map(|edit| Message::Word(Box::new(edit))).map_err(|error| match error {
                lacquer_engine::session::EditError::Refused { reason, .. } => reason,
                other => other.to_string(),
            })
        };
        column![text::label(name), field::words(now, "", face, accept)].spacing(2).width(Length::Fill).into()
    };
    let fields = ALBUM_COLUMNS.iter().filter(|known| known.path != "note");
    let all: Vec<&TextColumn> = fields.collect();
    let per_line = desk.layout.pick(all.len(), 5);
    let lines = all
        .chunks(per_line)
        .map(|chunk| row(chunk.iter().map(|known| one(known))).spacing(8).height(48).align_y(Alignment::Center).into());
    let edge = desk.layout.pick(12.0, 8.0);
    column(lines).padding(Padding { right: edge, left: edge, ..Padding::ZERO }).into()
}

/// The text of a song at a path inside it.
fn held<'a>(song: &'a Song, path: &str) -> &'a str {
    match path {
        "title" => &song.title,
        "artist" => &song.artist,
        "isrc" => &song.isrc,
        "credits.composer" => &song.credits.composer,
        "credits.lyricist" => &song.credits.lyricist,
        "credits.arranger" => &song.credits.arranger,
        "credits.producer" => &song.credits.producer,
        "credits.publisher" => &song.credits.publisher,
        _ => "",
    }
}

fn line<'a>(desk: &'a Desk, index: usize, song: &'a Song, columns: &[Column<'a>]) -> Element<'a, Message> {
    let selected = desk.song.as_ref() == Some(&song.id);
    let mut cells: Vec<Element<'a, Message>> =
        vec![text::mono((index + 1).to_string(), NUMBER).style(ink::text2).into()];
    for known in shown(desk.layout) {
        let path = known.path;
        let (now, face) = (held(song, path), if path == "isrc" { font::MONO } else { font::INTER });
        cells.push(match selected {
            true => {
                let accept =
                    move |typed: &str| bench::typed(desk, &format!("song.{}.{path}={}", song.id, typed.trim()));
                field::words(now, "", face, accept).into()
            }
            false => {
                let word = if path == "isrc" { text::mono(now, font::BODY) } else { text::word(now) };
                let style = if song.disabled {
                    ink::disabled
                } else if path == "title" {
                    ink::text
                } else {
                    ink::text2
                };
                container(bench::cell(word.style(style))).padding(Padding::from([0, 6])).into()
            }
        });
    }
    let bar = selected.then_some(Meaning::A);
    table::row(columns, cells, table::row_height(desk.layout), bar, Some(Message::Select(song.id.clone())))
}

fn foot(desk: &Desk) -> Element<'_, Message> {
    let ask = |ask| Some(Message::Ask(ask));
    let code = desk.song.as_ref().and_then(|id| desk.session().song(id)).map_or("", |song| song.isrc.as_str());
    let numbered = field::words(code, "ISRC of the selected song", font::MONO, move |typed| {
        let song = desk.song.as_deref().ok_or("select the song that has the first code")?;
        let edit = Edit::number_isrcs(&desk.document, song, typed.trim());
        edit.map(|edit| Message::Word(Box::new(edit))).map_err(|error| match error {
            lacquer_engine::session::EditError::Refused { reason, .. } => reason,
            other => other.to_string(),
        })
    });
    let mut left: Vec<Element<'_, Message>> = vec![
        key::key("Paste", ask(Ask::PasteTexts)).into(),
        key::key("Copy all", ask(Ask::CopyTexts)).into(),
        key::key("Import\u{2026}", ask(Ask::ImportTexts)).into(),
        key::key("Export\u{2026}", ask(Ask::ExportTexts)).into(),
        key::key("From tags", ask(Ask::Tags)).into(),
        text::label("ISRCs from here on").into(),
        container(numbered).width(136).into(),
    ];
    let mut right = Vec::new();
    if desk.layout == Layout::Large {
        right.push(
            text::label("A paste begins at the title of the selected song; a row of heads names its columns").into(),
        );
    }
    left.push(key::key("Keep as template", ask(Ask::Template("house".into()))).into());
    bench::foot(desk, left, right)
}
