//! The visible span, how times read, and where the ruler puts its ticks.

/// A span of album time in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// First second.
    pub start_s: f64,
    /// Second at the right edge, after `start_s`.
    pub end_s: f64,
}

/// The shortest span a zoom reaches: 20 ms, where single samples are seen.
const SHORTEST_S: f64 = 0.02;

impl Span {
    /// Length in seconds.
    pub fn length_s(&self) -> f64 {
        self.end_s - self.start_s
    }

    /// The pixel of `seconds` when the span is `width` pixels wide.
    pub fn pixel(&self, seconds: f64, width: f32) -> f32 {
        ((seconds - self.start_s) / self.length_s() * f64::from(width)) as f32
    }

    /// The second at a pixel.
    pub fn seconds(&self, pixel: f32, width: f32) -> f64 {
        self.start_s + f64::from(pixel) / f64::from(width) * self.length_s()
    }

    /// Whether any part of `start_s..end_s` is visible.
    pub fn shows(&self, start_s: f64, end_s: f64) -> bool {
        end_s > self.start_s && start_s < self.end_s
    }

    /// The span made `factor` times as long with `about_s` standing still, kept inside an album of `album_s`.
    pub fn zoomed(&self, factor: f64, about_s: f64, album_s: f64) -> Self {
        let length = (self.length_s() * factor).clamp(SHORTEST_S, album_s.max(SHORTEST_S));
        let share = ((about_s - self.start_s) / self.length_s()).clamp(0.0, 1.0);
        let start = about_s - share * length;
        Self { start_s: start, end_s: start + length }.inside(album_s)
    }

    /// The span moved by `seconds`, kept inside the album.
    pub fn scrolled(&self, seconds: f64, album_s: f64) -> Self {
        Self { start_s: self.start_s + seconds, end_s: self.end_s + seconds }.inside(album_s)
    }

    /// The span moved the least way into the album; one longer than the album becomes the album.
    pub fn inside(&self, album_s: f64) -> Self {
        let length = self.length_s().min(album_s.max(SHORTEST_S));
        let start = self.start_s.min(album_s - length).max(0.0);
        Self { start_s: start, end_s: start + length }
    }
}

/// How the ruler and the bubbles tell a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TimeFormat {
    /// `mm:ss:ff`, 75 frames a second.
    Cd,
    /// `mm:ss.mmm`.
    Milliseconds,
    /// Samples at a rate in hertz, in groups of three.
    Samples(u32),
}

/// Frames of a compact disc in a second (IEC 60908).
pub const CD_FRAMES: f64 = 75.0;

impl TimeFormat {
    /// What the gutter says beside the ruler.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Cd => "CD time",
            Self::Milliseconds => "Time",
            Self::Samples(_) => "Samples",
        }
    }

    /// The time as text.
    pub fn text(&self, seconds: f64) -> String {
        let sign = if seconds < 0.0 { "\u{2212}" } else { "" };
        match self {
            Self::Cd => {
                let frames = (seconds.abs() * CD_FRAMES).round() as u64;
                format!("{sign}{:02}:{:02}:{:02}", frames / 4500, frames / 75 % 60, frames % 75)
            }
            Self::Milliseconds => {
                let ms = (seconds.abs() * 1000.0).round() as u64;
                format!("{sign}{:02}:{:02}.{:03}", ms / 60_000, ms / 1000 % 60, ms % 1000)
            }
            Self::Samples(rate) => {
                let samples = (seconds.abs() * f64::from(*rate)).round() as u64;
                format!("{sign}{}", grouped(samples))
            }
        }
    }

    /// Seconds between ticks so that labels at `pixels_per_s` do not touch.
    pub fn step_s(&self, pixels_per_s: f64) -> f64 {
        const LABEL_PX: f64 = 92.0;
        const WHOLE: [f64; 11] = [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0];
        const FRAMES: [f64; 5] = [1.0, 3.0, 5.0, 15.0, 25.0];
        const DECIMAL: [f64; 9] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5];
        let fits = |step: &f64| step * pixels_per_s >= LABEL_PX;
        let fine: Vec<f64> = match self {
            Self::Cd => FRAMES.iter().map(|frames| frames / CD_FRAMES).collect(),
            Self::Milliseconds | Self::Samples(_) => DECIMAL.to_vec(),
        };
        fine.into_iter().chain(WHOLE).find(fits).unwrap_or(3600.0)
    }
}

/// A whole number in groups of three with thin spaces.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{2009}');
        }
        text.push(digit);
    }
    text
}

/// The tick times of a span `width` pixels wide.
pub fn ticks(view: Span, width: f32, format: TimeFormat) -> Vec<f64> {
    let step = format.step_s(f64::from(width) / view.length_s());
    let first = (view.start_s / step).ceil() as i64;
    let last = (view.end_s / step).floor() as i64;
    (first..=last).map(|tick| tick as f64 * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIEW: Span = Span { start_s: 100.0, end_s: 200.0 };

    #[test]
    fn seconds_and_pixels_answer_each_other() {
        assert_eq!(VIEW.pixel(150.0, 1000.0), 500.0);
        assert_eq!(VIEW.seconds(500.0, 1000.0), 150.0);
    }

    #[test]
    fn zooming_holds_the_second_under_the_cursor() {
        let near = VIEW.zoomed(0.5, 120.0, 1000.0);
        assert_eq!(near, Span { start_s: 110.0, end_s: 160.0 });
        assert_eq!(near.pixel(120.0, 1000.0), VIEW.pixel(120.0, 1000.0));
        assert_eq!(VIEW.zoomed(100.0, 120.0, 1000.0), Span { start_s: 0.0, end_s: 1000.0 });
        assert!((VIEW.zoomed(1e-9, 120.0, 1000.0).length_s() - SHORTEST_S).abs() < 1e-9);
    }

    #[test]
    fn scrolling_stops_at_the_ends_of_the_album() {
        assert_eq!(VIEW.scrolled(-500.0, 1000.0), Span { start_s: 0.0, end_s: 100.0 });
        assert_eq!(VIEW.scrolled(5000.0, 1000.0), Span { start_s: 900.0, end_s: 1000.0 });
    }

    #[test]
    fn ticks_lie_on_round_times() {
        assert_eq!(ticks(VIEW, 1000.0, TimeFormat::Cd), (10..=20).map(|ten| f64::from(ten) * 10.0).collect::<Vec<_>>());
        let near = Span { start_s: 0.0, end_s: 1.0 };
        assert_eq!(ticks(near, 1000.0, TimeFormat::Cd).len(), 6, "fifteen CD frames apart");
    }

    #[test]
    fn times_read_in_three_ways() {
        assert_eq!(TimeFormat::Cd.text(219.0 + 7.0 / 75.0), "03:39:07");
        assert_eq!(TimeFormat::Milliseconds.text(61.0005), "01:01.001");
        assert_eq!(TimeFormat::Samples(44_100).text(30.0), "1\u{2009}323\u{2009}000");
    }
}
