//! The PQ descriptor: its own order, and the disc it describes against the Red Book.

use super::is_isrc;
use crate::container::ddp::fault::{Code, Fault};
use crate::container::ddp::{FIRST_PAUSE, Fileset, Place, Point, Track};
use crate::unit::{CD_FRAMES_PER_SECOND, CdFrame};

/// Shortest track: four seconds (Red Book).
const SHORTEST: i64 = 4 * CD_FRAMES_PER_SECOND;
/// Longest disc that plants take: 79:57:74.
const LONGEST: CdFrame = CdFrame((79 * 60 + 57) * CD_FRAMES_PER_SECOND + 74);
/// Longest disc of standard density: 74:33.
const STANDARD: CdFrame = CdFrame((74 * 60 + 33) * CD_FRAMES_PER_SECOND);
/// Most tracks of a disc.
const MOST_TRACKS: usize = 99;

/// Faults of the PQ descriptor, told with its file name.
struct Judge<'a> {
    set: &'a Fileset,
    faults: &'a mut Vec<Fault>,
}

pub(super) fn check(set: &Fileset, faults: &mut Vec<Fault>) {
    if set.points.is_empty() {
        return;
    }
    let mut judge = Judge { set, faults };
    judge.ends();
    judge.times();
    judge.tracks();
    judge.codes();
    judge.disc();
}

impl Judge<'_> {
    fn fail(&mut self, code: Code, what: String) {
        self.faults.push(Fault::fail(code, &self.set.points_name, what));
    }

    fn warn(&mut self, code: Code, what: String) {
        self.faults.push(Fault::warn(code, &self.set.points_name, what));
    }

    /// Lead-in first, lead-out last, and the image as long as it says.
    fn ends(&mut self) {
        let points = &self.set.points;
        let first = &points[0];
        let lead_ins = points.iter().filter(|point| point.place == Place::LeadIn).count();
        if first.place != Place::LeadIn || first.index != 0 || first.at != CdFrame(0) || lead_ins > 1 {
            self.fail(Code::PointLeadIn, "it does not begin with one lead-in packet 00/00 at 00:00:00".into());
        }
        let outs: Vec<&Point> = points.iter().filter(|point| point.place == Place::LeadOut).collect();
        let Some(out) = outs.first() else {
            return self.fail(Code::PointLeadOut, "it has no lead-out packet".into());
        };
        let last = points.iter().rev().take(outs.len()).all(|point| point.place == Place::LeadOut);
        if !last || outs.len() > 2 || outs.iter().any(|other| other.at != out.at || other.index != 1) {
            self.fail(Code::PointLeadOut, "the lead-out packets are not AA/01, last and the same".into());
        }
        if outs.len() == 1 {
            self.warn(Code::PointLeadOut, "the lead-out packet stands there once; twice is usual".into());
        }
        let end = self.set.image.end();
        if !self.set.image.pieces.is_empty() && out.at != end {
            self.fail(Code::PointImage, format!("the lead-out lies at {}, the image ends at {end}", out.at));
        }
    }

    fn times(&mut self) {
        for pair in self.set.points.windows(2) {
            let (one, other) = (&pair[0], &pair[1]);
            // The pause of track 1 begins where the lead-in packet stands, the second lead-out is the first again.
            let equal = one.place == Place::LeadIn || (one.place == Place::LeadOut && other.place == Place::LeadOut);
            if other.at < one.at || (other.at == one.at && !equal) {
                let said = format!("{} {} follows {} {}", name(other), other.at, name(one), one.at);
                self.fail(Code::PointOrder, said);
            }
        }
    }

    fn tracks(&mut self) {
        let tracks = &self.set.disc.tracks;
        for (place, track) in tracks.iter().enumerate() {
            if usize::from(track.number) != place + 1 {
                let said = format!("track {:02} stands where {:02} is expected", track.number, place + 1);
                self.fail(Code::PointTrackSequence, said);
            }
            if track.index(1).is_none() {
                self.fail(Code::PointNoStart, format!("track {:02} has no index 01", track.number));
            }
            let first = track.indices.first().map_or(0, |index| index.number);
            let follows = track
                .indices
                .iter()
                .enumerate()
                .all(|(at, index)| usize::from(index.number) == usize::from(first) + at);
            if first > 1 || !follows {
                self.fail(
                    Code::PointIndexSequence,
                    format!("the indices of track {:02} do not follow on", track.number),
                );
            }
        }
        self.controls();
    }

    fn controls(&mut self) {
        for track in &self.set.disc.tracks {
            let same = |point: &&Point| point.place != Place::Track(track.number) || point.control == track.control;
            if !self.set.points.iter().all(|point| same(&point)) {
                self.fail(Code::PointControl, format!("the control byte changes inside track {:02}", track.number));
            }
            let control = track.control;
            if control.data {
                self.fail(Code::PointControl, format!("track {:02} is a data track", track.number));
            }
            if control.serial_copy && control.copy_permitted {
                let said = format!("track {:02} permits copies and has serial copy management", track.number);
                self.fail(Code::PointControl, said);
            }
            if control.four_channels {
                self.warn(Code::PointControl, format!("track {:02} is marked as of four channels", track.number));
            }
        }
        let plain = |point: &&Point| matches!(point.place, Place::Track(_)) || point.control == Default::default();
        if !self.set.points.iter().all(|point| plain(&point)) {
            self.fail(Code::PointControl, "lead-in or lead-out carries flags of a track".into());
        }
    }

    fn codes(&mut self) {
        let tracks = &self.set.disc.tracks;
        for track in tracks {
            let mut own = self.set.points.iter().filter(|point| point.place == Place::Track(track.number));
            if own.any(|point| !point.isrc.is_empty() && point.isrc != track.isrc) {
                self.fail(Code::PointIsrc, format!("track {:02} has two ISRCs", track.number));
            }
            if !track.isrc.is_empty() && !is_isrc(&track.isrc) {
                self.fail(Code::PointIsrc, format!("'{}' of track {:02} is no ISRC", track.isrc, track.number));
            }
        }
        let without: Vec<String> =
            tracks.iter().filter(|track| track.isrc.is_empty()).map(|track| format!("{:02}", track.number)).collect();
        if !without.is_empty() && without.len() < tracks.len() {
            self.warn(Code::PointIsrc, format!("tracks without an ISRC: {}", without.join(", ")));
        }
        for (place, track) in tracks.iter().enumerate().filter(|(_, track)| !track.isrc.is_empty()) {
            if let Some(other) = tracks[..place].iter().find(|other| other.isrc == track.isrc) {
                let said = format!("tracks {:02} and {:02} have the same ISRC", other.number, track.number);
                self.warn(Code::PointIsrc, said);
            }
        }
        let strays = self.set.points.iter().filter(|point| !matches!(point.place, Place::Track(_)));
        if strays.clone().any(|point| !point.isrc.is_empty()) {
            self.fail(Code::PointIsrc, "lead-in or lead-out carries an ISRC".into());
        }
    }

    fn disc(&mut self) {
        let disc = &self.set.disc;
        if disc.tracks.is_empty() || disc.tracks.len() > MOST_TRACKS {
            self.fail(Code::DiscTracks, format!("the disc has {} tracks", disc.tracks.len()));
        }
        if let Some(first) = disc.tracks.first() {
            self.first_pause(first);
        }
        for (place, track) in disc.tracks.iter().enumerate() {
            let (whole, body) = (disc.end(place).0 - track.start().0, disc.body_end(place).0 - track.start().0);
            if whole < SHORTEST {
                let said = format!("track {:02} lasts {}, shorter than 00:04:00", track.number, CdFrame(whole));
                self.fail(Code::DiscTrackLength, said);
            } else if body < SHORTEST {
                let said = format!("track {:02} lasts {} without the pause behind it", track.number, CdFrame(body));
                self.warn(Code::DiscTrackLength, said);
            }
        }
        if disc.lead_out > LONGEST {
            self.fail(Code::DiscTotal, format!("the lead-out lies at {}, the limit is {LONGEST}", disc.lead_out));
        } else if disc.lead_out > STANDARD {
            let said =
                format!("the lead-out lies at {}, beyond standard density ({STANDARD}): ask the plant", disc.lead_out);
            self.warn(Code::DiscTotal, said);
        }
    }

    fn first_pause(&mut self, first: &Track) {
        if first.index(0) != Some(CdFrame(0)) {
            self.fail(Code::DiscFirstPause, "the pause of track 01 is not coded from 00:00:00".into());
        }
        if first.start().0 < FIRST_PAUSE {
            let said = format!("track 01 begins at {}, before 00:02:00", first.start());
            self.fail(Code::DiscFirstPause, said);
        }
    }
}

fn name(point: &Point) -> String {
    match point.place {
        Place::LeadIn => "the lead-in at".into(),
        Place::Track(number) => format!("index {:02} of track {number:02} at", point.index),
        Place::LeadOut => "the lead-out at".into(),
    }
}
