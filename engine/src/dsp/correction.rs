//! The correction that brings matched-Z sections to the analogue magnitude, without latency.
//!
//! The ratio `R` between the analogue and the digital squared magnitude is smooth, and so is the product of many. It
//! is approximated by `N(cos θ) / D(cos θ)`: the poles in `D` are fixed, so that no pole and zero can ever meet, and
//! the numerator is one weighted linear least-squares fit on fixed nodes up to 20.05 kHz. Its minimum-phase factor is
//! found by Newton's method on the autocorrelation (G. Wilson, Factorization of the covariance generating function
//! of a pure moving average process, SIAM J. Numer. Anal. 6, 1969).
//!
//! Nothing here allocates after [`Fit::new`]; a design may run on the audio thread.

use std::f64::consts::PI;

use super::svf::NOTHING;

/// Most nodes of a fit.
pub const MOST_NODES: usize = 38;
/// Highest degree of a numerator.
const MOST_DEGREE: usize = 6;
/// Coefficients of a numerator.
pub const TAPS: usize = MOST_DEGREE + 1;
/// Nodes between the end of the audio band and the Nyquist frequency.
const OUTER_NODES: usize = 6;
/// They only keep the fit sane where nobody hears it.
const OUTER_WEIGHT: f64 = 0.003;
/// The fit holds to here; a margin over 20 kHz.
const BAND_EDGE_HZ: f64 = 20_050.0;
/// At rates under 44.1 kHz the fit holds to this part of the Nyquist frequency.
const BAND_EDGE_SHARE: f64 = 0.91;
/// At this rate and above 20 kHz is far from the Nyquist frequency and a shorter correction does.
const HIGH_RATE_HZ: f64 = 80_000.0;
/// Newton's method doubles its digits in each step; from the fixed start it needs 5 to 12.
const MOST_STEPS: usize = 40;

/// What one correction is for: it decides the degree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// One section alone.
    Section,
    /// All sections of a path together.
    Path,
}

/// Frequencies at which magnitudes are compared.
#[derive(Debug, Clone)]
pub struct Nodes {
    /// Radians per frame.
    pub theta: Vec<f64>,
    /// Sine of half of it.
    pub sin_half: Vec<f64>,
    /// Cosine of half of it.
    pub cos_half: Vec<f64>,
    weight: Vec<f64>,
}

/// Everything about a fit that depends on the rate alone.
#[derive(Debug, Clone)]
pub struct Fit {
    nodes: Nodes,
    degree: usize,
    /// Monic denominator: 1 and the three that follow.
    denominator: [f64; 4],
    /// `D` at each node, 1 at zero frequency.
    poles_at: Vec<f64>,
    /// `cos(k θ)` at each node, doubled for k > 0.
    basis: Vec<[f64; TAPS]>,
}

/// A correction at work: its numerator over the fixed poles.
pub type Taps = [f64; TAPS];

/// The numerators of two channels, tap by tap.
pub type PairTaps = [[f64; 2]; TAPS];

/// A correction of `N` frames of memory, ready to run.
#[derive(Debug, Clone, Copy)]
pub struct Still<const N: usize> {
    taps: PairTaps,
    loss: [[f64; 2]; 4],
    held: [[f64; 2]; N],
}

/// Two channels' memory of a correction.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct State {
    held: [[f64; 2]; MOST_DEGREE],
}

impl Nodes {
    fn new(rate_hz: f64, inner: usize) -> Nodes {
        let edge = (2.0 * PI * BAND_EDGE_HZ / rate_hz).min(BAND_EDGE_SHARE * PI);
        let mut nodes = Nodes { theta: vec![], sin_half: vec![], cos_half: vec![], weight: vec![] };
        for index in 0..inner {
            let u = 0.02 + 0.98 * index as f64 / (inner - 1) as f64;
            nodes.push(edge * libm::sin(PI / 2.0 * u), 1.0);
        }
        for index in 1..=OUTER_NODES {
            nodes.push(edge + (PI - edge) * index as f64 / OUTER_NODES as f64, OUTER_WEIGHT);
        }
        nodes
    }

    fn push(&mut self, theta: f64, weight: f64) {
        let (sin, cos) = libm::sincos(theta / 2.0);
        self.theta.push(theta);
        self.sin_half.push(sin);
        self.cos_half.push(cos);
        self.weight.push(weight);
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.theta.len()
    }

    /// Whether there is none (there always is one).
    pub fn is_empty(&self) -> bool {
        self.theta.is_empty()
    }
}

impl Fit {
    /// The fit of a rate in hertz. Worker threads only: allocates.
    pub fn new(rate_hz: f64, scope: Scope) -> Fit {
        let high = rate_hz >= HIGH_RATE_HZ;
        // Poles found by search over the whole parameter grid; all lie on the negative axis inside radius 0.78.
        let (poles, degree): (&[f64], usize) = match (scope, high) {
            (Scope::Section, false) => (&[-0.7770, -0.4457, -0.2809], 4),
            (Scope::Path, false) => (&[-0.7770, -0.4457, -0.2809], 6),
            (Scope::Section, true) => (&[-0.2845], 2),
            (Scope::Path, true) => (&[-0.351, -0.200], 4),
        };
        let nodes = Nodes::new(rate_hz, if scope == Scope::Path { 32 } else { 24 });
        let mut denominator = [1.0, 0.0, 0.0, 0.0];
        for pole in poles {
            for index in (1..4).rev() {
                denominator[index] -= pole * denominator[index - 1];
            }
        }
        let at = |cos: f64| poles.iter().map(|p| (1.0 + p * p - 2.0 * p * cos) / ((1.0 - p) * (1.0 - p))).product();
        let poles_at = nodes.theta.iter().map(|theta| at(libm::cos(*theta))).collect();
        let cosines =
            |theta: &f64| std::array::from_fn(|k| if k == 0 { 1.0 } else { 2.0 * libm::cos(k as f64 * theta) });
        let basis = nodes.theta.iter().map(cosines).collect();
        Fit { nodes, degree, denominator, poles_at, basis }
    }

    /// The frequencies it compares at.
    pub fn nodes(&self) -> &Nodes {
        &self.nodes
    }

    /// The numerator of the correction that does nothing, exactly.
    pub fn identity(&self) -> Taps {
        let mut taps = [0.0; TAPS];
        taps[..4].copy_from_slice(&self.denominator);
        taps
    }

    /// The correction whose squared magnitude follows `ratios` at the nodes. Where no minimum-phase numerator exists
    /// (not met in the whole range of the parameters) the sections are left uncorrected. Audio thread: does not allocate.
    pub fn solve(&self, ratios: &[f64]) -> Taps {
        let correlation = self.least_squares(ratios);
        self.factor(&correlation).unwrap_or_else(|| self.identity())
    }

    /// Autocorrelation of the numerator: modified Gram-Schmidt on the weighted rows with the right side carried along.
    fn least_squares(&self, ratios: &[f64]) -> Taps {
        let (rows, columns) = (self.nodes.len().min(ratios.len()).min(MOST_NODES), self.degree + 1);
        let mut matrix = [[0.0; MOST_NODES]; TAPS];
        let mut right = [0.0; MOST_NODES];
        for row in 0..rows {
            let scale = self.nodes.weight[row] / (ratios[row] * self.poles_at[row]);
            right[row] = self.nodes.weight[row];
            for column in 0..columns {
                matrix[column][row] = scale * self.basis[row][column];
            }
        }
        let mut triangle = [[0.0; TAPS]; TAPS];
        let mut solution = [0.0; TAPS];
        for column in 0..columns {
            let (done, rest) = matrix.split_at_mut(column + 1);
            let lead = &mut done[column];
            let norm = dot(lead, lead, rows).sqrt();
            triangle[column][column] = norm;
            lead[..rows].iter_mut().for_each(|value| *value /= norm);
            for (offset, other) in rest[..columns - column - 1].iter_mut().enumerate() {
                triangle[column][column + 1 + offset] = take_out(other, lead, rows);
            }
            solution[column] = take_out(&mut right, lead, rows);
        }
        for column in (0..columns).rev() {
            for later in column + 1..columns {
                solution[column] -= triangle[column][later] * solution[later];
            }
            solution[column] /= triangle[column][column];
        }
        solution
    }

    /// The minimum-phase sequence with this autocorrelation, scaled to the monic denominator.
    fn factor(&self, wanted: &Taps) -> Option<Taps> {
        let size = self.degree + 1;
        let mut taps = [0.0; TAPS];
        let mut scale = 0.0;
        for value in self.denominator {
            scale += value;
        }
        for (tap, value) in taps.iter_mut().zip(self.denominator) {
            *tap = value / scale;
        }
        for _ in 0..MOST_STEPS {
            let next = newton_step(&taps, wanted, size)?;
            let moved = taps.iter().zip(&next).fold(0.0, |most: f64, (old, new)| most.max((old - new).abs()));
            taps = next;
            if moved <= 1e-14 * taps[0].abs() {
                break;
            }
        }
        let reached = autocorrelation(&taps, size);
        let close = (0..size).all(|lag| (reached[lag] - wanted[lag]).abs() <= 1e-9 * wanted[0].abs());
        taps.iter_mut().for_each(|tap| *tap *= scale);
        close.then_some(taps)
    }

    /// Runs the correction over two channels; `taps` gives the numerator of each frame.
    pub fn run(&self, state: &mut State, left: &mut [f64], right: &mut [f64], taps: impl Fn(usize) -> Taps) {
        self.run_apart(state, left, right, |index| taps(index).map(|tap| [tap; 2]));
    }

    /// Whether the short form does: [`Still`] of 4, else of 6.
    pub fn is_short(&self) -> bool {
        self.degree <= 4 && self.denominator[3] == 0.0
    }

    /// A correction that stands still, to run frame by frame beside something else.
    pub fn still<const N: usize>(&self, state: &State, taps: &Taps) -> Still<N> {
        let held = std::array::from_fn(|index| state.held[index]);
        Still { taps: taps.map(|tap| [tap; 2]), loss: self.denominator.map(|value| [value; 2]), held }
    }

    /// The same with a numerator of its own for each channel.
    pub fn run_apart(&self, state: &mut State, left: &mut [f64], right: &mut [f64], taps: impl Fn(usize) -> PairTaps) {
        // The longer forms of low rates have more memory; what a form does not have is zero and stays so.
        if self.is_short() {
            self.run_form::<4>(state, left, right, taps);
        } else {
            self.run_form::<MOST_DEGREE>(state, left, right, taps);
        }
    }

    #[inline(always)]
    fn run_form<const N: usize>(
        &self,
        state: &mut State,
        left: &mut [f64],
        right: &mut [f64],
        taps: impl Fn(usize) -> PairTaps,
    ) {
        let mut still = self.still::<N>(state, &[0.0; TAPS]);
        for (index, (left, right)) in left.iter_mut().zip(right.iter_mut()).enumerate() {
            still.taps = taps(index);
            [*left, *right] = still.next([*left, *right]);
        }
        still.leave(state);
    }

    /// Squared magnitude of a correction at `theta` radians per frame.
    pub fn power(&self, taps: &Taps, theta: f64) -> f64 {
        power(taps, theta) / power(&self.denominator, theta)
    }
}

impl<const N: usize> Still<N> {
    /// One frame.
    #[inline(always)]
    pub fn next(&mut self, input: [f64; 2]) -> [f64; 2] {
        // Short forms have two poles, long ones three.
        let poles = if N <= 4 { 2 } else { 3 };
        let mut output = [0.0; 2];
        for lane in 0..2 {
            output[lane] = self.taps[0][lane] * input[lane] + self.held[0][lane];
        }
        for place in 0..N {
            for lane in 0..2 {
                let mut next = self.taps[place + 1][lane] * input[lane];
                if place + 1 < N {
                    next += self.held[place + 1][lane];
                }
                if place < poles {
                    next -= self.loss[place + 1][lane] * output[lane];
                }
                self.held[place][lane] = next;
            }
        }
        output
    }

    /// Gives the memory back.
    pub fn leave(self, state: &mut State) {
        state.held[..N].copy_from_slice(&self.held);
    }
}

impl State {
    /// Takes memory that has decayed to nothing for exact zero.
    pub fn settle(&mut self) {
        for lane in 0..2 {
            if self.held.iter().all(|held| held[lane].abs() < NOTHING) {
                self.held.iter_mut().for_each(|held| held[lane] = 0.0);
            }
        }
    }
}

fn dot(a: &[f64; MOST_NODES], b: &[f64; MOST_NODES], count: usize) -> f64 {
    a[..count].iter().zip(&b[..count]).fold(0.0, |sum, (a, b)| sum + a * b)
}

/// Removes the part of `vector` along the unit vector `along` and gives its length.
fn take_out(vector: &mut [f64; MOST_NODES], along: &[f64; MOST_NODES], count: usize) -> f64 {
    let length = dot(vector, along, count);
    for (value, along) in vector[..count].iter_mut().zip(&along[..count]) {
        *value -= length * along;
    }
    length
}

fn autocorrelation(taps: &Taps, size: usize) -> Taps {
    std::array::from_fn(|lag| (lag..size).fold(0.0, |sum, index| sum + taps[index] * taps[index - lag]))
}

/// One step of Wilson's iteration: solves `Σ (b[j+k] x[j] + b[j] x[j+k]) = wanted[k] + reached[k]` for `x`.
fn newton_step(taps: &Taps, wanted: &Taps, size: usize) -> Option<Taps> {
    let mut matrix = [[0.0; TAPS]; TAPS];
    let mut right = autocorrelation(taps, size);
    for lag in 0..size {
        right[lag] += wanted[lag];
        for index in 0..size - lag {
            matrix[lag][index] += taps[index + lag];
            matrix[lag][index + lag] += taps[index];
        }
    }
    for column in 0..size {
        let pivot = (column..size)
            .fold(column, |best, row| if matrix[row][column].abs() > matrix[best][column].abs() { row } else { best });
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        let lead = matrix[column];
        if lead[column].is_nan() || lead[column].abs() <= 1e-300 {
            return None;
        }
        for row in column + 1..size {
            let factor = matrix[row][column] / lead[column];
            for index in column..size {
                matrix[row][index] -= factor * lead[index];
            }
            right[row] -= factor * right[column];
        }
    }
    for column in (0..size).rev() {
        for later in column + 1..size {
            right[column] -= matrix[column][later] * right[later];
        }
        right[column] /= matrix[column][column];
    }
    right[size..].fill(0.0);
    right.iter().all(|value| value.is_finite()).then_some(right)
}

fn power(coefficients: &[f64], theta: f64) -> f64 {
    let (mut re, mut im) = (0.0, 0.0);
    for (index, value) in coefficients.iter().enumerate() {
        let (sin, cos) = libm::sincos(index as f64 * theta);
        re += value * cos;
        im += value * sin;
    }
    re * re + im * im
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_ratio_needs_no_correction() {
        for rate in [44_100.0, 96_000.0, 192_000.0] {
            for scope in [Scope::Section, Scope::Path] {
                let fit = Fit::new(rate, scope);
                let taps = fit.solve(&[1.0; MOST_NODES]);
                for (tap, exact) in taps.iter().zip(fit.identity()) {
                    assert!((tap - exact).abs() < 1e-6, "{rate} {scope:?}: {taps:?}");
                }
            }
        }
    }

    #[test]
    fn the_identity_passes_every_bit() {
        let fit = Fit::new(44_100.0, Scope::Path);
        let input: [f64; 20] = std::array::from_fn(|n| f64::from(n as u8 % 7) * 0.3 - 0.8);
        let (mut left, mut right) = (input, input);
        fit.run(&mut State::default(), &mut left, &mut right, |_| fit.identity());
        assert_eq!((left, right), (input, input));
    }

    #[test]
    fn a_numerator_is_found_from_its_magnitude() {
        let fit = Fit::new(48_000.0, Scope::Path);
        let known = [1.0, 0.5, -0.2, 0.1, 0.03, 0.0, 0.01];
        let ratios: Vec<f64> = fit.nodes().theta.iter().map(|theta| fit.power(&known, *theta)).collect();
        let found = fit.solve(&ratios);
        for (found, known) in found.iter().zip(known) {
            assert!((found - known).abs() < 1e-9, "{found} {known}");
        }
    }
}
