//! What lathe and stylus say to a cut: courses of every measure along the side, and the places where they break a limit
//! of the profile.

use super::fault::{Fault, Finding, Remedy};
use super::sector::{SECTORS, Sector};
use super::side::{SOFTEST, Side, SongSpan};
use super::{Disc, Lathe, Spiral, recording_gain};
use crate::profile::{Bound, Limit, Outcome, Profile};
use crate::unit::{Db, Hertz, Seconds};

/// Standard gravity, in m/s².
const GRAVITY: f64 = 9.80665;
/// The tone whose acceleration at full scale is where the treble limiter measures from.
const TONE: Hertz = Hertz(10_000.0);
/// Events nearer to each other than this are one finding.
const NEAR: Seconds = Seconds(2.0);
/// Findings of one fault on one side: the worst so many are listed.
const MOST: usize = 20;
/// A curvature whose second harmonic is heard: about 10 % after the playback's treble cut.
const AUDIBLE_CURVATURE: &str = "tracing_curvature";

/// One level of one side, as the measures need it.
pub(super) struct Look<'a> {
    pub sectors: &'a [Sector],
    pub spiral: &'a Spiral,
    pub gain: f64,
    pub disc: &'a Disc,
    pub lathe: &'a Lathe,
}

impl Look<'_> {
    /// A measure along the whole side; empty for those that have no value at every moment.
    pub fn course(&self, fault: Fault) -> Vec<f64> {
        match fault {
            Fault::Heat => self.heat(Seconds(1.0)),
            Fault::LongHeat => self.heat(Seconds(10.0)),
            Fault::Land | Fault::Tracing | Fault::LowSide => Vec::new(),
            _ => (0..self.sectors.len()).map(|index| self.measure(fault, index)).collect(),
        }
    }

    fn measure(&self, fault: Fault, index: usize) -> f64 {
        let (sector, width) = (&self.sectors[index], self.spiral.width_um[index]);
        let speed = self.disc.groove_speed_m_s(self.spiral.radius_mm[index + 1].max(1.0));
        let curvature = |radius_um: f64| self.gain * sector.acceleration_m_s2 * radius_um * 1e-6 / (speed * speed);
        match fault {
            Fault::Slope => self.gain * sector.lateral_m_s.max(sector.wall_m_s) / speed,
            Fault::Lateral => 100.0 * self.gain * sector.lateral_m_s,
            Fault::Curvature => curvature(self.lathe.stylus_um),
            Fault::Conical => curvature(self.lathe.conical_um),
            Fault::Narrow => width - self.gain * sector.narrower_um,
            // The groove is a right angle: half as deep as wide.
            Fault::Deep => 0.5 * (width + self.gain * sector.wider_um),
            _ => 0.0,
        }
    }

    /// Root mean square acceleration of the hotter wall over a time, in g.
    fn heat(&self, over: Seconds) -> Vec<f64> {
        let count = ((over.0 / self.disc.speed.turn().0 * SECTORS as f64).round() as usize).max(1);
        let mut sums = [0.0; 2];
        let mut course = Vec::with_capacity(self.sectors.len());
        for (index, sector) in self.sectors.iter().enumerate() {
            for (wall, sum) in sums.iter_mut().enumerate() {
                *sum += sector.acceleration_power[wall];
                if index >= count {
                    *sum -= self.sectors[index - count].acceleration_power[wall];
                }
            }
            let power = sums[0].max(sums[1]).max(0.0) / count as f64;
            course.push(self.gain * libm::sqrt(power) / GRAVITY);
        }
        course
    }

    /// Share of the sectors that are bent more than is heard, in percent.
    pub fn tracing(&self, audible: f64) -> f64 {
        let bent = |index: &usize| self.measure(Fault::Curvature, *index) > audible;
        100.0 * (0..self.sectors.len()).filter(bent).count() as f64 / self.sectors.len().max(1) as f64
    }
}

/// The most severe limit that a value breaks.
fn broken<'a>(limits: &[&'a Limit], measured: f64) -> Option<&'a Limit> {
    limits.iter().filter(|limit| !limit.holds(measured)).max_by_key(|limit| limit.result).copied()
}

/// Everything that is wrong with a cut.
pub(super) fn judge(side: &Side, spiral: &Spiral, level: Db, profile: &Profile) -> Vec<Finding> {
    let look = side.look(spiral, level);
    let fits = on_disc(side, spiral, profile);
    let mut findings: Vec<Finding> = Vec::new();
    findings.extend(over(side, spiral, level, profile).or_else(|| land(side, spiral, level, profile)));
    for fault in Fault::COURSES {
        let limits: Vec<&Limit> = profile.limits(fault.id()).collect();
        if !limits.is_empty() {
            findings.extend(along(&look, side, fault, &look.course(fault)[..fits], &limits));
        }
    }
    findings.extend(tracing(side, spiral, &look, profile));
    for (index, song) in side.songs.iter().enumerate() {
        findings.extend(low_side(side, spiral, index, song, profile));
        findings.extend(lopsided(side, spiral, index, song, profile));
        findings.extend(polarity(side, spiral, index, song, profile));
    }
    findings.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.at_s.0.total_cmp(&b.at_s.0)));
    findings
}

/// Whether a cut breaks a limit that fails it, and which one first. Quick: no findings are made.
pub(super) fn failure(side: &Side, spiral: &Spiral, level: Db, profile: &Profile) -> Option<Fault> {
    if spiral.end_mm() < side.disc.inner_mm {
        return Some(Fault::Land);
    }
    let look = side.look(spiral, level);
    let fails = |fault: &Fault| {
        let limits = profile.limits(fault.id()).filter(|limit| limit.result == Outcome::Fail);
        let limits: Vec<&Limit> = limits.collect();
        !limits.is_empty() && look.course(*fault).iter().any(|value| broken(&limits, *value).is_some())
    };
    Fault::COURSES.iter().find(|fault| fails(fault)).copied()
}

fn finding(fault: Fault, limit: &Limit, measured: f64, place: (Seconds, f64)) -> Finding {
    let (at, radius_mm) = place;
    Finding {
        fault,
        severity: limit.result,
        at_s: at,
        start_s: at,
        end_s: at,
        song: None,
        places: 1,
        radius_mm,
        measured,
        limit: limit.nearest(measured).unwrap_or(measured),
        bound: limit.bound,
        unit: fault.unit(),
        remedies: Vec::new(),
    }
}

/// Sectors of a side that lie on the disc: what is cut beyond the innermost groove is no groove to be judged.
fn on_disc(side: &Side, spiral: &Spiral, profile: &Profile) -> usize {
    let check = side.disc.size.inner_check();
    let fails = profile.limits(&check).filter(|limit| limit.result == Outcome::Fail).filter_map(|limit| limit.value);
    let innermost = fails.fold(side.disc.inner_mm, f64::min);
    spiral.radius_mm[..spiral.width_um.len()].partition_point(|radius| *radius >= innermost)
}

/// A side that is longer than the disc has room for.
fn over(side: &Side, spiral: &Spiral, level: Db, profile: &Profile) -> Option<Finding> {
    let (turn, fits) = (side.disc.speed.turn(), on_disc(side, spiral, profile));
    let check = side.disc.size.inner_check();
    let limits: Vec<&Limit> = profile.limits(&check).collect();
    let limit = broken(&limits, spiral.end_mm()).filter(|limit| limit.result == Outcome::Fail)?;
    let last = fits.checked_sub(1)?;
    let place = (Sector::time(fits, turn), spiral.radius_mm[last]);
    let mut found = finding(Fault::Over, limit, Sector::time(spiral.width_um.len() - fits, turn).0, place);
    (found.limit, found.bound) = (0.0, Bound::AtMost);
    found.end_s = side.length();
    found.song = side.song_at(last);
    found.remedies = shorter(side, spiral, level);
    Some(found)
}

/// Another level or less music: what makes a side end where it should.
fn shorter(side: &Side, spiral: &Spiral, level: Db) -> Vec<Remedy> {
    let mut remedies = Vec::new();
    let fitting = side.fitting_level();
    if fitting.0 > SOFTEST.0 {
        remedies.push(Remedy::Level(Db(((fitting.0 - level.0) * 10.0).floor() / 10.0)));
    }
    let fits = spiral.radius_mm.partition_point(|radius| *radius >= side.disc.inner_mm);
    let beyond = spiral.radius_mm.len().saturating_sub(fits);
    remedies.push(Remedy::Shorter(Sector::time(beyond, side.disc.speed.turn())));
    remedies
}

fn land(side: &Side, spiral: &Spiral, level: Db, profile: &Profile) -> Option<Finding> {
    let check = side.disc.size.inner_check();
    let limits: Vec<&Limit> = profile.limits(&check).collect();
    let limit = broken(&limits, spiral.end_mm())?;
    let mut found = finding(Fault::Land, limit, spiral.end_mm(), (side.length(), spiral.end_mm()));
    found.song = side.songs.len().checked_sub(1);
    found.remedies = shorter(side, spiral, level);
    Some(found)
}

/// One event of a course.
#[derive(Clone)]
struct Event<'a> {
    first: usize,
    last: usize,
    worst: usize,
    limit: &'a Limit,
    places: usize,
}

/// Warnings of one song are one event: the worst is told, and how many places there are. What fails stands alone.
fn gathered<'a>(side: &Side, course: &[f64], events: Vec<Event<'a>>) -> Vec<Event<'a>> {
    let mut told: Vec<Event<'a>> = Vec::new();
    for event in events {
        let same = |other: &&mut Event<'_>| {
            let warns = |event: &Event<'_>| event.limit.result != Outcome::Fail;
            warns(other) && warns(&event) && side.song_at(other.worst) == side.song_at(event.worst)
        };
        match told.iter_mut().rev().find(same) {
            Some(other) => {
                if worse(event.limit, course[event.worst], course[other.worst]) {
                    other.worst = event.worst;
                }
                (other.last, other.places) = (event.last, other.places + 1);
            }
            None => told.push(event),
        }
    }
    told
}

fn along(look: &Look, side: &Side, fault: Fault, course: &[f64], limits: &[&Limit]) -> Vec<Finding> {
    let near = Sector::at(NEAR, side.disc.speed.turn());
    let mut events: Vec<Event> = Vec::new();
    for (index, value) in course.iter().enumerate() {
        let Some(limit) = broken(limits, *value) else { continue };
        match events.last_mut() {
            Some(event) if index - event.last <= near && side.song_at(index) == side.song_at(event.last) => {
                event.last = index;
                if worse(limit, *value, course[event.worst]) {
                    event.worst = index;
                }
                event.limit = if limit.result > event.limit.result { limit } else { event.limit };
            }
            _ => events.push(Event { first: index, last: index, worst: index, limit, places: 1 }),
        }
    }
    let events = gathered(side, course, events);
    let mut findings: Vec<Finding> = events.iter().map(|event| told(look, side, fault, course, event)).collect();
    findings.sort_by(|a, b| {
        let excess = |finding: &Finding| (finding.measured - finding.limit).abs();
        b.severity.cmp(&a.severity).then(excess(b).total_cmp(&excess(a)))
    });
    findings.truncate(MOST);
    findings
}

fn worse(limit: &Limit, value: f64, than: f64) -> bool {
    match limit.bound {
        Bound::AtLeast => value < than,
        _ => value > than,
    }
}

fn told(look: &Look, side: &Side, fault: Fault, course: &[f64], event: &Event) -> Finding {
    let turn = side.disc.speed.turn();
    let (measured, radius) = (course[event.worst], look.spiral.radius_mm[event.worst]);
    let mut found = finding(fault, event.limit, measured, (Sector::time(event.worst, turn), radius));
    found.start_s = Sector::time(event.first, turn);
    found.end_s = Sector::time(event.last + 1, turn);
    found.places = event.places;
    found.song = side.song_at(event.worst);
    found.remedies = remedies(look, fault, measured, found.limit, radius);
    found
}

/// Holding the acceleration to what breaks no limit of a fault at a radius.
fn held(look: &Look, fault: Fault, limit: f64, by: Db, radius_mm: f64) -> Remedy {
    let speed = look.disc.groove_speed_m_s(radius_mm.max(1.0));
    let bent = |tip_um: f64| limit * speed * speed / (tip_um * 1e-6);
    let most = match fault {
        Fault::Heat | Fault::LongHeat => limit * GRAVITY * std::f64::consts::SQRT_2,
        Fault::Conical => bent(look.lathe.conical_um),
        _ => bent(look.lathe.stylus_um),
    };
    let full = look.gain * look.lathe.wall_velocity_m_s() * recording_gain(TONE).amplitude();
    let full = full * 2.0 * std::f64::consts::PI * TONE.0;
    Remedy::Acceleration { by, from: Db::from_amplitude(most / full) }
}

fn remedies(look: &Look, fault: Fault, measured: f64, limit: f64, radius_mm: f64) -> Vec<Remedy> {
    // Rounded away from the limit, so that the remedy that is told is enough.
    let by = Db(-(libm::log10(measured / limit) * 200.0).abs().ceil() / 10.0);
    let elliptical = Remedy::Elliptical(Hertz(look.lathe.low_band.0));
    match fault {
        Fault::Curvature | Fault::Conical => {
            let third = look.disc.outer_mm - look.disc.room_mm() / 3.0;
            let outside = measured * (radius_mm / third) * (radius_mm / third) <= limit && radius_mm < third;
            let mut remedies = vec![held(look, fault, limit, by, radius_mm), Remedy::Level(by)];
            if outside {
                remedies.insert(0, Remedy::Outside);
            }
            remedies
        }
        Fault::Heat | Fault::LongHeat => vec![held(look, fault, limit, by, radius_mm), Remedy::Level(by)],
        Fault::Narrow | Fault::Deep => vec![elliptical],
        _ => vec![Remedy::Level(by)],
    }
}

fn tracing(side: &Side, spiral: &Spiral, look: &Look, profile: &Profile) -> Option<Finding> {
    let audible = profile.value(AUDIBLE_CURVATURE)?;
    let measured = look.tracing(audible);
    let limits: Vec<&Limit> = profile.limits(Fault::Tracing.id()).collect();
    let limit = broken(&limits, measured)?;
    let course = look.course(Fault::Curvature);
    let worst = (0..course.len()).max_by(|a, b| course[*a].total_cmp(&course[*b]))?;
    let place = (Sector::time(worst, side.disc.speed.turn()), spiral.radius_mm[worst]);
    let mut found = finding(Fault::Tracing, limit, measured, place);
    (found.start_s, found.end_s) = (Seconds(0.0), side.length());
    found.song = side.song_at(worst);
    let by = Db(-(libm::log10((course[worst] / audible).max(1.0)) * 20.0));
    found.remedies = vec![Remedy::Outside, held(look, Fault::Tracing, audible, by, spiral.radius_mm[worst])];
    Some(found)
}

fn low_side(side: &Side, spiral: &Spiral, index: usize, song: &SongSpan, profile: &Profile) -> Option<Finding> {
    let sum = |part: fn(&Sector) -> f64| side.of(song).iter().map(part).sum::<f64>();
    let (middle, apart) = (sum(|sector| sector.low_middle), sum(|sector| sector.low_side));
    if middle <= 0.0 || apart <= 0.0 {
        return None;
    }
    let measured = 10.0 * libm::log10(apart / middle);
    let mut found = of_song(side, spiral, index, Fault::LowSide, measured, profile)?;
    found.remedies = vec![Remedy::Elliptical(side.lathe.low_band)];
    Some(found)
}

/// A finding about a whole song, told at its start.
fn of_song(
    side: &Side,
    spiral: &Spiral,
    index: usize,
    fault: Fault,
    measured: f64,
    profile: &Profile,
) -> Option<Finding> {
    let limits: Vec<&Limit> = profile.limits(fault.id()).collect();
    let limit = broken(&limits, measured)?;
    let (song, turn) = (side.songs.get(index)?, side.disc.speed.turn());
    let radius = spiral.radius_mm.get(song.start).copied().unwrap_or(side.disc.outer_mm);
    let mut found = finding(fault, limit, measured, (Sector::time(song.start, turn), radius));
    found.end_s = Sector::time(song.end, turn);
    found.song = Some(index);
    Some(found)
}

/// How much further the wave goes to one side than to the other, in dB: what a phase rotator would even out, since the
/// lathe gives room to the larger of both.
fn lopsided(side: &Side, spiral: &Spiral, index: usize, song: &SongSpan, profile: &Profile) -> Option<Finding> {
    let sectors = side.of(song);
    let sum = |part: fn(&Sector) -> f64| sectors.iter().map(|sector| part(sector) * part(sector)).sum::<f64>();
    let (outward, inward) = (sum(|sector| sector.outward_um), sum(|sector| sector.inward_um));
    if outward <= 0.0 || inward <= 0.0 {
        return None;
    }
    let measured = (10.0 * libm::log10(outward / inward)).abs();
    let mut found = of_song(side, spiral, index, Fault::Lopsided, measured, profile)?;
    found.remedies = vec![Remedy::Rotation];
    Some(found)
}

/// Channels that are opposed over a whole song: the groove goes up and down more than sideways.
fn polarity(side: &Side, spiral: &Spiral, index: usize, song: &SongSpan, profile: &Profile) -> Option<Finding> {
    let sum = |part: fn(&Sector) -> f64| side.of(song).iter().map(part).sum::<f64>();
    let (lateral, vertical) = (sum(|sector| sector.lateral_power), sum(|sector| sector.vertical_power));
    if lateral + vertical <= 0.0 {
        return None;
    }
    let measured = (lateral - vertical) / (lateral + vertical);
    let mut found = of_song(side, spiral, index, Fault::Polarity, measured, profile)?;
    found.remedies = vec![Remedy::Invert];
    Some(found)
}
