//! How verdicts are told: what needs a look, then how many of each; everything where it is asked for.

use std::io;

use lacquer_engine::analysis::verdict::{Verdict, worst};
use lacquer_engine::profile::{self, Outcome, Profile};
use lacquer_engine::report;

use super::console::Console;
use crate::place;

/// Prints the verdicts that do not pass (or all of them) and their number.
pub(super) fn tell(verdicts: &[Verdict], all: bool, console: &Console) -> io::Result<()> {
    let table = report::verdicts(verdicts.iter().filter(|verdict| all || verdict.result != Outcome::Pass));
    if !table.is_empty() {
        console.text(table)?;
    }
    let word = match worst(verdicts) {
        Outcome::Pass => "PASS",
        Outcome::Warn => "PASS, with warnings",
        Outcome::Fail => "FAIL",
    };
    console.text(format_args!("{word}: {}", report::summary(verdicts)))
}

/// The profile called `id`, or an error that says what there is.
pub(super) fn profile(id: &str) -> Result<Profile, Box<dyn std::error::Error>> {
    let folder = place::house_profiles();
    let found = profile::load(id, folder.as_deref())?;
    found.ok_or_else(|| {
        let (known, _) = profile::all(folder.as_deref());
        let known: Vec<_> = known.into_iter().map(|profile| profile.id).collect();
        format!("there is no profile '{id}' (there are: {})", known.join(", ")).into()
    })
}
