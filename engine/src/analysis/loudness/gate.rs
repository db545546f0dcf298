use super::{energy_to_loudness, loudness_to_energy};
use crate::unit::{Lu, Lufs};

/// Absolute gate in LUFS (BS.1770-5, 5.1; 3342, 3.1).
const ABSOLUTE_GATE: f64 = -70.0;
/// Relative gate of integrated loudness in LU (BS.1770-5, 5.1).
const INTEGRATED_GATE: f64 = -10.0;
/// Relative gate of the range in LU (3342, 3.1).
const RANGE_GATE: f64 = -20.0;
/// The percentiles that span the range (3342, 3.1).
const RANGE_PERCENTILES: (f64, f64) = (0.10, 0.95);

/// Energies of the 400 ms blocks, one every 100 ms, ungated.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GatingBlocks(Vec<f64>);

/// Energies of the 3 s windows, one every 100 ms, ungated.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ShortTermBlocks(Vec<f64>);

impl GatingBlocks {
    pub(super) fn push(&mut self, energy: f64) {
        self.0.push(energy);
    }

    /// The blocks of these energies, as [`GatingBlocks::energies`] gives them.
    pub fn of_energies(energies: Vec<f64>) -> GatingBlocks {
        GatingBlocks(energies)
    }

    /// The energy of each block, ungated.
    pub fn energies(&self) -> &[f64] {
        &self.0
    }

    /// Gated loudness; `None` where nothing passes the absolute gate.
    pub fn integrated(&self) -> Option<Lufs> {
        GatingBlocks::joined([self])
    }

    /// Gated loudness of several stretches as one programme: an album of its songs. Blocks never span a join.
    pub fn joined<'a>(parts: impl IntoIterator<Item = &'a GatingBlocks>) -> Option<Lufs> {
        let energies = absolute(parts.into_iter().map(|part| &part.0));
        let gate = mean(&energies)? * relative(INTEGRATED_GATE);
        let loud: Vec<f64> = energies.into_iter().filter(|energy| *energy >= gate).collect();
        mean(&loud).map(energy_to_loudness)
    }

    /// The relative gate in LUFS that the integration uses.
    pub fn relative_gate(&self) -> Option<Lufs> {
        mean(&absolute([&self.0])).map(|energy| energy_to_loudness(energy * relative(INTEGRATED_GATE)))
    }
}

impl ShortTermBlocks {
    pub(super) fn push(&mut self, energy: f64) {
        self.0.push(energy);
    }

    /// The blocks of these energies, as [`ShortTermBlocks::energies`] gives them.
    pub fn of_energies(energies: Vec<f64>) -> ShortTermBlocks {
        ShortTermBlocks(energies)
    }

    /// The energy of each block, ungated.
    pub fn energies(&self) -> &[f64] {
        &self.0
    }

    /// Loudness range; `None` where nothing passes the absolute gate.
    pub fn range(&self) -> Option<Lu> {
        ShortTermBlocks::joined([self])
    }

    /// Loudness range of several stretches as one programme.
    pub fn joined<'a>(parts: impl IntoIterator<Item = &'a ShortTermBlocks>) -> Option<Lu> {
        let energies = absolute(parts.into_iter().map(|part| &part.0));
        let gate = mean(&energies)? * relative(RANGE_GATE);
        let mut loud: Vec<f64> = energies.into_iter().filter(|energy| *energy >= gate).collect();
        loud.sort_by(f64::total_cmp);
        let (low, high) = (percentile(&loud, RANGE_PERCENTILES.0)?, percentile(&loud, RANGE_PERCENTILES.1)?);
        Some(energy_to_loudness(high) - energy_to_loudness(low))
    }
}

fn absolute<'a>(parts: impl IntoIterator<Item = &'a Vec<f64>>) -> Vec<f64> {
    let gate = loudness_to_energy(ABSOLUTE_GATE);
    parts.into_iter().flatten().copied().filter(|energy| *energy >= gate).collect()
}

fn relative(gate: f64) -> f64 {
    libm::pow(10.0, gate / 10.0)
}

fn mean(energies: &[f64]) -> Option<f64> {
    (!energies.is_empty()).then(|| energies.iter().sum::<f64>() / energies.len() as f64)
}

/// The nearest of the sorted values at a share of the way through.
fn percentile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    sorted.get((last as f64 * share + 0.5) as usize).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(levels: &[f64]) -> GatingBlocks {
        GatingBlocks(levels.iter().map(|level| loudness_to_energy(*level)).collect())
    }

    #[test]
    fn the_gates_leave_out_what_is_far_below() {
        let quiet = blocks(&[-23.0, -23.0, -80.0, -40.0]);
        assert!((quiet.integrated().unwrap().0 + 23.0).abs() < 1e-9);
        assert_eq!(blocks(&[-71.0]).integrated(), None);
        assert_eq!(blocks(&[]).integrated(), None);
    }

    #[test]
    fn an_album_is_gated_as_one_programme() {
        let (loud, soft) = (blocks(&[-10.0; 10]), blocks(&[-30.0; 10]));
        assert!((soft.integrated().unwrap().0 + 30.0).abs() < 1e-9);
        assert!((GatingBlocks::joined([&loud, &soft]).unwrap().0 + 10.0).abs() < 1e-9);
    }

    #[test]
    fn the_range_spans_its_percentiles() {
        let windows = ShortTermBlocks((0..=100).map(|n| loudness_to_energy(-30.0 + f64::from(n) / 10.0)).collect());
        assert!((windows.range().unwrap().0 - 8.5).abs() < 1e-9);
    }
}
