//! Albums on disk: real files in a scratch folder and a session over them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use lacquer_engine::audio::{Block, Layout};
use lacquer_engine::container::riff::{Encoding, Extras, Format, WavWriter};
use lacquer_engine::deliver::{DeliverError, Delivery, Job, Wishes, deliver};
use lacquer_engine::render::FileLibrary;
use lacquer_engine::session::Session;
use lacquer_engine::source::{Cache, identity};
use lacquer_engine::unit::SampleRate;

use crate::album::Album;

/// An album whose sources are files.
pub struct Disk {
    /// Where everything lies; removed when dropped.
    pub folder: tempfile::TempDir,
    /// The document.
    pub session: Session,
}

/// Writes a WAV file of a rate and integer depth.
pub fn write_wav(path: &Path, rate: u32, bits: u8, channels: &[Vec<f64>]) {
    let encoding = Encoding::integer(bits).expect("8, 16, 24 or 32 bits");
    let format = Format::new(encoding, SampleRate(rate), Layout::of_channels(channels.len()));
    let mut writer = WavWriter::create(path, format, Extras::default()).expect("a new file");
    writer.write(&Block::from_channels(channels)).expect("samples");
    writer.finish().expect("a whole file");
}

impl Disk {
    /// Writes the sources of an album in memory to disk.
    pub fn from_album(album: &Album) -> Disk {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let mut session = album.session.clone();
        session.album.title = "Night: Ferry/Test".into();
        session.album.artist = "The Lacquers".into();
        session.album.upc = "036000291452".into();
        for (index, song) in session.songs.iter_mut().enumerate() {
            song.isrc = format!("XXLAQ26{:05}", index + 1);
        }
        for source in &mut session.sources {
            let (rate, channels) = album.source(&source.id);
            let path = folder.path().join(&source.path);
            write_wav(&path, rate, source.bits.expect("integer sources"), channels);
            let known = identity::full(&path, |_, _| (), &AtomicBool::new(false)).expect("its identity");
            (source.size, source.modified, source.head_tail) = (known.size, known.modified, known.head_tail);
            source.sha256 = known.full;
        }
        Disk { folder, session }
    }

    /// The folder deliveries go to.
    pub fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    /// Where repairs are kept: not in the user's cache.
    pub fn cache(&self) -> Cache {
        Cache::new(self.folder.path().join("kept"), 1 << 30)
    }

    /// Delivers a pass.
    pub fn deliver(&self, pass: &str) -> Result<Delivery, DeliverError> {
        self.deliver_wishing(pass, Wishes::default(), &AtomicBool::new(false), &|_| ())
    }

    /// Delivers a pass with every file made anew.
    pub fn deliver_fresh(&self, pass: &str) -> Result<Delivery, DeliverError> {
        self.deliver_until(pass, &AtomicBool::new(false), &|_| ())
    }

    /// Delivers a pass anew that may be stopped.
    pub fn deliver_until(
        &self,
        pass: &str,
        cancel: &AtomicBool,
        progress: &(dyn Fn(lacquer_engine::deliver::Step) + Sync),
    ) -> Result<Delivery, DeliverError> {
        self.deliver_wishing(pass, Wishes { fresh: true, ..Wishes::default() }, cancel, progress)
    }

    /// Delivers a pass as it is wished.
    pub fn deliver_wishing(
        &self,
        pass: &str,
        wishes: Wishes<'_>,
        cancel: &AtomicBool,
        progress: &(dyn Fn(lacquer_engine::deliver::Step) + Sync),
    ) -> Result<Delivery, DeliverError> {
        let profile = self.session.pass(pass).map_or(pass, |pass| pass.profile.as_str());
        let profile = lacquer_engine::profile::load(profile, None).expect("readable").expect("shipped");
        deliver(&Job {
            session: &self.session,
            pass,
            folder: &self.out(),
            library: Arc::new(FileLibrary::new(&self.session, self.folder.path()).caching_in(self.cache())),
            profile: &profile,
            wishes,
            progress,
            cancel,
        })
    }
}
