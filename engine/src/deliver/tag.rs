//! One table of metadata, told in every container's words.

use super::manifest::AudioEntry;
use crate::container::flac::FlacTags;
use crate::session::Session;

/// What is known of a song, under the names of Vorbis comments (xiph.org field names; ISRC, BARCODE and LABEL as
/// usual among taggers). Empty texts are left out.
pub(super) fn comments(session: &Session, audio: &AudioEntry, number: usize, total: usize) -> Vec<(String, String)> {
    let album = &session.album;
    let song = session.songs.iter().find(|song| Some(&song.id) == audio.song.as_ref());
    let credit = |text: fn(&crate::session::Credits) -> &String| song.map_or("", |song| text(&song.credits));
    let (number, total) = (number.to_string(), total.to_string());
    let texts = [
        ("TITLE", audio.title.as_str()),
        ("ARTIST", &audio.artist),
        ("ALBUM", &album.title),
        ("ALBUMARTIST", &album.artist),
        ("TRACKNUMBER", &number),
        ("TRACKTOTAL", &total),
        ("DATE", &album.date),
        ("GENRE", &album.genre),
        ("ISRC", audio.isrc.as_deref().unwrap_or_default()),
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

/// The tags of a FLAC file, with its playback gain (ReplayGain 2.0: -18 LUFS).
pub(super) fn flac(session: &Session, audio: &AudioEntry, number: usize, total: usize) -> FlacTags {
    let mut comments = comments(session, audio, number, total);
    let figure = |key: &str| audio.measured.get(key).and_then(serde_json::Value::as_f64);
    if let (Some(loudness), Some(peak)) = (figure("integrated_lufs"), figure("true_peak_dbtp")) {
        comments.push(("REPLAYGAIN_TRACK_GAIN".into(), format!("{:.2} dB", REPLAY_GAIN_LUFS - loudness)));
        comments.push(("REPLAYGAIN_TRACK_PEAK".into(), format!("{:.6}", libm::pow(10.0, peak / 20.0))));
    }
    FlacTags { comments, picture: None }
}

/// The reference of ReplayGain 2.0.
const REPLAY_GAIN_LUFS: f64 = -18.0;
