//! CD-Text against the disc it is for.

use super::upc_fault;
use crate::container::ddp::Disc;
use crate::container::ddp::cdtext::{Block, CdText, Kind};
use crate::container::ddp::fault::{Code, Fault};

/// What the texts say against the disc: its tracks, its codes, its table of contents.
pub fn check_text(text: &CdText, disc: &Disc, file: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    if disc.tracks.is_empty() {
        return faults;
    }
    for block in &text.blocks {
        let (first, last) = (disc.tracks.first(), disc.tracks.last());
        let (first, last) = (first.map_or(0, |track| track.number), last.map_or(0, |track| track.number));
        if (block.first, block.last) != (first, last) {
            let said = format!(
                "the texts in {} are for tracks {} to {}, the disc has {first} to {last}",
                block.language.name(),
                block.first,
                block.last
            );
            faults.push(Fault::fail(Code::TextTracks, file, said));
        }
        codes(block, disc, file, &mut faults);
        toc(block, disc, file, &mut faults);
    }
    faults
}

fn codes(block: &Block, disc: &Disc, file: &str, faults: &mut Vec<Fault>) {
    if !block.strings.contains_key(&Kind::Codes) {
        return;
    }
    let upc = block.string(Kind::Codes, 0);
    if !upc.is_empty() {
        match upc_fault(upc) {
            // Some programs leave the leading zero of a UPC away.
            Some((Code::UpcForm, _)) if format!("0{upc}") == disc.upc => {}
            Some((code, what)) => faults.push(Fault::fail(code, file, what)),
            None if !disc.upc.is_empty() && disc.upc != upc => {
                let said = format!("the CD-Text says {upc}, the PQ descriptor {}", disc.upc);
                faults.push(Fault::fail(Code::UpcDiffers, file, said));
            }
            None => {}
        }
    }
    for (place, track) in disc.tracks.iter().enumerate() {
        let code = block.string(Kind::Codes, place + 1).replace('-', "");
        if !code.is_empty() && code != track.isrc {
            let said =
                format!("the CD-Text says {code} of track {:02}, the PQ descriptor '{}'", track.number, track.isrc);
            faults.push(Fault::fail(Code::TextCodes, file, said));
        }
    }
}

fn toc(block: &Block, disc: &Disc, file: &str, faults: &mut Vec<Fault>) {
    let Some(toc) = &block.toc else { return };
    let starts: Vec<_> = disc.tracks.iter().map(|track| track.start()).collect();
    if toc.starts != starts || toc.lead_out != disc.lead_out {
        let said = "the table of contents in the CD-Text gives other times than the PQ descriptor";
        faults.push(Fault::fail(Code::TextToc, file, said));
    }
}
