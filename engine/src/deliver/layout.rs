//! A pass laid out on a disc: where tracks, pauses and indices lie, on CD frames (IEC 60908).

use crate::container::ddp::{Control, Disc, FIRST_PAUSE, Index, Track};
use crate::render::Plan;
use crate::session::{Offsets, Resolved, ResolvedSong, Session};
use crate::unit::{CdFrame, Frames};

/// A pass on a disc. The programme begins behind the first pause, with the silence that an offset of the first mark asks
/// for; the files of the songs joined end to end are the programme.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DiscLayout {
    /// Tracks and marks, in A-time.
    pub disc: Disc,
    /// Silence before the render in the programme.
    pub silence: Frames,
    /// The songs of the pass in order.
    pub songs: Vec<SongPlace>,
    /// What was asked for and cannot lie there.
    pub problems: Vec<String>,
}

/// Where a song lies in the programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SongPlace {
    /// Number of its track; `None` of a song that sounds in a pause.
    pub track: Option<u8>,
    /// Number of the track whose pause or end it sounds in, or its own.
    pub home: u8,
    /// First frame of its file on the programme, at the delivered rate.
    pub from: Frames,
    /// One past its last.
    pub to: Frames,
}

impl DiscLayout {
    /// Lays out the pass of `plan`.
    pub fn new(session: &Session, resolved: &Resolved, plan: &Plan) -> DiscLayout {
        Layouter::new(session, resolved, plan).lay()
    }
}

struct Layouter<'a> {
    resolved: &'a Resolved,
    plan: &'a Plan,
    offsets: &'a Offsets,
    layout: DiscLayout,
    /// First sector of each song's file, in A-time.
    cuts: Vec<i64>,
}

impl<'a> Layouter<'a> {
    fn new(session: &Session, resolved: &'a Resolved, plan: &'a Plan) -> Layouter<'a> {
        let offsets = &resolved.pass.offsets;
        let upc = session.album.upc.trim();
        let upc = if upc.is_empty() { String::new() } else { format!("{upc:0>13}") };
        let layout = DiscLayout {
            disc: Disc { upc, ..Disc::default() },
            silence: offsets.first.frames(plan.delivered),
            ..DiscLayout::default()
        };
        Layouter { resolved, plan, offsets, layout, cuts: Vec::new() }
    }

    /// The A-time of a frame at the chains' rate: the first sector at or after it.
    fn sector(&self, frame: u64) -> i64 {
        let sector = CdFrame::ceil_from(Frames(self.plan.to_delivered(frame)), self.plan.delivered);
        FIRST_PAUSE + self.offsets.first.0.max(0) + sector.0
    }

    fn lay(mut self) -> DiscLayout {
        for song in 0..self.plan.songs.len() {
            if self.resolved.songs[song].hidden {
                let start = if song == 0 { FIRST_PAUSE } else { self.sector(self.plan.songs[song].start) };
                self.cuts.push(start);
            } else {
                self.track(song);
            }
        }
        self.layout.disc.lead_out = CdFrame(self.sector(self.plan.frames));
        self.indices();
        self.places();
        self.layout
    }

    /// The track of a song: its pause and its start.
    fn track(&mut self, song: usize) {
        let resolved: &ResolvedSong = &self.resolved.songs[song];
        let number = self.layout.disc.tracks.len() + 1;
        let sound = self.sector(self.plan.songs[song].start);
        let lead = self.lead(song, sound);
        let first_hidden = (0..song).rev().take_while(|before| self.resolved.songs[*before].hidden).last();
        let before = song.checked_sub(1).map(|before| self.sector(self.plan.songs[before].end));
        let start = match before {
            // The first mark stands where the programme begins; its offset is silence in the programme.
            None if lead == 0 => FIRST_PAUSE,
            None => sound + lead,
            // Earlier than its sound, but never inside the song before; songs that touch keep their mark.
            Some(before) if lead == 0 && before < sound => (sound - self.offsets.start.0).max(before),
            Some(_) => sound + lead,
        };
        let pause = match (number, first_hidden, before) {
            (1, _, _) => 0,
            // What is hidden sounds in the pause, and so does the silence before it.
            (_, Some(hidden), _) => self.pause_before(hidden, self.cuts[hidden]),
            (_, None, Some(_)) => self.pause_before(song, if lead > 0 { sound } else { start }),
            (_, None, None) => start,
        };
        let flags = &resolved.song.flags;
        let control = Control {
            copy_permitted: flags.copy_permitted,
            pre_emphasis: flags.pre_emphasis,
            serial_copy: flags.serial_copy,
            ..Control::default()
        };
        let mut indices = Vec::new();
        if pause < start {
            indices.push(Index { number: 0, at: CdFrame(pause) });
        }
        indices.push(Index { number: 1, at: CdFrame(start) });
        let isrc = resolved.song.isrc.clone();
        self.layout.disc.tracks.push(Track { number: number.min(255) as u8, control, isrc, indices });
        self.cuts.push(if song == 0 { FIRST_PAUSE } else { start });
    }

    /// How far into its sound the track of a song begins.
    fn lead(&mut self, song: usize, sound: i64) -> i64 {
        let lead = self.resolved.songs[song].lead;
        let length = self.sector(self.plan.songs[song].cut) - sound;
        if lead.0 > 0 && lead.0 >= length {
            let title = &self.plan.songs[song].title;
            self.layout.problems.push(format!("the track of '{title}' would begin at {lead}, behind its sound"));
            return 0;
        }
        lead.0.max(0)
    }

    /// Where the pause before song `song` begins whose sound, or first of the pause, begins at `limit`: behind the song
    /// before it, as late as asked.
    fn pause_before(&self, song: usize, limit: i64) -> i64 {
        let Some(before) = song.checked_sub(1) else { return limit };
        let end = self.sector(self.plan.songs[before].end);
        if end < limit { (end + self.offsets.end.0.max(0)).min(limit) } else { limit }
    }

    /// Further indices, each behind the one before and inside its track.
    fn indices(&mut self) {
        let tracked = (0..self.plan.songs.len()).filter(|song| !self.resolved.songs[*song].hidden);
        for (place, song) in tracked.enumerate().collect::<Vec<_>>() {
            let sound = self.sector(self.plan.songs[song].start);
            let end = self.layout.disc.body_end(place).0;
            for (number, index) in (2..).zip(&self.resolved.songs[song].indices) {
                let at = sound + index.0 - self.offsets.index.0;
                let last = self.layout.disc.tracks[place].indices.last().map_or(0, |index| index.at.0);
                if number > 99 || at <= last || at >= end {
                    let title = &self.plan.songs[song].title;
                    let problem = format!("index {number:02} of '{title}' at {index} does not lie inside its track");
                    self.layout.problems.push(problem);
                    break;
                }
                self.layout.disc.tracks[place].indices.push(Index { number, at: CdFrame(at) });
            }
        }
    }

    /// The files of the songs, cut where tracks begin.
    fn places(&mut self) {
        let rate = self.plan.delivered;
        let frames = |sector: i64| CdFrame(sector - FIRST_PAUSE).frames(rate);
        let total = Frames(self.layout.silence.0 + self.plan.delivered_frames());
        let mut track = 0u8;
        for (song, resolved) in self.resolved.songs.iter().enumerate() {
            let own = if resolved.hidden { None } else { Some(track.saturating_add(1)) };
            track = own.unwrap_or(track);
            let tracks_follow = self.resolved.songs[song..].iter().any(|song| !song.hidden);
            let home = own.unwrap_or(if tracks_follow { track.saturating_add(1) } else { track });
            let from = frames(self.cuts[song]);
            let to = self.cuts.get(song + 1).map_or(total, |next| frames(*next));
            self.layout.songs.push(SongPlace { track: own, home, from, to });
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::session::{Document, Edit, NewSong, SourceRef};

    /// Songs of 10 s at 44.1 kHz, two seconds apart.
    pub fn document(songs: usize) -> Document {
        let mut document = Document::new();
        for number in 1..=songs {
            let text = "id = ''\nrate = 44100\nlayout = 'stereo'\nframes = 441000\nsize = 4\nhead_tail = ''\n";
            let source: SourceRef = toml::from_str(&format!("{text}path = '{number}.wav'")).unwrap();
            let title = format!("Song {number}");
            let song = NewSong { title, artist: String::new(), isrc: String::new(), sources: vec![source] };
            let (edit, _) = Edit::add_song(&document, &song, usize::MAX).unwrap();
            document.apply(edit).unwrap();
        }
        document.apply(Edit::set_album(&document, "upc", "036000291452").unwrap()).unwrap();
        document
    }

    fn layout(document: &Document) -> DiscLayout {
        let session = document.session();
        let plan = Plan::new(session, "cd").unwrap();
        DiscLayout::new(session, &session.resolve("cd").unwrap(), &plan)
    }

    fn edited(mut document: Document, edits: &[&str]) -> DiscLayout {
        for text in edits {
            let edit = Edit::parse(&document, text).unwrap();
            document.apply(edit).unwrap();
        }
        layout(&document)
    }

    fn marks(layout: &DiscLayout) -> Vec<(u8, u8, i64)> {
        let tracks = layout.disc.tracks.iter();
        tracks.flat_map(|track| track.indices.iter().map(|index| (track.number, index.number, index.at.0))).collect()
    }

    fn cuts(layout: &DiscLayout) -> Vec<(Option<u8>, u64, u64)> {
        layout.songs.iter().map(|song| (song.track, song.from.0 / 588, song.to.0 / 588)).collect()
    }

    #[test]
    fn songs_with_pauses_are_tracks_with_pauses() {
        let layout = layout(&document(3));
        let expected = [(1, 0, 0), (1, 1, 150), (2, 0, 900), (2, 1, 1050), (3, 0, 1800), (3, 1, 1950)];
        assert_eq!(marks(&layout), expected);
        assert_eq!((layout.disc.lead_out, layout.disc.upc.as_str()), (CdFrame(2700), "0036000291452"));
        assert_eq!(cuts(&layout), [(Some(1), 0, 900), (Some(2), 900, 1800), (Some(3), 1800, 2550)]);
    }

    #[test]
    fn a_song_before_the_first_track_is_hidden_in_its_pause() {
        let layout = edited(document(3), &["pass.cd.entry.1.hidden=on", "song.2.indices=5s"]);
        assert_eq!(marks(&layout), [(1, 0, 0), (1, 1, 1050), (1, 2, 1425), (2, 0, 1800), (2, 1, 1950)]);
        assert_eq!(cuts(&layout), [(None, 0, 900), (Some(1), 900, 1800), (Some(2), 1800, 2550)]);
        let between = edited(document(3), &["pass.cd.entry.2.hidden=on"]);
        assert_eq!(marks(&between), [(1, 0, 0), (1, 1, 150), (2, 0, 900), (2, 1, 1950)]);
        assert_eq!(between.songs[1].home, 2);
        let last = edited(document(2), &["pass.cd.entry.2.hidden=on"]);
        assert_eq!((marks(&last), last.songs[1].home), (vec![(1, 0, 0), (1, 1, 150)], 1));
    }

    #[test]
    fn pauses_with_sound_segues_and_crossfades() {
        let edits =
            ["song.2.lead=75f", "pass.cd.entry.2.join=gap 0", "pass.cd.entry.3.join=xf 2s", "pass.cd.offsets.start=9f"];
        let layout = edited(document(3), &edits);
        // Track 2 begins a second into its song, track 3 where it fades in, exactly.
        assert_eq!(marks(&layout), [(1, 0, 0), (1, 1, 150), (2, 0, 900), (2, 1, 975), (3, 1, 1500)]);
        let both = edited(document(2), &["song.2.lead=75f"]);
        assert_eq!(marks(&both)[2..], [(2, 0, 900), (2, 1, 1125)]);
    }

    #[test]
    fn offsets_move_marks_but_never_into_sound() {
        let edits =
            ["pass.cd.offsets.first=20f", "pass.cd.offsets.start=15f", "pass.cd.offsets.end=30f", "song.1.indices=4s"];
        let layout = edited(document(2), &edits);
        assert_eq!(marks(&layout), [(1, 0, 0), (1, 1, 150), (1, 2, 470), (2, 0, 950), (2, 1, 1055)]);
        assert_eq!((layout.silence, layout.disc.lead_out), (Frames(20 * 588), CdFrame(1820)));
        let tight = edited(
            document(2),
            &["pass.cd.entry.2.join=gap 10f", "pass.cd.offsets.start=15f", "pass.cd.offsets.end=30f"],
        );
        assert_eq!(marks(&tight)[2..], [(2, 1, 900)]);
    }

    #[test]
    fn an_index_outside_its_track_is_told() {
        let layout = edited(document(2), &["song.1.indices=3s, 10s"]);
        assert_eq!(marks(&layout)[..3], [(1, 0, 0), (1, 1, 150), (1, 2, 375)]);
        assert!(layout.problems[0].contains("index 03"), "{:?}", layout.problems);
    }
}
