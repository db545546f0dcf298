//! The place of the selected finding from close by, with what repairs it.

use std::sync::Arc;

use iced::widget::{column, container, row, space};
use iced::{Alignment, Length};
use lacquer_engine::qc::close_up::{CloseUp as Read, POINTS_PER_SAMPLE, Trace as Told};

use super::{Message, State, Zoom, padded};
use crate::desk::Desk;
use crate::desk::quality::{Heard, Near, Place, Shown};
use crate::theme::{Element, font, text as ink};
use crate::widget::close_up::{self, Channel, CloseUp, Trace};
use crate::widget::key::{self, Kind};
use crate::widget::{number, plate, plot, segment, text};

/// Height of the spectrum over time, px.
const STRIP: f32 = 96.0;
/// Room for its scale at the left, px: as of the picture above it.
const GUTTER: f32 = 44.0;
/// The darkest level of the strip, dB.
const FLOOR_DB: f32 = -120.0;

impl State {
    /// Makes the picture of what was read.
    pub fn show(&mut self, desk: &Desk) {
        let shown = desk.quality.close_up.as_ref();
        let near = shown.and_then(|shown| match &shown.read {
            Some(Ok(near)) => Some((shown, near)),
            _ => None,
        });
        self.said = match shown.map(|shown| &shown.read) {
            None => "Select a finding to see it from close by".into(),
            Some(None) => "Reading\u{2026}".into(),
            Some(Some(Err(error))) => error.clone(),
            Some(Some(Ok(_))) => String::new(),
        };
        let Some((shown, near)) = near else {
            // While the next place is read the last one stays: nothing flickers.
            if !matches!(shown.map(|shown| &shown.read), Some(None)) {
                (self.picture, self.strip) = (None, None);
            }
            return;
        };
        self.picture = Some(Arc::new(picture(desk, shown, near)));
        let strip = &near.before.strip;
        self.strip = Some(close_up::strip(strip.columns, strip.rows, &strip.level_db, FLOOR_DB));
    }

    pub(super) fn close<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        let zooms = [(Zoom::One, "1 ms"), (Zoom::Five, "5 ms"), (Zoom::Fifty, "50 ms"), (Zoom::Whole, "all")];
        let aside = self.row().map_or_else(String::new, |row| row.time.clone());
        let keys = vec![segment::one_of(&zooms, self.zoom(), Message::Zoom)];
        plate::plate("Close-up", aside, keys, self.close_content(desk, STRIP))
    }

    /// The picture, the strip and the keys of repair.
    pub(super) fn close_content<'a>(&'a self, desk: &'a Desk, strip_height: f32) -> Element<'a, Message> {
        let picture: Element<'a, Message> = match &self.picture {
            Some(picture) => close_up::close_up(Arc::clone(picture), self.on_span(desk)),
            None => {
                let said = iced::widget::text(self.said.as_str()).size(font::BODY).style(ink::text3);
                container(said).center(Length::Fill).into()
            }
        };
        let mut content = column![container(picture).height(Length::Fill)].spacing(6);
        if let (Some(handle), Some(near)) =
            (&self.strip, desk.quality.close_up.as_ref().and_then(|shown| shown.read.as_ref()))
            && let Ok(near) = near
            && strip_height > 0.0
        {
            content = content.push(strip(handle.clone(), near, strip_height));
        }
        padded(content.push(self.repairs(desk)).push(self.listening(desk)), desk.layout)
    }

    /// What would repair it, or does.
    fn repairs<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        let entry = self.selected.as_ref().and_then(|id| desk.quality.entry(id));
        let repair = entry.and_then(|entry| desk.repair_of(entry));
        let source = entry.and_then(|entry| entry.source.clone());
        let proposed = desk.quality.close_up.as_ref().and_then(|shown| shown.place.proposal.as_ref());
        let line = match (repair, source) {
            (Some(repair), Some(source)) => {
                let word = format!("{}{}", repair.name(), if repair.off { ", off" } else { "" });
                row![
                    key::key("Repair", Some(Message::SwitchRepair))
                        .kind(Kind::Toggle(!repair.off))
                        .shortcut("Del")
                        .height(32.0),
                    key::key("Remove", Some(Message::Remove(source, repair.id.clone()))).height(32.0),
                    space::horizontal(),
                    text::label(word),
                ]
            }
            _ => {
                let word = match (entry, proposed) {
                    (None, _) => String::new(),
                    (Some(_), None) => "nothing repairs this".into(),
                    (Some(_), Some(repair)) => {
                        format!("{}, {} samples", repair.name(), number::samples(repair.end.0 - repair.start.0))
                    }
                };
                row![
                    key::key("Repair", proposed.map(|_| Message::Repair)).width(120).height(32.0),
                    space::horizontal(),
                    text::label(word),
                ]
            }
        };
        treating(desk).unwrap_or_else(|| line.spacing(8).height(36).align_y(Alignment::Center).into())
    }

    /// The repair of the selected finding goes where it is dragged to.
    fn on_span(&self, desk: &Desk) -> Option<impl Fn(f64, f64) -> Message + use<>> {
        let (source, repair) = self.repair_on(desk)?;
        let middle = middle(&desk.quality.close_up.as_ref()?.place);
        Some(move |start, end| {
            let start: f64 = middle + start;
            Message::Span(source.clone(), repair.clone(), start.max(0.0), middle + end)
        })
    }

    /// The repair of the selected finding, where it is on: its source and its id.
    fn repair_on(&self, desk: &Desk) -> Option<(String, String)> {
        let entry = desk.quality.entry(self.selected.as_ref()?)?;
        let repair = desk.repair_of(entry).filter(|repair| !repair.off)?;
        Some((entry.source.clone()?, repair.id.clone()))
    }

    /// Before the selected finding's repair.
    pub(super) fn before(&self, desk: &Desk) -> Option<Heard> {
        self.repair_on(desk).map(|(source, repair)| Heard::Before(source, repair))
    }

    /// What the selected finding's repair takes away.
    pub(super) fn removed(&self, desk: &Desk) -> Option<Heard> {
        self.repair_on(desk).map(|(source, repair)| Heard::Removed(source, repair))
    }

    /// Before, after, and what is taken away.
    fn listening<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        let (before, removed) = (self.before(desk), self.removed(desk));
        let after = before.is_some().then(|| desk.quality.hearing.clone());
        let lit = |heard: &Option<Heard>| heard.as_ref().is_some_and(|heard| *heard == desk.quality.hearing);
        let repaired_heard = after.as_ref() == Some(&Heard::Repaired);
        let decision = self.row().map_or("", |row| row.decision.as_str());
        let repaired =
            self.picture.as_ref().is_some_and(|picture| picture.channels.iter().any(|one| one.after.is_some()));
        let legend = match () {
            () if !decision.is_empty() => super::table::cut(decision, 56),
            () if repaired => "line: file, dashed: repaired; other samples untouched".into(),
            () => String::new(),
        };
        row![
            key::key("Before", before.clone().map(Message::Hear))
                .kind(Kind::Toggle(lit(&before)))
                .shortcut("A")
                .height(32.0),
            // What is heard already is heard no longer: the programme with its repairs is.
            key::key("After", after.map(Message::Hear)).kind(Kind::Toggle(repaired_heard)).height(32.0),
            key::key("Removed", removed.clone().map(Message::Hear)).kind(Kind::Toggle(lit(&removed))).height(32.0),
            space::horizontal(),
            container(text::label(legend)).clip(true),
        ]
        .spacing(8)
        .height(36)
        .align_y(Alignment::Center)
        .into()
    }
}

/// What is being computed, and the key that stops it.
pub(super) fn treating<'a>(desk: &Desk) -> Option<Element<'a, Message>> {
    let treating = desk.quality.treating.as_ref()?;
    let line = row![
        key::key("Stop", Some(Message::StopRepairs)).width(72).height(32.0),
        text::word(format!("{}: {:.0} %", treating.name, 100.0 * treating.share)),
        space::horizontal(),
        text::label("heard without it until it is done"),
    ];
    Some(line.spacing(8).height(36).align_y(Alignment::Center).into())
}

fn strip<'a>(handle: iced::widget::image::Handle, near: &Near, height: f32) -> Element<'a, Message> {
    let told = &near.before.strip;
    let (highest, unit) = plot::frequency(told.highest.0);
    let half = 0.5 * (told.to.0 - told.from.0);
    let scale = column![
        text::mono(highest, font::SCALE).style(ink::text2),
        space::vertical(),
        text::label(unit),
        space::vertical(),
        text::mono("0", font::SCALE).style(ink::text2)
    ]
    .align_x(Alignment::End)
    .width(GUTTER - 6.0)
    .height(height);
    let ends = row![
        space().width(GUTTER),
        text::mono(close_up::span(-half), font::SCALE).style(ink::text2),
        space::horizontal(),
        text::mono(close_up::span(half), font::SCALE).style(ink::text2)
    ];
    column![row![scale, space().width(6), close_up::strip_view(handle, height)], ends].spacing(2).into()
}

fn picture(desk: &Desk, shown: &Shown, near: &Near) -> CloseUp {
    let (place, before) = (&shown.place, &near.before);
    let middle = middle(place);
    let entry = desk.quality.entry(&place.finding);
    let repair = entry.and_then(|entry| desk.repair_of(entry)).filter(|repair| !repair.off);
    let seconds = |frame: lacquer_engine::unit::Frames| frame.seconds(before.rate).0 - middle;
    let count = before.channels.len();
    let channel = |(index, told): (usize, &Told)| Channel {
        label: label(index, count),
        before: trace(told),
        after: near
            .after
            .as_ref()
            .and_then(|after| after.channels.get(index))
            .filter(|after| *after != told)
            .map(trace),
        faulty: place.channel.is_none_or(|channel| channel == index),
    };
    // Levels of full scale can be marked; other limits have no line.
    let limit = entry.map(|entry| &entry.finding).filter(|finding| matches!(finding.unit.as_str(), "dBTP" | "dBFS"));
    let limit = limit.and_then(|finding| finding.limit).map(|limit| libm::pow(10.0, limit / 20.0) as f32);
    CloseUp {
        from_s: before.from.0 - middle,
        to_s: before.to.0 - middle,
        fault: (place.start.0 - middle, place.end.0 - middle),
        channels: before.channels.iter().enumerate().map(channel).collect(),
        limit,
        remark: remark(place.end.0 - place.start.0, before),
        repair: repair.map(|repair| (seconds(repair.start), seconds(repair.end))),
    }
}

/// The middle of a fault in its source, in seconds.
fn middle(place: &Place) -> f64 {
    0.5 * (place.start.0 + place.end.0.max(place.start.0))
}

fn label(index: usize, count: usize) -> String {
    match (count, index) {
        (1, _) => "M".into(),
        (2, 0) => "L".into(),
        (2, _) => "R".into(),
        _ => (index + 1).to_string(),
    }
}

/// How long the fault is: in samples where they can be counted.
fn remark(length_s: f64, read: &Read) -> String {
    let samples = (length_s.max(0.0) * read.rate.hz()).round();
    match samples {
        s if s < 1.0 => String::new(),
        1.0 => "1 sample".into(),
        s if s <= 4096.0 => format!("{s:.0} samples"),
        _ => format!("{length_s:.2} s"),
    }
}

fn trace(told: &Told) -> Trace {
    match told {
        Told::Samples { samples, line } => Trace::Samples {
            samples: samples.as_slice().into(),
            line: line.as_slice().into(),
            density: POINTS_PER_SAMPLE,
        },
        Told::Columns(columns) => Trace::Columns(columns.as_slice().into()),
    }
}
