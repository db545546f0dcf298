//! Why: the checks of the selected pass, failing ones first, with what was measured, the limit, and the place.

use iced::widget::{Column, column, container, row, scrollable};
use iced::{Alignment, Length};
use lacquer_engine::analysis::verdict::Verdict as Check;
use lacquer_engine::profile::{Bound, Outcome};

use super::{Message, State, figures, padded};
use crate::desk::{DeliveryState, Desk};
use crate::theme::{Element, Theme, font, text as ink};
use crate::widget::table::{self, Column as Place};
use crate::widget::{number, plate, text, verdict};

/// Height of a check, px.
const ROW: f32 = 32.0;

impl State {
    pub(super) fn why<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        let Some(pass) = self.selected(desk) else { return plate::plate("Why", "", Vec::new(), text::word("")) };
        let state = desk.delivery(&pass.id);
        let keys = vec![verdict::verdict(figures::verdict(state))];
        let content: Element<'a, Message> = match state {
            DeliveryState::Done(delivery) => checks(&delivery.verdicts),
            DeliveryState::Failed(why) => column![
                text::section("Nothing was delivered"),
                iced::widget::text(why.as_str()).size(font::BODY).style(ink::alarm),
            ]
            .spacing(8)
            .into(),
            DeliveryState::Idle => padded(text::hint("Not run: render the pass, its files are read back and judged")),
            _ => padded(text::hint("Judged when its files have been written and read back")),
        };
        plate::plate("Why", pass.name.as_str(), keys, container(content).padding([4, 0]).height(Length::Fill))
    }
}

fn checks<'a>(all: &'a [Check]) -> Element<'a, Message> {
    let sorted = figures::by_gravity(all);
    let columns = [
        Place::words("Verdict", Length::Fixed(72.0)),
        Place::words("Check", Length::FillPortion(3)),
        Place::numbers("Measured", 96.0),
        Place::numbers("Limit", 108.0),
        Place::words("Where", Length::FillPortion(3)),
    ];
    let mut rows: Column<'a, Message, Theme> = column![];
    for check in &sorted {
        let press = figures::song_of(check).map(Message::Jump);
        rows = rows.push(table::row(&columns, cells(check), ROW, None, press));
    }
    let headline = text::section(headline(&sorted));
    let head = column![headline, text::label(counted(all))].spacing(4);
    column![container(head).padding([0, 12]), table::head(&columns), scrollable(rows).height(Length::Fill)]
        .spacing(8)
        .into()
}

fn cells<'a>(check: &'a Check) -> Vec<Element<'a, Message>> {
    let mut what = row![text::word(super::figures::said(check))].spacing(8).align_y(Alignment::Center);
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

/// The gravest check as a sentence.
fn headline(sorted: &[&Check]) -> String {
    match sorted.first() {
        Some(check) if check.result >= Outcome::Warn => {
            let place = check.r#where.as_ref().map(|place| format!(", {place}")).unwrap_or_default();
            let measured = check.readout(digits(check)).map(|value| format!(" {} {}", signed(&value), check.unit));
            let measured = measured.or_else(|| check.remark.as_ref().map(|remark| format!(": {remark}")));
            let against = if check.limit.is_some() { format!(", {}", limit(check)) } else { String::new() };
            format!("{}{}{against}{place}", figures::said(check), measured.unwrap_or_default())
        }
        Some(_) => "Every check of the written files passes".into(),
        None => "The profile has no checks for this delivery".into(),
    }
}

fn counted(all: &[Check]) -> String {
    let count = |outcome| all.iter().filter(|check| check.result == outcome).count();
    let (passed, every) = figures::passed(all);
    format!("{passed} of {every} pass, {} warn, {} fail", count(Outcome::Warn), count(Outcome::Fail))
}
