//! The linear prediction that repairs are made with: what a stretch of sound is like, and how it would go on.
//!
//! Covariance method (Makhoul 1975, "Linear prediction: a tutorial review") over stretches that leave damaged samples out;
//! least-squares interpolation (Janssen, Veldhuis and Vries 1986); Burg's recursion (1975) for going on, because it never blows
//! up.

use super::band::{BandFactor, dot};

/// Diagonal load of the fits, relative to the power.
const LOAD: f64 = 1e-10;
/// Power (mean square) under which a stretch is silence.
const SILENCE: f64 = 1e-20;
/// Rows a model needs for each coefficient.
const ROWS_PER_COEFFICIENT: usize = 2;

/// A prediction filter: 1, then the negated predictor.
#[derive(Debug, Clone)]
pub(super) struct Model {
    pub filter: Vec<f64>,
}

impl Model {
    pub fn order(&self) -> usize {
        self.filter.len() - 1
    }

    /// The model that fits these stretches best. The order is lowered where they are short; `None` where nothing is left.
    pub fn fit(stretches: &[&[f64]], order: usize) -> Option<Model> {
        Model::fit_loaded(stretches, order, LOAD)
    }

    /// The same with another diagonal load: a heavier one trusts the last decibels of a fit less.
    pub fn fit_loaded(stretches: &[&[f64]], order: usize, load: f64) -> Option<Model> {
        let rows = |order: usize| stretches.iter().map(|part| part.len().saturating_sub(order)).sum::<usize>();
        let mut order = order;
        while order > 0 && rows(order) < ROWS_PER_COEFFICIENT * order {
            order /= 2;
        }
        let count = rows(order);
        let energy: f64 = stretches.iter().map(|part| part.iter().map(|sample| sample * sample).sum::<f64>()).sum();
        if order == 0 || count == 0 || energy <= SILENCE * count as f64 {
            return None;
        }
        let size = order + 1;
        let mut products = vec![0.0; size * size];
        for stretch in stretches.iter().filter(|stretch| stretch.len() > order) {
            add_products(stretch, order, &mut products);
        }
        let load = load * products[0] + f64::MIN_POSITIVE;
        let element = |i: usize, j: usize| products[(j + 1) * size + i + 1] + if i == j { load } else { 0.0 };
        let factor = BandFactor::new(order, order, element)?;
        let mut filter: Vec<f64> = (1..=order).map(|k| -products[k]).collect();
        factor.solve(&mut filter);
        filter.insert(0, 1.0);
        filter.iter().all(|value| value.is_finite()).then_some(Model { filter })
    }

    /// A model by Burg's method: going on with it decays.
    pub fn burg(samples: &[f64], order: usize) -> Option<Model> {
        let order = order.min(samples.len() / 3);
        let energy: f64 = samples.iter().map(|sample| sample * sample).sum();
        if order == 0 || energy <= SILENCE * samples.len() as f64 {
            return None;
        }
        let (mut forward, mut backward) = (samples.to_vec(), samples.to_vec());
        let mut filter = vec![1.0];
        for step in 1..=order {
            let (ahead, behind) = (&forward[step..], &backward[step - 1..samples.len() - 1]);
            let power: f64 = dot(ahead, ahead) + dot(behind, behind);
            if power <= f64::MIN_POSITIVE {
                break;
            }
            let reflection = -2.0 * dot(ahead, behind) / power;
            filter.push(0.0);
            let previous = filter.clone();
            for k in 1..=step {
                filter[k] = previous[k] + reflection * previous[step - k];
            }
            for n in (step..samples.len()).rev() {
                let (f, b) = (forward[n], backward[n - 1]);
                forward[n] = f + reflection * b;
                backward[n] = b + reflection * f;
            }
        }
        Some(Model { filter })
    }

    /// What remains of `samples` from `order` on; the first `order` values are zero.
    pub fn residual(&self, samples: &[f64]) -> Vec<f64> {
        let reversed: Vec<f64> = self.filter.iter().rev().copied().collect();
        let order = self.order();
        let mut residual = vec![0.0; samples.len()];
        for n in order..samples.len() {
            residual[n] = dot(&reversed, &samples[n - order..=n]);
        }
        residual
    }

    /// The next `count` samples after `past`.
    pub fn go_on(&self, past: &[f64], count: usize) -> Vec<f64> {
        let order = self.order();
        let mut samples = vec![0.0; order.saturating_sub(past.len())];
        samples.extend_from_slice(&past[past.len().saturating_sub(order)..]);
        let reversed: Vec<f64> = self.filter[1..].iter().rev().copied().collect();
        for _ in 0..count {
            let next = -dot(&reversed, &samples[samples.len() - order..]);
            samples.push(next);
        }
        samples.split_off(order)
    }

    /// Least-squares values of the samples at `missing` (ascending; at least an order away from both ends of
    /// `samples`), and the factor that tells how sure they are. The values there are not looked at.
    pub fn interpolate(&self, samples: &[f64], missing: &[usize]) -> Option<(Vec<f64>, BandFactor)> {
        let order = self.order();
        let (first, last) = (*missing.first()?, *missing.last()?);
        if first < order || last + order >= samples.len() {
            return None;
        }
        let mut known = samples[first - order..=last + order].to_vec();
        missing.iter().for_each(|index| known[index + order - first] = 0.0);
        let residual = self.residual(&known);
        let a = &self.filter;
        let products: Vec<f64> = (0..=order).map(|lag| dot(&a[..=order - lag], &a[lag..])).collect();
        let element = |i: usize, j: usize| products.get(missing[i] - missing[j]).copied().unwrap_or(0.0);
        let factor = BandFactor::new(missing.len(), order, element)?;
        let mut values: Vec<f64> =
            missing.iter().map(|index| -dot(a, &residual[index + order - first..=index + 2 * order - first])).collect();
        factor.solve(&mut values);
        values.iter().all(|value| value.is_finite()).then_some((values, factor))
    }
}

/// Adds the products of the lagged samples of a stretch: each element follows from its diagonal neighbour.
fn add_products(stretch: &[f64], order: usize, products: &mut [f64]) {
    let (size, count) = (order + 1, stretch.len());
    let mut own = vec![0.0; size * size];
    for lag in 0..=order {
        own[lag] = dot(&stretch[order..], &stretch[order - lag..count - lag]);
    }
    for i in 1..=order {
        for j in i..=order {
            let before = own[(i - 1) * size + j - 1];
            own[i * size + j] =
                before + stretch[order - i] * stretch[order - j] - stretch[count - i] * stretch[count - j];
        }
    }
    products.iter_mut().zip(&own).for_each(|(sum, own)| *sum += own);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resonance(count: usize) -> Vec<f64> {
        let mut samples = vec![1.0, 1.5];
        for n in 2..count {
            let drive = if n % 97 == 0 { 0.3 } else { 0.0 };
            samples.push(1.6 * samples[n - 1] - 0.95 * samples[n - 2] + drive);
        }
        samples
    }

    #[test]
    fn a_resonance_is_fitted_and_its_gap_filled() {
        let samples = resonance(400);
        for model in [Model::fit(&[&samples[..150], &samples[160..]], 2).unwrap(), Model::burg(&samples, 2).unwrap()] {
            assert!((model.filter[1] + 1.6).abs() < 0.05 && (model.filter[2] - 0.95).abs() < 0.05, "{model:?}");
        }
        let model = Model { filter: vec![1.0, -1.6, 0.95] };
        let missing: Vec<usize> = (150..160).collect();
        let mut damaged = samples.clone();
        missing.iter().for_each(|index| damaged[*index] = 9.0);
        let (values, _) = model.interpolate(&damaged, &missing).unwrap();
        for (value, index) in values.iter().zip(&missing) {
            assert!((value - samples[*index]).abs() < 1e-9, "{value} {}", samples[*index]);
        }
        let next = model.go_on(&samples[..200], 20);
        let error = |n: usize| (next[n] - samples[200 + n]).abs();
        // No drive falls between 194 and 291.
        assert!((0..20).all(|n| n + 200 < 291 && error(n) < 1e-9));
    }

    #[test]
    fn the_recursion_gives_the_products_by_definition() {
        let samples = resonance(60);
        let order = 5;
        let mut products = vec![0.0; 36];
        add_products(&samples, order, &mut products);
        for i in 0..=order {
            for j in i..=order {
                let direct: f64 = (order..60).map(|n| samples[n - i] * samples[n - j]).sum();
                assert!((products[i * 6 + j] - direct).abs() < 1e-9);
            }
        }
        assert!(Model::fit(&[&[0.0; 100]], 4).is_none() && Model::fit(&[&[1.0; 2]], 4).is_none());
    }
}
