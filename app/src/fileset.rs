//! A fileset of a compact disc told: what the command line prints and the window shows.

use lacquer_engine::container::ddp::Fileset;
use lacquer_engine::report::pq;

/// One line about a fileset.
pub fn summary(set: &Fileset) -> String {
    let languages: Vec<String> =
        set.text.iter().flat_map(|text| &text.blocks).map(|block| block.language.name()).collect();
    let texts = if languages.is_empty() { "no CD-Text".into() } else { format!("CD-Text in {}", languages.join(", ")) };
    format!("{}, {} tracks, lead-out {}, {texts}", set.identity.level, set.disc.tracks.len(), set.disc.lead_out)
}

/// Codes, marks and texts as tables of fixed width.
pub fn sheet(set: &Fileset) -> String {
    let or_dash = |text: &str| if text.is_empty() { "-".to_string() } else { text.to_string() };
    let none = Default::default();
    let text = set.text.as_ref().unwrap_or(&none);
    let mut told = format!("UPC/EAN {}, master id {}\n\n", or_dash(&set.disc.upc), or_dash(&set.identity.master));
    told.push_str(&pq::marks(&set.disc, text).to_string());
    for block in &text.blocks {
        told.push_str(&format!("\n\nCD-Text in {} ({})\n", block.language.name(), block.charset.name()));
        if let Some(genre) = &block.genre {
            told.push_str(&format!("Genre {} ({:#04x})\n", or_dash(&genre.text), genre.code));
        }
        told.push_str(&pq::texts(text, block.language.0, &set.disc).to_string());
    }
    told
}
