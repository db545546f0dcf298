//! The colours: numbers only. A theme replaces this table and nothing else.
//!
//! Contrast after WCAG 2.2 (relative luminance, section 1.4.3); the promised ratios are in the tests below.

use iced::Color;

/// Every colour of the window, by its meaning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Palette {
    /// Behind the plates.
    pub window: Color,
    /// A plate.
    pub plate: Color,
    /// A key at rest; a selected row.
    pub key: Color,
    /// A key under the pointer; bubbles and overlays.
    pub hover: Color,
    /// A toggle that is on; the selected cell of a segment.
    pub on: Color,
    /// A key held down.
    pub pressed: Color,
    /// A table row under the pointer.
    pub row_hover: Color,
    /// Wells: instruments and editable numbers.
    pub well: Color,
    /// Body of a clip.
    pub clip: Color,
    /// Title strip of a clip.
    pub clip_title: Color,
    /// Title strip of the selected clip.
    pub clip_title_selected: Color,
    /// Grid lines in a well.
    pub grid: Color,
    /// Decade and bar lines in a well.
    pub decade: Color,
    /// Separating lines, decoration only.
    pub hairline: Color,
    /// Lines that carry meaning.
    pub outline: Color,
    /// Values and words.
    pub text: Color,
    /// Labels and units.
    pub text2: Color,
    /// Hints, on plates and the window only.
    pub text3: Color,
    /// What cannot be used now.
    pub disabled: Color,
    /// Text on a light or coloured fill.
    pub dark: Color,
    /// The master: selected, passing, ours.
    pub a: Color,
    /// Waveform peaks of the master.
    pub a_mid: Color,
    /// Output and bars of the master.
    pub a_deep: Color,
    /// RMS inside a waveform.
    pub a_core: Color,
    /// The reference; gain reduction.
    pub r: Color,
    /// Fill of gain reduction.
    pub r_deep: Color,
    /// The untouched source.
    pub s: Color,
    /// The unknown of a blind test.
    pub x: Color,
    /// Level up to 6 dB below the ceiling.
    pub low: Color,
    /// RMS inside [`Palette::low`].
    pub low_core: Color,
    /// Level in the top 6 dB below the ceiling; a warning.
    pub mid: Color,
    /// RMS inside [`Palette::mid`]; outline of a warning.
    pub mid_core: Color,
    /// Level above the ceiling; a fault. A fill, never a word.
    pub over: Color,
    /// RMS inside [`Palette::over`].
    pub over_core: Color,
    /// Red words and numbers.
    pub alarm: Color,
    /// Focus line and ring.
    pub focus: Color,
    /// Primary key under the pointer.
    pub primary_hover: Color,
    /// Primary key held down.
    pub primary_pressed: Color,
    /// Waveform of songs that are not selected; single bands of an equaliser.
    pub quiet: Color,
    /// Analyser, now.
    pub analyser: Color,
    /// Analyser, average.
    pub analyser_average: Color,
    /// Analyser, reference (dashed).
    pub analyser_reference: Color,
    /// Fill under the selected band of an equaliser.
    pub band: Color,
    /// Tint behind the span of a fault.
    pub fault: Color,
    /// Disc: the widest pitch.
    pub groove_wide: Color,
    /// Disc: the narrowest pitch.
    pub groove_narrow: Color,
}

const fn rgb(hex: u32) -> Color {
    Color::from_rgb8((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

impl Palette {
    /// The default: neutral greys for a dim room.
    pub const DARK: Palette = Palette {
        window: rgb(0x101214),
        plate: rgb(0x171A1D),
        key: rgb(0x20252A),
        hover: rgb(0x2A3036),
        on: rgb(0x3A424A),
        pressed: rgb(0x14181B),
        row_hover: rgb(0x1B1F23),
        well: rgb(0x0B0D0F),
        clip: rgb(0x12161A),
        clip_title: rgb(0x20252A),
        clip_title_selected: rgb(0x2A3138),
        grid: rgb(0x1A1E22),
        decade: rgb(0x242A30),
        hairline: rgb(0x2E353C),
        outline: rgb(0x66717C),
        text: rgb(0xD8DCE0),
        text2: rgb(0xA3ABB3),
        text3: rgb(0x7F8892),
        disabled: rgb(0x5C646C),
        dark: rgb(0x0B0D0F),
        a: rgb(0x56B4E9),
        a_mid: rgb(0x3A7CA3),
        a_deep: rgb(0x2B6484),
        a_core: rgb(0x1E4258),
        r: rgb(0xE69F00),
        r_deep: rgb(0x7A5A14),
        s: rgb(0xB8C0C8),
        x: rgb(0xCC79A7),
        low: rgb(0x4AA8DC),
        low_core: rgb(0x2B6484),
        mid: rgb(0xF7DF72),
        mid_core: rgb(0x9C8C44),
        over: rgb(0xE8503A),
        over_core: rgb(0x8A3326),
        alarm: rgb(0xFF8A76),
        focus: rgb(0x8CCBFF),
        primary_hover: rgb(0x6FC1EF),
        primary_pressed: rgb(0x4296C6),
        quiet: rgb(0x39434C),
        analyser: rgb(0x16222A),
        analyser_average: rgb(0x4F6E82),
        analyser_reference: rgb(0x8F6A1E),
        band: rgb(0x1C3A4C),
        fault: rgb(0x2A1512),
        groove_wide: rgb(0x1C2126),
        groove_narrow: rgb(0x505D6A),
    };

    /// For a dark room: text and identity at about 0.6 of the luminance, alarm colours kept.
    pub const NIGHT: Palette = Palette {
        window: rgb(0x070809),
        plate: rgb(0x0C0E10),
        key: rgb(0x14181B),
        hover: rgb(0x1C2125),
        on: rgb(0x292F35),
        pressed: rgb(0x090B0D),
        row_hover: rgb(0x101316),
        well: rgb(0x030405),
        clip: rgb(0x090B0D),
        clip_title: rgb(0x14181B),
        clip_title_selected: rgb(0x1C2227),
        grid: rgb(0x101316),
        decade: rgb(0x181C20),
        hairline: rgb(0x20262B),
        outline: rgb(0x57616A),
        text: rgb(0xABAEB2),
        text2: rgb(0x8A9198),
        text3: rgb(0x798189),
        disabled: rgb(0x4A5157),
        dark: rgb(0x050607),
        a: rgb(0x438FBB),
        a_mid: rgb(0x2D6180),
        a_deep: rgb(0x214E67),
        a_core: rgb(0x173445),
        r: rgb(0xB87E00),
        r_deep: rgb(0x5F460F),
        s: rgb(0x92989E),
        x: rgb(0xA9638A),
        low: rgb(0x3A86B0),
        low_core: rgb(0x214E67),
        mid: rgb(0xF7DF72),
        mid_core: rgb(0x9C8C44),
        over: rgb(0xE8503A),
        over_core: rgb(0x8A3326),
        alarm: rgb(0xFF8A76),
        focus: rgb(0x70A3CC),
        primary_hover: rgb(0x589BC0),
        primary_pressed: rgb(0x3B80A9),
        quiet: rgb(0x2B333A),
        analyser: rgb(0x101A20),
        analyser_average: rgb(0x3E5767),
        analyser_reference: rgb(0x715417),
        band: rgb(0x162E3C),
        fault: rgb(0x20100D),
        groove_wide: rgb(0x14181B),
        groove_narrow: rgb(0x3E4852),
    };

    /// White on black, brighter lines, the same hues.
    pub const HIGH_CONTRAST: Palette = Palette {
        window: rgb(0x000000),
        plate: rgb(0x000000),
        key: rgb(0x1C1F22),
        hover: rgb(0x2C3136),
        on: rgb(0x424A52),
        pressed: rgb(0x0A0B0C),
        row_hover: rgb(0x15181A),
        well: rgb(0x000000),
        clip: rgb(0x0A0C0E),
        clip_title: rgb(0x1C1F22),
        clip_title_selected: rgb(0x303840),
        grid: rgb(0x2A2F34),
        decade: rgb(0x4A525A),
        hairline: rgb(0x6A747E),
        outline: rgb(0xB4BCC4),
        text: rgb(0xFFFFFF),
        text2: rgb(0xDCE2E8),
        text3: rgb(0xC0C8D0),
        disabled: rgb(0x8A939C),
        dark: rgb(0x000000),
        a: rgb(0x7CCBFF),
        a_mid: rgb(0x56B4E9),
        a_deep: rgb(0x3A7CA3),
        a_core: rgb(0x245A7A),
        r: rgb(0xFFB319),
        r_deep: rgb(0xA87A14),
        s: rgb(0xE0E6EC),
        x: rgb(0xF29CCB),
        low: rgb(0x6CC4FA),
        low_core: rgb(0x3A7CA3),
        mid: rgb(0xFFE970),
        mid_core: rgb(0xC8B450),
        over: rgb(0xFF5B42),
        over_core: rgb(0xA83C2A),
        alarm: rgb(0xFF9D8C),
        focus: rgb(0xFFFFFF),
        primary_hover: rgb(0x9AD8FF),
        primary_pressed: rgb(0x56B4E9),
        quiet: rgb(0x5A646E),
        analyser: rgb(0x1C3038),
        analyser_average: rgb(0x7CA8C4),
        analyser_reference: rgb(0xC8942A),
        band: rgb(0x24506A),
        fault: rgb(0x401A14),
        groove_wide: rgb(0x1C2126),
        groove_narrow: rgb(0x7C8A98),
    };

    /// For an office in daylight.
    pub const LIGHT: Palette = Palette {
        window: rgb(0xDDE1E5),
        plate: rgb(0xEEF0F2),
        key: rgb(0xDCE0E4),
        hover: rgb(0xCED4DA),
        on: rgb(0xB6BFC8),
        pressed: rgb(0xC4CBD2),
        row_hover: rgb(0xE5E8EB),
        well: rgb(0xFAFBFC),
        clip: rgb(0xF0F3F6),
        clip_title: rgb(0xDCE0E4),
        clip_title_selected: rgb(0xC8D2DC),
        grid: rgb(0xE8EBEE),
        decade: rgb(0xD8DDE2),
        hairline: rgb(0xC6CCD2),
        outline: rgb(0x6A7580),
        text: rgb(0x14181B),
        text2: rgb(0x3C444C),
        text3: rgb(0x56606A),
        disabled: rgb(0x868F98),
        dark: rgb(0xFFFFFF),
        a: rgb(0x00598F),
        a_mid: rgb(0x3A7CA3),
        a_deep: rgb(0x5F9FC4),
        a_core: rgb(0x1E5A80),
        r: rgb(0x835500),
        r_deep: rgb(0xE2BC6C),
        s: rgb(0x4C5660),
        x: rgb(0x96386C),
        low: rgb(0x2A86BC),
        low_core: rgb(0x14587E),
        mid: rgb(0x7A6200),
        mid_core: rgb(0x9C8420),
        over: rgb(0xC8321C),
        over_core: rgb(0x8A2010),
        alarm: rgb(0xA82412),
        focus: rgb(0x0072B2),
        primary_hover: rgb(0x006BAA),
        primary_pressed: rgb(0x004878),
        quiet: rgb(0xB4BCC4),
        analyser: rgb(0xDCE9F1),
        analyser_average: rgb(0x6A8CA2),
        analyser_reference: rgb(0xB08430),
        band: rgb(0xBBD9EA),
        fault: rgb(0xF6D8D2),
        groove_wide: rgb(0xDCE0E4),
        groove_narrow: rgb(0x8C98A4),
    };
}

/// WCAG contrast ratio of two opaque colours, 1 to 21.
pub fn contrast(one: Color, other: Color) -> f32 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(colour: Color) -> f32 {
    let linear = |c: f32| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
    0.2126 * linear(colour.r) + 0.7152 * linear(colour.g) + 0.0722 * linear(colour.b)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [(&str, Palette); 4] = [
        ("dark", Palette::DARK),
        ("night", Palette::NIGHT),
        ("high contrast", Palette::HIGH_CONTRAST),
        ("light", Palette::LIGHT),
    ];

    #[test]
    fn every_word_is_readable_on_what_it_stands_on() {
        for (name, p) in ALL {
            let pairs = [
                ("text on plate", p.text, p.plate),
                ("text on window", p.text, p.window),
                ("text in well", p.text, p.well),
                ("text on key", p.text, p.key),
                ("text on hover", p.text, p.hover),
                ("text on on", p.text, p.on),
                ("text2 on plate", p.text2, p.plate),
                ("text2 in well", p.text2, p.well),
                ("text2 on key", p.text2, p.key),
                ("text2 on bubble", p.text2, p.hover),
                ("text3 on plate", p.text3, p.plate),
                ("text3 on window", p.text3, p.window),
                ("alarm on plate", p.alarm, p.plate),
                ("alarm on selected row", p.alarm, p.key),
                ("warning on plate", p.mid, p.plate),
                ("pass on plate", p.a, p.plate),
                ("reference on key", p.r, p.key),
                ("dark on A", p.dark, p.a),
                ("dark on R", p.dark, p.r),
                ("dark on X", p.dark, p.x),
                ("dark on S", p.dark, p.s),
                ("dark on lit", p.dark, p.text),
                ("dark on over", p.dark, p.over),
                ("dark on primary hover", p.dark, p.primary_hover),
                ("dark on primary pressed", p.dark, p.primary_pressed),
            ];
            for (pair, ink, ground) in pairs {
                let ratio = contrast(ink, ground);
                assert!(ratio >= 4.5, "{name}: {pair} is {ratio:.2}");
            }
        }
    }

    #[test]
    fn lines_that_mean_something_reach_three_to_one() {
        for (name, p) in ALL {
            for (line, ink) in [("outline", p.outline), ("focus", p.focus), ("over", p.over), ("A", p.a)] {
                let ratio = contrast(ink, p.plate);
                assert!(ratio >= 3.0, "{name}: {line} is {ratio:.2}");
            }
        }
    }

    #[test]
    fn the_published_ratios_hold() {
        let p = Palette::DARK;
        let near = |ink, ground, said: f32| (contrast(ink, ground) - said).abs() < 0.06;
        assert!(near(p.text, p.plate, 12.7));
        assert!(near(p.text, p.well, 14.1));
        assert!(near(p.dark, p.a, 8.4));
        assert!(near(p.alarm, p.plate, 7.6));
        assert!((contrast(Color::WHITE, Color::BLACK) - 21.0).abs() < 1e-4);
    }
}
