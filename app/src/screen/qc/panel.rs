//! The plate below: what the album was looked through for, its repairs, and the limits.

use iced::widget::{Column, column, container, pick_list, row, scrollable, space};
use iced::{Alignment, Length, Padding};
use lacquer_engine::analysis::finding::{Kind, Severity};
use lacquer_engine::profile::{Kind as ProfileKind, Limit, Outcome};
use lacquer_engine::session::{Quality, Repair, SourceRef};

use super::{Message, Panel, State, padded};
use crate::desk::quality::quality_profile;
use crate::desk::{Desk, profile_of, profiles};
use crate::theme::{Element, Theme, font, icon, text as ink};
use crate::widget::key::{self, Kind as KeyKind};
use crate::widget::verdict::{self, Verdict};
use crate::widget::{Layout, field, header, number, plate, segment, text};

/// What the album is looked through for, and the kinds that say it is not so.
const CHECKS: &[(&str, &[Kind])] = &[
    ("Peaks below the limit", &[Kind::TruePeakOver, Kind::SampleOver]),
    ("No clipping", &[Kind::Clip, Kind::Distortion]),
    ("No clicks, crackle or pops", &[Kind::Click, Kind::Crackle, Kind::Pop]),
    ("No dropouts or bad splices", &[Kind::Dropout, Kind::Splice]),
    ("No hum, steady background", &[Kind::Hum, Kind::NoiseFloor]),
    ("No DC offset", &[Kind::DcOffset]),
    ("Channels in balance and phase", &[Kind::Polarity, Kind::Imbalance, Kind::Delay, Kind::Phase]),
    ("Both channels alive", &[Kind::DeadChannel, Kind::DualMono, Kind::Silent]),
    ("Silence within limits", &[Kind::Silence]),
    ("Heads and tails whole", &[Kind::Truncated]),
    ("Files sound and as deep as they claim", &[Kind::Format, Kind::NotANumber, Kind::PaddedBits, Kind::StuckBits]),
    ("First-generation material", &[Kind::Upsampled, Kind::LossyOrigin, Kind::NoiseShaped]),
    ("Songs in line with the album", &[Kind::LevelOutlier, Kind::ToneOutlier, Kind::GapOutlier]),
    ("Identifiers present and unique", &[Kind::Identifier, Kind::DuplicateIdentifier, Kind::MissingMetadata]),
];

impl State {
    pub(super) fn panel<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        let all = [
            (Panel::Close, "Close-up"),
            (Panel::Checks, "Checks"),
            (Panel::Repairs, "Repairs"),
            (Panel::Limits, "Limits"),
        ];
        let large = desk.layout == Layout::Large;
        let offered = if large { &all[1..] } else { &all[..] };
        let shown = if large && self.panel == Panel::Close { Panel::Checks } else { self.panel };
        let keys = vec![segment::one_of(offered, shown, Message::Panel)];
        let (title, content) = match shown {
            Panel::Close => ("Close-up", self.close_content(desk, 0.0)),
            Panel::Checks => ("Album checks", self.checks(desk)),
            Panel::Repairs => ("Repairs", repairs(desk)),
            Panel::Limits => ("Limits", limits(desk)),
        };
        plate::plate(title, "", keys, content)
    }

    fn checks<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        let songs = desk.plan.as_ref().map_or(0, |plan| plan.songs.len());
        let whole = desk.quality.is_whole(desk.session());
        let mut lines: Column<'a, Message, Theme> = column![].spacing(0);
        for (words, kinds) in CHECKS {
            let open: Vec<_> = desk
                .quality
                .entries
                .iter()
                .filter(|entry| entry.is_open() && kinds.contains(&entry.finding.kind))
                .collect();
            let worst = open.iter().map(|entry| entry.finding.severity).max();
            let outcome = match worst {
                Some(Severity::Fail) => Verdict::Fail,
                Some(Severity::Warn) => Verdict::Warn,
                _ if whole => Verdict::Pass,
                _ => Verdict::NotRun,
            };
            let mut bad: Vec<_> = open.iter().map(|entry| entry.song.as_deref()).collect();
            bad.sort_unstable();
            bad.dedup();
            let count = match (worst, whole) {
                (None, false) => number::DASH.to_string(),
                _ => format!("{} of {songs}", songs.saturating_sub(bad.iter().filter(|song| song.is_some()).count())),
            };
            let kind = open.first().map(|entry| entry.finding.kind);
            let jump = kind.filter(|_| open.len() <= 10_000).map(|kind| Message::Kind(Some(kind)));
            let see = jump.map(|jump| key::icon(icon::SEARCH, Some(jump)).kind(KeyKind::Bare));
            let see: Element<'a, Message> = match see {
                Some(see) => see.into(),
                None => space().width(28).into(),
            };
            let line = row![
                container(verdict::verdict(outcome)).width(76),
                container(text::word(*words)).width(Length::Fill).clip(true),
                text::label(count),
            ];
            lines = lines.push(line.push(see).spacing(10).height(30).align_y(Alignment::Center));
        }
        let foot = row![
            key::key("Save report", Some(Message::Report)),
            key::key("Keep in the session", (desk.quality.tally != Default::default()).then_some(Message::Record)),
            space::horizontal(),
            text::label(format!("{} waived, {} fixed", desk.quality.tally.waived, desk.quality.tally.fixed)),
        ];
        let foot = foot.spacing(8).height(36).align_y(Alignment::Center);
        padded(column![scrolled(lines), foot], desk.layout)
    }
}

/// Lines that scroll, clear of the bar at their right.
fn scrolled<'a>(lines: Column<'a, Message, Theme>) -> Element<'a, Message> {
    let room = Padding { right: 16.0, ..Padding::ZERO };
    scrollable(lines.width(Length::Fill).padding(room)).height(Length::Fill).into()
}

fn repairs<'a>(desk: &'a Desk) -> Element<'a, Message> {
    let all =
        desk.session().sources.iter().flat_map(|source| source.repairs.iter().map(move |repair| (source, repair)));
    let mut lines: Column<'a, Message, Theme> = column![];
    let mut count = 0;
    // A list that is longer is not for eyes: the findings tell every one.
    for (source, repair) in all.take(200) {
        lines = lines.push(line(desk, source, repair));
        count += 1;
    }
    if count == 0 {
        let hint = text::hint("No repairs yet: select a finding and press Repair");
        return padded(container(hint).center(Length::Fill), desk.layout);
    }
    let content = column![].push(super::close::treating(desk)).push(scrolled(lines));
    padded(content, desk.layout)
}

fn line<'a>(desk: &'a Desk, source: &'a SourceRef, repair: &'a Repair) -> Element<'a, Message> {
    let ids = || (source.id.clone(), repair.id.clone());
    let seconds = |frame: lacquer_engine::unit::Frames| frame.seconds(source.rate).0;
    let (start, end) = (seconds(repair.start), seconds(repair.end));
    let typed = move |text: &str| {
        let number = text.trim().trim_end_matches('s').trim().replace('\u{2212}', "-").parse::<f64>().ok();
        number.filter(|number| number.is_finite() && *number >= 0.0).ok_or_else(|| "write seconds".to_string())
    };
    let (one, two) = (ids(), ids());
    let from = field::field(format!("{start:.5}"), "s", 104.0, move |text| {
        typed(text).map(|from| Message::Span(one.0.clone(), one.1.clone(), from, from + end - start))
    });
    let length = field::field(format!("{:.5}", end - start), "s", 92.0, move |text| {
        typed(text).map(|length| Message::Span(two.0.clone(), two.1.clone(), start, start + length))
    });
    let song = desk
        .session()
        .clips()
        .find(|(_, clip)| clip.source == source.id)
        .and_then(|(song, _)| desk.session().song(song));
    let title = song.map_or(source.path.as_str(), |song| song.title.as_str());
    let (switch, remove) = (ids(), ids());
    row![
        key::key(if repair.off { "Off" } else { "On" }, Some(Message::Switch(switch.0, switch.1)))
            .kind(KeyKind::Toggle(!repair.off))
            .width(48),
        container(column![text::word(repair.name()), text::label(title)]).width(Length::Fill).clip(true),
        from,
        length,
        key::icon(icon::X, Some(Message::Remove(remove.0, remove.1))).kind(KeyKind::Bare),
    ]
    .spacing(8)
    .height(40)
    .align_y(Alignment::Center)
    .into()
}

fn limits<'a>(desk: &'a Desk) -> Element<'a, Message> {
    let ids: Vec<String> = profiles()
        .0
        .iter()
        .filter(|profile| profile.kind == ProfileKind::Qc)
        .map(|profile| profile.id.clone())
        .collect();
    let own = &desk.session().quality;
    let chooser = pick_list(ids, Some(own.profile.clone()), Message::Profile)
        .text_size(font::BODY)
        .font(font::INTER)
        .padding(Padding::from([2, 8]))
        .width(220)
        .handle(header::drop_handle());
    let head = row![text::label("Profile"), chooser, space::horizontal(), text::label("empty: the profile's own")]
        .spacing(8)
        .height(36)
        .align_y(Alignment::Center);
    let mut lines: Column<'a, Message, Theme> = column![];
    if let (Some(profile), Some(shipped)) = (quality_profile(desk.session()), profile_of(&own.profile)) {
        for (limit, usual) in profile.limits.iter().zip(&shipped.limits).filter(|(limit, _)| limit.value.is_some()) {
            lines = lines.push(limit_line(own, limit, usual));
        }
    }
    padded(column![head, scrolled(lines)], desk.layout)
}

fn limit_line<'a>(own: &Quality, limit: &Limit, usual: &'a Limit) -> Element<'a, Message> {
    let name = Quality::limit_name(&limit.check, limit.result);
    let changed = own.limits.contains_key(&name);
    let outcome = match limit.result {
        Outcome::Pass => "setting",
        Outcome::Warn => "warns",
        Outcome::Fail => "fails",
    };
    let value = limit.value.map_or_else(String::new, |value| {
        let text = format!("{value:.4}");
        text.trim_end_matches('0').trim_end_matches('.').replace('-', "\u{2212}")
    });
    let typed = name.clone();
    let entry = field::field(value, usual.unit.as_str(), 132.0, move |text| {
        let text = text.trim().replace('\u{2212}', "-");
        if text.is_empty() {
            return Ok(Message::Limit(typed.clone(), None));
        }
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        number.map(|number| Message::Limit(typed.clone(), Some(number))).ok_or_else(|| "write a number".to_string())
    });
    let words = text::word(usual.check.replace('_', " "));
    let words = if changed { words.style(ink::text) } else { words.style(ink::text2) };
    let back = changed.then(|| key::icon(icon::UNDO, Some(Message::Limit(name, None))).kind(KeyKind::Bare));
    row![container(words).width(Length::Fill).clip(true), text::label(outcome)]
        .push(back)
        .push(entry)
        .spacing(10)
        .height(32)
        .align_y(Alignment::Center)
        .into()
}
