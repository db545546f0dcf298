//! Numbers on their way from one setting to the next.
//!
//! A move is a straight line, one stretch per quantum, smoothed by a one-pole lag of a seventh of its length. The line
//! alone has corners, and corners leave a skirt beside a tone that falls by 12 dB per octave only; with the lag the
//! slope itself has none. Both are averages of where the number has been told to go: it never overshoots, so what is
//! positive at both ends stays so on the way.

use crate::audio::QUANTUM;

/// The lag's time constant, as a part of the line's length.
const LAG: f64 = 0.15;
/// After so many time constants (e^-14, 122 dB down) a lag has ended.
const LAG_ENDS: f64 = 14.0;
/// Frames of the finer step of the lag's powers.
const FINE: usize = 8;

/// Numbers on their way, towards a target some quanta ahead.
#[derive(Debug, Clone, Copy)]
pub(in crate::chain) struct Glide<const N: usize> {
    /// The line at the start of the quantum.
    now: [f64; N],
    /// At its end.
    next: [f64; N],
    target: [f64; N],
    quanta_left: u32,
    lag: Lag,
    /// How far the numbers are from the line at the start of the quantum.
    behind: [f64; N],
    /// Quanta until they are taken to have reached it.
    lag_left: u32,
}

/// The fall of a lag in a quantum.
#[derive(Debug, Clone, Copy)]
struct Lag {
    /// Time constant in quanta; 0 follows the line.
    quanta: f64,
    /// What is left after 0 to 7 frames, and after whole eights of frames.
    fine: [f64; FINE],
    coarse: [f64; QUANTUM / FINE + 1],
}

impl Lag {
    const NONE: Lag = Lag { quanta: 0.0, fine: [0.0; FINE], coarse: [0.0; QUANTUM / FINE + 1] };

    /// Of a line this many quanta long; a line of one quantum is followed exactly.
    fn of_line(quanta: u32) -> Lag {
        if quanta < 2 {
            return Lag::NONE;
        }
        let quanta = LAG * f64::from(quanta);
        let power = |frames: usize| libm::exp(-(frames as f64) / (QUANTUM as f64 * quanta));
        Lag { quanta, fine: std::array::from_fn(power), coarse: std::array::from_fn(|steps| power(steps * FINE)) }
    }

    /// What is left of a distance after so many frames, up to a quantum.
    #[inline]
    fn left(&self, frames: usize) -> f64 {
        self.coarse[frames / FINE] * self.fine[frames % FINE]
    }

    /// Quanta from the end of the line to the end of the lag.
    fn length(&self) -> u32 {
        (LAG_ENDS * self.quanta).ceil() as u32
    }
}

impl<const N: usize> Glide<N> {
    /// At rest.
    pub(in crate::chain) fn at(values: [f64; N]) -> Glide<N> {
        Glide {
            now: values,
            next: values,
            target: values,
            quanta_left: 0,
            lag: Lag::NONE,
            behind: [0.0; N],
            lag_left: 0,
        }
    }

    /// Heads for `target` in that many quanta, from where the numbers stand when a quantum begins; 0 is at once, 1 a
    /// straight line that ends with the quantum.
    pub(in crate::chain) fn aim(&mut self, target: [f64; N], quanta: u32) {
        if quanta == 0 || (target == self.now && !self.is_moving()) {
            *self = Glide::at(target);
        } else if target != self.target || !self.is_moving() {
            let lag = Lag::of_line(quanta);
            if lag.quanta != self.lag.quanta {
                self.start_from_here(lag);
            }
            self.target = target;
            self.quanta_left = quanta;
            self.lag_left = lag.length();
            self.next = self.step();
        }
    }

    /// A line of another length begins where the numbers are.
    fn start_from_here(&mut self, lag: Lag) {
        for (now, behind) in self.now.iter_mut().zip(&mut self.behind) {
            *now += *behind;
            *behind = 0.0;
        }
        self.lag = lag;
    }

    fn step(&self) -> [f64; N] {
        if self.quanta_left <= 1 {
            return self.target;
        }
        let part = 1.0 / f64::from(self.quanta_left);
        std::array::from_fn(|index| self.now[index] + (self.target[index] - self.now[index]) * part)
    }

    /// How far the numbers are from the line after so many frames of the quantum.
    #[inline]
    fn behind(&self, index: usize, left: f64) -> f64 {
        let lean = self.lag.quanta * (self.next[index] - self.now[index]);
        (self.behind[index] + lean) * left - lean
    }

    /// A quantum has ended. Says whether the target has just been reached.
    pub(in crate::chain) fn next_quantum(&mut self) -> bool {
        if !self.is_moving() {
            return false;
        }
        let left = self.lag.left(QUANTUM);
        self.behind = std::array::from_fn(|index| self.behind(index, left));
        self.now = self.next;
        if self.quanta_left > 0 {
            self.quanta_left -= 1;
            if self.quanta_left > 0 {
                self.next = self.step();
            }
        } else {
            self.lag_left -= 1;
        }
        let reached = !self.is_moving();
        if reached {
            *self = Glide::at(self.target);
        }
        reached
    }

    pub(in crate::chain) fn is_moving(&self) -> bool {
        self.quanta_left > 0 || self.lag_left > 0
    }

    pub(in crate::chain) fn target(&self) -> [f64; N] {
        self.target
    }

    /// The values of the frame at `place` in the quantum.
    #[inline]
    pub(in crate::chain) fn value(&self, place: usize) -> [f64; N] {
        let part = (place + 1) as f64 / QUANTUM as f64;
        let line = |index: usize| self.now[index] + (self.next[index] - self.now[index]) * part;
        if self.lag.quanta == 0.0 {
            return std::array::from_fn(line);
        }
        let left = self.lag.left(place + 1);
        std::array::from_fn(|index| line(index) + self.behind(index, left))
    }
}

/// How soon a stage's numbers are where they are told to be: by a glide after a hand, at the end of the quantum along an
/// automated course. While a hand's move is on its way a course goes by glides too, since both share their lines.
#[derive(Debug, Clone, Copy)]
pub(in crate::chain) struct Pace {
    quanta: u32,
    rides: bool,
    /// Quanta until the last move by hand has ended.
    by_hand: u32,
}

/// Lengths of the line in which a move by hand ends, its lag included.
const MOVE_ENDS: u32 = 4;

impl Pace {
    /// Glides take that many quanta.
    pub(in crate::chain) fn new(quanta: u32) -> Pace {
        Pace { quanta, rides: false, by_hand: 0 }
    }

    /// A quantum begins.
    pub(in crate::chain) fn next_quantum(&mut self) {
        self.by_hand = self.by_hand.saturating_sub(1);
    }

    /// A number is moved by hand.
    pub(in crate::chain) fn touch(&mut self) {
        self.rides = false;
        self.by_hand = MOVE_ENDS * self.quanta;
    }

    /// A number follows its course.
    pub(in crate::chain) fn ride(&mut self) {
        self.rides = self.by_hand == 0;
    }

    /// The quanta for [`Glide::aim`].
    pub(in crate::chain) fn quanta(&self) -> u32 {
        if self.rides { 1 } else { self.quanta }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_one_quantum_ends_with_it() {
        let mut glide = Glide::at([0.0]);
        glide.aim([4.0], 1);
        assert_eq!((glide.value(QUANTUM / 2 - 1), glide.value(QUANTUM - 1)), ([2.0], [4.0]));
        assert!(glide.next_quantum());
        assert_eq!((glide.value(0), glide.is_moving()), ([4.0], false));
    }

    fn course(glide: &mut Glide<1>, quanta: usize) -> Vec<f64> {
        let mut course = Vec::new();
        for _ in 0..quanta {
            course.extend((0..QUANTUM).map(|place| glide.value(place)[0]));
            glide.next_quantum();
        }
        course
    }

    #[test]
    fn a_glide_rises_without_a_corner_and_arrives_exactly() {
        let mut glide = Glide::at([0.0]);
        glide.aim([1.0], 15);
        let course = course(&mut glide, 100);
        assert_eq!((course[course.len() - 1], glide.is_moving()), (1.0, false));
        let slopes: Vec<f64> = course.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(slopes.iter().all(|slope| *slope >= 0.0));
        let line = 1.0 / (15.0 * QUANTUM as f64);
        let corner = slopes.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f64::max);
        assert!(corner < 0.01 * line, "{corner:e} beside a slope of {line:e}");
    }

    #[test]
    fn a_new_target_on_the_way_breaks_neither_the_value_nor_the_slope() {
        let mut glide = Glide::at([0.0]);
        glide.aim([1.0], 15);
        let mut course = course(&mut glide, 9);
        glide.aim([-1.0], 15);
        course.extend(self::course(&mut glide, 100));
        let line = 2.0 / (15.0 * QUANTUM as f64);
        let slopes: Vec<f64> = course.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let corner = slopes.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f64::max);
        assert!(corner < 0.02 * line, "{corner:e} beside a slope of {line:e}");
        assert!(course.iter().all(|value| (-1.0..1.0).contains(value) || *value == -1.0));
        assert_eq!(course[course.len() - 1], -1.0);
    }
}
