//! Everything measured of one sound or of an album, as a sheet with its plots.

mod picture;

use super::sheet::Sheet;
use super::table::{Align, Table};
use super::{NOTHING, ceiling, clock, number};
use crate::analysis::band::BandReading;
use crate::analysis::full::FullMeasured;
use crate::analysis::loudness::{GatingBlocks, ShortTermBlocks};
use crate::analysis::measure::Measurement;
use crate::unit::{Dbtp, Lufs, Seconds};

/// Overs that are listed one by one; how many more there are is said.
const MOST_OVERS: usize = 40;
/// The loudness range is not to be trusted before this much programme (EBU Tech 3342, 5).
const STABLE_RANGE: Seconds = Seconds(60.0);

/// A sound that was measured.
pub struct Subject<'a> {
    /// Its name: a file, or a song.
    pub name: String,
    /// What else is known of it, as `File` and `24 bit, 96 kHz`.
    pub facts: Vec<(String, String)>,
    /// The measurement.
    pub full: &'a FullMeasured,
}

/// By what the sounds are looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Terms {
    /// The true peak above which overs were listed.
    pub ceiling: Dbtp,
    /// The loudness that is aimed at, where there is one.
    pub target: Option<Lufs>,
}

/// The sheet of sounds that belong together: the programme first where there are several, then each.
pub fn sheet(title: &str, subtitle: &str, subjects: &[Subject<'_>], terms: Terms) -> Sheet {
    let mut sheet = Sheet::new(title).subtitle(subtitle).footer(concat!("Lacquer ", env!("CARGO_PKG_VERSION")));
    if subjects.len() > 1 {
        programme(&mut sheet, subjects, terms);
    }
    for (place, subject) in subjects.iter().enumerate() {
        if place > 0 || subjects.len() > 1 {
            sheet.new_page();
        }
        if subject.name != title {
            sheet.heading(subject.name.clone());
        }
        one(&mut sheet, subject, terms);
    }
    sheet.text(METHOD);
    sheet
}

const METHOD: &str = "Loudness after ITU-R BS.1770-5 with the gates and windows of EBU Tech 3341, range after EBU Tech \
3342. True peak after BS.1770-5 Annex 2, on an eightfold grid refined by a parabola: within 0.005 dB up to 0.45 of the \
rate. Peaks are rounded up. Third octaves after IEC 61260-1 class 1; peak programme meters after IEC 60268-10, VU after \
IEC 60268-17. DR: second highest peak over the level of the loudest fifth of 3 s blocks. A dash stands for what does not \
exist.";

fn programme(sheet: &mut Sheet, subjects: &[Subject<'_>], terms: Terms) {
    let measured = || subjects.iter().map(|subject| &subject.full.measured);
    let integrated = GatingBlocks::joined(measured().map(|measured| &measured.gating_blocks));
    let range = ShortTermBlocks::joined(measured().map(|measured| &measured.short_term_blocks));
    let loudness = |subject: &Subject<'_>| subject.full.measured.measurement.integrated_lufs;
    let loudest = subjects
        .iter()
        .filter(|subject| loudness(subject).is_some())
        .reduce(|best, next| if loudness(next) > loudness(best) { next } else { best });
    let peak = measured().filter_map(|measured| measured.measurement.true_peak_dbtp).map(|peak| peak.0);
    sheet.heading("Programme").facts([
        ("Integrated, all songs as one", unit(number(integrated.map(|lufs| lufs.0), 1), "LUFS")),
        (
            "Loudest song",
            loudest.map_or(NOTHING.into(), |song| {
                format!("{} ({})", song.name, unit(number(loudness(song).map(|lufs| lufs.0), 1), "LUFS"))
            }),
        ),
        ("Loudness range", unit(number(range.map(|lu| lu.0), 1), "LU")),
        ("True peak", unit(ceiling(peak.reduce(f64::max), 2), "dBTP")),
    ]);
    let mut table =
        Table::new(&["Song", "Length", "I LUFS", "LRA", "M max", "S max", "TP dBTP", "PLR", "DR", "Corr", "Overs"])
            .aligned(0, Align::Left);
    for subject in subjects {
        let m = &subject.full.measured.measurement;
        table.row([
            subject.name.clone(),
            clock(m.duration_s.0),
            number(m.integrated_lufs.map(|v| v.0), 1),
            number(m.lra_lu.map(|v| v.0), 1),
            number(m.momentary_max_lufs.map(|v| v.0), 1),
            number(m.short_term_max_lufs.map(|v| v.0), 1),
            ceiling(m.true_peak_dbtp.map(|v| v.0), 2),
            number(m.plr_db.map(|v| v.0), 1),
            number(m.dr_db.map(|v| v.0), 1),
            number(m.correlation_mean, 2),
            m.overs.to_string(),
        ]);
    }
    sheet.table(table).plot(picture::programme(subjects, terms)).plot(picture::distribution(subjects));
}

fn one(sheet: &mut Sheet, subject: &Subject<'_>, terms: Terms) {
    let full = subject.full;
    let m = &full.measured.measurement;
    if !subject.facts.is_empty() {
        sheet.facts(subject.facts.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    if m.silent {
        sheet.text("Digital silence: there are no levels.");
        return;
    }
    sheet.table(figures(m)).plot(picture::history(full, terms)).plot(picture::peaks(full, terms));
    sheet.section("Channels").table(channels(m));
    sheet
        .section("Spectrum")
        .plot(picture::spectrum(full))
        .plot(picture::thirds(full))
        .plot(picture::spectrogram(full));
    sheet.section("Bands").table(bands(&full.octaves));
    sheet.section("Programme meters").table(meters(full));
    if !full.measured.overs.is_empty() {
        sheet.section(format!("Above {:.1} dBTP", terms.ceiling.0));
        sheet.table(overs(full));
        if full.measured.overs.len() > MOST_OVERS {
            sheet.text(format!("{} more are not listed.", full.measured.overs.len() - MOST_OVERS));
        }
    }
}

/// One row per figure, with the time of each extreme.
fn figures(m: &Measurement) -> Table {
    let mut table = Table::new(&["Measured", "Value", "Unit", "At"]).aligned(0, Align::Left).aligned(2, Align::Left);
    let at = |seconds: Option<Seconds>| seconds.map_or(String::new(), |at| clock(at.0));
    let stable = if m.duration_s.0 < STABLE_RANGE.0 { "LU, not stable before 60 s" } else { "LU" };
    let rows: [(&str, String, &str, String); 20] = [
        ("Integrated loudness", number(m.integrated_lufs.map(|v| v.0), 2), "LUFS", String::new()),
        ("Loudness range", number(m.lra_lu.map(|v| v.0), 2), stable, String::new()),
        ("Momentary, maximum", number(m.momentary_max_lufs.map(|v| v.0), 2), "LUFS", at(m.momentary_max_at_s)),
        ("Short-term, maximum", number(m.short_term_max_lufs.map(|v| v.0), 2), "LUFS", at(m.short_term_max_at_s)),
        ("True peak", ceiling(m.true_peak_dbtp.map(|v| v.0), 3), "dBTP", at(m.true_peak_at_s)),
        ("Sample peak", ceiling(m.sample_peak_dbfs.map(|v| v.0), 3), "dBFS", at(m.sample_peak_at_s)),
        ("PLR, true peak over integrated", number(m.plr_db.map(|v| v.0), 1), "dB", String::new()),
        ("PSR, minimum", number(m.psr_min_db.map(|v| v.0), 1), "dB", at(m.psr_min_at_s)),
        ("PSR, lowest twentieth", number(m.psr_low_db.map(|v| v.0), 1), "dB", String::new()),
        ("Crest", number(m.crest_db.map(|v| v.0), 1), "dB", String::new()),
        ("DR", number(m.dr_db.map(|v| v.0), 1), "dB", String::new()),
        ("RMS", number(m.rms_dbfs.map(|v| v.0), 2), "dBFS", String::new()),
        ("Constant offset", number(m.dc_offset_percent, 4), "%", String::new()),
        ("Correlation", number(m.correlation_mean, 2), "", String::new()),
        ("Correlation, minimum", number(m.correlation_min, 2), "", at(m.correlation_min_at_s)),
        ("Balance, right over left", number(m.balance_db.map(|v| v.0), 2), "dB", String::new()),
        ("Side over mid", number(m.side_over_mid_db.map(|v| v.0), 1), "dB", String::new()),
        ("Mono loss", number(m.mono_loss_db.map(|v| v.0), 2), "dB", String::new()),
        ("Overs", m.overs.to_string(), "", String::new()),
        ("Length", clock(m.duration_s.0), "min:s", String::new()),
    ];
    for (name, value, unit, at) in rows {
        table.row([name.to_string(), value, unit.to_string(), at]);
    }
    table
}

fn channels(m: &Measurement) -> Table {
    let mut table = Table::new(&["Channel", "TP dBTP", "at", "Peak dBFS", "at", "RMS dBFS", "DC %", "Overs"]);
    table = table.aligned(0, Align::Left);
    let at = |seconds: Option<Seconds>| seconds.map_or(NOTHING.into(), |at| clock(at.0));
    for channel in &m.channels {
        table.row([
            channel.label.clone(),
            ceiling(channel.true_peak_dbtp.map(|v| v.0), 3),
            at(channel.true_peak_at_s),
            ceiling(channel.sample_peak_dbfs.map(|v| v.0), 3),
            at(channel.sample_peak_at_s),
            number(channel.rms_dbfs.map(|v| v.0), 2),
            number(channel.dc_offset_percent, 4),
            channel.overs.to_string(),
        ]);
    }
    table
}

/// Level, crest, correlation and mono loss of bands, one row each.
pub fn bands(bands: &[BandReading]) -> Table {
    let mut table = Table::new(&["Band Hz", "Mean dBFS", "Max dBFS", "Crest dB", "Corr", "Corr min", "Mono dB"]);
    table = table.aligned(0, Align::Left);
    for band in bands {
        table.row([
            band.name.to_string(),
            number(band.mean.map(|v| v.0), 1),
            number(band.highest.map(|v| v.0), 1),
            number(band.crest.map(|v| v.0), 1),
            number(band.correlation, 2),
            number(band.correlation_min, 2),
            number(band.mono_loss.map(|v| v.0), 2),
        ]);
    }
    table
}

/// The highest reading of each programme meter on its own scale, of the louder channel.
pub fn meters(full: &FullMeasured) -> Table {
    let mut table = Table::new(&["Meter", "Highest", "Unit", "dBFS", "At"]).aligned(0, Align::Left);
    table = table.aligned(2, Align::Left);
    let rate = full.measured.measurement.sample_rate_hz;
    for (meter, highest) in &full.meters {
        let scale = meter.scale();
        table.row([
            meter.name().to_string(),
            number(highest.map(|highest| scale.value(highest.value)), 1),
            scale.unit.to_string(),
            number(highest.map(|highest| highest.value.0), 1),
            highest.map_or(NOTHING.into(), |highest| clock(highest.at_seconds(rate).0)),
        ]);
    }
    table
}

fn overs(full: &FullMeasured) -> Table {
    let m = &full.measured.measurement;
    let mut table = Table::new(&["From", "Length ms", "Channel", "Peak dBTP"]);
    table = table.aligned(0, Align::Left).aligned(2, Align::Left);
    for over in full.measured.overs.iter().take(MOST_OVERS) {
        table.row([
            clock(over.start.seconds(m.sample_rate_hz).0),
            format!("{:.2}", 1000.0 * over.length.seconds(m.sample_rate_hz).0),
            m.channels.get(over.channel).map_or(NOTHING.into(), |channel| channel.label.clone()),
            ceiling(Some(over.peak.0), 2),
        ]);
    }
    table
}

fn unit(value: String, unit: &str) -> String {
    if value == NOTHING { value } else { format!("{value} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::full::FullMeasurer;
    use crate::audio::{Block, Layout};
    use crate::unit::SampleRate;

    fn measured(amplitude: f64) -> FullMeasured {
        let wave = |n: usize| amplitude * libm::sin(0.1 * n as f64) * libm::sin(n as f64 * 0.00002);
        let samples: Vec<f64> = (0..5 * 44_100).map(wave).collect();
        let mut full = FullMeasurer::new(Layout::Stereo, SampleRate(44_100), Some(24), Dbtp(-1.0)).unwrap();
        full.process(&Block::from_channels(&[samples.clone(), samples]));
        full.finish()
    }

    #[test]
    fn an_album_is_told_as_one_and_song_by_song() {
        let (loud, soft) = (measured(1.2), measured(0.1));
        let subject =
            |name: &str, full| Subject { name: name.into(), facts: vec![("File".into(), "a.wav".into())], full };
        let terms = Terms { ceiling: Dbtp(-1.0), target: Some(Lufs(-14.0)) };
        let sheet = sheet("Album", "now", &[subject("Loud", &loud), subject("Soft", &soft)], terms);
        let text = sheet.to_text();
        assert!(text.contains("Loudest song") && text.contains("Loud (") && text.contains("Above -1.0 dBTP"));
        assert!(text.contains("not stable before 60 s") && text.contains("PPM II") && text.contains("8k"));
        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
        assert!(sheet.to_pdf().unwrap().len() > 10_000);
    }

    #[test]
    fn silence_is_told_as_silence() {
        let silent = measured(0.0);
        let terms = Terms { ceiling: Dbtp(-1.0), target: None };
        let subject = Subject { name: "Nothing".into(), facts: Vec::new(), full: &silent };
        let text = sheet("Nothing", "", &[subject], terms).to_text();
        assert!(text.contains("Digital silence") && !text.contains("NaN"));
    }
}
