use super::super::{Error, Job};
use super::{VALUES_HZ, lowered};
use crate::dsp::fft::Complex;
use crate::dsp::window::hann;

/// How far the fundamental may lie from where it is looked for.
const REACH: f64 = 0.005;
/// Fundamentals tried over the reach to either side.
const TRIED: i64 = 60;
/// Values that one estimate hears (3 s), and from one estimate to the next (1 s).
const HEARD: usize = 300;
const STEP: usize = 100;
/// Estimates whose median counts.
const MEDIAN: usize = 5;
/// Harmonics that are asked for the course: they decide it well enough.
const ASKED: usize = 12;
/// Bins beside a harmonic that tell what stands there without hum, in hertz.
const BESIDE_HZ: [f64; 4] = [-4.0, -2.7, 2.7, 4.0];
/// The power of silence.
const LEAST: f64 = 1e-20;

/// The fundamental's phase over the span.
pub struct Course {
    /// Frames from one point to the next.
    spacing: f64,
    /// Frequency at the points, in turns per frame.
    turns: Vec<f64>,
    /// Phase at the points, in turns.
    phases: Vec<f64>,
    rate_hz: f64,
}

impl Course {
    fn new(spacing: f64, hertz: &[f64], rate_hz: f64) -> Course {
        let turns: Vec<f64> = hertz.iter().map(|hertz| hertz / rate_hz).collect();
        let mut phases = vec![0.0];
        for pair in turns.windows(2) {
            phases.push(phases[phases.len() - 1] + 0.5 * (pair[0] + pair[1]) * spacing);
        }
        Course { spacing, turns, phases, rate_hz }
    }

    /// Phase in turns at a frame from the span's start; the frequency is straight between the points and stands still
    /// outside them.
    pub fn phase(&self, frame: f64) -> f64 {
        let last = self.turns.len() - 1;
        let at = (frame / self.spacing).floor().clamp(0.0, last as f64) as usize;
        let past = frame - at as f64 * self.spacing;
        let inside = at < last && past >= 0.0;
        let bend = if inside { 0.5 * (self.turns[at + 1] - self.turns[at]) / self.spacing * past * past } else { 0.0 };
        self.phases[at] + self.turns[at] * past + bend
    }

    /// The highest frequency of the fundamental, in hertz.
    pub fn highest(&self) -> f64 {
        self.turns.iter().fold(0.0, |highest: f64, turns| highest.max(*turns)) * self.rate_hz
    }
}

/// Follows the fundamental over the span, in the sum of the repair's channels.
pub fn find(job: &mut Job<'_>, hop: usize) -> Result<Course, Error> {
    let (rate_hz, nominal) = (job.rate().hz(), job.task.values.get("frequency"));
    let spacing = (STEP * hop) as f64;
    let values = (job.task.frames() as usize).div_ceil(hop);
    let still = Course::new(spacing, &[nominal], rate_hz);
    if !job.task.values.is_on("follow") || values < HEARD {
        return Ok(still);
    }
    let most = (0.45 * rate_hz / nominal) as usize;
    let asked = (job.task.values.get("harmonics") as usize).min(ASKED).min(most).max(1);
    let mut estimates = Vec::new();
    let count = (values - HEARD) / STEP + 1;
    for index in 0..count {
        estimates.push(estimate(job, &still, index * STEP, hop, asked, nominal)?);
        job.step(0.4 * index as f64 / count as f64)?;
    }
    let steady = settled(&estimates, nominal);
    // An estimate belongs to the middle of what it heard: the points before the first hold its value.
    let lead = HEARD / STEP / 2;
    let points = values / STEP + 2;
    let hertz: Vec<f64> = (0..points)
        .map(|point| {
            let place = point as f64 - lead as f64 - 0.5 * (HEARD / STEP % 2) as f64;
            let at = (place.floor().max(0.0) as usize).min(steady.len() - 1);
            let next = (at + 1).min(steady.len() - 1);
            let share = (place - at as f64).clamp(0.0, 1.0);
            steady[at] + share * (steady[next] - steady[at])
        })
        .collect();
    Ok(Course::new(spacing, &hertz, rate_hz))
}

/// The fundamental around some values, and how much its harmonics stand out.
struct Estimate {
    hertz: f64,
    score: f64,
}

fn estimate(
    job: &mut Job<'_>,
    still: &Course,
    first: usize,
    hop: usize,
    asked: usize,
    nominal: f64,
) -> Result<Estimate, Error> {
    let from = (first * hop) as i64;
    let start = job.task.span.start as i64 + from;
    let block = job.read(start, (HEARD + super::WINDOW_VALUES) * hop)?;
    let mut sound = vec![0.0; block.frames()];
    for channel in &job.task.channels {
        sound.iter_mut().zip(block.channel(*channel)).for_each(|(sum, sample)| *sum += sample);
    }
    let bases: Vec<Vec<Complex<f64>>> = (1..=asked).map(|k| lowered(&sound, still, from, hop, HEARD, k)).collect();
    let window = hann(HEARD);
    let floors: Vec<f64> = bases
        .iter()
        .map(|base| {
            let mut beside = BESIDE_HZ.map(|hertz| power(base, &window, hertz));
            beside.sort_by(f64::total_cmp);
            0.5 * (beside[1] + beside[2]) + LEAST
        })
        .collect();
    let score = |offset_hz: f64| {
        let harmonics = bases.iter().zip(&floors).enumerate();
        let stands = harmonics.map(|(index, (base, floor))| {
            let ratio = power(base, &window, (index + 1) as f64 * offset_hz) / floor;
            // Logarithmic, so that one note of the bass does not outvote the others.
            libm::log(1.0 + ratio)
        });
        stands.sum::<f64>()
    };
    let step = REACH * nominal / TRIED as f64;
    let scores: Vec<f64> = (-TRIED..=TRIED).map(|n| score(n as f64 * step)).collect();
    let best = (0..scores.len()).max_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap_or(TRIED as usize);
    let place = best as f64 - TRIED as f64 + vertex(&scores, best);
    Ok(Estimate { hertz: nominal + place * step, score: scores[best] / asked as f64 })
}

/// Where between its neighbours the parabola through a maximum peaks.
fn vertex(scores: &[f64], best: usize) -> f64 {
    if best == 0 || best + 1 == scores.len() {
        return 0.0;
    }
    let (before, here, after) = (scores[best - 1], scores[best], scores[best + 1]);
    let curve = before - 2.0 * here + after;
    if curve < 0.0 { (0.5 * (before - after) / curve).clamp(-0.5, 0.5) } else { 0.0 }
}

fn power(base: &[Complex<f64>], window: &[f64], hertz: f64) -> f64 {
    let turn = 2.0 * std::f64::consts::PI * hertz / VALUES_HZ;
    let step = Complex::new(libm::cos(turn), -libm::sin(turn));
    let mut now = Complex::new(1.0, 0.0);
    let mut sum = Complex::new(0.0, 0.0);
    for (value, weight) in base.iter().zip(window) {
        sum += value * now * *weight;
        now *= step;
    }
    sum.norm_sqr()
}

/// Medians of the estimates that stand out; the others take over what their neighbours say.
fn settled(estimates: &[Estimate], nominal: f64) -> Vec<f64> {
    let best = estimates.iter().map(|estimate| estimate.score).fold(0.0, f64::max);
    let sure: Vec<bool> = estimates.iter().map(|estimate| estimate.score > 0.4 * best).collect();
    let median = |index: usize, reach: usize| {
        let near = index.saturating_sub(reach)..(index + reach + 1).min(estimates.len());
        let mut hertz: Vec<f64> = near.filter(|n| sure[*n]).map(|n| estimates[n].hertz).collect();
        hertz.sort_by(f64::total_cmp);
        (!hertz.is_empty()).then(|| hertz[hertz.len() / 2])
    };
    (0..estimates.len())
        .map(|index| {
            let widening = [MEDIAN / 2, 4 * MEDIAN, estimates.len()];
            widening.into_iter().find_map(|reach| median(index, reach)).unwrap_or(nominal)
        })
        .collect()
}
