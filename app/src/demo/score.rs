//! The score: songs as data, and how they become notes.
//!
//! A part is written in one of two ways. *Steps*: sixteen marks a bar, repeated over the section: `x` strikes (a drum,
//! or the whole chord), `X` strikes harder, `o` softer, a digit plays that tone of the chord counted upwards from its
//! root, `-` holds, `.` rests. *Melody*: `A4:1.5 -:0.5` names a pitch and its beats. Spaces and bars `|` are air.

use super::DemoError;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Marks of a bar in a part written as steps.
const STEPS: usize = 16;

/// One song as its file tells it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    pub title: String,
    pub file_name: String,
    pub isrc: Option<String>,
    pub rate: u32,
    pub bits: u16,
    /// Beats per minute.
    pub tempo: f64,
    /// Key, for the reader.
    pub key: String,
    /// Gain of the whole mix in dB.
    pub gain_db: f64,
    /// Silence before the first note in seconds.
    pub lead_in_s: f64,
    /// Ringing after the last bar in seconds.
    pub tail_s: f64,
    /// Names of the sections in the order of playing.
    pub form: Vec<String>,
    pub reverb: Room,
    pub track: Vec<Track>,
    pub section: Vec<Section>,
    #[serde(default)]
    pub fault: Vec<super::Fault>,
}

/// The room around the instruments.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Room {
    pub decay_s: f64,
    pub damping_hz: f64,
    pub predelay_s: f64,
}

/// A channel of the mixer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Track {
    pub name: String,
    pub instrument: String,
    pub gain_db: f64,
    #[serde(default)]
    pub pan: f64,
    /// Level into the room in dB; silent if not given.
    pub send_db: Option<f64>,
    /// Octave in which chord tones are played.
    #[serde(default = "middle")]
    pub octave: i32,
}

fn middle() -> i32 {
    4
}

/// A stretch of bars.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    pub name: String,
    pub bars: usize,
    /// One chord a bar, repeated.
    pub chords: String,
    /// Scales how hard everything is played.
    pub energy: f64,
    pub parts: BTreeMap<String, String>,
}

/// One note to play.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Note {
    /// Start in seconds from the song's start.
    pub at: f64,
    /// Held for, in seconds.
    pub held: f64,
    /// MIDI pitch.
    pub pitch: f64,
    /// How hard, 0 to 1.
    pub velocity: f64,
}

impl Score {
    /// Reads a score.
    pub fn read(file: &'static str, text: &str) -> Result<Score, DemoError> {
        toml::from_str(text).map_err(|error| DemoError::Score { file, problem: error.to_string() })
    }

    fn beat(&self) -> f64 {
        60.0 / self.tempo
    }

    fn sections(&self) -> impl Iterator<Item = &Section> {
        self.form.iter().filter_map(|name| self.section.iter().find(|section| &section.name == name))
    }

    /// Length in seconds, with lead-in and tail.
    pub fn seconds(&self) -> f64 {
        let bars: usize = self.sections().map(|section| section.bars).sum();
        self.lead_in_s + bars as f64 * 4.0 * self.beat() + self.tail_s
    }

    /// The notes of one track in order. A name, chord or mark that means nothing is an error that quotes it.
    pub fn notes(&self, track: &Track) -> Result<Vec<Note>, DemoError> {
        let mut notes = Vec::new();
        let mut begin = self.lead_in_s;
        for name in &self.form {
            let section = self.section.iter().find(|section| &section.name == name);
            let section = section.ok_or_else(|| self.wrong(name, "no section of this name"))?;
            if let Some(part) = section.parts.get(&track.name) {
                if part.contains(':') {
                    self.melody(part, begin, section, &mut notes)?;
                } else {
                    self.steps(part, begin, section, track, &mut notes)?;
                }
            }
            begin += section.bars as f64 * 4.0 * self.beat();
        }
        Ok(notes)
    }

    fn melody(&self, part: &str, begin: f64, section: &Section, notes: &mut Vec<Note>) -> Result<(), DemoError> {
        let mut beat = 0.0;
        for word in part.split_whitespace().filter(|word| *word != "|") {
            let (name, beats) = word.split_once(':').ok_or_else(|| self.wrong(word, "a note without its beats"))?;
            let beats: f64 = beats.parse().map_err(|_| self.wrong(word, "beats that are no number"))?;
            if name != "-" {
                let pitch = pitch(name).ok_or_else(|| self.wrong(word, "an unknown pitch"))?;
                let at = begin + beat * self.beat();
                // A singer's breath: the last twentieth of a note is silence.
                notes.push(Note { at, held: beats * self.beat() * 0.95, pitch, velocity: 0.85 * section.energy });
            }
            beat += beats;
        }
        if beat > section.bars as f64 * 4.0 + 1e-9 {
            return Err(self.wrong(part, "a melody longer than its section"));
        }
        Ok(())
    }

    fn steps(
        &self,
        part: &str,
        begin: f64,
        section: &Section,
        track: &Track,
        notes: &mut Vec<Note>,
    ) -> Result<(), DemoError> {
        let marks: Vec<char> = part.chars().filter(|c| !c.is_whitespace() && *c != '|').collect();
        if marks.is_empty() || !marks.len().is_multiple_of(STEPS) {
            return Err(self.wrong(part, "steps that do not fill whole bars of sixteen"));
        }
        let chords: Vec<&str> = section.chords.split_whitespace().collect();
        let step = self.beat() / 4.0;
        for index in 0..section.bars * STEPS {
            let mark = marks[index % marks.len()];
            if mark == '-' || mark == '.' {
                continue;
            }
            let last = section.bars * STEPS;
            let holds = (index + 1..last).take_while(|&later| marks[later % marks.len()] == '-').count();
            let name = chords.get(index / STEPS % chords.len().max(1)).copied().unwrap_or("");
            let tones = chord(name).ok_or_else(|| self.wrong(name, "an unknown chord"))?;
            let velocity = section.energy * strength(mark, index);
            let at = begin + index as f64 * step;
            let held = (holds + 1) as f64 * step * 0.96;
            for pitch in self.tones(mark, &tones, track, part)? {
                notes.push(Note { at, held, pitch, velocity });
            }
        }
        Ok(())
    }

    /// The pitches that a mark strikes: all tones of the chord in close position, or one of them.
    fn tones(&self, mark: char, chord: &[i32], track: &Track, part: &str) -> Result<Vec<f64>, DemoError> {
        let base = 12 * (track.octave + 1);
        let single = super::instrument::is_single(&track.instrument);
        match mark {
            'x' | 'X' | 'o' if single => Ok(vec![f64::from(base + low(chord[0]))]),
            'x' | 'X' | 'o' => Ok(chord.iter().map(|tone| f64::from(base + close(*tone))).collect()),
            '1'..='9' => {
                let place = mark as usize - '1' as usize;
                let octave = (place / chord.len()) as i32;
                let fold = low(chord[0]) - chord[0];
                Ok(vec![f64::from(base + chord[place % chord.len()] + fold + 12 * octave)])
            }
            _ => Err(self.wrong(part, "an unknown mark")),
        }
    }

    fn wrong(&self, quote: &str, what: &str) -> DemoError {
        DemoError::Music { song: self.title.clone(), problem: format!("{what}: `{quote}`") }
    }
}

/// Chord tones are folded so that neighbouring chords lie close together (between G below and F# above the base).
fn close(tone: i32) -> i32 {
    (tone + 5).rem_euclid(12) - 5 + if tone >= 24 { 12 } else { 0 }
}

/// A root between E and D#: the lowest string of a bass or a guitar is an E.
fn low(root: i32) -> i32 {
    (root - 4).rem_euclid(12) + 4
}

/// How hard a step is played: its mark, and the weight of its place in the bar.
fn strength(mark: char, index: usize) -> f64 {
    let mark = match mark {
        'X' => 1.0,
        'o' => 0.45,
        _ => 0.8,
    };
    let place = match index % 4 {
        0 => 1.0,
        2 => 0.92,
        _ => 0.85,
    };
    mark * place
}

/// Semitones above C of a note name, and what follows it.
fn letter(name: &str) -> Option<(i32, &str)> {
    let base = match name.chars().next()? {
        'C' => 0,
        'D' => 2,
        'E' => 4,
        'F' => 5,
        'G' => 7,
        'A' => 9,
        'B' => 11,
        _ => return None,
    };
    let rest = &name[1..];
    match rest.chars().next() {
        Some('#') => Some((base + 1, &rest[1..])),
        Some('b') => Some((base - 1, &rest[1..])),
        _ => Some((base, rest)),
    }
}

/// The MIDI pitch of `C#5`.
pub fn pitch(name: &str) -> Option<f64> {
    let (semitones, octave) = letter(name)?;
    let octave: i32 = octave.parse().ok()?;
    Some(f64::from(12 * (octave + 1) + semitones))
}

/// Semitones above the octave's C of a chord's tones, the root first.
pub fn chord(name: &str) -> Option<Vec<i32>> {
    let (root, quality) = letter(name)?;
    let tones: &[i32] = match quality {
        "" => &[0, 4, 7],
        "m" => &[0, 3, 7],
        "5" => &[0, 7],
        "7" => &[0, 4, 7, 10],
        "m7" => &[0, 3, 7, 10],
        "maj7" => &[0, 4, 7, 11],
        "sus2" => &[0, 2, 7],
        "sus4" => &[0, 5, 7],
        "add9" => &[0, 4, 7, 14],
        "madd9" => &[0, 3, 7, 14],
        "6" => &[0, 4, 7, 9],
        _ => return None,
    };
    Some(tones.iter().map(|tone| root + tone).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_pitches_and_chords() {
        assert_eq!(pitch("A4"), Some(69.0));
        assert_eq!(pitch("C#5"), Some(73.0));
        assert_eq!(pitch("Bb3"), Some(58.0));
        assert_eq!(pitch("H4"), None);
        assert_eq!(chord("Am7"), Some(vec![9, 12, 16, 19]));
        assert_eq!(chord("Cwrong"), None);
    }

    #[test]
    fn chords_are_folded_into_a_close_position() {
        assert_eq!(close(0), 0);
        assert_eq!(close(7), -5);
        assert_eq!(close(16), 4);
    }
}
