//! What a record or a cassette asks of the document: songs dealt to sides, and what mends a cut, as ordinary edits. Each
//! is one step of history.

use super::chain::{Address, Scope};
use super::{Edit, EditError};
use crate::medium::vinyl::Remedy;
use crate::session::{Document, Join, SideName, StageSettings};
use crate::unit::{Db, Seconds};

/// Processors that hold a programme down to the last decibel: neither a lathe nor a tape needs them.
pub(in crate::session) const LIMITERS: [&str; 2] = ["limiter", "clipper"];
/// Levels of a cut are told in tenths of a decibel, rounded down.
const STEPS_PER_DB: f64 = 10.0;
/// A limiter with a ratio lets a little through, and its detector is not the groove to the last decibel: so much more.
const SPARE: Db = Db(1.0);
/// Where the treble that bends the groove begins: above it the recording curve and the slope both rise.
const TREBLE_HZ: f64 = 5000.0;

impl Document {
    /// Deals the songs of a pass to sides, A, B and so on, in the order given. Songs that are not named stay behind them.
    ///
    /// # Errors
    /// Unknown pass or song, or more than 26 sides; nothing is changed then.
    pub fn deal(&mut self, pass: &str, sides: &[Vec<String>]) -> Result<(), EditError> {
        self.as_one("deal the songs to sides", |document| {
            let mut place = 0;
            for (number, side) in sides.iter().enumerate() {
                for (index, song) in side.iter().enumerate() {
                    let there = document.session().resolve(pass);
                    let there = there.and_then(|resolved| Some(resolved.songs.get(place)?.song.id == *song));
                    if there != Some(true) {
                        let edit = Edit::move_song(document, pass, song, place)?;
                        document.apply(edit)?;
                    }
                    let name = (index == 0).then(|| {
                        SideName::of_place(number).ok_or(EditError::Refused {
                            path: format!("pass.{pass}.entry"),
                            reason: "a record has at most 26 sides".into(),
                        })
                    });
                    let edit = Edit::set_side(document, pass, song, name.transpose()?)?;
                    document.apply(edit)?;
                    if number > 0 && index == 0 {
                        document.part(pass, place, song)?;
                    }
                    place += 1;
                }
            }
            Ok(())
        })
    }

    /// Where the medium is turned over songs cannot overlap: a crossfade there becomes the usual pause.
    fn part(&mut self, pass: &str, place: usize, song: &str) -> Result<(), EditError> {
        let resolved = self.session().resolve(pass);
        let join = resolved.and_then(|resolved| Some(resolved.songs.get(place)?.join));
        match join {
            None | Some(Join::Gap(Seconds(0.0..))) => Ok(()),
            Some(_) => {
                let edit = Edit::set_join(self, pass, song, Join::default())?;
                self.apply(edit).map(|_| ())
            }
        }
    }

    /// Does what a remedy of a cut says, in the settings of the vinyl pass `pass`. False where no setting does it: a song
    /// to be moved, a side to be shortened.
    ///
    /// # Errors
    /// Unknown pass.
    pub fn mend(&mut self, pass: &str, remedy: &Remedy) -> Result<bool, EditError> {
        match remedy {
            Remedy::Level(by) => {
                let level = self.session().pass(pass).and_then(|pass| pass.vinyl.as_ref()).map_or(0.0, |it| it.level.0);
                self.set_cut_level(pass, Db(level + by.0))?;
            }
            Remedy::Elliptical(corner) => self.as_one("elliptical", |document| {
                let stage = document.stage(pass, "stereo")?;
                document.put(pass, &stage, "elliptical_frequency", corner.0)?;
                document.put(pass, &stage, "elliptical", 1.0)
            })?,
            Remedy::Acceleration { by, from } => self.as_one("hold the acceleration", |document| {
                let stage = document.stage(pass, "deesser")?;
                // Another round takes more, from the lower of both.
                let (held, before) = document.held(pass, &stage);
                let range = (held + by.0.abs() + SPARE.0).clamp(0.5, 24.0);
                let threshold = from.0.min(before).clamp(-60.0, 0.0);
                let values =
                    [("against", 2.0), ("shape", 1.0), ("frequency", TREBLE_HZ), ("ratio", 20.0), ("knee", 0.0)];
                let times = [("attack", 0.1), ("release", 30.0), ("range", range), ("threshold", threshold)];
                for (parameter, value) in values.into_iter().chain(times) {
                    document.put(pass, &stage, parameter, value)?;
                }
                Ok(())
            })?,
            Remedy::Outside | Remedy::Shorter(_) | Remedy::Rotation | Remedy::Invert => return Ok(false),
        }
        Ok(true)
    }

    /// The level of the cut of a vinyl pass, in whole tenths of a decibel, rounded down.
    ///
    /// # Errors
    /// Unknown pass.
    pub fn set_cut_level(&mut self, pass: &str, level: Db) -> Result<(), EditError> {
        // A hundred-millionth is the rounding of the sum, not a level.
        let level = (level.0 * STEPS_PER_DB + 1e-8).floor() / STEPS_PER_DB;
        let edit = Edit::parse(self, &format!("pass.{pass}.vinyl.level={level}"))?;
        self.apply(edit).map(|_| ())
    }

    /// Takes limiters, clippers and the ceiling out of a pass, which gets chains of its own where it has them from the
    /// main pass. Returns how many.
    ///
    /// # Errors
    /// Unknown pass.
    pub fn take_limiters_out(&mut self, pass: &str) -> Result<usize, EditError> {
        let Some(resolved) = self.session().resolve(pass) else { return Ok(0) };
        let held = |scope: Scope, stages: &[StageSettings]| {
            let held = stages.iter().filter(|stage| !stage.bypass && LIMITERS.contains(&stage.processor.as_str()));
            held.map(|stage| (scope.clone(), stage.id.clone())).collect::<Vec<_>>()
        };
        let mut found = held(Scope::Album, &resolved.chain.stages);
        for song in &resolved.songs {
            found.extend(held(Scope::Song(song.song.id.clone()), &song.chain.stages));
        }
        let ceiling = resolved.pass.ceiling.is_some();
        let count = found.len() + usize::from(ceiling);
        self.as_one("take the limiters out", |document| {
            for (scope, stage) in found {
                let edit = Edit::bypass_stage(document, Some(pass), &scope, &stage, true)?;
                document.apply(edit)?;
            }
            if ceiling {
                let edit = Edit::set_ceiling(document, pass, None)?;
                document.apply(edit)?;
            }
            Ok(())
        })?;
        Ok(count)
    }

    /// Several edits as one step; none of them where one is refused. Inside a gesture they are part of it.
    fn as_one(
        &mut self,
        label: &str,
        work: impl FnOnce(&mut Document) -> Result<(), EditError>,
    ) -> Result<(), EditError> {
        if self.is_in_gesture() {
            return work(self);
        }
        self.begin(Some(label));
        let done = work(self);
        match done {
            Ok(()) => self.end(),
            Err(_) => {
                self.cancel()?;
            }
        }
        done
    }

    /// The album chain's stage of a processor that is in the signal; one is added at the end where there is none.
    fn stage(&mut self, pass: &str, processor: &str) -> Result<String, EditError> {
        let resolved = self.session().resolve(pass);
        let stages = resolved.map(|resolved| resolved.chain.stages).unwrap_or_default();
        let known = stages.iter().find(|stage| stage.processor == processor && !stage.bypass);
        if let Some(stage) = known {
            return Ok(stage.id.clone());
        }
        let (edit, id) = Edit::add_stage(self, Some(pass), &Scope::Album, processor, None)?;
        self.apply(edit)?;
        Ok(id)
    }

    fn put(&mut self, pass: &str, stage: &str, parameter: &str, value: f64) -> Result<(), EditError> {
        let edit = Edit::set_param(self, &at(pass, stage, parameter), value)?;
        self.apply(edit).map(|_| ())
    }

    /// How much a stage that holds the acceleration already may take, and from where.
    fn held(&self, pass: &str, stage: &str) -> (f64, f64) {
        let value = |parameter: &str| at(pass, stage, parameter).value(self.session());
        match (value("against"), value("range"), value("threshold")) {
            (Ok(against), Ok(range), Ok(threshold)) if against > 1.5 => (range, threshold),
            _ => (0.0, 0.0),
        }
    }
}

fn at(pass: &str, stage: &str, parameter: &str) -> Address {
    Address {
        pass: Some(pass.into()),
        scope: Scope::Album,
        stage: stage.into(),
        row: None,
        parameter: parameter.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::document::tests::album;
    use crate::unit::Hertz;

    fn lp() -> Document {
        let mut document = album(4);
        let edit = Edit::parse(&document, "pass+=vinyl name=LP").unwrap();
        document.apply(edit).unwrap();
        document
    }

    fn order(document: &Document, pass: &str) -> Vec<(String, Vec<String>)> {
        let resolved = document.session().resolve(pass).unwrap();
        let side = |(name, songs): (SideName, std::ops::Range<usize>)| {
            (name.to_string(), resolved.songs[songs].iter().map(|song| song.song.id.clone()).collect())
        };
        resolved.sides().into_iter().map(side).collect()
    }

    #[test]
    fn songs_are_dealt_in_one_step_and_no_other_pass_moves() {
        let mut document = lp();
        let main = document.session().main_pass().unwrap().id.clone();
        let (before, dealt) = (order(&document, &main), order(&document, "lp"));
        let ids: Vec<String> = dealt[0].1.clone();
        let sides = [vec![ids[3].clone(), ids[0].clone()], vec![ids[1].clone(), ids[2].clone()]];
        document.deal("lp", &sides).unwrap();
        assert_eq!(order(&document, "lp"), [("A".into(), sides[0].clone()), ("B".into(), sides[1].clone())]);
        assert_eq!(order(&document, &main), before);
        document.undo().unwrap();
        assert_eq!(order(&document, "lp"), dealt);
        assert!(document.deal("lp", &[vec!["nobody".into()]]).is_err());
        assert_eq!(order(&document, "lp"), dealt);
    }

    #[test]
    fn a_crossfade_is_parted_where_the_record_is_turned_over() {
        let mut document = lp();
        for change in ["pass.main.entry.2.join=xf 1.5", "pass.main.entry.3.join=xf 1.5"] {
            let edit = Edit::parse(&document, change).unwrap();
            document.apply(edit).unwrap();
        }
        let ids = order(&document, "lp")[0].1.clone();
        document.deal("lp", &[ids[..2].to_vec(), ids[2..].to_vec()]).unwrap();
        let joins: Vec<Join> = document.session().resolve("lp").unwrap().songs.iter().map(|song| song.join).collect();
        assert!(matches!(joins[1], Join::Crossfade { .. }) && joins[2] == Join::default(), "{joins:?}");
        assert!(document.session().problems("lp").iter().all(|problem| !problem.to_string().contains("turned over")));
        let main = document.session().main_pass().unwrap().id.clone();
        assert!(matches!(document.session().resolve(&main).unwrap().songs[2].join, Join::Crossfade { .. }));
    }

    #[test]
    fn remedies_become_settings_of_the_pass_alone() {
        let mut document = lp();
        let main = document.session().main_pass().unwrap().clone();
        assert!(document.mend("lp", &Remedy::Level(Db(-0.84))).unwrap());
        assert!(document.mend("lp", &Remedy::Elliptical(Hertz(150.0))).unwrap());
        assert!(document.mend("lp", &Remedy::Acceleration { by: Db(-3.0), from: Db(-20.0) }).unwrap());
        assert!(document.mend("lp", &Remedy::Acceleration { by: Db(-2.0), from: Db(-18.0) }).unwrap());
        assert!(!document.mend("lp", &Remedy::Outside).unwrap());
        let pass = document.session().pass("lp").unwrap();
        assert!((pass.vinyl.as_ref().unwrap().level.0 + 0.9).abs() < 1e-9);
        let value = |stage: &str, parameter: &str| at("lp", stage, parameter).value(document.session()).unwrap();
        assert_eq!((value("stereo1", "elliptical"), value("stereo1", "elliptical_frequency")), (1.0, 150.0));
        assert_eq!((value("deesser1", "against"), value("deesser1", "range")), (2.0, 7.0));
        assert_eq!(value("deesser1", "threshold"), -20.0);
        assert_eq!(document.session().main_pass(), Some(&main));
    }

    #[test]
    fn limiters_go_out_of_the_pass_and_stay_in_the_main_one() {
        let mut document = lp();
        let edit = Edit::parse(&document, "pass.main.chain.stage+=limiter ceiling=-1").unwrap();
        document.apply(edit).unwrap();
        assert_eq!(document.session().resolve("lp").unwrap().limiters(), ["limiter of the album chain"]);
        assert_eq!(document.take_limiters_out("lp").unwrap(), 1);
        assert!(document.session().resolve("lp").unwrap().limiters().is_empty());
        let main = document.session().main_pass().unwrap().id.clone();
        assert_eq!(document.session().resolve(&main).unwrap().limiters().len(), 1);
        assert_eq!(document.take_limiters_out("lp").unwrap(), 0);
    }
}
