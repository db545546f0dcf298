//! The shell: header, page, right strip and transport, at the same place on every page.

use iced::widget::{column, container, mouse_area, opaque, row, scrollable, stack};
use iced::{Alignment, Length, Padding};

use super::{App, Message, Overlay, first, overlay, strip};
use crate::desk::{Grade, NoticeLine, Page};
use crate::theme::{Element, icon, plate as ground, text as ink};
use crate::widget::tab::Tab;
use crate::widget::{bridge, header, key, monitor, text, transport};

/// Distance between plates and to the window's edge, px.
const GAP: f32 = 8.0;

/// The whole window.
pub fn view(app: &App) -> Element<'_, Message> {
    let layout = app.desk.layout;
    let ways = header::Ways { settings: Message::Settings, keys: Message::Sheet };
    let head = header::header(&strip::header(app), layout, tabs(app), Message::Pass, ways);
    let foot = transport::transport(
        &strip::transport(app),
        layout,
        app.has_project && app.desk.plan.is_some(),
        Message::Transport,
    );
    let page = column![].push(notice(app)).push(work(app)).push(page(app)).spacing(GAP);
    let middle = row![page.width(Length::Fill), strip_plates(app)].spacing(GAP).height(Length::Fill);
    let whole = column![head, container(middle).padding(GAP).height(Length::Fill), foot];
    // Its ground is the theme's background: what is redrawn is cleared with it.
    let window = container(whole).width(Length::Fill).height(Length::Fill);
    let content = app.content();
    let window: Element<'_, Message> = if content == app.size {
        window.into()
    } else {
        let bars = scrollable::Scrollbar::default();
        scrollable(window.width(content.width).height(content.height))
            .direction(scrollable::Direction::Both { vertical: bars, horizontal: bars })
            .into()
    };
    match overlay::view(app) {
        None => window,
        Some(over) => {
            let dim = container(opaque(over)).center(Length::Fill).style(ground::scrim);
            // A press beside the sheet closes it; what asks for a decision stays.
            let dim: Element<'_, Message> = match app.overlay {
                Overlay::Sheet | Overlay::Device => opaque(mouse_area(dim).on_press(Message::CloseOverlay)),
                _ => opaque(dim),
            };
            stack![window, dim].into()
        }
    }
}

fn tabs(app: &App) -> Vec<Tab<'_, Message>> {
    let tab = |page: &Page| Tab {
        number: page.number(),
        name: page.name(),
        selected: *page == app.page && app.has_project,
        badge: if *page == Page::Qc && app.has_project { app.desk.quality.tally.errors } else { 0 },
        on_press: app.has_project.then_some(Message::Tab(*page)),
    };
    Page::ALL.iter().map(tab).collect()
}

/// Bridge above, monitor below.
fn strip_plates(app: &App) -> Element<'_, Message> {
    let layout = app.desk.layout;
    let lower = layout.pick(474.0, 346.0);
    column![
        bridge::bridge(&strip::bridge(app), layout, Message::Bridge),
        container(monitor::monitor(&strip::monitor(app), layout, Message::Monitor)).height(lower)
    ]
    .spacing(GAP)
    .width(bridge::width(layout))
    .into()
}

fn page(app: &App) -> Element<'_, Message> {
    if !app.has_project {
        return first::view(app);
    }
    match app.page {
        Page::Session => app.session.view(&app.desk).map(Message::Session),
        Page::Chain => app.chain.view(&app.desk).map(Message::Chain),
        Page::Meters => app.meters.view(&app.desk).map(Message::Meters),
        Page::Reference => app.reference.view(&app.desk).map(Message::Reference),
        Page::Qc => app.qc.view(&app.desk).map(Message::Qc),
        Page::Deliver => app.deliver.view(&app.desk).map(Message::Deliver),
    }
}

/// The line under the header, when there is something to say.
fn notice(app: &App) -> Option<Element<'_, Message>> {
    let reason = || app.desk.plan_error.clone().map(|text| NoticeLine { text, grade: Grade::Error });
    let line = app.desk.notice.clone().or_else(reason)?;
    let (glyph, style): (char, fn(&crate::theme::Theme) -> iced::widget::text::Style) = match line.grade {
        Grade::Note => (icon::INFO, ink::text2),
        Grade::Warning => (icon::TRIANGLE_ALERT, ink::warning),
        Grade::Error => (icon::X, ink::alarm),
    };
    let close = app.desk.notice.is_some().then(|| key::icon(icon::X, Some(Message::Dismiss)).kind(key::Kind::Bare));
    let words = container(text::word(line.text).style(style)).width(Length::Fill).clip(true);
    let strip = row![text::icon(glyph, 14.0).style(style), words]
        .spacing(10)
        .height(32)
        .align_y(Alignment::Center)
        .padding(Padding::from([0, 12]));
    let lost = app.desk.monitor.output().is_some_and(|output| !output.is_device) && !app.desk.monitor.choice().silent;
    let settings = lost.then(|| key::key("Audio settings", Some(Message::Settings)));
    let decide = (!app.barred.is_empty()).then(|| key::key("Decide", Some(Message::Decide)));
    Some(container(strip.push(settings).push(decide).push(close)).width(Length::Fill).style(ground::plate).into())
}

/// What is being taken in, with a way out.
fn work(app: &App) -> Option<Element<'_, Message>> {
    let (share, name) = app.importing.as_ref()?;
    let strip = row![
        text::label("Taking files in"),
        text::number(format!("{:.0}", 100.0 * share), "%", crate::theme::font::BODY),
        container(text::word2(name.clone())).width(Length::Fill).clip(true),
        key::key("Cancel", Some(Message::File(super::file::Message::CancelImport)))
    ]
    .spacing(12)
    .height(36)
    .align_y(Alignment::Center)
    .padding(Padding::from([0, 12]));
    Some(container(strip).width(Length::Fill).style(ground::plate).into())
}
