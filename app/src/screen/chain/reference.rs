//! What stands behind the equaliser's graph to compare with: the average that was held, or the long-term spectrum of a
//! song, brought to the loudness of what is worked on.

use std::fmt;

use iced::widget::{pick_list, row};
use iced::{Alignment, Padding};
use lacquer_engine::unit::Lufs;

use super::bench::Bench;
use super::{Message, State, equaliser};
use crate::desk::{Action, Desk, SpectrumOf};
use crate::theme::{Element, font};
use crate::widget::plot::Trace;
use crate::widget::{header, text};

/// Letters of a title that an entry shows.
const LETTERS: usize = 28;

/// What is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Reference {
    /// Nothing.
    #[default]
    Nothing,
    /// The average that is heard when it is chosen.
    Held,
    /// A song, with or without its processing.
    Song {
        /// Which.
        of: SpectrumOf,
        /// How the list names it.
        name: String,
    },
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reference::Nothing => f.write_str("No reference"),
            Reference::Held => f.write_str("Average, held"),
            Reference::Song { name, .. } => f.write_str(name),
        }
    }
}

/// The song that is worked on: of a song chain its own, of the album chain the selected one or the one under the playhead.
fn worked_on(desk: &Desk) -> Option<&str> {
    desk.selected_song().map(|song| song.id.as_str())
}

/// What can be chosen.
fn offers(bench: &Bench<'_>) -> Vec<Reference> {
    let mut all = vec![Reference::Nothing, Reference::Held];
    let Some(plan) = &bench.desk.plan else { return all };
    let own = worked_on(bench.desk);
    let short = |title: &str| title.chars().take(LETTERS).collect::<String>();
    for song in &plan.songs {
        let of = |processed: bool| SpectrumOf { song: song.id.clone(), processed };
        let (processed, name) =
            if own == Some(&song.id) { (false, "This song, source".into()) } else { (true, short(&song.title)) };
        all.push(Reference::Song { of: of(processed), name });
    }
    all
}

/// The list in the header of the page.
pub fn list<'a>(bench: &Bench<'_>, chosen: &Reference, width: f32) -> Element<'a, Message> {
    let busy = match chosen {
        Reference::Song { of, .. } => bench.desk.spectrum_under_way.as_ref() == Some(of),
        Reference::Nothing | Reference::Held => false,
    };
    // A word of its own: a list whose text changes where nothing else does is drawn anew in its lower half alone.
    let list = pick_list(offers(bench), Some(chosen.clone()), Message::Refer)
        .text_size(font::BODY)
        .font(font::INTER)
        .padding(Padding::from([2, 8]))
        .width(width)
        .handle(header::drop_handle());
    row![].push(busy.then(|| text::label("measuring"))).push(list).spacing(8).align_y(Alignment::Center).into()
}

impl State {
    /// Compares with something else from here on.
    pub(super) fn refer(&mut self, desk: &Desk, reference: Reference) -> Action {
        let average = &desk.meters.spectrum_average;
        self.held = (reference == Reference::Held && !average.is_empty()).then(|| equaliser::trace(average));
        if reference == Reference::Held && self.held.is_none() {
            self.reference = Reference::Nothing;
            return Action::Say("Nothing was heard yet: play, then hold the average.".into());
        }
        let action = match &reference {
            Reference::Song { of, .. } => Action::Spectrum(of.clone()),
            Reference::Nothing | Reference::Held => Action::None,
        };
        self.reference = reference;
        action
    }

    /// The curve behind the graph; empty where there is none, or none yet.
    pub(super) fn reference_trace(&self, desk: &Desk) -> Trace {
        match &self.reference {
            Reference::Nothing => Trace::default(),
            Reference::Held => self.held.clone().unwrap_or_default(),
            Reference::Song { of, .. } => {
                let known = desk.spectra.iter().find(|(known, _)| known == of);
                known.map_or_else(Trace::default, |(_, spectrum)| {
                    let apart = apart_db(loudness(desk), spectrum.integrated);
                    let mut trace = equaliser::trace(&spectrum.mean);
                    trace.db = trace.db.iter().map(|db| db + apart).collect();
                    trace
                })
            }
        }
    }
}

/// Loudness of what is worked on: of the song as it is delivered, or as far as it was heard.
fn loudness(desk: &Desk) -> Option<Lufs> {
    let surveyed = worked_on(desk).and_then(|song| desk.known(song)?.processed.measurement.integrated_lufs);
    surveyed.or(desk.meters.integrated)
}

/// What brings the reference to that loudness; nothing where either is unknown.
fn apart_db(own: Option<Lufs>, reference: Option<Lufs>) -> f32 {
    own.zip(reference).map_or(0.0, |(own, reference)| (own.0 - reference.0) as f32)
}
