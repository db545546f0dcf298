use std::sync::atomic::AtomicBool;

use super::super::portrait::tests::noise;
use super::*;
use crate::audio::{Block, Layout};
use crate::session::{NewSong, SourceRef};
use crate::source::{self, Reader};

const RATE: u32 = 7_500;

/// A sound in memory.
struct Sound(Arc<Vec<f64>>);

impl Reader for Sound {
    fn rate(&self) -> SampleRate {
        SampleRate(RATE)
    }
    fn layout(&self) -> Layout {
        Layout::Mono
    }
    fn frames(&self) -> Frames {
        Frames(self.0.len() as u64)
    }
    fn read(&mut self, start: u64, out: &mut Block) -> Result<(), source::Error> {
        let frames = out.frames();
        for (index, sample) in out.channel_mut(0)[..frames].iter_mut().enumerate() {
            *sample = self.0.get(start as usize + index).copied().unwrap_or(0.0);
        }
        Ok(())
    }
}

fn reference(path: &str) -> SourceRef {
    let text = format!("id = ''\npath = '{path}'\nrate = 44100\nlayout = 'mono'\nframes = 1\nsize = 4\nhead_tail = ''");
    toml::from_str(&text).unwrap()
}

struct Shelf(Vec<Arc<Vec<f64>>>);

impl Library for Shelf {
    fn open(&self, id: &str) -> Result<Box<dyn Reader>, source::Error> {
        let number: usize = id.trim_start_matches('a').parse().unwrap();
        Ok(Box::new(Sound(Arc::clone(&self.0[number - 1]))))
    }
}

fn frames(seconds: f64) -> usize {
    (seconds * f64::from(RATE)).round() as usize
}

/// Silence with a floor of noise, `lead` seconds of it, music of `length` that dies away in `decay` (60 dB), and `rest` of it.
fn song(seed: u64, (lead, length, decay, rest): (f64, f64, f64, f64), floor: f64) -> Arc<Vec<f64>> {
    let total = frames(lead + length + decay + rest);
    let (music, hiss) = (noise(seed, total), noise(seed + 50, total));
    let (from, to) = (frames(lead), frames(lead + length));
    let level = |at: usize| match at {
        at if at < from => 0.0,
        at if at < to => 0.3,
        at if decay > 0.0 => 0.3 * libm::pow(10.0, -3.0 * (at - to) as f64 / frames(decay) as f64),
        _ => 0.0,
    };
    let cut = frames(lead + length + decay);
    let at = |at: usize| floor * hiss[at] + if at < cut { level(at) * music[at] } else { 0.0 };
    Arc::new((0..total).map(at).collect())
}

fn album_of(songs: &[Arc<Vec<f64>>]) -> (Document, Arc<dyn Library>) {
    let mut document = Document::new();
    for (index, song) in songs.iter().enumerate() {
        let sources = vec![SourceRef {
            rate: SampleRate(RATE),
            layout: Layout::Mono,
            frames: Frames(song.len() as u64),
            ..reference(&format!("{index}.wav"))
        }];
        let new = NewSong { title: format!("Song {}", index + 1), artist: String::new(), isrc: String::new(), sources };
        document.apply(Edit::add_song(&document, &new, usize::MAX).unwrap().0).unwrap();
    }
    (document, Arc::new(Shelf(songs.to_vec())))
}

fn proposed(document: &Document, library: &Arc<dyn Library>) -> Vec<SongSpacing> {
    let watch = Watch { progress: &|_| (), cancel: &AtomicBool::new(false) };
    propose(document, "streaming", library, &watch).unwrap()
}

#[test]
fn heads_and_tails_are_found_in_silence_and_in_noise() {
    for floor in [0.0, 3e-5, 3e-4] {
        let (document, library) = album_of(&[song(3, (1.0, 4.0, 0.5, 2.0), floor)]);
        let found = &proposed(&document, &library)[0];
        let head = found.head.unwrap();
        let at = head.to.0 as f64 / f64::from(RATE);
        assert!((0.97..=1.0).contains(&at), "floor {floor}: {at}");
        assert_eq!(head.fade.is_some(), floor > 0.0, "noise is faded, digital silence is not");
        let tail = found.tail.unwrap().to.0 as f64 / f64::from(RATE);
        assert!((5.2..=5.95).contains(&tail), "floor {floor}: {tail}");
        assert!(!found.cut_off);
    }
}

#[test]
fn nothing_is_trimmed_where_music_fills_the_file() {
    let (document, library) = album_of(&[song(3, (0.0, 4.0, 0.0, 0.0), 0.0), song(4, (0.0, 4.0, 0.0, 0.0), 0.0)]);
    let found = proposed(&document, &library);
    assert!(found.iter().all(|song| song.head.is_none() && song.tail.is_none()), "{found:?}");
    // One runs on into the other: no pause.
    assert_eq!(found[1].pause.as_ref().map(|pause| pause.to_s), Some(Seconds(0.0)));
}

#[test]
fn a_long_decay_shortens_the_pause_and_a_sudden_end_does_not() {
    let sudden = song(5, (0.0, 4.0, 0.0, 1.0), 0.0);
    let slow = song(6, (0.0, 4.0, 3.0, 1.0), 0.0);
    let (document, library) = album_of(&[sudden.clone(), slow, sudden]);
    let found = proposed(&document, &library);
    let after = |index: usize| found[index].pause.as_ref().map_or(2.0, |pause| pause.to_s.0);
    assert!((1.6..=2.0).contains(&after(1)), "after a sudden end {}", after(1));
    assert!((0.3..=1.2).contains(&after(2)), "after a decay of 3 s {}", after(2));
    let whole = after(2) * 75.0;
    assert!((whole - whole.round()).abs() < 1e-9, "whole CD frames");
}

#[test]
fn what_is_taken_is_one_step_and_nothing_is_left_to_propose() {
    let songs = [song(3, (1.0, 4.0, 0.5, 2.0), 0.0), song(4, (0.5, 4.0, 0.2, 1.0), 0.0)];
    let (mut document, library) = album_of(&songs);
    let before = document.text().unwrap();
    let found = proposed(&document, &library);
    let edit = accept(&document, "streaming", &found, Taken::ALL).unwrap().unwrap();
    document.apply(edit).unwrap();
    let again = proposed(&document, &library);
    assert!(again.iter().all(|song| song.head.is_none() && song.tail.is_none() && song.pause.is_none()), "{again:?}");
    document.undo().unwrap();
    assert_eq!(document.text().unwrap(), before);
    let heads = Taken { tails: false, pauses: false, heads: true };
    document.apply(accept(&document, "streaming", &found, heads).unwrap().unwrap()).unwrap();
    assert_eq!(document.session().songs[0].clips[0].end, Frames(songs[0].len() as u64));
}

#[test]
fn silence_is_no_song_and_drawn_lines_keep_their_place() {
    let (mut document, library) = album_of(&[Arc::new(vec![0.0; 9000]), song(3, (1.0, 4.0, 0.5, 2.0), 0.0)]);
    let found = proposed(&document, &library);
    assert_eq!((found[0].loud_db, found[0].head), (None, None));
    let points = [crate::session::Point { at: Seconds(2.0), gain: Db(-1.0) }];
    document.apply(Edit::set_envelope(&document, "s2", "c1", &points).unwrap()).unwrap();
    let found = proposed(&document, &library);
    assert!(found[1].head.is_none() && found[1].left_alone.is_some() && found[1].tail.is_some());
}
