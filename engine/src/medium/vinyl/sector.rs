use crate::unit::{Frames, SampleRate, Seconds};

/// Sectors of one turn. At 33 1/3 a sector is 10 ms: short against the depth automation, long against the bass.
pub const SECTORS: usize = 180;

/// What the groove does within one 180th of a turn, at a cut level of 0 dB. Everything grows with the level.
///
/// The right channel is the outer wall, the left the inner one, and a sound in both moves the groove sideways (IEC
/// 60098). A wall that moves by x across itself moves its upper edge by √2·x in the plane of the disc.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sector {
    /// How far the outer edge goes outwards.
    pub outward_um: f64,
    /// How far the inner edge goes inwards.
    pub inward_um: f64,
    /// By how much the groove gets narrower than at rest.
    pub narrower_um: f64,
    /// By how much the groove gets wider than at rest.
    pub wider_um: f64,
    /// Largest velocity sideways.
    pub lateral_m_s: f64,
    /// Largest velocity of a wall.
    pub wall_m_s: f64,
    /// Largest acceleration of a wall.
    pub acceleration_m_s2: f64,
    /// Mean square acceleration of the left and the right wall, in (m/s²)².
    pub acceleration_power: [f64; 2],
    /// Mean square velocity sideways, in (m/s)².
    pub lateral_power: f64,
    /// Mean square velocity up and down, in (m/s)².
    pub vertical_power: f64,
    /// Mean square of the programme's middle below the low band's edge.
    pub low_middle: f64,
    /// Mean square of the programme's side below the low band's edge.
    pub low_side: f64,
}

impl Sector {
    /// First frame of a sector of a side at `rate`.
    pub fn start(index: usize, turn: Seconds, rate: SampleRate) -> Frames {
        Frames((index as f64 * turn.0 * rate.hz() / SECTORS as f64).round() as u64)
    }

    /// The sector that holds an instant of a side.
    pub fn at(time: Seconds, turn: Seconds) -> usize {
        (time.0 / turn.0 * SECTORS as f64).max(0.0) as usize
    }

    /// When a sector begins.
    pub fn time(index: usize, turn: Seconds) -> Seconds {
        Seconds(index as f64 * turn.0 / SECTORS as f64)
    }
}
