//! One click, or a few close together: their extent, and what was there before.
//!
//! Janssen, Veldhuis and Vries (1986); Godsill and Rayner, "Digital audio restoration" (1998), chapter 5. The extent
//! is the one that explains the residual most cheaply; afterwards the edges that the model cannot tell from the programme are
//! given back, and the rest is corrected by as much as the model is sure of.

use std::ops::Range;

use super::predict::Model;
use super::scaled;
use crate::unit::SampleRate;

/// Order of the model that interpolates at 44.1 kHz.
const ORDER: usize = 128;
/// A model that runs away is replaced by one of this share of its order and this diagonal load: it forgets sooner.
const CALM_SHARE: usize = 4;
const CALM_LOAD: f64 = 1e-6;
/// Order of the model that finds an extent.
const FINDING_ORDER: usize = 32;
/// Samples of programme on either side that the models are fitted to, at 44.1 kHz.
const SIDE: usize = 1024;
/// Residual samples on either side in the scale.
const SCALE_SAMPLES: usize = 600;
/// Residual samples on either side whose own energy counts.
const NEAR_SAMPLES: usize = 200;
/// Median magnitude to standard deviation of a normal distribution.
const MEDIAN_TO_SIGMA: f64 = 1.4826;
const LEAST_VARIANCE: f64 = 1e-18;
/// Edges whose correction is less than this many standard deviations of the interpolation are given back.
const TRIM_SIGMAS: f64 = 2.5;
/// How much of the interpolation's own error is taken off the correction.
const SHRINK: f64 = 2.0;
/// More missing samples than this are not asked how sure they are one by one: that costs the square.
const MOST_TRIMMED: usize = 1500;
/// A sample belongs to the onset above this many sigmas, and above this share of the peak.
const ONSET_SIGMAS: f64 = 4.5;
const ONSET_SHARE: f64 = 0.04;
/// The parts of an onset may lie this far apart.
const ONSET_JOIN: usize = 20;
/// Widths that are tried, less one.
const WIDTHS: [usize; 16] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 72, 108, 160, 224, 288];
/// Samples are paid for with this much residual energy each, in sigma squared.
const WIDTH_PRICE: f64 = 3.0;
/// Peaks below this many sigmas are programme, even where the engineer says there is a click.
const LEAST_PEAK: f64 = 6.0;
/// Clicks looked for in one short span.
const MOST_CLICKS: usize = 8;

/// What is put in the place of samples.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Replacement {
    pub span: Range<usize>,
    pub samples: Vec<f64>,
}

/// Samples of programme that a repair wants on either side of an event.
pub(super) fn side(rate: SampleRate) -> usize {
    scaled(SIDE, rate) + order(rate)
}

/// Order of the model that interpolates.
pub(super) fn order(rate: SampleRate) -> usize {
    scaled(ORDER, rate).min(2 * ORDER)
}

/// Repairs `events` (ascending, apart from each other) in a window of one channel; `others` are damaged too and repaired
/// elsewhere. `None` where there is too little sound to learn from.
pub(super) fn repair(
    window: &[f64],
    events: &[Range<usize>],
    others: &[Range<usize>],
    rate: SampleRate,
) -> Option<Vec<Replacement>> {
    let mut damaged: Vec<Range<usize>> = events.iter().chain(others).cloned().collect();
    damaged.sort_by_key(|span| span.start);
    let clean = stretches(window, &damaged);
    let peak = clean.iter().copied().flatten().fold(0.0f64, |peak, sample| peak.max(sample.abs()));
    // What was there before was no louder than its surroundings: a model that says so has run away.
    let sane = |made: &Vec<Replacement>| made.iter().flat_map(|one| &one.samples).all(|sample| sample.abs() <= peak);
    let models = [Model::fit(&clean, order(rate)), Model::fit_loaded(&clean, order(rate) / CALM_SHARE, CALM_LOAD)];
    let mut made = models.into_iter().map(|model| with(&model?, window, events, &damaged));
    let first = made.next().flatten()?;
    if sane(&first) {
        return Some(first);
    }
    Some(made.next().flatten().filter(sane).unwrap_or_default())
}

/// The events as one model repairs them.
fn with(model: &Model, window: &[f64], events: &[Range<usize>], damaged: &[Range<usize>]) -> Option<Vec<Replacement>> {
    let variance = variance(model, window, events, damaged);
    let mut events = events.to_vec();
    let (mut values, mut sure) = interpolated(model, window, &events)?;
    if let Some(sure) = &sure {
        let trimmed = trim(window, &events, &values, sure, variance);
        if trimmed.is_empty() {
            return Some(Vec::new());
        }
        if trimmed != events {
            events = trimmed;
            (values, _) = interpolated(model, window, &events)?;
        }
    }
    // The inverse belongs to the events as they are now.
    if sure.is_some() {
        sure = interpolated(model, window, &events)?.1;
    }
    Some(shrink(window, &events, &values, sure.as_deref(), variance))
}

/// Values of all samples of the events, and the diagonal of the inverse where there are not too many.
#[allow(clippy::type_complexity)]
fn interpolated(model: &Model, window: &[f64], events: &[Range<usize>]) -> Option<(Vec<f64>, Option<Vec<f64>>)> {
    let missing: Vec<usize> = events.iter().cloned().flatten().collect();
    let (values, factor) = model.interpolate(window, &missing)?;
    let sure = (missing.len() <= MOST_TRIMMED).then(|| factor.inverse_diagonal());
    Some((values, sure))
}

/// The parts of a window that are not damaged.
fn stretches<'w>(window: &'w [f64], damaged: &[Range<usize>]) -> Vec<&'w [f64]> {
    let mut parts = Vec::new();
    let mut place = 0;
    for span in damaged {
        if span.start > place {
            parts.push(&window[place..span.start.min(window.len())]);
        }
        place = place.max(span.end.min(window.len()));
    }
    parts.push(&window[place..]);
    parts
}

/// Mean of the residual's robust variances before the first and after the last event.
fn variance(model: &Model, window: &[f64], events: &[Range<usize>], damaged: &[Range<usize>]) -> f64 {
    let (Some(first), Some(last)) = (events.first(), events.last()) else { return LEAST_VARIANCE };
    let residual = model.residual(window);
    let order = model.order();
    // A residual hears the samples of one order before it.
    let clean = |n: &usize| !damaged.iter().any(|span| span.start <= *n && *n < span.end + order);
    let left = |reach: usize| (first.start.saturating_sub(reach).max(order)..first.start).filter(clean);
    let right = |reach: usize| (last.end + order..(last.end + order + reach).min(window.len())).filter(clean);
    let value = |n: usize| residual[n];
    let robust = mean([robust(left(SCALE_SAMPLES).map(value)), robust(right(SCALE_SAMPLES).map(value))]);
    // Music has heavy tails: what is near counts in full, or the interpolation is believed too much.
    let near = mean([energetic(left(NEAR_SAMPLES).map(value)), energetic(right(NEAR_SAMPLES).map(value))]);
    robust.max(near).max(LEAST_VARIANCE)
}

/// The mean of what is known on both sides.
fn mean(sides: [Option<f64>; 2]) -> f64 {
    let known = sides.iter().flatten();
    known.clone().sum::<f64>() / known.count().max(1) as f64
}

/// Mean square.
fn energetic(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0usize), |(sum, count), value| (sum + value * value, count + 1));
    (count > 0).then(|| sum / count as f64)
}

/// The square of the median magnitude scaled to a standard deviation.
fn robust(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sizes: Vec<f64> = values.map(f64::abs).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.get(sizes.len() / 2).map(|median| MEDIAN_TO_SIGMA * MEDIAN_TO_SIGMA * median * median)
}

/// The events without the edges that the model cannot tell from the programme.
fn trim(window: &[f64], events: &[Range<usize>], values: &[f64], sure: &[f64], variance: f64) -> Vec<Range<usize>> {
    let mut trimmed = Vec::new();
    let mut first = 0;
    for event in events {
        let stands_out = |n: usize| {
            let at = first + n - event.start;
            (window[n] - values[at]).abs() >= TRIM_SIGMAS * (variance * sure[at]).sqrt()
        };
        let start = event.clone().find(|n| stands_out(*n));
        let end = event.clone().rev().find(|n| stands_out(*n));
        if let (Some(start), Some(end)) = (start, end) {
            trimmed.push(start..end + 1);
        }
        first += event.len();
    }
    trimmed
}

/// The events corrected by as much as the model is sure of.
fn shrink(
    window: &[f64],
    events: &[Range<usize>],
    values: &[f64],
    sure: Option<&[f64]>,
    variance: f64,
) -> Vec<Replacement> {
    let mut first = 0;
    let mut replaced = Vec::new();
    for event in events {
        let here = first..first + event.len();
        first = here.end;
        let (damaged, values) = (&window[event.clone()], &values[here.clone()]);
        let correction: f64 = damaged.iter().zip(values).map(|(y, x)| (y - x) * (y - x)).sum();
        let own = sure.map_or(0.0, |sure| SHRINK * variance * sure[here].iter().sum::<f64>());
        let share = if correction > 0.0 { (1.0 - own / correction).max(0.0) } else { 0.0 };
        if share > 0.0 {
            let samples = damaged.iter().zip(values).map(|(y, x)| if share == 1.0 { *x } else { y - share * (y - x) });
            replaced.push(Replacement { span: event.clone(), samples: samples.collect() });
        }
    }
    replaced
}

/// The clicks inside `rough` of a window: their own extents, found where the residual says, whatever marked the place.
pub(super) fn find(window: &[f64], rough: Range<usize>) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut healed = window.to_vec();
    while found.len() < MOST_CLICKS {
        let Some(span) = find_one(&healed, rough.clone()) else { break };
        let missing: Vec<usize> = span.clone().collect();
        let Some(model) = Model::fit(&stretches(&healed, std::slice::from_ref(&span)), FINDING_ORDER) else { break };
        let Some((values, _)) = model.interpolate(&healed, &missing) else { break };
        healed[span.clone()].copy_from_slice(&values);
        found.push(span);
    }
    found.sort_by_key(|span| span.start);
    joined(found, 0)
}

fn find_one(window: &[f64], rough: Range<usize>) -> Option<Range<usize>> {
    let model = Model::fit(&stretches(window, std::slice::from_ref(&rough)), FINDING_ORDER)?;
    let residual = model.residual(window);
    let order = model.order();
    let variance = variance(&model, window, std::slice::from_ref(&rough), std::slice::from_ref(&rough));
    let sigma = variance.sqrt();
    let size = |n: usize| residual[n].abs();
    let reach = rough.start.max(order)..rough.end.min(window.len());
    let peak = reach.clone().max_by(|a, b| size(*a).total_cmp(&size(*b)))?;
    if size(peak) < LEAST_PEAK * sigma {
        return None;
    }
    let least = (ONSET_SIGMAS * sigma).max(ONSET_SHARE * size(peak));
    let mut onset = peak;
    for n in (reach.start..peak).rev() {
        if onset - n > ONSET_JOIN {
            break;
        }
        if size(n) > least {
            onset = n;
        }
    }
    let start = onset.saturating_sub(1).max(reach.start);
    let widths = WIDTHS.iter().map(|width| width + 1).filter(|width| start + width <= reach.end);
    let price = |width: usize| {
        let missing: Vec<usize> = (start..start + width).collect();
        let (values, _) = model.interpolate(window, &missing)?;
        let mut healed = window[start - order..(start + width + order).min(window.len())].to_vec();
        healed[order..order + width].copy_from_slice(&values);
        let left: f64 = model.residual(&healed)[order..].iter().map(|e| e * e).sum();
        // What lies behind a narrow span is paid for as well, or the narrowest would always win.
        let rest = start + width + order;
        let behind: f64 = residual[rest.min(window.len())..(reach.end + order).max(rest).min(window.len())]
            .iter()
            .map(|e| e * e)
            .sum();
        Some((width, (left + behind) / variance + WIDTH_PRICE * width as f64))
    };
    let best = widths.filter_map(price).min_by(|a, b| a.1.total_cmp(&b.1));
    best.map(|(width, _)| start..start + width)
}

/// Spans in order, those closer than `apart` joined.
pub(super) fn joined(mut spans: Vec<Range<usize>>, apart: usize) -> Vec<Range<usize>> {
    spans.sort_by_key(|span| (span.start, span.end));
    let mut joined: Vec<Range<usize>> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start <= last.end + apart => last.end = last.end.max(span.end),
            _ => joined.push(span),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate(44_100);

    /// A few partials and a little noise.
    pub(super) fn programme(count: usize) -> Vec<f64> {
        let mut state = 5u64;
        (0..count)
            .map(|n| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let noise = (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0;
                let t = n as f64;
                0.3 * libm::sin(0.03 * t) + 0.2 * libm::sin(0.11 * t + 1.0) + 0.05 * libm::sin(0.7 * t) + 1e-4 * noise
            })
            .collect()
    }

    #[test]
    fn a_click_is_found_and_taken_away() {
        let clean = programme(3000);
        let mut damaged = clean.clone();
        for (n, height) in [0.4, -0.3, 0.2, -0.1].iter().enumerate() {
            damaged[1500 + n] += height;
        }
        let found = find(&damaged, 1450..1560);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].start <= 1500 && found[0].end >= 1504 && found[0].len() < 20, "{found:?}");
        let replaced = repair(&damaged, &found, &[], RATE).unwrap();
        assert_eq!(replaced.len(), 1);
        let span = &replaced[0].span;
        assert!(span.start >= 1498 && span.end <= 1506, "{span:?}");
        for (value, n) in replaced[0].samples.iter().zip(span.clone()) {
            assert!((value - clean[n]).abs() < 2e-3, "{n} {value} {}", clean[n]);
        }
    }

    #[test]
    fn sound_programme_is_left_alone() {
        let clean = programme(3000);
        assert_eq!(find(&clean, 1450..1560), []);
        // A span marked by mistake is given back, or hardly changed.
        let span = 1500..1510;
        let replaced = repair(&clean, std::slice::from_ref(&span), &[], RATE).unwrap();
        let error = |one: &Replacement| {
            one.samples.iter().zip(one.span.clone()).map(|(value, n)| (value - clean[n]).abs()).fold(0.0, f64::max)
        };
        assert!(replaced.iter().all(|one| error(one) < 1e-3), "{replaced:?}");
        assert_eq!(repair(&[0.0; 3000], std::slice::from_ref(&span), &[], RATE), None);
    }

    #[test]
    fn nothing_is_put_back_that_is_louder_than_its_surroundings() {
        // Two tones and hardly any noise: a long gap in them is where a model of high order runs away.
        let clean: Vec<f64> = (0..4000)
            .map(|n| {
                let t = n as f64;
                0.2 * libm::sin(0.002 * t) + 0.01 * libm::sin(0.003_1 * t * (1.0 + 1e-5 * t))
            })
            .collect();
        let mut damaged = clean.clone();
        (2000..2060).for_each(|n| damaged[n] += if n % 2 == 0 { 0.3 } else { -0.3 });
        let peak = clean.iter().fold(0.0f64, |peak, sample| peak.max(sample.abs()));
        for end in [2060, 2080, 2100] {
            let event = 1999..end;
            let made = repair(&damaged, std::slice::from_ref(&event), &[], RATE).unwrap_or_default();
            assert!(made.iter().flat_map(|one| &one.samples).all(|sample| sample.abs() <= 2.0 * peak), "{end}");
        }
    }

    #[test]
    fn spans_join() {
        assert_eq!(joined(vec![10..12, 3..5, 13..14], 1), [3..5, 10..14]);
    }
}
