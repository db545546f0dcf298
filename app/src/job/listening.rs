//! Jobs of listening: hearing songs and references from end to end, sending a song through a coder, holding it against
//! listening systems.

use std::path::PathBuf;
use std::sync::Arc;

use lacquer_engine::audio::Block;
use lacquer_engine::codec::{Coder, Tier};
use lacquer_engine::compare::coded::{self, Coded};
use lacquer_engine::compare::heard::{self, Ear, Heard};
use lacquer_engine::compare::portrait::Portrait;
use lacquer_engine::compare::translation::{Translation, Translator};
use lacquer_engine::compare::verdict::{self, Moments, Verdict};
use lacquer_engine::profile::System;
use lacquer_engine::render::{Library, Plan};
use lacquer_engine::survey::{Listener, Watch};

use super::{Jobs, Report, raise, start, tell};
use crate::desk::listening::SongOf;

/// What a job of listening says.
pub enum Listened {
    /// A song is heard so far, 0 to 1.
    Hearing(SongOf, f64),
    /// A song was heard, or why not.
    Heard(SongOf, Result<Box<Heard>, String>),
    /// A song was held against every system, or why not.
    Translated(SongOf, Result<Vec<Translation>, String>),
    /// A song went through the coder of this tier, or why not.
    Coded(SongOf, String, Result<Box<Coded>, String>),
    /// A song was judged, or why not.
    Judged(SongOf, Result<Box<Verdict>, String>),
}

/// Several that hear the same.
struct All(Vec<Translator>);

impl Listener for All {
    fn process(&mut self, block: &Block) {
        self.0.iter_mut().for_each(|one| one.process(block));
    }
}

impl Jobs {
    /// Hears a song of a plan from end to end.
    pub fn hear(&mut self, key: SongOf, plan: Arc<Plan>, library: Arc<dyn Library>) {
        let send = self.send.clone();
        start("lacquer-hear", move |cancel| {
            let progress = |share: f64| tell(&send, Report::Listened(Box::new(Listened::Hearing(key.clone(), share))));
            let watch = Watch { progress: &progress, cancel };
            let name = plan.songs.get(key.1).map(|song| song.title.clone()).unwrap_or_default();
            let heard = Ear::new(plan.layout, plan.delivered).map_err(|error| error.to_string()).and_then(|mut ear| {
                heard::song(&plan, &library, key.1, &mut ear, &watch).map_err(|error| error.to_string())?;
                Ok(Box::new(ear.finish(&name)))
            });
            tell(&send, Report::Listened(Box::new(Listened::Heard(key.clone(), heard))));
        });
    }

    /// Holds a song against every system; one under way is given up.
    pub fn translate(
        &mut self,
        key: SongOf,
        own: Portrait,
        systems: Vec<System>,
        plan: Arc<Plan>,
        library: Arc<dyn Library>,
    ) {
        raise(self.translation.take());
        let send = self.send.clone();
        self.translation = start("lacquer-translate", move |cancel| {
            let made = systems.iter().map(|system| {
                Translator::new(system, own.integrated_lufs, plan.layout, plan.delivered)
                    .map_err(|error| error.to_string())
            });
            let told = made.collect::<Result<Vec<_>, _>>().and_then(|all| {
                let mut all = All(all);
                let watch = Watch { progress: &|_| (), cancel };
                heard::song(&plan, &library, key.1, &mut all, &watch).map_err(|error| error.to_string())?;
                Ok(all.0.into_iter().map(Translator::finish).collect())
            });
            tell(&send, Report::Listened(Box::new(Listened::Translated(key, told))));
        });
    }

    /// Sends a song through a coder and back, into `folder`; one under way is given up.
    pub fn code(
        &mut self,
        key: SongOf,
        (tier, coder): (Tier, Coder),
        plan: Arc<Plan>,
        library: Arc<dyn Library>,
        folder: PathBuf,
    ) {
        raise(self.coding.take());
        let send = self.send.clone();
        self.coding = start("lacquer-code", move |cancel| {
            let made = std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()));
            let coded = made.and_then(|()| {
                coded::coded(&plan, &library, key.1, (tier, &coder), &folder, cancel).map_err(|error| error.to_string())
            });
            tell(&send, Report::Listened(Box::new(Listened::Coded(key, tier.id.into(), coded.map(Box::new)))));
        });
    }

    /// Judges a song by its references.
    pub fn judge(
        &mut self,
        key: SongOf,
        own: Portrait,
        references: Vec<Portrait>,
        plan: Arc<Plan>,
        library: Arc<dyn Library>,
    ) {
        let send = self.send.clone();
        start("lacquer-judge", move |cancel| {
            let watch = Watch { progress: &|_| (), cancel };
            let judged = Moments::new(plan.layout, plan.delivered).map_err(|error| error.to_string());
            let judged = judged.and_then(|mut moments| {
                heard::song(&plan, &library, key.1, &mut moments, &watch).map_err(|error| error.to_string())?;
                Ok(Box::new(verdict::judge(&own, &references, moments.finish())))
            });
            tell(&send, Report::Listened(Box::new(Listened::Judged(key, judged))));
        });
    }
}
