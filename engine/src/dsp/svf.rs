//! The state-variable filter, trapezoidal (topology-preserving) form.
//!
//! Any stable second-order section is a set of two state coefficients and three output weights. The form keeps its
//! rounding noise below -300 dB even for 20 Hz filters at 384 kHz, and stays stable while its coefficients move, as
//! long as `g` and `k` stay positive (V. Zavalishin, The Art of VA Filter Design, ch. 3; A. Simper, Solving the
//! continuous SVF equations using trapezoidal integration).

/// Coefficients of one section: `H(s) = (high s² + band s + low) / (s² + k s + 1)` with `s = j tan(θ/2) / g`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Svf {
    /// Tangent of half the corner's angle; positive.
    pub g: f64,
    /// Damping, the reciprocal of Q; positive.
    pub k: f64,
    /// Weight of the input.
    pub direct: f64,
    /// Weight of the band output.
    pub band: f64,
    /// Weight of the low output.
    pub low: f64,
}

/// Two channels' memory of one section.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct State {
    band: [f64; 2],
    low: [f64; 2],
}

/// Below this a filter's memory is taken for exact zero: it keeps decaying states out of the denormal range, and it
/// is 600 dB under full scale.
pub const NOTHING: f64 = 1e-30;

/// One section made ready to run: the division is done. Every number stands there once for each channel, so that both
/// are one vector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tick {
    input_to_band: [f64; 2],
    input_to_low: [f64; 2],
    band_loss: [f64; 2],
    direct: [f64; 2],
    band: [f64; 2],
    low: [f64; 2],
}

impl Svf {
    /// The section that passes everything, with the memory of one that has this `g` and `k`.
    pub fn identity(g: f64, k: f64) -> Svf {
        Svf { g, k, direct: 1.0, band: 0.0, low: 0.0 }
    }

    /// The weights of the low, band and high outputs turned into those of input, band and low.
    pub fn from_outputs(g: f64, k: f64, low: f64, band: f64, high: f64) -> Svf {
        Svf { g, k, direct: high, band: band - k * high, low: low - high }
    }

    /// The same numbers in a row: `g`, `k`, `direct`, `band`, `low`.
    pub fn to_array(self) -> [f64; 5] {
        [self.g, self.k, self.direct, self.band, self.low]
    }

    /// The reverse of [`Svf::to_array`].
    pub fn from_array([g, k, direct, band, low]: [f64; 5]) -> Svf {
        Svf { g, k, direct, band, low }
    }

    /// Does the division that running needs.
    pub fn tick(self) -> Tick {
        Tick::of_lanes([self, self])
    }

    /// Squared magnitude where `tan(θ/2)` is `tangent`.
    pub fn power(self, tangent: f64) -> f64 {
        let t = tangent / self.g;
        let (high, band, low) = (self.direct, self.band + self.k * self.direct, self.low + self.direct);
        let square = t * t;
        let top = (low - high * square) * (low - high * square) + band * band * square;
        top / ((1.0 - square) * (1.0 - square) + self.k * self.k * square)
    }
}

impl Tick {
    /// A section of its own for each of the two channels.
    pub fn of_lanes(lanes: [Svf; 2]) -> Tick {
        let a2 = lanes.map(|svf| svf.g * (1.0 / (1.0 + svf.g * (svf.g + svf.k))));
        Tick {
            input_to_band: a2,
            input_to_low: [lanes[0].g * a2[0], lanes[1].g * a2[1]],
            band_loss: [(lanes[0].g + lanes[0].k) * a2[0], (lanes[1].g + lanes[1].k) * a2[1]],
            direct: lanes.map(|svf| svf.direct),
            band: lanes.map(|svf| svf.band),
            low: lanes.map(|svf| svf.low),
        }
    }

    /// A section on the straight way from this one to another: both stable, and near each other.
    #[inline(always)]
    pub fn towards(&self, other: &Tick, part: f64) -> Tick {
        let mix =
            |from: [f64; 2], to: [f64; 2]| [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part];
        Tick {
            input_to_band: mix(self.input_to_band, other.input_to_band),
            input_to_low: mix(self.input_to_low, other.input_to_low),
            band_loss: mix(self.band_loss, other.band_loss),
            direct: mix(self.direct, other.direct),
            band: mix(self.band, other.band),
            low: mix(self.low, other.low),
        }
    }

    /// One frame of two channels. Each channel's arithmetic is the same whatever runs beside it.
    #[inline(always)]
    pub fn next(&self, state: &mut State, input: [f64; 2]) -> [f64; 2] {
        let mut output = [0.0; 2];
        for lane in 0..2 {
            let rest = input[lane] - state.low[lane];
            let to_band = self.input_to_band[lane] * rest - self.band_loss[lane] * state.band[lane];
            let to_low = self.input_to_band[lane] * state.band[lane] + self.input_to_low[lane] * rest;
            let band = state.band[lane] + to_band;
            let low = state.low[lane] + to_low;
            output[lane] = self.direct[lane] * input[lane] + (self.band[lane] * band + self.low[lane] * low);
            state.band[lane] = band + to_band;
            state.low[lane] = low + to_low;
        }
        output
    }
}

impl State {
    /// Takes memory that has decayed to nothing for exact zero.
    pub fn settle(&mut self) {
        for lane in 0..2 {
            if self.band[lane].abs() < NOTHING && self.low[lane].abs() < NOTHING {
                self.band[lane] = 0.0;
                self.low[lane] = 0.0;
            }
        }
    }
}

/// Runs `N` sections in series over two channels, each one frame behind the one before it: none waits for another, so
/// that their latencies hide each other. The bits are those of running them one after the other.
pub fn run<const N: usize>(ticks: &[Tick; N], states: &mut [State; N], left: &mut [f64], right: &mut [f64]) {
    let frames = left.len().min(right.len());
    let mut held = *states;
    if frames < N {
        for (left, right) in left.iter_mut().zip(right.iter_mut()) {
            [*left, *right] = (0..N).fold([*left, *right], |frame, index| ticks[index].next(&mut held[index], frame));
        }
        *states = held;
        return;
    }
    // What each section made last.
    let mut made = [[0.0; 2]; N];
    for frame in 0..N - 1 {
        advance(ticks, &mut held, &mut made, [left[frame], right[frame]], 0..frame + 1);
    }
    let late = N - 1;
    for frame in late..frames {
        let input = [left[frame], right[frame]];
        for index in (0..N).rev() {
            let input = if index == 0 { input } else { made[index - 1] };
            made[index] = ticks[index].next(&mut held[index], input);
        }
        [left[frame - late], right[frame - late]] = made[late];
    }
    for frame in frames..frames + late {
        advance(ticks, &mut held, &mut made, [0.0; 2], frame + 1 - frames..N);
        [left[frame - late], right[frame - late]] = made[late];
    }
    *states = held;
}

/// One frame of some of the sections, where the row fills or empties.
#[inline(never)]
fn advance<const N: usize>(
    ticks: &[Tick; N],
    held: &mut [State; N],
    made: &mut [[f64; 2]; N],
    input: [f64; 2],
    sections: std::ops::Range<usize>,
) {
    for index in sections.rev() {
        let input = if index == 0 { input } else { made[index - 1] };
        made[index] = ticks[index].next(&mut held[index], input);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_section_touches_nothing() {
        let (mut left, mut right) = ([0.3, -0.7, 1.0], [0.1; 3]);
        run(&[Svf::identity(0.1, 1.4).tick()], &mut [State::default()], &mut left, &mut right);
        assert_eq!((left, right), ([0.3, -0.7, 1.0], [0.1; 3]));
    }

    #[test]
    fn steady_gain_is_the_low_output_and_alternation_the_high() {
        let svf = Svf::from_outputs(0.5, 1.0, 3.0, 0.2, 0.25);
        let (mut left, mut right) = ([1.0; 400], [1.0; 400]);
        right.iter_mut().skip(1).step_by(2).for_each(|sample| *sample = -1.0);
        run(&[svf.tick()], &mut [State::default()], &mut left, &mut right);
        assert!((left[399] - 3.0).abs() < 1e-12 && (right[399] + 0.25).abs() < 1e-12);
        assert!((svf.power(0.0) - 9.0).abs() < 1e-12 && (svf.power(1e9) - 0.0625).abs() < 1e-9);
    }

    #[test]
    fn four_at_once_are_four_in_a_row() {
        let ticks: [Tick; 4] = std::array::from_fn(|n| Svf::from_outputs(0.1 + n as f64, 0.7, 1.0, 0.3, 2.0).tick());
        let input: [f64; 50] = std::array::from_fn(|n| f64::from(n as u8 % 7) - 3.0);
        let (mut left, mut right) = (input, input);
        let mut states = [State::default(); 4];
        // In parts, one of them shorter than the row of sections.
        for (from, to) in [(0, 3), (3, 7), (7, 50)] {
            run(&ticks, &mut states, &mut left[from..to], &mut right[from..to]);
        }
        let (mut again, mut spare) = (input, [0.0; 50]);
        for tick in ticks {
            run(&[tick], &mut [State::default()], &mut again, &mut spare);
        }
        assert_eq!(left, again);
        assert_eq!(right, again);
    }
}
