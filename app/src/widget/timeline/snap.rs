//! What a dragged edge snaps to, and the hair-line's word for it.

use super::Timeline;
use super::span::{CD_FRAMES, ticks};

/// How near a target has to be, in pixels.
pub const RADIUS: f32 = 8.0;

/// Which targets are on, in the order in which they win.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snap {
    /// Every edge ends on a whole CD frame (1/75 s), also after it has snapped to something else.
    pub cd_frames: bool,
    /// Marks and indices.
    pub markers: bool,
    /// Starts and ends of songs.
    pub songs: bool,
    /// Ends of fades.
    pub fades: bool,
    /// Ticks of the ruler.
    pub grid: bool,
    /// The playhead.
    pub playhead: bool,
}

impl Snap {
    /// Everything on.
    pub const ALL: Self = Self { cd_frames: true, markers: true, songs: true, fades: true, grid: true, playhead: true };
    /// Everything off.
    pub const OFF: Self =
        Self { cd_frames: false, markers: false, songs: false, fades: false, grid: false, playhead: false };
}

/// A place to snap to.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Where it is.
    pub seconds: f64,
    /// What the hair-line says.
    pub name: String,
}

/// The places of a timeline in order of priority, without those of the songs being dragged.
pub fn places(data: &Timeline, width: f32, dragged: &[usize]) -> Vec<Place> {
    let mut places = Vec::new();
    let mut add = |seconds: f64, name: String| places.push(Place { seconds, name });
    let snap = data.snap;
    if snap.markers {
        data.marks.iter().for_each(|mark| add(mark.seconds, mark.text.clone()));
        data.indices.iter().for_each(|at| add(at.seconds, format!("{:02} index {}", at.song, at.index)));
    }
    let still = || data.songs.iter().enumerate().filter(|(index, _)| !dragged.contains(index)).map(|(_, song)| song);
    if snap.songs {
        for song in still() {
            add(song.start_s, format!("start of {:02}", song.number));
            add(song.end_s, format!("end of {:02}", song.number));
        }
    }
    if snap.fades {
        for song in still().filter(|song| song.fade_in.seconds > 0.0) {
            add(song.start_s + song.fade_in.seconds, format!("fade-in end of {:02}", song.number));
        }
        for song in still().filter(|song| song.fade_out.seconds > 0.0) {
            add(song.end_s - song.fade_out.seconds, format!("fade-out start of {:02}", song.number));
        }
    }
    if snap.grid {
        for tick in ticks(data.view, width, data.format) {
            add(tick, data.format.text(tick));
        }
    }
    if let Some(playhead) = data.playhead_s.filter(|_| snap.playhead) {
        add(playhead, "playhead".to_owned());
    }
    places
}

/// Where an edge at `seconds` ends up, and the place it took. The first place within the radius wins, so the order is the
/// priority; CD frames stand above all, so the result lies on one whenever they are on.
pub fn snapped(seconds: f64, places: &[Place], pixels_per_s: f64, cd_frames: bool) -> (f64, Option<Place>) {
    let near = |place: &&Place| ((place.seconds - seconds) * pixels_per_s).abs() <= f64::from(RADIUS);
    let place = places.iter().find(near).cloned();
    let edge = place.as_ref().map_or(seconds, |place| place.seconds);
    let whole = (edge * CD_FRAMES).round() / CD_FRAMES;
    match (cd_frames, place) {
        (false, place) => (edge, place),
        (true, Some(place)) => (whole, Some(Place { seconds: whole, name: place.name })),
        (true, None) if pixels_per_s / CD_FRAMES >= f64::from(RADIUS) => {
            (whole, Some(Place { seconds: whole, name: "CD frame".to_owned() }))
        }
        (true, None) => (whole, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(seconds: f64, name: &str) -> Place {
        Place { seconds, name: name.to_owned() }
    }

    #[test]
    fn the_first_place_within_the_radius_wins() {
        let places = [place(10.0, "mark"), place(10.5, "start of 02")];
        let (seconds, taken) = snapped(10.4, &places, 10.0, false);
        assert_eq!(
            (seconds, taken.map(|place| place.name)),
            (10.0, Some("mark".to_owned())),
            "6 px, and it comes first"
        );
        assert_eq!(snapped(11.2, &places, 10.0, false).0, 10.5);
        assert_eq!(snapped(11.4, &places, 10.0, false), (11.4, None), "9 px is too far");
    }

    #[test]
    fn cd_frames_hold_whatever_else_was_taken() {
        let (seconds, taken) = snapped(10.0, &[place(10.01, "playhead")], 10.0, true);
        assert_eq!(seconds, 751.0 / 75.0);
        assert_eq!(taken.unwrap().name, "playhead");
        assert_eq!(snapped(1.0 / 75.0 + 0.001, &[], 10.0, true), (1.0 / 75.0, None), "too dense for a hair-line");
        assert_eq!(snapped(0.0, &[], 1000.0, true).1.unwrap().name, "CD frame");
    }
}
