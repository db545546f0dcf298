use serde::Serialize;

use super::fault::{Fault, Finding};
use super::judge::{Look, failure, judge};
use super::pitch::{Demand, Spiral};
use super::sector::{SECTORS, Sector};
use super::{Disc, Lathe};
use crate::profile::Profile;
use crate::unit::{Db, Seconds};

/// No side is cut softer than this: a level below it is no answer.
pub(super) const SOFTEST: Db = Db(-40.0);
/// No side is cut louder than this.
const LOUDEST: Db = Db(20.0);
/// The highest level is told to a twentieth of a decibel.
const FINE_DB: f64 = 0.05;

/// Where a song lies on a side, in sectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SongSpan {
    /// Its title.
    pub title: String,
    /// Its first sector.
    pub start: usize,
    /// The sector after its last.
    pub end: usize,
}

/// One side, analysed: everything but the level is settled.
#[derive(Debug, Clone)]
pub struct Side {
    /// The groove at the reference level.
    pub sectors: Vec<Sector>,
    /// The songs in order.
    pub songs: Vec<SongSpan>,
    /// The disc.
    pub disc: Disc,
    /// The lathe.
    pub lathe: Lathe,
    demand: Demand,
}

/// A side cut on paper at one level.
#[derive(Debug, Clone)]
pub struct Cut {
    /// The level against the reference.
    pub level: Db,
    /// The groove on the disc.
    pub spiral: Spiral,
    /// What is wrong, worst first, then in time.
    pub findings: Vec<Finding>,
    /// Radius left between the last groove and the innermost one that is asked for; negative where there is none.
    pub free_mm: f64,
}

/// The highest level at which a side fits and nothing fails.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Highest {
    /// The level against the reference.
    pub level_db: Db,
    /// What fails first above it; `None` where nothing does up to the loudest level that is looked at.
    pub limited_by: Option<Fault>,
}

impl Side {
    /// A side of sectors and the songs on it.
    pub fn new(sectors: Vec<Sector>, songs: Vec<SongSpan>, disc: Disc, lathe: Lathe) -> Side {
        let markers: Vec<usize> = songs.iter().skip(1).map(|song| song.start).collect();
        let demand = Demand::new(&sectors, &markers, &disc, &lathe);
        Side { sectors, songs, disc, lathe, demand }
    }

    /// Its length.
    pub fn length(&self) -> Seconds {
        Sector::time(self.sectors.len(), self.disc.speed.turn())
    }

    /// The song that sounds in a sector; a pause belongs to the song before it.
    pub fn song_at(&self, sector: usize) -> Option<usize> {
        self.songs.partition_point(|song| song.start <= sector).checked_sub(1)
    }

    /// The sectors of a song of this side.
    pub(super) fn of(&self, song: &SongSpan) -> &[Sector] {
        let end = song.end.min(self.sectors.len());
        &self.sectors[song.start.min(end)..end]
    }

    /// The side at a level.
    pub fn cut(&self, level: Db, profile: &Profile) -> Cut {
        let spiral = self.spiral(level);
        let findings = judge(self, &spiral, level, profile);
        let free_mm = spiral.end_mm() - self.disc.inner_mm;
        Cut { level, spiral, findings, free_mm }
    }

    /// The groove at a level, not judged.
    pub fn spiral(&self, level: Db) -> Spiral {
        self.demand.spiral(level, &self.disc, &self.lathe)
    }

    /// A measure of [`Fault::COURSES`] along the side at a cut, sector by sector.
    pub fn course(&self, cut: &Cut, fault: Fault) -> Vec<f64> {
        self.look(&cut.spiral, cut.level).course(fault)
    }

    pub(super) fn look<'a>(&'a self, spiral: &'a Spiral, level: Db) -> Look<'a> {
        Look { sectors: &self.sectors, spiral, gain: level.amplitude(), disc: &self.disc, lathe: &self.lathe }
    }

    /// The highest level at which the side fits and nothing fails, and what fails above it.
    pub fn highest(&self, profile: &Profile) -> Highest {
        let fails = |level: Db| failure(self, &self.spiral(level), level, profile);
        if let Some(fault) = fails(SOFTEST) {
            return Highest { level_db: SOFTEST, limited_by: Some(fault) };
        }
        let Some(mut limited_by) = fails(LOUDEST) else {
            return Highest { level_db: LOUDEST, limited_by: None };
        };
        let (mut low, mut high) = (SOFTEST.0, LOUDEST.0);
        while high - low > FINE_DB {
            let middle = 0.5 * (low + high);
            match fails(Db(middle)) {
                Some(fault) => (high, limited_by) = (middle, fault),
                None => low = middle,
            }
        }
        Highest { level_db: Db(low), limited_by: Some(limited_by) }
    }

    /// The highest level at which the side fits on the disc, whatever else.
    pub fn fitting_level(&self) -> Db {
        let fits = |level: f64| self.demand.use_mm(Db(level), &self.lathe) <= self.disc.room_mm();
        let (mut low, mut high) = (SOFTEST.0, LOUDEST.0);
        if !fits(low) || fits(high) {
            return Db(if fits(high) { high } else { low });
        }
        while high - low > FINE_DB {
            let middle = 0.5 * (low + high);
            if fits(middle) { low = middle } else { high = middle }
        }
        Db(low)
    }

    /// Root mean square velocity sideways of a song against that of the reference tone, at a level.
    pub fn song_level(&self, song: usize, level: Db) -> Option<Db> {
        let span = self.songs.get(song)?;
        let sectors = self.sectors.get(span.start..span.end.min(self.sectors.len()))?;
        let power = sectors.iter().map(|sector| sector.lateral_power).sum::<f64>() / sectors.len().max(1) as f64;
        let reference = 0.5 * self.lathe.reference_m_s * self.lathe.reference_m_s;
        (power > 0.0).then(|| Db(10.0 * libm::log10(power / reference) + level.0))
    }

    /// Turns of the side.
    pub fn turns(&self) -> f64 {
        self.sectors.len() as f64 / SECTORS as f64
    }
}

#[cfg(test)]
#[path = "side/tests.rs"]
mod tests;
