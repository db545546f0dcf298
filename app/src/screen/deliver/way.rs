//! The way of the selected pass: its name and what is made of it.

use iced::widget::{Row, column, container, pick_list, row};
use iced::{Alignment, Length, Padding};
use lacquer_engine::dsp::dither::Dither;
use lacquer_engine::dsp::resample::{Filter, Phase, Steepness};
use lacquer_engine::session::{Depth, Edit, EditError, NewPass, Pass, PassKind, Rate};
use lacquer_engine::unit::{Dbtp, SampleRate};

use super::{Message, State};
use crate::desk::{Action, Desk, profiles};
use crate::theme::{Element, Theme, font};
use crate::widget::{field, header, number, text};

/// An entry of a list: what it means and its words.
#[derive(Debug, Clone)]
pub(super) struct Choice<T> {
    value: T,
    words: String,
}

impl<T: PartialEq> PartialEq for Choice<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T> std::fmt::Display for Choice<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.words)
    }
}

/// A new pass, as the list offers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begin {
    /// The usual pass of a kind.
    Kind(PassKind),
    /// A copy of the pass of this id.
    Copy(String),
}

/// A value of the selected pass.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Its name.
    Name(String),
    /// Its delivered rate.
    Rate(Rate),
    /// Its delivered word.
    Depth(Depth),
    /// Its dither.
    Dither(Dither),
    /// The filter of its rate conversions.
    Filter(Filter),
    /// The ceiling of its guard; none is no guard.
    Ceiling(Option<Dbtp>),
    /// The profile it is judged by.
    Profile(String),
}

/// Ceilings that can be typed, dBTP.
const CEILINGS: std::ops::RangeInclusive<f64> = -24.0..=0.0;
/// Rates of a streaming delivery, Hz.
const RATES: [u32; 6] = [44_100, 48_000, 88_200, 96_000, 176_400, 192_000];
const DEPTHS: [Depth; 5] = [Depth::Int16, Depth::Int24, Depth::Int32, Depth::Float32, Depth::Float64];

impl State {
    /// A new pass behind the others; it is selected then.
    pub(super) fn begin(&mut self, desk: &Desk, begin: &Begin) -> Action {
        let (new, name) = match begin {
            Begin::Kind(PassKind::Streaming) => (NewPass::Kind(PassKind::Streaming), "Streaming".to_string()),
            Begin::Kind(PassKind::Cd) => (NewPass::Kind(PassKind::Cd), "CD".to_string()),
            Begin::Kind(PassKind::HiRes) => (NewPass::Kind(PassKind::HiRes), "Hi-res".to_string()),
            Begin::Kind(PassKind::Broadcast) => (NewPass::Kind(PassKind::Broadcast), "Broadcast".to_string()),
            Begin::Kind(PassKind::Vinyl) => (NewPass::Kind(PassKind::Vinyl), "Vinyl".to_string()),
            Begin::Kind(PassKind::Cassette) => (NewPass::Kind(PassKind::Cassette), "Cassette".to_string()),
            Begin::Kind(PassKind::Copies) => (NewPass::Kind(PassKind::Copies), "Listening copies".to_string()),
            Begin::Copy(from) => {
                let name = desk.session().pass(from).map_or("Pass", |pass| pass.name.as_str());
                (NewPass::CopyOf(from), format!("{name} copy"))
            }
        };
        let name = free_name(desk, name);
        match Edit::add_pass(&desk.document, new, &name) {
            Ok((edit, id)) => {
                self.pass = Some(id);
                Action::Edit(edit)
            }
            Err(error) => Action::Say(error.to_string()),
        }
    }

    /// Removes the selected pass.
    pub(super) fn remove(&mut self, desk: &Desk) -> Action {
        let Some(pass) = self.selected(desk) else { return Action::None };
        match Edit::remove_pass(&desk.document, &pass.id) {
            Ok(edit) => {
                let heard = pass.id == desk.pass;
                let main = desk.session().main_pass().map(|main| main.id.clone()).filter(|_| heard);
                self.left_out.remove(&pass.id);
                self.pass = None;
                // What is heard is another pass before this one goes.
                let hear = main.map_or(Action::None, Action::Hear);
                Action::Batch(vec![hear, Action::Edit(edit)])
            }
            Err(error) => Action::Say(error.to_string()),
        }
    }

    /// Another value of a pass.
    pub fn set(desk: &Desk, pass: &str, value: Value) -> Action {
        let document = &desk.document;
        let edit = match value {
            Value::Name(name) => Edit::rename_pass(document, pass, &name),
            Value::Rate(rate) => Edit::set_rate(document, pass, rate),
            Value::Depth(depth) => Edit::set_depth(document, pass, depth),
            Value::Dither(dither) => Edit::set_dither(document, pass, dither),
            Value::Filter(filter) if filter == pass_filter(desk, pass) => return Action::None,
            Value::Filter(filter) => Edit::set_filter(document, pass, filter),
            Value::Ceiling(ceiling) => Edit::set_ceiling(document, pass, ceiling),
            Value::Profile(profile) => Edit::set_profile(document, pass, &profile),
        };
        match edit {
            Ok(Edit::Set { from, to, .. }) if from == to => Action::None,
            Ok(edit) => Action::Edit(edit),
            Err(error) => Action::Say(error.to_string()),
        }
    }

    /// The list that adds a pass.
    pub(super) fn adder<'a>(&self, desk: &Desk) -> Element<'a, Message> {
        let entry = |value, words: &str| Choice { value, words: words.to_string() };
        let mut choices = vec![
            entry(Begin::Kind(PassKind::Streaming), "Streaming: a WAV per song"),
            entry(Begin::Kind(PassKind::Cd), "CD: 44.1 kHz, 16 bit, CUE"),
            entry(Begin::Kind(PassKind::HiRes), "Hi-res: WAV, FLAC, certificate"),
            entry(Begin::Kind(PassKind::Broadcast), "Broadcast: BWF at -23 LUFS"),
            entry(Begin::Kind(PassKind::Vinyl), "Vinyl: a WAV per side, sheets"),
            entry(Begin::Kind(PassKind::Cassette), "Cassette: a WAV per side, J-card"),
            entry(Begin::Kind(PassKind::Copies), "Copies: FLAC, MP3, AAC with tags"),
        ];
        if let Some(pass) = self.selected(desk) {
            choices.push(Choice { value: Begin::Copy(pass.id.clone()), words: format!("Copy of {}", pass.name) });
        }
        pick_list(choices, None::<Choice<Begin>>, |choice| Message::Begin(choice.value))
            .placeholder("Add pass")
            .text_size(font::BODY)
            .font(font::INTER)
            .padding(Padding::from([3, 10]))
            .width(120)
            .menu_height(Length::Shrink)
            .handle(header::drop_handle())
            .into()
    }

    /// Name and values of the selected pass, in a row.
    pub(super) fn way<'a>(&self, desk: &'a Desk) -> Element<'a, Message> {
        let Some(pass) = self.selected(desk) else { return row![].into() };
        let cells: Row<'a, Message, Theme> =
            row![name(desk, pass), rate(pass), depth(pass), filter(pass), dither(pass), ceiling(pass), profile(pass)];
        let cells = cells.spacing(desk.layout.pick(16.0, 10.0)).align_y(Alignment::End);
        container(cells.wrap().vertical_spacing(6)).padding([0, 12]).into()
    }
}

/// The name with a number where it is taken.
fn free_name(desk: &Desk, name: String) -> String {
    let taken = |name: &str| desk.session().passes.iter().any(|pass| pass.name == name);
    if !taken(&name) {
        return name;
    }
    // Among one more numbers than there are passes one is free.
    let mut numbered = (2..desk.session().passes.len() + 3).map(|number| format!("{name} {number}"));
    numbered.find(|name| !taken(name)).unwrap_or(name)
}

fn cell<'a>(label: &'static str, face: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    column![text::label(label), face.into()].spacing(2).into()
}

fn list<'a, T: Clone + PartialEq + 'a>(
    label: &'static str,
    width: f32,
    choices: Vec<Choice<T>>,
    now: Choice<T>,
    on_choose: impl Fn(T) -> Message + 'a,
) -> Element<'a, Message> {
    let list = pick_list(choices, Some(now), move |choice: Choice<T>| on_choose(choice.value))
        .text_size(font::BODY)
        .font(font::INTER)
        .padding(Padding::from([3, 8]))
        .width(width)
        .handle(header::drop_handle());
    cell(label, list)
}

fn name<'a>(desk: &'a Desk, pass: &'a Pass) -> Element<'a, Message> {
    let typed = field::words(pass.name.as_str(), "name", font::INTER, move |typed| {
        let edit = Edit::rename_pass(&desk.document, &pass.id, typed).map_err(|error| match error {
            EditError::Refused { reason, .. } => format!("{reason}; the old one stays"),
            other => other.to_string(),
        });
        edit.map(|_| Message::Set(pass.id.clone(), Value::Name(typed.into())))
    });
    cell("Name", container(typed).width(desk.layout.pick(220.0, 150.0)))
}

fn rate<'a>(pass: &'a Pass) -> Element<'a, Message> {
    let entry = |rate: Rate| Choice {
        value: rate,
        words: match rate {
            Rate::Native => "native".into(),
            Rate::Hz(rate) => rate.to_string(),
        },
    };
    let choices = match pass.kind {
        PassKind::Cd => vec![Rate::Hz(SampleRate::CD)],
        PassKind::HiRes => vec![Rate::Native],
        PassKind::Broadcast => RATES.map(|hz| Rate::Hz(SampleRate(hz))).to_vec(),
        PassKind::Streaming | PassKind::Copies | PassKind::Vinyl | PassKind::Cassette => {
            std::iter::once(Rate::Native).chain(RATES.map(|hz| Rate::Hz(SampleRate(hz)))).collect()
        }
    };
    let choices = choices.into_iter().map(entry).collect();
    list("Rate", 112.0, choices, entry(pass.rate), |rate| Message::Set(pass.id.clone(), Value::Rate(rate)))
}

fn depth<'a>(pass: &'a Pass) -> Element<'a, Message> {
    let entry = |depth: Depth| Choice {
        value: depth,
        words: match depth.integer_bits() {
            Some(bits) => format!("{bits} bit"),
            None => format!("{} bit float", depth.to_string().trim_end_matches('f')),
        },
    };
    let choices = match pass.kind {
        PassKind::Cd => vec![Depth::Int16],
        PassKind::HiRes | PassKind::Vinyl | PassKind::Cassette => vec![Depth::Int24],
        PassKind::Broadcast | PassKind::Copies => vec![Depth::Int16, Depth::Int24],
        PassKind::Streaming => DEPTHS.to_vec(),
    };
    let choices = choices.into_iter().map(entry).collect();
    list("Word", 112.0, choices, entry(pass.depth), |depth| Message::Set(pass.id.clone(), Value::Depth(depth)))
}

fn dither<'a>(pass: &'a Pass) -> Element<'a, Message> {
    let entry = |dither: Dither| Choice {
        value: dither,
        words: match dither.id() {
            "tpdf" => "TPDF".into(),
            id => id.replace('-', " "),
        },
    };
    let choices = Dither::ALL.map(entry).to_vec();
    list("Dither", 148.0, choices, entry(pass.dither), |dither| Message::Set(pass.id.clone(), Value::Dither(dither)))
}

fn pass_filter(desk: &Desk, pass: &str) -> Filter {
    desk.session().pass(pass).map_or_else(Filter::default, Pass::filter)
}

fn filter<'a>(pass: &'a Pass) -> Element<'a, Message> {
    let entry = |filter: Filter| Choice {
        value: filter,
        words: match filter.phase {
            Phase::Linear => filter.steepness.id().to_string(),
            phase => format!("{}, {} phase", filter.steepness.id(), phase.id()),
        },
    };
    let all = Phase::ALL.into_iter().flat_map(|phase| Steepness::ALL.map(|steepness| Filter { steepness, phase }));
    let choices = all.map(entry).collect();
    list("Conversion", 132.0, choices, entry(pass.filter()), |filter| {
        Message::Set(pass.id.clone(), Value::Filter(filter))
    })
}

fn ceiling<'a>(pass: &'a Pass) -> Element<'a, Message> {
    let shown = pass.ceiling.map_or_else(|| "off".into(), |ceiling| number::level(ceiling.0, 2));
    let typed = field::field(shown, "dBTP", 104.0, move |typed| {
        let bare = typed.trim().trim_end_matches("dBTP").trim().replace('\u{2212}', "-");
        let ceiling = match bare.as_str() {
            "" | "off" | "none" => None,
            number => {
                let number = number.parse::<f64>().ok().filter(|number| CEILINGS.contains(number));
                Some(Dbtp(number.ok_or("a ceiling from \u{2212}24 to 0 dBTP, or off")?))
            }
        };
        Ok(Message::Set(pass.id.clone(), Value::Ceiling(ceiling)))
    });
    cell("Ceiling", typed)
}

fn profile<'a>(pass: &'a Pass) -> Element<'a, Message> {
    let entry = |id: &str| {
        let known = profiles().0.iter().find(|profile| profile.id == id);
        let words = known.map_or_else(|| format!("{id} (not known)"), |profile| profile.name.clone());
        Choice { value: id.to_string(), words }
    };
    let choices = profiles().0.iter().map(|profile| entry(&profile.id)).collect();
    list("Judged by", 176.0, choices, entry(&pass.profile), |id| Message::Set(pass.id.clone(), Value::Profile(id)))
}
