//! The keyboard: one table that dispatches keys and prints the sheet.

use iced::keyboard::key::{Code, Named, Physical};
use iced::keyboard::{Event, Key, Modifiers};

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Command {
    /// Play or pause.
    Play,
    /// Play the nearest transition.
    Transition,
    /// The next step of the bench of the Session page.
    Primary,
    /// Mark the playhead.
    Mark,
    /// To the marker before.
    PreviousMarker,
    /// Play all transitions.
    Transitions,
    /// Cut the song at the playhead.
    Cut,
    /// Cut it into two songs.
    CutApart,
    /// The selected song twice.
    Double,
    /// The nearest join with the song that begins alone.
    SideIn,
    /// The nearest join with the song that ends alone.
    SideOut,
    /// A bench of the Session page, from 0.
    Bench(usize),
    /// Hear the original at the same loudness, or the master.
    Original,
    /// Hear the original at its own level, or the master.
    OriginalUnmatched,
    /// What stands beside the programme, or the programme; without it the original.
    Beside,
    /// Reference n beside the programme and heard, from 1; again: the programme.
    Reference(usize),
    /// The same master softer.
    QuietCheck,
    /// The same master louder.
    LoudCheck,
    /// Left alone.
    Left,
    /// Right alone.
    Right,
    /// Mid alone.
    Mid,
    /// Mono from one speaker.
    OneSpeaker,
    /// Speaker set n, from 1; the last is the headphones.
    Speaker(usize),
    /// Play from where play began last.
    PlayAgain,
    /// Search backward, faster with every press.
    SearchBack,
    /// Stand still.
    Stop,
    /// Play, then search forward, faster with every press.
    SearchOn,
    /// The first seconds of every song.
    Heads,
    /// The last seconds of every song.
    Tails,
    /// The selection begins at the playhead.
    MarkIn,
    /// The selection ends at the playhead.
    MarkOut,
    /// The start of the programme.
    Home,
    /// The end of the programme.
    End,
    /// The next start, fade end or gap.
    NextEdit,
    /// The previous one.
    PreviousEdit,
    /// The playhead by CD frames.
    NudgeFrames(i64),
    /// The playhead by seconds.
    NudgeSeconds(f64),
    /// The playhead by samples.
    NudgeSamples(i64),
    /// The next finding.
    NextFinding,
    /// The finding before.
    PreviousFinding,
    /// The selected finding may stay, for a reason.
    Waive,
    /// Before the repair of the selected finding at the same loudness, or after it.
    HearBefore,
    /// What the repair of the selected finding takes away, or the programme.
    HearRemoved,
    /// The song above or below is selected.
    SelectSong(i64),
    /// The selected song one place up or down.
    MoveSong(i64),
    /// The selected song out of every pass, or in again.
    LeaveOut,
    /// Add files.
    AddFiles,
    /// Another control has the keyboard: the next or the one before.
    Focus(bool),
    /// Loop on or off.
    Loop,
    /// The meters' maxima anew.
    ResetMeters,
    /// Stage n in or out, from 1.
    Slot(usize),
    /// Snapshot n of the chain on the Chain page, from 1: back to it, or keep it there.
    Snapshot(usize, bool),
    /// Page n, from 1.
    Page(usize),
    /// The next page.
    NextPage,
    /// Undo.
    Undo,
    /// Redo.
    Redo,
    /// Save.
    Save,
    /// Save under another name.
    SaveAs,
    /// Open a session.
    Open,
    /// The monitor level by dB.
    Level(f64),
    /// Dim.
    Dim,
    /// Mono.
    Mono,
    /// Side.
    Side,
    /// Left and right exchanged.
    Swap,
    /// Polarity.
    Polarity,
    /// Mute.
    Mute,
    /// The selection, or the selected song, in the timeline.
    ZoomSelection,
    /// The whole album in the timeline.
    ZoomAll,
    /// The lines of level over the songs.
    Envelope,
    /// The timeline by a factor.
    Zoom(f64),
    /// The timeline follows the playhead.
    Follow,
    /// The sheet of keys.
    Sheet,
    /// The settings of device and monitoring.
    Settings,
    /// Close what is open, give the drag up.
    Escape,
}

/// How a key is recognised.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Press {
    /// A key by name.
    Named(Named),
    /// A letter or sign, as typed.
    Sign(&'static str),
    /// A digit key by its place: French keyboards type digits with Shift.
    Digit(Code),
}

/// A line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    press: Press,
    modifiers: Modifiers,
    /// What it does.
    pub command: Command,
    /// The keys, as the sheet prints them; empty where a neighbour's line names them too.
    pub keys: &'static str,
    /// What it does, in words.
    pub does: &'static str,
}

const NONE: Modifiers = Modifiers::empty();
const SHIFT: Modifiers = Modifiers::SHIFT;
const CTRL: Modifiers = Modifiers::COMMAND;
const ALT: Modifiers = Modifiers::ALT;

const fn bind(press: Press, modifiers: Modifiers, command: Command, keys: &'static str, does: &'static str) -> Binding {
    Binding { press, modifiers, command, keys, does }
}

const fn sign(
    sign: &'static str,
    modifiers: Modifiers,
    command: Command,
    keys: &'static str,
    does: &'static str,
) -> Binding {
    bind(Press::Sign(sign), modifiers, command, keys, does)
}

const fn named(
    named: Named,
    modifiers: Modifiers,
    command: Command,
    keys: &'static str,
    does: &'static str,
) -> Binding {
    bind(Press::Named(named), modifiers, command, keys, does)
}

const fn slot(code: Code, number: usize, keys: &'static str, does: &'static str) -> Binding {
    bind(Press::Digit(code), NONE, Command::Slot(number), keys, does)
}

const fn page(code: Code, number: usize, keys: &'static str, does: &'static str) -> Binding {
    bind(Press::Digit(code), CTRL, Command::Page(number), keys, does)
}

const fn digit(code: Code, modifiers: Modifiers, command: Command, keys: &'static str, does: &'static str) -> Binding {
    bind(Press::Digit(code), modifiers, command, keys, does)
}

/// Every key of the window.
pub const TABLE: &[Binding] = &[
    named(Named::Space, NONE, Command::Play, "Space", "Play or pause"),
    named(Named::Space, SHIFT, Command::PlayAgain, "Shift Space", "Play from where play began last"),
    sign("t", NONE, Command::Transition, "T", "Play the nearest transition"),
    sign("j", NONE, Command::SearchBack, "J K L", "Search back, stop, play; again is faster"),
    sign("k", NONE, Command::Stop, "", ""),
    sign("l", NONE, Command::SearchOn, "", ""),
    sign("h", NONE, Command::Heads, "H, Shift H", "Play the heads, the tails of all songs"),
    sign("h", SHIFT, Command::Tails, "", ""),
    sign("i", NONE, Command::MarkIn, "I O", "The selection begins, ends here"),
    sign("o", NONE, Command::MarkOut, "", ""),
    sign("b", NONE, Command::Original, "B", "Bypass everything, loudness matched"),
    sign("b", SHIFT, Command::OriginalUnmatched, "Shift B", "Bypass everything, at its own level"),
    sign("x", NONE, Command::Beside, "X", "The programme, or what stands beside it"),
    slot(Code::Digit1, 1, "1 \u{2026} 9", "Bypass a processor of the album chain"),
    slot(Code::Digit2, 2, "", ""),
    slot(Code::Digit3, 3, "", ""),
    slot(Code::Digit4, 4, "", ""),
    slot(Code::Digit5, 5, "", ""),
    slot(Code::Digit6, 6, "", ""),
    slot(Code::Digit7, 7, "", ""),
    slot(Code::Digit8, 8, "", ""),
    slot(Code::Digit9, 9, "", ""),
    named(Named::Home, NONE, Command::Home, "Home", "Start of the programme"),
    named(Named::End, NONE, Command::End, "End", "End of the programme"),
    sign("e", NONE, Command::NextEdit, "E", "Next start, fade end or gap"),
    sign("e", SHIFT, Command::PreviousEdit, "Shift E", "Previous one"),
    sign("n", NONE, Command::NextFinding, "N, Shift N", "Next finding, the one before"),
    sign("n", SHIFT, Command::PreviousFinding, "", ""),
    sign("w", NONE, Command::Waive, "W", "Waive the selected finding, with a reason (QC)"),
    sign("a", NONE, Command::HearBefore, "A", "Before the repair, or after (QC)"),
    sign("a", SHIFT, Command::HearRemoved, "Shift A", "What the repair takes away, or the programme (QC)"),
    named(Named::ArrowRight, NONE, Command::NudgeFrames(1), "\u{2190} \u{2192}", "Playhead by one CD frame"),
    named(Named::ArrowLeft, NONE, Command::NudgeFrames(-1), "", ""),
    named(Named::ArrowRight, CTRL, Command::NudgeSeconds(1.0), "Ctrl \u{2190} \u{2192}", "Playhead by one second"),
    named(Named::ArrowLeft, CTRL, Command::NudgeSeconds(-1.0), "", ""),
    named(Named::ArrowRight, SHIFT, Command::NudgeSamples(1), "Shift \u{2190} \u{2192}", "Playhead by one sample"),
    named(Named::ArrowLeft, SHIFT, Command::NudgeSamples(-1), "", ""),
    named(Named::ArrowDown, NONE, Command::SelectSong(1), "\u{2191} \u{2193}", "The song above, below"),
    named(Named::ArrowUp, NONE, Command::SelectSong(-1), "", ""),
    named(Named::ArrowDown, ALT, Command::MoveSong(1), "Alt \u{2191} \u{2193}", "The selected song up, down"),
    named(Named::ArrowUp, ALT, Command::MoveSong(-1), "", ""),
    sign("s", NONE, Command::Cut, "S, Alt S", "Cut the song at the playhead, into two songs"),
    sign("s", ALT, Command::CutApart, "", ""),
    named(Named::Enter, CTRL, Command::Primary, "Ctrl Enter", "The bench's next step: find, then take"),
    sign("m", NONE, Command::Mark, "M", "Mark the playhead"),
    sign(",", NONE, Command::PreviousMarker, ", W", "Previous, next marker (W not on QC)"),
    sign("d", CTRL, Command::Double, "Ctrl D", "The selected song twice"),
    sign("t", SHIFT, Command::Transitions, "Shift T", "Play all transitions"),
    named(Named::Space, CTRL, Command::SideIn, "Ctrl, Alt Space", "Nearest join: incoming, outgoing song alone"),
    named(Named::Space, ALT, Command::SideOut, "", ""),
    digit(Code::Digit1, CTRL.union(SHIFT), Command::Bench(0), "Ctrl Shift 1-8", "Benches of the Session page"),
    digit(Code::Digit2, CTRL.union(SHIFT), Command::Bench(1), "", ""),
    digit(Code::Digit3, CTRL.union(SHIFT), Command::Bench(2), "", ""),
    digit(Code::Digit4, CTRL.union(SHIFT), Command::Bench(3), "", ""),
    digit(Code::Digit5, CTRL.union(SHIFT), Command::Bench(4), "", ""),
    digit(Code::Digit6, CTRL.union(SHIFT), Command::Bench(5), "", ""),
    digit(Code::Digit7, CTRL.union(SHIFT), Command::Bench(6), "", ""),
    digit(Code::Digit8, CTRL.union(SHIFT), Command::Bench(7), "", ""),
    named(Named::Delete, NONE, Command::LeaveOut, "Del", "Leave the selected song out, or take it in"),
    sign("l", CTRL, Command::Loop, "Ctrl L", "Loop the selection, or the selected song"),
    sign("r", NONE, Command::ResetMeters, "R", "Meters anew"),
    sign("d", NONE, Command::Dim, "D", "Dim"),
    sign("m", SHIFT, Command::Mono, "Shift M", "Mono"),
    sign("s", SHIFT, Command::Side, "Shift S", "Side only"),
    sign("l", SHIFT, Command::Swap, "Shift L", "Left and right exchanged"),
    sign("p", SHIFT, Command::Polarity, "Shift P", "Polarity of the right channel"),
    bind(Press::Digit(Code::Digit0), NONE, Command::Mute, "0", "Mute"),
    sign("[", NONE, Command::Level(-1.0), "[ ]", "Monitor level by 1 dB"),
    sign("]", NONE, Command::Level(1.0), "", ""),
    sign("{", NONE, Command::Level(-0.1), "Shift [ ]", "Monitor level by 0.1 dB"),
    sign("}", NONE, Command::Level(0.1), "", ""),
    sign("z", NONE, Command::ZoomSelection, "Z", "The selection or the selected song in the timeline"),
    sign("z", SHIFT, Command::ZoomAll, "Shift Z", "The whole album in the timeline"),
    sign("v", NONE, Command::Envelope, "V", "Lines of level over the songs, or not"),
    sign("=", NONE, Command::Zoom(0.5), "= \u{2212}", "Timeline closer, wider"),
    sign("-", NONE, Command::Zoom(2.0), "", ""),
    sign("f", NONE, Command::Follow, "F", "The timeline follows the playhead"),
    digit(Code::Digit1, ALT, Command::Snapshot(1, false), "Alt 1 \u{2026} 4", "Chain back to snapshot A to D"),
    digit(Code::Digit2, ALT, Command::Snapshot(2, false), "", ""),
    digit(Code::Digit3, ALT, Command::Snapshot(3, false), "", ""),
    digit(Code::Digit4, ALT, Command::Snapshot(4, false), "", ""),
    digit(Code::Digit1, ALT.union(SHIFT), Command::Snapshot(1, true), "Alt Shift 1 \u{2026} 4", "Keep the chain there"),
    digit(Code::Digit2, ALT.union(SHIFT), Command::Snapshot(2, true), "", ""),
    digit(Code::Digit3, ALT.union(SHIFT), Command::Snapshot(3, true), "", ""),
    digit(Code::Digit4, ALT.union(SHIFT), Command::Snapshot(4, true), "", ""),
    digit(Code::Digit1, SHIFT, Command::Reference(1), "Shift 1 \u{2026} 9", "Hear a reference, or the programme"),
    digit(Code::Digit2, SHIFT, Command::Reference(2), "", ""),
    digit(Code::Digit3, SHIFT, Command::Reference(3), "", ""),
    digit(Code::Digit4, SHIFT, Command::Reference(4), "", ""),
    digit(Code::Digit5, SHIFT, Command::Reference(5), "", ""),
    digit(Code::Digit6, SHIFT, Command::Reference(6), "", ""),
    digit(Code::Digit7, SHIFT, Command::Reference(7), "", ""),
    digit(Code::Digit8, SHIFT, Command::Reference(8), "", ""),
    digit(Code::Digit9, SHIFT, Command::Reference(9), "", ""),
    sign("q", NONE, Command::QuietCheck, "Q, Shift Q", "Quiet check, loud check"),
    sign("q", SHIFT, Command::LoudCheck, "", ""),
    sign("l", ALT, Command::Left, "Alt L R M", "Left, right, mid alone"),
    sign("r", ALT, Command::Right, "", ""),
    sign("m", ALT, Command::Mid, "", ""),
    digit(Code::Digit1, CTRL.union(ALT), Command::Speaker(1), "Ctrl Alt 1 \u{2026} 4", "Speaker set, headphones"),
    digit(Code::Digit2, CTRL.union(ALT), Command::Speaker(2), "", ""),
    digit(Code::Digit3, CTRL.union(ALT), Command::Speaker(3), "", ""),
    digit(Code::Digit4, CTRL.union(ALT), Command::Speaker(4), "", ""),
    sign("o", SHIFT, Command::OneSpeaker, "Shift O", "Mono from one speaker"),
    page(Code::Digit1, 1, "Ctrl 1 \u{2026} 6", "Pages"),
    page(Code::Digit2, 2, "", ""),
    page(Code::Digit3, 3, "", ""),
    page(Code::Digit4, 4, "", ""),
    page(Code::Digit5, 5, "", ""),
    page(Code::Digit6, 6, "", ""),
    named(Named::Tab, CTRL, Command::NextPage, "Ctrl Tab", "Next page"),
    named(Named::Tab, NONE, Command::Focus(true), "Tab, Shift Tab", "Next control, the one before; Enter presses it"),
    named(Named::Tab, SHIFT, Command::Focus(false), "", ""),
    sign("e", CTRL, Command::Page(6), "Ctrl E", "Deliver"),
    sign("z", CTRL, Command::Undo, "Ctrl Z", "Undo"),
    sign("z", CTRL.union(SHIFT), Command::Redo, "Ctrl Shift Z", "Redo"),
    sign("y", CTRL, Command::Redo, "Ctrl Y", "Redo"),
    sign("s", CTRL, Command::Save, "Ctrl S", "Save"),
    sign("s", CTRL.union(SHIFT), Command::SaveAs, "Ctrl Shift S", "Save under another name"),
    sign("o", CTRL, Command::Open, "Ctrl O", "Open a session"),
    sign("i", CTRL, Command::AddFiles, "Ctrl I", "Add files"),
    sign(",", CTRL, Command::Settings, "Ctrl ,", "Device and settings"),
    named(Named::F1, NONE, Command::Sheet, "F1, ?", "This sheet"),
    sign("?", NONE, Command::Sheet, "", ""),
    named(Named::Escape, NONE, Command::Escape, "Esc", "Close, or give a drag up"),
];

/// The command of a key that no field has taken.
pub fn command(event: &Event) -> Option<Command> {
    let Event::KeyPressed { key, modified_key, physical_key, modifiers, .. } = event else { return None };
    let found = TABLE.iter().find(|binding| binding.fits(key, modified_key, *physical_key, *modifiers));
    found.map(|binding| binding.command)
}

impl Binding {
    fn fits(&self, key: &Key, modified: &Key, physical: Physical, modifiers: Modifiers) -> bool {
        let exactly = modifiers == self.modifiers;
        match self.press {
            Press::Named(named) => exactly && *key == Key::Named(named),
            Press::Digit(code) => exactly && physical == Physical::Code(code),
            Press::Sign(sign) if sign.starts_with(|first: char| first.is_ascii_lowercase()) => {
                exactly && matches!(key, Key::Character(typed) if typed.eq_ignore_ascii_case(sign))
            }
            // Signs lie elsewhere on every keyboard: what is typed counts, whatever is held for it.
            Press::Sign(sign) => {
                let held = modifiers.command() == self.modifiers.command() && !modifiers.logo();
                held && matches!(modified, Key::Character(typed) if typed == sign)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use iced::keyboard::Location;

    fn press(key: Key, code: Code, modifiers: Modifiers) -> Option<Command> {
        command(&Event::KeyPressed {
            modified_key: key.clone(),
            key,
            physical_key: Physical::Code(code),
            location: Location::Standard,
            modifiers,
            text: None,
            repeat: false,
        })
    }

    #[test]
    fn keys_mean_what_the_sheet_says() {
        let letter = |letter: &str| Key::Character(letter.into());
        assert_eq!(press(Key::Named(Named::Space), Code::Space, NONE), Some(Command::Play));
        assert_eq!(press(letter("z"), Code::KeyZ, CTRL), Some(Command::Undo));
        assert_eq!(press(letter("z"), Code::KeyZ, CTRL | SHIFT), Some(Command::Redo));
        assert_eq!(press(letter("S"), Code::KeyS, SHIFT), Some(Command::Side));
        assert_eq!(press(letter("s"), Code::KeyS, NONE), Some(Command::Cut));
        assert_eq!(press(letter("?"), Code::Slash, SHIFT), Some(Command::Sheet));
    }

    #[test]
    fn digits_are_found_by_their_place() {
        let typed_in_french = Key::Character("&".into());
        assert_eq!(press(typed_in_french, Code::Digit1, NONE), Some(Command::Slot(1)));
        assert_eq!(press(Key::Character("2".into()), Code::Digit2, CTRL), Some(Command::Page(2)));
    }

    #[test]
    fn no_key_stands_twice_in_the_table() {
        for (index, one) in TABLE.iter().enumerate() {
            let again = TABLE[index + 1..].iter().find(|two| two.press == one.press && two.modifiers == one.modifiers);
            assert!(again.is_none(), "{:?}", one.command);
        }
    }
}
