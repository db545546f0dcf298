//! What the pictures of the page show at the playhead.

use std::sync::Arc;

use iced::widget::container;
use iced::widget::image::Handle;
use iced::{Length, Padding};
use lacquer_engine::medium::vinyl::{Fault, SECTORS, Sector};
use lacquer_engine::profile::Outcome;
use lacquer_engine::unit::Seconds;

use super::Message;
use super::plan::{clock, song_at};
use crate::desk::Desk;
use crate::desk::medium::{Record, Side, shape};
use crate::theme::Element;
use crate::widget::along::{self, Along};
use crate::widget::turns::{self, AROUND, Turn, Turns};
use crate::widget::{disc, plate};

/// Sectors of the close-up to either side of the stylus.
const NEAR: i64 = 24;
/// The close-up shows whole steps of so many um, so that its scale does not breathe.
const STEP_UM: f64 = 100.0;
/// Standard gravity, m/s².
const GRAVITY: f64 = 9.80665;

/// The sector under the stylus, where the playhead is on the side that is shown.
fn stylus(desk: &Desk, record: &Record, side: usize) -> Option<usize> {
    let at = Seconds(desk.seconds(desk.position()));
    (record.side_at(at) == Some(side)).then(|| record.sector(side, at)).flatten()
}

/// The disc and what lies on it.
pub fn disc(
    desk: &Desk,
    record: &Record,
    side: usize,
    known: &Side,
    picture: Handle,
    chosen: Option<usize>,
) -> disc::Disc {
    let spiral = &known.cut.spiral;
    let (size, turn) = (record.vinyl.size, record.vinyl.speed.turn());
    let angle = |sector: usize| sector as f64 / SECTORS as f64;
    let marks = known.cut.findings.iter().enumerate().map(|(index, found)| disc::Mark {
        number: index + 1,
        fails: found.severity == Outcome::Fail,
        chosen: chosen == Some(index),
        radius_mm: found.radius_mm,
        turns: angle(Sector::at(found.at_s, turn)),
    });
    let songs = record.surveys.get(side).map(|survey| &survey.side.songs[..]).unwrap_or_default();
    let begins = |(index, song): (usize, &lacquer_engine::medium::vinyl::SongSpan)| {
        Some((format!("{}{}", known.name, index + 1), *spiral.radius_mm.get(song.start)?))
    };
    let length = record.surveys.get(side).map_or(0, |survey| survey.side.sectors.len());
    let width = desk.layout.pick(0, 1);
    disc::Disc {
        picture,
        shape: shape(size),
        width: known.discs[width].width,
        marks: marks.collect(),
        songs: songs.iter().enumerate().filter_map(begins).collect(),
        label: [
            desk.session().album.title.clone(),
            format!("Side {}, {}", known.name, record.vinyl.speed),
            format!("{} min", clock(record, side, length)),
        ],
        stylus: stylus(desk, record, side).map(|sector| (spiral.radius_mm[sector], angle(sector))),
    }
}

/// The plate of the groove from close by.
pub fn close<'a>(desk: &'a Desk, record: &Record, side: usize) -> Element<'a, Message> {
    let sector = stylus(desk, record, side);
    let here = sector.and_then(|sector| {
        let known = record.sides.get(side)?;
        let song = song_at(record, side, sector)?;
        let radius = known.cut.spiral.radius_mm[sector];
        let speed = 100.0 * record.surveys.get(side)?.side.disc.groove_speed_m_s(radius);
        Some(format!("{song}, radius {radius:.1} mm, {speed:.1} cm/s"))
    });
    let aside = here.unwrap_or_else(|| "the playhead is on another side".into());
    let data = sector.and_then(|sector| near(record, side, sector)).unwrap_or_default();
    let picture = container(turns::turns(Arc::new(data)))
        .padding(Padding { top: 0.0, right: 12.0, bottom: 8.0, left: 8.0 })
        .height(Length::Fill);
    plate::plate("Groove", aside, Vec::new(), picture)
}

/// Neighbouring turns around a sector.
fn near(record: &Record, side: usize, sector: usize) -> Option<Turns> {
    let (survey, known) = (record.surveys.get(side)?, record.sides.get(side)?);
    let (spiral, gain) = (&known.cut.spiral, known.cut.level.amplitude());
    let count = spiral.width_um.len() as i64;
    let middle_um = 1000.0 * spiral.radius_mm[sector];
    let edges = |place: i64| {
        if !(0..count).contains(&place) {
            return (f64::NAN, f64::NAN);
        }
        let place = place as usize;
        let groove = &survey.side.sectors[place];
        let (at, half) = (1000.0 * spiral.radius_mm[place] - middle_um, 0.5 * spiral.width_um[place]);
        (at + half + gain * groove.outward_um, at - half - gain * groove.inward_um)
    };
    let turn = |number: i64| {
        let of = |step: i64| sector as i64 + number * SECTORS as i64 + step;
        let row: Vec<(f64, f64)> = (-NEAR..=NEAR).map(|step| edges(of(step))).collect();
        (number, row)
    };
    let around = AROUND as i64;
    let rows: Vec<(i64, Vec<(f64, f64)>)> = (-around..=around).map(turn).collect();
    let row = |number: i64| rows.iter().find(|(known, _)| *known == number).map(|(_, row)| row);
    let land = row(0).zip(row(1)).and_then(|(now, next)| {
        let lands = now.iter().zip(next).map(|(now, next)| now.1 - next.0).filter(|land| land.is_finite());
        lands.min_by(f64::total_cmp)
    });
    let pitch = spiral.pitch_um[sector];
    let span = ((2.0 * around as f64 + 0.6) * pitch / STEP_UM).ceil() * STEP_UM;
    let turns = rows.into_iter().map(|(number, row)| Turn {
        number: number as i32,
        edges: row.into_iter().map(|(outer, inner)| (outer as f32, inner as f32)).collect(),
    });
    Some(Turns { turns: turns.collect(), span_um: span as f32, land_um: land.map(|land| land as f32) })
}

/// The plate of courses.
pub fn along<'a>(desk: &'a Desk, record: &Record, side: usize) -> Element<'a, Message> {
    let (Some(known), Some(survey)) = (record.sides.get(side), record.surveys.get(side)) else {
        return plate::plate("Along the side", "", Vec::new(), iced::widget::space());
    };
    let sector = stylus(desk, record, side);
    let gain = known.cut.level.amplitude();
    let now = |name: &str| {
        let sector = sector?;
        let groove = &survey.side.sectors[sector];
        let speed = survey.side.disc.groove_speed_m_s(known.cut.spiral.radius_mm[sector].max(1.0));
        Some(match name {
            "Pitch" => known.cut.spiral.pitch_um[sector],
            "Depth" => 0.5 * known.cut.spiral.width_um[sector],
            "Acceleration" => gain * groove.acceleration_m_s2 / GRAVITY,
            _ => gain * groove.acceleration_m_s2 * survey.side.lathe.stylus_um * 1e-6 / (speed * speed),
        })
    };
    let lanes = known.lanes.iter().map(|lane| along::Lane {
        name: lane.name,
        unit: lane.unit,
        columns: Arc::clone(&lane.columns),
        bottom: 0.0,
        top: lane.top,
        limit: lane.limit,
        now: now(lane.name).map_or_else(|| crate::widget::number::DASH.into(), |it| format!("{it:.*}", lane.digits)),
    });
    let count = survey.side.sectors.len().max(1) as f32;
    let songs = survey.side.songs.iter().enumerate();
    let songs =
        songs.map(|(index, song)| (format!("{}{} {}", known.name, index + 1, song.title), song.start as f32 / count));
    let data = Along {
        lanes: lanes.collect(),
        songs: songs.collect(),
        playhead: sector.map(|sector| sector as f32 / count),
        chosen: None,
    };
    let worst = known.cut.findings.iter().find(|found| found.fault == Fault::Curvature);
    let aside = match worst {
        Some(found) => {
            format!("worst curvature {:.2} at {:.1} mm; a press moves the playhead", found.measured, found.radius_mm)
        }
        None => "a press moves the playhead".to_string(),
    };
    let picture = container(along::along(data, Message::Along))
        .padding(Padding { top: 0.0, right: 0.0, bottom: 4.0, left: 4.0 })
        .height(Length::Fill);
    plate::plate("Along the side", aside, Vec::new(), picture)
}
