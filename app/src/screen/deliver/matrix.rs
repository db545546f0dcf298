//! The matrix: one row for each pass.

use iced::widget::{checkbox, column, container, mouse_area, row, scrollable, space};
use iced::{Alignment, Length};
use lacquer_engine::session::{Pass, PassKind, Rate};
use lacquer_engine::unit::Frames;

use super::{Message, State, figures};
use crate::desk::{DeliveryState, Desk};
use crate::place;
use crate::theme::plate::Meaning;
use crate::theme::{Element, font, icon, plate as ground, text as ink};
use crate::widget::key::{self, Kind};
use crate::widget::table::{self, Column};
use crate::widget::{Layout, number, plate, text, verdict};

/// Height of a row, px.
const ROW: f32 = 40.0;

impl State {
    pub(super) fn matrix<'a>(&'a self, desk: &'a Desk) -> Element<'a, Message> {
        let columns = columns(desk.layout);
        let selected = self.selected(desk).map(|pass| pass.id.as_str());
        let rows = desk.session().passes.iter().map(|pass| {
            let bar = (selected == Some(pass.id.as_str())).then_some(Meaning::A);
            table::row(&columns, self.cells(desk, pass), ROW, bar, Some(Message::Select(pass.id.clone())))
        });
        let folder = container(text::mono(desk.delivery_folder.display().to_string(), font::BODY))
            .style(ground::well)
            .padding([2, 8])
            .center_y(24)
            .clip(true);
        let folder = container(folder).max_width(desk.layout.pick(560.0, 380.0));
        let change = key::key("Change", Some(Message::ChooseFolder));
        let main = desk.session().main_pass().map(|main| main.id.as_str());
        let other = selected.filter(|id| Some(*id) != main);
        let remove = key::icon(icon::TRASH_2, other.map(|_| Message::Remove));
        let keys = vec![self.adder(desk), remove.into(), text::label("Folder").into(), folder.into(), change.into()];
        let head = table::head(&columns);
        let list = column![head, scrollable(column(rows)).height(Length::Fill)];
        let content = column![list, self.way(desk), container(self.foot(desk)).padding(12)].height(Length::Fill);
        plate::plate("Deliverables", "", keys, content)
    }

    /// The keys under the table.
    fn foot<'a>(&self, desk: &'a Desk) -> Element<'a, Message> {
        let count = self.ticked(desk).count();
        let ready = count > 0 && !desk.is_empty() && !desk.is_delivering();
        const WORDS: [&str; 10] = [
            "Render selected (0)",
            "Render selected (1)",
            "Render selected (2)",
            "Render selected (3)",
            "Render selected (4)",
            "Render selected (5)",
            "Render selected (6)",
            "Render selected (7)",
            "Render selected (8)",
            "Render selected (9)",
        ];
        let word = WORDS.get(count).copied().unwrap_or("Render selected");
        let render = key::key(word, ready.then_some(Message::Render)).kind(Kind::Primary).height(36.0).width(216);
        let check = key::key("Check only", ready.then_some(Message::CheckOnly)).height(36.0);
        let heard = self.selected(desk).is_some_and(|pass| pass.id == desk.pass);
        let hear = key::key("Hear this pass", (!heard).then_some(Message::Hear)).height(36.0);
        let open = key::key("Open folder", Some(Message::OpenFolder)).height(36.0);
        let coders =
            key::key("Coders", Some(Message::Coders(!self.coders))).kind(Kind::Toggle(self.coders)).height(36.0);
        let fresh = key::key("All anew", Some(Message::Fresh(!self.fresh))).kind(Kind::Toggle(self.fresh)).height(36.0);
        let why = match (desk.is_empty(), count, desk.layout) {
            (true, ..) => "Add songs to the session first".to_string(),
            (false, 0, _) => "Tick a pass to render it".into(),
            (false, _, Layout::Large) => format!("Values are measured in the written files; {}", self.room(desk)),
            (false, _, Layout::Small) => self.room(desk),
        };
        row![render, check, coders, fresh, open, hear, space::horizontal(), text::label(why)]
            .spacing(8)
            .align_y(Alignment::Center)
            .into()
    }

    /// What is needed on the disk, and what is free there.
    fn room(&self, desk: &Desk) -> String {
        let Some(need) = self.need(desk) else { return format!("needs {}", number::DASH) };
        match place::free_bytes(&desk.delivery_folder).map(|free| free as f64) {
            None => format!("needs {}", bytes(need)),
            Some(free) if free < need => {
                format!("needs {}, only {} are free: make room first", bytes(need), bytes(free))
            }
            Some(free) => format!("needs {} of {} free", bytes(need), bytes(free)),
        }
    }

    /// About how many bytes the ticked passes need.
    fn need(&self, desk: &Desk) -> Option<f64> {
        let plan = desk.plan.as_ref()?;
        let seconds = Frames(plan.frames).seconds(plan.rate).0;
        let bytes = |pass: &Pass| {
            let rate = match pass.rate {
                Rate::Native => plan.rate,
                Rate::Hz(rate) => rate,
            };
            let word = pass.depth.integer_bits().map_or(4.0, |bits| f64::from(bits) / 8.0);
            // Songs, programme and image of a disc; WAV and about two thirds of it as FLAC.
            let times = match pass.kind {
                PassKind::Cd => 3.0,
                PassKind::HiRes => 5.0 / 3.0,
                _ => 1.0,
            };
            seconds * rate.hz() * word * plan.layout.channels() as f64 * times
        };
        Some(self.ticked(desk).map(bytes).sum())
    }

    fn cells<'a>(&self, desk: &'a Desk, pass: &'a Pass) -> Vec<Element<'a, Message>> {
        let ticked = !self.left_out.contains(&pass.id);
        let id = pass.id.clone();
        // The whole cell ticks: a tick alone is smaller than a hand is sure of.
        let toggle = Message::Tick(id.clone());
        let tick = checkbox(ticked).size(16).on_toggle(move |_| Message::Tick(id.clone()));
        let tick = mouse_area(container(tick).center(24)).on_press(toggle);
        let name = text::title(pass.name.clone()).style(if ticked { ink::text } else { ink::text2 });
        let state = desk.delivery(&pass.id);
        let figures = match state {
            DeliveryState::Done(delivery) => figures::Figures::of(delivery),
            _ => figures::Figures::default(),
        };
        let checks: Element<'a, Message> = match state {
            DeliveryState::Done(delivery) => {
                let (passed, all) = figures::passed(&delivery.verdicts);
                text::mono(format!("{passed} of {all}"), font::BODY).into()
            }
            DeliveryState::Running { share, .. } => text::number(format!("{:.0}", share * 100.0), "%", font::BODY),
            DeliveryState::Waiting => text::word2("waiting").into(),
            DeliveryState::Failed(_) => text::word2("nothing was delivered").into(),
            DeliveryState::Idle => text::word2("not rendered").into(),
        };
        let value = |value: Option<f64>, digits| text::mono(number::reading(value, digits), font::TABLE).into();
        let mut cells = vec![tick.into(), name.into()];
        if desk.layout == Layout::Large {
            cells.push(text::word2(figures::specification(pass)).into());
        }
        let peak = figures.true_peak_dbtp.map_or_else(
            || number::DASH.into(),
            |peak| number::judged(peak, pass.ceiling.map_or(0.0, |ceiling| ceiling.0), 2),
        );
        cells.push(value(figures.integrated_lufs, 1));
        cells.push(text::mono(peak, font::TABLE).into());
        cells.push(value(figures.range_lu, 1));
        cells.push(checks);
        cells.push(verdict::verdict(figures::verdict(state)));
        cells
    }
}

fn bytes(count: f64) -> String {
    if count >= 1e9 { format!("{:.1} GB", count / 1e9) } else { format!("{:.0} MB", count / 1e6) }
}

fn columns(layout: Layout) -> Vec<Column<'static>> {
    let mut columns = vec![
        Column::words("", Length::Fixed(24.0)),
        Column::words("Pass", layout.pick(Length::Fixed(180.0), Length::Fill)),
    ];
    if layout == Layout::Large {
        columns.push(Column::words("Specification", Length::Fill));
    }
    columns.extend([
        Column::numbers("I LUFS", 88.0),
        Column::numbers("TP dBTP", 88.0),
        Column::numbers("LRA LU", 72.0),
        Column::words("Checks", Length::Fixed(layout.pick(180.0, 168.0))),
        Column::words("Verdict", Length::Fixed(128.0)),
    ]);
    columns
}
