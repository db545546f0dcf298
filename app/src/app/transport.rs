//! Keys, transport, bridge and monitor: presses become actions.

use iced::widget::operation;
use iced::{Task, keyboard};
use lacquer_engine::realtime::{Check, Section, Solo};
use lacquer_engine::render::Scope;
use lacquer_engine::unit::{CdFrame, Db, Seconds};

use super::{App, Message, Overlay, file};
use crate::desk::listening::{Ask, Way};
use crate::desk::{Action, Ends, Page};
use crate::keys::{self, Command};
use crate::screen::session as page;
use crate::widget::timeline::TimeFormat;
use crate::widget::{bridge, monitor, transport};

/// Range of the monitor level, dB.
const LEVELS: (f64, f64) = (-60.0, 12.0);

impl App {
    pub(super) fn key(&mut self, event: &keyboard::Event) -> Task<Message> {
        let Some(command) = keys::command(event) else { return Task::none() };
        self.trace.note("key", format!("{command:?}"));
        let open = !matches!(self.overlay, Overlay::None);
        if open && !matches!(command, Command::Escape | Command::Sheet | Command::Play | Command::Focus(_)) {
            return Task::none();
        }
        if self.has_project
            && !open
            && let Some(task) = self.quality_key(command)
        {
            return task;
        }
        match command {
            Command::Page(number) => self.page = Page::numbered(number).unwrap_or(self.page),
            Command::NextPage => {
                let place = Page::ALL.iter().position(|page| *page == self.page).unwrap_or(0);
                self.page = Page::ALL[(place + 1) % Page::ALL.len()];
            }
            Command::Focus(true) => return operation::focus_next(),
            Command::Focus(false) => return operation::focus_previous(),
            Command::Open => return self.file(file::Message::Open),
            Command::Sheet if matches!(self.overlay, Overlay::Sheet) => self.overlay = Overlay::None,
            Command::Sheet => self.overlay = Overlay::Sheet,
            Command::Settings => self.open_settings(),
            Command::Escape => return self.escape(),
            _ if !self.has_project => {}
            Command::Save => return self.file(file::Message::Save),
            Command::SaveAs => return self.file(file::Message::SaveAs),
            Command::Undo => return self.apply(Action::Undo),
            Command::Redo => return self.apply(Action::Redo),
            Command::AddFiles => return self.file(file::Message::Add),
            Command::ZoomSelection => return self.update(Message::Session(page::Message::ZoomSelection)),
            Command::Envelope => return self.update(Message::Session(page::Message::Envelope)),
            Command::SelectSong(step) => return self.select_song(step),
            Command::MoveSong(step) => {
                let Some(song) = self.desk.song.clone() else { return Task::none() };
                return self.update(Message::Session(page::Message::Move(song, step > 0)));
            }
            Command::LeaveOut => {
                let Some(song) = self.desk.song.clone() else { return Task::none() };
                return self.update(Message::Session(page::Message::Disable(song)));
            }
            Command::Primary if self.page == Page::Session => {
                return self.update(Message::Session(page::Message::Primary));
            }
            Command::Primary => {}
            Command::Mark => return self.update(Message::Session(page::Message::Mark)),
            Command::PreviousMarker => return self.update(Message::Session(page::Message::GoMarker(false))),
            Command::Cut => return self.update(Message::Session(page::Message::Cut { apart: false })),
            Command::CutApart => return self.update(Message::Session(page::Message::Cut { apart: true })),
            Command::Double => return self.update(Message::Session(page::Message::Double)),
            Command::Transitions => return self.update(Message::Session(page::Message::Transitions)),
            Command::SideIn => return self.update(Message::Session(page::Message::Side(false))),
            Command::SideOut => return self.update(Message::Session(page::Message::Side(true))),
            Command::Bench(place) => {
                self.page = Page::Session;
                let bench = page::Bench::ALL.get(place).map_or(page::Bench::Songs, |(bench, _)| *bench);
                return self.update(Message::Session(page::Message::Bench(bench)));
            }
            Command::ZoomAll => return self.update(Message::Session(page::Message::ZoomAll)),
            Command::Zoom(factor) => return self.update(Message::Session(page::Message::Zoom(factor))),
            Command::Follow => return self.update(Message::Session(page::Message::Follow)),
            command => return self.command(command),
        }
        Task::none()
    }

    fn escape(&mut self) -> Task<Message> {
        match self.overlay {
            Overlay::Sheet | Overlay::Device | Overlay::Path(_) | Overlay::Disc(_) => self.overlay = Overlay::None,
            // Recovery and lost files ask for a decision; Esc decides nothing.
            Overlay::Recovery(_) | Overlay::Sources(_) => {}
            Overlay::None if self.page == Page::Qc && self.qc.is_waiving() => {
                return self.update(Message::Qc(crate::screen::qc::Message::GiveUp));
            }
            Overlay::None if self.desk.document.is_in_gesture() => return self.apply(Action::Cancel),
            Overlay::None if self.desk.notice.is_some() => self.desk.notice = None,
            Overlay::None => self.select(None),
        }
        Task::none()
    }

    /// Selects the song above or below in the order that is heard.
    fn select_song(&mut self, step: i64) -> Task<Message> {
        let session = self.desk.session();
        let pass = self.desk.heard().filter(|pass| !pass.entries.is_empty()).or(session.main_pass());
        let Some(entries) = pass.map(|pass| &pass.entries) else { return Task::none() };
        let here = entries.iter().position(|entry| Some(&entry.song) == self.desk.song.as_ref());
        let next = here.map_or(0, |here| (here as i64 + step).clamp(0, entries.len() as i64 - 1) as usize);
        let song = entries.get(next).map(|entry| entry.song.clone());
        song.map_or_else(Task::none, |song| self.apply(Action::Select(song)))
    }

    /// Keys that concern the sound.
    fn command(&mut self, command: Command) -> Task<Message> {
        let section = *self.desk.monitor.section();
        let here = self.desk.position();
        let rate = self.desk.plan.as_ref().map(|plan| plan.delivered);
        let by = |seconds: f64| self.desk.frame(self.desk.seconds(here) + seconds);
        let action = match command {
            Command::Play if self.desk.monitor.transport().playing => Action::Pause,
            Command::Play => Action::Play,
            Command::PlayAgain => Action::Batch(vec![Action::Seek(self.began), Action::Play]),
            Command::Stop => Action::Pause,
            Command::SearchBack | Command::SearchOn => {
                self.search_on(command == Command::SearchOn);
                Action::None
            }
            Command::Heads => Action::PlayEnds(Ends::Heads),
            Command::Tails => Action::PlayEnds(Ends::Tails),
            Command::MarkIn | Command::MarkOut => {
                self.mark(command == Command::MarkIn);
                Action::None
            }
            Command::OriginalUnmatched => {
                self.hear_original(!self.original, false);
                Action::None
            }
            Command::NudgeSamples(samples) => {
                Action::Seek(here.saturating_add_signed(samples).min(self.desk.frame(f64::INFINITY)))
            }
            Command::Transition => return self.transition(),
            Command::Original => Action::Original(!self.original),
            Command::Beside => {
                self.other();
                Action::None
            }
            Command::Reference(number) => Action::Listening(Ask::Reference(number)),
            Command::QuietCheck => Action::Section(Section { check: turned(section.check, Check::Quiet), ..section }),
            Command::LoudCheck => Action::Section(Section { check: turned(section.check, Check::Loud), ..section }),
            Command::Left => Action::Section(Section { solo: other(section.solo, Solo::Left), ..section }),
            Command::Right => Action::Section(Section { solo: other(section.solo, Solo::Right), ..section }),
            Command::Mid => Action::Section(Section { solo: other(section.solo, Solo::Mid), ..section }),
            Command::OneSpeaker => Action::Section(Section { one_speaker: !section.one_speaker, ..section }),
            Command::Speaker(number) => {
                self.speak_through(number - 1);
                Action::None
            }
            Command::Home => Action::Seek(0),
            Command::End => Action::Seek(self.desk.plan.as_ref().map_or(0, |plan| plan.delivered_frames())),
            Command::NextEdit => Action::Seek(self.next_edit(true)),
            Command::PreviousEdit => Action::Seek(self.next_edit(false)),
            Command::NudgeFrames(frames) => {
                let step = rate.map_or(0, |rate| CdFrame(frames.abs()).frames(rate).0);
                let end = self.desk.frame(f64::INFINITY);
                Action::Seek(if frames < 0 { here.saturating_sub(step) } else { (here + step).min(end) })
            }
            Command::NudgeSeconds(seconds) => Action::Seek(by(seconds)),
            Command::Loop => self.toggle_loop(),
            Command::ResetMeters => Action::ResetMeters,
            Command::Slot(number) => self.slot(number - 1),
            Command::Snapshot(number, keep) => self.chain.snapshot(&self.desk, number - 1, keep),
            Command::Level(step) => Action::Section(level(section, section.gain.0 + step)),
            Command::Dim => Action::Section(Section { dim: !section.dim, ..section }),
            Command::Mono => Action::Section(Section { mono: !section.mono, ..section }),
            Command::Side => Action::Section(Section { solo: other(section.solo, Solo::Side), ..section }),
            Command::Swap => Action::Section(Section { swap: !section.swap, ..section }),
            Command::Polarity => Action::Section(Section { polarity: !section.polarity, ..section }),
            Command::Mute => Action::Section(Section { mute: !section.mute, ..section }),
            _ => Action::None,
        };
        self.apply(action)
    }

    fn slot(&self, slot: usize) -> Action {
        let stage = self.desk.plan.as_ref().and_then(|plan| plan.album.get(slot));
        stage.map_or(Action::None, |stage| Action::SlotOn { scope: Scope::Album, slot, on: !stage.on })
    }

    fn toggle_loop(&self) -> Action {
        if self.desk.monitor.transport().looped.is_some() {
            return Action::Loop(None);
        }
        if let Some((from, to)) = self.desk.selection {
            return Action::Loop(Some((self.desk.frame(from), self.desk.frame(to))));
        }
        let (Some(plan), Some(song)) = (&self.desk.plan, self.desk.selected_song()) else { return Action::None };
        Action::Loop(Some((plan.to_delivered(song.start), plan.to_delivered(song.end))))
    }

    /// Plays the join that is nearest to the playhead.
    fn transition(&mut self) -> Task<Message> {
        let nearest = self.desk.plan.as_ref().and_then(|plan| {
            let here = plan.from_delivered(self.desk.position());
            let joins = plan.songs.iter().enumerate().skip(1);
            joins.min_by_key(|(_, song)| song.start.abs_diff(here)).map(|(index, _)| index)
        });
        match nearest {
            Some(song) => self.apply(Action::PlayTransition(song)),
            None => self.apply(Action::Say("a transition needs two songs".into())),
        }
    }

    /// Delivered frame of the next or previous start, fade end or gap.
    fn next_edit(&self, forward: bool) -> u64 {
        let Some(plan) = &self.desk.plan else { return 0 };
        let here = self.desk.position();
        let mut places: Vec<u64> = plan.songs.iter().flat_map(|song| [song.start, song.end]).collect();
        for clip in &plan.clips {
            for curve in &clip.curves {
                let from = clip.start.saturating_add_signed(curve.from);
                places.extend([from, from + curve.length]);
            }
        }
        let mut places: Vec<u64> = places.into_iter().map(|place| plan.to_delivered(place)).collect();
        places.sort_unstable();
        let last = plan.delivered_frames();
        // A playing head is past the place it has just come to: half a second of grace on the way back.
        let grace = if self.desk.monitor.transport().playing { plan.delivered.0 as u64 / 2 } else { 0 };
        match forward {
            true => places.into_iter().find(|place| *place > here).unwrap_or(last),
            false => places.into_iter().rev().find(|place| *place + grace < here).unwrap_or(0),
        }
    }

    fn next_song(&self, forward: bool) -> u64 {
        let Some(plan) = &self.desk.plan else { return 0 };
        let here = self.desk.position();
        let mut starts = plan.songs.iter().map(|song| plan.to_delivered(song.start));
        // Within the first second of a song the key goes to the one before.
        let grace = u64::from(plan.delivered.0);
        match forward {
            true => starts.find(|start| *start > here).unwrap_or(plan.delivered_frames()),
            false => starts.rfind(|start| *start + grace < here).unwrap_or(0),
        }
    }

    pub(super) fn transport(&mut self, press: transport::Press) -> Task<Message> {
        match press {
            transport::Press::Previous => self.apply(Action::Seek(self.next_song(false))),
            transport::Press::Next => self.apply(Action::Seek(self.next_song(true))),
            transport::Press::Play => self.command(Command::Play),
            transport::Press::Loop => self.command(Command::Loop),
            transport::Press::Transition => self.transition(),
            transport::Press::Format => {
                self.format = match self.format {
                    TimeFormat::Cd => TimeFormat::Milliseconds,
                    TimeFormat::Milliseconds => {
                        TimeFormat::Samples(self.desk.plan.as_ref().map_or(44_100, |p| p.delivered.0))
                    }
                    TimeFormat::Samples(_) => TimeFormat::Cd,
                };
                Task::none()
            }
            transport::Press::Selection(length) => {
                let start = self.desk.selection.map_or(self.desk.seconds(self.desk.position()), |(from, _)| from);
                self.select(Some((start, start + length)));
                Task::none()
            }
            transport::Press::PreRoll(seconds) => {
                // Longer than a minute is no transition any more.
                self.pre_roll = Seconds(seconds.clamp(0.5, 60.0));
                self.settings.monitor.pre_roll_s = self.pre_roll.0;
                self.keep_settings();
                Task::none()
            }
        }
    }

    pub(super) fn bridge(&mut self, press: bridge::Press) -> Task<Message> {
        match (press, self.desk.meters.true_peak_max) {
            (bridge::Press::ResetMaxima, _) => self.apply(Action::ResetMeters),
            (bridge::Press::GoToPeak, Some((_, frame))) => self.apply(Action::Seek(frame)),
            (bridge::Press::GoToPeak, None) => Task::none(),
        }
    }

    pub(super) fn monitor(&mut self, press: monitor::Press) -> Task<Message> {
        let section = *self.desk.monitor.section();
        let action = match press {
            monitor::Press::Level(gain) => Action::Section(level(section, gain)),
            monitor::Press::Dim => Action::Section(Section { dim: !section.dim, ..section }),
            monitor::Press::Mono => Action::Section(Section { mono: !section.mono, ..section }),
            monitor::Press::Mute => Action::Section(Section { mute: !section.mute, ..section }),
            monitor::Press::Swap => Action::Section(Section { swap: !section.swap, ..section }),
            monitor::Press::Polarity => Action::Section(Section { polarity: !section.polarity, ..section }),
            monitor::Press::Side => Action::Section(Section { solo: other(section.solo, Solo::Side), ..section }),
            monitor::Press::Solo(solo) => {
                let asked = [Solo::Left, Solo::Right, Solo::Mid][solo.min(2)];
                Action::Section(Section { solo: other(section.solo, asked), ..section })
            }
            monitor::Press::OneSpeaker => Action::Section(Section { one_speaker: !section.one_speaker, ..section }),
            monitor::Press::Quiet => Action::Section(Section { check: turned(section.check, Check::Quiet), ..section }),
            monitor::Press::Loud => Action::Section(Section { check: turned(section.check, Check::Loud), ..section }),
            monitor::Press::Listen(source) => {
                if self.desk.listening.trials.is_some() {
                    return Task::none();
                }
                if self.desk.listening.beside.is_some() {
                    self.hear_beside(source == monitor::Source::R);
                }
                Action::Original(source == monitor::Source::S)
            }
            monitor::Press::Speaker(number) => {
                self.speak_through(number);
                Action::None
            }
            monitor::Press::Neutral => {
                let back = Action::Section(section.neutral());
                self.hear_beside(false);
                self.desk.listening.way = Way::Plain;
                self.desk.monitor.set_signal(None);
                let own = [Action::Unity(None), Action::MatchSnapshots(None), Action::Original(false)];
                Action::Batch([back].into_iter().chain(own).collect())
            }
        };
        self.apply(action)
    }
}

/// Heard alone, or no longer.
fn other(now: Solo, asked: Solo) -> Solo {
    if now == asked { Solo::None } else { asked }
}

/// A check, or no longer.
fn turned(now: Check, asked: Check) -> Check {
    if now == asked { Check::None } else { asked }
}

fn level(section: Section, gain: f64) -> Section {
    Section { gain: Db(gain.clamp(LEVELS.0, LEVELS.1)), ..section }
}
