//! The page while a cassette pass is heard: its sides and the shell, what the tape takes in every band, saturation over
//! time, and the checks. Everything is measured by a worker; what is not says so.

use std::sync::Arc;

use iced::widget::{column, container, row, scrollable, space};
use iced::{Alignment, Length, Padding};
use lacquer_engine::analysis::verdict::Outcome;
use lacquer_engine::medium::cassette::{STRETCH, TapeType};
use lacquer_engine::session::{Cassette, Resolved};

use super::sides::{self, minutes};
use crate::desk::medium::{TapeLook, Wish};
use crate::desk::{Action, Desk};
use crate::theme::{Element, font, plate as ground, text as ink};
use crate::widget::along::{self, Along};
use crate::widget::bands::{self, Band};
use crate::widget::key::{self, Kind};
use crate::widget::verdict::{Verdict, verdict};
use crate::widget::{field, number, plate, segment, text};

/// What happens to the page.
#[derive(Debug, Clone)]
pub enum Message {
    /// The courses were pressed, at a share of the pass.
    Along(f32),
    /// A row of the list of sides was dragged.
    Move(usize, usize),
    /// The selected song to the next side, or to the one before.
    Turn(bool),
    /// The sides as equal as they get in this order, the first one the longer.
    Balance,
    /// A song.
    Select(String),
    /// Anything else.
    Wish(Wish),
}

/// Does what a message says, and answers what the application has to do.
pub fn update(message: Message, desk: &Desk) -> Action {
    let resolved = desk.session().resolve(&desk.pass);
    match message {
        Message::Along(share) => {
            let length = desk.plan.as_ref().map_or(0, |plan| plan.delivered_frames());
            Action::Seek((f64::from(share) * length as f64) as u64)
        }
        Message::Move(from, to) => {
            resolved.map_or(Action::None, |it| Action::Medium(Wish::Deal(sides::dealt(&it, from, to))))
        }
        Message::Turn(later) => {
            let place = |it: &Resolved| it.songs.iter().position(|song| Some(&song.song.id) == desk.song.as_ref());
            let sides = resolved.and_then(|it| place(&it).map(|song| sides::turned(&it, song, later)));
            sides.map_or(Action::None, |sides| Action::Medium(Wish::Deal(sides)))
        }
        Message::Balance => {
            let Some((resolved, plan)) = resolved.zip(desk.plan.as_ref()) else { return Action::None };
            let lengths: Vec<usize> = plan.songs.iter().map(|song| (song.end - song.start) as usize).collect();
            let gap = (2.0 * plan.rate.hz()) as usize;
            let dealt = lacquer_engine::medium::vinyl::split::in_order(&lengths, 2.min(lengths.len()), gap);
            let id = |song: &usize| resolved.songs.get(*song).map(|song| song.song.id.clone());
            Action::Medium(Wish::Deal(dealt.iter().map(|side| side.iter().filter_map(id).collect()).collect()))
        }
        Message::Select(song) => Action::Select(song),
        Message::Wish(wish) => Action::Medium(wish),
    }
}

/// The page.
pub fn view<'a>(desk: &'a Desk, resolved: &Resolved) -> Element<'a, Message> {
    let cassette = resolved.pass.cassette.clone().unwrap_or_default();
    let left = container(plan(desk, resolved, &cassette)).width(desk.layout.pick(352.0, 292.0));
    let Some(tape) = &desk.medium.tape else { return row![left, nothing(desk)].spacing(8).into() };
    let upper = row![
        container(spectrum(tape)).width(Length::FillPortion(5)),
        container(checks(tape)).width(Length::FillPortion(4))
    ]
    .spacing(8)
    .height(Length::FillPortion(6));
    let lower = container(over_time(desk, tape)).height(Length::FillPortion(4));
    row![left, column![upper, lower].spacing(8)].spacing(8).into()
}

/// The look, where it is of the pass as it is now.
fn current<'a>(desk: &'a Desk, cassette: &Cassette) -> Option<&'a TapeLook> {
    let plan = desk.plan.as_ref()?;
    desk.medium.tape.as_deref().filter(|tape| tape.plan.hash == plan.hash && tape.cassette == *cassette)
}

fn plan<'a>(desk: &'a Desk, resolved: &Resolved, cassette: &Cassette) -> Element<'a, Message> {
    let tape = current(desk, cassette);
    let aside = match (&desk.medium.share, tape, &desk.medium.tape) {
        (Some(share), ..) => format!("recording on paper, {:.0} %", 100.0 * share),
        (None, None, Some(_)) => "changed since it was recorded".to_string(),
        _ => "changes no other pass".to_string(),
    };
    let ranges = resolved.sides();
    let dash = || number::DASH.to_string();
    let blanks = tape.map(|tape| [tape.balance.blank_a_s.0, tape.balance.blank_b_s.0]);
    let side = |place: usize| {
        let length = ranges.get(place).and_then(|(_, range)| sides::length_s(desk, range)).map_or_else(dash, minutes);
        let blank = blanks.and_then(|blanks| blanks.get(place).copied());
        let told = |blank: f64| if blank < 0.0 { format!("out {}", minutes(-blank)) } else { minutes(blank) };
        (length, blank.map_or_else(dash, told))
    };
    let song = |place: usize| {
        let length = sides::length_s(desk, &(place..place + 1)).map_or_else(dash, minutes);
        (length, String::new())
    };
    let list = sides::list(desk, resolved, ["Song", "Length", "Blank"], side, song, Message::Move, Message::Select);
    let chosen = desk.song.is_some();
    let turn = row![
        key::key("Side before", chosen.then_some(Message::Turn(false))),
        key::key("Next side", chosen.then_some(Message::Turn(true))),
        key::key("Balance", (!resolved.songs.is_empty()).then_some(Message::Balance)),
    ]
    .spacing(8)
    .padding(Padding::from([6, 12]));
    let limiters = tape.map(|tape| tape.limiters.as_slice()).unwrap_or_default();
    let carried = (!limiters.is_empty()).then(|| {
        let words = container(text::label(format!("still carries: {}", limiters.join(", "))).style(ink::warning))
            .width(Length::Fill)
            .clip(true);
        let take = key::key("Take out", Some(Message::Wish(Wish::TakeLimitersOut)));
        row![words, take].spacing(8).align_y(Alignment::Center).padding(Padding::from([0, 12]))
    });
    let hear = key::key("Hear tape", tape.map(|_| Message::Wish(Wish::Hear(!desk.medium.heard))))
        .kind(Kind::Toggle(desk.medium.heard))
        .height(32.0);
    let keys = row![look_key(desk, tape.is_none()), hear].spacing(8).padding(Padding::from([8, 12]));
    let content = column![choices(cassette, tape), container(list).height(Length::Fill), turn].push(carried).push(keys);
    plate::plate("Sides", aside, Vec::new(), content)
}

/// Tape, shell, and what goes with them.
fn choices<'a>(cassette: &Cassette, tape: Option<&TapeLook>) -> Element<'a, Message> {
    let set = |what: &str, value: &str| Message::Wish(Wish::Set(format!("cassette.{what}={value}")));
    let kinds = [(TapeType::One, "I"), (TapeType::Two, "II"), (TapeType::Four, "IV, uncertain")];
    let kind = segment::one_of(&kinds, cassette.tape, |kind| {
        set(
            "tape",
            match kind {
                TapeType::One => "I",
                TapeType::Two => "II",
                TapeType::Four => "IV",
            },
        )
    });
    let shown = if cassette.shell == 0 { "auto".to_string() } else { cassette.shell.to_string() };
    let shell = field::field(shown, "min", 92.0, |typed| {
        let typed = typed.trim().trim_start_matches(['C', 'c']);
        let minutes = if typed == "auto" { Some(0) } else { typed.parse::<u32>().ok().filter(|it| *it <= 180) };
        minutes
            .map(|minutes| Message::Wish(Wish::Set(format!("cassette.shell={minutes}"))))
            .ok_or_else(|| "minutes up to 180, or auto; the old value stays".to_string())
    });
    let told = tape.map(|tape| {
        let stock = if tape.balance.shell.stock { "in stock" } else { "wound to order" };
        text::label(format!("C{}, {stock}", tape.balance.shell.minutes))
    });
    let switch = |word: &'static str, what: &'static str, on: bool| {
        key::key(word, Some(set(what, if on { "off" } else { "on" }))).kind(Kind::Toggle(on))
    };
    let line = |name: &'static str| text::label(name).width(52);
    column![
        row![line("Tape"), kind].spacing(8).align_y(Alignment::Center),
        row![line("Shell"), shell].push(told).spacing(8).align_y(Alignment::Center),
        row![line("With"), switch("Tones", "tones", cassette.tones), switch("Dolby B", "dolby", cassette.dolby)]
            .spacing(8)
            .align_y(Alignment::Center),
    ]
    .spacing(4)
    .padding(Padding { top: 0.0, right: 12.0, bottom: 8.0, left: 12.0 })
    .into()
}

fn look_key<'a>(desk: &Desk, primary: bool) -> Element<'a, Message> {
    let word = if desk.medium.share.is_some() { "Cancel" } else { "Record on paper" };
    let kind = if primary && desk.medium.share.is_none() { Kind::Primary } else { Kind::Plain };
    let works = desk.plan.as_ref().is_some_and(|plan| !plan.songs.is_empty());
    key::key(word, works.then_some(Message::Wish(Wish::Look))).kind(kind).height(32.0).into()
}

fn nothing<'a>(desk: &'a Desk) -> Element<'a, Message> {
    let said = match (&desk.medium.share, &desk.medium.failed) {
        (Some(share), _) => format!("recording on paper, {:.0} %", 100.0 * share),
        (None, Some(reason)) => reason.clone(),
        (None, None) => "not measured: the pass has not been recorded on paper yet".to_string(),
    };
    let body = column![text::word2(said), look_key(desk, true)].spacing(16).align_x(Alignment::Center);
    plate::ground(container(body).center(Length::Fill), ground::plate)
}

/// The loudest moments of every band against what the tape takes there.
fn spectrum<'a>(tape: &TapeLook) -> Element<'a, Message> {
    let Some(transfer) = &tape.transfer else {
        return plate::plate("Tape level", "silent", Vec::new(), space());
    };
    let band = |band: &lacquer_engine::medium::cassette::Band| Band {
        hz: band.frequency_hz as f32,
        level: (band.loudest_dbfs.0 + transfer.full_scale_db.0) as f32,
        limit: band.saturation_db.0 as f32,
    };
    let bands: Arc<[Band]> = transfer.bands.iter().map(band).collect();
    let aside = format!(
        "full scale at {} dB re Dolby level; the middle alone would allow {}",
        number::change(transfer.full_scale_db.0, 1),
        number::change(transfer.middle_db.0, 1)
    );
    let told = match (transfer.shelf_hz, transfer.shelf_db) {
        (Some(hz), Some(by)) => {
            format!("the treble stands in the way: {:.1} dB by a shelf or limiter from {hz:.0} Hz", by.0)
        }
        _ => "nothing stands in the way of the middle".to_string(),
    };
    let quiet = transfer
        .quiet_over_noise_db
        .map(|quiet| text::label(format!("softest passage {:.1} dB over the hiss", quiet.0)));
    let foot = column![text::label(told)].push(quiet).spacing(2).padding(Padding::from([6, 12]));
    let picture = container(bands::bands(bands)).padding(Padding::from([0, 12])).height(Length::Fill);
    plate::plate("Tape level", aside, Vec::new(), column![picture, foot])
}

fn checks<'a>(tape: &TapeLook) -> Element<'a, Message> {
    let line = |check: &lacquer_engine::analysis::verdict::Verdict| {
        let outcome = match check.result {
            Outcome::Pass => Verdict::Pass,
            Outcome::Warn => Verdict::Warn,
            Outcome::Fail => Verdict::Fail,
        };
        let measured = check.measured.map(|value| format!("{value:.1} {}", check.unit)).unwrap_or_default();
        let place = check.r#where.clone().unwrap_or_default();
        let words = column![
            row![
                text::word(check.check.replace('_', " ")),
                text::label(place),
                space::horizontal(),
                text::mono(measured, font::BODY)
            ]
            .spacing(8)
            .align_y(Alignment::Center),
            text::label(check.remark.clone().unwrap_or_default()),
        ];
        row![container(verdict(outcome)).width(68), container(words).width(Length::Fill).clip(true)]
            .spacing(8)
            .padding(Padding::from([4, 12]))
            .into()
    };
    let rows = scrollable(column(tape.verdicts.iter().map(line))).height(Length::Fill);
    plate::plate("Checks", "", Vec::new(), rows)
}

fn over_time<'a>(desk: &'a Desk, tape: &TapeLook) -> Element<'a, Message> {
    // A share of the pass: sides follow each other, without the pauses between them.
    let whole: f64 = tape.sides.iter().map(|(_, _, length)| length.0).sum();
    let pass = tape.plan.delivered_frames().max(1) as f64 / tape.plan.delivered.hz();
    let here = desk.seconds(desk.position());
    let place = (here / pass * tape.course[0].len() as f64) as usize;
    let lane = |name: &'static str, part: usize| {
        let columns = Arc::clone(&tape.course[part]);
        let now = columns.get(place).map_or_else(|| number::DASH.into(), |over| number::change(f64::from(*over), 1));
        along::Lane { name, unit: "dB", columns, bottom: -50.0, top: 9.0, limit: Some(0.0), now }
    };
    let sides = tape.sides.iter().map(|(name, start, _)| (format!("Side {name}"), (start.0 / pass) as f32));
    let data = Along {
        lanes: vec![lane("Middle", 0), lane("Treble", 1)],
        songs: sides.collect(),
        playhead: Some((here / pass) as f32),
        chosen: None,
    };
    let picture = container(along::along(data, Message::Along))
        .padding(Padding { top: 0.0, right: 0.0, bottom: 4.0, left: 4.0 })
        .height(Length::Fill);
    let aside = format!("over saturation in red, every {:.1} s of {}", STRETCH.0, minutes(whole));
    plate::plate("Saturation over time", aside, Vec::new(), picture)
}
