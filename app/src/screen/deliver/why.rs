//! Why: the checks of the selected pass, failing ones first, with what was measured, the limit and the place; and of the
//! selected one what would fix it.

use iced::widget::{Column, column, container, row, rule, scrollable};
use iced::{Alignment, Length};
use lacquer_engine::analysis::finding::State as Decided;
use lacquer_engine::analysis::verdict::Verdict as Check;
use lacquer_engine::deliver::{Delivery, remedy, spot, waiver_id};
use lacquer_engine::profile::{Bound, Outcome};
use lacquer_engine::report::clock;
use lacquer_engine::session::LedgerEntry;
use lacquer_engine::unit::Dbtp;

use super::way::Value;
use super::{Message, State, figures, padded, side};
use crate::desk::{DeliveryState, Desk, Page};
use crate::theme::plate::Meaning;
use crate::theme::{Element, Theme, font, rule as lines, text as ink};
use crate::widget::key::{self, Kind};
use crate::widget::table::{self, Column as Place};
use crate::widget::{field, number, text, verdict};

/// Height of a check, px.
const ROW: f32 = 32.0;
/// A ceiling lower by this than what just passes is safe against the next render's rounding, dB.
const MARGIN_DB: f64 = 0.1;

impl State {
    /// The checks of the selected pass as they are shown: those that pass come last, playback gain has a view of its own.
    pub(super) fn shown<'a>(&self, desk: &'a Desk) -> Option<(&'a Delivery, Vec<&'a Check>)> {
        let DeliveryState::Done(delivery) = desk.delivery(&self.selected(desk)?.id) else { return None };
        let mut sorted = figures::by_gravity(&delivery.verdicts);
        sorted.retain(|check| check.check != "playback_gain");
        Some((delivery, sorted))
    }

    /// The selected check, else the gravest.
    pub(super) fn check<'a>(&self, desk: &'a Desk) -> Option<(&'a Delivery, &'a Check)> {
        let (delivery, sorted) = self.shown(desk)?;
        let check = self.check.and_then(|place| sorted.get(place)).or(sorted.first())?;
        Some((delivery, check))
    }

    pub(super) fn why<'a>(&'a self, desk: &'a Desk, state: &'a DeliveryState) -> Element<'a, Message> {
        match state {
            DeliveryState::Done(_) => self.checks(desk),
            DeliveryState::Failed(why) => padded(
                column![
                    text::section("Nothing was delivered"),
                    iced::widget::text(why.as_str()).size(font::BODY).style(ink::alarm),
                ]
                .spacing(8),
            ),
            DeliveryState::Idle => padded(text::hint("Not run: render the pass, its files are read back and judged")),
            _ => padded(text::hint("Judged when its files have been written and read back")),
        }
    }

    fn checks<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        let Some((delivery, sorted)) = self.shown(desk) else { return column![].into() };
        let columns = [
            Place::words("Verdict", Length::Fixed(72.0)),
            Place::words("Check", Length::FillPortion(3)),
            Place::numbers("Measured", 96.0),
            Place::numbers("Limit", 108.0),
            Place::words("Where", Length::FillPortion(3)),
        ];
        let selected = self.check.unwrap_or(0);
        let mut rows: Column<'a, Message, Theme> = column![];
        for (place, check) in sorted.iter().enumerate() {
            let bar = (place == selected).then_some(Meaning::A);
            rows = rows.push(table::row(&columns, cells(check), ROW, bar, Some(Message::Check(place))));
        }
        let mut page = column![table::head(&columns), scrollable(rows).height(Length::Fill)].spacing(4);
        if let Some(check) = sorted.get(selected).or(sorted.first()) {
            page = page.push(rule::horizontal(1).style(lines::row)).push(self.detail(desk, delivery, check));
        }
        page.into()
    }

    /// What a check is about, where, and what would fix it.
    fn detail<'a>(&self, desk: &'a Desk, delivery: &'a Delivery, check: &'a Check) -> Element<'a, Message> {
        let place = spot(&delivery.manifest, check);
        let at = place.as_ref().and_then(|place| place.at).map(|at| format!(", at {} min", clock(at.0)));
        let rule = format!("rule of {}{}", check.profile, at.unwrap_or_default());
        let mut page = column![text::section(headline(check)), text::label(rule)].spacing(4);
        let advice = remedy(check).or_else(|| check.remark.clone());
        page = page.push(advice.map(|advice| iced::widget::text(advice).size(font::BODY).style(ink::text2)));
        let mut keys: Vec<Element<'a, Message>> = Vec::new();
        if place.is_some() {
            let word = if at_is_known(delivery, check) { "Jump and loop" } else { "Go to the song" };
            keys.push(key::key(word, Some(Message::Jump)).into());
        }
        if let Some((word, message)) = self.fix(desk, check) {
            keys.push(key::key(word, Some(message)).kind(Kind::Outlined).into());
        }
        if let Some(waiver) = self.waiver(desk, delivery, check) {
            page = page.push(text::label(format!("Waived: {}", waiver.reason)));
            keys.push(key::key("Open again", Some(Message::Reopen)).into());
        } else if check.result == Outcome::Fail {
            let typed = field::words("", "waive it: why it may stay", font::INTER, |reason| match reason.trim() {
                "" => Err("a waiver says why the check may fail".to_string()),
                reason => Ok(Message::Waive(reason.to_string())),
            });
            keys.push(container(typed).width(Length::Fill).into());
        }
        if !keys.is_empty() {
            page = page.push(side::keys(keys));
        }
        container(page).padding([4, 12]).width(Length::Fill).into()
    }

    /// The waiver of a check, where it has one.
    fn waiver<'a>(&self, desk: &'a Desk, delivery: &Delivery, check: &Check) -> Option<&'a LedgerEntry> {
        let id = waiver_id(&delivery.manifest, check);
        desk.session().ledger.iter().find(|entry| entry.id == id && entry.decision() == Decided::Waived)
    }

    /// The one step that would fix a check, where a key can do it.
    fn fix(&self, desk: &Desk, check: &Check) -> Option<(&'static str, Message)> {
        if check.result == Outcome::Pass {
            return None;
        }
        let pass = self.selected(desk)?;
        let ceiling = |level: f64| Message::Set(pass.id.clone(), Value::Ceiling(Some(Dbtp(level))));
        let rounded = |level: f64| (level * 10.0 + 1e-9).floor() / 10.0;
        match check.check.as_str() {
            "true_peak" | "true_peak_when_loud" | "sample_peak" => {
                Some(("Set this ceiling", ceiling(rounded(check.limit?))))
            }
            "codec_true_peak" => {
                let now = pass.ceiling.map_or(0.0, |ceiling| ceiling.0);
                Some((
                    "Lower the ceiling by this",
                    ceiling(rounded(now - (check.measured? - check.limit?) - MARGIN_DB)),
                ))
            }
            "ledger" => Some(("Decide on QC", Message::Goto(Page::Qc))),
            "isrc" | "isrc_duplicate" | "barcode" | "indices" => Some(("Open Session", Message::Goto(Page::Session))),
            _ => None,
        }
    }
}

fn at_is_known(delivery: &Delivery, check: &Check) -> bool {
    spot(&delivery.manifest, check).is_some_and(|spot| spot.at.is_some())
}

fn cells<'a>(check: &'a Check) -> Vec<Element<'a, Message>> {
    let mut what = row![text::word(figures::said(check))].spacing(8).align_y(Alignment::Center);
    if let Some(remark) = &check.remark {
        what = what.push(text::label(remark.as_str()));
    }
    let measured = check.readout(digits(check)).map_or_else(|| number::DASH.into(), |value| signed(&value));
    let limit = limit(check);
    vec![
        verdict::verdict(figures::of_outcome(check.result)),
        container(what).width(Length::Fill).clip(true).into(),
        text::number(measured, &check.unit, font::BODY),
        text::label(limit).into(),
        container(text::word2(check.r#where.as_deref().unwrap_or("the whole"))).clip(true).into(),
    ]
}

fn limit(check: &Check) -> String {
    let Some(limit) = check.limit else { return String::new() };
    let value = signed(&format!("{limit:.*}", digits(check)));
    match check.bound {
        Bound::AtMost => format!("at most {value}"),
        Bound::AtLeast => format!("at least {value}"),
        _ => value,
    }
}

/// Decimals a check is told with: true peaks two, whole things none.
fn digits(check: &Check) -> usize {
    match check.unit.as_str() {
        "dBTP" | "dBFS" | "%" => 2,
        "LUFS" | "LU" | "dB" | "s" | "ms" | "min" => 1,
        _ => 0,
    }
}

fn signed(value: &str) -> String {
    value.replacen('-', "\u{2212}", 1)
}

/// A check as a sentence.
fn headline(check: &Check) -> String {
    let place = check.r#where.as_ref().map(|place| format!(", {place}")).unwrap_or_default();
    let measured = check.readout(digits(check)).map(|value| format!(" {} {}", signed(&value), check.unit));
    let measured = measured.or_else(|| check.remark.as_ref().map(|remark| format!(": {remark}")));
    let against = if check.limit.is_some() { format!(", {}", limit(check)) } else { String::new() };
    format!("{}{}{against}{place}", figures::said(check), measured.unwrap_or_default())
}
