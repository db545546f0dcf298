//! Logistic regression with the signs of the physics held, and trees that correct it (gradient boosting with Newton's
//! leaves, Friedman 2001): what [`Weights`] are made of.

use lacquer_engine::analysis::faults::{Tree, Weights};

/// Ridge on standardised features: nothing but a guard against collinear ones.
const RIDGE: f64 = 1.0;
/// Newton's steps: it has converged long before.
const STEPS: usize = 25;
/// Trees, and the share of its answer that each adds.
const TREES: usize = 80;
const RATE: f64 = 0.08;
/// Thresholds that are tried for a feature: its quantiles.
const QUANTILES: usize = 40;
/// Rows in a leaf, at least, and the ridge on its answer.
const LEAST_ROWS: usize = 20;
const LEAF_RIDGE: f64 = 2.0;
/// Questions of a tree in a row.
const DEPTH: usize = 3;
/// Nothing is asked where this threshold stands: all go left.
const UNASKED: f64 = 1e9;

/// How a kind is weighed: the leading features that the regression reads with their signs (0 is free), and the signs
/// that trees keep to for every feature.
pub struct Form {
    /// Signs of the regression.
    pub linear: &'static [f64],
    /// Signs of the trees.
    pub trees: &'static [f64],
}

/// A row to learn from: features and what it is.
pub type Example<'a> = (&'a [f64], bool);

/// Weights of rows.
pub fn learn(rows: &[Example<'_>], form: &Form) -> Weights {
    let linear = solve(rows, form.linear);
    let mut weights = Weights { linear, trees: Vec::new() };
    let mut scores: Vec<f64> = rows.iter().map(|(features, _)| logit(weights.probability(features))).collect();
    let grid = Grid::of(rows, form.trees.len());
    for _ in 0..TREES {
        let slopes: Vec<(f64, f64)> = rows
            .iter()
            .zip(&scores)
            .map(|((_, truth), score)| {
                let p = 1.0 / (1.0 + libm::exp(-score));
                (f64::from(u8::from(*truth)) - p, (p * (1.0 - p)).max(1e-6))
            })
            .collect();
        let tree = grid.grow(&slopes, form.trees);
        for (score, (features, _)) in scores.iter_mut().zip(rows) {
            *score += tree.value(features);
        }
        weights.trees.push(tree);
    }
    weights
}

fn logit(p: f64) -> f64 {
    let p = p.clamp(1e-12, 1.0 - 1e-12);
    libm::log(p / (1.0 - p))
}

/// The features of all rows as places among their quantiles.
struct Grid {
    thresholds: Vec<Vec<f64>>,
    /// Feature by feature, row by row: how many thresholds the value is above.
    places: Vec<Vec<u8>>,
    rows: usize,
}

/// A question that divides a node: its gain, feature and the number of the threshold.
type Split = (f64, usize, usize);

impl Grid {
    fn of(rows: &[Example<'_>], width: usize) -> Grid {
        let mut thresholds = Vec::new();
        let mut places = Vec::new();
        for feature in 0..width {
            let mut sorted: Vec<f64> = rows.iter().map(|(features, _)| features[feature]).collect();
            sorted.sort_by(f64::total_cmp);
            let at = |k: usize| sorted[k * (sorted.len() - 1) / (QUANTILES + 1)];
            // As they are written: what is read back divides in the same way.
            let mut own: Vec<f64> = (1..=QUANTILES).map(|k| (1000.0 * at(k)).round() / 1000.0).collect();
            own.dedup();
            let place = |value: f64| own.partition_point(|threshold| value > *threshold) as u8;
            places.push(rows.iter().map(|(features, _)| place(features[feature])).collect());
            thresholds.push(own);
        }
        Grid { thresholds, places, rows: rows.len() }
    }

    fn grow(&self, slopes: &[(f64, f64)], signs: &[f64]) -> Tree {
        let mut nodes = [(0, UNASKED); (1 << DEPTH) - 1];
        let mut members: Vec<Vec<u32>> = vec![Vec::new(); (1 << (DEPTH + 1)) - 1];
        members[0] = (0..self.rows as u32).collect();
        for node in 0..nodes.len() {
            let own = std::mem::take(&mut members[node]);
            let Some((_, feature, place)) = self.best(&own, slopes, signs) else {
                members[2 * node + 1] = own;
                continue;
            };
            nodes[node] = (feature, self.thresholds[feature][place]);
            let (left, right): (Vec<u32>, Vec<u32>) =
                own.into_iter().partition(|row| usize::from(self.places[feature][*row as usize]) <= place);
            members[2 * node + 1] = left;
            members[2 * node + 2] = right;
        }
        let leaves = std::array::from_fn(|leaf| {
            let own = &members[nodes.len() + leaf];
            let sum = own.iter().fold((0.0, 0.0), |sum, row| add(sum, slopes[*row as usize]));
            RATE * answer(sum)
        });
        Tree { nodes, leaves }
    }

    fn best(&self, rows: &[u32], slopes: &[(f64, f64)], signs: &[f64]) -> Option<Split> {
        let mut best: Option<Split> = None;
        for (feature, sign) in signs.iter().enumerate() {
            let width = self.thresholds[feature].len() + 1;
            let mut sums = vec![((0.0, 0.0), 0usize); width];
            for row in rows {
                let place = usize::from(self.places[feature][*row as usize]);
                sums[place].0 = add(sums[place].0, slopes[*row as usize]);
                sums[place].1 += 1;
            }
            let whole = sums.iter().fold((0.0, 0.0), |sum, part| add(sum, part.0));
            let (mut left, mut count) = ((0.0, 0.0), 0);
            for (place, part) in sums.iter().enumerate().take(width - 1) {
                left = add(left, part.0);
                count += part.1;
                let right = (whole.0 - left.0, whole.1 - left.1);
                if count < LEAST_ROWS || rows.len() - count < LEAST_ROWS || sign * (answer(right) - answer(left)) < 0.0
                {
                    continue;
                }
                let gain = worth(left) + worth(right) - worth(whole);
                if gain > 1e-6 && best.is_none_or(|held| gain > held.0) {
                    best = Some((gain, feature, place));
                }
            }
        }
        best
    }
}

fn add(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    (a.0 + b.0, a.1 + b.1)
}

fn answer((gradient, curvature): (f64, f64)) -> f64 {
    gradient / (curvature + LEAF_RIDGE)
}

fn worth((gradient, curvature): (f64, f64)) -> f64 {
    gradient * gradient / (curvature + LEAF_RIDGE)
}

/// Newton's method on standardised features; a weight of the wrong sign is held at zero and the rest fitted again.
fn solve(rows: &[Example<'_>], signs: &[f64]) -> Vec<f64> {
    let width = signs.len();
    let number = rows.len().max(1) as f64;
    let means: Vec<f64> = (0..width).map(|k| rows.iter().map(|row| row.0[k]).sum::<f64>() / number).collect();
    let spread = |k: usize| {
        let sum: f64 = rows.iter().map(|row| (row.0[k] - means[k]) * (row.0[k] - means[k])).sum();
        (sum / number).sqrt().max(1e-9)
    };
    let spreads: Vec<f64> = (0..width).map(spread).collect();
    let standard = |row: &Example<'_>| -> Vec<f64> {
        (0..width).map(|k| (row.0[k] - means[k]) / spreads[k]).chain([1.0]).collect()
    };
    let standard: Vec<Vec<f64>> = rows.iter().map(standard).collect();
    let truths: Vec<f64> = rows.iter().map(|row| f64::from(u8::from(row.1))).collect();
    let mut held = vec![false; width];
    let weights = loop {
        let weights = newton(&standard, &truths, &held);
        let wrong = (0..width).filter(|k| !held[*k] && weights[*k] * signs[*k] < 0.0);
        match wrong.max_by(|a, b| weights[*a].abs().total_cmp(&weights[*b].abs())) {
            Some(worst) => held[worst] = true,
            None => break weights,
        }
    };
    let mut plain: Vec<f64> = (0..width).map(|k| weights[k] / spreads[k]).collect();
    let shift: f64 = (0..width).map(|k| plain[k] * means[k]).sum();
    plain.push(weights[width] - shift);
    plain
}

fn newton(rows: &[Vec<f64>], truths: &[f64], held: &[bool]) -> Vec<f64> {
    let width = held.len() + 1;
    let mut weights = vec![0.0; width];
    for _ in 0..STEPS {
        let mut gradient = vec![0.0; width];
        let mut curvature = vec![vec![0.0; width]; width];
        for (row, truth) in rows.iter().zip(truths) {
            let score: f64 = row.iter().zip(&weights).map(|(feature, weight)| feature * weight).sum();
            let p = 1.0 / (1.0 + libm::exp(-score));
            for i in 0..width {
                gradient[i] += (truth - p) * row[i];
                for j in 0..=i {
                    curvature[i][j] += p * (1.0 - p) * row[i] * row[j];
                }
            }
        }
        for i in 0..width {
            let free = i + 1 == width || !held[i];
            gradient[i] = if free { gradient[i] - if i + 1 < width { RIDGE * weights[i] } else { 0.0 } } else { 0.0 };
            for j in 0..i {
                let both = free && (j + 1 == width || !held[j]);
                curvature[i][j] = if both { curvature[i][j] } else { 0.0 };
                curvature[j][i] = curvature[i][j];
            }
            curvature[i][i] = if free { curvature[i][i] + RIDGE } else { 1.0 };
        }
        for (weight, step) in weights.iter_mut().zip(eliminated(curvature, gradient)) {
            *weight += step.clamp(-3.0, 3.0);
        }
    }
    weights
}

/// Gauss on a positive definite matrix.
fn eliminated(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let width = right.len();
    for pivot in 0..width {
        for row in pivot + 1..width {
            let factor = matrix[row][pivot] / matrix[pivot][pivot];
            for column in pivot..width {
                matrix[row][column] -= factor * matrix[pivot][column];
            }
            right[row] -= factor * right[pivot];
        }
    }
    for row in (0..width).rev() {
        let known: f64 = (row + 1..width).map(|column| matrix[row][column] * right[column]).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    right
}
