//! What is listened to, and the difference.

use iced::widget::{column, container, row, space};
use iced::{Alignment, Length};
use lacquer_engine::compare::difference::difference as differ;
use lacquer_engine::compare::heard::Heard;
use lacquer_engine::compare::portrait::{Portrait, middle};

use super::{Lower, Message, State, View, chosen, inside, own};
use crate::desk::Desk;
use crate::desk::listening::{Ask, Beside, Way};
use crate::theme::plate::Meaning;
use crate::theme::{Element, font, text as ink};
use crate::widget::difference::{Difference, difference as bars};
use crate::widget::key::{self, Kind};
use crate::widget::segment::{self, Cell};
use crate::widget::{Layout, number, plate, text};

/// What is heard, and through what.
pub(super) fn listen<'a>(desk: &'a Desk) -> Element<'a, Message> {
    let listening = &desk.listening;
    let blind = listening.trials.is_some();
    let heard = desk.monitor.is_beside_heard() && !blind;
    let can = |message: Message| (!blind).then_some(message);
    let level = |level: f64| if level == 0.0 { String::new() } else { format!("{} dB", number::change(level, 1)) };
    let (own_level, other_level) = listening.levels.map_or((0.0, 0.0), |levels| (levels.own_db.0, levels.beside_db.0));
    let other = listening.beside.as_ref().map(|what| desk.words_of(what));
    let waits = listening.beside.is_some() && !listening.stands;
    let state = if waits { "is being measured".to_string() } else { level(other_level) };
    let master =
        card('A', Meaning::A, "Master".into(), level(own_level), !heard && !blind, can(Message::Ask(Ask::Hear(false))));
    let beside = card(
        'R',
        Meaning::R,
        other.clone().unwrap_or_else(|| "nothing stands beside".into()),
        state,
        heard,
        other.and_then(|_| can(Message::Ask(Ask::Hear(true)))),
    );
    let put = |label: &'a str, what: Beside| Cell {
        label,
        on: listening.beside.as_ref() == Some(&what),
        on_press: can(Message::Ask(Ask::Put(if listening.beside.as_ref() == Some(&what) { None } else { Some(what) }))),
    };
    let passes = desk.session().passes.iter().filter(|pass| pass.id != desk.pass);
    let mut cells: Vec<Cell<'a, Message>> = passes
        .take(desk.layout.pick(4, 2))
        .map(|pass| put(pass.name.as_str(), Beside::Pass(pass.id.clone())))
        .collect();
    let stored = desk.session().main_pass().and_then(|pass| pass.chain.as_ref());
    for (index, letter) in ["a", "b", "c", "d"].into_iter().enumerate() {
        if stored.is_some_and(|chain| chain.snapshots.contains_key(letter)) {
            cells.push(put(["snapshot A", "snapshot B", "snapshot C", "snapshot D"][index], Beside::Snapshot(index)));
        }
    }
    let tiers = ["aac-256", "mp3-128", "vorbis-160", "opus-128"];
    let coded = tiers.into_iter().map(|tier| put(tier, Beside::Coded(tier.into()))).collect::<Vec<_>>();
    let lost = match &listening.beside {
        Some(Beside::Coded(tier)) => Some(put("what is lost", Beside::Lost(tier.clone()))),
        Some(Beside::Lost(tier)) => Some(Cell {
            label: "what is lost",
            on: true,
            on_press: can(Message::Ask(Ask::Put(Some(Beside::Coded(tier.clone()))))),
        }),
        _ => None,
    };
    let coding = listening.coding.as_ref().map(|(_, tier)| text::label(format!("{tier} is being encoded")));
    let coded = segment::segment(coded.into_iter().chain(lost).collect(), Length::Shrink);
    let mut second = row![].spacing(8).align_y(Alignment::Center);
    if !cells.is_empty() {
        second = second.push(text::label("Beside")).push(segment::segment(cells, Length::Shrink));
    }
    let second = second.push(text::label("Codec")).push(coded).push(coding);
    let through = match &listening.way {
        Way::Plain => String::new(),
        Way::System(id) => format!("through {id}"),
        Way::Service(name, album) => format!("as {name} plays {}", if *album { "the album" } else { "the song alone" }),
    };
    let content = column![row![master, beside].spacing(8), second].spacing(8);
    let aside = format!("X swaps them on the same frame  {through}");
    let content = container(content).padding(inside(desk.layout));
    column![plate::header("Listen to", aside, vec![]), content].into()
}

fn card<'a>(
    letter: char,
    meaning: Meaning,
    name: String,
    level: String,
    on: bool,
    press: Option<Message>,
) -> Element<'a, Message> {
    let hear = key::key(if on { "Heard" } else { "Hear" }, press).kind(Kind::Identity(meaning, on)).width(88);
    let name =
        container(text::word(name).style(if on { ink::text } else { ink::text2 })).width(Length::Fill).clip(true);
    row![text::chip(letter, meaning), name, text::label(level), hear]
        .spacing(10)
        .align_y(Alignment::Center)
        .width(Length::Fill)
        .into()
}

/// What the song has more or less than the chosen reference.
pub(super) fn difference<'a>(state: &'a State, desk: &'a Desk) -> Element<'a, Message> {
    let views = [
        (View::Spectrum, "spectrum"),
        (View::Width, "width"),
        (View::Correlation, "correlation"),
        (View::Level, "level"),
    ];
    let views = segment::one_of(&views, state.view, Message::View);
    let lower = [(Lower::Blind, "blind test"), (Lower::Travel, "translation"), (Lower::Verdict, "verdict")];
    let lower = segment::one_of(&lower, state.lower, Message::Lower);
    let keys = vec![views, lower];
    let pair = own(desk)
        .and_then(|own| desk.listening.known.get(&own))
        .zip(chosen(desk).and_then(|one| desk.listening.reference(&one.id)));
    let content: Element<'a, Message> = match pair {
        None => container(text::hint("The song and the reference are compared once both have been measured."))
            .padding(inside(desk.layout))
            .into(),
        Some((own, other)) => both(state, desk, own, other),
    };
    plate::plate("Difference A \u{2212} R", desk.layout.pick("loudness aligned", ""), keys, content)
}

fn both<'a>(state: &State, desk: &'a Desk, own: &Heard, other: &Heard) -> Element<'a, Message> {
    let told = differ(&own.portrait, &other.portrait);
    let hz = told.bands.iter().map(|band| band.frequency_hz.0 as f32).collect::<Vec<_>>();
    let between =
        |one: Option<f64>, other: Option<f64>| one.zip(other).map_or(f32::NAN, |(one, other)| (one - other) as f32);
    let picture = match state.view {
        View::Spectrum => {
            let bars: Vec<f32> =
                told.bands.iter().map(|band| band.level_db.map_or(f32::NAN, |level| level.0 as f32)).collect();
            let reach = reach(&bars, &[3.0, 6.0, 12.0, 24.0]);
            Difference {
                hz,
                bars,
                line: smooth(&own.portrait, &other.portrait),
                reach,
                unit: "dB",
                words: ("A has more", "R has more"),
            }
        }
        View::Width => {
            let bars: Vec<f32> = told.bands.iter().map(|band| between(band.width, band.other_width)).collect();
            let reach = reach(&bars, &[0.1, 0.25, 0.5]);
            Difference { hz, bars, line: Vec::new(), reach, unit: "", words: ("A is wider", "R is wider") }
        }
        View::Correlation => {
            let bars: Vec<f32> =
                told.bands.iter().map(|band| between(band.correlation, band.other_correlation)).collect();
            let reach = reach(&bars, &[0.2, 0.5, 1.0]);
            Difference { hz, bars, line: Vec::new(), reach, unit: "", words: ("A is more mono", "R is more mono") }
        }
        View::Level => level(own, other),
    };
    let words =
        if told.words.is_empty() { "No third of an octave differs by 1 dB.".into() } else { told.words.join("; ") };
    let figures = container(figures(&own.portrait, &other.portrait)).width(desk.layout.pick(240.0, 190.0));
    let content = column![
        row![container(bars(picture)).width(Length::Fill).height(Length::Fill), figures]
            .spacing(16)
            .height(Length::Fill),
        container(row![text::label("Largest"), text::word(words)].spacing(12)).width(Length::Fill).clip(true)
    ]
    .spacing(8);
    container(content).padding(inside(desk.layout)).into()
}

fn reach(values: &[f32], steps: &[f32]) -> f32 {
    let most =
        values.iter().copied().filter(|value| value.is_finite()).fold(0.0_f32, |most, value| most.max(value.abs()));
    steps.iter().copied().find(|step| *step >= most).or(steps.last().copied()).unwrap_or(1.0)
}

/// The difference of the twelfths, averaged over a third around each.
fn smooth(own: &Portrait, other: &Portrait) -> Vec<(f32, f32)> {
    let by = own.integrated_lufs.zip(other.integrated_lufs).map_or(0.0, |(own, other)| own.0 - other.0);
    let curves = (own.curve(), other.curve());
    let raw: Vec<Option<f64>> = curves
        .0
        .iter()
        .zip(&curves.1)
        .map(|(one, other)| one.zip(*other).map(|(one, other)| one - other - by))
        .collect();
    let around = |index: usize| {
        let part: Vec<f64> =
            raw[index.saturating_sub(2)..(index + 3).min(raw.len())].iter().flatten().copied().collect();
        if part.len() < 3 { f32::NAN } else { (part.iter().sum::<f64>() / part.len() as f64) as f32 }
    };
    (0..raw.len()).map(|index| (middle(index).0 as f32, around(index))).collect()
}

/// The outlines' difference over the length of each, as bars on the same scale.
fn level(own: &Heard, other: &Heard) -> Difference {
    // Thirty stretches, drawn where thirds of an octave would stand: time runs from left to right.
    const PARTS: usize = 30;
    let loud = |heard: &Heard, part: usize| {
        let count = heard.outline.len();
        let slice = &heard.outline[part * count / PARTS..(part + 1) * count / PARTS];
        let power: f32 = slice.iter().map(|peak| peak * peak).sum::<f32>() / slice.len().max(1) as f32;
        10.0 * power.max(1e-9).log10()
    };
    let mean = |heard: &Heard| (0..PARTS).map(|part| loud(heard, part)).sum::<f32>() / PARTS as f32;
    let by = mean(own) - mean(other);
    let bars: Vec<f32> = (0..PARTS).map(|part| loud(own, part) - loud(other, part) - by).collect();
    let hz = (0..PARTS).map(|part| 22.4 * 2.0_f32.powf(part as f32 / 3.0)).collect();
    Difference {
        hz,
        reach: reach(&bars, &[6.0, 12.0, 24.0]),
        bars,
        line: Vec::new(),
        unit: "dB",
        words: ("A is louder there", "R is louder there"),
    }
}

fn figures<'a>(own: &Portrait, other: &Portrait) -> Element<'a, Message> {
    let line = |name: &'a str, of: fn(&Portrait) -> Option<f64>, digits: usize| -> Element<'a, Message> {
        let value = |portrait: &Portrait| {
            text::mono(number::reading(of(portrait), digits), font::LABEL).width(56).align_x(Alignment::End)
        };
        row![text::label(name), space::horizontal(), value(own), value(other)]
            .spacing(8)
            .align_y(Alignment::Center)
            .into()
    };
    let head = row![
        space::horizontal(),
        container(text::chip('A', Meaning::A)).width(56).align_x(Alignment::End),
        container(text::chip('R', Meaning::R)).width(56).align_x(Alignment::End)
    ]
    .spacing(8);
    column![
        head,
        line("Crest dB", |of| of.crest_db.map(|one| one.0), 1),
        line("LRA LU", |of| of.lra_lu.map(|one| one.0), 1),
        line("PLR dB", |of| of.plr_db.map(|one| one.0), 1),
        line("Width", |of| of.width, 2),
        line("Correlation", |of| of.correlation, 2),
        line("Tilt dB/oct", |of| of.tilt_db_per_octave, 1),
        line("Low end dB", |of| of.low_end_db.map(|one| one.0), 1),
    ]
    .spacing(8)
    .into()
}

/// How many lines a layout has room for.
pub(super) fn lines(layout: Layout) -> usize {
    layout.pick(8, 5)
}
