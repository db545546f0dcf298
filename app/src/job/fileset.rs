//! Filesets judged off the window's thread: an image of a whole disc is read for its checksums.

use lacquer_engine::container::ddp::{self, Fileset};
use lacquer_engine::deliver;

use super::{Jobs, Report, start, tell};

impl Jobs {
    /// Looks at the descriptors, the image, the texts and the checksums of a fileset.
    pub fn judge_fileset(&self, set: Fileset) {
        let send = self.send.clone();
        start("lacquer-fileset", move |_| {
            let folder = std::path::absolute(&set.folder).unwrap_or_else(|_| set.folder.clone());
            let verdicts = deliver::fileset_verdicts(&ddp::check(&set, true), false);
            tell(&send, Report::FilesetJudged(folder, verdicts));
        });
    }
}
