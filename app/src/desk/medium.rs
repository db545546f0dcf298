//! What is known of the heard pass as a groove or a tape: cut and recorded on paper by a worker.

use std::sync::Arc;

use lacquer_engine::analysis::verdict::Verdict;
use lacquer_engine::medium::MediumError;
use lacquer_engine::medium::cassette::{self, Balance, Tape, Transfer};
use lacquer_engine::medium::vinyl::playback::Way;
use lacquer_engine::medium::vinyl::split::Proposal;
use lacquer_engine::medium::vinyl::{self, Cut, Disc, Highest, Lathe, Remedy, SECTORS, Sector, Size};
use lacquer_engine::profile::Profile;
use lacquer_engine::render::Plan;
use lacquer_engine::session::{Cassette, SideName, Vinyl};
use lacquer_engine::survey::groove::SideSurvey;
use lacquer_engine::unit::{Db, SampleRate, Seconds};

use crate::widget::disc::Shape;

/// What a page of sides asks for.
#[derive(Debug, Clone)]
pub enum Wish {
    /// Cuts or records the heard pass on paper, or gives that up.
    Look,
    /// Deals the songs to sides in this order, by their ids.
    Deal(Vec<Vec<String>>),
    /// Does what a remedy says.
    Mend(Remedy),
    /// The level of the cut.
    Level(Db),
    /// Takes limiters, clippers and the ceiling out of the pass.
    TakeLimitersOut,
    /// A value of the pass, as the command line writes it: `vinyl.speed=45`.
    Set(String),
    /// Hears the predicted playback, or the programme again.
    Hear(bool),
}

/// What is known of the heard pass.
#[derive(Default)]
pub struct Medium {
    /// The record, of the pass as it was then.
    pub record: Option<Arc<Record>>,
    /// The tape, of the pass as it was then.
    pub tape: Option<Arc<TapeLook>>,
    /// How much of a look is done, 0 to 1.
    pub share: Option<f64>,
    /// Why the last look came to nothing.
    pub failed: Option<String>,
    /// Whether the predicted playback is heard.
    pub heard: bool,
}

/// A record that was cut on paper.
pub struct Record {
    /// What was cut.
    pub plan: Arc<Plan>,
    /// Disc and level.
    pub vinyl: Vinyl,
    /// The grooves at the reference level.
    pub surveys: Arc<Vec<SideSurvey>>,
    /// The sides as they are cut.
    pub sides: Vec<Side>,
    /// Other ways to deal the songs, the first in their order.
    pub proposals: Vec<Proposal>,
    /// The songs of the pass by id, as the proposals count them.
    pub songs: Vec<String>,
    /// What the pass still carries of a digital master.
    pub limiters: Vec<String>,
    /// What it is cut and judged by.
    pub profile: Profile,
    /// What makes the predicted playback as loud as the programme.
    pub matching: Db,
}

/// A side of a record.
pub struct Side {
    /// Its letter.
    pub name: SideName,
    /// When it begins in the pass.
    pub start: Seconds,
    /// The cut at the pass's level.
    pub cut: Cut,
    /// The highest level that passes.
    pub highest: Highest,
    /// Courses over time.
    pub lanes: Vec<Lane>,
    /// The disc seen from above, drawn [`DISCS`] px wide.
    pub discs: [Picture; 2],
    /// The pitches between which the picture is shaded, um.
    pub pitches: (f64, f64),
}

/// Pixels, red, green, blue and cover, row by row.
pub struct Picture {
    /// Width and height, px.
    pub width: u32,
    /// The pixels.
    pub pixels: Vec<u8>,
}

/// A disc without its grooves (IEC 60098, clauses 8.1 to 8.3): 301, 250 and 175 mm wide; 7 inches have the large hole.
pub fn shape(size: Size) -> Shape {
    match size {
        Size::Twelve => Shape { edge_mm: 150.5, label_mm: 50.0, hole_mm: 3.62 },
        Size::Ten => Shape { edge_mm: 125.0, label_mm: 50.0, hole_mm: 3.62 },
        Size::Seven => Shape { edge_mm: 87.5, label_mm: 46.0, hole_mm: 19.1 },
    }
}

/// Widths of the pictures of a disc, px: in the large and in the small layout.
pub const DISCS: [u32; 2] = [600, 344];
/// Columns of a course.
pub const COLUMNS: usize = 720;

/// A course over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// What it is.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// Decimals of its readout.
    pub digits: usize,
    /// Largest value of each of [`COLUMNS`] equal shares of the side.
    pub columns: Arc<[f32]>,
    /// Value at the upper edge.
    pub top: f32,
    /// Where it begins to be too much.
    pub limit: Option<f32>,
}

/// A cassette that was recorded on paper.
pub struct TapeLook {
    /// What was recorded.
    pub plan: Arc<Plan>,
    /// Tape and shell.
    pub cassette: Cassette,
    /// The sides: letter, when it begins in the pass, length.
    pub sides: Vec<(SideName, Seconds, Seconds)>,
    /// How they fill the shell.
    pub balance: Balance,
    /// How the programme goes to tape; none where it is silent.
    pub transfer: Option<Transfer>,
    /// Over or under saturation in the middle and in the treble, in dB, every half second of all sides.
    pub course: [Arc<[f32]>; 2],
    /// The checks.
    pub verdicts: Vec<Verdict>,
    /// What the pass still carries of a digital master.
    pub limiters: Vec<String>,
    /// What it is judged by.
    pub profile: Profile,
    /// What makes the predicted playback as loud as the programme.
    pub matching: Db,
}

impl TapeLook {
    /// The deck that plays it at a rate; none where it is silent.
    ///
    /// # Errors
    /// A rate that the model does not take.
    pub fn player(&self, rate: SampleRate) -> Result<Option<cassette::playback::Playback>, MediumError> {
        let Some(transfer) = &self.transfer else { return Ok(None) };
        let tape = Tape::new(self.cassette.tape, &self.profile)?;
        let (full_scale, dolby) = (transfer.full_scale_db, self.cassette.dolby);
        let parts = cassette::playback::Parts::ALL;
        let made = cassette::playback::Playback::new(rate, tape, &self.profile, full_scale, dolby, parts)?;
        Ok(Some(made.matched(self.matching)))
    }
}

impl Record {
    /// Whether it is of this plan and these settings.
    pub fn is_of(&self, plan: &Plan, vinyl: &Vinyl) -> bool {
        self.plan.hash == plan.hash && self.vinyl == *vinyl && same_sides(&self.surveys, plan)
    }

    /// The player of this cut at a rate.
    ///
    /// # Errors
    /// A rate that the model does not take.
    pub fn player(&self, rate: SampleRate) -> Result<vinyl::playback::Playback, MediumError> {
        let disc = Disc::new(self.vinyl.size, self.vinyl.speed, &self.profile)?;
        let lathe = Lathe::new(&self.profile, self.vinyl.stylus)?;
        let mut way = Way::default();
        self.sides.iter().for_each(|side| way.add(side.start, &side.cut.spiral, self.vinyl.speed.turn()));
        let (cut, parts) = ((&disc, &lathe), vinyl::playback::Parts::ALL);
        let made = vinyl::playback::Playback::new(rate, cut, &self.profile, way, self.vinyl.level, parts)?;
        Ok(made.matched(self.matching))
    }

    /// The side that sounds at a time of the pass.
    pub fn side_at(&self, at: Seconds) -> Option<usize> {
        self.sides.partition_point(|side| side.start.0 <= at.0 + 1e-9).checked_sub(1)
    }

    /// The level at which every side passes.
    pub fn highest(&self) -> Option<Highest> {
        self.sides.iter().map(|side| side.highest).min_by(|a, b| a.level_db.0.total_cmp(&b.level_db.0))
    }

    /// The sector of a side at a time of the pass; the last one behind its end.
    pub fn sector(&self, side: usize, at: Seconds) -> Option<usize> {
        let known = self.sides.get(side)?;
        let count = known.cut.spiral.width_um.len();
        let turn = self.surveys.get(side)?.side.disc.speed.turn();
        let sector = Sector::at(Seconds((at.0 - known.start.0).max(0.0)), turn);
        (count > 0).then(|| sector.min(count - 1))
    }

    /// The time of the pass at a sector of a side.
    pub fn time(&self, side: usize, sector: usize) -> Option<Seconds> {
        let turn = self.surveys.get(side)?.side.disc.speed.turn();
        Some(Seconds(self.sides.get(side)?.start.0 + Sector::time(sector, turn).0))
    }

    /// The sector of a side whose groove lies at a radius and an angle, in turns against the clock from the top.
    pub fn sector_at(&self, side: usize, radius_mm: f64, turns: f64) -> Option<usize> {
        let spiral = &self.sides.get(side)?.cut.spiral;
        let count = spiral.width_um.len();
        let near = spiral.radius_mm[..count].partition_point(|radius| *radius > radius_mm);
        (count > 0).then(|| in_turn(near.min(count - 1), turns, count))
    }
}

/// The sector nearest to `near` that stands at an angle, in turns.
pub fn in_turn(near: usize, turns: f64, count: usize) -> usize {
    let wanted = (turns.rem_euclid(1.0) * SECTORS as f64) as i64;
    let apart = (wanted - near as i64).rem_euclid(SECTORS as i64);
    let apart = if apart > SECTORS as i64 / 2 { apart - SECTORS as i64 } else { apart };
    (near as i64 + apart).clamp(0, count as i64 - 1) as usize
}

/// The same songs on the same sides.
pub fn same_sides(surveys: &[SideSurvey], plan: &Plan) -> bool {
    surveys.iter().map(|survey| survey.songs.len()).sum::<usize>() == plan.songs.len()
}

impl Medium {
    /// Forgets what is known: another pass or session is heard.
    pub fn forget(&mut self) {
        (self.record, self.tape, self.share, self.failed) = (None, None, None, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_angle_finds_its_place_in_the_turn() {
        assert_eq!(in_turn(1000, 0.0, 5000), 1080);
        assert_eq!(in_turn(1000, 100.0 / 180.0 + 1e-9, 5000), 1000);
        assert_eq!(in_turn(10, 0.99, 5000), 0);
        assert_eq!(in_turn(4990, 1.0 - 1e-9, 5000), 4999);
    }
}
