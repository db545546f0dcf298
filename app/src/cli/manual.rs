//! Shell completions and manual pages, from the same declarations as the arguments.

use std::io;
use std::path::PathBuf;

use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use super::console::{Console, print};
use super::{Answer, Arguments, Status};

const COMPLETION_EXAMPLES: &str = "\
Examples:
  lacquer completions bash > ~/.local/share/bash-completion/completions/lacquer
  lacquer completions zsh > ~/.zfunc/_lacquer
  lacquer completions fish > ~/.config/fish/completions/lacquer.fish";

const MAN_EXAMPLES: &str = "\
Examples:
  lacquer man | man -l -
  lacquer man render | man -l -
  lacquer man --dir /usr/local/share/man/man1";

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = COMPLETION_EXAMPLES)]
pub(super) struct CompletionOptions {
    /// The shell
    shell: Shell,
}

/// What is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = MAN_EXAMPLES)]
pub(super) struct ManOptions {
    /// The verb; without it the page of the program
    verb: Option<String>,
    /// Write the pages of the program and of every verb into this folder
    #[arg(long, conflicts_with = "verb")]
    dir: Option<PathBuf>,
}

pub(super) fn completions(options: &CompletionOptions, _: &Console) -> Answer {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Arguments::command(), "lacquer", &mut script);
    print(String::from_utf8_lossy(&script).trim_end())?;
    Ok(Status::Passing)
}

pub(super) fn man(options: &ManOptions, console: &Console) -> Answer {
    let command = Arguments::command();
    if let Some(folder) = &options.dir {
        std::fs::create_dir_all(folder)
            .and_then(|()| clap_mangen::generate_to(command, folder))
            .map_err(|error| format!("{}: the pages cannot be written: {error}", folder.display()))?;
        console.text(format_args!("Wrote the pages into {}", folder.display()))?;
        return Ok(Status::Passing);
    }
    print(page(command, options.verb.as_deref())?.trim_end())?;
    Ok(Status::Passing)
}

fn page(mut command: Command, verb: Option<&str>) -> Result<String, Box<dyn std::error::Error>> {
    // Building gives the verbs their whole names and the options they share.
    command.build();
    let command = match verb {
        None => command,
        Some(verb) => command.find_subcommand(verb).ok_or_else(|| format!("there is no verb '{verb}'"))?.clone(),
    };
    let mut page = Vec::new();
    Man::new(command).render(&mut page).map_err(|error: io::Error| error.to_string())?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
