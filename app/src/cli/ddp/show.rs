//! A fileset told: tracks, marks, codes, texts.

use lacquer_engine::container::ddp::cdtext::Kind;
use lacquer_engine::container::ddp::{Code, Fileset, Track};
use lacquer_engine::report::table::{Align, Table};
use serde_json::{Map, Value, json};

use crate::cli::console::Console;
use crate::cli::{Answer, Status};
use crate::fileset::{sheet, summary};

pub(super) fn run(set: &Fileset, console: &Console) -> Answer {
    if console.json() {
        console.document(&value(set))?;
        return Ok(Status::Passing);
    }
    console.text(summary(set))?;
    console.text(sheet(set))?;
    Ok(Status::Passing)
}

/// The codes of faults, one row each.
pub(super) fn codes(console: &Console) -> Answer {
    if console.json() {
        let codes = Code::ALL.iter().map(|code| json!({ "code": code.id(), "meaning": code.meaning() }));
        console.document(&json!({ "codes": codes.collect::<Vec<_>>() }))?;
        return Ok(Status::Passing);
    }
    let mut table = Table::new(&["Code", "Meaning"]).aligned(0, Align::Left).aligned(1, Align::Left);
    Code::ALL.iter().for_each(|code| table.row([code.id(), code.meaning()]));
    console.text(table)?;
    Ok(Status::Passing)
}

fn value(set: &Fileset) -> Value {
    let text = |text: &str| Some(text.to_string()).filter(|text| !text.is_empty());
    let tracks: Vec<Value> = set.disc.tracks.iter().enumerate().map(|(place, one)| track(set, place, one)).collect();
    let blocks = set.text.iter().flat_map(|text| &text.blocks).map(|block| {
        let strings: Map<String, Value> =
            block.strings.iter().map(|(kind, strings)| (kind.name().to_string(), json!(strings))).collect();
        json!({
            "language": block.language.name(),
            "language_tag": block.language.tag(),
            "charset": block.charset.name(),
            "genre": block.genre.as_ref().map(|genre| json!({ "code": genre.code, "text": genre.text })),
            "strings": strings,
        })
    });
    json!({
        "fileset": set.folder.display().to_string(),
        "level": set.identity.level,
        "upc": text(&set.disc.upc),
        "master_id": text(&set.identity.master),
        "tracks": tracks,
        "lead_out": set.disc.lead_out.to_string(),
        "lead_out_cd_frame": set.disc.lead_out.0,
        "cd_text": blocks.collect::<Vec<_>>(),
        "files": set.files(),
    })
}

fn track(set: &Fileset, place: usize, track: &Track) -> Value {
    let indices = track.indices.iter().map(|index| {
        json!({ "index": index.number, "at": index.at.to_string(), "cd_frame": index.at.0, "at_s": index.at.seconds().0 })
    });
    let title =
        set.text.as_ref().and_then(|text| text.blocks.first()).map(|block| block.string(Kind::Title, place + 1));
    json!({
        "track": track.number,
        "title": title,
        "isrc": Some(&track.isrc).filter(|isrc| !isrc.is_empty()),
        "copy_permitted": track.control.copy_permitted,
        "pre_emphasis": track.control.pre_emphasis,
        "four_channels": track.control.four_channels,
        "serial_copy": track.control.serial_copy,
        "pause_cd_frames": track.pause().0,
        "length_cd_frames": set.disc.end(place).0 - track.start().0,
        "indices": indices.collect::<Vec<_>>(),
    })
}
