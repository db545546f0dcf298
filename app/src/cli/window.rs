//! `lacquer [SESSION]`: the window.

use std::path::{Path, PathBuf};

use lacquer_engine::source::Cache;
use serde_json::json;

use super::console::Console;
use super::{Answer, Status, input};
use crate::app;
use crate::desk::Page;
use crate::settings;

/// What the window is asked for.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Options {
    /// The session to open in the window, or sound files to begin an album with
    #[arg(value_name = "SESSION|FILE")]
    files: Vec<PathBuf>,
    /// The page to show: session, chain, meters, qc, deliver, or its number
    #[arg(long, value_parser = page)]
    page: Option<Page>,
    /// Size of the window in px
    #[arg(long, value_name = "WxH", value_parser = size)]
    size: Option<(f32, f32)>,
    /// Scale of everything in the window
    #[arg(long, value_name = "FACTOR", value_parser = scale)]
    scale: Option<f32>,
    /// Play to a silent clock instead of a device
    #[arg(long)]
    null_audio: bool,
    /// Open no window: lay every page out, tell texts that are cut or overlap and controls that are too small
    #[arg(long)]
    audit_layout: bool,
    /// Write one JSON line per key, command and first frame into a file
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
}

impl Options {
    /// Whether anything is asked of the window.
    pub(super) fn is_empty(&self) -> bool {
        let Options { files, page, size, scale, null_audio, audit_layout, trace } = self;
        files.is_empty()
            && page.is_none()
            && size.is_none()
            && scale.is_none()
            && !null_audio
            && !audit_layout
            && trace.is_none()
    }
}

fn page(text: &str) -> Result<Page, String> {
    Page::parse(text).ok_or_else(|| {
        let names = Page::ALL.map(|page| page.name().to_lowercase());
        format!("one of {}, or 1 to {}", names.join(", "), names.len())
    })
}

fn size(text: &str) -> Result<(f32, f32), String> {
    let number = |text: &str| text.parse::<f32>().ok().filter(|px| (1.0..=32_768.0).contains(px));
    let (width, height) = text.split_once(['x', 'X']).ok_or("width and height, as 1600x900")?;
    number(width).zip(number(height)).ok_or_else(|| "width and height in px, as 1600x900".into())
}

fn scale(text: &str) -> Result<f32, String> {
    let factor = text.parse::<f32>().ok().filter(|factor| (0.25..=8.0).contains(factor));
    factor.ok_or_else(|| "a factor from 0.25 to 8".into())
}

pub(super) fn run(options: &Options, console: &Console) -> Answer {
    if let Some(path) = options.files.iter().find(|path| !path.exists()) {
        return Err(format!("{}: there is no such file; `lacquer --help` lists the verbs", path.display()).into());
    }
    let sessions = options.files.iter().filter(|path| input::is_session(path)).count();
    if sessions > 0 && options.files.len() > 1 {
        return Err("the window opens one session, or sound files".into());
    }
    let asked = app::Options {
        files: options.files.clone(),
        page: options.page.unwrap_or_default(),
        size: options.size,
        scale: options.scale,
        null_audio: options.null_audio,
        settings: settings::file(),
        state: None,
        trace: options.trace.clone(),
        cache: None,
    };
    if options.audit_layout { audit(asked, console) } else { show(asked) }
}

/// Lays every page out and tells what is wrong with it.
fn audit(options: app::Options, console: &Console) -> Answer {
    // Neither the user's device nor an album that was never saved is of concern here.
    let state = Some(std::env::temp_dir().join("lacquer-audit"));
    let faults = app::audit::audit(&app::Options { settings: None, state, ..options })?;
    if console.json() {
        let faults: Vec<_> = faults
            .iter()
            .map(|fault| {
                let area = fault.area;
                json!({
                    "page": fault.page, "kind": fault.kind.word(), "what": fault.what,
                    "x_px": area.x, "y_px": area.y, "width_px": area.width, "height_px": area.height,
                })
            })
            .collect();
        console.document(&json!({ "faults": faults }))?;
    } else {
        faults.iter().try_for_each(|fault| console.text(fault))?;
        console.text(format_args!("{} faults of layout", faults.len()))?;
    }
    Ok(if faults.is_empty() { Status::Passing } else { Status::Failing })
}

/// Opens the window on a session.
pub(super) fn open(session: &Path) -> Answer {
    show(app::Options { files: vec![session.to_path_buf()], settings: settings::file(), ..app::Options::default() })
}

/// What names a display on systems that have several kinds of them.
const DISPLAYS: [&str; 3] = ["WAYLAND_DISPLAY", "WAYLAND_SOCKET", "DISPLAY"];

fn show(options: app::Options) -> Answer {
    let has_display = DISPLAYS.iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    // The toolkit ends the program where there is none.
    if cfg!(all(unix, not(target_os = "macos"))) && !has_display {
        return Err("there is no display to open the window on; every verb works without one (`lacquer --help`)".into());
    }
    let options = app::Options { cache: Some(Cache::standard()), ..options };
    app::run(options).map_err(|error| format!("the window cannot be opened: {error}; every verb works without it"))?;
    Ok(Status::Passing)
}
