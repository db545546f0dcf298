//! The songs of a pass on its sides, as one list: headings of sides and songs are dragged alike, so that a heading that is
//! dragged turns the record over elsewhere.

use iced::widget::{Column as List, column, container, row, scrollable, space};
use iced::{Alignment, Length, Padding};
use lacquer_engine::session::{Resolved, SideName};

use crate::desk::Desk;
use crate::theme::plate::Meaning;
use crate::theme::{Element, font, text as ink};
use crate::widget::reorder::reorder;
use crate::widget::table::{self, Column};
use crate::widget::text;

/// A row of the list.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// A side begins.
    Side(SideName),
    /// A song by its place in the pass.
    Song(usize),
}

/// The rows of a pass.
pub fn items(resolved: &Resolved) -> Vec<Item> {
    let side = |(name, songs): (SideName, std::ops::Range<usize>)| {
        std::iter::once(Item::Side(name)).chain(songs.map(Item::Song)).collect::<Vec<_>>()
    };
    resolved.sides().into_iter().flat_map(side).collect()
}

/// The sides, by ids of songs, after a row was dragged to a place between rows. Sides without a song go away.
pub fn dealt(resolved: &Resolved, from: usize, to: usize) -> Vec<Vec<String>> {
    let mut items = items(resolved);
    if from < items.len() {
        let item = items.remove(from);
        items.insert(to.min(items.len()), item);
    }
    gathered(resolved, &items)
}

/// The sides with a song moved to the next side, or to the one before.
pub fn turned(resolved: &Resolved, song: usize, later: bool) -> Vec<Vec<String>> {
    let mut items = items(resolved);
    let Some(place) = items.iter().position(|item| *item == Item::Song(song)) else {
        return gathered(resolved, &items);
    };
    let heading = |item: &Item| matches!(item, Item::Side(_));
    if later {
        // Behind the last side there is always another one.
        let item = items.remove(place);
        match items[place..].iter().position(heading) {
            Some(next) => items.insert(place + next + 1, item),
            None => {
                items.push(Item::Side(SideName::A));
                items.push(item);
            }
        }
    } else if let Some(own) = items[..place].iter().rposition(heading).filter(|own| *own > 0) {
        let item = items.remove(place);
        items.insert(own, item);
    }
    gathered(resolved, &items)
}

fn gathered(resolved: &Resolved, items: &[Item]) -> Vec<Vec<String>> {
    let mut sides: Vec<Vec<String>> = Vec::new();
    for item in items {
        match item {
            Item::Side(_) => sides.push(Vec::new()),
            Item::Song(song) => {
                if sides.is_empty() {
                    sides.push(Vec::new());
                }
                if let (Some(side), Some(song)) = (sides.last_mut(), resolved.songs.get(*song)) {
                    side.push(song.song.id.clone());
                }
            }
        }
    }
    sides.retain(|side| !side.is_empty());
    sides
}

/// Length of the songs `range` with the pauses between them, in s, by the plan.
pub fn length_s(desk: &Desk, range: &std::ops::Range<usize>) -> Option<f64> {
    let plan = desk.plan.as_ref()?;
    let (first, last) = (plan.songs.get(range.start)?, plan.songs.get(range.end.checked_sub(1)?)?);
    Some((last.end - first.start) as f64 / plan.rate.hz())
}

/// `m:ss.t`
pub fn minutes(seconds: f64) -> String {
    let tenths = (seconds.max(0.0) * 10.0).round() as u64;
    format!("{}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10)
}

/// What a row shows beside its name: two numbers.
pub type Numbers = (String, String);

/// The list: `on_side` and `on_song` give the numbers of a row, `on_move` and `on_select` its messages.
pub fn list<'a, Message: Clone + 'a>(
    desk: &'a Desk,
    resolved: &Resolved,
    heads: [&'a str; 3],
    side: impl Fn(usize) -> Numbers,
    song: impl Fn(usize) -> Numbers,
    on_move: impl Fn(usize, usize) -> Message + 'a,
    on_select: impl Fn(String) -> Message,
) -> Element<'a, Message> {
    let height = table::row_height(desk.layout);
    let columns =
        [Column::words(heads[0], Length::Fill), Column::numbers(heads[1], 56.0), Column::numbers(heads[2], 72.0)];
    let mut rows: List<'a, Message, crate::theme::Theme> = column![];
    let items = items(resolved);
    let (mut sides, mut number) = (0, 0);
    let mut letter = SideName::A;
    for item in &items {
        rows = rows.push(match item {
            Item::Side(name) => {
                (letter, number) = (*name, 0);
                sides += 1;
                let (first, second) = side(sides - 1);
                heading(*name, first, second, height)
            }
            Item::Song(place) => {
                number += 1;
                let document = &resolved.songs[*place].song;
                let (first, second) = song(*place);
                let chosen = desk.song.as_ref() == Some(&document.id);
                let name = row![
                    text::mono(format!("{letter}{number}"), font::LABEL).style(ink::text2),
                    container(text::word(document.title.clone())).width(Length::Fill).clip(true)
                ]
                .spacing(8)
                .align_y(Alignment::Center);
                let cells: Vec<Element<'a, Message>> =
                    vec![name.into(), text::mono(first, font::BODY).into(), text::mono(second, font::BODY).into()];
                table::row(&columns, cells, height, chosen.then_some(Meaning::A), Some(on_select(document.id.clone())))
            }
        });
    }
    let rows = reorder(rows, height, items.len(), on_move);
    column![table::head(&columns), scrollable(rows).height(Length::Fill)].height(Length::Fill).into()
}

fn heading<'a, Message: 'a>(name: SideName, first: String, second: String, height: f32) -> Element<'a, Message> {
    row![
        text::title(format!("Side {name}")),
        space::horizontal(),
        container(text::mono(first, font::BODY)).width(56).align_x(iced::alignment::Horizontal::Right),
        container(text::mono(second, font::BODY)).width(64).align_x(iced::alignment::Horizontal::Right)
    ]
    .spacing(12)
    .height(height)
    .align_y(Alignment::Center)
    .padding(Padding::from([0.0, 12.0]))
    .into()
}

#[cfg(test)]
mod tests {
    use lacquer_engine::session::{Document, Edit, NewSong};

    use super::*;

    /// Four songs, the third begins side B.
    fn pass() -> Resolved {
        let mut document = Document::new();
        for (index, title) in ["one", "two", "three", "four"].into_iter().enumerate() {
            let source = "id = ''\npath = 'a.wav'\nrate = 44100\nbits = 16\nlayout = 'stereo'\nframes = 441000\nsize = 1\nmodified = 0\nhead_tail = ''";
            let sources = vec![toml::from_str(source).expect("a source")];
            let song = NewSong { title: title.into(), artist: String::new(), isrc: String::new(), sources };
            let edit = Edit::add_song(&document, &song, index).expect("a song").0;
            document.apply(edit).expect("applied");
        }
        for change in ["pass+=vinyl name=LP", "pass.lp.entry.3.side=B"] {
            let edit = Edit::parse(&document, change).expect("an edit");
            document.apply(edit).expect("applied");
        }
        document.session().resolve("lp").expect("the pass")
    }

    fn titles(resolved: &Resolved, sides: &[Vec<String>]) -> Vec<Vec<String>> {
        let title = |id: &String| {
            let song = resolved.songs.iter().find(|song| song.song.id == *id);
            song.map(|song| song.song.title.clone()).unwrap_or_default()
        };
        sides.iter().map(|side| side.iter().map(title).collect()).collect()
    }

    #[test]
    fn rows_are_dragged_over_headings_and_headings_over_rows() {
        let resolved = pass();
        // 0 A, 1 one, 2 two, 3 B, 4 three, 5 four
        let moved = |from, to| titles(&resolved, &dealt(&resolved, from, to));
        assert_eq!(moved(2, 4), [vec!["one"], vec!["three", "two", "four"]]);
        assert_eq!(moved(4, 1), [vec!["three", "one", "two"], vec!["four"]]);
        assert_eq!(moved(3, 4), [vec!["one", "two", "three"], vec!["four"]]);
        assert_eq!(moved(3, 0), [vec!["one", "two", "three", "four"]], "no side without a song");
    }

    #[test]
    fn a_song_turns_to_the_next_side_and_back() {
        let resolved = pass();
        let turn = |song, later| titles(&resolved, &turned(&resolved, song, later));
        assert_eq!(turn(1, true), [vec!["one"], vec!["two", "three", "four"]]);
        assert_eq!(turn(2, false), [vec!["one", "two", "three"], vec!["four"]]);
        assert_eq!(turn(3, true), [vec!["one", "two"], vec!["three"], vec!["four"]]);
        assert_eq!(turn(0, false), [vec!["one", "two"], vec!["three", "four"]]);
    }
}
