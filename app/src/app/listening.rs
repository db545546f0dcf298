//! What is heard besides the programme: references, other passes, snapshots and codecs beside it at one loudness, systems
//! and services it is heard through, the blind test.
//!
//! What is wanted is a state of the desk; [`App::follow_listening`] brings the sound to it whenever something it needs has
//! been measured, another song sounds, or the session has changed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use iced::Task;
use lacquer_engine::codec::{Coder, Tier};
use lacquer_engine::compare::heard::Heard;
use lacquer_engine::compare::loud::{Levels, levels};
use lacquer_engine::compare::matching::{Amounts, propose};
use lacquer_engine::compare::place::{Place, place};
use lacquer_engine::medium::loudspeaker::Loudspeaker;
use lacquer_engine::profile::{Lift, System, systems};
use lacquer_engine::realtime::{self, Follow, Maker};
use lacquer_engine::render::{FileLibrary, Library, Plan};
use lacquer_engine::session::{Document, Edit, Matching, Reference, Scope, SourceRef, Standing};
use lacquer_engine::source::Info;
use lacquer_engine::unit::{Db, Dbtp, Frames, Lufs, SampleRate, Seconds};

use super::{App, Message, file};
use crate::desk::listening::{Ask, Beside, SongOf, Way};
use crate::desk::{self};
use crate::intake::{import_file, in_session};
use crate::job::Listened;
use crate::place as places;

/// How often what is wanted is compared with what is heard: resolving a pass costs more than a frame.
const FOLLOW: Duration = Duration::from_millis(200);

/// What stands beside the programme, and everything that decided how.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Armed {
    what: Beside,
    own: SongOf,
    /// The reference as the session has it.
    reference: Option<Reference>,
    /// What it plays.
    other: SongOf,
}

/// What the programme is heard through, and for which song it was levelled.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Passed {
    way: Way,
    own: Option<SongOf>,
}

/// A plan to stand beside, with the song in it that belongs to the one that sounds.
struct Candidate {
    plan: Arc<Plan>,
    library: Arc<dyn Library>,
    song: usize,
    /// Its time less the programme's.
    shift: Seconds,
    follow: Standing,
    matching: Matching,
    trim: Db,
    cue: Seconds,
}

impl App {
    /// Does what concerns listening.
    pub(super) fn listening(&mut self, ask: Ask) -> Task<Message> {
        // What a blind test hears stays out of the trace.
        match ask {
            Ask::Sample(sample) => {
                self.sample(sample);
                return Task::none();
            }
            Ask::Answer(side) => {
                self.answer(side);
                return Task::none();
            }
            _ => self.trace.note("listening", format!("{ask:?}")),
        }
        match ask {
            Ask::Add => {
                self.for_references = true;
                return file::ask_for_audio(self.desk.document.folder());
            }
            Ask::Choose(id) => self.desk.listening.chosen = Some(id),
            Ask::Put(what) => self.put_beside(what),
            Ask::Hear(on) => self.hear_beside(on),
            Ask::Reference(number) => self.hear_reference(number),
            Ask::Through(way) => self.desk.listening.way = way,
            Ask::Match { amounts, apply } => self.match_references(amounts, apply),
            Ask::Judge => self.judge(),
            Ask::Draw(trials) => self.draw(trials),
            Ask::GiveUp => {
                self.desk.listening.trials = None;
                self.hear_beside(false);
            }
            Ask::KeepResult => self.keep_result(),
            Ask::Sample(_) | Ask::Answer(_) => {}
        }
        self.followed_at -= FOLLOW;
        self.follow_listening();
        self.settle();
        Task::none()
    }

    /// Files become references.
    pub(super) fn add_references(&mut self, infos: &[Box<Info>]) {
        for info in infos {
            let file = import_file(info);
            let source = SourceRef { path: in_session(&info.path, self.desk.document.folder()), ..file.source };
            match Edit::add_reference(&self.desk.document, &file.title, &file.artist, &source) {
                Ok((edit, id)) => {
                    let result = self.desk.document.apply(edit).map(Some);
                    self.changed(result);
                    self.desk.listening.chosen = Some(id);
                }
                Err(error) => self.warn(error.to_string()),
            }
        }
    }

    fn put_beside(&mut self, what: Option<Beside>) {
        if self.desk.listening.trials.is_some() {
            return self.warn("a blind test is under way: end it first");
        }
        if let Some(Beside::Coded(tier) | Beside::Lost(tier)) = &what {
            let tier = tier.clone();
            self.code(&tier);
        }
        let listening = &mut self.desk.listening;
        (listening.wanted, listening.stands) = (what.is_some(), false);
        listening.beside = what;
        if listening.beside.is_none() {
            (self.armed, listening.levels, listening.place) = (None, None, None);
            self.desk.monitor.set_beside(None);
        }
    }

    /// What stands beside is heard, or the programme.
    pub(super) fn hear_beside(&mut self, on: bool) {
        self.desk.listening.wanted = on;
        self.desk.monitor.hear_beside(on);
        self.settle();
    }

    /// The other of the two: what stands beside, or else the original.
    pub(super) fn other(&mut self) {
        if self.desk.listening.trials.is_some() {
            return;
        }
        if self.desk.listening.beside.is_some() {
            let on = !self.desk.monitor.is_beside_heard();
            self.hear_beside(on);
        } else {
            self.hear_original(!self.original, true);
        }
    }

    fn hear_reference(&mut self, number: usize) {
        let reference = number.checked_sub(1).and_then(|index| self.desk.session().references.get(index));
        let Some(id) = reference.map(|reference| reference.id.clone()) else {
            return self.warn(format!("there is no reference {number}"));
        };
        self.desk.listening.chosen = Some(id.clone());
        let what = Beside::Reference(id);
        if self.desk.listening.beside.as_ref() == Some(&what) {
            self.other();
        } else {
            self.put_beside(Some(what));
        }
    }

    /// The song that sounds, or is selected where nothing plays, as everything about it is known by.
    pub(super) fn own_song(&self) -> Option<(Arc<Plan>, SongOf)> {
        let plan = self.desk.plan.clone()?;
        let song = self.desk.sounding().unwrap_or(0);
        let key = (plan.hash.clone(), song);
        (song < plan.songs.len()).then_some((plan, key))
    }

    /// What is known of a song; it is heard from end to end where nothing is.
    fn known(&mut self, key: &SongOf, plan: &Arc<Plan>, library: &Arc<dyn Library>) -> Option<Arc<Heard>> {
        let listening = &mut self.desk.listening;
        if let Some(heard) = listening.known.get(key) {
            return Some(Arc::clone(heard));
        }
        if !listening.failed.contains(key) && !listening.under_way.contains_key(key) {
            listening.under_way.insert(key.clone(), 0.0);
            self.jobs.hear(key.clone(), Arc::clone(plan), Arc::clone(library));
        }
        None
    }

    /// Brings the sound to what is wanted; called with every tick.
    pub(super) fn follow_listening(&mut self) {
        let shown = self.page == desk::Page::Reference;
        if !self.has_project
            || (!shown && self.desk.listening.beside.is_none() && self.desk.listening.way == Way::Plain)
        {
            if self.passed.take().is_some_and(|passed| passed.way != Way::Plain) {
                self.desk.monitor.hear_through(None);
            }
            return;
        }
        if self.followed_at.elapsed() < FOLLOW {
            return;
        }
        self.followed_at = Instant::now();
        // An edit under way changes the plan with every step: it is heard when the hand rests.
        let rests = self.survey_due.is_none() && !self.desk.document.is_in_gesture();
        let Some((plan, own)) = self.own_song().filter(|_| rests) else { return };
        let library = Arc::clone(&self.library);
        let Some(heard) = self.known(&own, &plan, &library) else { return };
        if shown {
            self.know_references();
        }
        self.follow_way(&plan, &own, &heard);
        self.follow_beside(&plan, &own, &heard);
    }

    /// Every reference is heard from end to end, one after the other.
    fn know_references(&mut self) {
        let references = self.desk.session().references.clone();
        for reference in references {
            let listening = &self.desk.listening;
            let resolved = listening
                .references
                .get(&reference.id)
                .filter(|_| listening.files.get(&reference.id) == Some(&reference.file));
            if resolved.is_some_and(|key| listening.known.contains_key(key) || listening.failed.contains(key)) {
                continue;
            }
            let Ok((plan, library)) = self.alone(&Reference { repeats: None, ..reference.clone() }) else { continue };
            let key = (plan.hash.clone(), 0);
            self.desk.listening.files.insert(reference.id.clone(), reference.file.clone());
            self.desk.listening.references.insert(reference.id.clone(), key.clone());
            if self.known(&key, &plan, &library).is_none() {
                return;
            }
        }
    }

    /// A reference as something that can be played.
    fn alone(&self, reference: &Reference) -> Result<(Arc<Plan>, Arc<dyn Library>), String> {
        let session = reference.alone();
        let folder = self.desk.document.folder().map(ToOwned::to_owned).unwrap_or_default();
        let library: Arc<dyn Library> = Arc::new(FileLibrary::new(&session, &folder));
        let plan = Plan::new(&session, "streaming").map_err(|error| error.to_string())?;
        Ok((Arc::new(plan), library))
    }

    fn follow_beside(&mut self, plan: &Arc<Plan>, own: &SongOf, heard: &Heard) {
        let Some(what) = self.desk.listening.beside.clone() else { return };
        let reference = match &what {
            Beside::Reference(id) => self.desk.session().references.iter().find(|one| one.id == *id).cloned(),
            _ => None,
        };
        let known = self
            .armed
            .as_ref()
            .is_some_and(|armed| armed.what == what && armed.own == *own && armed.reference == reference);
        if known {
            self.desk.listening.stands = self.desk.status.beside.is_some();
            return;
        }
        let candidate = match self.candidate(&what, plan, own, reference.as_ref()) {
            Ok(Some(candidate)) => candidate,
            // It waits for something that is on its way.
            Ok(None) => return,
            Err(reason) => {
                self.warn(reason);
                return self.put_beside(None);
            }
        };
        let other = (candidate.plan.hash.clone(), candidate.song);
        let measured = match &reference {
            // What repeats is measured as a whole.
            Some(reference) => self.alone(&Reference { repeats: None, ..reference.clone() }),
            None => Ok((Arc::clone(&candidate.plan), Arc::clone(&candidate.library))),
        };
        let Ok((measured, library)) = measured else { return };
        let key = (measured.hash.clone(), candidate.song);
        let Some(other_heard) = self.known(&key, &measured, &library) else { return };
        let found =
            (candidate.follow == Standing::Section).then(|| place(&heard.course, &other_heard.course)).flatten();
        let levels = levels(&heard.portrait, &other_heard.portrait, candidate.matching, candidate.trim);
        self.arm(plan, own, candidate, found, levels);
        self.armed = Some(Armed { what, own: own.clone(), reference, other });
    }

    fn arm(&mut self, plan: &Plan, own: &SongOf, candidate: Candidate, found: Option<Place>, levels: Levels) {
        let start = plan.songs.get(own.1).map_or(0, |song| plan.to_delivered(song.start));
        let start = Frames(start).seconds(plan.delivered);
        let follow = match (candidate.follow, found) {
            (Standing::Free, _) => Follow::Free(candidate.cue),
            (Standing::Cue, _) => Follow::Free(candidate.cue),
            (Standing::Section, Some(found)) => {
                // With another tempo it is in step here and drifts from here on.
                let here = self.desk.seconds(self.desk.position()) - start.0;
                Follow::Shift(Seconds(found.other(Seconds(here)).0 - here - start.0))
            }
            (Standing::Playhead | Standing::Section, _) => Follow::Shift(candidate.shift),
        };
        (self.desk.listening.levels, self.desk.listening.place) = (Some(levels), found);
        self.desk.monitor.set_beside(Some(realtime::Beside {
            plan: candidate.plan,
            library: candidate.library,
            follow,
            level: levels.beside_db,
            own_level: levels.own_db,
        }));
        let wanted = self.desk.listening.wanted;
        self.desk.monitor.hear_beside(wanted);
        self.settle();
    }

    /// What is to stand beside, resolved; nothing while it is still being made.
    fn candidate(
        &self,
        what: &Beside,
        plan: &Arc<Plan>,
        own: &SongOf,
        reference: Option<&Reference>,
    ) -> Result<Option<Candidate>, String> {
        let song = plan.songs.get(own.1).ok_or("there is no song")?;
        let begins = |plan: &Plan, frame: u64| Frames(plan.to_delivered(frame)).seconds(plan.delivered).0;
        let whole = |plan: Arc<Plan>, library: Arc<dyn Library>, song: usize, shift: f64| Candidate {
            plan,
            library,
            song,
            shift: Seconds(shift),
            follow: Standing::Playhead,
            matching: Matching::Integrated,
            trim: Db(0.0),
            cue: Seconds(0.0),
        };
        let same = |other: Plan| {
            let place = other.songs.iter().position(|one| one.id == song.id);
            let place = place.ok_or_else(|| format!("{} is not in it", song.title))?;
            // The same place is the same second, without any rounding.
            let exactly = other.songs[place].start == song.start && other.rate == plan.rate;
            let shift = if exactly { 0.0 } else { begins(&other, other.songs[place].start) - begins(plan, song.start) };
            Ok::<_, String>((Arc::new(other), place, shift))
        };
        match what {
            Beside::Reference(_) => {
                let reference = reference.ok_or("the reference is gone")?;
                let (other, library) = self.alone(reference)?;
                Ok(Some(Candidate {
                    follow: if reference.repeats.is_some() && reference.position != Standing::Cue {
                        Standing::Free
                    } else {
                        reference.position
                    },
                    matching: reference.matching,
                    trim: reference.trim,
                    cue: if reference.repeats.is_some() { Seconds(0.0) } else { reference.cue_time() },
                    ..whole(other, library, 0, -begins(plan, song.start))
                }))
            }
            Beside::Pass(id) => {
                let other = Plan::new(self.desk.session(), id).map_err(|error| error.to_string())?;
                let (other, place, shift) = same(other)?;
                Ok(Some(whole(other, Arc::clone(&self.library), place, shift)))
            }
            Beside::Snapshot(number) => {
                let other = self.snapshot_plan(*number)?;
                let (other, place, shift) = same(other)?;
                Ok(Some(whole(other, Arc::clone(&self.library), place, shift)))
            }
            Beside::Coded(tier) | Beside::Lost(tier) => {
                let done = self.desk.listening.coded.iter().find(|(key, known, _)| key == own && known == tier);
                let Some((_, _, coded)) = done else { return Ok(None) };
                let path = if matches!(what, Beside::Lost(_)) { &coded.difference } else { &coded.decoded };
                let reference = file_reference(path, &song.title)?;
                let (other, library) = self.alone(&reference)?;
                let matching = Matching::Off;
                Ok(Some(Candidate { matching, ..whole(other, library, 0, -begins(plan, song.start)) }))
            }
        }
    }

    /// The heard pass with its album chain in the state of a snapshot.
    fn snapshot_plan(&self, number: usize) -> Result<Plan, String> {
        let letter = ["a", "b", "c", "d"].get(number).ok_or("there are snapshots A to D")?;
        let mut document = Document::from_session(self.desk.session()).map_err(|error| error.to_string())?;
        let pass = self.own_pass().unwrap_or_else(|| "main".into());
        let edit = Edit::parse(&document, &format!("pass.{pass}.chain=snapshot {letter}"))
            .map_err(|error| error.to_string())?;
        document.apply(edit).map_err(|error| error.to_string())?;
        Plan::new(document.session(), &self.desk.pass).map_err(|error| error.to_string())
    }

    fn code(&mut self, tier: &str) {
        let Some((plan, own)) = self.own_song() else { return };
        let listening = &mut self.desk.listening;
        let done = listening.coded.iter().any(|(key, known, _)| *key == own && known == tier);
        if done || listening.coding.as_ref().is_some_and(|(key, known)| *key == own && known == tier) {
            return;
        }
        let Some(tier) = Tier::of(tier) else { return };
        let Some(coder) = Coder::found().into_iter().find(|coder| coder.coding == tier.coding) else {
            return self.warn(format!("no encoder for {} was found on this machine", tier.id));
        };
        listening.coding = Some((own.clone(), tier.id.into()));
        let folder = std::env::temp_dir().join(format!("lacquer-codec-{}", std::process::id()));
        let folder = folder.join(format!("{}-{}-{}", &own.0[..own.0.len().min(12)], own.1, tier.id));
        self.jobs.code(own, (tier, coder), plan, Arc::clone(&self.library), folder);
    }

    /// Hears the programme through what is asked for, levelled for the song that sounds.
    fn follow_way(&mut self, plan: &Arc<Plan>, own: &SongOf, heard: &Heard) {
        let way = self.desk.listening.way.clone();
        let levelled = self.desk.listening.translations.as_ref().is_some_and(|(key, _)| key == own);
        let shown = self.page == desk::Page::Reference;
        if !levelled
            && (shown || matches!(way, Way::System(_)))
            && self.desk.listening.translating.as_ref() != Some(own)
        {
            self.desk.listening.translating = Some(own.clone());
            let (systems, trouble) = known_systems();
            trouble.into_iter().for_each(|trouble| self.warn(trouble));
            let (plan, library) = (Arc::clone(plan), Arc::clone(&self.library));
            self.jobs.translate(own.clone(), heard.portrait.clone(), systems, plan, library);
        }
        let now = Passed { way, own: Some(own.clone()) };
        if self.passed.as_ref() == Some(&now) {
            return;
        }
        let maker: Option<Maker> = match &now.way {
            Way::Plain => None,
            Way::System(_) if !levelled => return,
            Way::System(id) => self.system_maker(id),
            Way::Service(name, album) => self.service_maker(name, *album, own.1),
        };
        // What others hear the programme through is left alone while nothing is asked for here.
        let was = self.passed.as_ref().is_some_and(|passed| passed.way != Way::Plain);
        if was || now.way != Way::Plain {
            self.desk.medium.heard = false;
            self.desk.monitor.hear_through(maker);
        }
        self.passed = Some(now);
        self.settle();
    }

    fn system_maker(&self, id: &str) -> Option<Maker> {
        let (_, translations) = self.desk.listening.translations.as_ref()?;
        let told = translations.iter().find(|one| one.system == id)?;
        let (level, makeup) = (told.level_db, told.makeup_db.unwrap_or(Db(0.0)));
        let system = known_systems().0.into_iter().find(|system| system.id == id)?;
        Some(Arc::new(move |rate: SampleRate| Box::new(Loudspeaker::new(&system, level, makeup, rate))))
    }

    fn service_maker(&self, name: &str, album: bool, song: usize) -> Option<Maker> {
        let (gain, ceiling) = self.desk.playback(name, album, song)?;
        Some(Arc::new(move |rate: SampleRate| Box::new(Loudspeaker::player(gain, ceiling, rate))))
    }

    /// What a job of listening says.
    pub(super) fn listened(&mut self, listened: Listened) {
        let listening = &mut self.desk.listening;
        match listened {
            Listened::Hearing(key, share) => {
                listening.under_way.entry(key).and_modify(|done| *done = share);
            }
            Listened::Heard(key, result) => {
                listening.under_way.remove(&key);
                match result {
                    Ok(heard) => {
                        listening.known.insert(key, Arc::from(heard));
                    }
                    Err(reason) => {
                        listening.failed.insert(key);
                        self.fail(format!("a recording to compare with cannot be measured: {reason}"));
                    }
                }
            }
            Listened::Translated(key, Ok(told)) => {
                listening.translating = None;
                listening.translations = Some((key, Arc::new(told)));
            }
            Listened::Translated(_, Err(reason)) => self.fail(format!("the systems cannot be tried: {reason}")),
            Listened::Coded(key, tier, result) => {
                listening.coding = None;
                match result {
                    Ok(coded) => {
                        let said = format!("{tier} by {}", coded.trip.coder);
                        listening.coded.push((key, tier, Arc::from(coded)));
                        self.say(said);
                    }
                    Err(reason) => {
                        self.put_beside(None);
                        self.fail(format!("{tier}: {reason}"));
                    }
                }
            }
            Listened::Judged(key, result) => {
                listening.judging = false;
                match result {
                    Ok(verdict) => listening.verdict = Some((key, Arc::from(verdict))),
                    Err(reason) => self.fail(format!("the song cannot be judged: {reason}")),
                }
            }
        }
        self.settle();
    }

    /// The portraits of all references that are known, with their weights.
    fn weighed(&self) -> Vec<(lacquer_engine::compare::portrait::Portrait, f64)> {
        let listening = &self.desk.listening;
        let of = |one: &Reference| Some((listening.reference(&one.id)?.portrait.clone(), one.weight));
        self.desk.session().references.iter().filter_map(of).collect()
    }

    fn match_references(&mut self, amounts: Amounts, apply: bool) {
        let Some((plan, own)) = self.own_song() else { return };
        let Some(heard) = self.desk.listening.known.get(&own).cloned() else {
            return self.warn("the song is still being measured");
        };
        let references = self.weighed();
        if references.is_empty() {
            return self.warn("there is no reference to match");
        }
        let proposal = propose(&heard.portrait, &references, amounts);
        if apply && !proposal.chain.stages.is_empty() {
            let scope = Scope::Song(plan.songs[own.1].id.clone());
            let pass = self.own_pass();
            match Edit::insert_stages(&self.desk.document, pass.as_deref(), &scope, &proposal.chain, None, "match") {
                Ok((edit, _)) => {
                    let result = self.desk.document.apply(edit).map(Some);
                    self.changed(result);
                    self.say("the match stands in the song's chain as ordinary processors");
                }
                Err(error) => self.warn(error.to_string()),
            }
        }
        self.desk.listening.proposal = Some(Arc::new(proposal));
    }

    fn judge(&mut self) {
        let Some((plan, own)) = self.own_song() else { return };
        let Some(heard) = self.desk.listening.known.get(&own).cloned() else {
            return self.warn("the song is still being measured");
        };
        let references = self.weighed().into_iter().filter(|(_, weight)| *weight > 0.0);
        let references = references.map(|(portrait, _)| portrait).collect();
        self.desk.listening.judging = true;
        self.jobs.judge(own, heard.portrait.clone(), references, plan, Arc::clone(&self.library));
    }
}

/// A decoded file as something that can be played.
fn file_reference(path: &std::path::Path, name: &str) -> Result<Reference, String> {
    let opened = lacquer_engine::source::open(path).map_err(|error| error.to_string())?;
    let file = import_file(&opened.info).source;
    let file = SourceRef { path: path.to_string_lossy().into_owned(), ..file };
    Ok(Reference::new("coded", name, "", file))
}

/// The listening systems in force, and what is wrong with the house's own.
pub(super) fn known_systems() -> (Vec<System>, Option<String>) {
    let (systems, trouble) = systems(places::house_profiles().as_deref());
    (systems, trouble.map(|trouble| trouble.to_string()))
}

impl desk::Desk {
    /// The gain of a service for the album or a song, and the ceiling it holds where it raises; of the heard pass's profile.
    pub fn playback(&self, name: &str, album: bool, song: usize) -> Option<(Db, Option<Db>)> {
        let survey = self.survey.as_ref()?;
        let platform = desk::profile_of("streaming")?.platforms.iter().find(|platform| platform.name == name)?;
        let (loud, peak): (Lufs, Dbtp) = if album {
            let peak =
                survey.measurements().filter_map(|one| one.true_peak_dbtp).map(|peak| peak.0).reduce(f64::max)?;
            (survey.integrated?, Dbtp(peak))
        } else {
            let measured = &survey.songs.get(song)?.processed.measurement;
            (measured.integrated_lufs?, measured.true_peak_dbtp?)
        };
        let penalty = platform.penalty(loud, peak)?;
        let ceiling = platform.ceiling_dbtp.unwrap_or(Dbtp(-1.0));
        Some((penalty.gain_db, (platform.lift == Lift::Always && penalty.limited).then_some(Db(ceiling.0))))
    }

    /// What stands beside, in words.
    pub fn words_of(&self, what: &Beside) -> String {
        match what {
            Beside::Reference(id) => {
                let found = self.session().references.iter().find(|one| one.id == *id);
                found.map_or_else(|| id.clone(), |one| one.name.clone())
            }
            Beside::Pass(id) => self.session().pass(id).map_or_else(|| id.clone(), |pass| pass.name.clone()),
            Beside::Snapshot(number) => format!("snapshot {}", ["A", "B", "C", "D"].get(*number).unwrap_or(&"?")),
            Beside::Coded(tier) => tier.clone(),
            Beside::Lost(tier) => format!("what {tier} takes away"),
        }
    }
}
