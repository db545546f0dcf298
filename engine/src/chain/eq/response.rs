use std::f64::consts::PI;

use super::band::{Band, Channel};
use super::path::Rack;
use super::table::{CAPACITY, PHASE};
use crate::param::Values;
use crate::unit::SampleRate;

/// How far the gain of each dynamic band has moved, dB: what [`crate::chain::Reading::bands_db`] says.
pub type Moved<'a> = &'a [f32];

/// Magnitude in dB at each frequency of the equaliser with these `values` at `rate`, as heard on `channel`: the stereo
/// bands together with those of the channel. In minimum phase it is that of the digital filters that run, corrections
/// included; a kernel has the analogue prototype's. Dynamic bands stand where they have `moved` to; an empty slice is at
/// rest. Frequencies at or above half the rate read as there. Workers and the window: allocates.
pub fn response(
    values: &Values,
    moved: Moved<'_>,
    rate: SampleRate,
    frequencies_hz: &[f64],
    channel: Channel,
) -> Vec<f64> {
    let bands = bands(values, moved);
    curve(&bands, |_, band| band.is_active(), is_long(values), rate, frequencies_hz, channel)
}

/// The same for row `row` alone, on its own channel; a band that is off or at 0 dB reads 0.
pub fn band_response(
    values: &Values,
    moved: Moved<'_>,
    row: usize,
    rate: SampleRate,
    frequencies_hz: &[f64],
) -> Vec<f64> {
    let bands = bands(values, moved);
    let channel = bands.get(row).map_or(Channel::Stereo, |band| band.channel);
    curve(&bands, |index, band| index == row && band.is_active(), is_long(values), rate, frequencies_hz, channel)
}

fn is_long(values: &Values) -> bool {
    values.at(crate::param::SlotIndex(PHASE as u16)) >= 0.5
}

fn bands(values: &Values, moved: Moved<'_>) -> [Band; CAPACITY] {
    let mut bands = Band::all(values);
    for (band, moved) in bands.iter_mut().zip(moved).filter(|(band, _)| band.is_dynamic()) {
        band.gain_db += f64::from(*moved);
    }
    bands
}

fn curve(
    bands: &[Band; CAPACITY],
    heard: impl Fn(usize, &Band) -> bool,
    is_long: bool,
    rate: SampleRate,
    frequencies_hz: &[f64],
    channel: Channel,
) -> Vec<f64> {
    let audible: [bool; CAPACITY] = std::array::from_fn(|index| heard(index, &bands[index]));
    let theta = |hertz: &f64| (2.0 * PI * hertz / rate.hz()).clamp(0.0, PI);
    let here = |of: Channel| of == Channel::Stereo || of == channel;
    if is_long {
        let audible = bands.iter().zip(audible).filter(|(band, audible)| *audible && here(band.channel));
        let sections = audible.flat_map(|(band, _)| band.sections(rate.hz())).flatten();
        let prototypes: Vec<_> = sections.map(|section| section.prototype()).collect();
        let power = |hertz: &f64| prototypes.iter().map(|section| section.power(theta(hertz))).product::<f64>();
        return frequencies_hz.iter().map(|hertz| 10.0 * libm::log10(power(hertz))).collect();
    }
    let mut rack = Rack::new(rate.hz(), 2);
    rack.aim(bands, &audible, 0);
    let decibels = |hertz: &f64| {
        let mut power = rack.power(Channel::Stereo, theta(hertz));
        if channel != Channel::Stereo {
            power *= rack.power(channel, theta(hertz));
        }
        10.0 * libm::log10(power)
    };
    frequencies_hz.iter().map(decibels).collect()
}
