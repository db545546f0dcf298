use std::f64::consts::{PI, SQRT_2};

use super::riaa::recording_gain;
use super::{Disc, Lathe};
use crate::unit::{Db, Hertz};

/// A steady sine in the groove, by closed formulas: what a single wall does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sine {
    /// Its frequency.
    pub frequency: Hertz,
    /// Peak velocity of a wall, across the wall.
    pub wall_m_s: f64,
}

impl Sine {
    /// A mono sine of this digital peak level, cut at `level`.
    pub fn mono(frequency: Hertz, peak: Db, level: Db, lathe: &Lathe) -> Sine {
        let gain = recording_gain(frequency).amplitude() * peak.amplitude() * level.amplitude();
        Sine { frequency, wall_m_s: lathe.wall_velocity_m_s() * gain }
    }

    fn omega(&self) -> f64 {
        2.0 * PI * self.frequency.0
    }

    /// Peak velocity sideways, both walls together.
    pub fn lateral_m_s(&self) -> f64 {
        SQRT_2 * self.wall_m_s
    }

    /// Peak displacement of a wall, across the wall.
    pub fn displacement_um(&self) -> f64 {
        1e6 * self.wall_m_s / self.omega()
    }

    /// Peak movement of a wall's upper edge in the plane of the disc: the wall stands at 45 degrees.
    pub fn edge_um(&self) -> f64 {
        SQRT_2 * self.displacement_um()
    }

    /// Peak acceleration of a wall.
    pub fn acceleration_m_s2(&self) -> f64 {
        self.wall_m_s * self.omega()
    }

    /// Length of one wave along the groove.
    pub fn wavelength_um(&self, disc: &Disc, radius_mm: f64) -> f64 {
        1e6 * disc.groove_speed_m_s(radius_mm) / self.frequency.0
    }

    /// Curvature of the wall times the radius of the stylus: at 1 the tip no longer fits the crest.
    pub fn curvature(&self, disc: &Disc, radius_mm: f64, stylus_um: f64) -> f64 {
        let speed = disc.groove_speed_m_s(radius_mm);
        self.acceleration_m_s2() * stylus_um * 1e-6 / (speed * speed)
    }

    /// Slope of the groove sideways: 1 is 45 degrees.
    pub fn slope(&self, disc: &Disc, radius_mm: f64) -> f64 {
        self.lateral_m_s() / disc.groove_speed_m_s(radius_mm)
    }
}
