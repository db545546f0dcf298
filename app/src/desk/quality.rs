//! What is known of the faults of the album: which sources were looked through, what was found, where it is heard.

use std::collections::HashMap;
use std::sync::Arc;

use lacquer_engine::analysis::finding::Finding;
use lacquer_engine::profile::Profile;
use lacquer_engine::qc::close_up::CloseUp;
use lacquer_engine::qc::inspect::Inspection;
use lacquer_engine::qc::ledger::{self, Entry, Tally};
use lacquer_engine::qc::outlier::outliers;
use lacquer_engine::session::{Repair, Session};
use lacquer_engine::unit::Seconds;

use super::{Desk, profile_of};

/// Everything quality control knows.
#[derive(Default)]
pub struct Quality {
    /// What came of each source, by its id, or why it was not looked through.
    pub inspections: HashMap<String, Result<Arc<Inspection>, String>>,
    /// The source that is being looked through, and how much of it is done, 0 to 1.
    pub running: Option<(String, f64)>,
    /// Seconds the last look took.
    pub took_s: Option<f64>,
    /// Every finding with its state.
    pub entries: Arc<Vec<Entry>>,
    /// Counts up with every change of the findings.
    pub generation: u64,
    /// How many stand how.
    pub tally: Tally,
    /// The place that is looked at closely.
    pub close_up: Option<Shown>,
    /// Who decides.
    pub by: String,
    /// What is heard of a repair.
    pub hearing: Heard,
    /// The repair that is being computed.
    pub treating: Option<Treating>,
    index: HashMap<String, usize>,
    of: Option<Arc<Session>>,
}

/// What is heard of repairs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Heard {
    /// The programme as it is delivered.
    #[default]
    Repaired,
    /// Without a repair of a source, at the same loudness.
    Before(String, String),
    /// Only what a repair of a source takes away.
    Removed(String, String),
}

/// A repair that is being computed.
#[derive(Debug, Clone, PartialEq)]
pub struct Treating {
    /// What it is called, and which one of how many.
    pub name: String,
    /// How much of it is done, 0 to 1.
    pub share: f64,
}

/// A place to be looked at closely.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Id of the finding.
    pub finding: String,
    /// Id of the source.
    pub source: String,
    /// First moment in the source.
    pub start: Seconds,
    /// The moment after its last.
    pub end: Seconds,
    /// What is shown to either side of its middle; none shows all of it.
    pub half: Option<Seconds>,
    /// The channel whose spectrum is shown; none shows all.
    pub channel: Option<usize>,
    /// The repair that would be made, where none is yet.
    pub proposal: Option<Box<Repair>>,
}

/// A place with what was read of it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The place.
    pub place: Place,
    /// What was read, or why nothing was; none while it is being read.
    pub read: Option<Result<Arc<Near>, String>>,
}

/// A place as it is in the file, and with repairs.
#[derive(Debug, Clone, PartialEq)]
pub struct Near {
    /// The source as it is.
    pub before: CloseUp,
    /// With the repairs that are on, and the proposed one.
    pub after: Option<CloseUp>,
}

impl Quality {
    /// Nothing is known; `by` decides.
    pub fn new(by: String) -> Quality {
        Quality { by, ..Quality::default() }
    }

    /// Follows the session; `true` where the findings have changed. `anew` says that what was found has.
    pub fn follow(&mut self, session: &Arc<Session>, anew: bool) -> bool {
        let same = |old: &Arc<Session>| {
            Arc::ptr_eq(old, session)
                || (old.ledger == session.ledger
                    && old.sources == session.sources
                    && old.album.upc == session.album.upc
                    && old.songs == session.songs
                    && old.main_pass().map(|pass| &pass.entries) == session.main_pass().map(|pass| &pass.entries))
        };
        if !anew && self.of.as_ref().is_some_and(same) {
            self.of = Some(Arc::clone(session));
            return false;
        }
        let known: Vec<(&str, &Inspection)> = session
            .sources
            .iter()
            .filter_map(|source| match self.inspections.get(&source.id) {
                Some(Ok(inspection)) => Some((source.id.as_str(), inspection.as_ref())),
                _ => None,
            })
            .collect();
        // Of an album that is known in part nothing stands out.
        let profile = quality_profile(session).filter(|_| known.len() == session.sources.len());
        let apart = profile.map_or_else(Vec::new, |profile| outliers(session, &known, &profile));
        let told = known.iter().map(|(id, inspection)| {
            let own = apart.iter().filter(|(source, _)| source.as_str() == *id).map(|(_, finding)| finding.clone());
            (*id, inspection.findings.iter().cloned().chain(own).collect::<Vec<Finding>>())
        });
        let told: HashMap<&str, Vec<Finding>> = told.collect();
        self.entries = Arc::new(ledger::reconcile(session, |id| told.get(id).map(Vec::as_slice)));
        self.index = self.entries.iter().enumerate().map(|(place, entry)| (entry.finding.id.clone(), place)).collect();
        self.tally = Tally::of(self.entries.iter());
        self.generation += 1;
        self.of = Some(Arc::clone(session));
        true
    }

    /// Seconds that were looked through and seconds in all, sources that were and sources in all.
    pub fn done(&self, session: &Session) -> (f64, f64, usize, usize) {
        let mut done = (0.0, 0.0, 0, session.sources.len());
        for source in &session.sources {
            let length = source.frames.seconds(source.rate).0;
            done.1 += length;
            if let Some(Ok(_)) = self.inspections.get(&source.id) {
                done.0 += length;
                done.2 += 1;
            } else if let Some((_, share)) = self.running.as_ref().filter(|(id, _)| *id == source.id) {
                done.0 += share * length;
            }
        }
        done
    }

    /// The finding of an id.
    pub fn entry(&self, id: &str) -> Option<&Entry> {
        self.entries.get(*self.index.get(id)?)
    }

    /// Whether every source was looked through.
    pub fn is_whole(&self, session: &Session) -> bool {
        session.sources.iter().all(|source| matches!(self.inspections.get(&source.id), Some(Ok(_))))
    }
}

/// The profile that looks for faults in a session, with the session's own limits in it.
pub fn quality_profile(session: &Session) -> Option<Profile> {
    Some(session.quality.applied(profile_of(&session.quality.profile)?))
}

impl Desk {
    /// Where findings lie on the programme that is heard, in seconds; none for what is not heard or has no place. Texts of a
    /// song lie at its start.
    pub fn places<'e>(&self, entries: impl Iterator<Item = &'e Entry>) -> Vec<Option<f64>> {
        let Some(plan) = &self.plan else { return entries.map(|_| None).collect() };
        let rate = plan.rate.hz();
        let mut clips: HashMap<&str, Vec<(u64, u64, u64)>> = HashMap::new();
        for clip in &plan.clips {
            let stretch = (clip.source_start, clip.source_start + clip.frames, clip.start);
            clips.entry(&plan.sources[clip.source].id).or_default().push(stretch);
        }
        let starts: HashMap<&str, u64> = plan.songs.iter().map(|song| (song.id.as_str(), song.start)).collect();
        let place = |entry: &Entry| match &entry.source {
            Some(source) => {
                let (start, end) = (entry.finding.start_s.0 * rate, entry.finding.end_s.0 * rate);
                let (start, end) = (start.max(0.0) as u64, end.max(0.0) as u64);
                let heard =
                    clips.get(source.as_str())?.iter().find(|(from, to, _)| start < *to && end.max(start) >= *from)?;
                Some((heard.2 + start.max(heard.0) - heard.0) as f64 / rate)
            }
            None => Some(*starts.get(entry.song.as_deref()?)? as f64 / rate),
        };
        entries.map(place).collect()
    }

    /// Where a finding lies on the programme, in seconds.
    pub fn place(&self, entry: &Entry) -> Option<f64> {
        self.places(std::iter::once(entry)).pop().flatten()
    }

    /// The repair of a source that answers a finding.
    pub fn repair_of(&self, entry: &Entry) -> Option<&Repair> {
        let source = self.session().source(entry.source.as_deref()?)?;
        source.repairs.iter().find(|repair| repair.finding == entry.finding.id)
    }
}
