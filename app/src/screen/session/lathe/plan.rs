//! The plate of sides: disc, songs, the level of the cut and what to do about it.

use iced::widget::{column, container, row, rule, scrollable, space};
use iced::{Alignment, Length, Padding};
use lacquer_engine::medium::vinyl::split::Proposal;
use lacquer_engine::medium::vinyl::{Sector, Size, Speed, Stylus};
use lacquer_engine::session::{Resolved, SideName, Vinyl};
use lacquer_engine::unit::Db;

use super::super::sides::{self, minutes};
use super::{Message, current, look_key};
use crate::desk::Desk;
use crate::desk::medium::{Record, Wish};
use crate::theme::{Element, font, rule as lines, text as ink};
use crate::widget::key::{self, Kind};
use crate::widget::{Layout, field, number, plate, segment, text};

/// The plate.
pub fn plate<'a>(desk: &'a Desk, resolved: &Resolved, vinyl: &Vinyl) -> Element<'a, Message> {
    let record = current(desk, vinyl);
    let stale = record.is_none() && desk.medium.record.is_some();
    let aside = match (&desk.medium.share, stale) {
        (Some(share), _) => format!("cutting on paper, {:.0} %", 100.0 * share),
        (None, true) => "changed since it was cut".to_string(),
        (None, false) => "changes no other pass".to_string(),
    };
    let songs = songs(desk, resolved, record.map(|record| &**record));
    let chosen = desk.song.is_some();
    let turn = row![
        key::key("Side before", chosen.then_some(Message::Turn(false))),
        key::key("Next side", chosen.then_some(Message::Turn(true))),
        space::horizontal(),
    ]
    .spacing(8)
    .height(36)
    .align_y(Alignment::Center);
    let mut rest = column![turn, rule::horizontal(1).style(lines::row), cut(vinyl, record.map(|it| &**it))];
    if let Some(record) = record {
        rest = rest.push(proposals(record, desk.layout));
    }
    let rest = container(rest.spacing(6)).padding(Padding::from([0, 12]));
    let keys = container(keys(desk, record.map(|it| &**it))).padding(Padding::from([8, 12]));
    plate::plate("Sides", aside, Vec::new(), column![choices(vinyl), songs, rest, keys])
}

/// Disc, speed and stylus.
fn choices<'a>(vinyl: &Vinyl) -> Element<'a, Message> {
    let set = |what: &str, value: String| Message::Wish(Wish::Set(format!("vinyl.{what}={value}")));
    let size =
        segment::one_of(&[(Size::Twelve, "12 in"), (Size::Ten, "10 in"), (Size::Seven, "7 in")], vinyl.size, |size| {
            set("size", size.inches().to_string())
        });
    let speed = segment::one_of(
        &[(Speed::Long, "33 1/3"), (Speed::FortyFive, "45"), (Speed::SeventyEight, "78")],
        vinyl.speed,
        |speed| set("speed", format!("{:.0}", speed.turns_per_minute().floor())),
    );
    let stylus = segment::one_of(
        &[(Stylus::Conical, "conical"), (Stylus::Elliptical, "elliptical"), (Stylus::LineContact, "line")],
        vinyl.stylus,
        |stylus| set("stylus", stylus.id().to_string()),
    );
    let line = |name: &'static str, cells: Element<'a, Message>| {
        row![text::label(name).width(52), cells].spacing(8).align_y(Alignment::Center)
    };
    column![line("Disc", size), line("Speed", speed), line("Stylus", stylus)]
        .spacing(4)
        .padding(Padding { top: 0.0, right: 12.0, bottom: 8.0, left: 12.0 })
        .into()
}

fn songs<'a>(desk: &'a Desk, resolved: &Resolved, record: Option<&Record>) -> Element<'a, Message> {
    let ranges = resolved.sides();
    let dash = || number::DASH.to_string();
    let side = |place: usize| {
        let length = ranges.get(place).and_then(|(_, range)| sides::length_s(desk, range)).map_or_else(dash, minutes);
        let free = record.and_then(|record| record.sides.get(place)).map(|side| side.cut.free_mm);
        (length, free.map_or_else(dash, |free| number::change(free, 1)))
    };
    let song = |place: usize| {
        let length = sides::length_s(desk, &(place..place + 1)).map_or_else(dash, minutes);
        let end = record.and_then(|record| end_mm(record, place));
        (length, end.map_or_else(dash, |end| format!("{end:.1}")))
    };
    let list =
        sides::list(desk, resolved, ["Song, side", "Length", "Ends, free"], side, song, Message::Move, Message::Select);
    container(list).height(Length::Fill).into()
}

/// The radius at which a song ends.
fn end_mm(record: &Record, song: usize) -> Option<f64> {
    let place = record.surveys.iter().position(|survey| survey.songs.contains(&song))?;
    let (survey, side) = (&record.surveys[place], record.sides.get(place)?);
    let span = survey.side.songs.get(song - survey.songs.start)?;
    let radii = &side.cut.spiral.radius_mm;
    radii.get(span.end.min(radii.len().saturating_sub(1))).copied()
}

/// The level, and what limits it.
fn cut<'a>(vinyl: &Vinyl, record: Option<&Record>) -> Element<'a, Message> {
    let level = vinyl.level.0;
    let shown = number::change(level, 1);
    let stays = format!("not a level in dB, {shown} stays");
    let typed = field::field(shown, "dB", 84.0, move |typed| {
        let typed = typed.trim().trim_end_matches("dB").replace('\u{2212}', "-");
        let level = typed.trim().parse::<f64>().ok().filter(|level| level.is_finite() && level.abs() <= 40.0);
        level.map(|level| Message::Wish(Wish::Level(Db(level)))).ok_or_else(|| stays.clone())
    })
    .on_step(move |notches, _| Message::Wish(Wish::Level(Db(level + 0.1 * notches))));
    let highest = record.and_then(Record::highest);
    let told = highest.map_or_else(|| number::DASH.to_string(), |highest| number::change(highest.level_db.0, 1));
    let line = row![
        text::label("Level"),
        typed,
        space::horizontal(),
        text::label("passes up to"),
        text::number(told, "dB", font::BODY)
    ]
    .spacing(8)
    .height(32)
    .align_y(Alignment::Center);
    let limited = highest
        .and_then(|highest| highest.limited_by)
        .map(|fault| text::label(format!("limited by {}", fault.title().to_lowercase())));
    let limiters = record.map(|record| record.limiters.as_slice()).unwrap_or_default();
    let carried = (!limiters.is_empty()).then(|| {
        let words = container(text::label(format!("still carries: {}", limiters.join(", "))).style(ink::warning))
            .width(Length::Fill)
            .clip(true);
        row![words, key::key("Take out", Some(Message::Wish(Wish::TakeLimitersOut)))]
            .spacing(8)
            .align_y(Alignment::Center)
    });
    column![line].push(limited).push(carried).spacing(4).into()
}

/// Other ways to deal the songs, with what they cost.
fn proposals<'a>(record: &Record, layout: Layout) -> Element<'a, Message> {
    let now: Vec<Vec<usize>> = record.surveys.iter().map(|survey| survey.songs.clone().collect()).collect();
    let line = |(index, proposal): (usize, &Proposal)| {
        let same = proposal.sides == now;
        let first = match (proposal.keeps_order, proposal.moved) {
            (true, _) => "In their order".to_string(),
            (false, moved) => format!("Bright songs outside, {moved} move"),
        };
        let lengths: Vec<String> = proposal
            .lengths_s
            .iter()
            .enumerate()
            .map(|(side, length)| {
                let name = SideName::of_place(side).map_or_else(String::new, |name| name.to_string());
                format!("{name} {}", minutes(length.0))
            })
            .collect();
        let second = format!("{}; up to {:+.1} dB", lengths.join("  "), proposal.highest_db.0);
        let words = column![text::word(first), text::label(second)].width(Length::Fill).clip(true);
        let take = key::key(if same { "as it is" } else { "Take" }, (!same).then_some(Message::Take(index)));
        row![words, take].spacing(8).height(layout.pick(40, 36)).align_y(Alignment::Center).into()
    };
    let rows = column(record.proposals.iter().enumerate().map(line));
    scrollable(column![rule::horizontal(1).style(lines::row), rows].spacing(4)).into()
}

/// What is done with one press.
fn keys<'a>(desk: &Desk, record: Option<&Record>) -> Element<'a, Message> {
    let highest = record.and_then(Record::highest).filter(|highest| highest.level_db.0 > -40.0);
    let now = record.map_or(0.0, |record| record.vinyl.level.0);
    let better = highest.filter(|highest| (highest.level_db.0 - now).abs() >= 0.1);
    let propose = key::key("Level that passes", better.map(|it| Message::Wish(Wish::Level(it.level_db))))
        .kind(if better.is_some() { Kind::Primary } else { Kind::Plain })
        .width(Length::FillPortion(5))
        .height(32.0);
    let hear = key::key("Hear cut", record.map(|_| Message::Wish(Wish::Hear(!desk.medium.heard))))
        .kind(Kind::Toggle(desk.medium.heard))
        .width(Length::FillPortion(3))
        .height(32.0);
    let look = look_key(desk, record.is_none() && desk.medium.record.is_some());
    column![look, row![propose, hear].spacing(6)].spacing(6).into()
}

/// The song that is heard at a sector of a side, and where it lies.
pub(super) fn song_at(record: &Record, side: usize, sector: usize) -> Option<String> {
    let survey = record.surveys.get(side)?;
    let song = survey.side.song_at(sector)?;
    Some(format!("{}{}", survey.name, song + 1))
}

/// A time on a side, `m:ss.t`.
pub(super) fn clock(record: &Record, side: usize, sector: usize) -> String {
    record
        .surveys
        .get(side)
        .map_or_else(String::new, |survey| minutes(Sector::time(sector, survey.side.disc.speed.turn()).0))
}
