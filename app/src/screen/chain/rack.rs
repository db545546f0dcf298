//! The slots: in, every stage with its lamp and its telling value, a list of processors to add, out.

use std::fmt;

use iced::widget::{Row, column, container, mouse_area, pick_list, row, rule, scrollable, space, stack};
use iced::{Alignment, Length, Padding};
use lacquer_engine::chain::PROCESSORS;
use lacquer_engine::param::{Kind, Values};
use lacquer_engine::session::{Scope, StageSettings};

use super::bench::Bench;
use super::{Message, State, name, wayout};
use crate::theme::{Element, Theme, font, plate as ground};
use crate::widget::key::{self, Kind as Face};
use crate::widget::slot::{self, Slot};
use crate::widget::{header, number, plate, reorder, segment, text};

/// A processor in the list that adds one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Offer {
    id: &'static str,
    name: &'static str,
}

impl fmt::Display for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl State {
    pub(super) fn rack<'a>(&'a self, bench: &Bench<'a>) -> Element<'a, Message> {
        let layout = bench.desk.layout;
        let pass = bench.desk.heard().map_or("", |pass| pass.name.as_str());
        let whose = match &bench.scope {
            Scope::Album => "album",
            Scope::Song(_) => "song",
        };
        let shared = bench.desk.session().main_pass().filter(|_| bench.inherits);
        let aside = match shared {
            Some(main) => format!("{whose}, pass {pass}, as in {}", main.name),
            None => format!("{whose}, pass {pass}"),
        };
        let slots = self.slots(bench);
        let (before, after) = bench.loudness();
        let mut line = row![].spacing(12).align_y(Alignment::Center);
        if layout == crate::widget::Layout::Large {
            line = line.push(end("In", before)).push(slots).push(end("Out", after));
        } else {
            line = line.push(slots);
        }
        let padding = Padding { top: 0.0, right: 12.0, bottom: 12.0, left: layout.pick(12.0, 8.0) };
        let mut keys = self.whole(bench);
        if let Some(stage) = self.selected(bench).filter(|_| !self.shows_way_out(bench)) {
            keys.push(text::label(format!("   {}", name(stage))).into());
            keys.extend(self.comparing(bench));
            keys.push(text::label(self.told(bench, stage)).into());
        }
        let beside = row(keys).spacing(8).align_y(Alignment::Center).wrap().vertical_spacing(4);
        let head = plate::header("Chain", aside, self.rack_keys(bench));
        let beside = container(beside).padding(Padding { bottom: 8.0, ..padding });
        let content = column![head, container(line).padding(Padding { bottom: 8.0, ..padding }), beside];
        plate::ground(container(content).width(Length::Fill), ground::plate)
    }

    /// The stages in order, each to be dragged to another place, a list that adds one, and the way out behind the album.
    fn slots<'a>(&'a self, bench: &Bench<'a>) -> Element<'a, Message> {
        let layout = bench.desk.layout;
        let (wide, gap) = (layout.pick(172.0, 144.0), layout.pick(20.0, 8.0));
        let way_out = self.shows_way_out(bench);
        let selected = self.selected(bench).map(|stage| stage.id.as_str()).filter(|_| !way_out);
        let mut slots: Row<'a, Message, Theme> = row![].align_y(Alignment::Center);
        for (place, stage) in bench.stages.iter().enumerate() {
            if place > 0 {
                slots = slots.push(wire(gap));
            }
            slots = slots.push(self.slot(bench, place, stage, selected == Some(stage.id.as_str()), wide));
        }
        let slots = reorder::across(slots, (wide, gap), bench.stages.len(), Message::Drag);
        let mut line: Row<'a, Message, Theme> = row![slots].align_y(Alignment::Center);
        if !bench.stages.is_empty() {
            line = line.push(wire(gap));
        }
        line = line.push(offers());
        if let Some(pass) = bench.desk.heard().filter(|_| bench.scope == Scope::Album) {
            let last = Slot {
                number: bench.stages.len() + 1,
                name: "Way out",
                value: wayout::telling(pass),
                on: true,
                selected: way_out,
                on_press: Some(Message::WayOut),
            };
            line = line.push(wire(gap)).push(slot::slot(last, wide));
        }
        let bar = scrollable::Scrollbar::new().width(4).scroller_width(4);
        scrollable(line).direction(scrollable::Direction::Horizontal(bar)).width(Length::Fill).into()
    }

    fn rack_keys<'a>(&self, bench: &Bench<'a>) -> Vec<Element<'a, Message>> {
        let desk = bench.desk;
        let song = desk.selected_song().map_or("Song", |song| short(&song.title));
        let cells = [("Album", false), (song, true)].map(|(label, of_song)| segment::Cell {
            label,
            on: of_song == matches!(bench.scope, Scope::Song(_)),
            on_press: (!of_song || desk.selected().is_some()).then_some(Message::OfSong(of_song)),
        });
        let scopes = segment::segment(cells.into(), Length::Shrink);
        let gain = desk.selected().and_then(|song| desk.survey.as_ref()?.match_db(song));
        let shown = gain.map_or_else(|| number::DASH.into(), |gain| number::change(gain, 1));
        let matched = row![text::label("match"), text::number(shown, "dB", font::BODY)].spacing(8);
        let processed = desk.monitor.chains_on();
        let word = if processed { "Bypass, matched" } else { "Hear the chain" };
        let bypass = key::key(word, desk.plan.is_some().then_some(Message::Original))
            .kind(Face::Primary)
            .shortcut("B")
            .width(desk.layout.pick(200.0, 172.0));
        vec![scopes, matched.align_y(Alignment::Center).into(), bypass.into()]
    }

    fn slot<'a>(
        &'a self,
        bench: &Bench<'a>,
        place: usize,
        stage: &'a StageSettings,
        selected: bool,
        wide: f32,
    ) -> Element<'a, Message> {
        let face = slot::slot(
            Slot {
                number: place + 1,
                name: name(stage),
                value: self.telling(bench, stage),
                on: !stage.bypass,
                selected,
                on_press: Some(Message::Select(stage.id.clone())),
            },
            wide,
        );
        // The lamp is a key of its own, larger than what is drawn.
        let lamp = mouse_area(space().width(26).height(26)).on_press(Message::Lamp(stage.id.clone()));
        stack![face, container(lamp).padding(Padding::ZERO.left(3).top(3))].width(wide).height(52).clip(true).into()
    }

    /// The one value that tells what a stage does.
    fn telling(&self, bench: &Bench<'_>, stage: &StageSettings) -> String {
        let (Some(values), _) = stage.resolve() else { return "unknown".into() };
        let trail = self.trails.get(&(bench.scope.clone(), stage.id.clone()));
        match (stage.processor.as_str(), trail.and_then(super::Trail::now_db)) {
            ("eq", _) => match values.rows("band").filter(|band| band.is_on("on")).count() {
                1 => "1 band".into(),
                bands => format!("{bands} bands"),
            },
            ("compressor" | "limiter" | "multiband" | "deesser" | "clipper", Some(gain)) => {
                format!("GR {} dB", number::level(gain, 1))
            }
            ("compressor", None) => shown(&values, "ratio"),
            ("multiband", None) => format!("{} bands", values.rows("band").count()),
            ("deesser", None) => shown(&values, "frequency"),
            ("limiter" | "clipper", None) => shown(&values, "ceiling"),
            ("saturation", _) => format!("{} {}", shown(&values, "curve"), shown(&values, "drive")),
            ("stereo", _) => shown(&values, "width_middle"),
            _ => values.table().params.first().map_or_else(String::new, |spec| shown(&values, spec.id)),
        }
    }
}

fn shown(values: &Values, id: &str) -> String {
    let Some((slot, spec)) = values.table().find(id) else { return String::new() };
    let (value, unit) = number::of_spec(spec, values.at(slot));
    match spec.kind {
        Kind::Number { .. } if unit.is_empty() => value,
        Kind::Number { .. } => format!("{value} {unit}"),
        _ => super::panel::spoken(&value),
    }
}

/// The head of a title, as long as a cell can take.
fn short(title: &str) -> &str {
    let end = title.char_indices().nth(24).map_or(title.len(), |(end, _)| end);
    if title.is_empty() { "Song" } else { &title[..end] }
}

fn wire<'a>(width: f32) -> Element<'a, Message> {
    container(rule::horizontal(1)).width(width).into()
}

fn end<'a>(label: &'a str, loudness: Option<f64>) -> Element<'a, Message> {
    let value = text::number(number::reading(loudness, 1), "LUFS", font::BODY);
    column![text::label(label), value].spacing(4).width(84).into()
}

fn offers<'a>() -> Element<'a, Message> {
    let all: Vec<Offer> =
        PROCESSORS.iter().map(|processor| Offer { id: processor.table.id, name: processor.table.name }).collect();
    pick_list(all, None::<Offer>, |offer| Message::Add(offer.id))
        .placeholder("Add")
        .text_size(font::BODY)
        .font(font::INTER)
        .padding(Padding::from([6, 10]))
        .width(116)
        .handle(header::drop_handle())
        .into()
}
