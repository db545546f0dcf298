//! The map against the files and the PQ descriptor.

use super::is_isrc;
use crate::container::ddp::fault::{Code, Fault};
use crate::container::ddp::{FIRST_PAUSE, Fileset, Names, Packet, Stream, Track};

/// Longest pause that the map's field of four digits holds.
const MOST_PAUSE: i64 = 9999;

pub(super) fn check(set: &Fileset, faults: &mut Vec<Fault>) {
    let has = |stream| set.map.iter().any(|packet| packet.stream() == stream);
    if !has(Stream::Points) {
        faults.push(Fault::fail(Code::MapNoPoints, Names::MAP, "no packet is a PQ descriptor"));
    }
    if !has(Stream::Data) {
        faults.push(Fault::fail(Code::MapNoAudio, Names::MAP, "no packet is an image"));
    }
    doubles(set, faults);
    let data: Vec<&Packet> = set.map.iter().filter(|packet| packet.stream() == Stream::Data).collect();
    let mut place = 0;
    for (index, packet) in data.iter().enumerate() {
        image(set, packet, index, &mut place, faults);
    }
}

fn doubles(set: &Fileset, faults: &mut Vec<Fault>) {
    for (index, packet) in set.map.iter().enumerate() {
        let same = |other: &&Packet| match packet.stream() {
            Stream::Points | Stream::Text => other.stream() == packet.stream(),
            Stream::Data => {
                other.stream() == Stream::Data && other.name == packet.name && other.offset == packet.offset
            }
            Stream::Other => false,
        };
        if set.map[..index].iter().any(|other| same(&other)) {
            let said = format!("packet {} describes a stream that is there already: {}", index + 1, packet.name);
            faults.push(Fault::fail(Code::MapDouble, Names::MAP, said));
        }
    }
}

/// One data stream: `place` is the A-time its sectors should begin at.
fn image(set: &Fileset, packet: &Packet, index: usize, place: &mut u64, faults: &mut Vec<Fault>) {
    let name = &packet.name;
    if packet.storage == "0" {
        let said = format!("{name} states user data only (0): the same bytes for audio");
        faults.push(Fault::warn(Code::MapStorage, Names::MAP, said));
    }
    match packet.start {
        Some(start) if index == 0 && start == FIRST_PAUSE as u64 => {
            let said = format!("{name} begins at 00:02:00: the pause before track 1 is left out");
            faults.push(Fault::warn(Code::MapStart, Names::MAP, said));
            *place = start;
        }
        // Programs that write one stream per track leave the start of the later ones blank or zero.
        Some(start) if start != *place && start != 0 => {
            faults.push(Fault::fail(
                Code::MapStart,
                Names::MAP,
                format!("{name} states A-time {start}, expected {place}"),
            ));
        }
        _ => {}
    }
    let track = track_of(set, packet, index);
    if let Some(track) = track {
        pause(packet, track, *place, index, faults);
    }
    if !packet.isrc.is_empty() {
        isrc(packet, track, faults);
    }
    *place += packet.length.unwrap_or(0);
}

/// The track that begins in a stream: the one it names, or of the first stream the first.
fn track_of<'a>(set: &'a Fileset, packet: &Packet, index: usize) -> Option<&'a Track> {
    match packet.track.parse::<u8>() {
        Ok(number) if number > 0 => set.disc.tracks.iter().find(|track| track.number == number),
        _ if index == 0 => set.disc.tracks.first(),
        _ => None,
    }
}

fn pause(packet: &Packet, track: &Track, place: u64, index: usize, faults: &mut Vec<Fault>) {
    let expected = track.start().0 - place as i64;
    match packet.pause {
        Some(stated) if stated as i64 != expected => {
            let said = format!(
                "{} states {stated} sectors of pause, index 01 of track {} lies at {expected}",
                packet.name, track.number
            );
            faults.push(Fault::fail(Code::MapPause, Names::MAP, said));
        }
        // A hidden song may be longer than the field can say: then the PQ descriptor alone tells it.
        None if index == 0 && expected <= MOST_PAUSE => {
            faults.push(Fault::warn(Code::MapPause, Names::MAP, format!("{} states no pause", packet.name)));
        }
        _ => {}
    }
}

fn isrc(packet: &Packet, track: Option<&Track>, faults: &mut Vec<Fault>) {
    let stated = &packet.isrc;
    if !is_isrc(stated) {
        faults.push(Fault::fail(Code::MapIsrc, Names::MAP, format!("'{stated}' is no ISRC")));
    } else if let Some(track) = track.filter(|track| track.isrc != *stated) {
        let said = format!("the map says {stated}, the PQ descriptor '{}' of track {}", track.isrc, track.number);
        faults.push(Fault::fail(Code::MapIsrc, Names::MAP, said));
    }
}
