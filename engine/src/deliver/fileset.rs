//! The DDP fileset of a pass: the image beside the other files, the descriptors around it, read back and judged.

use std::fs;
use std::path::PathBuf;

use super::error::DeliverError;
use super::image::{ImageSink, WrittenImage};
use super::layout::DiscLayout;
use super::making::Making;
use super::manifest::{Role, TextBlock};
use super::words;
use crate::analysis::verdict::{Outcome, Verdict};
use crate::audio::Layout;
use crate::container::ddp::cdtext::{CdText, MOST_BLOCKS, TooLong};
use crate::container::ddp::{self, Descriptors, Fault, Fileset, Names, Severity, sum};
use crate::container::name::{self, Rule};
use crate::container::pending::write_whole;
use crate::render::Plan;
use crate::session::{Album, Depth};
use crate::unit::SampleRate;

/// What verdicts about a fileset are judged by.
pub(super) const PROFILE: &str = "ddp";

/// A fileset in the making.
pub(super) struct SetMaking {
    pub(super) image: ImageSink,
    folder: String,
}

/// Why a pass has no fileset: it is not what a disc holds. The profile of the pass says so as well.
pub(super) fn refusal(plan: &Plan) -> Option<Verdict> {
    let fits = plan.delivered == SampleRate::CD && plan.pass.depth == Depth::Int16 && plan.layout == Layout::Stereo;
    let said = format!(
        "no fileset was made: a disc is 44.1 kHz, 16 bits, stereo, this pass is {}, {}, {}",
        plan.delivered, plan.pass.depth, plan.layout
    );
    (!fits).then(|| Verdict::stated("ddp", Outcome::Fail, PROFILE, said))
}

/// The folder's name inside the delivery, as plants file it: artist, title, catalogue number.
pub(super) fn folder_name(album: &Album) -> String {
    let parts = [album.artist.as_str(), &album.title, &album.catalogue];
    let words: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    format!("{}_DDP", name::safe(&words.join("_"), Rule::SHOP))
}

impl SetMaking {
    /// Starts the image.
    pub(super) fn begin(making: &Making<'_>) -> Result<SetMaking, DeliverError> {
        let folder = folder_name(&making.job.session.album);
        let path = making.staging.file(&folder);
        fs::create_dir(&path).map_err(DeliverError::folder(&path))?;
        Ok(SetMaking { image: ImageSink::create(&path.join(Names::IMAGE))?, folder })
    }

    /// Writes the descriptors and the checksums, opens the whole as any reader would, nulls the image against the render
    /// and judges it.
    pub(super) fn finish(
        self,
        making: &mut Making<'_>,
        layout: &DiscLayout,
        text: &CdText,
    ) -> Result<(), DeliverError> {
        let written = self.image.finish()?;
        let folder = making.staging.file(&self.folder);
        if written.sectors != layout.disc.lead_out.0.max(0) as u64 {
            return Err(DeliverError::NotTheSame { path: folder.join(Names::IMAGE) });
        }
        let album = &making.job.session.album;
        let master = if album.catalogue.is_empty() { &album.title } else { &album.catalogue };
        let descriptors = descriptors(making, layout, text, master)?;
        for (name, bytes) in descriptors.files() {
            let path = folder.join(name);
            write_whole(&path, bytes).map_err(DeliverError::write(&path))?;
        }
        let mut list = String::new();
        let names: Vec<&str> = descriptors.files().iter().map(|(name, _)| *name).chain([Names::IMAGE]).collect();
        for name in &names {
            let held = making.list_file(format!("{}/{name}", self.folder), Role::Ddp)?;
            list += &sum::line(name, &held);
        }
        making.write_text(format!("{}/{}", self.folder, Names::SUMS), Role::Ddp, &list)?;
        read_back(making, &folder, written)
    }
}

/// The descriptors; texts that are too long for a disc are left out and said, for the sound can be delivered all the same.
fn descriptors(
    making: &mut Making<'_>,
    layout: &DiscLayout,
    text: &CdText,
    master: &str,
) -> Result<Descriptors, DeliverError> {
    let languages = words::languages(making.job.session);
    if languages > MOST_BLOCKS {
        let said = format!("the album has {languages} languages, a disc holds {MOST_BLOCKS}");
        making.verdicts.push(Verdict::stated("cd_text", Outcome::Fail, PROFILE, said));
    }
    for block in &text.blocks {
        let foreign: String = block.foreign_letters().into_iter().collect();
        if !foreign.is_empty() {
            let said = format!(
                "{} does not have these letters of the texts in {}: {foreign}; likenesses stand for them",
                block.charset.name(),
                block.language.name()
            );
            making.verdicts.push(Verdict::stated("cd_text", Outcome::Warn, PROFILE, said));
        }
    }
    match Descriptors::new(&layout.disc, Some(text), master) {
        Ok(descriptors) => Ok(descriptors),
        Err(error @ (TooLong::Packs { .. } | TooLong::Blocks(_))) => {
            making.verdicts.push(Verdict::stated("cd_text", Outcome::Fail, PROFILE, error.to_string()));
            Descriptors::new(&layout.disc, None, master)
                .map_err(|error| DeliverError::Write { path: PathBuf::from(Names::MAP), cause: error.to_string() })
        }
    }
}

fn read_back(making: &mut Making<'_>, folder: &std::path::Path, written: WrittenImage) -> Result<(), DeliverError> {
    let failed = |error: ddp::OpenError| DeliverError::Read { path: folder.to_path_buf(), cause: error.to_string() };
    let set = Fileset::open(folder).map_err(failed)?;
    written.null(&set.image)?;
    making.manifest.cd_text = set.text.as_ref().map(TextBlock::of).unwrap_or_default();
    making.verdicts.extend(verdicts(&ddp::check(&set, true), false));
    Ok(())
}

/// Faults as verdicts, each by its code; one that passes where there are none. `strict` lets warnings fail.
pub fn verdicts(faults: &[Fault], strict: bool) -> Vec<Verdict> {
    let one = |fault: &Fault| {
        let result = match fault.severity {
            Severity::Warn if !strict => Outcome::Warn,
            _ => Outcome::Fail,
        };
        let verdict = Verdict::stated(fault.code.id(), result, PROFILE, fault.what.clone());
        if fault.file.is_empty() { verdict } else { verdict.at(fault.file.clone()) }
    };
    if faults.is_empty() {
        return vec![Verdict::stated("ddp", Outcome::Pass, PROFILE, "descriptors, image, texts and checksums agree")];
    }
    faults.iter().map(one).collect()
}
