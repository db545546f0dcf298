//! Shelves before the bend and their exact inverse behind it, so that only what the bend makes is coloured.

use crate::dsp::svf::NOTHING;

/// A first-order shelf: gain at the bottom, gain at the top, centre in Hz. Neither gain is above 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shelf {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) centre_hz: f64,
}

/// Its coefficients at a rate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Coefficients {
    b0: f64,
    b1: f64,
    a1: f64,
}

impl Shelf {
    pub(super) const FLAT: Shelf = Shelf { low: 1.0, high: 1.0, centre_hz: 1000.0 };

    fn pole_hz(&self) -> f64 {
        self.centre_hz * (self.high / self.low).sqrt()
    }

    pub(super) fn at(&self, rate_hz: f64) -> Coefficients {
        let k = libm::tan(std::f64::consts::PI * self.pole_hz().min(0.45 * rate_hz) / rate_hz);
        let scale = 1.0 + k;
        Coefficients {
            b0: (self.high + self.low * k) / scale,
            b1: (self.low * k - self.high) / scale,
            a1: (k - 1.0) / scale,
        }
    }

    /// Squared gain of the analogue prototype.
    pub(super) fn power(&self, hz: f64) -> f64 {
        let (s, p) = (hz * hz, self.pole_hz() * self.pole_hz());
        (self.high * self.high * s + self.low * self.low * p) / (s + p)
    }
}

/// One filter's memory.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Memory {
    input: f64,
    output: f64,
}

impl Memory {
    #[inline]
    pub(super) fn forward(&mut self, x: f64, c: &Coefficients) -> f64 {
        let y = c.b0 * x + (c.b1 * self.input - c.a1 * self.output);
        *self = Memory { input: x, output: y };
        y
    }

    #[inline]
    pub(super) fn inverse(&mut self, x: f64, c: &Coefficients) -> f64 {
        let y = (x + (c.a1 * self.input - c.b1 * self.output)) / c.b0;
        *self = Memory { input: x, output: y };
        y
    }

    /// A high pass: the difference, leaking by `keep`.
    #[inline]
    pub(super) fn block_dc(&mut self, x: f64, keep: f64) -> f64 {
        let y = (x - self.input) + keep * self.output;
        *self = Memory { input: x, output: y };
        y
    }

    pub(super) fn settle(&mut self) {
        if self.output.abs() < NOTHING && self.input.abs() < NOTHING {
            *self = Memory::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inverse_undoes_the_shelf() {
        let shelf = Shelf { low: 0.3, high: 1.0, centre_hz: 3000.0 };
        let c = shelf.at(44_100.0);
        let (mut there, mut back) = (Memory::default(), Memory::default());
        for n in 0..300 {
            let x = libm::sin(f64::from(n * n) * 0.01);
            let y = back.inverse(there.forward(x, &c), &c);
            assert!((x - y).abs() < 1e-14);
        }
        let mut flat = Memory::default();
        let c = Shelf::FLAT.at(44_100.0);
        assert!((0..9).all(|n| flat.forward(f64::from(n), &c) == f64::from(n)));
    }
}
