//! `cargo run -p lacquer-tests --bin restoration`: what quality control finds and repairs, against faults planted in real music.
//!
//! ```text
//! restoration VERB [--set NAME]... [--track NAME]... [--kind ID]... [--seeds N] [--seconds S] [--profile ID] [--list]
//!     [--save FILE] [--rows FILE] [--write FOLDER]
//! ```
//! * `check`: the scorer against itself: truth, nothing, chance, untouched music.
//! * `find`: faults of every kind over every track (a seed is a file), and the same tracks clean: recall, d', false
//!   findings per minute, pooled and on the worst track, and what is taken for what.
//! * `whole`: faults that concern a whole file.
//! * `clean`: clean tracks only; `--list` says what was found.
//! * `overs`: true-peak overs against the same music at 64 times its rate.
//! * `origin`: where files come from: synthesised music through encoders, converters and short words.
//! * `repair`: what repairs make of planted clicks, clipping and hum (`--kind click`, `clip`, `hum`), beside ffmpeg.
//! * `fit`: weights of the detectors that weigh places, and what they achieve on tracks that were left out.
//!
//! Music is taken from packages of free games, where they are installed (`pushover-data`: developers, `hyperrogue`,
//! `fretsonfire-songs-sectoid`); what is not there is said and left out. Exit status: 0 done, 1 the scorer is wrong,
//! 2 bad use.

mod boost;
mod chance;
mod detect;
mod fit;
mod inject;
mod music;
mod options;
mod origin;
mod pause;
mod peak;
mod repair;
mod score;
mod truth;
mod whiten;

use std::process::ExitCode;

use options::Options;

fn main() -> ExitCode {
    let options = match Options::read(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("restoration: {message}");
            return ExitCode::from(2);
        }
    };
    let done = match options.verb.as_str() {
        "check" => detect::check(&options),
        "find" => detect::find(&options),
        "whole" => detect::whole(&options),
        "clean" => detect::clean(&options),
        "repair" => repair::repair(&options),
        "overs" => peak::overs(&options),
        "origin" => origin::origin(&options),
        "fit" => fit::fit(&options),
        verb => {
            Err(format!("no verb is called '{verb}'; there are check, find, whole, clean, overs, origin, repair, fit"))
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("restoration: {message}");
            ExitCode::from(2)
        }
    }
}
