//! Ctrl-C and the signal that asks a program to end, as a flag that long work looks at between two steps.
//!
//! The first one lets the work stop in order, so that no half file stays; a second one ends the program at once.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::{register, register_conditional_shutdown};

use super::console::Console;

/// What shells report of a program that was ended by Ctrl-C: 128 and the number of the signal.
const ENDED_BY_INTERRUPT: i32 = 128 + SIGINT;

/// The flag; signals are watched from the first call on.
pub(super) fn flag(console: &Console) -> Arc<AtomicBool> {
    static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    let begin = || {
        let flag = Arc::new(AtomicBool::new(false));
        if let Err(error) = watch(&flag) {
            console.say(format_args!("Ctrl-C will end this at once: {error}"));
        }
        flag
    };
    FLAG.get_or_init(begin).clone()
}

/// In this order: a signal ends the program where the flag is up already, and else puts it up.
fn watch(flag: &Arc<AtomicBool>) -> io::Result<()> {
    for signal in [SIGINT, SIGTERM] {
        register_conditional_shutdown(signal, ENDED_BY_INTERRUPT, flag.clone())?;
        register(signal, flag.clone())?;
    }
    Ok(())
}

/// Whether it was asked to stop.
pub(super) fn is_asked(flag: &AtomicBool) -> bool {
    flag.load(Ordering::Relaxed)
}
