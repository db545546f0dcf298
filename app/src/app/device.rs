//! The settings of the way to the ears: a dialog that acts at once.

use std::fmt;

use iced::widget::{column, pick_list, row, space};
use iced::{Alignment, Length, Padding};
use lacquer_engine::realtime::{DeviceChoice, DeviceInfo, Section};
use lacquer_engine::unit::{Db, SampleRate};

use super::{App, Message as Outer, Overlay};
use crate::theme::{Element, font, text as ink};
use crate::widget::{header, key, number, text};

/// What is asked in the dialog.
#[derive(Debug, Clone)]
pub enum Message {
    /// Look for devices again.
    Scan,
    /// A host; `None` is the system's usual one.
    Host(Option<String>),
    /// A device of the host, or its default, or none.
    Device(Way),
    /// A fixed rate, Hz; `None` follows the programme.
    Rate(Option<u32>),
    /// Frames per callback; `None` leaves it to the host.
    Buffer(Option<u32>),
    /// By how much dim lowers, dB.
    Dim(i32),
    /// The sets of speakers, and their calibration.
    Speaker(super::speaker::Message),
}

/// Where the sound goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// The host's default device.
    Default,
    /// The device of this id.
    Id(String),
    /// Nowhere: the silent clock.
    Silent,
}

/// An entry of a list: what it means and its words.
#[derive(Debug, Clone)]
struct Choice<T> {
    value: T,
    words: String,
}

impl<T: PartialEq> PartialEq for Choice<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T> fmt::Display for Choice<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.words)
    }
}

/// What is known of the machine's devices.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The hosts of this build.
    pub hosts: Vec<String>,
    /// Every playback device.
    pub devices: Vec<DeviceInfo>,
    /// They are being looked for.
    pub scanning: bool,
}

/// Buffer sizes that are offered, frames.
const BUFFERS: [u32; 8] = [32, 64, 128, 256, 512, 1024, 2048, 4096];
/// Rates that are offered where a device does not say, Hz.
const RATES: [u32; 6] = [44_100, 48_000, 88_200, 96_000, 176_400, 192_000];
/// Dim, dB: the steps of console monitor sections.
const DIMS: [i32; 7] = [-5, -10, -15, -20, -25, -30, -35];
/// Width of the names and of the lists, px.
const NAMES: f32 = 112.0;
const LISTS: f32 = 408.0;

impl App {
    /// Opens the dialog and looks for devices.
    pub(super) fn open_settings(&mut self) {
        self.overlay = Overlay::Device;
        self.scan();
    }

    fn scan(&mut self) {
        self.devices.scanning = true;
        self.jobs.devices();
        self.settle();
    }

    pub(super) fn device(&mut self, message: Message) {
        let mut choice = self.desk.monitor.choice().clone();
        match message {
            Message::Scan => return self.scan(),
            Message::Speaker(message) => return self.speaker(message),
            Message::Dim(dim) => {
                let section = *self.desk.monitor.section();
                self.desk.monitor.set_section(Section { dim_amount: Db(f64::from(dim)), ..section });
                self.settings.monitor.dim_db = f64::from(dim);
                return self.keep_settings();
            }
            Message::Host(host) => choice = DeviceChoice { host, id: None, silent: false, ..choice },
            Message::Device(Way::Default) => choice = DeviceChoice { id: None, silent: false, ..choice },
            Message::Device(Way::Id(id)) => choice = DeviceChoice { id: Some(id), silent: false, ..choice },
            Message::Device(Way::Silent) => choice.silent = true,
            Message::Rate(rate) => choice.rate = rate.map(SampleRate),
            Message::Buffer(buffer) => choice.buffer = buffer,
        }
        self.settings.choose(&choice);
        self.desk.notice = None;
        let notices = self.desk.monitor.choose(choice);
        self.hear_notices(notices);
        self.settle();
        self.keep_settings();
    }

    pub(super) fn keep_settings(&mut self) {
        let Some(path) = self.settings_file.clone() else { return };
        if let Err(error) = self.settings.write(&path) {
            self.warn(error.to_string());
        }
    }
}

/// The dialog.
pub fn view(app: &App) -> Element<'_, Outer> {
    let choice = app.desk.monitor.choice();
    let known = &app.devices;
    let scan = key::key("Look again", (!known.scanning).then_some(Outer::Device(Message::Scan)));
    let close = key::key("Close", Some(Outer::CloseOverlay)).shortcut("Esc");
    let head = row![text::section("Device and monitoring"), space::horizontal(), scan, close].spacing(8);
    let note = if known.scanning { "looking for devices" } else { "Changes act at once and are kept for this machine" };
    column![
        head.align_y(Alignment::Center),
        column![
            host(known, choice),
            device(known, choice),
            rate(known, choice),
            buffer(app, choice),
            dim(app.desk.monitor.section())
        ]
        .spacing(8),
        super::speaker::view(app),
        state(app),
        text::hint(note)
    ]
    .spacing(16)
    .width(NAMES + LISTS + 16.0)
    .into()
}

fn line<'a, T: Clone + PartialEq + 'a>(
    name: &'a str,
    choices: Vec<Choice<T>>,
    now: Choice<T>,
    on_choose: impl Fn(T) -> Message + 'a,
) -> Element<'a, Outer> {
    let list = pick_list(choices, Some(now), move |chosen: Choice<T>| Outer::Device(on_choose(chosen.value)))
        .text_size(font::BODY)
        .font(font::INTER)
        .padding(Padding::from([4, 10]))
        .width(LISTS)
        .handle(header::drop_handle());
    row![text::word2(name).width(NAMES), list].spacing(16).align_y(Alignment::Center).into()
}

fn host<'a>(known: &Known, choice: &DeviceChoice) -> Element<'a, Outer> {
    let entry = |host: Option<String>| {
        let words = host.clone().unwrap_or_else(|| "the system's usual one".into());
        Choice { value: host, words }
    };
    let hosts = known.hosts.iter().cloned().map(Some);
    let choices = std::iter::once(None).chain(hosts).map(entry).collect();
    line("Host", choices, entry(choice.host.clone()), Message::Host)
}

fn device<'a>(known: &Known, choice: &DeviceChoice) -> Element<'a, Outer> {
    let default = || Choice { value: Way::Default, words: "default device".into() };
    let silent = || Choice { value: Way::Silent, words: "none: a silent clock runs".into() };
    let named = |device: &DeviceInfo| Choice {
        value: Way::Id(device.id.clone()),
        words: format!("{}  ({})", cut(&device.name), device.id),
    };
    let of_host = |device: &&DeviceInfo| choice.host.as_ref().is_none_or(|host| *host == device.host);
    let devices = known.devices.iter().filter(of_host);
    let now = match &choice.id {
        _ if choice.silent => silent(),
        None => default(),
        Some(id) => known
            .devices
            .iter()
            .find(|device| device.id == *id)
            .map_or_else(|| Choice { value: Way::Id(id.clone()), words: format!("{id} (not there)") }, named),
    };
    let choices = std::iter::once(default()).chain(devices.map(named)).chain([silent()]).collect();
    line("Device", choices, now, Message::Device)
}

/// A name that leaves room for the id.
fn cut(name: &str) -> String {
    const MOST: usize = 32;
    let line = name.lines().next().unwrap_or_default();
    if line.chars().count() <= MOST { line.into() } else { line.chars().take(MOST - 1).chain(['\u{2026}']).collect() }
}

fn chosen<'k>(known: &'k Known, choice: &DeviceChoice) -> Option<&'k DeviceInfo> {
    known.devices.iter().find(|device| Some(&device.id) == choice.id.as_ref())
}

fn rate<'a>(known: &Known, choice: &DeviceChoice) -> Element<'a, Outer> {
    let entry = |rate: Option<u32>| Choice {
        value: rate,
        words: rate
            .map_or_else(|| "that of the programme, where the device can".into(), |hz| format!("{}", SampleRate(hz))),
    };
    let said = chosen(known, choice).map(|device| device.rates.iter().map(|rate| rate.0).collect::<Vec<_>>());
    let rates = said.filter(|rates| !rates.is_empty()).unwrap_or_else(|| RATES.to_vec());
    let choices = std::iter::once(None).chain(rates.into_iter().map(Some)).map(entry).collect();
    line("Rate", choices, entry(choice.rate.map(|rate| rate.0)), Message::Rate)
}

fn buffer<'a>(app: &App, choice: &DeviceChoice) -> Element<'a, Outer> {
    let rate = app.desk.monitor.output().map_or(48_000.0, |output| output.rate.hz());
    let entry = |frames: Option<u32>| Choice {
        value: frames,
        words: frames.map_or_else(
            || "the host's own size".into(),
            |frames| format!("{frames} frames, {} ms", number::level(1000.0 * f64::from(frames) / rate, 1)),
        ),
    };
    let taken = chosen(&app.devices, choice).and_then(|device| device.buffers);
    let fits = |frames: &u32| taken.is_none_or(|(least, most)| (least..=most).contains(frames));
    let sizes = BUFFERS.into_iter().filter(fits).map(Some);
    let choices = std::iter::once(None).chain(sizes).map(entry).collect();
    line("Buffer", choices, entry(choice.buffer), Message::Buffer)
}

fn dim<'a>(section: &Section) -> Element<'a, Outer> {
    let entry = |dim: i32| Choice { value: dim, words: format!("{} dB", number::level(f64::from(dim), 0)) };
    line("Dim lowers by", DIMS.map(entry).to_vec(), entry(section.dim_amount.0.round() as i32), Message::Dim)
}

/// What is so now.
fn state(app: &App) -> Element<'_, Outer> {
    let fact = |name: &'static str, value: String| row![text::word2(name).width(NAMES), text::word(value)].spacing(16);
    let (way, converted) = path(app);
    let mut facts = column![fact("Plays on", way)].spacing(6);
    if let Some(output) = app.desk.monitor.output().filter(|output| output.is_device) {
        let frames = output.callback_frames();
        let asks = match frames {
            0 => "not asked yet".into(),
            frames => format!(
                "{frames} frames at a time, {} ms; load {:.0} %, {} dropouts",
                number::level(1000.0 * f64::from(frames) / output.rate.hz(), 1),
                app.load.0,
                output.drops()
            ),
        };
        facts = facts.push(fact("Device asks for", asks));
        if let Some((asked, _)) = &output.refused_buffer {
            let words = format!("{asked} frames are refused by the device; its own size is used");
            facts = facts.push(row![space().width(NAMES), text::word(words).style(ink::warning)].spacing(16));
        }
    }
    if converted {
        let words = "The device cannot take the programme's rate: what you hear is converted, files are not";
        facts = facts.push(row![space().width(NAMES), text::word(words).style(ink::alarm)].spacing(16));
    }
    facts.width(Length::Fill).into()
}

/// The way of the sound in words, and whether its rate is converted on it.
pub fn path(app: &App) -> (String, bool) {
    let Some(output) = app.desk.monitor.output() else { return ("nothing".into(), false) };
    let rate = |rate: SampleRate| number::level(rate.hz() / 1000.0, if rate.0.is_multiple_of(1000) { 0 } else { 1 });
    if !output.is_device {
        return ("nothing: the silent clock runs".into(), false);
    }
    let programme = app.desk.plan.as_ref().map(|plan| plan.delivered);
    match programme.filter(|programme| *programme != output.rate) {
        Some(programme) => {
            let words = format!(
                "{}, {} \u{2192} {} kHz, {} bit",
                cut(&output.name),
                rate(programme),
                rate(output.rate),
                output.bits
            );
            (words, true)
        }
        None => (format!("{}, {} kHz, {} bit", cut(&output.name), rate(output.rate), output.bits), false),
    }
}
