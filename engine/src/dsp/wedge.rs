//! The largest of the last so many values, by a wedge of falling candidates: every value enters and leaves once.
//!
//! Lemire, "Streaming maximum-minimum filter using no more than three comparisons per element" (2006).

/// A sliding maximum over whole numbers. Before the first value everything was 0.
#[derive(Debug, Clone)]
pub struct Wedge {
    /// Candidates, falling from the front to the back: when each came, and its value.
    ring: Box<[(u64, i64)]>,
    front: usize,
    length: usize,
    window: u64,
    now: u64,
}

impl Wedge {
    /// A maximum over the last `window` values (at least 1), the newest included. Allocates.
    pub fn new(window: usize) -> Wedge {
        let window = window.max(1);
        let mut wedge = Wedge {
            ring: vec![(0, 0); (window + 1).next_power_of_two()].into_boxed_slice(),
            front: 0,
            length: 0,
            window: window as u64,
            now: 0,
        };
        wedge.clear();
        wedge
    }

    /// Forgets everything: all was 0. Audio thread.
    pub fn clear(&mut self) {
        // One 0 at the place of the newest value stands for all of them.
        self.ring[0] = (0, 0);
        self.front = 0;
        self.length = 1;
        self.now = 0;
    }

    /// Takes the state of a wedge of the same window, without allocating; another window is a mistake in code and
    /// changes nothing.
    pub fn copy_from(&mut self, other: &Wedge) {
        debug_assert_eq!(self.window, other.window);
        if self.window == other.window {
            self.ring.copy_from_slice(&other.ring);
            (self.front, self.length, self.now) = (other.front, other.length, other.now);
        }
    }

    /// Takes a value and gives the largest of the window. Audio thread.
    pub fn push(&mut self, value: i64) -> i64 {
        let mask = self.ring.len() - 1;
        self.now += 1;
        while self.length > 0 && self.ring[(self.front + self.length - 1) & mask].1 <= value {
            self.length -= 1;
        }
        if self.length > 0 && self.ring[self.front].0 + self.window <= self.now {
            self.front = (self.front + 1) & mask;
            self.length -= 1;
        }
        self.ring[(self.front + self.length) & mask] = (self.now, value);
        self.length += 1;
        self.ring[self.front].1
    }

    /// The largest of the last `frames` values (at least 1, at most the window), after [`Wedge::push`]. Audio thread.
    pub fn largest_of(&self, frames: usize) -> i64 {
        let mask = self.ring.len() - 1;
        let from = (self.now + 1).saturating_sub((frames.max(1)) as u64);
        // Candidates rise in time from the front: the first one that is young enough.
        let (mut low, mut high) = (0, self.length - 1);
        while low < high {
            let middle = (low + high) / 2;
            if self.ring[(self.front + middle) & mask].0 >= from {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        self.ring[(self.front + low) & mask].1
    }

    /// As [`Wedge::push`] for the smallest of the window of the values pushed by this method (never mix both). Audio thread.
    pub fn push_smallest(&mut self, value: i64) -> i64 {
        -self.push(-value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn equals_looking_at_the_whole_window(
            values in prop::collection::vec(0i64..9, 1..200),
            window in 1usize..40,
        ) {
            let (mut largest, mut smallest) = (Wedge::new(window), Wedge::new(window));
            largest.push(5);
            largest.clear();
            for n in 0..values.len() {
                let seen = |k: usize| if k > n { 0 } else { values[n - k] };
                prop_assert_eq!(largest.push(values[n]), (0..window).map(seen).max().unwrap());
                for part in [1, window / 2, window] {
                    prop_assert_eq!(largest.largest_of(part), (0..part.max(1)).map(seen).max().unwrap());
                }
                prop_assert_eq!(smallest.push_smallest(values[n]), (0..window).map(seen).min().unwrap());
            }
        }
    }
}
