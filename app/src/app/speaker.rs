//! Sets of speakers and their calibration: part of the dialog of device and monitoring.
//!
//! Calibration after SMPTE RP 200 and B. Katz (K-System): pink noise at -20 dBFS RMS plays from one speaker, a meter at the
//! listening place (C weighted, slow) says how loud it is, and that number is typed in. From then on the level is told in
//! dB SPL, and K-20, K-14 and K-12 set the monitor so that 83 dB SPL belong to -20, -14 and -12 dBFS.

use iced::widget::{column, row, space};
use iced::{Alignment, Length};
use lacquer_engine::realtime::{DeviceChoice, Section, Signal, Solo};
use lacquer_engine::unit::{Db, Hertz};

use super::{App, Message as Outer, device};
use crate::settings::SPEAKER_NAMES;
use crate::theme::Element;
use crate::widget::segment::{self, Cell};
use crate::widget::{field, key, number, text};

/// What is asked about speakers.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// This set plays.
    Choose(usize),
    /// Its pair of outputs, from 0.
    Pair(usize),
    /// It hangs on the device that is chosen now.
    Here,
    /// Its level against the others, dB.
    Offset(f64),
    /// What the meter said, dB SPL; none takes the calibration back.
    Heard(Option<f64>),
    /// Headphones' cross-feed on or off.
    Crossfeed,
    /// A test signal, or none.
    Signal(Option<Signal>),
    /// From which speaker.
    From(Solo),
    /// The level at which this many dB under full scale have 83 dB SPL.
    K(f64),
}

/// The pressure that K-System and cinema calibrate to, dB SPL.
const REFERENCE_SPL: f64 = 83.0;
/// The level of the test signals, dBFS.
const SIGNAL_DB: f64 = -20.0;
/// Middles of the octaves that are offered, Hz.
const OCTAVES: [(f64, &str); 9] = [
    (63.0, "63"),
    (125.0, "125"),
    (250.0, "250"),
    (500.0, "500"),
    (1000.0, "1k"),
    (2000.0, "2k"),
    (4000.0, "4k"),
    (8000.0, "8k"),
    (16_000.0, "16k"),
];

impl App {
    /// Plays through set `number`, from 0: its device, its outputs, its level.
    pub(super) fn speak_through(&mut self, number: usize) {
        if number >= self.settings.monitor.speakers.len() {
            return self.warn(format!("there is no set of speakers {}", number + 1));
        }
        self.settings.monitor.speaker = number;
        let set = self.settings.speaker();
        let section = *self.desk.monitor.section();
        let (offset, pair, crossfeed) = (Db(set.offset()), set.pair, set.crossfeed);
        self.desk.monitor.set_section(Section { offset, pair, crossfeed, ..section });
        let now = self.desk.monitor.choice().clone();
        let wanted = set.device.clone().or_else(|| self.settings.choice().id);
        if !now.silent && now.id != wanted {
            let notices = self.desk.monitor.choose(DeviceChoice { id: wanted, ..now });
            self.hear_notices(notices);
        }
        self.settle();
        self.keep_settings();
    }

    /// Does what is asked about speakers.
    pub(super) fn speaker(&mut self, message: Message) {
        let section = *self.desk.monitor.section();
        let device = self.desk.monitor.choice().id.clone();
        let number = self.settings.monitor.speaker;
        match message {
            Message::Choose(number) => return self.speak_through(number),
            Message::Signal(signal) => {
                self.desk.monitor.set_signal(signal);
                return self.settle();
            }
            Message::From(solo) => {
                self.desk.monitor.set_section(Section { solo, ..section });
                return self.settle();
            }
            Message::K(headroom) => {
                let Some(spl) = self.settings.calibration() else {
                    return self.warn("calibrate this set first: play pink noise and type what the meter says");
                };
                // Pink noise at -20 dBFS has `spl`; -headroom dBFS are to have 83 dB SPL.
                let gain = REFERENCE_SPL - (spl - SIGNAL_DB - headroom);
                self.desk.monitor.set_section(Section { gain: Db(gain.clamp(-60.0, 12.0)), ..section });
                return self.settle();
            }
            _ => {}
        }
        let Some(set) = self.settings.monitor.speakers.get_mut(number) else { return };
        match message {
            Message::Pair(pair) => set.pair = pair,
            Message::Here => set.device = device,
            Message::Offset(offset) => set.offset_db = offset,
            // The meter hears the level that is set; the calibration is told for 0 dB.
            Message::Heard(heard) => set.spl = heard.map(|spl| spl - section.gain.0 - section.offset.0),
            Message::Crossfeed => set.crossfeed = !set.crossfeed,
            _ => {}
        }
        self.speak_through(number);
    }
}

/// The part of the dialog.
pub(super) fn view(app: &App) -> Element<'_, Outer> {
    let settings = &app.settings;
    let (set, number) = (settings.speaker(), settings.monitor.speaker);
    let section = app.desk.monitor.section();
    let press = |message: Message| Outer::Device(device::Message::Speaker(message));
    let line = |name: &'static str, content: Element<'static, Outer>| {
        row![text::word2(name).width(112), content].spacing(16).align_y(Alignment::Center)
    };
    let cell = |label: &'static str, on: bool, message: Message| Cell { label, on, on_press: Some(press(message)) };
    let sets =
        SPEAKER_NAMES.iter().enumerate().map(|(index, label)| cell(label, index == number, Message::Choose(index)));
    let pairs = ["1-2", "3-4", "5-6", "7-8"];
    let pairs = pairs.iter().enumerate().map(|(index, label)| cell(label, index == set.pair, Message::Pair(index)));
    let offset = field::field(number::change(set.offset(), 1), "dB", 84.0, move |typed| {
        number_of(typed, -40.0, 12.0).map(|value| press(Message::Offset(value)))
    });
    let feed = cell("cross-feed", set.crossfeed, Message::Crossfeed);
    let signal = app.desk.monitor.signal();
    let noise = cell("pink", signal == Some(Signal::Pink), Message::Signal(other(signal, Signal::Pink)));
    let octaves = OCTAVES.iter().map(|(hz, label)| {
        let octave = Signal::Octave(Hertz(*hz));
        cell(label, signal == Some(octave), Message::Signal(other(signal, octave)))
    });
    let from = [("left", Solo::Left), ("both", Solo::None), ("right", Solo::Right)];
    let from = from.map(|(label, solo)| cell(label, section.solo == solo, Message::From(solo)));
    let spl = set.spl.map(|spl| spl + section.gain.0 + section.offset.0);
    let heard = field::field(number::reading(spl, 1), "dB SPL", 110.0, move |typed| match typed.trim() {
        "" => Ok(press(Message::Heard(None))),
        typed => number_of(typed, 30.0, 120.0).map(|value| press(Message::Heard(Some(value)))),
    });
    let k = [("K-20", 20.0), ("K-14", 14.0), ("K-12", 12.0)];
    let k = k.map(|(label, headroom)| key::key(label, spl.map(|_| press(Message::K(headroom)))).into());
    let known = set.device.clone().map_or_else(|| "device as above".to_string(), |id| format!("on {id}"));
    let tied = key::key("Tie to this device", Some(press(Message::Here)));
    column![
        text::section("Speakers"),
        line("Set", segment::segment(sets.collect(), Length::Shrink)),
        line(
            "Outputs",
            row![segment::segment(pairs.collect(), Length::Shrink), tied, text::hint(known)]
                .spacing(8)
                .align_y(Alignment::Center)
                .into()
        ),
        line("Offset", row![Element::from(offset), segment::segment(vec![feed], Length::Shrink)].spacing(8).into()),
        line(
            "Signal, \u{2212}20 dBFS",
            segment::segment(std::iter::once(noise).chain(octaves).collect(), Length::Shrink)
        ),
        line("From", segment::segment(from.into(), Length::Shrink)),
        line(
            "The meter says",
            row![Element::from(heard), row(k).spacing(4), space::horizontal()]
                .spacing(8)
                .align_y(Alignment::Center)
                .into()
        ),
        text::hint("Pink noise from one speaker, the meter at your place, C weighted, slow; type what it says."),
    ]
    .spacing(8)
    .into()
}

fn other(now: Option<Signal>, asked: Signal) -> Option<Signal> {
    (now != Some(asked)).then_some(asked)
}

fn number_of(typed: &str, least: f64, most: f64) -> Result<f64, String> {
    let text = typed.replace('\u{2212}', "-").to_ascii_lowercase();
    let bare = text.trim().trim_end_matches("spl").trim().trim_end_matches("db").trim();
    let number = bare.parse::<f64>().ok().filter(|value| (least..=most).contains(value));
    number.ok_or_else(|| format!("a number from {least} to {most}"))
}
