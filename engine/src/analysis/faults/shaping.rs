//! Sixteen bits inside longer words: the noise of a shaper that never moves, rising where music falls.
//!
//! Words of 16 bits that were shaped and then turned down, faded or converted fill all bits of a longer word; what is
//! left of their making is a floor at the very top of the band, as strong as 16 bits make it whatever the programme does
//! (Wannamaker 1992; Lipshitz et al. 1991). Noise shaped at 20 bits and more lies far below.

use crate::unit::SampleRate;

/// The very top of the band, as shares of half the rate: music and converters end below, a quantiser's noise does not.
const TOP: (f64, f64) = (0.952, 0.993);
/// And a part under it in Hz, where shapers put little.
const UNDER_HZ: (f64, f64) = (11_500.0, 13_500.0);
/// Shapers for faster rates put their noise where this does not look.
const MOST_HZ: f64 = 48_000.0;
const LEAST_HZ: f64 = 44_000.0;
/// The quietest moments of the top stand over those under it by at least this; hiss is the same in both.
const LEAST_RISE_DB: f64 = 4.0;
/// The quietest moments are a floor: a tenth of all lies within the first of these over them, a quarter within the
/// second. Music has no floor.
const FLOOR_DB: (f64, f64) = (1.1, 2.6);
/// The share of moments that are the quietest.
const QUIETEST: f64 = 0.02;
/// Density of the top that 16 bits make, in dBFS in a hertz: TPDF alone is at -140, strong shapers at -108.
const DENSITY_DB: (f64, f64) = (-133.0, -104.0);
/// How sure: where the part under it is seen to be quieter, and where music hides it.
const SURE: (f64, f64) = (0.95, 0.7);
/// Moments that must have been looked at.
const LEAST_MOMENTS: usize = 40;
/// Steps of the counts, and the lowest density.
const STEP_DB: f64 = 0.1;
const LOWEST_DB: f64 = -220.0;

/// How often the top of the band, and what is under it, had which density.
#[derive(Debug, Clone)]
pub(super) struct Shaping {
    half: f64,
    per_bin: f64,
    top: Vec<u32>,
    under: Vec<u32>,
}

impl Shaping {
    /// For spectra of so many samples at a rate.
    pub(super) fn new(rate: SampleRate, length: usize) -> Option<Shaping> {
        let counts = vec![0; (-LOWEST_DB / STEP_DB) as usize + 1];
        (LEAST_HZ..=MOST_HZ).contains(&rate.hz()).then(|| Shaping {
            half: 0.5 * rate.hz(),
            per_bin: rate.hz() / length as f64,
            top: counts.clone(),
            under: counts,
        })
    }

    /// Looks at the density of every bin, as power in a hertz.
    pub(super) fn look(&mut self, density: impl Fn(usize) -> f64) {
        let top = (TOP.0 * self.half, TOP.1 * self.half);
        for (counts, band) in [(&mut self.top, top), (&mut self.under, UNDER_HZ)] {
            let bins = (band.0 / self.per_bin) as usize..(band.1 / self.per_bin) as usize;
            let width = bins.len().max(1) as f64;
            let mean = bins.map(&density).sum::<f64>() / width;
            let step = ((10.0 * libm::log10(mean + 1e-30) - LOWEST_DB) / STEP_DB).max(0.0) as usize;
            let last = counts.len() - 1;
            counts[step.min(last)] += 1;
        }
    }

    /// The density of the floor in dBFS in a hertz, and how sure it is a shaper's.
    pub(super) fn floor(&self) -> Option<(f64, f64)> {
        let moments: u32 = self.top.iter().sum();
        if (moments as usize) < LEAST_MOMENTS {
            return None;
        }
        let floor = |counts: &[u32]| {
            let quietest = percentile(counts, QUIETEST);
            let over = (percentile(counts, 0.1) - quietest, percentile(counts, 0.25) - quietest);
            (quietest, over.0 <= FLOOR_DB.0 && over.1 <= FLOOR_DB.1)
        };
        let ((top, is_floor), (under, under_is_floor)) = (floor(&self.top), floor(&self.under));
        let shaped = is_floor && top > DENSITY_DB.0 && top < DENSITY_DB.1;
        let rises = top - under >= LEAST_RISE_DB;
        // Where the part under it is a floor as well and no lower, it is hiss.
        (shaped && (rises || !under_is_floor)).then_some((top, if rises { SURE.0 } else { SURE.1 }))
    }
}

/// The density that a share of the moments stays under.
fn percentile(counts: &[u32], share: f64) -> f64 {
    let wanted = share * counts.iter().sum::<u32>() as f64;
    let mut sum = 0.0;
    let step = counts.iter().position(|count| {
        sum += f64::from(*count);
        sum > wanted
    });
    LOWEST_DB + STEP_DB * step.unwrap_or(0) as f64
}
