use std::f64::consts::PI;

use super::CAPACITY;
use super::band::{Band, Channel};
use super::path::Rack;
use crate::param::Values;
use crate::unit::SampleRate;

/// Magnitude in dB at each frequency of the equaliser with these `values` at `rate`, as heard on `channel`: the stereo
/// bands together with those of the channel. It is that of the digital filters that run, corrections included.
/// Frequencies at or above half the rate read as there. Workers and the window: allocates.
pub fn response(values: &Values, rate: SampleRate, frequencies_hz: &[f64], channel: Channel) -> Vec<f64> {
    let bands = Band::all(values);
    curve(&bands, |_, band| band.is_active(), rate, frequencies_hz, channel)
}

/// The same for row `row` alone, on its own channel, whether it is switched on or not counting: a band that is off
/// or at 0 dB reads 0.
pub fn band_response(values: &Values, row: usize, rate: SampleRate, frequencies_hz: &[f64]) -> Vec<f64> {
    let bands = Band::all(values);
    let channel = bands.get(row).map_or(Channel::Stereo, |band| band.channel);
    curve(&bands, |index, band| index == row && band.is_active(), rate, frequencies_hz, channel)
}

fn curve(
    bands: &[Band; CAPACITY],
    heard: impl Fn(usize, &Band) -> bool,
    rate: SampleRate,
    frequencies_hz: &[f64],
    channel: Channel,
) -> Vec<f64> {
    let mut rack = Rack::new(rate.hz(), 2);
    let audible = std::array::from_fn(|index| heard(index, &bands[index]));
    rack.aim(bands, &audible, 0);
    let decibels = |hertz: &f64| {
        let theta = (2.0 * PI * hertz / rate.hz()).clamp(0.0, PI);
        let mut power = rack.power(Channel::Stereo, theta);
        if channel != Channel::Stereo {
            power *= rack.power(channel, theta);
        }
        10.0 * libm::log10(power)
    };
    frequencies_hz.iter().map(decibels).collect()
}
