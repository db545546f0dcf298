//! The table of findings: filters, sorted columns, only the rows that are seen, and what can be decided.

use std::fmt;

use iced::widget::{button, column, container, pick_list, row, rule, scrollable, space, text_input};
use iced::{Alignment, Length, Padding};
use lacquer_engine::analysis::finding::{self, Kind, Severity};
use lacquer_engine::qc::ledger::Presence;

use super::rows::Row;
use super::{Column, LIST, Message, REASON, Standing, State};
use crate::desk::Desk;
use crate::theme::plate::Meaning;
use crate::theme::{Element, field as well, font, icon, key as look, plate as ground, rule as lines, text as ink};
use crate::widget::key::{self, Kind as KeyKind};
use crate::widget::table::{self, Column as Place};
use crate::widget::{Layout, header, places, plate, text};

/// Height of a row with its line, px.
pub fn row_height(layout: Layout) -> f32 {
    layout.pick(40.0, 25.0)
}

/// Rows laid out beyond the edges of what is seen: a turn of the wheel shows no gap.
const BEYOND: usize = 6;
/// Height of the album's strip, px.
const ALBUM: f32 = 124.0;

fn columns(layout: Layout) -> [(Column, Place<'static>); 7] {
    let large = layout == Layout::Large;
    [
        (Column::Severity, Place::words("Severity", Length::Fixed(if large { 92.0 } else { 84.0 }))),
        (Column::Time, Place::words("Time", Length::Fixed(88.0))),
        (Column::Song, Place::words("Song", Length::FillPortion(5))),
        (Column::Check, Place::words("Check", Length::FillPortion(6))),
        (Column::Value, Place::numbers("Value", if large { 148.0 } else { 132.0 })),
        (Column::Value, Place::numbers("Limit", 72.0)),
        (Column::State, Place::words("State", Length::FillPortion(6))),
    ]
}

/// A choice of a drop-down.
#[derive(Debug, Clone, PartialEq)]
struct Choice<T> {
    value: T,
    name: String,
}

impl<T> fmt::Display for Choice<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
    }
}

fn drop_down<'a, T: Clone + PartialEq + 'static>(
    choices: Vec<Choice<T>>,
    chosen: &T,
    width: f32,
    on_choice: impl Fn(T) -> Message + 'a,
) -> Element<'a, Message> {
    let now = choices.iter().find(|choice| choice.value == *chosen).cloned();
    pick_list(choices, now, move |choice| on_choice(choice.value))
        .text_size(font::BODY)
        .font(font::INTER)
        .padding(Padding::from([2, 8]))
        .width(width)
        .handle(header::drop_handle())
        .into()
}

impl State {
    pub(super) fn findings<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        let edge = desk.layout.pick(12.0, 8.0);
        let mut content = column![self.filters(desk), self.head(desk), self.list(desk)];
        if desk.layout == Layout::Large {
            let selected = desk.selected_song().zip(desk.plan.as_ref());
            let seconds = |frame: u64, rate: f64| frame as f64 / rate;
            let album = places::Album {
                selected: selected
                    .map(|(song, plan)| (seconds(song.start, plan.rate.hz()), seconds(song.end, plan.rate.hz()))),
                chosen: self.row().and_then(|row| row.at),
                playhead_s: desk.plan.as_ref().map(|_| desk.seconds(desk.position())),
                ..self.album.clone()
            };
            let strip = column![text::label("On the album"), places::places(album, Message::Mark)].spacing(4);
            content = content.push(container(strip).height(ALBUM).padding(Padding {
                left: edge,
                right: edge,
                top: 8.0,
                bottom: 0.0,
            }));
        }
        plate::ground(container(content.push(self.foot(desk))).width(Length::Fill).height(Length::Fill), ground::plate)
    }

    fn filters<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        let tally = desk.quality.tally;
        let filter = &self.rows.filter;
        let chip = |severity: Severity, count: usize, word: &'static str| {
            let on = filter.severities.contains(&severity);
            let (glyph, style): (char, fn(&crate::theme::Theme) -> iced::widget::text::Style) = match severity {
                Severity::Fail => (icon::X, ink::alarm),
                Severity::Warn => (icon::TRIANGLE_ALERT, ink::warning),
                Severity::Info => (icon::INFO, ink::text2),
            };
            let style = if on { style } else { ink::disabled };
            let words = format!("{count} {word}{}", if count == 1 { "" } else { "s" });
            let face = row![text::icon(glyph, 13.0).style(style), text::label(words).style(style)];
            let face = button(face.spacing(6).height(Length::Fill).align_y(Alignment::Center))
                .padding(Padding::from([0, 8]))
                .height(28)
                .on_press(Message::Severity(severity));
            Element::from(if on { face.style(look::plain) } else { face.style(look::bare) })
        };
        let standings = [
            (Standing::All, "all"),
            (Standing::Open, "open"),
            (Standing::Waived, "waived"),
            (Standing::Fixed, "fixed"),
        ];
        let standings = standings.map(|(value, name)| Choice { value, name: format!("state: {name}") }).to_vec();
        let mut kinds: Vec<Choice<Option<Kind>>> = vec![Choice { value: None, name: "all checks".into() }];
        kinds.extend(self.rows.kinds.iter().map(|kind| Choice { value: Some(*kind), name: kind.title().into() }));
        let mut songs: Vec<Choice<Option<String>>> = vec![Choice { value: None, name: "all songs".into() }];
        let heard = desk.plan.iter().flat_map(|plan| plan.songs.iter().zip(1..));
        songs.extend(heard.map(|(song, number)| Choice {
            value: Some(song.id.clone()),
            name: format!("{number:02} {}", song.title),
        }));
        let narrow = desk.layout.pick(1.0, 0.8);
        let look = match desk.quality.running {
            Some(_) => key::key("Stop", Some(Message::Stop)),
            None => key::key(desk.layout.pick("Run again", "Again"), Some(Message::Look)),
        };
        row![
            text::title("Findings"),
            space().width(4),
            chip(Severity::Fail, tally.errors, "error"),
            chip(Severity::Warn, tally.warnings, "warning"),
            chip(Severity::Info, tally.notes, "note"),
            space::horizontal(),
            drop_down(standings, &filter.standing, 120.0, Message::Standing),
            drop_down(kinds, &filter.kind, 152.0 * narrow, Message::Kind),
            drop_down(songs, &filter.song, 140.0 * narrow, Message::Song),
            look,
        ]
        .spacing(8)
        .height(plate::HEADER)
        .align_y(Alignment::Center)
        .padding(Padding::from([0.0, plate::PADDING]))
        .into()
    }

    fn head<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        let cells = columns(desk.layout).into_iter().enumerate().map(|(index, (by, place))| {
            let sorted = self.rows.by == by && place.name != "Limit";
            let arrow = if self.rows.reversed { icon::ARROW_UP } else { icon::ARROW_DOWN };
            let mut words = row![text::label(place.name)].spacing(4).align_y(Alignment::Center);
            if sorted {
                words = words.push(text::icon(arrow, 11.0).style(ink::text2));
            }
            let face = button(container(words).width(Length::Fill).align_x(place.align).center_y(Length::Fill))
                .padding(0)
                .width(place.width)
                .height(24)
                .style(look::bare);
            // The limit is sorted with the value.
            Element::from(if index == 5 { face } else { face.on_press(Message::Sort(by)) })
        });
        let line = row(cells).spacing(12).padding(Padding::from([0, 12])).height(24).align_y(Alignment::Center);
        column![line, rule::horizontal(1).style(lines::row)].into()
    }

    fn list<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        if self.rows.shown.is_empty() {
            return container(text::word2(self.emptiness(desk))).center(Length::Fill).into();
        }
        let height = row_height(desk.layout);
        let count = self.rows.shown.len();
        let first = ((self.offset / height) as usize).saturating_sub(BEYOND).min(count);
        let last = (((self.offset + self.height) / height) as usize + 1 + BEYOND).min(count);
        let places = columns(desk.layout).map(|(_, place)| place);
        let seen =
            self.rows.shown[first..last].iter().map(|index| self.line(desk, &self.rows.all[*index], &places, height));
        let rows = column![
            space().height(first as f32 * height),
            column(seen),
            space().height((count - last) as f32 * height)
        ];
        scrollable(rows)
            .id(LIST)
            .on_scroll(|view| Message::Scrolled(view.absolute_offset().y, view.bounds().height))
            .height(Length::Fill)
            .into()
    }

    fn emptiness(&self, desk: &Desk) -> &'static str {
        match () {
            () if !self.rows.all.is_empty() => "No finding fits what is asked for",
            () if desk.quality.running.is_some() => "Looking through the album\u{2026}",
            () if !desk.quality.is_whole(desk.session()) => {
                "Not looked through yet: Run again looks through every source"
            }
            () => "Nothing was found",
        }
    }

    fn line<'a>(&'a self, desk: &'a Desk, row: &'a Row, places: &[Place<'a>], height: f32) -> Element<'a, Message> {
        let selected = self.selected.as_ref() == Some(&row.id);
        let done = row.state != finding::State::Open || row.presence == Presence::Gone;
        let words = |shown: String| if selected { text::title(shown) } else { text::word(shown) };
        let words = |shown: String| if done { words(shown).style(ink::text2) } else { words(shown) };
        let (song, check, why) = desk.layout.pick((21, 26, 22), (26, 32, 28));
        let clipped = |word: iced::widget::Text<'a, crate::theme::Theme>| {
            Element::from(container(word).width(Length::Fill).clip(true))
        };
        let unit = desk.layout.pick(60.0, 52.0);
        let value = row![
            space::horizontal(),
            text::mono(row.value.as_str(), font::TABLE),
            container(text::label(short(&row.unit))).width(unit).clip(true)
        ]
        .spacing(4)
        .align_y(Alignment::Center);
        let cells: Vec<Element<'a, Message>> = vec![
            severity(row.severity, done),
            text::mono(row.time.as_str(), font::TABLE).into(),
            clipped(words(cut(&row.place, song))),
            clipped(words(cut(&row.check, check))),
            value.into(),
            text::mono(row.limit.as_str(), font::TABLE).style(ink::text2).into(),
            standing(row, why),
        ];
        table::row(places, cells, height, selected.then_some(Meaning::A), Some(Message::Select(row.id.clone())))
    }

    fn foot<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        let edge = desk.layout.pick(12.0, 8.0);
        let line = match &self.waiver {
            Some(waiver) => {
                let field = |hint: &'static str, value: &'a str| {
                    text_input(hint, value).size(font::BODY).font(font::INTER).padding(Padding::from([7, 10]))
                };
                row![
                    text::label("Waive"),
                    field("why it may stay", &waiver.reason)
                        .id(REASON)
                        .on_input(Message::Reason)
                        .on_submit(Message::Accept)
                        .style(if waiver.wrong { well::refused } else { well::field })
                        .width(Length::Fill),
                    field("your name", &desk.quality.by)
                        .on_input(Message::By)
                        .on_submit(Message::Accept)
                        .style(well::field)
                        .width(desk.layout.pick(180.0, 120.0)),
                    key::key("Waive it", Some(Message::Accept)).kind(KeyKind::Primary).width(120).height(32.0),
                    key::key("Cancel", Some(Message::GiveUp)).height(32.0),
                ]
            }
            None => self.keys(desk),
        };
        line.spacing(8).height(48).align_y(Alignment::Center).padding(Padding::from([0.0, edge])).into()
    }

    fn keys<'a>(&'a self, desk: &'a Desk) -> iced::widget::Row<'a, Message, crate::theme::Theme> {
        let row_ = self.row();
        let state = row_.map(|row| row.state);
        let playing = self.listening && desk.monitor.transport().playing;
        let some = !self.rows.shown.is_empty();
        let decide = |message: Message, unlike: finding::State| state.filter(|state| *state != unlike).map(|_| message);
        let primary = desk.layout.pick(168.0, 132.0);
        row![
            key::key(desk.layout.pick("Next finding", "Next"), some.then_some(Message::Step(1)))
                .kind(KeyKind::Primary)
                .shortcut("N")
                .width(primary)
                .height(32.0),
            key::key("Loop", self.can_listen(desk).then_some(Message::Listen))
                .kind(KeyKind::Toggle(playing))
                .shortcut("Space")
                .width(116)
                .height(32.0),
            key::key("Waive", decide(Message::Waive, finding::State::Waived)).shortcut("W").width(92).height(32.0),
            key::key("Fixed", decide(Message::Fixed, finding::State::Fixed)).height(32.0),
            key::key("Open again", decide(Message::Open, finding::State::Open)).height(32.0),
            space::horizontal(),
            container(text::label(self.analysed(desk))).clip(true),
        ]
    }

    /// How far the album has been looked through.
    fn analysed(&self, desk: &Desk) -> String {
        let (seconds, total, done, count) = desk.quality.done(desk.session());
        let minutes = |seconds: f64| format!("{:.0}:{:04.1}", (seconds / 60.0).floor(), seconds.rem_euclid(60.0));
        let rows = match (self.rows.shown.len(), self.rows.all.len()) {
            (shown, all) if shown == all => format!("{all} in all"),
            (shown, all) => format!("{shown} of {all} shown"),
        };
        let failed = desk.quality.inspections.values().filter(|one| one.is_err()).count();
        let failed = if failed > 0 { format!(", {failed} cannot be read") } else { String::new() };
        let large = desk.layout == Layout::Large;
        match (&desk.quality.running, desk.quality.took_s) {
            (Some(_), _) if large => format!("{rows}; looking: {} of {} min", minutes(seconds), minutes(total)),
            (Some(_), _) => format!("{:.0} %", 100.0 * seconds / total.max(1e-9)),
            (None, took) if large => {
                let took = took.map_or_else(String::new, |took| format!(", took {took:.0} s"));
                format!(
                    "{rows}; analysed {} of {} min, {done} of {count} files{took}{failed}",
                    minutes(seconds),
                    minutes(total)
                )
            }
            (None, _) if desk.surveying.is_some() => format!("{done} of {count} files, waits"),
            (None, _) => format!("{done} of {count} files{failed}"),
        }
    }
}

/// A unit as the column has room for it.
fn short(unit: &str) -> &str {
    match unit {
        "correlation" => "corr",
        "probability" => "sure",
        "samples" => "smp",
        other => other,
    }
}

/// A text as long as there is room, with an ellipsis where it goes on.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.into();
    }
    text.chars().take(most - 1).chain(['\u{2026}']).collect()
}

/// The sign and the word of a severity.
fn severity<'a>(severity: Severity, done: bool) -> Element<'a, Message> {
    let (glyph, word, style): (char, &'static str, fn(&crate::theme::Theme) -> iced::widget::text::Style) =
        match severity {
            Severity::Fail => (icon::X, "error", ink::alarm),
            Severity::Warn => (icon::TRIANGLE_ALERT, "warning", ink::warning),
            Severity::Info => (icon::INFO, "note", ink::text2),
        };
    let style = if done { ink::text2 } else { style };
    row![text::icon(glyph, font::TABLE).style(style), text::label(word).style(style)]
        .spacing(6)
        .align_y(Alignment::Center)
        .into()
}

/// What was decided, and why.
fn standing<'a>(row_: &Row, most: usize) -> Element<'a, Message> {
    let word = match (row_.state, row_.presence) {
        (finding::State::Waived, _) => "waived",
        (finding::State::Fixed, _) if row_.repaired => "repaired",
        (finding::State::Fixed, _) => "fixed",
        (finding::State::Open, Presence::Gone) => "gone",
        (finding::State::Open, _) => "open",
    };
    let open = word == "open";
    let word = if open { text::word(word) } else { text::word2(word) };
    container(row![word, text::label(cut(&row_.decision, most))].spacing(8).align_y(Alignment::Center))
        .width(Length::Fill)
        .clip(true)
        .into()
}
