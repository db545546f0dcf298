//! The blind test: is X the first or the second? What is drawn is sealed until the end.
//!
//! D. Clark, High-resolution subjective testing using a double-blind comparator, J. Audio Eng. Soc. 30(5), 1982 (ABX).
//! The verdict is the upper tail of the binomial distribution with p = 1/2: how likely so many right answers, or more,
//! are by guessing alone.

use serde::{Deserialize, Serialize};

/// Most trials of a test: nobody hears more with care, and the tail is exact up to here.
pub const MOST_TRIALS: usize = 100;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The first.
    A,
    /// The second.
    B,
}

/// Why an answer is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BlindError {
    /// As many trials as that.
    #[error("a blind test has 1 to {MOST_TRIALS} trials")]
    Trials,
    /// The test has ended.
    #[error("this blind test has ended")]
    Ended,
    /// The system gave no randomness.
    #[error("the system gives no randomness; without it the order could be guessed, so no blind test begins")]
    NoRandomness,
}

/// A test under way. What X is can be had from [`Blind::hidden`] alone, which the one who switches the sound calls;
/// nothing that prints or stores this value shows it.
pub struct Blind {
    hidden: Vec<Side>,
    answers: Vec<Side>,
}

impl std::fmt::Debug for Blind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Blind {{ trial {} of {} }}", self.answers.len() + 1, self.hidden.len())
    }
}

impl Blind {
    /// A test of `trials`, its order drawn from the system's randomness.
    ///
    /// # Errors
    /// No trial or too many; a system without randomness.
    pub fn draw(trials: usize) -> Result<Blind, BlindError> {
        if !(1..=MOST_TRIALS).contains(&trials) {
            return Err(BlindError::Trials);
        }
        let mut bytes = [0_u8; MOST_TRIALS];
        getrandom::fill(&mut bytes).map_err(|_| BlindError::NoRandomness)?;
        let side = |byte: &u8| if byte & 1 == 0 { Side::A } else { Side::B };
        Ok(Blind { hidden: bytes[..trials].iter().map(side).collect(), answers: Vec::new() })
    }

    /// What X is now, for the one who switches the sound.
    pub fn hidden(&self) -> Option<Side> {
        self.hidden.get(self.answers.len()).copied()
    }

    /// The trial that is heard, from 1, and how many there are. After the last answer the first is one more.
    pub fn trial(&self) -> (usize, usize) {
        (self.answers.len() + 1, self.hidden.len())
    }

    /// Answers the trial that is heard.
    ///
    /// # Errors
    /// The test has ended.
    pub fn answer(&mut self, side: Side) -> Result<(), BlindError> {
        if self.answers.len() == self.hidden.len() {
            return Err(BlindError::Ended);
        }
        self.answers.push(side);
        Ok(())
    }

    /// Opens the seal. Only a finished test has a result; one that was given up says so.
    pub fn open(self) -> Score {
        let right = self.hidden.iter().zip(&self.answers).filter(|(hidden, answer)| hidden == answer).count();
        let complete = self.answers.len() == self.hidden.len();
        Score { right, trials: self.answers.len(), complete, hidden: self.hidden, answers: self.answers }
    }
}

/// What came of a test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Right answers.
    pub right: usize,
    /// Answers.
    pub trials: usize,
    /// Whether every trial was answered.
    pub complete: bool,
    /// What X was.
    pub hidden: Vec<Side>,
    /// What was answered.
    pub answers: Vec<Side>,
}

impl Score {
    /// How likely so many right answers, or more, are by guessing. 1 for a test that was given up: who can stop when it
    /// goes well proves nothing.
    pub fn p(&self) -> f64 {
        if self.complete { tail(self.right, self.trials) } else { 1.0 }
    }
}

/// The chance of at least `right` of `trials` when each is a toss of a coin.
pub fn tail(right: usize, trials: usize) -> f64 {
    // Sums of whole numbers below 2^100 in floats would round; the ratio of each term to the one before is exact enough
    // to 1e-13 over a hundred terms.
    let mut term = libm::ldexp(1.0, -(trials as i32));
    let mut sum = 0.0;
    for count in 0..=trials {
        if count >= right {
            sum += term;
        }
        term *= (trials - count) as f64 / (count + 1) as f64;
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_that_of_the_tables() {
        // 12 of 16: (1820 + 560 + 120 + 16 + 1) / 65536.
        assert!((tail(12, 16) - 2517.0 / 65_536.0).abs() < 1e-15);
        assert_eq!(tail(0, 10), 1.0);
        assert!((tail(10, 10) - 1.0 / 1024.0).abs() < 1e-18);
        assert!((tail(1, 1) - 0.5).abs() < 1e-18);
        // The whole distribution sums to one, also at the most trials.
        assert!((tail(0, MOST_TRIALS) - 1.0).abs() < 1e-12);
        assert!((tail(51, 100) + tail(50, 100) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_test_is_sealed_to_its_end() {
        let mut blind = Blind::draw(8).unwrap();
        assert!(!format!("{blind:?}").contains("A,") && format!("{blind:?}").contains("trial 1 of 8"));
        let mut right = 0;
        for _ in 0..8 {
            right += usize::from(blind.hidden() == Some(Side::A));
            blind.answer(Side::A).unwrap();
        }
        assert_eq!((blind.hidden(), blind.answer(Side::A)), (None, Err(BlindError::Ended)));
        let score = blind.open();
        assert_eq!((score.right, score.trials, score.complete), (right, 8, true));
        assert_eq!(score.p(), tail(right, 8));
    }

    #[test]
    fn a_test_that_was_given_up_proves_nothing() {
        let mut blind = Blind::draw(4).unwrap();
        let hidden = blind.hidden().unwrap();
        blind.answer(hidden).unwrap();
        let score = blind.open();
        assert_eq!((score.right, score.complete, score.p()), (1, false, 1.0));
        assert_eq!(Blind::draw(0).unwrap_err(), BlindError::Trials);
        assert_eq!(Blind::draw(101).unwrap_err(), BlindError::Trials);
    }

    #[test]
    fn the_draw_is_even_and_never_the_same() {
        let drawn: Vec<Vec<Side>> = (0..40).map(|_| Blind::draw(100).unwrap().hidden).collect();
        let heads = drawn.iter().flatten().filter(|side| **side == Side::A).count();
        // Six deviations of a fair coin thrown 4000 times.
        assert!((2000 - 190..2000 + 190).contains(&heads), "{heads}");
        assert!(drawn.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
