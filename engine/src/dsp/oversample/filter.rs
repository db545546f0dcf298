//! One doubling of the rate, and back.

use std::sync::Arc;

use crate::dsp::window::{kaiser, kaiser_beta, sinc};

/// Depth of the stop bands in dB.
const ATTENUATION_DB: f64 = 130.0;
/// Outputs worked together; each has its own order of additions, so the width cannot be heard.
const LANES: usize = 8;

/// A symmetric low pass at twice the rate, in its two phases. The unit is the lower rate's frame.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    centre: f64,
    /// Taps at 1, 2, ... frames from the centre; empty in a half-band filter.
    even: Arc<[f64]>,
    /// Taps at 1/2, 3/2, ... frames.
    odd: Arc<[f64]>,
}

impl Filter {
    /// The filter of the doubling number `stage` (from 0) above a rate of which `pass` is the pass band's share.
    pub(super) fn doubling(pass: f64, stage: usize) -> Filter {
        let edge = pass / (1 << stage) as f64;
        match stage {
            0 => Filter::edged(edge),
            1 => Filter::windowed_half_band(edge),
            _ => Filter::flat_half_band(edge),
        }
    }

    /// Stop band from half the lower rate: a windowed sinc of all taps.
    fn edged(edge: f64) -> Filter {
        // In cycles per sample of the doubled rate.
        let room = 0.5 * (0.5 - edge);
        let cut = 0.5 * (edge + 0.5);
        let reach = (0.5 * (ATTENUATION_DB - 7.95) / (14.36 * room) / 2.0).ceil() as usize;
        let beta = kaiser_beta(ATTENUATION_DB);
        let tap = |place: f64| 2.0 * cut * sinc(2.0 * cut * place) * kaiser(place / (reach as f64 + 0.5), beta);
        let even: Vec<f64> = (1..=reach).map(|k| tap(k as f64)).collect();
        let odd: Vec<f64> = (0..reach).map(|k| tap(k as f64 + 0.5)).collect();
        let sum = tap(0.0) + 2.0 * (even.iter().sum::<f64>() + odd.iter().sum::<f64>());
        let scaled = |taps: Vec<f64>| taps.into_iter().map(|tap| tap / sum).collect::<Vec<f64>>().into();
        Filter { centre: tap(0.0) / sum, even: scaled(even), odd: scaled(odd) }
    }

    fn windowed_half_band(edge: f64) -> Filter {
        let room = 0.5 - edge;
        let reach = ((ATTENUATION_DB - 7.95) / (14.36 * room) / 4.0).ceil() as usize + 1;
        let beta = kaiser_beta(ATTENUATION_DB);
        let taps = (0..reach).map(|k| {
            let place = k as f64 + 0.5;
            sinc(place) * kaiser(place / reach as f64, beta)
        });
        Filter::half_band(taps.collect())
    }

    /// Maximally flat: interpolation by the polynomial through `2 reach` neighbours (Lagrange). Its stop band is
    /// deepest where the images of a low band lie.
    fn flat_half_band(edge: f64) -> Filter {
        let sine = libm::sin(0.5 * std::f64::consts::PI * edge);
        let limit = libm::pow(10.0, -ATTENUATION_DB / 20.0);
        // The response in the stop band is about C(2r-1, r) sin^(2r); raise r until that is deep enough.
        let mut reach = 2;
        let mut binomial = 3.0;
        while binomial * libm::pow(sine, 2.0 * reach as f64) > limit && reach < 24 {
            reach += 1;
            binomial *= (2 * reach - 1) as f64 * (2 * reach - 2) as f64 / (reach as f64 * (reach as f64 - 1.0));
        }
        let weight = |k: usize| {
            // Node k + 1/2 among the odd halves, at 0.
            let own = k as f64 + 0.5;
            let others = (0..reach).flat_map(|j| [j as f64 + 0.5, -(j as f64 + 0.5)]).filter(|node| *node != own);
            others.fold(1.0, |product, node| product * node / (node - own))
        };
        Filter::half_band((0..reach).map(weight).collect())
    }

    /// From the taps of the phase between frames, which are brought to a sum of 1.
    fn half_band(taps: Vec<f64>) -> Filter {
        let sum: f64 = 4.0 * taps.iter().sum::<f64>();
        Filter { centre: 0.5, even: Arc::new([]), odd: taps.iter().map(|tap| tap / sum).collect() }
    }

    /// Frames of the lower rate on either side: the delay of a way up or down.
    pub(super) fn reach(&self) -> usize {
        self.odd.len()
    }
}

/// `output[i] += sum over j of taps[j] * (before[left - j + i] + after[right + j + i])`.
fn fold(taps: &[f64], (before, left): (&[f64], usize), (after, right): (&[f64], usize), output: &mut [f64]) {
    let mut chunks = output.chunks_exact_mut(LANES);
    let mut start = 0;
    for chunk in &mut chunks {
        let mut sums = [0.0; LANES];
        for (j, tap) in taps.iter().enumerate() {
            let before = &before[left - j + start..left - j + start + LANES];
            let after = &after[right + j + start..right + j + start + LANES];
            for lane in 0..LANES {
                sums[lane] += tap * (before[lane] + after[lane]);
            }
        }
        for (output, sum) in chunk.iter_mut().zip(sums) {
            *output += sum;
        }
        start += LANES;
    }
    for (lane, output) in chunks.into_remainder().iter_mut().enumerate() {
        let mut sum = 0.0;
        for (j, tap) in taps.iter().enumerate() {
            sum += tap * (before[left - j + start + lane] + after[right + j + start + lane]);
        }
        *output += sum;
    }
}

/// The way up.
#[derive(Debug, Clone)]
pub(super) struct Raise {
    filter: Filter,
    /// `2 reach` frames of the past, then the new ones.
    frames: Vec<f64>,
    odd: Vec<f64>,
    even: Vec<f64>,
}

impl Raise {
    pub(super) fn new(filter: Filter, most: usize) -> Raise {
        let past = 2 * filter.reach();
        Raise { filter, frames: vec![0.0; past + most], odd: vec![0.0; most], even: vec![0.0; most] }
    }

    pub(super) fn reset(&mut self) {
        self.frames.fill(0.0);
    }

    /// Where the next `count` input frames are to be written.
    pub(super) fn place(&mut self, count: usize) -> &mut [f64] {
        let past = 2 * self.filter.reach();
        &mut self.frames[past..past + count]
    }

    pub(super) fn take(&mut self, input: &[f64]) {
        self.place(input.len()).copy_from_slice(input);
    }

    /// Makes two output samples of each of the `count` frames taken.
    pub(super) fn process(&mut self, count: usize, output: &mut [f64]) {
        let reach = self.filter.reach();
        let (odd, even) = (&mut self.odd[..count], &mut self.even[..count]);
        odd.fill(0.0);
        fold(&self.filter.odd, (&self.frames, reach), (&self.frames, reach + 1), odd);
        for (even, sample) in even.iter_mut().zip(&self.frames[reach..]) {
            *even = self.filter.centre * sample;
        }
        fold(&self.filter.even, (&self.frames, reach.saturating_sub(1)), (&self.frames, reach + 1), even);
        for (pair, (even, odd)) in output.chunks_exact_mut(2).zip(even.iter().zip(odd.iter())) {
            pair[0] = 2.0 * even;
            pair[1] = 2.0 * odd;
        }
        self.frames.copy_within(count..count + 2 * reach, 0);
    }
}

/// The way down.
#[derive(Debug, Clone)]
pub(super) struct Lower {
    filter: Filter,
    /// The two phases: `2 reach` frames of the past, then the new ones.
    even: Vec<f64>,
    odd: Vec<f64>,
    pub(super) output: Vec<f64>,
}

impl Lower {
    pub(super) fn new(filter: Filter, most: usize) -> Lower {
        let length = 2 * filter.reach() + most;
        Lower { filter, even: vec![0.0; length], odd: vec![0.0; length], output: vec![0.0; most] }
    }

    pub(super) fn reset(&mut self) {
        self.even.fill(0.0);
        self.odd.fill(0.0);
    }

    pub(super) fn take(&mut self, input: &[f64]) {
        let past = 2 * self.filter.reach();
        let places = self.even[past..].iter_mut().zip(&mut self.odd[past..]);
        for ((even, odd), pair) in places.zip(input.chunks_exact(2)) {
            (*even, *odd) = (pair[0], pair[1]);
        }
    }

    pub(super) fn process(&mut self, count: usize) {
        let reach = self.filter.reach();
        let output = &mut self.output[..count];
        for (output, sample) in output.iter_mut().zip(&self.even[reach..]) {
            *output = self.filter.centre * sample;
        }
        fold(&self.filter.even, (&self.even, reach.saturating_sub(1)), (&self.even, reach + 1), output);
        fold(&self.filter.odd, (&self.odd, reach - 1), (&self.odd, reach), output);
        self.even.copy_within(count..count + 2 * reach, 0);
        self.odd.copy_within(count..count + 2 * reach, 0);
    }
}
