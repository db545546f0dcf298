//! The header: project and revision, pass, tabs, and the state of the machine.

use iced::widget::{container, pick_list, row, space, text as raw};
use iced::{Alignment, Length, Padding};

use super::tab::{self, Tab};
use super::{Layout, key, plate, text};
use crate::theme::{Element, font, icon, plate as ground, text as ink};

/// Height, px.
pub const HEIGHT: f32 = 40.0;

/// What the header shows.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// Name of the session.
    pub project: String,
    /// Not saved.
    pub edited: bool,
    /// Revision, as `rev C`.
    pub revision: String,
    /// Names of the passes.
    pub passes: Vec<String>,
    /// The pass that is heard and delivered.
    pub pass: Option<String>,
    /// Rate of the project, Hz.
    pub rate: Option<f64>,
    /// The rate of the device, where what is heard is converted to it, Hz.
    pub device_rate: Option<f64>,
    /// No device plays though one is wanted.
    pub silent: bool,
    /// Word length of the delivery, bit.
    pub bits: Option<u32>,
    /// Latency from play to sound, ms.
    pub latency: Option<f64>,
    /// Share of the audio period used, percent.
    pub load: Option<f64>,
    /// Drop-outs since play.
    pub drops: Option<u64>,
}

/// What the two keys at the right end mean.
#[derive(Debug, Clone)]
pub struct Ways<Message> {
    /// Opens the settings of the device.
    pub settings: Message,
    /// Opens the sheet of keys.
    pub keys: Message,
}

/// The strip, 40 high.
pub fn header<'a, Message: Clone + 'a>(
    reading: &Reading,
    layout: Layout,
    tabs: Vec<Tab<'a, Message>>,
    on_pass: impl Fn(String) -> Message + 'a,
    ways: Ways<Message>,
) -> Element<'a, Message> {
    let gap = layout.pick(24.0, 16.0);
    let strip = row![
        project(reading, layout),
        pass(reading, layout, on_pass),
        tab::bar(tabs, layout.pick(16.0, 12.0)),
        space::horizontal(),
        machine(reading, layout),
        row![
            key::icon(icon::KEYBOARD, Some(ways.keys)).kind(key::Kind::Bare),
            key::icon(icon::SETTINGS, Some(ways.settings)).kind(key::Kind::Bare),
        ]
        .spacing(4),
    ]
    .spacing(gap)
    .height(HEIGHT)
    .align_y(Alignment::Center)
    .padding(Padding::from([0.0, layout.pick(16.0, 16.0)]));
    plate::ground(container(strip).width(Length::Fill), ground::strip)
}

fn project<'a, Message: 'a>(reading: &Reading, layout: Layout) -> Element<'a, Message> {
    let name = if reading.project.is_empty() { "No session".to_string() } else { reading.project.clone() };
    let mut words = row![text::title(name)].spacing(8).align_y(Alignment::Center);
    if reading.edited {
        words = words.push(text::label(layout.pick("edited", "\u{25AA}")));
    }
    words.push(text::label(reading.revision.clone())).into()
}

fn pass<'a, Message: Clone + 'a>(
    reading: &Reading,
    layout: Layout,
    on_pass: impl Fn(String) -> Message + 'a,
) -> Element<'a, Message> {
    let list = pick_list(reading.passes.clone(), reading.pass.clone(), on_pass)
        .placeholder(super::number::DASH)
        .text_size(font::BODY)
        .font(font::INTER)
        .padding(Padding::from([3, 10]))
        .width(layout.pick(132.0, 98.0))
        .handle(drop_handle());
    match layout {
        Layout::Large => row![text::label("Pass"), list].spacing(8).align_y(Alignment::Center).into(),
        Layout::Small => list.into(),
    }
}

/// The chevron of every drop-down.
pub fn drop_handle() -> pick_list::Handle<iced::Font> {
    pick_list::Handle::Static(pick_list::Icon {
        font: font::ICON,
        code_point: icon::CHEVRON_DOWN,
        size: Some(12.into()),
        line_height: raw::LineHeight::default(),
        shaping: raw::Shaping::Basic,
    })
}

fn machine<'a, Message: 'a>(reading: &Reading, layout: Layout) -> Element<'a, Message> {
    let dash = || super::number::DASH.to_string();
    let rate = reading.rate.map_or_else(dash, |hz| kilohertz(hz, layout));
    // Heard at another rate than delivered: said as long as it is so.
    let (rate, ink_of_rate): (String, fn(&crate::theme::Theme) -> raw::Style) = match reading.device_rate {
        Some(device) => (format!("{rate}\u{2192}{}", kilohertz(device, layout)), ink::alarm),
        None => (rate, ink::text),
    };
    let silent = reading.silent.then(|| text::label("no device").style(ink::alarm));
    let rate = row![text::mono(rate, font::BODY).style(ink_of_rate), text::label("kHz")]
        .push(silent)
        .spacing(4)
        .align_y(Alignment::Center);
    let bits = text::number(reading.bits.map_or_else(dash, |bits| bits.to_string()), "bit", font::BODY);
    let load = named("DSP", reading.load.map_or_else(dash, |load| format!("{load:.0}")), "%");
    if layout == Layout::Small {
        return row![rate, bits, load].spacing(16).align_y(Alignment::Center).into();
    }
    let latency = named("Latency", super::number::reading(reading.latency, 1), "ms");
    let drops = match reading.drops {
        None => text::label(dash()),
        Some(0) => text::label("no drops"),
        Some(1) => text::label("1 drop").style(ink::alarm),
        Some(count) => text::label(format!("{count} drops")).style(ink::alarm),
    };
    row![rate, bits, latency, load, drops].spacing(20).align_y(Alignment::Center).into()
}

fn kilohertz(hz: f64, layout: Layout) -> String {
    match layout {
        Layout::Small if hz % 1000.0 == 0.0 => format!("{:.0}", hz / 1000.0),
        _ => format!("{:.1}", hz / 1000.0),
    }
}

fn named<'a, Message: 'a>(name: &'a str, value: String, unit: &str) -> Element<'a, Message> {
    row![text::label(name), text::number(value, unit, font::BODY)].spacing(6).align_y(Alignment::Center).into()
}
