//! Where files go through programs.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use lacquer_engine::chain::processor;
use lacquer_engine::param::Kind;
use lacquer_engine::session::{ChainSettings, Row, Scalar, StageSettings, write_chain};
use tempfile::TempDir;

use crate::wave::Wave;

/// What the command line asks for.
#[derive(Debug, Default)]
pub struct Options {
    /// Groups; all of them if empty.
    pub only: Vec<String>,
    /// One JSON document.
    pub json: bool,
    /// Fewer rates and settings.
    pub quick: bool,
    /// Without the others.
    pub no_peers: bool,
    /// The program under test.
    pub lacquer: Option<PathBuf>,
}

impl Options {
    /// Reads the words behind the program's name.
    pub fn read(mut words: impl Iterator<Item = String>) -> Result<Options, String> {
        let mut options = Options::default();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match word.as_str() {
                "--only" => options.only.extend(value()?.split(',').map(str::to_owned)),
                "--lacquer" => options.lacquer = Some(value()?.into()),
                "--json" => options.json = true,
                "--quick" => options.quick = true,
                "--no-peers" => options.no_peers = true,
                _ => return Err(format!("'{word}' is not known: --only, --json, --quick, --no-peers, --lacquer")),
            }
        }
        Ok(options)
    }
}

/// The programs and a scratch folder.
pub struct Bench {
    lacquer: PathBuf,
    scratch: TempDir,
    count: Cell<usize>,
    /// Fewer rates and settings.
    pub quick: bool,
    ffmpeg: bool,
    sox: bool,
}

/// A value of a setting in words or numbers.
#[derive(Debug, Clone, Copy)]
pub enum Set<'a> {
    /// A number.
    Number(f64),
    /// A choice by its id, `on` or `off`.
    Word(&'a str),
}

/// Settings by parameter id.
pub type Settings<'a> = [(&'a str, Set<'a>)];

impl Bench {
    /// Finds the programs.
    pub fn new(options: &Options) -> Result<Bench, String> {
        let beside = || {
            let own = std::env::current_exe().ok()?;
            own.parent().map(|folder| folder.join("lacquer"))
        };
        let lacquer = options.lacquer.clone().or_else(beside).filter(|path| path.is_file());
        let lacquer =
            lacquer.ok_or("no lacquer beside this program: cargo build --release -p lacquer, or --lacquer PATH")?;
        let runs = |name: &str, word: &str| {
            let status = Command::new(name).arg(word).stdout(Stdio::null()).stderr(Stdio::null()).status();
            !options.no_peers && status.is_ok_and(|status| status.success())
        };
        Ok(Bench {
            lacquer,
            scratch: tempfile::tempdir().map_err(|error| error.to_string())?,
            count: Cell::new(0),
            quick: options.quick,
            ffmpeg: runs("ffmpeg", "-version"),
            sox: runs("sox", "--version"),
        })
    }

    /// The peers that are there.
    pub fn peers(&self) -> Vec<&'static str> {
        [("ffmpeg", self.ffmpeg), ("sox", self.sox)]
            .into_iter()
            .filter(|(_, there)| *there)
            .map(|(name, _)| name)
            .collect()
    }

    /// What the program under test calls itself.
    pub fn version(&self) -> String {
        let output = Command::new(&self.lacquer).arg("--version").output();
        output.map_or(String::new(), |output| String::from_utf8_lossy(&output.stdout).trim().to_string())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.count.set(self.count.get() + 1);
        self.scratch.path().join(format!("{}-{name}", self.count.get()))
    }

    /// Sends a sound through `lacquer process` with this chain; 64-bit floats come back unless `words` say otherwise.
    pub fn process(&self, input: &Wave, chain: &[StageSettings], words: &[&str]) -> Result<Wave, String> {
        let (from, to, chain_path) = (self.path("in.wav"), self.path("out.wav"), self.path("chain.toml"));
        input.write(&from).map_err(|error| error.to_string())?;
        let mut command = Command::new(&self.lacquer);
        command.arg("process").args([&from, &to]);
        if !chain.is_empty() {
            let settings = ChainSettings { stages: chain.to_vec(), ..ChainSettings::default() };
            let text = write_chain(&settings).map_err(|error| error.to_string())?;
            std::fs::write(&chain_path, text).map_err(|error| error.to_string())?;
            command.arg("--chain").arg(&chain_path);
        }
        if !words.contains(&"--bits") {
            command.args(["--bits", "64f"]);
        }
        command.args(words);
        finished(command, &from, &to)
    }

    /// Sends a sound through a filter of ffmpeg.
    pub fn ffmpeg(&self, input: &Wave, filter: &str, words: &[&str]) -> Option<Wave> {
        if !self.ffmpeg {
            return None;
        }
        let (from, to) = (self.path("in.wav"), self.path("out.wav"));
        input.write(&from).ok()?;
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-y", "-i"]).arg(&from).args(["-af", filter]);
        let words = if words.is_empty() { &["-c:a", "pcm_f64le"] } else { words };
        command.args(words).arg(&to);
        finished(command, &from, &to).ok()
    }

    /// Sends a sound through an effect of sox, which works in 32-bit integers.
    pub fn sox(&self, input: &Wave, bits: &str, effect: &[&str], dithers: bool) -> Option<Wave> {
        if !self.sox {
            return None;
        }
        let (from, to) = (self.path("in.wav"), self.path("out.wav"));
        input.write(&from).ok()?;
        let mut command = Command::new("sox");
        if !dithers {
            command.arg("-D");
        }
        command.arg(&from).args(["-b", bits, "-e", "signed-integer"]).arg(&to).args(effect);
        finished(command, &from, &to).ok()
    }
}

fn finished(mut command: Command, from: &Path, to: &Path) -> Result<Wave, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    let _ = std::fs::remove_file(from);
    if !to.is_file() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(said.lines().last().unwrap_or("no file was written").to_string());
    }
    let wave = Wave::read(to);
    let _ = std::fs::remove_file(to);
    wave
}

/// A stage with these settings; `None` if there is no such processor, parameter or choice.
pub fn stage(id: &str, settings: &Settings) -> Option<StageSettings> {
    let known = processor(id)?;
    let mut stage = StageSettings::new(&format!("{id}1"), known);
    for (name, value) in settings {
        let (_, spec) = known.table.find(name)?;
        stage.values.insert((*name).to_string(), scalar(&spec.kind, *value)?);
    }
    Some(stage)
}

/// Adds a row of a group; `None` if there is none such.
pub fn with_row(mut stage: StageSettings, group: &str, settings: &Settings) -> Option<StageSettings> {
    let known = processor(&stage.processor)?;
    let number = stage.rows.len() + 1;
    let mut row = Row {
        group: group.into(),
        id: format!("{group}{number}"),
        values: Default::default(),
        automation: Default::default(),
    };
    for (name, value) in settings {
        let (_, spec) = known.table.find_in_group(group, 0, name)?;
        row.values.insert((*name).to_string(), scalar(&spec.kind, *value)?);
    }
    stage.rows.push(row);
    Some(stage)
}

fn scalar(kind: &Kind, value: Set) -> Option<Scalar> {
    match (kind, value) {
        (Kind::Number { .. }, Set::Number(number)) => Some(Scalar::Number(number)),
        (Kind::Switch, Set::Word(word)) => Some(Scalar::Switch(word == "on")),
        (Kind::Choice(ids), Set::Word(word)) => ids.contains(&word).then(|| Scalar::Choice(word.into())),
        _ => None,
    }
}
