//! The way down to the loudest ceiling that is safe: steps that grow while a coder does not answer, then halves; the
//! whole matrix is the proof of what was found.

use super::{Attempt, LOWEST_CEILING, Solution, SongCost};
use crate::unit::{Dbtp, Lu};

/// How far under its aim a proposed ceiling starts: a coder's growth changes a little with the level.
const MARGIN_DB: f64 = 0.05;
/// Ceilings are set to this step, as an engineer would.
const STEP_DB: f64 = 0.1;
/// Attempts of a search; the whole matrix at its end is not counted.
const MOST_ATTEMPTS: usize = 14;
/// Songs and tiers that end this far under the target are left out of the search for a lower ceiling: a coder's growth
/// changes by less from one ceiling to the next.
const NEAR_DB: f64 = 1.0;

/// A search under way.
pub(super) struct Search {
    target: Dbtp,
    attempts: Vec<Attempt>,
    /// The lowest ceiling known to fail above what passes.
    fails: Option<Dbtp>,
    /// The ceiling that passed among what is near the target.
    passes: Option<Dbtp>,
    /// The same, with every song and tier.
    proven: Option<Dbtp>,
    stride: f64,
}

impl Search {
    /// From the pass as it stands, with every song and tier.
    pub(super) fn new(first: Attempt, target: Dbtp) -> Search {
        let top = first.ceiling_dbtp.or(first.original_true_peak_dbtp).unwrap_or(Dbtp(0.0));
        let fails = (!first.is_safe(target)).then_some(top);
        Search { target, attempts: vec![first], fails, passes: None, proven: None, stride: STEP_DB }
    }

    /// The next ceiling to try; none where there is nothing left to try.
    pub(super) fn next(&mut self) -> Option<Dbtp> {
        let failing = self.fails?;
        if self.proven.is_some() || self.attempts.len() > MOST_ATTEMPTS {
            return None;
        }
        let next = match self.passes {
            Some(passing) => between(failing, passing)?,
            None => self.below(failing),
        };
        (failing > LOWEST_CEILING).then_some(if next < LOWEST_CEILING { LOWEST_CEILING } else { next })
    }

    /// Lower by what the worst song is over, and by more each time: some overs do not come from the highest peaks.
    fn below(&mut self, failing: Dbtp) -> Dbtp {
        let worst = self.attempts.last().and_then(|last| last.worst_dbtp);
        let over = worst.map_or(STEP_DB, |worst| worst.0 - self.target.0);
        let step = (over + MARGIN_DB).max(self.stride);
        self.stride *= 2.0;
        on_grid(failing.0 - step)
    }

    /// The ceiling that is to be proven with every song and tier, once nothing lies between it and one that fails.
    pub(super) fn unproven(&self) -> Option<Dbtp> {
        let found = self.passes.filter(|found| self.proven != Some(*found))?;
        let ended = self.attempts.len() > MOST_ATTEMPTS;
        (ended || self.fails.is_none_or(|failing| between(failing, found).is_none())).then_some(found)
    }

    /// What came of a ceiling.
    pub(super) fn tell(&mut self, attempt: Attempt) {
        let (ceiling, safe) = (attempt.ceiling_dbtp, attempt.is_safe(self.target));
        match (safe, attempt.whole) {
            (true, true) => (self.passes, self.proven) = (ceiling, ceiling),
            (true, false) => self.passes = ceiling,
            // One that was thought far enough under the target was not: on from here, with it among the near ones.
            (false, true) => (self.fails, self.passes, self.stride) = (ceiling, None, STEP_DB),
            (false, false) => self.fails = ceiling,
        }
        self.attempts.push(attempt);
    }

    /// Songs and tiers that are worth trying.
    pub(super) fn near(&self) -> Vec<(String, &'static str)> {
        let whole = self.attempts.iter().filter(|attempt| attempt.whole);
        let near = whole
            .flat_map(|attempt| &attempt.points)
            .filter(|point| point.true_peak_dbtp.is_some_and(|peak| peak.0 > self.target.0 - NEAR_DB));
        near.map(|point| (point.song.clone(), point.tier)).collect()
    }

    /// The answer.
    pub(super) fn solution(self) -> Solution {
        let untouched = self.fails.is_none();
        let before = self.attempts.first();
        let proof = self.attempts.iter().find(|attempt| attempt.whole && attempt.ceiling_dbtp == self.proven);
        let after = if untouched { before } else { proof.filter(|_| self.proven.is_some()) };
        let songs = before.zip(after).map(|(before, after)| costs(before, after)).unwrap_or_default();
        let most = songs.iter().filter_map(|song| song.cost_lu).map(|cost| cost.0).fold(0.0, f64::max);
        Solution {
            safe: after.is_some(),
            ceiling_dbtp: self.proven,
            target_dbtp: self.target,
            cost_lu: after.map(|_| Lu(most)),
            songs,
            attempts: self.attempts,
        }
    }
}

fn on_grid(level: f64) -> Dbtp {
    // In tenths and not by a product, so that -2.9 is written as -2.9.
    Dbtp((level / STEP_DB + 1e-9).floor() / (1.0 / STEP_DB).round())
}

/// Half way between a ceiling that fails and one that passes; none when they are a step apart.
fn between(failing: Dbtp, passing: Dbtp) -> Option<Dbtp> {
    (failing.0 - passing.0 > 1.5 * STEP_DB).then(|| on_grid(0.5 * (failing.0 + passing.0)))
}

fn costs(before: &Attempt, after: &Attempt) -> Vec<SongCost> {
    let worst = |attempt: &Attempt, song: &str| {
        let points = attempt.points.iter().filter(|point| point.song == song);
        let peaks = points.filter_map(|point| Some((point.true_peak_dbtp?, point.tier)));
        peaks.max_by(|(a, _), (b, _)| a.0.total_cmp(&b.0))
    };
    let loudness = before.integrated_lufs.iter().zip(&after.integrated_lufs);
    let song = |(song, (before_lufs, after_lufs)): (&String, (&Option<_>, &Option<_>))| {
        let lost = |before: crate::unit::Lufs, after: crate::unit::Lufs| Lu((before.0 - after.0).max(0.0));
        SongCost {
            song: song.clone(),
            before: worst(before, song),
            after: worst(after, song),
            cost_lu: before_lufs.zip(*after_lufs).map(|(before, after)| lost(before, after)),
        }
    };
    before.songs.iter().zip(loudness).map(song).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Point;
    use super::*;
    use crate::unit::Lufs;

    /// Two songs; how high each ends behind the one tier under a ceiling (`None`: as it stands, at -0.1).
    fn attempt(ceiling: Option<f64>, whole: bool, growths: [&dyn Fn(f64) -> f64; 2]) -> Attempt {
        let level = ceiling.unwrap_or(-0.1);
        let songs = ["one", "two"];
        let points = songs.iter().zip(growths).map(|(song, growth)| Point {
            song: song.to_string(),
            tier: "mp3-128",
            true_peak_dbtp: Some(Dbtp(growth(level))),
        });
        let points: Vec<Point> = points.collect();
        let worst = points.iter().filter_map(|point| point.true_peak_dbtp).max_by(|a, b| a.0.total_cmp(&b.0));
        Attempt {
            ceiling_dbtp: ceiling.map(Dbtp),
            whole,
            original_true_peak_dbtp: Some(Dbtp(level)),
            worst_dbtp: worst,
            over: 0,
            songs: songs.map(String::from).to_vec(),
            integrated_lufs: vec![Some(Lufs(-10.0 + 0.1 * level)); 2],
            points,
        }
    }

    fn solved(growths: [&dyn Fn(f64) -> f64; 2]) -> (Solution, usize) {
        let mut search = Search::new(attempt(None, true, growths), Dbtp(0.0));
        while let Some(next) = search.next() {
            search.tell(attempt(Some(next.0), false, growths));
            if let Some(found) = search.unproven() {
                search.tell(attempt(Some(found.0), true, growths));
            }
        }
        let tried = search.attempts.len();
        (search.solution(), tried)
    }

    #[test]
    fn a_coder_that_follows_is_answered_with_the_loudest_step() {
        let (solution, tried) = solved([&|level| level + 0.93, &|level| level]);
        assert!(solution.safe && tried < 8, "{tried}");
        assert_eq!(solution.ceiling_dbtp, Some(Dbtp(-1.0)));
        assert!((solution.cost_lu.unwrap().0 - 0.09).abs() < 1e-9);
        assert_eq!(solution.songs[0].before, Some((Dbtp(0.93 - 0.1), "mp3-128")));
        assert!(solution.songs[0].after.unwrap().0 <= Dbtp(0.0));
    }

    #[test]
    fn an_over_that_hardly_follows_is_found_far_below() {
        let (solution, tried) = solved([&|level| 0.5 * (level + 4.25), &|level| level]);
        assert_eq!(solution.ceiling_dbtp, Some(Dbtp(-4.3)), "{tried}");
        assert!(tried < 15);
    }

    #[test]
    fn one_that_never_follows_is_said_to_be_out_of_reach_only_at_the_lowest_ceiling() {
        let (solution, _) = solved([&|_| 0.2, &|level| level]);
        assert!(!solution.safe && solution.ceiling_dbtp.is_none() && solution.songs.is_empty());
        let tried = solution.attempts.iter().filter_map(|attempt| attempt.ceiling_dbtp);
        assert_eq!(tried.reduce(|a, b| if b < a { b } else { a }), Some(LOWEST_CEILING));
    }

    #[test]
    fn what_is_safe_as_it_stands_costs_nothing() {
        let (solution, tried) = solved([&|level| level, &|level| level - 1.0]);
        assert_eq!((solution.safe, solution.ceiling_dbtp, solution.cost_lu, tried), (true, None, Some(Lu(0.0)), 1));
    }

    #[test]
    fn only_what_is_near_the_target_is_searched() {
        let search = Search::new(attempt(None, true, [&|level| level + 0.9, &|level| level - 3.0]), Dbtp(0.0));
        assert_eq!(search.near(), [("one".to_string(), "mp3-128")]);
    }
}
