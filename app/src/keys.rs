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
    /// Hear the original at the same loudness, or the master.
    Original,
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
    /// Loop on or off.
    Loop,
    /// The meters' maxima anew.
    ResetMeters,
    /// Stage n in or out, from 1.
    Slot(usize),
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
    /// The whole album in the timeline.
    ZoomAll,
    /// The timeline by a factor.
    Zoom(f64),
    /// The timeline follows the playhead.
    Follow,
    /// The sheet of keys.
    Sheet,
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

/// Every key of the window.
pub const TABLE: &[Binding] = &[
    named(Named::Space, NONE, Command::Play, "Space", "Play or pause"),
    sign("t", NONE, Command::Transition, "T", "Play the nearest transition"),
    sign("b", NONE, Command::Original, "B", "Bypass everything, loudness matched"),
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
    named(Named::ArrowRight, NONE, Command::NudgeFrames(1), "\u{2190} \u{2192}", "Playhead by one CD frame"),
    named(Named::ArrowLeft, NONE, Command::NudgeFrames(-1), "", ""),
    named(Named::ArrowRight, CTRL, Command::NudgeSeconds(1.0), "Ctrl \u{2190} \u{2192}", "Playhead by one second"),
    named(Named::ArrowLeft, CTRL, Command::NudgeSeconds(-1.0), "", ""),
    sign("l", CTRL, Command::Loop, "Ctrl L", "Loop the selected song, or not"),
    sign("r", NONE, Command::ResetMeters, "R", "Meters anew"),
    sign("d", NONE, Command::Dim, "D", "Dim"),
    sign("m", SHIFT, Command::Mono, "Shift M", "Mono"),
    sign("s", SHIFT, Command::Side, "Shift S", "Side only"),
    sign("l", SHIFT, Command::Swap, "Shift L", "Left and right exchanged"),
    sign("p", SHIFT, Command::Polarity, "Shift P", "Polarity of the right channel"),
    bind(Press::Digit(Code::Digit0), NONE, Command::Mute, "0", "Mute"),
    sign("[", NONE, Command::Level(-1.0), "[ ]", "Monitor level by 1 dB"),
    sign("]", NONE, Command::Level(1.0), "", ""),
    sign("z", NONE, Command::ZoomAll, "Z", "The whole album in the timeline"),
    sign("=", NONE, Command::Zoom(0.5), "= \u{2212}", "Timeline closer, wider"),
    sign("-", NONE, Command::Zoom(2.0), "", ""),
    sign("f", NONE, Command::Follow, "F", "The timeline follows the playhead"),
    page(Code::Digit1, 1, "Ctrl 1 \u{2026} 4", "Pages"),
    page(Code::Digit2, 2, "", ""),
    page(Code::Digit3, 3, "", ""),
    page(Code::Digit4, 4, "", ""),
    named(Named::Tab, CTRL, Command::NextPage, "Ctrl Tab", "Next page"),
    sign("e", CTRL, Command::Page(4), "Ctrl E", "Deliver"),
    sign("z", CTRL, Command::Undo, "Ctrl Z", "Undo"),
    sign("z", CTRL.union(SHIFT), Command::Redo, "Ctrl Shift Z", "Redo"),
    sign("y", CTRL, Command::Redo, "Ctrl Y", "Redo"),
    sign("s", CTRL, Command::Save, "Ctrl S", "Save"),
    sign("s", CTRL.union(SHIFT), Command::SaveAs, "Ctrl Shift S", "Save under another name"),
    sign("o", CTRL, Command::Open, "Ctrl O", "Open a session"),
    sign("?", NONE, Command::Sheet, "?", "This sheet"),
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
                let plain = !modifiers.command() && !modifiers.logo();
                plain && matches!(modified, Key::Character(typed) if typed == sign)
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
        assert_eq!(press(letter("s"), Code::KeyS, NONE), None);
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
