//! The references, how the chosen one is heard, and the match.

use iced::widget::{column, container, mouse_area, row, rule, scrollable, space};
use iced::{Alignment, Length};
use lacquer_engine::compare::loud;
use lacquer_engine::session::{Matching, Reference, Standing};
use lacquer_engine::unit::Db;

use super::{Dimension, Message, State, chosen, inside, is_heard, own};
use crate::desk::Desk;
use crate::desk::listening::{Ask, Beside};
use crate::theme::plate::{self as ground, Meaning};
use crate::theme::{Element, font, icon, text as ink};
use crate::widget::outline::{Outline, outline};
use crate::widget::segment::{self, Cell};
use crate::widget::{field, key, number, plate, text};

pub(super) fn list<'a>(state: &'a State, desk: &'a Desk) -> Element<'a, Message> {
    let add: Element<'a, Message> = key::key("Add", Some(Message::Ask(Ask::Add))).kind(key::Kind::Outlined).into();
    let references = &desk.session().references;
    let cards: Vec<Element<'a, Message>> =
        references.iter().enumerate().map(|(index, one)| card(index, one, desk)).collect();
    let cards: Element<'a, Message> = match cards.is_empty() {
        true => text::hint("Add or drop a file: measured, never altered.").into(),
        false => column(cards).spacing(2).into(),
    };
    let content = column![
        scrollable(container(cards).width(Length::Fill).padding(inside(desk.layout))).height(Length::Fill),
        standing(desk),
        matching(state, desk),
    ];
    plate::plate("References", desk.layout.pick("read-only, kept by hash", ""), vec![add], content)
}

fn card<'a>(index: usize, reference: &'a Reference, desk: &'a Desk) -> Element<'a, Message> {
    let heard = is_heard(desk, &reference.id);
    let listening = &desk.listening;
    let known = listening.reference(&reference.id);
    let chosen = chosen(desk).is_some_and(|one| one.id == reference.id);
    let name = text::word(reference.name.clone()).style(if chosen { ink::text } else { ink::text2 });
    let state = match (known.is_some(), heard) {
        (_, true) => text::label("heard").style(ink::text),
        (true, false) => text::label(""),
        (false, _) => {
            let share = listening.references.get(&reference.id).and_then(|key| listening.under_way.get(key));
            text::label(share.map_or_else(|| "waits".into(), |share| format!("measuring {:.0} %", 100.0 * share)))
        }
    };
    let head = row![
        text::chip('R', Meaning::R),
        text::label(format!("{}", index + 1)),
        container(row![name, text::label(reference.artist.clone())].spacing(8)).width(Length::Fill).clip(true),
        state
    ]
    .spacing(8)
    .align_y(Alignment::Center);
    let portrait = known.map(|heard| &heard.portrait);
    let shown = |value: Option<f64>, digits: usize| number::reading(value, digits);
    let own = own(desk).and_then(|own| listening.known.get(&own));
    let levels =
        own.zip(portrait).map(|(own, other)| loud::levels(&own.portrait, other, reference.matching, reference.trim));
    let figures = row![
        text::number(shown(portrait.and_then(|one| one.integrated_lufs).map(|one| one.0), 1), "LUFS", font::LABEL),
        text::number(shown(portrait.and_then(|one| one.true_peak_dbtp).map(|one| one.0), 2), "dBTP", font::LABEL),
        space::horizontal(),
        text::label("match"),
        text::number(
            levels.map_or_else(|| number::DASH.into(), |one| number::change(one.beside_db.0 - one.own_db.0, 1)),
            "dB",
            font::LABEL
        ),
    ]
    .spacing(8)
    .align_y(Alignment::Center);
    let length = reference.file.frames.seconds(reference.file.rate).0.max(0.001);
    let playhead = matches!(&listening.beside, Some(Beside::Reference(id)) if *id == reference.id)
        .then(|| desk.monitor.beside_time().map(|time| (time.0 / length) as f32))
        .flatten();
    let outline = outline(Outline {
        peaks: known.map(|heard| heard.outline.clone()).unwrap_or_default().into(),
        meaning: Meaning::R,
        heard,
        playhead,
        marks: reference.cues.iter().map(|cue| (cue.0 / length) as f32).collect(),
    });
    let hear = key::key(if heard { "Programme" } else { "Hear" }, Some(Message::Ask(Ask::Reference(index + 1))));
    let bottom = row![outline, hear].spacing(8).align_y(Alignment::Center);
    let content = container(column![head, figures, bottom].spacing(6)).padding([8, 0]).width(Length::Fill);
    let card = column![content, rule::horizontal(1)];
    mouse_area(card).on_press(Message::Ask(Ask::Choose(reference.id.clone()))).into()
}

/// How the chosen reference is heard.
fn standing<'a>(desk: &'a Desk) -> Element<'a, Message> {
    let Some(reference) = chosen(desk) else { return space().into() };
    let line = |name: &'a str, content: Element<'a, Message>| {
        row![text::label(name).width(desk.layout.pick(92.0, 62.0)), content].spacing(8).align_y(Alignment::Center)
    };
    let positions = Standing::ALL.into_iter().map(|one| Cell {
        label: one.word(),
        on: reference.position == one,
        on_press: Some(Message::Set("position", one.word().into())),
    });
    let matches = Matching::ALL.into_iter().map(|one| Cell {
        label: match one {
            Matching::Off => "off",
            Matching::ShortTerm => "loud parts",
            Matching::Integrated => "integrated",
        },
        on: reference.matching == one,
        on_press: Some(Message::Set("match", one.word().into())),
    });
    let trim = field::field(number::change(reference.trim.0, 1), "dB", 84.0, |typed| {
        level(typed).map(|db| Message::Set("trim", format!("{}", db.0)))
    });
    let cues = reference.cues.iter().enumerate().map(|(index, _)| Cell {
        label: ["1", "2", "3", "4", "5", "6"].get(index).copied().unwrap_or("\u{2026}"),
        on: reference.cue == index + 1,
        on_press: Some(Message::Set("cue", format!("{}", index + 1))),
    });
    let place = match (&desk.listening.place, reference.position) {
        (Some(place), Standing::Section) => {
            let tempo = 100.0 * (1.0 / place.ratio - 1.0);
            format!("found, {:+.3} s, tempo {tempo:+.1} %, alike {:.2}", place.offset_s.0, place.likeness)
        }
        (None, Standing::Section) if desk.listening.beside.is_some() => "no common section: at the playhead".into(),
        _ => String::new(),
    };
    let can_cue = is_heard(desk, &reference.id).then_some(Message::Cue);
    let remove = key::icon(icon::X, Some(Message::Remove)).kind(key::Kind::Bare);
    let mut content = column![line("Position", segment::segment(positions.collect(), Length::Shrink))].spacing(6);
    if !place.is_empty() {
        content = content.push(line("", text::label(place).into()));
    }
    let content = content
        .push(line("Loudness", segment::segment(matches.collect(), Length::Shrink)))
        .push(line(
            "Cues",
            row![
                segment::segment(cues.collect(), Length::Shrink),
                key::key("Cue here", can_cue),
                space::horizontal(),
                remove
            ]
            .spacing(8)
            .into(),
        ))
        .push(line(
            "Trim",
            row![
                Element::from(trim),
                text::hint(desk.layout.pick("never raised above \u{2212}1 dBTP", "under \u{2212}1 dBTP"))
            ]
            .spacing(8)
            .align_y(Alignment::Center)
            .into(),
        ));
    container(content).padding(inside(desk.layout)).into()
}

/// Reads a level.
fn level(typed: &str) -> Result<Db, String> {
    let text = typed.replace('\u{2212}', "-").to_ascii_lowercase();
    let number = text.trim().trim_end_matches("db").trim().parse::<f64>().ok().filter(|value| value.abs() <= 24.0);
    number.map(Db).ok_or_else(|| "a level of at most 24 dB".into())
}

/// The match to all references by their weights.
fn matching<'a>(state: &'a State, desk: &'a Desk) -> Element<'a, Message> {
    let known = [
        ("Spectrum", Dimension::Spectrum),
        ("Width", Dimension::Width),
        ("Dynamics", Dimension::Dynamics),
        ("Level", Dimension::Level),
    ];
    let cell = |(name, dimension): (&'a str, Dimension)| {
        let percent = state.amounts[dimension as usize];
        let accept = move |typed: &str| {
            let number = typed.trim().trim_end_matches('%').trim().parse::<f64>().ok();
            let number = number.filter(|value| (0.0..=100.0).contains(value));
            number.map(|value| Message::Amount(dimension, value)).ok_or_else(|| "0 to 100 %".to_string())
        };
        let field = field::field(format!("{percent:.0}"), "%", 72.0, accept).on_step(move |steps, fine| {
            Message::Amount(dimension, percent + f64::from(steps as f32) * if fine { 1.0 } else { 5.0 })
        });
        column![text::label(name), Element::from(field)].spacing(4).align_x(Alignment::Center).into()
    };
    let weight = chosen(desk).map_or(100.0, |one| 100.0 * one.weight);
    let weight_field = field::field(format!("{weight:.0}"), "%", 72.0, |typed| {
        let number =
            typed.trim().trim_end_matches('%').trim().parse::<f64>().ok().filter(|value| (0.0..=100.0).contains(value));
        number.map(|value| Message::Set("weight", format!("{}", value / 100.0))).ok_or_else(|| "0 to 100 %".to_string())
    });
    let some = !desk.session().references.is_empty();
    let told = desk.listening.proposal.as_ref().map_or_else(String::new, |proposal| {
        let bells: Vec<String> = proposal
            .bells
            .iter()
            .take(4)
            .map(|bell| format!("{:+.1} dB at {:.0} Hz", bell.gain_db.0, bell.frequency_hz.0))
            .collect();
        let rest = [
            proposal.widths.map(|[low, middle, high]| format!("width {low:.0}/{middle:.0}/{high:.0} %")),
            proposal.ratio.map(|ratio| format!("ratio {ratio:.2}")),
            proposal.gain_db.map(|gain| format!("gain {:+.1} dB", gain.0)),
        ];
        let all: Vec<String> = bells.into_iter().chain(rest.into_iter().flatten()).collect();
        if all.is_empty() { "nothing to do: the honest move is none".into() } else { all.join(", ") }
    });
    let keys = row![
        key::key("Propose", some.then_some(Message::Match(false))),
        key::key("Set in the song's chain", some.then_some(Message::Match(true)))
    ]
    .spacing(8);
    let weight =
        column![text::label("This one's weight"), Element::from(weight_field)].spacing(4).align_x(Alignment::Center);
    let content = column![
        rule::horizontal(1),
        row![text::title("Match"), space::horizontal(), text::label("ordinary processor settings")]
            .align_y(Alignment::Center)
            .height(32),
        row(known.map(cell)).spacing(8),
    ]
    .push((desk.layout == crate::widget::Layout::Large).then_some(weight))
    .push((!told.is_empty()).then(|| text::label(told).style(ink::text)))
    .push(keys)
    .spacing(6);
    container(content).padding(inside(desk.layout)).style(ground::plate).into()
}
