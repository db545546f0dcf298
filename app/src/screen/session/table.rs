//! The song table: measured numbers stand on the plate, what can be changed of the selected song stands in wells.

use iced::widget::{column, container, row, scrollable, space};
use iced::{Alignment, Length, Padding};
use lacquer_engine::analysis::measure::Measurement;
use lacquer_engine::session::{Join, PassKind, Resolved, ResolvedSong, Song};

use super::bench::{self, Bench};
use super::{Message, NUMBER, Word, album_s, edit, picture};
use crate::desk::Desk;
use crate::theme::plate::Meaning;
use crate::theme::{Element, font, icon, plate as ground, text as ink};
use crate::widget::reorder::reorder;
use crate::widget::table::{self, Column};
use crate::widget::{Layout, field, key, number, plate, text};

/// Rows that are always there; more scroll in the small layout.
const FEWEST: usize = 6;
/// Rows beyond which the table scrolls in the large layout.
const MOST: usize = 12;
/// The longest compact disc, s: 74 minutes is what every plant takes.
const CD_S: f64 = 74.0 * 60.0;

fn columns(layout: Layout) -> Vec<Column<'static>> {
    match layout {
        Layout::Large => vec![
            Column::numbers("#", 28.0),
            Column::words("Title", Length::FillPortion(5)),
            Column::words("Artist", Length::FillPortion(4)),
            Column::numbers("Start CD", 80.0),
            Column::numbers("Length min", 84.0),
            Column::numbers("Gap or crossfade s", 136.0),
            Column::numbers("Gain dB", 80.0),
            Column::numbers("I LUFS", 68.0),
            Column::numbers("TP dBTP", 72.0),
            Column::numbers("LRA LU", 60.0),
            Column::words("ISRC", Length::Fixed(148.0)),
            Column::words("State", Length::Fixed(124.0)),
        ],
        Layout::Small => vec![
            Column::numbers("#", 24.0),
            Column::words("Title", Length::Fill),
            Column::numbers("Length min", 84.0),
            Column::numbers("Gap / XF s", 128.0),
            Column::numbers("Gain dB", 80.0),
            Column::numbers("I LUFS", 64.0),
            Column::numbers("TP dBTP", 68.0),
            Column::words("State", Length::Fixed(120.0)),
        ],
    }
}

/// The plate of songs.
pub fn view<'a>(desk: &'a Desk, resolved: Option<&Resolved>) -> Element<'a, Message> {
    let layout = desk.layout;
    let height = table::row_height(layout);
    let columns = columns(layout);
    let entries = desk.heard().filter(|pass| !pass.entries.is_empty()).or(desk.session().main_pass());
    let mut order: Vec<&Song> = entries
        .map(|pass| pass.entries.iter().filter_map(|entry| desk.session().song(&entry.song)).collect())
        .unwrap_or_default();
    let playing = order.len();
    // What only other passes have stands below, to be taken in.
    order.extend(desk.session().songs.iter().filter(|song| !desk.has(&song.id)));
    let line = |(index, song): (usize, &&'a Song)| {
        let playing = resolved.and_then(|resolved| resolved.songs.iter().find(|one| one.song.id == song.id));
        line(desk, index, song, playing, &columns, height)
    };
    let rows = column(order.iter().enumerate().map(line));
    let shown = order.len().clamp(FEWEST.min(layout.pick(FEWEST, 4)), layout.pick(MOST, FEWEST));
    let ids: Vec<String> = order[..playing].iter().map(|song| song.id.clone()).collect();
    let count = ids.len();
    let rows =
        reorder(rows, height, count, move |from, to| Message::MoveTo(ids.get(from).cloned().unwrap_or_default(), to));
    let body = scrollable(rows).height(height * shown as f32);
    let content = column![header(desk, playing), table::head(&columns), body, foot(desk)];
    plate::ground(container(content).width(Length::Fill), ground::plate)
}

fn header<'a>(desk: &'a Desk, songs: usize) -> Element<'a, Message> {
    let album = desk.survey.as_ref().and_then(|survey| survey.integrated).map(|lufs| lufs.0);
    let total = album_s(desk);
    let mut facts: Vec<Element<'a, Message>> = Vec::new();
    facts.extend(sequence(desk));
    facts.push(text::label(if songs == 1 { "1 song".into() } else { format!("{songs} songs") }).into());
    if let Some(share) = desk.surveying {
        facts.push(text::label("Measuring").into());
        facts.push(text::number(format!("{:.0}", 100.0 * share), "%", font::BODY));
    }
    if desk.layout == Layout::Large {
        facts.push(text::label("Album").into());
        facts.push(text::number(number::reading(album, 1), "LUFS", font::BODY));
    }
    facts.push(text::label("Total").into());
    facts.push(text::number(minutes(total), "min", font::BODY));
    if desk.heard().is_some_and(|pass| pass.kind == PassKind::Cd) {
        let fits = text::label(if total <= CD_S { "fits CD 74 min" } else { "longer than CD 74 min" });
        facts.push(if total <= CD_S { fits.into() } else { fits.style(ink::alarm).into() });
    }
    bench::header(Bench::Songs, facts)
}

/// Of a pass with a sequence of its own: how it differs from the main one.
fn sequence<'a>(desk: &Desk) -> Option<Element<'a, Message>> {
    let session = desk.session();
    if session.main_pass().is_some_and(|main| main.id == desk.pass) {
        return None;
    }
    let differences = session.differences(&desk.pass).len();
    let whose = if session.has_own_sequence(&desk.pass) { "own sequence" } else { "main sequence" };
    Some(match differences {
        0 => text::label(whose).into(),
        1 => text::label(format!("{whose}, 1 difference")).style(ink::warning).into(),
        more => text::label(format!("{whose}, {more} differences")).style(ink::warning).into(),
    })
}

/// `m:ss.cc`
fn minutes(seconds: f64) -> String {
    let hundredths = (seconds * 100.0).round() as u64;
    format!("{}:{:02}.{:02}", hundredths / 6000, hundredths / 100 % 60, hundredths % 100)
}

fn line<'a>(
    desk: &'a Desk,
    index: usize,
    song: &'a Song,
    resolved: Option<&ResolvedSong>,
    columns: &[Column<'a>],
    height: f32,
) -> Element<'a, Message> {
    let selected = desk.song.as_ref() == Some(&song.id);
    let off = song.disabled || !desk.has(&song.id);
    let plan = desk.plan.as_ref();
    let planned = plan.and_then(|plan| plan.songs.iter().find(|one| one.id == song.id).map(|one| (plan, one)));
    let measured = desk.known(&song.id).filter(|_| !off).map(|known| &known.processed.measurement);
    let mono = |shown: String| text::mono(shown, NUMBER).style(if off { ink::disabled } else { ink::text });
    let seconds = |frame: u64, rate: f64| frame as f64 / rate;
    let start = planned.map_or_else(dash, |(plan, one)| picture::cd_time(seconds(one.start, plan.rate.hz())));
    let length = planned.map_or_else(dash, |(plan, one)| minutes(seconds(one.end - one.start, plan.rate.hz())));
    let words = |word: Word, shown: &'a str, empty: &'a str| self::words(desk, song, selected, word, shown, empty);
    let artist = if song.artist.is_empty() { desk.session().album.artist.as_str() } else { song.artist.as_str() };
    let reading = |value: Option<f64>| mono(number::reading(value, 1));
    let integrated = reading(measured.and_then(|m| m.integrated_lufs).map(|lufs| lufs.0));
    let range = reading(measured.and_then(|m| m.lra_lu).map(|lu| lu.0));
    let join = join(song, index, resolved, selected);
    let gain = gain(song, resolved, selected, off);
    let peak = peak(desk, measured, off);
    let number = text::mono((index + 1).to_string(), NUMBER).style(ink::text2);
    let title = words(Word::Title, &song.title, "untitled");
    let state_word = verdict(desk, song, measured);
    let cells: Vec<Element<'a, Message>> = match desk.layout {
        Layout::Large => vec![
            number.into(),
            title,
            words(Word::Artist, artist, ""),
            mono(start).into(),
            mono(length).into(),
            join,
            gain,
            integrated.into(),
            peak,
            range.into(),
            words(Word::Isrc, &song.isrc, "missing"),
            state_word,
        ],
        Layout::Small => {
            vec![number.into(), title, mono(length).into(), join, gain, integrated.into(), peak, state_word]
        }
    };
    let bar = selected.then_some(Meaning::A);
    table::row(columns, cells, height, bar, Some(Message::Select(song.id.clone())))
}

fn dash() -> String {
    number::DASH.into()
}

/// A text: of the selected song in a well, to be typed over.
fn words<'a>(
    desk: &'a Desk,
    song: &'a Song,
    selected: bool,
    word: Word,
    shown: &'a str,
    empty: &'a str,
) -> Element<'a, Message> {
    let isrc = word == Word::Isrc;
    if selected {
        let face = match word {
            Word::Title => font::INTER_SEMIBOLD,
            Word::Artist => font::INTER,
            Word::Isrc => font::MONO,
        };
        return field::words(shown, empty, face, move |typed| edit::word(desk, &song.id, word, typed)).into();
    }
    let style = match (song.disabled, shown.is_empty(), word) {
        (true, ..) => ink::disabled,
        (_, true, Word::Isrc) => ink::warning,
        (_, _, Word::Title) => ink::text,
        _ => ink::text2,
    };
    let shown = match (shown.is_empty(), isrc) {
        (true, _) => empty.to_string(),
        (false, true) => grouped(shown),
        (false, false) => shown.to_string(),
    };
    let face = if isrc { text::mono(shown, font::BODY) } else { text::word(shown) };
    // As far from the edge as the text in a well.
    container(face.style(style)).padding(Padding::from([0, 6])).width(Length::Fill).clip(true).into()
}

/// An ISRC with its hyphens.
fn grouped(isrc: &str) -> String {
    match (isrc.get(..2), isrc.get(2..5), isrc.get(5..7), isrc.get(7..)) {
        (Some(country), Some(owner), Some(year), Some(number)) => format!("{country}-{owner}-{year}-{number}"),
        _ => isrc.into(),
    }
}

fn join<'a>(song: &'a Song, index: usize, resolved: Option<&ResolvedSong>, selected: bool) -> Element<'a, Message> {
    let Some(join) = resolved.map(|resolved| resolved.join) else { return text::mono(dash(), NUMBER).into() };
    let (fades, length) = match join {
        Join::Gap(length) => (false, length.0),
        Join::Crossfade { length, .. } => (true, length.0),
    };
    let word = if fades { "XF" } else { "gap" };
    if selected && index > 0 {
        let id = song.id.clone();
        let stays = format!("not a time in seconds, {length:.3} stays");
        let typed = field::field(number::level(length, 3), "", 76.0, move |text| {
            let text = text.trim().trim_end_matches('s').replace('\u{2212}', "-");
            let seconds = text.trim().parse::<f64>().ok().filter(|seconds| seconds.is_finite());
            seconds.map(|seconds| Message::Join(id.clone(), seconds)).ok_or_else(|| stays.clone())
        });
        let kind = key::key(word, Some(Message::SwitchJoin(song.id.clone()))).width(42).height(24.0);
        return row![kind, typed].spacing(6).align_y(Alignment::Center).into();
    }
    let shown =
        text::mono(number::level(length, 3), NUMBER).style(if song.disabled { ink::disabled } else { ink::text });
    let kind = fades.then(|| text::label(word));
    row![].push(kind).push(shown).spacing(12).align_y(Alignment::Center).into()
}

fn gain<'a>(song: &'a Song, resolved: Option<&ResolvedSong>, selected: bool, off: bool) -> Element<'a, Message> {
    let gain = resolved.map_or(song.gain, |resolved| resolved.gain).0;
    if !selected {
        let style = if off { ink::disabled } else { ink::text };
        return text::mono(number::change(gain, 1), NUMBER).style(style).into();
    }
    let (id, again) = (song.id.clone(), song.id.clone());
    let shown = number::change(gain, if (gain * 10.0).fract().abs() < 1e-9 { 1 } else { 2 });
    let stays = format!("not a level in dB, {shown} stays");
    field::field(shown, "", 64.0, move |text| {
        let text = text.trim().trim_end_matches("dB").replace('\u{2212}', "-");
        let level = text.trim().parse::<f64>().ok().filter(|level| level.is_finite());
        level.map(|level| Message::Gain(id.clone(), level)).ok_or_else(|| stays.clone())
    })
    .on_step(move |notches, fine| Message::Gain(again.clone(), gain + notches * if fine { 0.01 } else { 0.1 }))
    .into()
}

fn peak<'a>(desk: &Desk, measured: Option<&Measurement>, off: bool) -> Element<'a, Message> {
    let ceiling = desk.ceiling();
    match measured.and_then(|measured| measured.true_peak_dbtp) {
        Some(peak) => {
            let style = if peak.0 > ceiling { ink::alarm } else { ink::text };
            text::mono(number::judged(peak.0, ceiling, 2), NUMBER).style(style).into()
        }
        None => text::mono(dash(), NUMBER).style(if off { ink::disabled } else { ink::text }).into(),
    }
}

/// The gravest thing that is known about a song.
fn verdict<'a>(desk: &Desk, song: &Song, measured: Option<&Measurement>) -> Element<'a, Message> {
    let over = measured.and_then(|m| m.true_peak_dbtp).is_some_and(|peak| peak.0 > desk.ceiling());
    let (glyph, word, style): (char, &str, fn(&crate::theme::Theme) -> iced::widget::text::Style) = match () {
        () if song.disabled => (icon::EYE_OFF, "left out", ink::disabled),
        () if !desk.has(&song.id) => (icon::EYE_OFF, "not in this pass", ink::disabled),
        () if over => (icon::X, "TP over", ink::alarm),
        () if song.isrc.is_empty() => (icon::TRIANGLE_ALERT, "ISRC missing", ink::warning),
        () if measured.is_none() => (icon::CLOCK, "not measured", ink::text3),
        () => (icon::CHECK, "ok", ink::text2),
    };
    row![text::icon(glyph, 14.0).style(style), text::label(word).style(style)]
        .spacing(6)
        .align_y(Alignment::Center)
        .into()
}

fn foot<'a>(desk: &'a Desk) -> Element<'a, Message> {
    let song = desk.song.as_ref().and_then(|id| desk.session().song(id));
    let of = |message: fn(String) -> Message| song.map(|song| message(song.id.clone()));
    let leave = if song.is_some_and(|song| song.disabled) { "Take in again" } else { "Leave out" };
    let edge = desk.layout.pick(12.0, 8.0);
    let mut line = row![
        key::key("Add files", Some(Message::Add)),
        key::key("Move up", of(|id| Message::Move(id, false))),
        key::key("Move down", of(|id| Message::Move(id, true))),
        key::key(leave, of(Message::Disable)),
        key::key("Double", song.map(|_| Message::Double)),
        key::key("Cut", (!desk.is_empty()).then_some(Message::Cut { apart: false })).shortcut("S"),
        key::key("Cut apart", (!desk.is_empty()).then_some(Message::Cut { apart: true })),
    ]
    .extend(pass_keys(desk))
    .push(space::horizontal())
    .spacing(8)
    .height(44)
    .align_y(Alignment::Center)
    .padding(Padding { right: edge, left: edge, ..Padding::ZERO });
    let differs = desk.song.as_ref().map(|id| differences(desk, id)).unwrap_or_default();
    if !differs.is_empty() {
        line = line.push(bench::cell(text::label(differs).style(ink::warning)));
        return line.into();
    }
    let missing = desk.session().songs.iter().filter(|song| !song.disabled && song.isrc.is_empty()).count();
    if missing > 0 {
        let words =
            if missing == 1 { "1 song without an ISRC".into() } else { format!("{missing} songs without an ISRC") };
        line = line.push(text::label(words));
    }
    line.into()
}

/// What of a song differs in the heard pass from the main one, in words.
fn differences(desk: &Desk, song: &str) -> String {
    let all = desk.session().differences(&desk.pass);
    let words: Vec<String> = all.iter().filter(|one| one.song == song).map(|one| one.words()).collect();
    words.join("; ")
}

/// What is done with the sequence of the heard pass alone.
fn pass_keys<'a>(desk: &Desk) -> Vec<Element<'a, Message>> {
    let session = desk.session();
    let is_main = session.main_pass().is_some_and(|main| main.id == desk.pass);
    let mut keys: Vec<Element<'a, Message>> = Vec::new();
    if let Some(song) = &desk.song {
        let (word, taken) = if desk.has(song) { ("Out of this pass", false) } else { ("Into this pass", true) };
        keys.push(key::key(word, Some(Message::InPass(song.clone(), taken))).into());
    }
    if !is_main {
        let own = session.has_own_sequence(&desk.pass);
        let word = if own { "Main sequence again" } else { "Own sequence" };
        keys.push(key::key(word, (!desk.is_empty()).then_some(Message::OwnSequence(!own))).into());
    }
    keys
}
