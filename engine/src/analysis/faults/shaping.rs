//! Sixteen bits inside longer words: the noise of a shaper that never moves, rising where music falls.
//!
//! Words of 16 bits that were shaped and then turned down, faded or converted fill all bits of a longer word; what is
//! left of their making is a floor near the top of the band, as strong as 16 bits make it whatever the programme does
//! (Wannamaker 1992; Lipshitz et al. 1991). Noise shaped at 20 bits and more lies far below.

use crate::unit::SampleRate;

/// The top of the band and the part under it, in Hz, that are compared.
const TOP_HZ: (f64, f64) = (17_500.0, 20_000.0);
const UNDER_HZ: (f64, f64) = (11_500.0, 13_500.0);
/// Shapers for faster rates put their noise where this does not look.
const MOST_HZ: f64 = 48_000.0;
/// The top stands over what is under it by at least this, its quietest moments.
const LEAST_RISE_DB: f64 = 4.0;
/// It holds still: half of all moments lie within this.
const MOST_SPREAD_DB: f64 = 2.5;
/// Density of the top that 16 bits make, in dBFS in a hertz: TPDF alone is at -140, strong shapers at -112.
const DENSITY_DB: (f64, f64) = (-137.0, -104.0);
/// Moments that must have been looked at.
const LEAST_MOMENTS: usize = 40;
/// Steps of the counts, and the lowest density.
const STEP_DB: f64 = 0.5;
const LOWEST_DB: f64 = -220.0;

/// How often the top of the band, and what is under it, had which density.
#[derive(Debug, Clone)]
pub(super) struct Shaping {
    per_bin: f64,
    top: Vec<u32>,
    under: Vec<u32>,
}

impl Shaping {
    /// For spectra of so many samples at a rate.
    pub(super) fn new(rate: SampleRate, length: usize) -> Option<Shaping> {
        let counts = vec![0; (-LOWEST_DB / STEP_DB) as usize + 1];
        (rate.hz() <= MOST_HZ && rate.hz() > 2.0 * TOP_HZ.1).then(|| Shaping {
            per_bin: rate.hz() / length as f64,
            top: counts.clone(),
            under: counts,
        })
    }

    /// Looks at the density of every bin, as power in a hertz.
    pub(super) fn look(&mut self, density: impl Fn(usize) -> f64) {
        for (counts, band) in [(&mut self.top, TOP_HZ), (&mut self.under, UNDER_HZ)] {
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
        let top = percentile(&self.top, 0.5);
        let spread = percentile(&self.top, 0.75) - percentile(&self.top, 0.25);
        let rise = percentile(&self.top, 0.1) - percentile(&self.under, 0.1);
        let stands = rise >= LEAST_RISE_DB && spread <= MOST_SPREAD_DB && top > DENSITY_DB.0 && top < DENSITY_DB.1;
        stands.then(|| (top, 1.0 - 0.5 * (LEAST_RISE_DB / rise).max(spread / MOST_SPREAD_DB)))
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
