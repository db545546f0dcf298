//! A disc as its subcode tells it: tracks, indices, codes.

use super::pq::{Control, Place, Point};
use crate::unit::CdFrame;

/// A disc: what the PQ descriptor says, in order. Times are A-time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Disc {
    /// UPC or EAN: 13 digits, or empty.
    pub upc: String,
    /// The tracks.
    pub tracks: Vec<Track>,
    /// Where the lead-out begins: right behind the last sector.
    pub lead_out: CdFrame,
}

/// One track.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Track {
    /// Number, 1 to 99.
    pub number: u8,
    /// Control bits.
    pub control: Control,
    /// ISRC: 12 characters, or empty.
    pub isrc: String,
    /// Its indices in order: 0 where it has a pause, 1, and further ones.
    pub indices: Vec<Index>,
}

/// A place inside a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Index {
    /// 0 is the pause, 1 the start.
    pub number: u8,
    /// A-time.
    pub at: CdFrame,
}

impl Track {
    /// The time of an index.
    pub fn index(&self, number: u8) -> Option<CdFrame> {
        self.indices.iter().find(|index| index.number == number).map(|index| index.at)
    }

    /// Where the track begins: index 01, or what it has instead.
    pub fn start(&self) -> CdFrame {
        self.index(1).or_else(|| self.indices.last().map(|index| index.at)).unwrap_or_default()
    }

    /// Where its pause begins: index 00, or its start.
    pub fn pause_start(&self) -> CdFrame {
        self.index(0).unwrap_or_else(|| self.start())
    }

    /// Length of the pause before it.
    pub fn pause(&self) -> CdFrame {
        CdFrame(self.start().0 - self.pause_start().0)
    }
}

impl Disc {
    /// The packets of the PQ descriptor. The ISRC stands on index 00 and 01, because some readers look at one only; the
    /// lead-out is written twice, as most programs do and all readers take.
    pub fn points(&self) -> Vec<Point> {
        let mut points = vec![Point { upc: self.upc.clone(), ..Point::new(Place::LeadIn, 0, CdFrame(0)) }];
        for track in &self.tracks {
            points.extend(track.indices.iter().map(|index| Point {
                control: track.control,
                isrc: if index.number < 2 { track.isrc.clone() } else { String::new() },
                ..Point::new(Place::Track(track.number), index.number, index.at)
            }));
        }
        let lead_out = Point::new(Place::LeadOut, 1, self.lead_out);
        points.extend([lead_out.clone(), lead_out]);
        points
    }

    /// The disc that packets describe, whatever is wrong with them. Packets behind the first lead-out are left out.
    pub fn from_points(points: &[Point]) -> Disc {
        let mut disc = Disc::default();
        for point in points {
            match point.place {
                Place::LeadIn if disc.upc.is_empty() => disc.upc.clone_from(&point.upc),
                Place::LeadIn => {}
                Place::LeadOut => {
                    disc.lead_out = point.at;
                    break;
                }
                Place::Track(number) => disc.take(number, point),
            }
        }
        disc
    }

    fn take(&mut self, number: u8, point: &Point) {
        if self.tracks.last().is_none_or(|last| last.number != number) {
            self.tracks.push(Track { number, control: point.control, ..Track::default() });
        }
        let Some(track) = self.tracks.last_mut() else { return };
        if track.isrc.is_empty() {
            track.isrc.clone_from(&point.isrc);
        }
        track.indices.push(Index { number: point.index, at: point.at });
    }

    /// Where track `place` (counted from 0) ends: at the start of the next one, or the lead-out.
    pub fn end(&self, place: usize) -> CdFrame {
        self.tracks.get(place + 1).map_or(self.lead_out, Track::start)
    }

    /// Where the sound that belongs to track `place` ends: at the pause of the next one, or the lead-out.
    pub fn body_end(&self, place: usize) -> CdFrame {
        self.tracks.get(place + 1).map_or(self.lead_out, Track::pause_start)
    }
}
