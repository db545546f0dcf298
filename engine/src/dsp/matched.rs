//! Analogue filter sections and their matched-Z images.
//!
//! A section is its zeros and poles in units of one frame, `u = s·T`. Every root maps to `e^u`; zeros at infinity get
//! nothing. What the image misses against the analogue magnitude is smooth and is mended by [`super::correction`].

use std::f64::consts::PI;

use super::correction::Nodes;
use super::svf::Svf;

/// Zeros or poles of a section of first or second order, in units of one frame.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Roots {
    /// None in reach (zeros at infinity).
    None,
    /// One real root.
    Single(f64),
    /// Two real roots.
    Real(f64, f64),
    /// A conjugate pair: real and imaginary part.
    Pair(f64, f64),
}

/// One analogue section: `gain · Π(u - zero) / Π(u - pole)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Section {
    zeros: Roots,
    poles: Roots,
    gain: f64,
}

/// The frequency response of an analogue section: `(c0 - c2·θ² + i·c1·θ)` of the zeros over that of the poles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prototype {
    top: [f64; 3],
    bottom: [f64; 3],
}

/// One root made ready for the nodes: analogue `(θ - centre)² + re²`, digital `loss² + 4e·sin²((θ - image)/2)`.
struct Factor {
    centre: f64,
    re_squared: f64,
    loss_squared: f64,
    four_radius: f64,
    sin_half: f64,
    cos_half: f64,
}

/// A polynomial's image at z = 1, at z = -1, and its first less its last coefficient, all free of cancellation.
struct Image {
    at_one: f64,
    at_minus_one: f64,
    difference: f64,
}

impl Roots {
    /// Roots of `u² + b·θ·u + c·θ²`, with `b` and `c` not negative.
    fn of_quadratic(b: f64, c: f64, theta: f64) -> Roots {
        let discriminant = b * b / 4.0 - c;
        if discriminant < 0.0 {
            return Roots::Pair(-b / 2.0 * theta, discriminant.abs().sqrt() * theta);
        }
        let far = -(b / 2.0 + discriminant.sqrt());
        let near = if far == 0.0 { 0.0 } else { c / far };
        Roots::Real(far * theta, near * theta)
    }

    fn image(self) -> Image {
        match self {
            Roots::None => Image { at_one: 1.0, at_minus_one: 1.0, difference: 1.0 },
            Roots::Single(u) => Image { at_one: -libm::expm1(u), at_minus_one: 1.0 + libm::exp(u), difference: 1.0 },
            Roots::Real(u, v) => Image {
                at_one: libm::expm1(u) * libm::expm1(v),
                at_minus_one: (1.0 + libm::exp(u)) * (1.0 + libm::exp(v)),
                difference: -libm::expm1(u + v),
            },
            Roots::Pair(re, im) => {
                let (sin, cos) = libm::sincos(within_half_turn(im) / 2.0);
                let (loss, radius) = (libm::expm1(re), libm::exp(re));
                Image {
                    at_one: loss * loss + 4.0 * radius * sin * sin,
                    at_minus_one: loss * loss + 4.0 * radius * cos * cos,
                    difference: -libm::expm1(2.0 * re),
                }
            }
        }
    }

    fn factors(self) -> [Option<Factor>; 2] {
        match self {
            Roots::None => [None, None],
            Roots::Single(u) => [Some(Factor::new(u, 0.0)), None],
            Roots::Real(u, v) => [Some(Factor::new(u, 0.0)), Some(Factor::new(v, 0.0))],
            Roots::Pair(re, im) => [Some(Factor::new(re, im)), Some(Factor::new(re, -im))],
        }
    }

    fn power(self, theta: f64) -> f64 {
        let one = |re: f64, im: f64| (theta - im) * (theta - im) + re * re;
        match self {
            Roots::None => 1.0,
            Roots::Single(u) => one(u, 0.0),
            Roots::Real(u, v) => one(u, 0.0) * one(v, 0.0),
            Roots::Pair(re, im) => one(re, im) * one(re, -im),
        }
    }

    /// Coefficients of `c0 + c1·u + c2·u²`.
    fn polynomial(self) -> [f64; 3] {
        match self {
            Roots::None => [1.0, 0.0, 0.0],
            Roots::Single(u) => [-u, 1.0, 0.0],
            Roots::Real(u, v) => [u * v, -(u + v), 1.0],
            Roots::Pair(re, im) => [re * re + im * im, -2.0 * re, 1.0],
        }
    }

    /// Distance of the slowest root from the stability border, per frame.
    fn slowest(self) -> f64 {
        match self {
            Roots::None => f64::INFINITY,
            Roots::Single(u) | Roots::Pair(u, _) => u.abs(),
            Roots::Real(u, v) => u.abs().min(v.abs()),
        }
    }
}

/// A root above the Nyquist frequency would come back as a resonance below it; it is held at the border instead.
fn within_half_turn(im: f64) -> f64 {
    im.clamp(-PI, PI)
}

impl Factor {
    fn new(re: f64, im: f64) -> Factor {
        let (sin_half, cos_half) = libm::sincos(within_half_turn(im) / 2.0);
        let loss = libm::expm1(re);
        Factor {
            centre: im,
            re_squared: re * re,
            loss_squared: loss * loss,
            four_radius: 4.0 * libm::exp(re),
            sin_half,
            cos_half,
        }
    }

    /// Analogue and digital squared magnitude at a node.
    #[inline(always)]
    fn at(&self, theta: f64, sin_half: f64, cos_half: f64) -> (f64, f64) {
        let away = theta - self.centre;
        let chord = sin_half * self.cos_half - cos_half * self.sin_half;
        let (analogue, digital) = (away * away + self.re_squared, self.loss_squared + self.four_radius * chord * chord);
        // A zero of a notch may lie on a node: there both are nothing and their ratio is 1.
        (analogue + LEAST_POWER, digital + LEAST_POWER)
    }
}

/// Keeps a ratio of two nothings at 1; far below everything else.
const LEAST_POWER: f64 = 1e-200;

impl Prototype {
    /// Passes everything.
    pub const UNITY: Prototype = Prototype { top: [1.0, 0.0, 0.0], bottom: [1.0, 0.0, 0.0] };

    /// Real and imaginary part of the numerator, of the denominator.
    #[inline(always)]
    fn parts(&self, theta: f64) -> [f64; 4] {
        let square = theta * theta;
        [
            self.top[0] - self.top[2] * square,
            self.top[1] * theta,
            self.bottom[0] - self.bottom[2] * square,
            self.bottom[1] * theta,
        ]
    }

    /// Squared magnitude at `theta` radians per frame.
    #[inline(always)]
    pub fn power(&self, theta: f64) -> f64 {
        let [a, b, c, d] = self.parts(theta);
        (a * a + b * b) / (c * c + d * d)
    }

    /// Phase in radians at `theta`: between -π and π, without a jump save where a notch has its zero.
    pub fn phase(&self, theta: f64) -> f64 {
        let [a, b, c, d] = self.parts(theta);
        if a == 0.0 && b == 0.0 {
            return 0.0;
        }
        libm::atan2(b * c - a * d, a * c + b * d)
    }
}

impl Section {
    /// A bell: `gain_db` at `theta` (radians per frame), 0 dB far away.
    pub fn bell(theta: f64, gain_db: f64, q: f64) -> Section {
        let a = root_gain(gain_db);
        Section {
            zeros: Roots::of_quadratic(a / q, 1.0, theta),
            poles: Roots::of_quadratic(1.0 / (a * q), 1.0, theta),
            gain: 1.0,
        }
    }

    /// A shelf: `gain_db` far above `theta`, half of it (in dB) there.
    pub fn high_shelf(theta: f64, gain_db: f64, q: f64) -> Section {
        let a = root_gain(gain_db);
        let slope = a.sqrt() / q;
        Section {
            zeros: Roots::of_quadratic(slope / a, 1.0 / a, theta),
            poles: Roots::of_quadratic(slope, a, theta),
            gain: a * a,
        }
    }

    /// A shelf: `gain_db` far below `theta`, half of it (in dB) there.
    pub fn low_shelf(theta: f64, gain_db: f64, q: f64) -> Section {
        let a = root_gain(gain_db);
        let slope = a.sqrt() / q;
        Section {
            zeros: Roots::of_quadratic(slope, a, theta),
            poles: Roots::of_quadratic(slope / a, 1.0 / a, theta),
            gain: 1.0,
        }
    }

    /// A low-pass of second order.
    pub fn low_pass(theta: f64, q: f64) -> Section {
        Section { zeros: Roots::None, poles: Roots::of_quadratic(1.0 / q, 1.0, theta), gain: theta * theta }
    }

    /// A high-pass of second order.
    pub fn high_pass(theta: f64, q: f64) -> Section {
        Section { zeros: Roots::Real(0.0, 0.0), poles: Roots::of_quadratic(1.0 / q, 1.0, theta), gain: 1.0 }
    }

    /// A low-pass of first order.
    pub fn gentle_low_pass(theta: f64) -> Section {
        Section { zeros: Roots::None, poles: Roots::Single(-theta), gain: theta }
    }

    /// A high-pass of first order.
    pub fn gentle_high_pass(theta: f64) -> Section {
        Section { zeros: Roots::Single(0.0), poles: Roots::Single(-theta), gain: 1.0 }
    }

    /// A low shelf of first order.
    pub fn gentle_low_shelf(theta: f64, gain_db: f64) -> Section {
        let a = root_gain(gain_db);
        Section { zeros: Roots::Single(-theta * a), poles: Roots::Single(-theta / a), gain: 1.0 }
    }

    /// A high shelf of first order.
    pub fn gentle_high_shelf(theta: f64, gain_db: f64) -> Section {
        let a = root_gain(gain_db);
        Section { zeros: Roots::Single(-theta / a), poles: Roots::Single(-theta * a), gain: a * a }
    }

    /// A tilt about `theta`: 0 dB there, `gain_db` far above and its negative far below.
    pub fn tilt(theta: f64, gain_db: f64) -> Section {
        let a = root_gain(2.0 * gain_db);
        Section { zeros: Roots::Single(-theta / a), poles: Roots::Single(-theta * a), gain: a }
    }

    /// A notch: nothing passes at `theta`, everything far away.
    pub fn notch(theta: f64, q: f64) -> Section {
        Section { zeros: Roots::Pair(0.0, theta), poles: Roots::of_quadratic(1.0 / q, 1.0, theta), gain: 1.0 }
    }

    /// A band pass: 0 dB at `theta`, 6 dB per octave far away on both sides.
    pub fn band_pass(theta: f64, q: f64) -> Section {
        Section { zeros: Roots::Single(0.0), poles: Roots::of_quadratic(1.0 / q, 1.0, theta), gain: theta / q }
    }

    /// The analogue section itself, made ready for many frequencies.
    pub fn prototype(&self) -> Prototype {
        let top = self.zeros.polynomial();
        Prototype { top: top.map(|coefficient| self.gain * coefficient), bottom: self.poles.polynomial() }
    }

    /// Squared magnitude of the analogue section at `theta` radians per frame.
    pub fn power(&self, theta: f64) -> f64 {
        self.gain * self.gain * self.zeros.power(theta) / self.poles.power(theta)
    }

    /// Frames in which the section's memory falls by a factor of e.
    pub fn decay_frames(&self) -> f64 {
        1.0 / self.poles.slowest()
    }

    /// The matched-Z image as a running section, with the analogue's magnitude at the first node; what it misses at
    /// the others is multiplied into `ratios`. Audio thread: does not allocate.
    pub fn realise(&self, nodes: &Nodes, ratios: &mut [f64]) -> Svf {
        let count = nodes.len().min(ratios.len());
        let mut own = [1.0; super::correction::MOST_NODES];
        for zero in self.zeros.factors().iter().flatten() {
            for (index, ratio) in own[..count].iter_mut().enumerate() {
                let (analogue, digital) = zero.at(nodes.theta[index], nodes.sin_half[index], nodes.cos_half[index]);
                *ratio *= analogue / digital;
            }
        }
        for pole in self.poles.factors().iter().flatten() {
            for (index, ratio) in own[..count].iter_mut().enumerate() {
                let (analogue, digital) = pole.at(nodes.theta[index], nodes.sin_half[index], nodes.cos_half[index]);
                *ratio *= digital / analogue;
            }
        }
        let first = own[0];
        for (ratio, own) in ratios.iter_mut().zip(&own[..count]) {
            *ratio *= own / first;
        }
        self.image(self.gain * first.sqrt())
    }

    /// The image alone, as [`Section::realise`] gives it: for gains that move all the time. Audio thread.
    pub fn realise_alone(&self, nodes: &Nodes) -> Svf {
        let at = |factor: &Factor| factor.at(nodes.theta[0], nodes.sin_half[0], nodes.cos_half[0]);
        let mut first = 1.0;
        for (analogue, digital) in self.zeros.factors().iter().flatten().map(at) {
            first *= analogue / digital;
        }
        for (analogue, digital) in self.poles.factors().iter().flatten().map(at) {
            first *= digital / analogue;
        }
        self.image(self.gain * first.sqrt())
    }

    fn image(&self, scale: f64) -> Svf {
        let (zeros, poles) = (self.zeros.image(), self.poles.image());
        let g = (poles.at_one / poles.at_minus_one).sqrt();
        let k = 2.0 * g * poles.difference / poles.at_one;
        let low = scale * zeros.at_one / poles.at_one;
        let band = scale * 2.0 * g * zeros.difference / poles.at_one;
        let high = scale * zeros.at_minus_one / poles.at_minus_one;
        Svf::from_outputs(g, k, low, band, high)
    }
}

/// The square root of the linear gain.
fn root_gain(gain_db: f64) -> f64 {
    libm::exp(gain_db * (std::f64::consts::LN_10 / 40.0))
}

/// The Qs of a Butterworth filter of `order`, sharpest first; an odd order has a first-order section besides.
pub fn butterworth_q(order: usize, index: usize) -> f64 {
    1.0 / (2.0 * libm::sin(PI * (2 * index + 1) as f64 / (2 * order) as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prototypes_have_their_gains() {
        let db = |power: f64| 10.0 * libm::log10(power);
        assert!((db(Section::bell(0.5, 6.0, 1.0).power(0.5)) - 6.0).abs() < 1e-9);
        assert!((db(Section::high_shelf(0.5, 6.0, 0.7).power(0.5)) - 3.0).abs() < 1e-9);
        assert!((db(Section::high_shelf(0.5, 6.0, 0.7).power(1e6)) - 6.0).abs() < 1e-6);
        assert!((db(Section::low_shelf(0.5, 6.0, 0.7).power(0.0)) - 6.0).abs() < 1e-9);
        assert!((Section::low_pass(0.5, 2.0).power(0.5) - 4.0).abs() < 1e-12);
        assert!((Section::high_pass(0.5, 2.0).power(0.5) - 4.0).abs() < 1e-12);
        assert!((Section::gentle_low_pass(0.5).power(0.5) - 0.5).abs() < 1e-12);
        let tilt = Section::tilt(0.5, 3.0);
        assert!((db(tilt.power(0.5))).abs() < 1e-9 && (db(tilt.power(1e6)) - 3.0).abs() < 1e-6);
        assert!((db(Section::gentle_low_shelf(0.5, 6.0).power(0.5)) - 3.0).abs() < 1e-9);
        assert!((db(Section::gentle_high_shelf(0.5, 6.0).power(1e6)) - 6.0).abs() < 1e-6);
        assert!(
            Section::notch(0.5, 2.0).power(0.5) < 1e-30
                && (Section::band_pass(0.5, 9.0).power(0.5) - 1.0).abs() < 1e-12
        );
    }

    #[test]
    fn butterworth_sections_multiply_to_half_power() {
        let product: f64 = (0..4).map(|index| butterworth_q(8, index)).product();
        assert!((product * product - 0.5).abs() < 1e-12);
    }

    #[test]
    fn the_image_alone_is_the_same() {
        let fit = super::super::correction::Fit::new(48_000.0, super::super::correction::Scope::Path);
        for section in [Section::bell(0.5, 6.0, 1.0), Section::high_shelf(2.0, -3.0, 0.7), Section::tilt(0.2, -4.0)] {
            let whole = section.realise(fit.nodes(), &mut [1.0; super::super::correction::MOST_NODES]);
            assert_eq!(section.realise_alone(fit.nodes()), whole);
        }
    }

    #[test]
    fn a_prototype_is_its_section() {
        for section in [Section::bell(0.5, 6.0, 1.0), Section::low_pass(0.3, 3.0), Section::tilt(0.2, -4.0)] {
            for theta in [0.01, 0.3, 2.0] {
                let prototype = section.prototype();
                assert!((prototype.power(theta) / section.power(theta) - 1.0).abs() < 1e-12);
            }
        }
        let phase = Section::low_pass(0.3, 0.7).prototype().phase(0.3);
        assert!((phase + PI / 2.0).abs() < 1e-12);
    }

    use super::super::correction::{Fit, MOST_NODES, Scope};

    /// Worst deviation in dB to 20 kHz from the analogue where that is above -60 dB.
    fn worst(sections: &[Section], rate: f64, scope: Scope) -> f64 {
        let fit = Fit::new(rate, scope);
        let mut ratios = [1.0; MOST_NODES];
        let images: Vec<Svf> = sections.iter().map(|section| section.realise(fit.nodes(), &mut ratios)).collect();
        let taps = fit.solve(&ratios);
        let (mut worst, points) = (0.0f64, 160);
        for point in 0..=points {
            let hertz = 20.0 * libm::pow(1000.0, f64::from(point) / f64::from(points));
            let theta = 2.0 * PI * hertz / rate;
            let analogue: f64 = sections.iter().map(|section| section.power(theta)).product();
            let digital: f64 = images.iter().map(|svf| svf.power(libm::tan(theta / 2.0))).product();
            let error = 10.0 * libm::log10(digital * fit.power(&taps, theta) / analogue);
            if analogue > 1e-6 {
                worst = worst.max(if error.is_nan() { 1e9 } else { error.abs() });
            }
        }
        worst
    }

    fn grid(rate: f64, scope: Scope, step: usize) -> Vec<(&'static str, f64)> {
        let mut found: Vec<(&'static str, f64)> = vec![];
        let mut note = |name, error: f64| match found.iter_mut().find(|(known, _)| *known == name) {
            Some((_, most)) => *most = most.max(error),
            None => found.push((name, error)),
        };
        for place in (0..19).step_by(step).chain([18]) {
            let theta = 2.0 * PI * 20.0 * libm::pow(1000.0, f64::from(place as u8) / 18.0) / rate;
            for q in [0.1, 0.3, 0.71, 2.0, 7.0, 30.0] {
                for gain in [-18.0, -6.0, -1.0, 1.0, 12.0, 18.0] {
                    note("bell", worst(&[Section::bell(theta, gain, q)], rate, scope));
                    if q <= 2.0 {
                        note("high shelf", worst(&[Section::high_shelf(theta, gain, q)], rate, scope));
                        note("low shelf", worst(&[Section::low_shelf(theta, gain, q)], rate, scope));
                    }
                }
                note("low pass", worst(&[Section::low_pass(theta, q)], rate, scope));
                note("high pass", worst(&[Section::high_pass(theta, q)], rate, scope));
                note("band pass", worst(&[Section::band_pass(theta, q)], rate, scope));
                note("notch", worst(&[Section::notch(theta, q)], rate, scope));
            }
            note("gentle low pass", worst(&[Section::gentle_low_pass(theta)], rate, scope));
            for gain in [-9.0, 3.0, 9.0] {
                note("tilt", worst(&[Section::tilt(theta, gain)], rate, scope));
            }
            note("gentle high pass", worst(&[Section::gentle_high_pass(theta)], rate, scope));
            let steep: Vec<Section> = (0..4).map(|n| Section::high_pass(theta, butterworth_q(8, n))).collect();
            note("steep high pass", worst(&steep, rate, scope));
        }
        found
    }

    #[test]
    fn images_follow_the_analogue_over_the_grid() {
        for (rate, step) in [(44_100.0, 3), (48_000.0, 6), (96_000.0, 6), (192_000.0, 9)] {
            for scope in [Scope::Section, Scope::Path] {
                for (name, error) in grid(rate, scope, step) {
                    println!("{rate} {scope:?} {name} {error:.5}");
                    assert!(error < 0.02, "{name} at {rate} Hz: {error} dB");
                }
            }
        }
    }
}
