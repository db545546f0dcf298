use super::cells::{Cells, STEPS};
use super::face::Face;
use super::page::{Anchor, Shape, Word};

/// Room for the scale of levels at the left, points.
const LEFT: f32 = 34.0;
/// Room under the well for the scale and its name.
const FOOT: f32 = 26.0;
/// Room above the well for title and legend.
const HEAD: f32 = 18.0;
/// Size of the letters of scales.
const SMALL: f32 = 6.5;
/// Points of a line at most, per point of width: more cannot be seen and only make the file large.
const MOST_PER_POINT: f32 = 2.0;

/// Inks of a sheet: few, and apart in grey too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ink {
    /// Text.
    Black,
    /// Names, units, scales.
    Grey,
    /// Grids and rules.
    Faint,
    /// The first curve.
    Blue,
    /// The second curve.
    Orange,
    /// The third curve.
    Green,
    /// What is above its limit.
    Red,
    /// A step of a picture of levels, from dark (0) to bright (11).
    Heat(u8),
}

/// The colours of viridis (S. van der Walt, N. Smith, 2015) at even places.
const VIRIDIS: [[u8; 3]; STEPS as usize] = [
    [68, 1, 84],
    [72, 32, 111],
    [69, 60, 128],
    [59, 85, 139],
    [48, 107, 142],
    [39, 128, 142],
    [31, 149, 139],
    [42, 170, 128],
    [82, 190, 104],
    [138, 207, 68],
    [198, 220, 41],
    [253, 231, 37],
];

impl Ink {
    /// Red, green, blue.
    pub fn rgb(self) -> [u8; 3] {
        match self {
            Ink::Black => [0x1a, 0x1c, 0x20],
            Ink::Grey => [0x5f, 0x66, 0x70],
            Ink::Faint => [0xd6, 0xda, 0xdf],
            Ink::Blue => [0x1f, 0x5f, 0xa8],
            Ink::Orange => [0xc4, 0x6a, 0x12],
            Ink::Green => [0x2c, 0x86, 0x4f],
            Ink::Red => [0xb8, 0x21, 0x2b],
            Ink::Heat(step) => VIRIDIS[usize::from(step).min(VIRIDIS.len() - 1)],
        }
    }
}

/// A scale of a plot.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    name: String,
    from: f64,
    to: f64,
    logarithmic: bool,
    clock: bool,
}

impl Axis {
    /// A linear scale with its name or unit.
    pub fn linear(name: impl Into<String>, from: f64, to: f64) -> Axis {
        let to = if to > from { to } else { from + 1.0 };
        Axis { name: name.into(), from, to, logarithmic: false, clock: false }
    }

    /// A scale of seconds told as minutes and seconds.
    pub fn time(from: f64, to: f64) -> Axis {
        Axis { clock: true, ..Axis::linear("min:s", from, to) }
    }

    /// A logarithmic scale of frequencies, both above zero.
    pub fn frequency(from: f64, to: f64) -> Axis {
        let from = from.max(1e-3);
        Axis { name: "Hz".into(), from, to: to.max(from * 2.0), logarithmic: true, clock: false }
    }

    /// A value as a share of the scale, 0 to 1 inside it.
    fn place(&self, value: f64) -> f64 {
        match self.logarithmic {
            true => libm::log(value.max(1e-9) / self.from) / libm::log(self.to / self.from),
            false => (value - self.from) / (self.to - self.from),
        }
    }

    /// The values that are written on the scale, with their words.
    fn ticks(&self, most: usize) -> Vec<(f64, String)> {
        if self.logarithmic {
            let marks = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5];
            let inside = marks.into_iter().filter(|hz| (self.from * 0.999..=self.to * 1.001).contains(hz));
            return inside.map(|hz| (hz, if hz < 1e3 { hz.to_string() } else { format!("{}k", hz / 1e3) })).collect();
        }
        let step = self.step(most);
        let first = (self.from / step - 1e-9).ceil() as i64;
        let last = (self.to / step + 1e-9).floor() as i64;
        (first..=last).map(|n| (n as f64 * step, self.word(n as f64 * step, step))).collect()
    }

    /// A step that reads well: 1, 2 or 5 times a power of ten; for clocks whole parts of a minute.
    fn step(&self, most: usize) -> f64 {
        let least = (self.to - self.from) / most.max(1) as f64;
        if self.clock {
            const STEPS: [f64; 14] =
                [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0];
            return STEPS.into_iter().find(|step| *step >= least).unwrap_or((least / 3600.0).ceil() * 3600.0);
        }
        let power = libm::pow(10.0, libm::floor(libm::log10(least)));
        [1.0, 2.0, 5.0, 10.0].into_iter().map(|times| times * power).find(|step| *step >= least).unwrap_or(least)
    }

    fn word(&self, value: f64, step: f64) -> String {
        if self.clock {
            let (minutes, seconds) = ((value / 60.0 + 1e-9).floor(), value.rem_euclid(60.0));
            let seconds = if seconds > 59.999 { 0.0 } else { seconds };
            return if step < 1.0 { format!("{minutes}:{seconds:04.1}") } else { format!("{minutes}:{seconds:02.0}") };
        }
        let digits = if step < 0.1 { 2 } else { usize::from(step < 1.0) };
        let value = if value.abs() < step / 1e6 { 0.0 } else { value };
        format!("{value:.digits$}")
    }
}

/// How a series is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// A line.
    Line,
    /// A dashed line.
    Dashed,
    /// Filled down to the lower edge.
    Filled,
    /// Steps filled down to the lower edge, one per value: bands and classes. A value's step reaches halfway to the next.
    Bars,
    /// Short upright strokes.
    Dots,
}

/// Values of a plot. A value that is not finite is a gap.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    name: String,
    style: Style,
    ink: Ink,
    points: Vec<(f64, f64)>,
}

impl Series {
    /// Values in a style, ascending in x. Without a name they are not in the legend.
    pub fn new(
        name: impl Into<String>,
        style: Style,
        ink: Ink,
        points: impl IntoIterator<Item = (f64, f64)>,
    ) -> Series {
        Series { name: name.into(), style, ink, points: points.into_iter().collect() }
    }

    /// A line.
    pub fn line(name: impl Into<String>, ink: Ink, points: impl IntoIterator<Item = (f64, f64)>) -> Series {
        Series::new(name, Style::Line, ink, points)
    }
}

/// A place on the horizontal scale with a word: a song's start, a peak.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Where.
    pub at: f64,
    /// What is written beside it; may be empty.
    pub words: String,
    /// In which ink.
    pub ink: Ink,
}

/// A stretch of the vertical scale that is shaded: a target and its tolerance.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// Its lower edge.
    pub from: f64,
    /// Its upper edge.
    pub to: f64,
    /// In which ink.
    pub ink: Ink,
}

/// A plot over the whole width of the page.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    title: String,
    across: Axis,
    up: Axis,
    height: f32,
    series: Vec<Series>,
    marks: Vec<Mark>,
    bands: Vec<Band>,
    cells: Option<Cells>,
}

impl Plot {
    /// An empty plot with its title and scales.
    pub fn new(title: impl Into<String>, across: Axis, up: Axis) -> Plot {
        Plot {
            title: title.into(),
            across,
            up,
            height: 170.0,
            series: Vec::new(),
            marks: Vec::new(),
            bands: Vec::new(),
            cells: None,
        }
    }

    /// Its height in points, title and scales included (170 unless told; a page has about 740).
    pub fn height(mut self, points: f32) -> Plot {
        self.height = points.clamp(60.0, 700.0);
        self
    }

    /// Adds values; later ones are drawn above.
    pub fn with(mut self, series: Series) -> Plot {
        self.series.push(series);
        self
    }

    /// Puts a picture of levels under everything.
    pub fn over(mut self, cells: Cells) -> Plot {
        self.cells = Some(cells);
        self
    }

    /// Adds a mark.
    pub fn mark(mut self, at: f64, words: impl Into<String>, ink: Ink) -> Plot {
        self.marks.push(Mark { at, words: words.into(), ink });
        self
    }

    /// Shades a stretch of the vertical scale.
    pub fn band(mut self, from: f64, to: f64, ink: Ink) -> Plot {
        self.bands.push(Band { from, to, ink });
        self
    }

    /// Its title.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Its height in points.
    pub(super) fn tall(&self) -> f32 {
        self.height
    }

    /// Names of its series and words of its marks: what a text can tell of a plot.
    pub(super) fn words(&self) -> Vec<String> {
        let names = self.series.iter().map(|series| series.name.clone());
        names.chain(self.marks.iter().map(|mark| mark.words.clone())).filter(|word| !word.is_empty()).collect()
    }

    /// Everything that is drawn, from the upper left corner, for a width in points.
    pub(super) fn shapes(&self, width: f32) -> Vec<Shape> {
        let well = Well { x: LEFT, y: HEAD, width: width - LEFT - 2.0, height: self.height - HEAD - FOOT };
        let cells = self.cells.iter().flat_map(|cells| cells.shapes(well.x, well.y, well.width, well.height));
        let mut shapes: Vec<Shape> = cells.collect();
        self.draw_bands(&well, &mut shapes);
        self.draw_scales(&well, &mut shapes);
        for series in &self.series {
            self.draw_series(&well, series, &mut shapes);
        }
        self.draw_marks(&well, &mut shapes);
        self.draw_legend(width, &mut shapes);
        shapes
    }

    fn draw_bands(&self, well: &Well, shapes: &mut Vec<Shape>) {
        for band in &self.bands {
            let (low, high) = (well.y_of(self.up.place(band.from)), well.y_of(self.up.place(band.to)));
            shapes.push(Shape::rectangle(well.x, high, well.width, (low - high).max(0.5), band.ink, 0.12));
        }
    }

    fn draw_scales(&self, well: &Well, shapes: &mut Vec<Shape>) {
        for (value, word) in self.up.ticks((well.height / 18.0) as usize) {
            let y = well.y_of(self.up.place(value));
            shapes.push(Shape::rule((well.x, y), (well.x + well.width, y), Ink::Faint, 0.4));
            shapes.push(small(well.x - 4.0, y + SMALL * 0.36, word, Face::Mono, Anchor::End));
        }
        for (value, word) in self.across.ticks((well.width / 42.0) as usize) {
            let x = well.x_of(self.across.place(value));
            shapes.push(Shape::rule((x, well.y), (x, well.y + well.height), Ink::Faint, 0.4));
            shapes.push(small(x, well.y + well.height + 9.0, word, Face::Mono, Anchor::Middle));
        }
        let corner = (well.x, well.y + well.height);
        shapes.push(Shape::rule(corner, (well.x + well.width, corner.1), Ink::Grey, 0.6));
        shapes.push(Shape::rule(corner, (well.x, well.y), Ink::Grey, 0.6));
        let end = (well.x + well.width, well.y + well.height + 18.0);
        shapes.push(small(end.0, end.1, self.across.name.clone(), Face::Regular, Anchor::End));
        let mut name = small(6.0, well.y + well.height / 2.0, self.up.name.clone(), Face::Regular, Anchor::Middle);
        if let Shape::Word(word) = &mut name {
            word.upright = true;
        }
        shapes.push(name);
    }

    fn draw_series(&self, well: &Well, series: &Series, shapes: &mut Vec<Shape>) {
        match series.style {
            Style::Bars => return self.draw_bars(well, series, shapes),
            Style::Dots => return self.draw_dots(well, series, shapes),
            Style::Line | Style::Dashed | Style::Filled => {}
        }
        for stretch in self.stretches(well, series) {
            let (ink, dashed) = (series.ink, series.style == Style::Dashed);
            if series.style == Style::Filled {
                let floor = well.y + well.height;
                let (first, last) = (stretch[0].0, stretch[stretch.len() - 1].0);
                let mut points = vec![(first, floor)];
                points.extend(&stretch);
                points.push((last, floor));
                shapes.push(Shape::Area { points, ink, opacity: 0.25 });
            } else {
                shapes.push(Shape::Line { points: stretch, ink, width: 0.8, dashed });
            }
        }
    }

    /// The values as points on paper, without gaps, and no more of them than can be seen: of what falls into one column
    /// the first, lowest, highest and last.
    fn stretches(&self, well: &Well, series: &Series) -> Vec<Vec<(f32, f32)>> {
        let mut stretches: Vec<Vec<(f32, f32)>> = Vec::new();
        let mut open = false;
        for (x, y) in series.points.iter().copied() {
            let place = self.across.place(x);
            if !y.is_finite() || !(-1e-6..=1.000_001).contains(&place) {
                open = false;
                continue;
            }
            let point = (well.x_of(place), well.y_of(self.up.place(y)));
            match stretches.last_mut().filter(|_| open) {
                Some(stretch) => stretch.push(point),
                None => stretches.push(vec![point]),
            }
            open = true;
        }
        stretches.into_iter().filter(|stretch| stretch.len() > 1).map(thinned).collect()
    }

    fn draw_bars(&self, well: &Well, series: &Series, shapes: &mut Vec<Shape>) {
        let places: Vec<f64> = series.points.iter().map(|point| self.across.place(point.0)).collect();
        for (index, (_, y)) in series.points.iter().enumerate().filter(|(_, point)| point.1.is_finite()) {
            let here = places[index];
            let before = index.checked_sub(1).map(|before| (here - places[before]) / 2.0);
            let after = places.get(index + 1).map(|next| (next - here) / 2.0);
            let (left, right) = (before.or(after).unwrap_or(0.01), after.or(before).unwrap_or(0.01));
            let (x, end) = (well.x_of(here - left), well.x_of(here + right));
            let (top, floor) = (well.y_of(self.up.place(*y)), well.y + well.height);
            let width = (end - x - 0.6).max(0.4);
            shapes.push(Shape::rectangle(x + 0.3, top, width, (floor - top).max(0.0), series.ink, 0.45));
        }
    }

    fn draw_dots(&self, well: &Well, series: &Series, shapes: &mut Vec<Shape>) {
        for (x, y) in series.points.iter().filter(|point| point.1.is_finite()) {
            let (x, y) = (well.x_of(self.across.place(*x)), well.y_of(self.up.place(*y)));
            shapes.push(Shape::rule((x, y - 2.5), (x, y + 2.5), series.ink, 0.9));
        }
    }

    fn draw_marks(&self, well: &Well, shapes: &mut Vec<Shape>) {
        for mark in &self.marks {
            let x = well.x_of(self.across.place(mark.at));
            shapes.push(Shape::rule((x, well.y), (x, well.y + well.height), mark.ink, 0.5));
            if !mark.words.is_empty() {
                // What stands near the right edge is written to the left of its line.
                let right = x > well.x + 0.85 * well.width;
                let (at, anchor) = if right { (x - 2.0, Anchor::End) } else { (x + 2.0, Anchor::Start) };
                let mut word = small(at, well.y + well.height - 4.0, mark.words.clone(), Face::Regular, anchor);
                if let Shape::Word(word) = &mut word {
                    word.ink = mark.ink;
                }
                shapes.push(word);
            }
        }
    }

    /// The title at the left, the names of the curves at the right.
    fn draw_legend(&self, width: f32, shapes: &mut Vec<Shape>) {
        shapes.push(Shape::Word(Word {
            x: 0.0,
            y: 9.0,
            text: self.title.clone(),
            face: Face::Strong,
            size: 8.0,
            ink: Ink::Black,
            anchor: Anchor::Start,
            upright: false,
        }));
        let mut x = width - 2.0;
        for series in self.series.iter().rev().filter(|series| !series.name.is_empty()) {
            // An estimate is enough for a gap: small letters are about half as wide as they are high.
            let letters = series.name.chars().count() as f32 * SMALL * 0.56;
            shapes.push(small(x - letters, 9.0, series.name.clone(), Face::Regular, Anchor::Start));
            let sample = x - letters - 4.0;
            let dashed = series.style == Style::Dashed;
            let thick = if matches!(series.style, Style::Bars | Style::Filled) { 4.0 } else { 1.2 };
            let points = vec![(sample - 12.0, 6.8), (sample, 6.8)];
            shapes.push(Shape::Line { points, ink: series.ink, width: thick, dashed });
            x = sample - 22.0;
        }
    }
}

/// The rectangle curves are drawn in.
struct Well {
    x: f32,
    y: f32,
    width: f32,
    height: f32,
}

impl Well {
    fn x_of(&self, place: f64) -> f32 {
        self.x + self.width * place.clamp(0.0, 1.0) as f32
    }

    fn y_of(&self, place: f64) -> f32 {
        self.y + self.height * (1.0 - place.clamp(0.0, 1.0) as f32)
    }
}

fn small(x: f32, y: f32, text: String, face: Face, anchor: Anchor) -> Shape {
    Shape::Word(Word { x, y, text, face, size: SMALL, ink: Ink::Grey, anchor, upright: false })
}

fn thinned(points: Vec<(f32, f32)>) -> Vec<(f32, f32)> {
    let column = |point: &(f32, f32)| (point.0 * MOST_PER_POINT / 4.0) as i32;
    let width = column(&points[points.len() - 1]) - column(&points[0]) + 1;
    if points.len() <= 4 * width.max(1) as usize {
        return points;
    }
    let mut kept = Vec::new();
    for group in points.chunk_by(|a, b| column(a) == column(b)) {
        let by = |pick: fn(f32, f32) -> bool| {
            (1..group.len()).fold(0, |best, next| if pick(group[next].1, group[best].1) { next } else { best })
        };
        let mut places = [0, by(|a, b| a < b), by(|a, b| a > b), group.len() - 1];
        places.sort_unstable();
        kept.extend(
            places.iter().enumerate().filter(|(n, place)| *n == 0 || places[n - 1] != **place).map(|(_, p)| group[*p]),
        );
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot() -> Plot {
        Plot::new("Test", Axis::linear("s", 0.0, 10.0), Axis::linear("dB", -60.0, 0.0))
    }

    #[test]
    fn scales_read_well() {
        let words = |axis: &Axis| axis.ticks(6).into_iter().map(|tick| tick.1).collect::<Vec<_>>();
        assert_eq!(words(&Axis::linear("dB", -60.0, 0.0)), ["-60", "-50", "-40", "-30", "-20", "-10", "0"]);
        assert_eq!(words(&Axis::time(0.0, 200.0)), ["0:00", "1:00", "2:00", "3:00"]);
        assert_eq!(words(&Axis::frequency(20.0, 2000.0)), ["20", "50", "100", "200", "500", "1k", "2k"]);
        assert_eq!(Axis::linear("", 3.0, 3.0).ticks(3).len(), 3);
    }

    #[test]
    fn a_gap_parts_a_line_and_peaks_survive_thinning() {
        let mut points: Vec<(f64, f64)> = (0..100_000).map(|n| (f64::from(n) / 1e4, -30.0)).collect();
        points[50_000].1 = -3.0;
        points[70_000].1 = f64::NEG_INFINITY;
        let plot = plot().with(Series::line("x", Ink::Blue, points));
        let lines: Vec<Vec<(f32, f32)>> = plot
            .shapes(500.0)
            .into_iter()
            .filter_map(|shape| match shape {
                Shape::Line { points, ink: Ink::Blue, width: 0.8, .. } => Some(points),
                _ => None,
            })
            .collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].len() < 2000);
        let well = 170.0 - HEAD - FOOT;
        let highest = lines[0].iter().map(|point| point.1).fold(f32::INFINITY, f32::min);
        assert!((highest - (HEAD + well * 3.0 / 60.0)).abs() < 0.01, "{highest}");
    }

    #[test]
    fn what_is_outside_the_scale_stays_in_the_well() {
        let wild = Series::new("wild", Style::Bars, Ink::Red, [(0.0, 900.0), (5.0, f64::NAN), (11.0, -900.0)]);
        let shapes = plot().with(wild).mark(99.0, "far", Ink::Red).shapes(400.0);
        for shape in shapes {
            if let Shape::Area { points, .. } | Shape::Line { points, .. } = shape {
                assert!(points.iter().all(|p| p.0 <= 400.0 && (0.0..=170.0).contains(&p.1)), "{points:?}");
            }
        }
    }
}
