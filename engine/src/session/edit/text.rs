//! The grammar of `lacquer edit SESSION PATH=VALUE`.

use toml::{Table, Value};

use super::chain::{self, Address, Scope};
use super::draft::{Draft, unknown};
use super::pass::known_pass;
use super::{Edit, EditError, NewPass};
use crate::container::ddp::cdtext::Language;
use crate::dsp::fade::Shape;
use crate::param::{self, Spec};
use crate::session::path::{self, TreePath};
use crate::session::{Document, Fade, Join, PassKind, Point, Preset, Rate, Session, SideName, document, preset};
use crate::unit::{CdFrame, Db, Dbtp, Frames, Lufs, SampleRate, Seconds};

mod reference;
mod repair;
mod whole;

/// What stands between path and value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Set,
    Add,
    Subtract,
}

impl Edit {
    /// Reads an edit as it is typed: a path, `=`, `+=` or `-=`, and a value.
    ///
    /// Paths name songs by id or by their number in the sequence (`song.2`), and the first pass also as `pass.main`.
    /// Values are written as in the fields of the window:
    ///
    /// | text | meaning |
    /// |---|---|
    /// | `album.title=North`, `song.2.isrc=GB-ABC-26-00001` | texts; identifiers are checked |
    /// | `song.2.gain=-0.4 dB`, `song.2.gain+=0.5` | levels, set or changed |
    /// | `pass.main.chain.stage.eq1.row.b1.frequency=3k` | a parameter, with everything its field understands |
    /// | `pass.main.chain.stage.eq1.bypass=on` | switches: on, off, yes, no, true, false |
    /// | `pass.cd.entry.2.join=gap 1.5s`, `=2.0`, `=150f` | a pause in seconds or CD frames; negative overlaps |
    /// | `pass.main.entry.2.join=xf 1.8 equal-power` | a crossfade: length, curve (of the end, then of the beginning) |
    /// | `song.2.fade_out=5s s-curve`, `=none` | a fade: length, curve |
    /// | `song.2.indices=1:30, 2:15.5`, `song.2.lead=75f`, `song.2.flags.copy_permitted=on` | its track on a disc |
    /// | `pass.cd.entry.1.hidden=on`, `pass.cd.offsets.start=10f` | a song in a pause; how early marks stand |
    /// | `pass.lp.entry.6.side=B`, `pass.lp.vinyl.size=10`, `.speed=45`, `.level=-2` | the side a song begins; disc and cut |
    /// | `song.2.text.ja.title=歌`, `album.text.de.title=Lied` | CD-Text in another language |
    /// | `song.2.clip.c1.envelope=0s 0, 12.5s -3`, `=none` | breakpoints of level before the song chain |
    /// | `pass+=cd name=Plant B`, `pass+=copy from=cd`, `pass.cd.name=Disc` | a new pass, another name |
    /// | `song.2.clip.c1.in=12.5s`, `=551250` | a trim, in seconds or source frames; `split` cuts there |
    /// | `pass.cd.rate=44.1k`, `=native` | the delivered rate |
    /// | `pass.cd.ceiling=-1`, `=none` | the guard |
    /// | `pass.cd.entry.2.gain=` | nothing: the override goes, the main pass's value holds |
    /// | `pass.cd.chain=inherit`, `pass.cd.entry=inherit` | the pass has no chain or order of its own any more |
    /// | `pass.main.chain.stage+=eq`, `song.3.chain.stage+=gain gain=-1 at=1` | a new stage, with values and place |
    /// | `...stage.eq1.row+=band type=bell frequency=3k gain=+0.8 q=0.7` | a new row |
    /// | `...stage.eq1-=`, `...row.b1-=`, `song.3-=`, `pass.cd-=` | away with it |
    /// | `song.3.chain=preset rock-drive`, `=copy song.2`, `=copy pass.main` | the stages of a preset or of another chain |
    /// | `...stage+=preset air-lift at=1`, `...stage.eq1=preset air-lift` | a preset's stages: more, or in a stage's place |
    /// | `song.3.chain.snapshot.a=store`, `song.3.chain=snapshot a` | a state to come back to (a to d), and back to it |
    /// | `...stage.gain1.gain.at+=12.5s 0.5 smooth` | a breakpoint in song time: value, way on (linear, hold, smooth) |
    /// | `...gain.at-=12.5s`, `...gain.at=`, `...gain.at=0 0, 12.5s 0.5` | a point away; all; the whole course |
    /// | `source.a1.repair+=declick start=12.5s length=10ms channels=left`, `...repair.r1.strength=80`, `...r1-=` | repairs |
    /// | `source.a1.repair.r1.on=off`, `...r1.start=12.4s`, `...r1.points=0s:0\|1s:-6`, `...r1.learn=0s-0.5s` | their fields |
    /// | `reference.r1.position=section`, `.match=integrated`, `.trim=-1`, `.weight=0.5` | a reference |
    /// | `reference.r1.cues=41s, 1:55`, `.cue=2`, `.loop=41s 63s`, `=none`, `reference.r1-=` | its places; away with it |
    /// | `pass.cd.entry=own`, `pass.cd.entry+=s11 at=5`, `pass.cd.entry.3-=` | songs of one pass alone |
    /// | `song+=copy from=song.2`, `song.2.clip.c1.divide=90s`, `pass.tv.version=tv` | songs doubled, cut in two; versions |
    /// | `song.3.position=1`, `pass.cd.entry.2.position=5`, `...stage.eq1.position=1` | another place, from 1 |
    ///
    /// # Errors
    /// A path that names nothing, a field this version does not know, or a value that is not understood or not taken.
    pub fn parse(document: &Document, text: &str) -> Result<Edit, EditError> {
        Edit::parse_with(document, text, &|name| preset::find(&Preset::shipped(), name).cloned())
    }

    /// The same, with presets looked up by `presets`.
    ///
    /// # Errors
    /// As [`Edit::parse`].
    pub fn parse_with(
        document: &Document,
        text: &str,
        presets: &dyn Fn(&str) -> Option<Preset>,
    ) -> Result<Edit, EditError> {
        let not_understood = |reason: &str| EditError::NotUnderstood { text: text.into(), reason: reason.into() };
        let (left, right) = text.split_once('=').ok_or_else(|| not_understood("write PATH=VALUE"))?;
        let (left, verb) = match (left.strip_suffix('+'), left.strip_suffix('-')) {
            (Some(left), _) => (left, Verb::Add),
            (_, Some(left)) => (left, Verb::Subtract),
            _ => (left, Verb::Set),
        };
        let path = resolve(document.session(), left)?;
        let typed = Typed { document, path, verb, right: right.trim(), presets };
        match verb {
            Verb::Add if path::is_list(typed.path.last()) => typed.append(),
            _ if Address::of_course(document.session(), &typed.path).is_some() => typed.course(),
            Verb::Subtract if typed.right.is_empty() => typed.remove(),
            _ if typed.is_identity() => Err(typed.refuse("it names this part and stays as it is")),
            _ => typed.value(),
        }
    }
}

/// A path with the conveniences of typing made plain: songs by number, the first pass as `main`.
pub(in crate::session) fn resolve(session: &Session, text: &str) -> Result<TreePath, EditError> {
    let mut names = TreePath::parse(text)?.names().to_vec();
    let main = session.main_pass();
    if let [list, id, ..] = names.as_mut_slice() {
        if list == "song" {
            *id = song_id(session, main.map_or(&[][..], |main| &main.entries), id)?;
        }
        if list == "pass" {
            if id == "main" && session.pass("main").is_none() {
                *id = main.map_or_else(|| id.clone(), |main| main.id.clone());
            }
            known_pass(session, id)?;
        }
    }
    if let [list, pass, entry, id, ..] = names.as_mut_slice()
        && list == "pass"
        && entry == "entry"
    {
        let own = session.pass(pass).filter(|pass| !pass.entries.is_empty()).or(main);
        *id = song_id(session, own.map_or(&[][..], |pass| &pass.entries), id)?;
    }
    Ok(course(TreePath::new(names)))
}

/// `...gain.at` is the course of `...gain`.
fn course(path: TreePath) -> TreePath {
    match path.names() {
        [home @ .., values, parameter, at] if values == "values" && at == "at" => {
            let home = home.iter().map(String::as_str);
            TreePath::new(home.chain(["automation", parameter.as_str()]))
        }
        _ => path,
    }
}

fn song_id(session: &Session, entries: &[crate::session::Entry], text: &str) -> Result<String, EditError> {
    if session.song(text).is_some() {
        return Ok(text.into());
    }
    let place = text.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let found = place.and_then(|place| entries.get(place)).map(|entry| entry.song.clone());
    found.ok_or_else(|| unknown("song", text, session.songs.iter().map(|song| song.id.as_str())))
}

/// An edit as it was typed, its path made plain.
struct Typed<'a> {
    document: &'a Document,
    path: TreePath,
    verb: Verb,
    right: &'a str,
    presets: &'a dyn Fn(&str) -> Option<Preset>,
}

impl Typed<'_> {
    fn refuse(&self, reason: impl Into<String>) -> EditError {
        EditError::Refused { path: self.path.to_string(), reason: reason.into() }
    }

    fn session(&self) -> &Session {
        self.document.session()
    }

    /// Ids and the format are not values that can be typed over.
    fn is_identity(&self) -> bool {
        let names = self.path.names();
        let parent = names.len().checked_sub(3).and_then(|index| names.get(index));
        match names {
            [only] => only == "format",
            [.., last] => parent.is_some_and(|list| path::is_list(list) && path::key_of(list) == last),
            [] => false,
        }
    }

    /// `LIST+=...`
    fn append(&self) -> Result<Edit, EditError> {
        if let Some((pass, scope, rest)) = chain::split_chain(self.session(), &self.path) {
            match rest {
                [list] if list == "stage" => return self.append_stage(pass.as_deref(), &scope),
                [list, stage, rows] if list == "stage" && rows == "row" => {
                    return self.append_row(pass.as_deref(), &scope, stage);
                }
                _ => {}
            }
        }
        match self.path.names() {
            [list] if list == "pass" => return self.append_pass(),
            [list] if list == "song" => {
                let from = self.right.strip_prefix("copy from=").map(|from| from.trim().trim_start_matches("song."));
                let from = from.ok_or_else(|| self.refuse("write song+=copy from=SONG"))?;
                let main = self.session().main_pass().map_or(&[][..], |main| &main.entries);
                return Edit::duplicate_song(self.document, &song_id(self.session(), main, from)?)
                    .map(|(edit, _)| edit);
            }
            [list, pass, entry] if list == "pass" && entry == "entry" => return self.append_entry(pass),
            [list, song, marker] if list == "song" && marker == "marker" => {
                let (time, text) = self.right.split_once(char::is_whitespace).unwrap_or((self.right, ""));
                return Edit::add_marker(self.document, song, self.seconds(time)?, text).map(|(edit, _)| edit);
            }
            _ => {}
        }
        if let [list, source, repairs] = self.path.names()
            && (list.as_str(), repairs.as_str()) == ("source", "repair")
        {
            return self.append_repair(source);
        }
        Err(self.refuse(
            "only passes (pass+=KIND), songs of a pass (entry+=SONG), copies of songs, stages (stage+=PROCESSOR), rows (row+=GROUP name=value ...) and repairs \
             (repair+=KIND start=TIME end=TIME ...) are added here",
        ))
    }

    /// `pass.cd.entry+=s11`, `pass.cd.entry+=s11 at=5`
    fn append_entry(&self, pass: &str) -> Result<Edit, EditError> {
        let (song, pairs) = words(self.right).ok_or_else(|| self.refuse("write entry+=SONG [at=PLACE]"))?;
        let at = pairs.iter().find(|(name, _)| *name == "at").and_then(|(_, value)| value.parse::<usize>().ok());
        let place = at.and_then(|number| number.checked_sub(1)).unwrap_or(usize::MAX);
        Edit::take_in(self.document, pass, &song_id(self.session(), &[], song)?, place)
    }

    /// `pass+=cd name=Vinyl digital`, `pass+=copy from=cd name=Plant B`
    fn append_pass(&self) -> Result<Edit, EditError> {
        let form = || {
            self.refuse(
                "write pass+=streaming|cd|hi-res|broadcast|vinyl|cassette|copies [name=NAME], or pass+=copy from=PASS [name=NAME]",
            )
        };
        let (kind, pairs) = words(self.right).ok_or_else(form)?;
        let pair = |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
        if pairs.iter().any(|(name, _)| !matches!(*name, "name" | "from")) {
            return Err(form());
        }
        let (new, usual) = match (kind, pair("from")) {
            ("streaming", None) => (NewPass::Kind(PassKind::Streaming), "Streaming".to_string()),
            ("cd", None) => (NewPass::Kind(PassKind::Cd), "CD".to_string()),
            ("hi-res", None) => (NewPass::Kind(PassKind::HiRes), "Hi-res".to_string()),
            ("broadcast", None) => (NewPass::Kind(PassKind::Broadcast), "Broadcast".to_string()),
            ("vinyl", None) => (NewPass::Kind(PassKind::Vinyl), "Vinyl".to_string()),
            ("cassette", None) => (NewPass::Kind(PassKind::Cassette), "Cassette".to_string()),
            ("copies", None) => (NewPass::Kind(PassKind::Copies), "Listening copies".to_string()),
            ("copy", Some(from)) => {
                let main = self.session().main_pass().filter(|_| from == "main").map(|main| main.id.as_str());
                let from = main.unwrap_or(from);
                (NewPass::CopyOf(from), format!("{} copy", known_pass(self.session(), from)?.name))
            }
            _ => return Err(form()),
        };
        Edit::add_pass(self.document, new, pair("name").unwrap_or(&usual)).map(|(edit, _)| edit)
    }

    fn append_stage(&self, pass: Option<&str>, scope: &Scope) -> Result<Edit, EditError> {
        if let Some(name) = self.right.strip_prefix("preset ") {
            return self.append_preset(pass, scope, name);
        }
        let (processor, mut pairs) = words(self.right).ok_or_else(|| self.refuse("write stage+=PROCESSOR"))?;
        let mut index = None;
        pairs.retain(|(name, value)| {
            let is_place = *name == "at";
            if is_place {
                index = value.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            }
            !is_place
        });
        let params = crate::chain::processor(processor).map_or(&[][..], |processor| processor.table.params);
        let values = self.values(params, &pairs)?;
        Edit::add_stage_with(self.document, pass, scope, processor, index, &values).map(|(edit, _)| edit)
    }

    fn append_row(&self, pass: Option<&str>, scope: &Scope, stage: &str) -> Result<Edit, EditError> {
        let (group, pairs) = words(self.right).ok_or_else(|| self.refuse("write row+=GROUP name=value ..."))?;
        let settings = chain::find_stage(self.session(), pass, scope, stage)?;
        let values = self.values(chain::find_group(settings, group)?.params, &pairs)?;
        Edit::add_row(self.document, pass, scope, stage, group, &values).map(|(edit, _)| edit)
    }

    fn values<'p>(&self, params: &[Spec], pairs: &'p [(&'p str, String)]) -> Result<Vec<(&'p str, f64)>, EditError> {
        let mut values = Vec::new();
        for (name, text) in pairs {
            let known = params.iter().map(|spec| spec.id);
            let spec = params.iter().find(|spec| spec.id == *name).ok_or_else(|| unknown("parameter", name, known))?;
            let value = param::parse_value(spec, text, spec.default);
            let path = || self.path.join(name).to_string();
            values.push((*name, value.map_err(|error| EditError::Parameter { path: path(), error })?));
        }
        Ok(values)
    }

    /// `ELEMENT-=`
    fn remove(&self) -> Result<Edit, EditError> {
        if let Some((pass, scope, stage, rest)) = chain::split(self.session(), &self.path) {
            match rest {
                [] => return Edit::remove_stage(self.document, pass.as_deref(), &scope, &stage),
                [list, row] if list == "row" => {
                    return Edit::remove_row(self.document, pass.as_deref(), &scope, &stage, row);
                }
                _ => return Err(self.refuse("only stages and rows can be removed from a chain")),
            }
        }
        match self.path.names() {
            [list, song] if list == "song" => Edit::remove_song(self.document, song),
            [list, pass] if list == "pass" => Edit::remove_pass(self.document, pass),
            [list, id] if list == "reference" => Edit::remove_reference(self.document, id),
            [list, pass, entry, song] if list == "pass" && entry == "entry" => {
                Edit::leave_out(self.document, pass, song)
            }
            [list, song, versions, version] if list == "song" && versions == "version" => {
                Edit::remove_version(self.document, song, version)
            }
            [list, source, repairs, repair] if list == "source" && repairs == "repair" => {
                Edit::remove_repair(self.document, source, repair)
            }
            [.., list, id] if path::is_list(list) => {
                let mut draft = Draft::new(self.document);
                let list = self.path.parent().ok_or_else(|| self.refuse("there is nothing to remove"))?;
                draft.remove(list, id)?;
                Ok(draft.finish("remove"))
            }
            _ => Err(self.refuse("it is no element of a list; PATH= takes a value away")),
        }
    }

    /// `PATH=VALUE`, and `+=`, `-=` of numbers.
    fn value(&self) -> Result<Edit, EditError> {
        let (document, right) = (self.document, self.right);
        if let Some(address) = Address::of(self.session(), &self.path) {
            let text = match self.verb {
                Verb::Set if right.is_empty() => return self.unset(),
                Verb::Set => right.to_string(),
                Verb::Add => format!("+={right}"),
                Verb::Subtract => format!("-={right}"),
            };
            return Edit::set_param_text(document, &address, &text);
        }
        if let Some(edit) = self.whole() {
            return edit;
        }
        if let Some((pass, scope, stage, rest)) = chain::split(self.session(), &self.path) {
            match rest {
                [] => return self.stage(pass.as_deref(), &scope, &stage),
                [field] if field == "bypass" => {
                    return Edit::bypass_stage(document, pass.as_deref(), &scope, &stage, self.switch()?);
                }
                [field] if field == "position" => {
                    return Edit::move_stage(document, pass.as_deref(), &scope, &stage, self.position()?);
                }
                _ => {}
            }
        }
        let names: Vec<&str> = self.path.names().iter().map(String::as_str).collect();
        match names.as_slice() {
            ["album", "text", tag, field] => self.words(tag, field),
            ["album", field] => Edit::set_album(document, field, right),
            ["source", source, "path"] => Edit::relocate(document, source, right),
            ["source", source, "repair", repair, rest @ ..] => self.repair(source, repair, rest),
            ["reference", reference, field] => self.reference(reference, field),
            ["song", song, rest @ ..] => self.song(song, rest),
            ["pass", pass, "entry", song, rest @ ..] => self.entry(pass, song, rest),
            ["pass", pass, rest @ ..] => self.pass(pass, rest),
            _ => self.plain(),
        }
    }

    fn song(&self, song: &str, rest: &[&str]) -> Result<Edit, EditError> {
        let document = self.document;
        match rest {
            ["isrc"] => Edit::set_isrc(document, song, self.right),
            ["gain"] => Edit::set_song_gain(document, None, song, self.level()?),
            ["disabled"] => Edit::disable_song(document, song, self.switch()?),
            ["indices"] => Edit::set_indices(document, None, song, &self.indices()?),
            ["lead"] => Edit::set_lead(document, None, song, self.cd_frame(self.right)?),
            ["flags", flag] => Edit::set_flag(document, song, flag, self.switch()?),
            ["text", tag, field] => self.words(tag, field),
            ["fade_in"] => Edit::set_fade_in(document, None, song, self.fade()?),
            ["fade_out"] => Edit::set_fade_out(document, None, song, self.fade()?),
            ["position"] => {
                let main = self.session().main_pass().map_or("main", |main| &main.id);
                Edit::move_song(document, main, song, self.position()?)
            }
            ["clip", clip, field @ ("in" | "out" | "split" | "divide")] => self.clip(song, clip, field),
            ["clip", clip, "envelope"] => Edit::set_envelope(document, song, clip, &self.envelope()?),
            _ => self.plain(),
        }
    }

    fn clip(&self, song: &str, clip: &str, field: &str) -> Result<Edit, EditError> {
        let session = self.session();
        let clips = session.song(song).map_or(&[][..], |song| &song.clips);
        let known = clips.iter().map(|clip| clip.id.as_str());
        let found = clips.iter().find(|one| one.id == clip).ok_or_else(|| unknown("clip", clip, known))?;
        let known = session.sources.iter().map(|source| source.id.as_str());
        let source = session.source(&found.source).ok_or_else(|| unknown("source", &found.source, known))?;
        let frame = self.frame(source.rate)?;
        match field {
            "in" => Edit::trim_clip(self.document, song, clip, frame, found.end),
            "out" => Edit::trim_clip(self.document, song, clip, found.start, frame),
            "divide" => Edit::divide_song(self.document, song, clip, frame).map(|(edit, _)| edit),
            _ => Edit::split_clip(self.document, song, clip, frame),
        }
    }

    /// `0s -1.5, 12.5s 0`, or none.
    fn envelope(&self) -> Result<Vec<Point>, EditError> {
        if matches!(self.right, "" | "none" | "off") {
            return Ok(Vec::new());
        }
        let form = || self.refuse("write TIME LEVEL, TIME LEVEL ..., as 0s 0, 12.5s -3 dB; or none");
        let point = |text: &str| {
            let (time, level) = text.trim().split_once(char::is_whitespace).ok_or_else(form)?;
            let level = level.replace('\u{2212}', "-").to_ascii_lowercase();
            let level = level.trim().trim_end_matches("db").trim_end().parse::<f64>().map_err(|_| form())?;
            Ok(Point { at: self.seconds(time)?, gain: Db(level) })
        };
        self.right.split(',').map(point).collect()
    }

    fn entry(&self, pass: &str, song: &str, rest: &[&str]) -> Result<Edit, EditError> {
        let document = self.document;
        let zero = Fade { length: Seconds(0.0), shape: Shape::default() };
        match rest {
            _ if self.right.is_empty() && self.verb == Verb::Set => self.unset(),
            ["join"] => Edit::set_join(document, pass, song, self.join()?),
            ["join", "gap"] => Edit::set_join(document, pass, song, Join::Gap(self.seconds(self.right)?)),
            ["hidden"] => Edit::hide_song(document, pass, song, self.switch()?),
            ["side"] => {
                let side =
                    SideName::try_from(self.right.to_string()).map_err(|error| self.refuse(error.to_string()))?;
                Edit::set_side(document, pass, song, Some(side))
            }
            ["indices"] => Edit::set_indices(document, Some(pass), song, &self.indices()?),
            ["lead"] => Edit::set_lead(document, Some(pass), song, self.cd_frame(self.right)?),
            ["gain"] => Edit::set_song_gain(document, Some(pass), song, self.level()?),
            ["fade_in"] => Edit::set_fade_in(document, Some(pass), song, Some(self.fade()?.unwrap_or(zero))),
            ["fade_out"] => Edit::set_fade_out(document, Some(pass), song, Some(self.fade()?.unwrap_or(zero))),
            ["position"] => Edit::move_song(document, pass, song, self.position()?),
            ["chain"] if self.right == "inherit" => self.unset(),
            _ => self.plain(),
        }
    }

    fn pass(&self, pass: &str, rest: &[&str]) -> Result<Edit, EditError> {
        let document = self.document;
        let is_main = self.session().main_pass().is_some_and(|main| main.id == pass);
        match rest {
            ["name"] => Edit::rename_pass(document, pass, self.right),
            ["offsets", name] => Edit::set_offset(document, pass, name, self.cd_frame(self.right)?),
            ["rate"] => Edit::set_rate(document, pass, self.rate()?),
            ["ceiling"] if matches!(self.right, "" | "none" | "off") => Edit::set_ceiling(document, pass, None),
            ["ceiling"] => Edit::set_ceiling(document, pass, Some(Dbtp(self.level()?.0))),
            ["normalise"] if matches!(self.right, "" | "none" | "off") => Edit::set_normalise(document, pass, None),
            ["normalise"] => Edit::set_normalise(document, pass, Some(Lufs(self.loudness()?))),
            ["names"] => Edit::set_names(document, pass, self.right),
            ["copies"] => {
                let words = self.right.split([',', ' ']).map(str::trim).filter(|word| !word.is_empty());
                Edit::set_copies(document, pass, &words.map(String::from).collect::<Vec<_>>())
            }
            ["entry"] if self.right == "own" => Edit::separate_sequence(document, pass),
            ["chain" | "entry"] if matches!(self.right, "" | "inherit") && !is_main => self.unset(),
            ["chain" | "entry"] => Err(self.refuse("write 'inherit' to take over the main pass's")),
            _ => self.plain(),
        }
    }

    /// Any other value: read as what is there, or as what the field takes.
    fn plain(&self) -> Result<Edit, EditError> {
        let found = self.path.find(self.document.tree());
        let current = found.and_then(|value| value.as_float().or(value.as_integer().map(|whole| whole as f64)));
        let number = || self.number(current.unwrap_or(0.0)).map(Value::Float);
        let whole = self.right.parse::<i64>().ok().filter(|_| self.verb == Verb::Set).map(Value::Integer);
        let text = Value::String(self.right.into());
        let candidates: Vec<Value> = match found {
            Some(Value::String(_)) => vec![text],
            Some(Value::Boolean(_)) => vec![self.switch()?.into()],
            Some(Value::Float(_)) => vec![number()?],
            Some(Value::Integer(_)) => whole.into_iter().chain(number().ok()).collect(),
            Some(_) => literal(self.right).into_iter().collect(),
            None => {
                let switch = self.switch().ok().filter(|_| self.right.starts_with(char::is_alphabetic));
                [text].into_iter().chain(literal(self.right)).chain(switch.map(Value::Boolean)).collect()
            }
        };
        let mut reason = "it takes another kind of value".to_string();
        for value in candidates {
            match self.fitting(value)? {
                Ok(edit) => return Ok(edit),
                Err(refusal) => reason = refusal,
            }
        }
        Err(self.refuse(reason))
    }

    /// The edit that sets `value`, or why the document would refuse it.
    fn fitting(&self, value: Value) -> Result<Result<Edit, String>, EditError> {
        let mut draft = Draft::new(self.document);
        draft.set(self.path.clone(), Some(value))?;
        match document::view(&draft.tree) {
            Err(reason) => Ok(Err(reason)),
            Ok(session) if session.unknown_fields().len() > self.session().unknown_fields().len() => {
                Ok(Err(format!("this version knows no field '{}' there", self.path.last())))
            }
            Ok(_) => Ok(Ok(draft.finish(self.path.to_string()))),
        }
    }

    fn unset(&self) -> Result<Edit, EditError> {
        match self.path.find(self.document.tree()) {
            Some(_) => Ok(Edit::set(self.document.tree(), self.path.clone(), None)),
            None => Err(self.refuse("there is no value of its own to take away")),
        }
    }

    fn switch(&self) -> Result<bool, EditError> {
        match self.right.to_ascii_lowercase().as_str() {
            "on" | "yes" | "true" | "1" => Ok(true),
            "off" | "no" | "false" | "0" | "" => Ok(false),
            _ => Err(self.refuse("write on or off")),
        }
    }

    /// A place counted from 1, as a place counted from 0.
    fn position(&self) -> Result<usize, EditError> {
        let number = self.right.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        number.ok_or_else(|| self.refuse("write a place, counted from 1"))
    }

    fn level(&self) -> Result<Db, EditError> {
        let value = self.path.find(self.document.tree());
        let current = value.and_then(|value| value.as_float().or(value.as_integer().map(|whole| whole as f64)));
        self.number(current.unwrap_or(0.0)).map(Db)
    }

    /// A loudness, with or without its unit.
    fn loudness(&self) -> Result<f64, EditError> {
        let text = self.right.to_ascii_lowercase().replace('\u{2212}', "-");
        let bare = ["lufs", "lkfs"].iter().find_map(|unit| text.strip_suffix(unit)).unwrap_or(&text);
        let number = bare.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        number.ok_or_else(|| self.refuse(format!("'{}' is no loudness: write -23 or -23 LUFS, or off", self.right)))
    }

    /// A number with or without a unit of level or time; `+=` and `-=` change `current`.
    fn number(&self, current: f64) -> Result<f64, EditError> {
        let text = self.right.replace('\u{2212}', "-").to_ascii_lowercase();
        let bare = ["dbtp", "dbfs", "db", "s"].iter().find_map(|unit| text.strip_suffix(unit)).unwrap_or(&text);
        let number = bare.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        let number = number.ok_or_else(|| self.refuse(format!("'{}' is not a number", self.right)))?;
        Ok(match self.verb {
            Verb::Set => number,
            Verb::Add => current + number,
            Verb::Subtract => current - number,
        })
    }

    fn seconds(&self, text: &str) -> Result<Seconds, EditError> {
        seconds(text)
            .ok_or_else(|| self.refuse(format!("'{text}' is not a time: write 1.5, 1.5s, 800ms, 1:30.5 or 150f")))
    }

    fn frame(&self, rate: SampleRate) -> Result<Frames, EditError> {
        if let Ok(frames) = self.right.parse::<u64>() {
            return Ok(Frames(frames));
        }
        self.seconds(self.right).map(|time| time.frames(rate))
    }

    /// A time on the grid of a disc: minutes, seconds and frames, or any other time, to the nearest frame.
    fn cd_frame(&self, text: &str) -> Result<CdFrame, EditError> {
        let parts: Option<Vec<i64>> = text.trim().split(':').map(|part| part.parse().ok()).collect();
        if let Some([minutes, seconds @ 0..60, frames @ 0..75]) = parts.as_deref() {
            return Ok(CdFrame((minutes * 60 + seconds) * 75 + frames));
        }
        let text = if matches!(text.trim(), "" | "none" | "off") { "0" } else { text };
        self.seconds(text.trim()).map(|time| CdFrame((time.0 * 75.0).round() as i64))
    }

    /// `1:30.5, 02:00:37`, or none.
    fn indices(&self) -> Result<Vec<CdFrame>, EditError> {
        match self.right {
            "" | "none" | "off" => Ok(Vec::new()),
            text => text.split(',').map(|text| self.cd_frame(text)).collect(),
        }
    }

    /// A text in another language; nothing takes it away.
    fn words(&self, tag: &str, field: &str) -> Result<Edit, EditError> {
        if Language::find(tag).is_none() {
            return Err(self.refuse(format!("'{tag}' is no language of CD-Text: write its ISO 639 tag, as ja or de")));
        }
        if self.right.is_empty() {
            return self.unset();
        }
        match self.fitting(Value::String(self.right.into()))? {
            Ok(edit) => Ok(edit),
            Err(_) => Err(self.refuse(format!(
                "'{field}' is no text of a disc: title, artist, lyricist, composer, arranger, message"
            ))),
        }
    }

    fn shape(&self, text: &str) -> Result<Shape, EditError> {
        let known = Shape::ALL.iter().map(|shape| shape.id());
        Shape::from_id(text).ok_or_else(|| unknown("curve", text, known))
    }

    fn join(&self) -> Result<Join, EditError> {
        let words: Vec<&str> = self.right.split_whitespace().collect();
        match words.as_slice() {
            ["xf" | "crossfade", length, shapes @ ..] => {
                let (out, into) = match shapes {
                    [] => Default::default(),
                    [both] => (self.shape(both)?, self.shape(both)?),
                    [out, into] => (self.shape(out)?, self.shape(into)?),
                    _ => return Err(self.refuse("write xf LENGTH [CURVE [CURVE]]")),
                };
                Ok(Join::Crossfade { length: self.seconds(length)?, out, into })
            }
            ["gap", length] | [length] => Ok(Join::Gap(self.seconds(length)?)),
            _ => Err(self.refuse("write gap LENGTH or xf LENGTH [CURVE [CURVE]]")),
        }
    }

    fn fade(&self) -> Result<Option<Fade>, EditError> {
        let words: Vec<&str> = self.right.split_whitespace().collect();
        match words.as_slice() {
            [] | ["none" | "off"] => Ok(None),
            [length] => Ok(Some(Fade { length: self.seconds(length)?, shape: Shape::default() })),
            [length, shape] => Ok(Some(Fade { length: self.seconds(length)?, shape: self.shape(shape)? })),
            _ => Err(self.refuse("write LENGTH [CURVE], or none")),
        }
    }

    fn rate(&self) -> Result<Rate, EditError> {
        let text = self.right.to_ascii_lowercase();
        if text == "native" {
            return Ok(Rate::Native);
        }
        let bare = text.strip_suffix("hz").unwrap_or(&text).trim();
        let (bare, factor) = bare.strip_suffix('k').map_or((bare, 1.0), |bare| (bare.trim(), 1000.0));
        let hz = bare.parse::<f64>().ok().map(|number| (number * factor).round());
        let hz = hz.filter(|hz| (1.0..=f64::from(u32::MAX)).contains(hz));
        let hz = hz.ok_or_else(|| self.refuse(format!("'{}' is no rate: write native, 44100 or 44.1k", self.right)))?;
        Ok(Rate::Hz(SampleRate(hz as u32)))
    }
}

/// `1.5`, `1.5s`, `800ms`, `1:30.5`, or CD frames as `150f`.
fn seconds(text: &str) -> Option<Seconds> {
    let text = text.replace('\u{2212}', "-").to_ascii_lowercase();
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    if let Some(frames) = text.strip_suffix('f') {
        return frames.trim().parse::<i64>().ok().map(|frames| CdFrame(frames).seconds());
    }
    if let Some(milliseconds) = text.strip_suffix("ms") {
        return number(milliseconds).map(|value| Seconds(value / 1000.0));
    }
    if let Some((minutes, rest)) = text.split_once(':') {
        let minutes = minutes.parse::<u32>().ok()?;
        return number(rest)
            .filter(|rest| (0.0..60.0).contains(rest))
            .map(|rest| Seconds(f64::from(minutes) * 60.0 + rest));
    }
    number(text.strip_suffix('s').unwrap_or(&text)).map(Seconds)
}

/// A value in TOML's own writing.
fn literal(text: &str) -> Option<Value> {
    let table: Table = toml::from_str(&format!("value = {text}")).ok()?;
    (table.len() == 1).then(|| table.into_iter().next().map(|(_, value)| value))?
}

/// The first word, and the `name=value` pairs after it; a value goes on to the next pair.
fn words(text: &str) -> Option<(&str, Vec<(&str, String)>)> {
    let mut words = text.split_whitespace();
    let first = words.next()?;
    let mut pairs: Vec<(&str, String)> = Vec::new();
    for word in words {
        match word.split_once('=') {
            Some((name, value)) => pairs.push((name, value.into())),
            None => {
                let (_, value) = pairs.last_mut()?;
                value.push(' ');
                value.push_str(word);
            }
        }
    }
    Some((first, pairs))
}

#[cfg(test)]
mod tests;
