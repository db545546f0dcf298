//! The audio device: the only file that knows cpal.
//!
//! A [`Processor`] is moved into the stream's callback and comes home when the stream is dropped or the device
//! vanishes, so that nothing of it is ever freed on the audio thread. Without any device a silent clock runs it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{BufferSize, Data, ErrorKind, SampleFormat, StreamConfig, SupportedBufferSize};
use crossbeam_channel::{Receiver, Sender, bounded};

use super::processor::Processor;
use super::{guarded, processor};
use crate::audio::Block;
use crate::unit::SampleRate;

/// A playback device as the user sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceInfo {
    /// Stable id: host and device, as `alsa:hw:0`.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// The audio host.
    pub host: String,
    /// The usual rates it says it supports.
    pub rates: Vec<SampleRate>,
    /// Most channels.
    pub channels: u16,
    /// Fewest and most frames per callback it says it takes; `None` where it does not say.
    pub buffers: Option<(u32, u32)>,
    /// Whether it is the host's default.
    pub default: bool,
}

/// What to open.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeviceChoice {
    /// The host whose default device is meant where no id is given, as `alsa`; `None` is the system's usual host.
    pub host: Option<String>,
    /// A device's id; `None` is the default device of the host.
    pub id: Option<String>,
    /// A fixed rate; `None` follows the plan.
    pub rate: Option<SampleRate>,
    /// Frames per callback asked for; `None` leaves it to the host.
    pub buffer: Option<u32>,
    /// Never opens a device: the silent clock runs.
    pub silent: bool,
}

/// Why a device could not be opened. The session is safe; playback runs on the silent clock.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DeviceError {
    /// Nothing to open.
    #[error("there is no audio device '{0}'; playback runs silently until one is chosen")]
    NotFound(String),
    /// The device takes no format that can be written.
    #[error("'{0}' offers no sample format that can be written")]
    NoFormat(String),
    /// The host refused.
    #[error("'{name}' could not be opened: {reason}")]
    Refused {
        /// The device.
        name: String,
        /// The host's words.
        reason: String,
    },
}

/// Rates that are looked for, best known first.
const USUAL_RATES: [u32; 8] = [44_100, 48_000, 88_200, 96_000, 176_400, 192_000, 352_800, 384_000];
/// Frames that are processed at once inside a callback; longer callbacks are served in parts.
const CALLBACK_FRAMES: usize = processor::MOST_FRAMES;

/// The audio hosts this build offers on this machine.
pub fn hosts() -> Vec<String> {
    cpal::available_hosts().into_iter().map(|host| host.name().to_lowercase()).collect()
}

/// Every playback device of every host. Slow on some hosts: a worker's call.
pub fn devices() -> Vec<DeviceInfo> {
    let mut found = Vec::new();
    for host_id in cpal::available_hosts() {
        let Ok(host) = cpal::host_from_id(host_id) else { continue };
        let default = host.default_output_device().and_then(|device| device.id().ok());
        let Ok(outputs) = host.output_devices() else { continue };
        for device in outputs {
            if let Some(info) = describe(&device, host_id.name(), default.as_ref()) {
                found.push(info);
            }
        }
    }
    found
}

fn describe(device: &cpal::Device, host: &str, default: Option<&cpal::DeviceId>) -> Option<DeviceInfo> {
    let id = device.id().ok()?;
    let name = device.description().map_or_else(|_| id.to_string(), |description| description.name().to_string());
    let ranges: Vec<_> = device.supported_output_configs().ok()?.collect();
    let supports = |rate: u32| ranges.iter().any(|r| r.min_sample_rate() <= rate && rate <= r.max_sample_rate());
    Some(DeviceInfo {
        default: Some(&id) == default,
        id: id.to_string(),
        name,
        host: host.to_lowercase(),
        rates: USUAL_RATES.into_iter().filter(|rate| supports(*rate)).map(SampleRate).collect(),
        channels: ranges.iter().map(|range| range.channels()).max().unwrap_or(0),
        buffers: ranges
            .iter()
            .filter_map(|range| buffers_of(range.buffer_size()))
            .reduce(|all, one| (all.0.min(one.0), all.1.max(one.1))),
    })
}

fn buffers_of(size: &SupportedBufferSize) -> Option<(u32, u32)> {
    match size {
        SupportedBufferSize::Range { min, max } => Some((*min, *max)),
        SupportedBufferSize::Unknown => None,
    }
}

/// What the callback and its owner share: counters, read and written without waiting.
#[derive(Debug, Default)]
struct Health {
    /// Longest share of a period that a callback took since it was last read, in millionths.
    load: AtomicU32,
    drops: AtomicU32,
    /// Frames of the last callback.
    frames: AtomicU32,
    lost: AtomicBool,
    stop: AtomicBool,
}

/// A running way to the ears: a device's stream, or the silent clock.
pub struct Output {
    /// Name for people.
    pub name: String,
    /// The rate it runs at.
    pub rate: SampleRate,
    /// Bits it takes; 0 for the silent clock.
    pub bits: u32,
    /// Whether it is a device.
    pub is_device: bool,
    /// The frames per callback that were asked for and refused, with the host's words: its own size is used instead.
    pub refused_buffer: Option<(u32, String)>,
    stream: Option<cpal::Stream>,
    clock: Option<thread::JoinHandle<()>>,
    health: Arc<Health>,
    home: Receiver<Box<Processor>>,
}

/// Holds the processor inside a callback and sends it home when the callback is dropped.
struct Carrier {
    processor: Option<Box<Processor>>,
    home: Sender<Box<Processor>>,
}

impl Drop for Carrier {
    fn drop(&mut self) {
        if let Some(processor) = self.processor.take() {
            // The channel has room for the one processor there is.
            let _ = self.home.try_send(processor);
        }
    }
}

impl Output {
    /// Opens the device of `choice`, at its fixed rate or else at `wanted`, or at the best rate it has. On failure the
    /// processor comes back with the reason. `make` turns the processor's old rate into the new one.
    pub fn open(
        choice: &DeviceChoice,
        wanted: SampleRate,
        mut processor: Box<Processor>,
        adapt: impl FnOnce(&mut Processor, SampleRate),
    ) -> Result<Output, (DeviceError, Box<Processor>)> {
        let (device, config, format) = match choose(choice, choice.rate.unwrap_or(wanted)) {
            Ok(found) => found,
            Err(error) => return Err((error, processor)),
        };
        adapt(&mut processor, SampleRate(config.sample_rate));
        match Output::start(&device, config, format, processor) {
            Err((DeviceError::Refused { reason, .. }, processor)) if choice.buffer.is_some() => {
                let asked = choice.buffer.unwrap_or_default();
                let config = StreamConfig { buffer_size: BufferSize::Default, ..config };
                let output = Output::start(&device, config, format, processor)?;
                Ok(Output { refused_buffer: Some((asked, reason)), ..output })
            }
            other => other,
        }
    }

    fn start(
        device: &cpal::Device,
        config: StreamConfig,
        format: SampleFormat,
        processor: Box<Processor>,
    ) -> Result<Output, (DeviceError, Box<Processor>)> {
        let rate = SampleRate(config.sample_rate);
        let name = device.description().map_or_else(|_| "device".into(), |description| description.name().to_string());
        let (send_home, home) = bounded(1);
        let health = Arc::new(Health::default());
        let carrier = Carrier { processor: Some(processor), home: send_home };
        let callback = callback(carrier, usize::from(config.channels), rate, health.clone());
        let told = health.clone();
        let built =
            device.build_output_stream_raw(config, format, callback, move |error| told.hear(error.kind()), None);
        let started = built.and_then(|stream| stream.play().map(|()| stream));
        match started {
            Ok(stream) => Ok(Output {
                name,
                rate,
                bits: bits_of(format),
                is_device: true,
                refused_buffer: None,
                stream: Some(stream),
                clock: None,
                health,
                home,
            }),
            Err(error) => {
                let reason = error.to_string();
                match home.recv_timeout(Duration::from_secs(2)) {
                    Ok(processor) => Err((DeviceError::Refused { name, reason }, processor)),
                    // The host kept the callback: a fresh processor cannot be made here, so the clock starts empty.
                    Err(_) => Err((DeviceError::Refused { name, reason }, Processor::orphan(rate))),
                }
            }
        }
    }

    /// Runs the processor on a clock, heard by nobody.
    pub fn silent(
        rate: SampleRate,
        mut processor: Box<Processor>,
        adapt: impl FnOnce(&mut Processor, SampleRate),
    ) -> Output {
        adapt(&mut processor, rate);
        let (send_home, home) = bounded(1);
        let health = Arc::new(Health::default());
        let shared = health.clone();
        let carrier = Carrier { processor: Some(processor), home: send_home };
        let clock = thread::Builder::new().name("lacquer-silent-clock".into()).spawn(move || {
            run_clock(carrier, rate, &shared);
        });
        Output {
            name: "no device".into(),
            rate,
            bits: 0,
            is_device: false,
            refused_buffer: None,
            stream: None,
            clock: clock.ok(),
            health,
            home,
        }
    }

    /// Stops and takes the processor home.
    pub fn close(mut self) -> Box<Processor> {
        self.health.stop.store(true, Ordering::Relaxed);
        drop(self.stream.take());
        if let Some(clock) = self.clock.take() {
            let _ = clock.join();
        }
        let rate = self.rate;
        self.home.recv_timeout(Duration::from_secs(2)).unwrap_or_else(|_| Processor::orphan(rate))
    }

    /// Whether the device has gone away.
    pub fn is_lost(&self) -> bool {
        self.health.lost.load(Ordering::Relaxed)
    }

    /// Drop-outs the device has told of.
    pub fn drops(&self) -> u32 {
        self.health.drops.load(Ordering::Relaxed)
    }

    /// Frames of the last callback; 0 before the first and on the silent clock.
    pub fn callback_frames(&self) -> u32 {
        self.health.frames.load(Ordering::Relaxed)
    }

    /// Largest share of its period that a callback took since this was last asked (1 is all of it).
    pub fn take_load(&self) -> f64 {
        f64::from(self.health.load.swap(0, Ordering::Relaxed)) / 1e6
    }
}

impl Health {
    fn hear(&self, kind: ErrorKind) {
        match kind {
            ErrorKind::Xrun => {
                self.drops.fetch_add(1, Ordering::Relaxed);
            }
            ErrorKind::DeviceNotAvailable | ErrorKind::StreamInvalidated | ErrorKind::HostUnavailable => {
                self.lost.store(true, Ordering::Relaxed);
            }
            _ => {}
        }
    }

    fn note_load(&self, took: Duration, period: f64) {
        let share = (took.as_secs_f64() / period.max(1e-9) * 1e6).min(4e9) as u32;
        self.load.fetch_max(share, Ordering::Relaxed);
    }
}

fn choose(
    choice: &DeviceChoice,
    wanted: SampleRate,
) -> Result<(cpal::Device, StreamConfig, SampleFormat), DeviceError> {
    let of_host = || choice.host.as_ref().map_or_else(|| "default".into(), |host| format!("default of {host}"));
    let name = choice.id.clone().unwrap_or_else(of_host);
    let device = find(choice).ok_or_else(|| DeviceError::NotFound(name.clone()))?;
    let ranges = device.supported_output_configs();
    let ranges = ranges.map_err(|error| DeviceError::Refused { name: name.clone(), reason: error.to_string() })?;
    let mut best: Option<(u32, u64, u32, cpal::SupportedStreamConfigRange)> = None;
    for range in ranges {
        let grade = grade_of(range.sample_format());
        if grade == 0 || range.channels() == 0 {
            continue;
        }
        let rate = nearest_rate(&range, wanted.0);
        // First the rate, then two channels and no more than needed, then the format.
        let spare = u32::from(range.channels().abs_diff(2)) + if range.channels() < 2 { 100 } else { 0 };
        let key = (spare, u64::from(rate.abs_diff(wanted.0)), 100 - grade);
        if best.as_ref().is_none_or(|(s, r, g, _)| (key.1, key.0, key.2) < (*r, *s, *g)) {
            best = Some((key.0, key.1, key.2, range));
        }
    }
    let (.., range) = best.ok_or(DeviceError::NoFormat(name))?;
    let config = StreamConfig {
        channels: range.channels(),
        sample_rate: nearest_rate(&range, wanted.0),
        buffer_size: choice.buffer.map_or(BufferSize::Default, BufferSize::Fixed),
    };
    Ok((device, config, range.sample_format()))
}

fn find(choice: &DeviceChoice) -> Option<cpal::Device> {
    match &choice.id {
        Some(id) => {
            let id: cpal::DeviceId = id.parse().ok()?;
            let hosts = cpal::available_hosts().into_iter();
            hosts.filter_map(|host| cpal::host_from_id(host).ok()).find_map(|host| host.device_by_id(&id))
        }
        None => host(choice.host.as_deref())?.default_output_device(),
    }
}

/// The host of a name, or the system's usual one.
fn host(name: Option<&str>) -> Option<cpal::Host> {
    let Some(name) = name else { return Some(cpal::default_host()) };
    let id = cpal::available_hosts().into_iter().find(|host| host.name().eq_ignore_ascii_case(name))?;
    cpal::host_from_id(id).ok()
}

/// How well a format keeps samples: 32-bit integers and 64-bit floats hold all a converter can take, 32-bit floats hold
/// 24 bits, 16-bit words lose.
fn grade_of(format: SampleFormat) -> u32 {
    match format {
        SampleFormat::F64 => 6,
        SampleFormat::I32 => 5,
        SampleFormat::F32 => 4,
        SampleFormat::I24 => 3,
        SampleFormat::I16 => 2,
        _ => 0,
    }
}

fn bits_of(format: SampleFormat) -> u32 {
    match format {
        SampleFormat::I32 | SampleFormat::F64 => 32,
        SampleFormat::F32 | SampleFormat::I24 => 24,
        _ => 16,
    }
}

/// The range's rate for `wanted`: itself, or the nearest usual rate that is at least as high, or the highest.
fn nearest_rate(range: &cpal::SupportedStreamConfigRange, wanted: u32) -> u32 {
    let (low, high) = (range.min_sample_rate(), range.max_sample_rate());
    if (low..=high).contains(&wanted) {
        return wanted;
    }
    USUAL_RATES.into_iter().filter(|rate| (low..=high).contains(rate)).find(|rate| *rate > wanted).unwrap_or(high)
}

fn callback(
    mut carrier: Carrier,
    channels: usize,
    rate: SampleRate,
    health: Arc<Health>,
) -> impl FnMut(&mut Data, &cpal::OutputCallbackInfo) + Send + 'static {
    let mut block = Block::new(channels, CALLBACK_FRAMES);
    let mut noise = Noise { counter: 0 };
    move |data: &mut Data, _| {
        let began = Instant::now();
        let frames = data.len() / channels.max(1);
        guarded(|| {
            let Some(processor) = carrier.processor.as_mut() else { return };
            let mut done = 0;
            while done < frames {
                let count = (frames - done).min(CALLBACK_FRAMES);
                block.set_frames(count);
                processor.process(&mut block);
                let overs = write(data, &block, done, channels, &mut noise);
                processor.note_overs(overs);
                done += count;
            }
        });
        health.frames.store(frames as u32, Ordering::Relaxed);
        health.note_load(began.elapsed(), frames as f64 / rate.hz());
    }
}

/// Dither for a device with fewer bits than the programme: triangular, from a counter.
struct Noise {
    counter: u64,
}

impl Noise {
    /// A triangular value of ±1.
    fn next(&mut self) -> f64 {
        self.counter = self.counter.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.counter;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        ((z >> 32) as f64 - (z & 0xFFFF_FFFF) as f64) / 4_294_967_296.0
    }
}

/// Writes the block to the device's frames from `start` and counts samples that had to be cut to full scale.
fn write(data: &mut Data, block: &Block, start: usize, channels: usize, noise: &mut Noise) -> u32 {
    let mut overs = 0;
    let mut cut = |value: f64, top: f64| {
        if value > top || value < -1.0 {
            overs += 1;
        }
        value.clamp(-1.0, top)
    };
    let count = block.frames() * channels;
    let sample = |index: usize| block.channel(index % channels)[index / channels];
    let range = start * channels..start * channels + count;
    match data.sample_format() {
        SampleFormat::F32 => each(data.as_slice_mut::<f32>(), range, |i, out| *out = cut(sample(i), 1.0) as f32),
        SampleFormat::F64 => each(data.as_slice_mut::<f64>(), range, |i, out| *out = cut(sample(i), 1.0)),
        SampleFormat::I32 => each(data.as_slice_mut::<i32>(), range, |i, out| {
            *out = round(cut(sample(i), 1.0 - 1.0 / 2_147_483_648.0) * 2_147_483_648.0) as i32;
        }),
        SampleFormat::I24 => each(data.as_slice_mut::<cpal::I24>(), range, |i, out| {
            let value = round(cut(sample(i), 1.0 - 1.0 / 8_388_608.0) * 8_388_608.0) as i32;
            *out = cpal::I24::new(value.min(8_388_607)).unwrap_or(cpal::I24::new_unchecked(0));
        }),
        SampleFormat::I16 => each(data.as_slice_mut::<i16>(), range, |i, out| {
            let value = cut(sample(i), 1.0 - 1.0 / 32_768.0) * 32_768.0;
            let value = if value == 0.0 { 0.0 } else { value + noise.next() };
            *out = round(value).clamp(-32_768.0, 32_767.0) as i16;
        }),
        _ => {}
    }
    overs
}

fn each<T>(samples: Option<&mut [T]>, range: std::ops::Range<usize>, mut put: impl FnMut(usize, &mut T)) {
    if let Some(samples) = samples.and_then(|samples| samples.get_mut(range)) {
        for (index, sample) in samples.iter_mut().enumerate() {
            put(index, sample);
        }
    }
}

fn round(value: f64) -> f64 {
    libm::floor(value + 0.5)
}

/// Frames of one tick of the silent clock: 10 ms at 48 kHz.
const TICK_FRAMES: usize = 480;

fn run_clock(mut carrier: Carrier, rate: SampleRate, health: &Health) {
    let mut block = Block::new(2, TICK_FRAMES);
    let tick = Duration::from_secs_f64(TICK_FRAMES as f64 / rate.hz());
    let mut due = Instant::now();
    while !health.stop.load(Ordering::Relaxed) {
        let began = Instant::now();
        if let Some(processor) = carrier.processor.as_mut() {
            guarded(|| processor.process(&mut block));
        }
        health.note_load(began.elapsed(), tick.as_secs_f64());
        due += tick;
        match due.checked_duration_since(Instant::now()) {
            Some(rest) => thread::sleep(rest),
            // Far behind (the machine slept): the clock goes on from now.
            None if due.elapsed() > Duration::from_secs(1) => due = Instant::now(),
            None => {}
        }
    }
}

impl Output {
    /// Whether the device of `choice` can be seen.
    pub fn is_there(choice: &DeviceChoice) -> bool {
        find(choice).is_some_and(|device| device.supported_output_configs().is_ok())
    }
}
