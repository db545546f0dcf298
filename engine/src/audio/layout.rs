use std::fmt;

use serde::{Deserialize, Serialize};

/// What a channel is for. Loudness weights and labels follow from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Front left, or the left of a pair.
    Left,
    /// Front right, or the right of a pair.
    Right,
    /// Front centre, or mono.
    Centre,
    /// Low-frequency effects: not weighted by BS.1770.
    Lfe,
    /// Side or rear surround, left.
    LeftSurround,
    /// Side or rear surround, right.
    RightSurround,
    /// Rear surround of 7.x, left.
    LeftRear,
    /// Rear surround of 7.x, right.
    RightRear,
    /// Height channels.
    Height,
    /// A channel whose place is not known.
    Discrete,
}

/// How many channels there are and what each is for. Nothing above this room assumes two without saying so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Layout {
    /// One channel.
    Mono,
    /// Left, right.
    Stereo,
    /// L R C LFE Ls Rs (ITU-R BS.775).
    Surround51,
    /// L R C LFE Ls Rs Lb Rb.
    Surround71,
    /// 7.1 with four heights.
    Surround714,
    /// Channels without named places, 1 to 64.
    Discrete(u8),
}

impl Layout {
    /// The usual layout of a channel count.
    pub fn of_channels(channels: usize) -> Layout {
        match channels {
            1 => Layout::Mono,
            2 => Layout::Stereo,
            6 => Layout::Surround51,
            8 => Layout::Surround71,
            12 => Layout::Surround714,
            other => Layout::Discrete(other.min(255) as u8),
        }
    }

    /// Number of channels.
    pub fn channels(self) -> usize {
        match self {
            Layout::Mono => 1,
            Layout::Stereo => 2,
            Layout::Surround51 => 6,
            Layout::Surround71 => 8,
            Layout::Surround714 => 12,
            Layout::Discrete(count) => usize::from(count),
        }
    }

    /// What channel `index` is for.
    pub fn role(self, index: usize) -> Role {
        use Role::*;
        const ORDER: [Role; 8] = [Left, Right, Centre, Lfe, LeftSurround, RightSurround, LeftRear, RightRear];
        match self {
            Layout::Mono => Centre,
            Layout::Discrete(_) => Discrete,
            _ => ORDER.get(index).copied().unwrap_or(Height),
        }
    }

    /// A short label for channel `index`: L, R, C, LFE, Ls, Rs ...
    pub fn label(self, index: usize) -> String {
        const HEIGHTS: [&str; 4] = ["Ltf", "Rtf", "Ltr", "Rtr"];
        match self.role(index) {
            Role::Left => "L".into(),
            Role::Right => "R".into(),
            Role::Centre if self == Layout::Mono => "M".into(),
            Role::Centre => "C".into(),
            Role::Lfe => "LFE".into(),
            Role::LeftSurround => "Ls".into(),
            Role::RightSurround => "Rs".into(),
            Role::LeftRear => "Lb".into(),
            Role::RightRear => "Rb".into(),
            Role::Height => HEIGHTS.get(index.wrapping_sub(8)).copied().unwrap_or("H").into(),
            Role::Discrete => (index + 1).to_string(),
        }
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Layout::Mono => f.write_str("mono"),
            Layout::Stereo => f.write_str("stereo"),
            Layout::Surround51 => f.write_str("5.1"),
            Layout::Surround71 => f.write_str("7.1"),
            Layout::Surround714 => f.write_str("7.1.4"),
            Layout::Discrete(count) => write!(f, "{count} channels"),
        }
    }
}

impl From<Layout> for String {
    fn from(layout: Layout) -> String {
        layout.to_string()
    }
}

impl TryFrom<String> for Layout {
    type Error = String;
    fn try_from(text: String) -> Result<Layout, String> {
        match text.as_str() {
            "mono" => Ok(Layout::Mono),
            "stereo" => Ok(Layout::Stereo),
            "5.1" => Ok(Layout::Surround51),
            "7.1" => Ok(Layout::Surround71),
            "7.1.4" => Ok(Layout::Surround714),
            other => other
                .strip_suffix(" channels")
                .and_then(|count| count.parse().ok())
                .filter(|count| (1..=64).contains(count))
                .map(Layout::Discrete)
                .ok_or_else(|| format!("no channel layout is called '{other}'")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_survive_their_names() {
        for channels in 1..=12 {
            let layout = Layout::of_channels(channels);
            assert_eq!(layout.channels(), channels);
            assert_eq!(Layout::try_from(String::from(layout)), Ok(layout));
        }
        assert!(Layout::try_from("quadrophonic".to_string()).is_err());
        assert!(Layout::try_from("0 channels".to_string()).is_err());
    }

    #[test]
    fn labels_name_the_places() {
        assert_eq!((0..6).map(|c| Layout::Surround51.label(c)).collect::<Vec<_>>(), ["L", "R", "C", "LFE", "Ls", "Rs"]);
        assert_eq!(Layout::Mono.label(0), "M");
        assert_eq!(Layout::Surround714.label(8), "Ltf");
    }
}
