use super::{ChainSettings, Clip, Entry, Fade, Join, Pass, Session, SideName, Song};
use crate::unit::{CdFrame, Db};

/// A pass with everything inherited filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// The pass itself.
    pub pass: Pass,
    /// The album chain.
    pub chain: ChainSettings,
    /// The songs in order, disabled ones left out.
    pub songs: Vec<ResolvedSong>,
}

/// One song as a pass plays it.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedSong {
    /// The song's document, for its texts.
    pub song: Song,
    /// How it follows the song before.
    pub join: Join,
    /// Level after the song chain.
    pub gain: Db,
    /// Fade at the head.
    pub fade_in: Option<Fade>,
    /// Fade at the tail.
    pub fade_out: Option<Fade>,
    /// On a disc: it sounds in a pause and has no track of its own.
    pub hidden: bool,
    /// On a disc: indices from 02 on, from the song's first CD frame.
    pub indices: Vec<CdFrame>,
    /// On a disc: how far into the song its track begins.
    pub lead: CdFrame,
    /// Of a record: the side it begins.
    pub side: Option<SideName>,
    /// The audio.
    pub clips: Vec<Clip>,
    /// The song chain.
    pub chain: ChainSettings,
}

impl Session {
    /// The pass `id` with its inheritance resolved: the pass's override, else the main pass, else the song.
    pub fn resolve(&self, id: &str) -> Option<Resolved> {
        let pass = self.pass(id)?;
        let main = self.main_pass()?;
        let chain = pass.chain.clone().or_else(|| main.chain.clone()).unwrap_or_default();
        let entries = if pass.entries.is_empty() { &main.entries } else { &pass.entries };
        let songs = entries.iter().filter_map(|entry| self.resolve_song(entry, main, &pass.version)).collect();
        Some(Resolved { pass: pass.clone(), chain, songs })
    }

    fn resolve_song(&self, entry: &Entry, main: &Pass, version: &str) -> Option<ResolvedSong> {
        let song = self.song(&entry.song).filter(|song| !song.disabled)?;
        let version = if version.is_empty() { None } else { Some(song.version(version)?) };
        let base = main.entries.iter().find(|base| base.song == entry.song);
        let inherited = |own: Option<Fade>, base: Option<Fade>, song: Option<Fade>| {
            own.or(base).or(song).filter(|fade| fade.length.0 > 0.0)
        };
        let clips = entry.clips.clone().or_else(|| base?.clips.clone()).unwrap_or_else(|| song.clips.clone());
        Some(ResolvedSong {
            join: entry.join.or(base.and_then(|base| base.join)).unwrap_or_default(),
            gain: entry.gain.or(base.and_then(|base| base.gain)).unwrap_or(song.gain),
            fade_in: inherited(entry.fade_in, base.and_then(|base| base.fade_in), song.fade_in),
            fade_out: inherited(entry.fade_out, base.and_then(|base| base.fade_out), song.fade_out),
            hidden: entry.hidden.or(base.and_then(|base| base.hidden)).unwrap_or(false),
            indices: entry.indices.clone().or_else(|| base?.indices.clone()).unwrap_or_else(|| song.indices.clone()),
            lead: entry.lead.or(base.and_then(|base| base.lead)).unwrap_or(song.lead),
            side: entry.side.or(base.and_then(|base| base.side)),
            clips: version.map_or_else(|| clips.clone(), |version| version.of(&clips)),
            chain: entry.chain.clone().or_else(|| base?.chain.clone()).unwrap_or_else(|| song.chain.clone()),
            song: song.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::Seconds;

    fn song(id: &str) -> Song {
        toml::from_str(&format!("id = '{id}'\ngain = 0.5")).unwrap()
    }

    #[test]
    fn a_pass_inherits_until_it_overrides() {
        let mut session = Session::new();
        session.songs = vec![song("a"), song("b")];
        let entry =
            |song: &str, gap| Entry { song: song.into(), join: Some(Join::Gap(Seconds(gap))), ..Entry::default() };
        session.passes[0].entries = vec![entry("a", 0.0), entry("b", 1.0)];
        let cd = session.resolve("cd").unwrap();
        assert_eq!(cd.songs.iter().map(|s| s.join).collect::<Vec<_>>(), [0.0, 1.0].map(|g| Join::Gap(Seconds(g))));
        assert_eq!(cd.songs[1].gain, Db(0.5));
        session.passes[1].entries =
            vec![Entry { gain: Some(Db(-1.0)), ..Entry { song: "b".into(), ..Entry::default() } }, entry("a", 3.0)];
        let cd = session.resolve("cd").unwrap();
        assert_eq!(cd.songs[0].join, Join::Gap(Seconds(1.0)));
        assert_eq!(cd.songs[0].gain, Db(-1.0));
        assert_eq!(cd.songs[1].join, Join::Gap(Seconds(3.0)));
        assert_eq!(session.resolve("streaming").unwrap().songs[1].gain, Db(0.5));
        session.songs[0].disabled = true;
        assert_eq!(session.resolve("streaming").unwrap().songs.len(), 1);
    }
}
