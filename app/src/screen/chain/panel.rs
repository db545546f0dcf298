//! Controls made from a processor's table: a knob for a number, a key for a switch, a segment or a drop-down for a choice.
//! A new processor needs no page of its own.

use std::fmt;

use iced::widget::{column, container, pick_list, row, stack};
use iced::{Alignment, Length, Padding};
use lacquer_engine::param::{Kind, Spec, Values};
use lacquer_engine::session::StageSettings;

use super::{Message, Part};
use crate::theme::{Element, font};
use crate::widget::key::{self, Kind as Face};
use crate::widget::knob::{self, Turn};
use crate::widget::{header, segment, text};

/// Choices of no more letters than this stand side by side, others in a list.
const SIDE_BY_SIDE: usize = 18;
/// Where the mark of an automated knob stands below its upper edge, px: beside the middle of its body.
const BESIDE_BODY: f32 = 32.0;
/// Widest and narrowest cell of a knob, px.
const CELL: (f32, f32) = (92.0, 128.0);

/// One entry of a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    index: usize,
    id: &'static str,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&spoken(self.id))
    }
}

/// An id as a word: `low_shelf` is "Low shelf".
pub fn spoken(id: &str) -> String {
    let mut letters = id.chars().map(|c| if c == '_' || c == '-' { ' ' } else { c });
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// The entries of a choice.
pub fn entries(ids: &'static [&'static str]) -> Vec<Entry> {
    ids.iter().enumerate().map(|(index, id)| Entry { index, id }).collect()
}

/// Every control of a stage: knobs first, then switches and choices.
pub fn controls<'a>(stage: &'a StageSettings, values: &Values, leave_out: &[&str]) -> Element<'a, Message> {
    let parts = |numbers: bool| {
        let wanted = move |spec: &&'static Spec| matches!(spec.kind, Kind::Number { .. }) == numbers;
        let params = values.table().params.iter().filter(wanted).filter(|spec| !leave_out.contains(&spec.id));
        params.map(|spec| {
            let control = control(Part::of(stage, None, spec), spec, values.get(spec.id));
            marked(control, spec, stage.automation.contains_key(spec.id))
        })
    };
    let knobs = row(parts(true)).spacing(8).wrap().vertical_spacing(12);
    let others = row(parts(false)).spacing(16).align_y(Alignment::End).wrap().vertical_spacing(8);
    column![knobs, others].spacing(12).into()
}

/// A control that says where it is automated: it follows its line then, and turning it sets a point.
pub fn marked<'a>(control: Element<'a, Message>, spec: &Spec, automated: bool) -> Element<'a, Message> {
    match (automated, spec.kind) {
        (false, _) => control,
        // Beside the body of the knob.
        (true, Kind::Number { .. }) => {
            let mark = container(text::label("auto")).padding(Padding { top: BESIDE_BODY, ..Padding::ZERO });
            stack![control, mark].into()
        }
        (true, _) => row![control, text::label("auto")].spacing(6).align_y(Alignment::Center).into(),
    }
}

/// One control.
pub fn control<'a>(part: Part, spec: &'static Spec, value: f64) -> Element<'a, Message> {
    match spec.kind {
        Kind::Number { .. } => knob::knob(spec, value, true, cell(spec), move |turn| Message::Turn(part.clone(), turn)),
        Kind::Switch => {
            let on = value >= 0.5;
            let turned = Message::Turn(part, Turn::Released(f64::from(u8::from(!on))));
            key::key(spec.name, Some(turned)).kind(Face::Toggle(on)).into()
        }
        Kind::Choice(ids) => labelled(spec, choice(part, ids, value)),
    }
}

fn cell(spec: &Spec) -> f32 {
    // The unit takes room from the number: `dBTP` needs more of it than `dB`.
    let unit = spec.unit.label().chars().count().saturating_sub(2) as f32 * 6.0;
    (spec.name.chars().count() as f32 * 6.4 + 8.0).max(CELL.0 + unit).min(CELL.1)
}

fn labelled<'a>(spec: &'static Spec, control: Element<'a, Message>) -> Element<'a, Message> {
    column![text::label(spec.name), control].spacing(4).into()
}

fn choice<'a>(part: Part, ids: &'static [&'static str], value: f64) -> Element<'a, Message> {
    if ids.iter().map(|id| id.len()).sum::<usize>() > SIDE_BY_SIDE {
        return drop_down(part, ids, value, 132.0);
    }
    let options: Vec<(usize, &'static str)> = ids.iter().copied().enumerate().collect();
    segment::one_of(&options, value.max(0.0) as usize, move |index| {
        Message::Turn(part.clone(), Turn::Released(index as f64))
    })
}

/// A list of choices, 24 high.
pub fn drop_down<'a>(
    part: Part,
    ids: &'static [&'static str],
    value: f64,
    width: impl Into<Length>,
) -> Element<'a, Message> {
    let entries = entries(ids);
    let now = entries.get(value.max(0.0) as usize).copied();
    pick_list(entries, now, move |entry| Message::Turn(part.clone(), Turn::Released(entry.index as f64)))
        .text_size(font::BODY)
        .font(font::INTER)
        .padding(Padding::from([2, 8]))
        .width(width)
        .handle(header::drop_handle())
        .into()
}
