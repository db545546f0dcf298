//! The glyphs of the icon font (Lucide, `assets/icons/lucide.ttf`), by Lucide's own names.

/// Lucide `skip-back`.
pub const SKIP_BACK: char = '\u{e15f}';
/// Lucide `play`.
pub const PLAY: char = '\u{e13c}';
/// Lucide `pause`.
pub const PAUSE: char = '\u{e12e}';
/// Lucide `skip-forward`.
pub const SKIP_FORWARD: char = '\u{e160}';
/// Lucide `repeat`.
pub const REPEAT: char = '\u{e146}';
/// Lucide `settings`.
pub const SETTINGS: char = '\u{e154}';
/// Lucide `plus`.
pub const PLUS: char = '\u{e13d}';
/// Lucide `minus`.
pub const MINUS: char = '\u{e11c}';
/// Lucide `x`.
pub const X: char = '\u{e1b2}';
/// Lucide `check`.
pub const CHECK: char = '\u{e06c}';
/// Lucide `triangle-alert`.
pub const TRIANGLE_ALERT: char = '\u{e193}';
/// Lucide `circle`.
pub const CIRCLE: char = '\u{e076}';
/// Lucide `circle-dot`.
pub const CIRCLE_DOT: char = '\u{e345}';
/// Lucide `chevron-down`.
pub const CHEVRON_DOWN: char = '\u{e06d}';
/// Lucide `chevron-up`.
pub const CHEVRON_UP: char = '\u{e070}';
/// Lucide `chevron-right`.
pub const CHEVRON_RIGHT: char = '\u{e06f}';
/// Lucide `chevron-left`.
pub const CHEVRON_LEFT: char = '\u{e06e}';
/// Lucide `folder`.
pub const FOLDER: char = '\u{e0d7}';
/// Lucide `folder-open`.
pub const FOLDER_OPEN: char = '\u{e247}';
/// Lucide `map-pin`.
pub const MAP_PIN: char = '\u{e111}';
/// Lucide `pin`.
pub const PIN: char = '\u{e259}';
/// Lucide `ear`.
pub const EAR: char = '\u{e382}';
/// Lucide `lock`.
pub const LOCK: char = '\u{e10b}';
/// Lucide `lock-open`.
pub const LOCK_OPEN: char = '\u{e10c}';
/// Lucide `undo`.
pub const UNDO: char = '\u{e19b}';
/// Lucide `redo`.
pub const REDO: char = '\u{e143}';
/// Lucide `undo-2`.
pub const UNDO_2: char = '\u{e2a1}';
/// Lucide `redo-2`.
pub const REDO_2: char = '\u{e2a0}';
/// Lucide `search`.
pub const SEARCH: char = '\u{e151}';
/// Lucide `save`.
pub const SAVE: char = '\u{e14d}';
/// Lucide `download`.
pub const DOWNLOAD: char = '\u{e0b2}';
/// Lucide `upload`.
pub const UPLOAD: char = '\u{e19e}';
/// Lucide `volume-2`.
pub const VOLUME_2: char = '\u{e1ab}';
/// Lucide `volume-x`.
pub const VOLUME_X: char = '\u{e1ac}';
/// Lucide `headphones`.
pub const HEADPHONES: char = '\u{e0f1}';
/// Lucide `power`.
pub const POWER: char = '\u{e140}';
/// Lucide `trash-2`.
pub const TRASH_2: char = '\u{e18e}';
/// Lucide `copy`.
pub const COPY: char = '\u{e09e}';
/// Lucide `file`.
pub const FILE: char = '\u{e0c0}';
/// Lucide `file-audio`.
pub const FILE_AUDIO: char = '\u{e31a}';
/// Lucide `list`.
pub const LIST: char = '\u{e106}';
/// Lucide `info`.
pub const INFO: char = '\u{e0f9}';
/// Lucide `grip-vertical`.
pub const GRIP_VERTICAL: char = '\u{e0eb}';
/// Lucide `square`.
pub const SQUARE: char = '\u{e167}';
/// Lucide `disc`.
pub const DISC: char = '\u{e0af}';
/// Lucide `arrow-right`.
pub const ARROW_RIGHT: char = '\u{e049}';
/// Lucide `arrow-up`.
pub const ARROW_UP: char = '\u{e04a}';
/// Lucide `arrow-down`.
pub const ARROW_DOWN: char = '\u{e042}';
/// Lucide `link`.
pub const LINK: char = '\u{e102}';
/// Lucide `unlink`.
pub const UNLINK: char = '\u{e19c}';
/// Lucide `clock`.
pub const CLOCK: char = '\u{e087}';
/// Lucide `pencil`.
pub const PENCIL: char = '\u{e1f9}';
/// Lucide `eye`.
pub const EYE: char = '\u{e0ba}';
/// Lucide `eye-off`.
pub const EYE_OFF: char = '\u{e0bb}';
/// Lucide `ellipsis`.
pub const ELLIPSIS: char = '\u{e0b6}';
/// Lucide `external-link`.
pub const EXTERNAL_LINK: char = '\u{e0b9}';
/// Lucide `rotate-ccw`.
pub const ROTATE_CCW: char = '\u{e148}';
/// Lucide `flag`.
pub const FLAG: char = '\u{e0d1}';
/// Lucide `scissors`.
pub const SCISSORS: char = '\u{e14e}';
/// Lucide `zoom-in`.
pub const ZOOM_IN: char = '\u{e1b6}';
/// Lucide `zoom-out`.
pub const ZOOM_OUT: char = '\u{e1b7}';
/// Lucide `keyboard`.
pub const KEYBOARD: char = '\u{e284}';
/// Lucide `mic`.
pub const MIC: char = '\u{e118}';
/// Lucide `waves`.
pub const WAVES: char = '\u{e283}';
/// Lucide `activity`.
pub const ACTIVITY: char = '\u{e038}';
/// Lucide `circle-check`.
pub const CIRCLE_CHECK: char = '\u{e226}';
/// Lucide `circle-x`.
pub const CIRCLE_X: char = '\u{e084}';
/// Lucide `history`.
pub const HISTORY: char = '\u{e1f5}';
/// Lucide `star`.
pub const STAR: char = '\u{e176}';
/// Lucide `tag`.
pub const TAG: char = '\u{e17f}';
