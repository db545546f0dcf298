use std::fmt;

use serde::{Serialize, Serializer};

use crate::profile::{Bound, Outcome};
use crate::unit::{Db, Hertz, Seconds};

/// What can be wrong with a cut. The id is the name of the check in the profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The side does not fit on the disc.
    Over,
    /// The side ends too near the label.
    Land,
    /// Sideways slope of the groove: the back of the cutter touches what it has cut.
    Slope,
    /// Sideways velocity.
    Lateral,
    /// Curvature against the chosen stylus.
    Curvature,
    /// Curvature against a round stylus.
    Conical,
    /// How much of the side is bent so much that tracing distortion is heard.
    Tracing,
    /// Top width of the groove at its narrowest: below the least the stylus lifts out.
    Narrow,
    /// Depth of the groove.
    Deep,
    /// Acceleration that warms the cutter head, over one second.
    Heat,
    /// The same over ten seconds.
    LongHeat,
    /// Difference of the channels in the bass.
    LowSide,
    /// Waves that go further to one side than to the other.
    Lopsided,
    /// Channels that work against each other over a whole song.
    Polarity,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Fault; 14] = [
        Fault::Over,
        Fault::Land,
        Fault::Slope,
        Fault::Lateral,
        Fault::Curvature,
        Fault::Conical,
        Fault::Tracing,
        Fault::Narrow,
        Fault::Deep,
        Fault::Heat,
        Fault::LongHeat,
        Fault::LowSide,
        Fault::Lopsided,
        Fault::Polarity,
    ];

    /// Those that have a value at every moment of the side.
    pub const COURSES: [Fault; 8] = [
        Fault::Slope,
        Fault::Lateral,
        Fault::Curvature,
        Fault::Conical,
        Fault::Narrow,
        Fault::Deep,
        Fault::Heat,
        Fault::LongHeat,
    ];

    /// The stable name, that of its check in the profile.
    pub fn id(self) -> &'static str {
        match self {
            Fault::Over => "side_over",
            Fault::Land => "inner_radius",
            Fault::Slope => "slope",
            Fault::Lateral => "lateral_velocity",
            Fault::Curvature => "curvature",
            Fault::Conical => "curvature_conical",
            Fault::Tracing => "tracing_share",
            Fault::Narrow => "narrowest_groove",
            Fault::Deep => "deepest_groove",
            Fault::Heat => "head_heat_1s",
            Fault::LongHeat => "head_heat_10s",
            Fault::LowSide => "low_side",
            Fault::Lopsided => "asymmetry",
            Fault::Polarity => "groove_correlation",
        }
    }

    /// What an engineer calls it.
    pub fn title(self) -> &'static str {
        match self {
            Fault::Over => "Side does not fit",
            Fault::Land => "Innermost groove",
            Fault::Slope => "Slope",
            Fault::Lateral => "Lateral velocity",
            Fault::Curvature => "Curvature",
            Fault::Conical => "Curvature, round stylus",
            Fault::Tracing => "Tracing distortion",
            Fault::Narrow => "Narrowest groove",
            Fault::Deep => "Deepest groove",
            Fault::Heat => "Head heating",
            Fault::LongHeat => "Head heating, sustained",
            Fault::LowSide => "Low side signal",
            Fault::Lopsided => "Lopsided waves",
            Fault::Polarity => "Channels opposed",
        }
    }

    /// The unit of its measure.
    pub fn unit(self) -> &'static str {
        match self {
            Fault::Over => "s over",
            Fault::Land => "mm",
            Fault::Slope | Fault::Curvature | Fault::Conical | Fault::Polarity => "",
            Fault::Lateral => "cm/s",
            Fault::Tracing => "%",
            Fault::Narrow | Fault::Deep => "um",
            Fault::Heat | Fault::LongHeat => "g rms",
            Fault::LowSide | Fault::Lopsided => "dB",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

/// What would mend a fault.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Remedy {
    /// Cut the side at another level.
    Level(Db),
    /// Take the side signal out below a frequency.
    Elliptical(Hertz),
    /// Hold the acceleration back where the groove is bent most.
    Acceleration {
        /// By so much.
        by: Db,
        /// From here on, against the acceleration that a full-scale tone of 10 kHz gives the groove: the scale of the
        /// de-esser in the groove.
        from: Db,
    },
    /// Move the song to the outer third of a side.
    Outside,
    /// A shorter side.
    Shorter(Seconds),
    /// An all-pass that turns the phases of the low middle: the wave becomes as high as it is deep.
    Rotation,
    /// One channel the other way round.
    Invert,
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Remedy::Level(by) => write!(f, "level {:+.1} dB", by.0),
            Remedy::Elliptical(at) => write!(f, "elliptical {:.0} Hz", at.0),
            Remedy::Acceleration { by, .. } => write!(f, "acceleration limit {:+.1} dB", by.0),
            Remedy::Outside => f.write_str("move to the outer third"),
            Remedy::Rotation => f.write_str("a phase rotator near 200 Hz, or the level"),
            Remedy::Invert => f.write_str("polarity of one channel"),
            Remedy::Shorter(by) => write!(f, "side shorter by {:.0} s", by.0.ceil()),
        }
    }
}

impl Serialize for Remedy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One thing that is wrong with a cut.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// What it is.
    pub fault: Fault,
    /// How much it matters.
    pub severity: Outcome,
    /// When it is worst, from the start of the side.
    pub at_s: Seconds,
    /// When it begins.
    pub start_s: Seconds,
    /// When it ends.
    pub end_s: Seconds,
    /// The song, counted from 0 on this side.
    pub song: Option<usize>,
    /// At how many places of that song; those that lie near each other count once.
    pub places: usize,
    /// Radius of the groove where it is worst.
    pub radius_mm: f64,
    /// What was measured, in `unit`.
    pub measured: f64,
    /// The limit it broke.
    pub limit: f64,
    /// Which side of the limit is allowed.
    pub bound: Bound,
    /// The unit of both.
    pub unit: &'static str,
    /// What would mend it, the gentlest first.
    pub remedies: Vec<Remedy>,
}
