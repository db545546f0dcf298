//! Songs dealt to sides: where to turn the record over, and what another order would give.

use serde::Serialize;

use super::fault::Fault;
use super::sector::{SECTORS, Sector};
use super::side::{Side, SongSpan};
use super::{Disc, Lathe};
use crate::profile::Profile;
use crate::unit::{Db, Seconds};

/// Share of the sectors that are brighter than what a song's brightness is told by.
const BRIGHTEST: f64 = 0.01;

/// A song as it goes to a side.
#[derive(Debug, Clone)]
pub struct Piece {
    /// Its title.
    pub title: String,
    /// Its groove at the reference level.
    pub sectors: Vec<Sector>,
}

/// One way to deal the songs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Proposal {
    /// Whether the songs stay in their order.
    pub keeps_order: bool,
    /// Songs of each side, counted from 0 in the order given.
    pub sides: Vec<Vec<usize>>,
    /// Length of each side, pauses included.
    pub lengths_s: Vec<Seconds>,
    /// Radius left on each side at the level asked for; negative where it does not fit.
    pub free_mm: Vec<f64>,
    /// The highest level at which every side passes.
    pub highest_db: Db,
    /// What limits it.
    pub limited_by: Option<Fault>,
    /// Songs that stand elsewhere in the order than before: the cost.
    pub moved: usize,
}

/// What the songs are dealt for.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// The disc.
    pub disc: Disc,
    /// The lathe.
    pub lathe: Lathe,
    /// The limits.
    pub profile: &'a Profile,
    /// The level of the cut.
    pub level: Db,
    /// The pause between two songs.
    pub gap: Seconds,
}

/// Ways to deal `songs` to `sides` sides: in their order with the longest side as short as can be, and, where that
/// differs, balanced without regard to order with the brightest songs of each side outside.
pub fn proposals(songs: &[Piece], sides: usize, terms: &Terms<'_>) -> Vec<Proposal> {
    if songs.is_empty() || sides == 0 {
        return Vec::new();
    }
    let gap = Sector::at(terms.gap, terms.disc.speed.turn());
    let lengths: Vec<usize> = songs.iter().map(|song| song.sectors.len()).collect();
    let ordered = in_order(&lengths, sides.min(songs.len()), gap);
    let mut free = balanced(&lengths, sides.min(songs.len()), gap);
    for side in &mut free {
        let bright = |song: &usize| brightness(&songs[*song].sectors);
        side.sort_by(|a, b| bright(b).total_cmp(&bright(a)));
    }
    let mut found = vec![told(songs, ordered, true, gap, terms)];
    if free != found[0].sides {
        found.push(told(songs, free, false, gap, terms));
    }
    found
}

/// Acceleration that only the brightest hundredth of a song exceeds, in m/s² at the reference level.
pub fn brightness(sectors: &[Sector]) -> f64 {
    let mut peaks: Vec<f64> = sectors.iter().map(|sector| sector.acceleration_m_s2).collect();
    peaks.sort_by(f64::total_cmp);
    let index = ((1.0 - BRIGHTEST) * peaks.len() as f64) as usize;
    peaks.get(index).or(peaks.last()).copied().unwrap_or(0.0)
}

fn length(lengths: &[usize], side: &[usize], gap: usize) -> usize {
    side.iter().map(|song| lengths[*song]).sum::<usize>() + gap * side.len().saturating_sub(1)
}

/// The order kept: breaks that make the longest side as short as can be, and the first side of equals the longer one.
/// Lengths and the pause between two songs in any one unit.
pub fn in_order(lengths: &[usize], sides: usize, gap: usize) -> Vec<Vec<usize>> {
    let count = lengths.len();
    let span = |from: usize, to: usize| length(lengths, &(from..to).collect::<Vec<_>>(), gap);
    // best[s][n]: the longest of s sides that hold the first n songs, and where the last of them begins.
    let mut best = vec![vec![(usize::MAX, 0); count + 1]; sides + 1];
    best[0][0] = (0, 0);
    for side in 1..=sides {
        for end in side..=count {
            for start in side - 1..end {
                if best[side - 1][start].0 == usize::MAX {
                    continue;
                }
                let longest = best[side - 1][start].0.max(span(start, end));
                if longest <= best[side][end].0 {
                    best[side][end] = (longest, start);
                }
            }
        }
    }
    let (mut end, mut found) = (count, Vec::new());
    for side in (1..=sides).rev() {
        let start = best[side][end].1;
        found.push((start..end).collect());
        end = start;
    }
    found.reverse();
    found
}

/// The longest song to the shortest side, again and again; sides with the earliest song first.
fn balanced(lengths: &[usize], sides: usize, gap: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|song| std::cmp::Reverse(lengths[*song]));
    let mut found = vec![Vec::new(); sides];
    for song in order {
        if let Some(side) = (0..sides).min_by_key(|side| length(lengths, &found[*side], gap)) {
            found[side].push(song);
        }
    }
    found.iter_mut().for_each(|side: &mut Vec<usize>| side.sort_unstable());
    found.sort_by_key(|side| side.first().copied());
    found
}

/// A side of some of the songs.
pub fn side_of(songs: &[Piece], chosen: &[usize], gap: usize, disc: Disc, lathe: Lathe) -> Side {
    let (mut sectors, mut spans) = (Vec::new(), Vec::new());
    for song in chosen {
        if !spans.is_empty() {
            sectors.extend(std::iter::repeat_n(Sector::default(), gap));
        }
        let start = sectors.len();
        sectors.extend_from_slice(&songs[*song].sectors);
        spans.push(SongSpan { title: songs[*song].title.clone(), start, end: sectors.len() });
    }
    Side::new(sectors, spans, disc, lathe)
}

fn told(songs: &[Piece], sides: Vec<Vec<usize>>, keeps_order: bool, gap: usize, terms: &Terms<'_>) -> Proposal {
    let made: Vec<Side> = sides.iter().map(|chosen| side_of(songs, chosen, gap, terms.disc, terms.lathe)).collect();
    let free = |side: &Side| side.spiral(terms.level).end_mm() - terms.disc.inner_mm;
    let highest = made.iter().map(|side| side.highest(terms.profile));
    let highest = highest.min_by(|a, b| a.level_db.0.total_cmp(&b.level_db.0));
    let order: Vec<usize> = sides.iter().flatten().copied().collect();
    let turn = terms.disc.speed.turn().0 / SECTORS as f64;
    Proposal {
        keeps_order,
        lengths_s: made.iter().map(|side| Seconds(side.sectors.len() as f64 * turn)).collect(),
        free_mm: made.iter().map(free).collect(),
        highest_db: highest.map_or(Db(0.0), |highest| highest.level_db),
        limited_by: highest.and_then(|highest| highest.limited_by),
        moved: order.iter().enumerate().filter(|(place, song)| place != *song).count(),
        sides,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::medium::vinyl::{Size, Speed, Stylus};
    use crate::profile::load;

    #[test]
    fn songs_in_order_break_where_the_longest_side_is_shortest() {
        assert_eq!(in_order(&[3, 3, 3, 3], 2, 0), [vec![0, 1], vec![2, 3]]);
        assert_eq!(in_order(&[9, 1, 1, 1], 2, 0), [vec![0], vec![1, 2, 3]]);
        assert_eq!(in_order(&[1, 1, 1, 9], 2, 0), [vec![0, 1, 2], vec![3]]);
        // Of equals the first side is the longer one.
        assert_eq!(in_order(&[2, 2, 2], 2, 0), [vec![0, 1], vec![2]]);
        assert_eq!(in_order(&[4, 4], 2, 1), [vec![0], vec![1]]);
    }

    #[test]
    fn songs_out_of_order_balance_better() {
        let sides = balanced(&[9, 1, 8, 2], 2, 0);
        assert_eq!(sides, [vec![0, 1], vec![2, 3]]);
        assert_eq!(balanced(&[6, 5, 4, 3], 2, 0), [vec![0, 3], vec![1, 2]]);
    }

    #[test]
    fn bright_songs_go_outside() {
        let profile = load("vinyl", None).unwrap().unwrap();
        let disc = Disc::new(Size::Twelve, Speed::Long, &profile).unwrap();
        let lathe = Lathe::new(&profile, Stylus::Elliptical).unwrap();
        let piece = |title: &str, acceleration_m_s2: f64, turns: usize| Piece {
            title: title.into(),
            sectors: vec![Sector { acceleration_m_s2, outward_um: 5.0, ..Sector::default() }; turns * SECTORS],
        };
        let songs =
            [piece("dull", 10.0, 50), piece("bright", 4000.0, 40), piece("dull", 10.0, 40), piece("hot", 9000.0, 50)];
        let terms = Terms { disc, lathe, profile: &profile, level: Db(0.0), gap: Seconds(1.8) };
        let found = proposals(&songs, 2, &terms);
        assert_eq!(found[0].sides, [vec![0, 1], vec![2, 3]]);
        assert!(found[0].keeps_order && found[0].moved == 0);
        assert_eq!(found.len(), 2);
        let outside: Vec<usize> = found[1].sides.iter().map(|side| side[0]).collect();
        assert!(outside.contains(&3) && found[1].highest_db.0 >= found[0].highest_db.0, "{found:?}");
        assert!((found[0].lengths_s[0].0 - 91.0 * 1.8).abs() < 1e-9);
        assert!(proposals(&[], 2, &terms).is_empty());
    }
}
