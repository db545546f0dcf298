//! One table of metadata, told in every container's words.

use super::manifest::AudioEntry;
use crate::codec::Coding;
use crate::container::flac::FlacTags;
use crate::session::{Session, Song};

/// What is known of a song, under the names of Vorbis comments (xiph.org field names; ISRC, BARCODE and LABEL as
/// usual among taggers). Empty texts are left out.
pub(super) fn comments(session: &Session, audio: &AudioEntry, number: usize, total: usize) -> Vec<(String, String)> {
    let song = session.songs.iter().find(|song| Some(&song.id) == audio.song.as_ref());
    let isrc = audio.isrc.as_deref().unwrap_or_default();
    of_song(session, song, [&audio.title, &audio.artist, isrc], number, total)
}

/// The same of a song that is not delivered yet; title, artist and ISRC are those that its pass tells.
pub(super) fn of_song(
    session: &Session,
    song: Option<&Song>,
    [title, artist, isrc]: [&str; 3],
    number: usize,
    total: usize,
) -> Vec<(String, String)> {
    let album = &session.album;
    let credit = |text: fn(&crate::session::Credits) -> &String| song.map_or("", |song| text(&song.credits));
    let (number, total) = (number.to_string(), total.to_string());
    let texts = [
        ("TITLE", title),
        ("ARTIST", artist),
        ("ALBUM", &album.title),
        ("ALBUMARTIST", &album.artist),
        ("TRACKNUMBER", &number),
        ("TRACKTOTAL", &total),
        ("DATE", &album.date),
        ("GENRE", &album.genre),
        ("ISRC", isrc),
        ("BARCODE", &album.upc),
        ("CATALOGNUMBER", &album.catalogue),
        ("COMPOSER", credit(|credits| &credits.composer)),
        ("LYRICIST", credit(|credits| &credits.lyricist)),
        ("ARRANGER", credit(|credits| &credits.arranger)),
        ("PRODUCER", credit(|credits| &credits.producer)),
        ("LABEL", &album.label),
        ("COPYRIGHT", &album.copyright),
    ];
    let told = texts.into_iter().filter(|(_, text)| !text.is_empty());
    told.map(|(name, text)| (name.to_string(), text.to_string())).collect()
}

/// The tags of a FLAC file, with its playback gain.
pub(super) fn flac(session: &Session, audio: &AudioEntry, number: usize, total: usize) -> FlacTags {
    let figure = |key: &str| audio.measured.get(key).and_then(serde_json::Value::as_f64);
    let gain = Gain {
        loudness: figure("integrated_lufs"),
        peak: figure("true_peak_dbtp"),
        album_loudness: None,
        album_peak: None,
    };
    FlacTags { comments: copy(session, audio, number, total, None, &gain), picture: None }
}

/// The reference of ReplayGain 2.0.
const REPLAY_GAIN_LUFS: f64 = -18.0;
/// The reference of the gain in Opus files (RFC 7845, section 5.2.1: EBU R 128).
const OPUS_LUFS: f64 = -23.0;
/// The reference of Sound Check.
const SOUND_CHECK_LUFS: f64 = -16.0;

/// How loud a song and its album are, LUFS and dBTP.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Gain {
    pub(super) loudness: Option<f64>,
    pub(super) peak: Option<f64>,
    pub(super) album_loudness: Option<f64>,
    pub(super) album_peak: Option<f64>,
}

/// The table of a copy in a coding (none: FLAC), with the playback gain its players look for.
pub(super) fn copy(
    session: &Session,
    audio: &AudioEntry,
    number: usize,
    total: usize,
    coding: Option<Coding>,
    gain: &Gain,
) -> Vec<(String, String)> {
    let mut table = comments(session, audio, number, total);
    let mut say = |name: &str, text: String| table.push((name.to_string(), text));
    let scopes = [("TRACK", gain.loudness, gain.peak), ("ALBUM", gain.album_loudness, gain.album_peak)];
    for (scope, loudness, peak) in scopes {
        let (Some(loudness), Some(peak)) = (loudness, peak) else { continue };
        if coding == Some(Coding::Opus) {
            say(&format!("R128_{scope}_GAIN"), q7_8(OPUS_LUFS - loudness).to_string());
        } else {
            say(&format!("REPLAYGAIN_{scope}_GAIN"), format!("{:.2} dB", REPLAY_GAIN_LUFS - loudness));
            say(&format!("REPLAYGAIN_{scope}_PEAK"), format!("{:.6}", libm::pow(10.0, peak / 20.0)));
        }
    }
    if let (Some(Coding::Mp3 | Coding::Aac), Some(loudness), Some(peak)) = (coding, gain.loudness, gain.peak) {
        say("iTunNORM", sound_check(SOUND_CHECK_LUFS - loudness, peak));
    }
    table
}

/// A gain as RFC 7845 stores it: 256 steps a decibel.
fn q7_8(gain_db: f64) -> i16 {
    libm::round(256.0 * gain_db).clamp(f64::from(i16::MIN), f64::from(i16::MAX)) as i16
}

/// The words of Sound Check: gain over two references for left and right, a statistic, the peak, the statistic again
/// (id3.org, iTunes normalization settings; the statistic's meaning is not known, players do not use it).
fn sound_check(gain_db: f64, peak_dbtp: f64) -> String {
    let word = |reference: f64| libm::round(reference * libm::pow(10.0, -0.1 * gain_db)).clamp(0.0, 65_534.0) as u32;
    let (first, second, statistic) = (word(1000.0), word(2500.0), 0x0002_4CA8);
    let peak = libm::round(32_768.0 * libm::pow(10.0, peak_dbtp / 20.0)).clamp(0.0, 32_768.0) as u32;
    let words = [first, first, second, second, statistic, statistic, peak, peak, statistic, statistic];
    words.iter().map(|word| format!(" {word:08X}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn playback_gains_are_stored_as_their_players_read_them() {
        // -14 LUFS: 2 dB too loud for Sound Check, 9 dB for Opus.
        assert_eq!(q7_8(-9.0), -2304);
        let words = sound_check(-2.0, 0.0);
        let words: Vec<u32> = words.split_whitespace().map(|word| u32::from_str_radix(word, 16).unwrap()).collect();
        assert_eq!((words.len(), words[0], words[1], words[2], words[6]), (10, 1585, 1585, 3962, 32_768));
        // A player undoes the logarithm: 1000 / 1585 of power is -2 dB.
        assert!((10.0 * libm::log10(1000.0 / f64::from(words[0])) + 2.0).abs() < 0.01);
    }
}
