//! The loudness plate and its history.

use iced::widget::{button, column, container, row, rule, space};
use iced::{Alignment, Length};
use lacquer_engine::unit::{Dbtp, Lufs};

use super::past::{Live, STEP_S};
use super::{Message, Span, State, padded};
use crate::desk::Desk;
use crate::theme::plate::Meaning;
use crate::theme::{Element, font, key as look, text as ink};
use crate::widget::loudness::{Bars, Distribution, History, Scale, distribution, loudness_bars, loudness_history};
use crate::widget::{key, number, plate, segment, text};

/// Half the band around the target, LU (EBU R 128: ±1.0 LU where it cannot be hit exactly).
const BAND_LU: f64 = 1.0;
/// Highest and lowest level of the history while nothing is louder, LUFS.
const TOP_LUFS: f64 = -6.0;
const BOTTOM_LUFS: f64 = -30.0;
/// Height of a class of the distribution, LU.
const CLASS_LU: f32 = 0.5;
/// Width of the distribution, px.
const DISTRIBUTION: f32 = 96.0;
/// Width of the column of times, px.
const TIMES: f32 = 84.0;

impl State {
    pub(super) fn loudness<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        let scales = [(Scale::Plus9, "+9"), (Scale::Plus18, "+18"), (Scale::Lufs, "LUFS")];
        let keys = vec![segment::one_of(&scales, self.scale, Message::Scale)];
        let meters = &desk.meters;
        let lufs = |value: Option<Lufs>| value.map_or(f64::NEG_INFINITY, |lufs| lufs.0);
        let at_most = |value: Option<(Lufs, u64)>| lufs(value.map(|(value, _)| value));
        let bars = loudness_bars(Bars {
            momentary: lufs(meters.momentary),
            short_term: lufs(meters.short_term),
            integrated: lufs(meters.integrated),
            momentary_max: at_most(meters.momentary_max),
            short_term_max: at_most(meters.short_term_max),
            target: self.target(),
            scale: self.scale,
        });
        let high = desk.layout.pick(32.0, 28.0);
        let reset = key::key("Reset", Some(Message::Reset)).shortcut("R").height(high).width(88);
        let busy = desk.full_share.map(|share| format!("{:.0} %", 100.0 * share));
        let measure: Element<'a, Message> = match busy {
            Some(share) => container(text::label(share)).center_y(high).into(),
            None => space().into(),
        };
        let word = if desk.full_share.is_some() { "Stop" } else { "Measure all" };
        let all = key::key(word, Some(Message::Measure)).height(high).width(104);
        let report = key::key("Report", Some(Message::Report)).height(high).width(72);
        let content = column![
            bars,
            rule::horizontal(1),
            self.readings(desk),
            space::vertical(),
            row![all, report, reset, space::horizontal(), measure].spacing(8).align_y(Alignment::Center)
        ]
        .spacing(desk.layout.pick(10.0, 6.0));
        plate::plate("Loudness", self.distance(desk), keys, padded(content, desk.layout))
    }

    /// The target, and how far the integrated loudness is from it.
    fn distance(&self, desk: &Desk) -> String {
        match (self.target(), desk.meters.integrated) {
            // The small layout has room for one of the two: how far it is says more.
            (Some(target), Some(now)) if desk.layout.pick(false, true) => {
                format!("{} LU", number::change(now.0 - target, 1))
            }
            (Some(target), Some(now)) => {
                format!("target {}, {} LU", number::level(target, 1), number::change(now.0 - target, 1))
            }
            (Some(target), None) if desk.layout.pick(false, true) => format!("target {}", number::level(target, 1)),
            (Some(target), None) => format!("target {} LUFS", number::level(target, 1)),
            _ => String::new(),
        }
    }

    fn readings<'a>(&self, desk: &Desk) -> Element<'a, Message> {
        let meters = &desk.meters;
        let rate = f64::from(meters.rate_hz.max(1));
        let time = move |frame: u64| (number::clock(frame as f64 / rate), frame);
        let (momentary, short) = (meters.momentary_max, meters.short_term_max);
        let peak = meters.true_peak_max;
        let over = peak.is_some_and(|(peak, _)| peak.0 > ceiling(desk).0);
        let plr = meters.true_peak_max.zip(meters.integrated).map(|((peak, _), loudness)| peak.0 - loudness.0);
        let sample = meters.sample_peak_max;
        let psr = match (meters.psr, meters.psr_min) {
            (Some(now), Some((least, _))) => format!("{}, {}", number::level(now.0, 1), number::level(least.0, 1)),
            _ => number::DASH.into(),
        };
        let settled = meters.range.is_none() || meters.range_is_stable;
        let range = number::reading(meters.range.map(|range| range.0), 1);
        let unstable: Element<'a, Message> = text::hint(if settled { "" } else { "not stable" }).into();
        let small = desk.layout.pick(false, true);
        let word = |large: &'static str, little: &'static str| if small { little } else { large };
        let shown_peak =
            peak.map_or_else(|| number::DASH.into(), |(peak, _)| number::judged(peak.0, ceiling(desk).0, 2));
        let value = |value: Option<(Lufs, u64)>| number::reading(value.map(|(value, _)| value.0), 1);
        let lines = [
            line(word("Loudness range", "LRA"), range, "LU", if settled { ink::text } else { ink::disabled }, unstable),
            line(
                word("Max momentary", "M max"),
                value(momentary),
                "LUFS",
                ink::text,
                jump(momentary.map(|m| time(m.1))),
            ),
            line(word("Max short-term", "S max"), value(short), "LUFS", ink::text, jump(short.map(|s| time(s.1)))),
            line(
                word("True peak max", "TP max"),
                shown_peak,
                "dBTP",
                if over { ink::alarm } else { ink::text },
                jump(peak.map(|peak| time(peak.1))),
            ),
            line("PLR", number::reading(plr, 1), "dB", ink::text, space().into()),
            line(
                word("Sample peak max", "SP max"),
                number::reading(sample.map(|(peak, _)| peak.0), 2),
                "dBFS",
                ink::text,
                jump(sample.map(|(_, frame)| time(frame))),
            ),
            line(word("PSR now, min", "PSR"), psr, "dB", ink::text, jump(meters.psr_min.map(|(_, frame)| time(frame)))),
            line(
                "Overs",
                meters.overs.to_string(),
                "",
                if meters.overs > 0 { ink::alarm } else { ink::text },
                jump(meters.over_list.first().map(|over| time(over.0))),
            ),
        ];
        // The small layout has room for four of the eight.
        let shown = lines.into_iter().enumerate().filter(|(place, _)| !small || [0, 1, 3, 4].contains(place));
        column(shown.map(|(_, line)| line)).spacing(desk.layout.pick(4.0, 3.0)).into()
    }

    pub(super) fn history<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        let spans = [(Span::Minute, "1 min"), (Span::Five, "5 min"), (Span::Song, "song"), (Span::Album, "album")];
        let keys = vec![segment::one_of(&spans, self.span, Message::Span)];
        let target =
            self.target().map_or_else(String::new, |target| format!("target {} LUFS", number::level(target, 1)));
        let legend = match desk.surveying {
            Some(share) => format!("measuring, {:.0} %", share * 100.0),
            None if desk.survey.is_some() && !desk.survey_is_current() => "before the last change".into(),
            None if self.span == Span::Album => album(desk),
            None => format!("M columns, S line, I dashed  {target}"),
        };
        if let Some(live) = &self.live {
            let legend = format!("M columns, S line  {target}");
            return plate::plate("History", legend, keys, padded(self.running(live), desk.layout));
        }
        let Some(past) = &self.past else {
            let word = match (desk.surveying, desk.is_empty()) {
                (Some(_), _) => "The programme is being measured.",
                (None, true) => "The history of a song is shown here once there is one.",
                (None, false) => "Not measured yet.",
            };
            let hint = container(text::hint(word)).center(Length::Fill);
            return plate::plate("History", legend, keys, padded(hint, desk.layout));
        };
        let start = match (self.span, &desk.plan, desk.selected_song()) {
            (Span::Song, Some(plan), Some(song)) => desk.seconds(plan.to_delivered(song.start)),
            _ => 0.0,
        };
        let here = desk.seconds(desk.position()) - start;
        let length_s = past.length_s().max(STEP_S);
        let data = History {
            momentary: past.momentary.clone(),
            short_term: past.short_term.clone(),
            integrated: past.integrated.clone(),
            step_s: STEP_S,
            start_s: 0.0,
            span_s: length_s,
            heard_s: (0.0..=length_s).contains(&here).then_some(here),
            target: self.target().map(|target| (target, BAND_LU)),
            top_lufs: TOP_LUFS.max(past.loudest().ceil() + 1.0),
            bottom_lufs: BOTTOM_LUFS,
            separators: past.separators.clone(),
        };
        let shares = Distribution {
            classes: past.classes.clone(),
            class_lu: CLASS_LU,
            ends: past.ends,
            top_lufs: data.top_lufs as f32,
            bottom_lufs: data.bottom_lufs as f32,
        };
        let history = loudness_history(data, Message::History);
        let content: Element<'a, Message> = if desk.layout.pick(true, false) {
            row![history, container(distribution(shares)).width(DISTRIBUTION)].spacing(8).into()
        } else {
            history
        };
        plate::plate("History", legend, keys, padded(content, desk.layout))
    }

    /// The last minutes that were heard.
    fn running<'a>(&self, live: &Live) -> Element<'a, Message> {
        let loudest = live.momentary.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let data = History {
            momentary: live.momentary.clone(),
            short_term: live.short_term.clone(),
            integrated: [].into(),
            step_s: STEP_S,
            start_s: live.start_s(),
            span_s: live.span_s() - live.start_s(),
            heard_s: None,
            target: self.target().map(|target| (target, BAND_LU)),
            top_lufs: TOP_LUFS.max(f64::from(loudest).ceil() + 1.0),
            bottom_lufs: BOTTOM_LUFS,
            separators: Vec::new(),
        };
        loudness_history(data, Message::History)
    }
}

/// The loudness of the album both ways: its songs as one programme, and the loudest of them.
fn album(desk: &Desk) -> String {
    let Some(survey) = &desk.survey else { return String::new() };
    let loudness = survey.measurements().filter_map(|measured| measured.integrated_lufs).map(|lufs| lufs.0);
    let loudest = number::reading(loudness.reduce(f64::max), 1);
    let whole = number::reading(survey.integrated.map(|lufs| lufs.0), 1);
    let range = number::reading(survey.range.map(|lu| lu.0), 1);
    format!("album {whole} LUFS, loudest song {loudest} LUFS, LRA {range} LU")
}

/// The true peak above which a reading is an alarm.
fn ceiling(desk: &Desk) -> Dbtp {
    desk.heard().and_then(|pass| pass.ceiling).unwrap_or(Dbtp(0.0))
}

/// Name, number, unit and what stands at the right.
fn line<'a>(
    name: &'static str,
    value: String,
    unit: &'static str,
    style: fn(&crate::theme::Theme) -> iced::widget::text::Style,
    aside: Element<'a, Message>,
) -> Element<'a, Message> {
    row![
        text::label(name).width(Length::FillPortion(4)),
        container(text::mono(value, font::BODY).style(style)).align_right(Length::FillPortion(2)),
        text::label(unit).width(text::UNIT_COLUMN),
        container(aside).align_right(TIMES)
    ]
    .spacing(4)
    .height(20)
    .align_y(Alignment::Center)
    .into()
}

/// A time that goes there when pressed.
fn jump<'a>(at: Option<(String, u64)>) -> Element<'a, Message> {
    let Some((shown, frame)) = at else { return space().into() };
    let time = text::mono(shown, font::LABEL).style(ink::meaning(Meaning::A));
    button(time).padding(0).style(look::bare).on_press(Message::Seek(frame)).into()
}
