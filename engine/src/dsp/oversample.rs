//! A higher rate for what bends the signal: up, something without memory, and down again.
//!
//! A cascade of linear-phase filters that double the rate, in f64. The first reaches its stop band at half the base
//! rate, so that nothing folds back below it; the others see a narrow band at a high rate and are short. The whole
//! way up and down is a delay of whole base frames, the same for every block size, and each output has its own fixed
//! order of additions.
//!
//! Stop bands are 130 dB down. The band that passes reaches to 20 kHz at 44.1 and 48 kHz and to 0.4 of the rate above;
//! what uses this works on the difference that bending makes (bent minus straight), so the rest of the signal keeps
//! its own band, and where nothing is bent every bit stays.

mod filter;

use filter::{Filter, Lower, Raise};

/// Base frames worked at most at once.
pub const CHUNK: usize = 64;

/// One channel on its way up and down. Takes its memory when built; a clone is an exact copy of the state.
#[derive(Debug, Clone)]
pub struct Oversampler {
    up: Vec<Raise>,
    down: Vec<Lower>,
    /// The signal at the high rate: `pad` samples of the last chunk, then this one.
    high: Vec<f64>,
    pad: usize,
    factor: usize,
    latency: usize,
    /// Samples at the high rate since the last one that was not zero.
    quiet: usize,
    memory: usize,
    frames: usize,
}

/// The pass band's end as a share of the rate: 20 kHz, at most 0.4535 and at least 0.4.
pub fn pass_band(rate_hz: f64) -> f64 {
    (20_000.0 / rate_hz).clamp(0.4, 20.0 / 44.1)
}

impl Oversampler {
    /// A path for a base rate, `1 << stages` times as fast in its middle, where what bends delays by `inside`
    /// samples of the high rate. Workers only: allocates and designs the filters.
    pub fn new(rate_hz: f64, stages: usize, inside: usize) -> Oversampler {
        let pass = pass_band(rate_hz);
        let factor = 1 << stages;
        let filters: Vec<Filter> = (0..stages).map(|stage| Filter::doubling(pass, stage)).collect();
        let delay: usize =
            filters.iter().enumerate().map(|(stage, filter)| 2 * filter.reach() * (factor >> stage)).sum::<usize>()
                + inside;
        let latency = delay.div_ceil(factor);
        let pad = latency * factor - delay;
        Oversampler {
            up: filters.iter().enumerate().map(|(stage, filter)| Raise::new(filter.clone(), CHUNK << stage)).collect(),
            down: filters
                .iter()
                .enumerate()
                .map(|(stage, filter)| Lower::new(filter.clone(), CHUNK << stage))
                .collect(),
            high: vec![0.0; pad + CHUNK * factor],
            pad,
            factor,
            latency,
            quiet: 0,
            memory: (latency + 2) * factor,
            frames: 0,
        }
    }

    /// Base frames from input to output.
    pub fn latency(&self) -> usize {
        self.latency
    }

    /// Times the base rate.
    pub fn factor(&self) -> usize {
        self.factor
    }

    /// Forgets all audio. Audio thread.
    pub fn reset(&mut self) {
        self.up.iter_mut().for_each(Raise::reset);
        self.down.iter_mut().for_each(Lower::reset);
        self.high.fill(0.0);
        self.quiet = 0;
    }

    /// Takes at most [`CHUNK`] base frames and gives them at the high rate, to be replaced in place by what is to come
    /// down. Audio thread.
    pub fn raise(&mut self, input: &[f64]) -> &mut [f64] {
        let frames = input.len().min(CHUNK);
        self.frames = frames;
        let Some(first) = self.up.first_mut() else { return &mut [] };
        first.take(&input[..frames]);
        let mut count = frames;
        for index in 0..self.up.len() {
            let (before, behind) = self.up.split_at_mut(index + 1);
            let output = match behind.first_mut() {
                Some(next) => next.place(2 * count),
                None => &mut self.high[self.pad..self.pad + 2 * count],
            };
            before[index].process(count, output);
            count *= 2;
        }
        &mut self.high[self.pad..self.pad + count]
    }

    /// Brings down what [`Oversampler::raise`] gave. `is_zero` says that all of it is zero, which costs nothing once
    /// the filters are empty. Audio thread.
    pub fn lower(&mut self, output: &mut [f64], is_zero: bool) {
        let count = self.frames * self.factor;
        self.quiet = if is_zero { self.quiet.saturating_add(count) } else { 0 };
        if self.quiet > self.memory + count {
            output.fill(0.0);
            return;
        }
        let mut frames = count;
        for index in (0..self.down.len()).rev() {
            let (below, above) = self.down.split_at_mut(index + 1);
            match above.first_mut() {
                Some(before) => below[index].take(&before.output[..frames]),
                None => below[index].take(&self.high[..frames]),
            }
            frames /= 2;
            below[index].process(frames);
        }
        if let Some(last) = self.down.first() {
            for (output, sample) in output.iter_mut().zip(&last.output[..frames]) {
                *output = *sample;
            }
        }
        self.high.copy_within(count..count + self.pad, 0);
    }
}

#[cfg(test)]
mod tests;
