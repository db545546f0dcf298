//! The picture of a record from above: every pixel takes the pitch of the groove that lies under it.

use lacquer_engine::medium::vinyl::{Cut, Fault, Finding, SECTORS, Sector, Side};
use lacquer_engine::profile::Outcome;

use crate::desk::medium::{Picture, in_turn, shape};
use crate::theme::palette::Palette;
use crate::widget::disc::{Scale, mixed};

/// What fails is drawn at least so wide, px to either side of its groove.
const FAILS: i64 = 1;

/// The disc of a cut, `width` px wide.
pub fn picture(side: &Side, cut: &Cut, width: u32, palette: &Palette) -> Picture {
    let mut pixels = vec![0u8; 4 * (width * width) as usize];
    let scale = Scale::new(shape(side.disc.size), width);
    let shades = Shades::new(side, cut, palette);
    for y in 0..width {
        for x in 0..width {
            let (radius, turns) = scale.polar(f64::from(x) + 0.5, f64::from(y) + 0.5);
            let colour = shades.at(&scale, radius, turns);
            put(&mut pixels, width, (i64::from(x), i64::from(y)), colour);
        }
    }
    let turn = side.disc.speed.turn();
    // What is said of a whole song has no place of its own.
    let placed = |finding: &&Finding| finding.severity == Outcome::Fail && Fault::COURSES.contains(&finding.fault);
    for finding in cut.findings.iter().filter(placed) {
        let (from, to) = (Sector::at(finding.start_s, turn), Sector::at(finding.end_s, turn));
        let red = [palette.over.r, palette.over.g, palette.over.b].map(|part| (255.0 * part) as u8);
        for sector in from..to.max(from + 3).min(cut.spiral.radius_mm.len()) {
            let (x, y) = scale.pixel(cut.spiral.radius_mm[sector], sector as f64 / SECTORS as f64);
            for (dx, dy) in (-FAILS..=FAILS).flat_map(|dx| (-FAILS..=FAILS).map(move |dy| (dx, dy))) {
                put(&mut pixels, width, (x as i64 + dx, y as i64 + dy), [red[0], red[1], red[2], 255]);
            }
        }
    }
    Picture { width, pixels }
}

fn put(pixels: &mut [u8], width: u32, (x, y): (i64, i64), colour: [u8; 4]) {
    if (0..i64::from(width)).contains(&x) && (0..i64::from(width)).contains(&y) {
        let place = 4 * (y as usize * width as usize + x as usize);
        pixels[place..place + 4].copy_from_slice(&colour);
    }
}

/// The colours of a cut.
struct Shades<'a> {
    cut: &'a Cut,
    palette: &'a Palette,
    narrow_um: f64,
    wide_um: f64,
    outer_mm: f64,
    inner_mm: f64,
}

impl<'a> Shades<'a> {
    fn new(side: &Side, cut: &'a Cut, palette: &'a Palette) -> Shades<'a> {
        let (narrow_um, wide_um) = pitches(cut);
        Shades { cut, palette, narrow_um, wide_um, outer_mm: side.disc.outer_mm, inner_mm: side.disc.inner_mm }
    }

    fn at(&self, scale: &Scale, radius: f64, turns: f64) -> [u8; 4] {
        let half_px = 0.5 / scale.px_per_mm;
        let spiral = &self.cut.spiral;
        let count = spiral.width_um.len();
        // The edge of the disc is smoothed over one pixel.
        let cover = ((scale.shape.edge_mm - radius) / (2.0 * half_px) + 0.5).clamp(0.0, 1.0);
        if cover == 0.0 || radius < scale.shape.hole_mm {
            return [0; 4];
        }
        let colour = if radius < scale.shape.label_mm {
            self.palette.plate
        } else if (radius - self.inner_mm).abs() < half_px && (turns * 120.0).fract() < 0.5 {
            // Dashed: where the programme should have ended.
            self.palette.text3
        } else if count == 0 || radius > self.outer_mm || radius < spiral.radius_mm[count] {
            self.palette.well
        } else {
            let near = spiral.radius_mm[..count].partition_point(|known| *known > radius).min(count - 1);
            let pitch = spiral.pitch_um[in_turn(near, turns, count)];
            let share = ((pitch - self.narrow_um) / (self.wide_um - self.narrow_um).max(1.0)).clamp(0.0, 1.0);
            mixed(self.palette.groove_narrow, self.palette.groove_wide, share as f32)
        };
        [colour.r, colour.g, colour.b, cover as f32].map(|part| (255.0 * part).round() as u8)
    }
}

/// The pitches between which the grooves are shaded: nine in ten lie between them.
pub fn pitches(cut: &Cut) -> (f64, f64) {
    let mut sorted = cut.spiral.pitch_um.clone();
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| sorted.get((share * sorted.len() as f64) as usize).copied().unwrap_or(0.0);
    (at(0.05), at(0.95))
}
