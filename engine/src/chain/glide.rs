use crate::audio::QUANTUM;

/// Numbers on their way: one straight line per quantum, towards a target some quanta ahead.
#[derive(Debug, Clone, Copy)]
pub(in crate::chain) struct Glide<const N: usize> {
    /// At the start of the quantum.
    now: [f64; N],
    /// At its end.
    next: [f64; N],
    target: [f64; N],
    quanta_left: u32,
}

impl<const N: usize> Glide<N> {
    /// At rest.
    pub(in crate::chain) fn at(values: [f64; N]) -> Glide<N> {
        Glide { now: values, next: values, target: values, quanta_left: 0 }
    }

    /// Heads for `target` in that many quanta, from where the line stands when a quantum begins; 0 is at once.
    pub(in crate::chain) fn aim(&mut self, target: [f64; N], quanta: u32) {
        if quanta == 0 || target == self.now {
            *self = Glide::at(target);
        } else if target != self.target || !self.is_moving() {
            self.target = target;
            self.quanta_left = quanta;
            self.next = self.step();
        }
    }

    fn step(&self) -> [f64; N] {
        if self.quanta_left <= 1 {
            return self.target;
        }
        let part = 1.0 / f64::from(self.quanta_left);
        std::array::from_fn(|index| self.now[index] + (self.target[index] - self.now[index]) * part)
    }

    /// A quantum has ended. Says whether the target has just been reached.
    pub(in crate::chain) fn next_quantum(&mut self) -> bool {
        if self.quanta_left == 0 {
            return false;
        }
        self.now = self.next;
        self.quanta_left -= 1;
        if self.quanta_left > 0 {
            self.next = self.step();
        }
        self.quanta_left == 0
    }

    pub(in crate::chain) fn is_moving(&self) -> bool {
        self.quanta_left > 0
    }

    pub(in crate::chain) fn target(&self) -> [f64; N] {
        self.target
    }

    /// The values of the frame at `place` in the quantum.
    #[inline]
    pub(in crate::chain) fn value(&self, place: usize) -> [f64; N] {
        let part = (place + 1) as f64 / QUANTUM as f64;
        std::array::from_fn(|index| self.now[index] + (self.next[index] - self.now[index]) * part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glide_of_two_quanta_is_half_way_after_one() {
        let mut glide = Glide::at([0.0]);
        glide.aim([4.0], 2);
        assert_eq!(glide.value(QUANTUM - 1), [2.0]);
        assert!(!glide.next_quantum());
        assert_eq!(glide.value(QUANTUM / 2 - 1), [3.0]);
        assert!(glide.next_quantum());
        assert_eq!((glide.value(0), glide.is_moving()), ([4.0], false));
    }
}
