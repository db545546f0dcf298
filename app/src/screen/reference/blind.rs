//! The blind test, and the verdict.

use iced::widget::{column, container, row, scrollable, space};
use iced::{Alignment, Length};
use lacquer_engine::compare::blind::Side;

use super::{Message, State, between, inside, own};
use crate::desk::Desk;
use crate::desk::listening::{Ask, Sample};
use crate::theme::plate::Meaning;
use crate::theme::{Element, font, text as ink};
use crate::widget::{key, number, plate, segment, text};

pub(super) fn blind<'a>(state: &'a State, desk: &'a Desk) -> Element<'a, Message> {
    let listening = &desk.listening;
    let trial: Element<'a, Message> = match &listening.trials {
        None => {
            let ready = listening.stands;
            let counts =
                segment::one_of(&[(8, "8"), (16, "16"), (24, "24"), (32, "32")], state.trials, Message::Trials);
            let begin =
                key::key("Begin", ready.then_some(Message::Ask(Ask::Draw(state.trials)))).kind(key::Kind::Primary);
            let what = match &listening.beside {
                Some(what) if ready => format!("A is the programme, B is {}", desk.words_of(what)),
                Some(_) => "what stands beside is on its way".into(),
                None => "Put a reference, a pass, a snapshot or a codec beside the programme first.".into(),
            };
            column![
                text::word2(what),
                row![text::label("Trials"), counts, begin].spacing(12).align_y(Alignment::Center)
            ]
            .spacing(12)
            .into()
        }
        Some(trials) => under_way(trials),
    };
    let result: Element<'a, Message> = match &listening.outcome {
        None => text::hint("answers are sealed until the end").into(),
        Some(outcome) => {
            let score = &outcome.score;
            let keep = key::key(
                if outcome.kept { "In the notes" } else { "Save in notes" },
                (!outcome.kept).then_some(Message::Ask(Ask::KeepResult)),
            );
            column![
                text::label(outcome.what.clone()),
                row![
                    text::mono(format!("{} / {}", score.right, score.trials), font::LOUDNESS_SMALL),
                    text::label("right")
                ]
                .spacing(8)
                .align_y(Alignment::Center),
                row![
                    text::label("p"),
                    text::mono(format!("{:.4}", score.p()), font::BODY),
                    text::label("binomial, one-sided")
                ]
                .spacing(8),
                keep
            ]
            .spacing(8)
            .into()
        }
    };
    let content =
        row![container(trial).width(Length::Fill), container(result).width(desk.layout.pick(300.0, 220.0))].spacing(16);
    let levels = listening.levels.map_or("", |_| "levels matched, same position");
    plate::plate("Blind test", levels, vec![], container(content).padding(inside(desk.layout)))
}

fn under_way<'a>(trials: &crate::desk::listening::Trials) -> Element<'a, Message> {
    let (now, all) = trials.blind.trial();
    let sample = |letter: &'a str, what: Sample, meaning: Meaning| -> Element<'a, Message> {
        key::key(letter, Some(Message::Ask(Ask::Sample(what))))
            .kind(key::Kind::Identity(meaning, trials.heard == what))
            .width(92)
            .height(48.0)
            .into()
    };
    let answer =
        |word: &'a str, side: Side| key::key(word, Some(Message::Ask(Ask::Answer(side)))).width(120).height(48.0);
    column![
        row![
            text::label("Trial"),
            text::mono(format!("{now}"), font::LOUDNESS_SMALL),
            text::label(format!("of {all}; answers are sealed until the end"))
        ]
        .spacing(8)
        .align_y(Alignment::Center),
        row![
            sample("A", Sample::A, Meaning::A),
            sample("B", Sample::B, Meaning::R),
            sample("X", Sample::X, Meaning::Lit),
            text::label("hear"),
            space().width(16),
            answer("X is A", Side::A),
            answer("X is B", Side::B),
            text::label("answer"),
            space::horizontal(),
            key::key("Give up", Some(Message::Ask(Ask::GiveUp)))
        ]
        .spacing(8)
        .align_y(Alignment::Center)
    ]
    .spacing(12)
    .into()
}

/// Whether to leave the song alone.
pub(super) fn verdict<'a>(_state: &'a State, desk: &'a Desk) -> Element<'a, Message> {
    let listening = &desk.listening;
    let own = own(desk);
    let told = listening.verdict.as_ref().filter(|(key, _)| Some(key) == own.as_ref());
    let judge = key::key(
        if listening.judging { "Listening" } else { "Judge this song" },
        (!listening.judging).then_some(Message::Ask(Ask::Judge)),
    );
    let content: Element<'a, Message> = match told {
        None => text::hint("Measured evidence against the references and norms: whether the honest move is none, and what belongs to the mix.").into(),
        Some((_, verdict)) => {
            let figure = |one: &'a lacquer_engine::compare::verdict::Figure| -> Element<'a, Message> {
                let (least, most) = one.between;
                let range = if least.is_finite() { format!("{least:.2} to {most:.2}") } else { format!("at most {most:.2}") };
                let style = if one.fits { ink::text } else { ink::warning };
                row![text::label(one.what).width(Length::Fill), text::mono(number::reading(Some(one.value), 2), font::LABEL).style(style), text::label(range).width(130)].spacing(12).into()
            };
            let moment = |one: &'a lacquer_engine::compare::verdict::Moment| -> Element<'a, Message> {
                row![text::mono(format!("{} \u{2013} {}", number::clock(one.from_s.0), number::clock(one.to_s.0)), font::LABEL), text::word2(one.words.clone())].spacing(12).into()
            };
            let mix = column(verdict.mix.iter().take(between::lines(desk.layout)).map(moment)).spacing(4);
            let left = column![text::word(verdict.words.clone()), mix].spacing(8);
            row![container(left).width(Length::FillPortion(1)), column(verdict.figures.iter().map(figure)).spacing(4).width(Length::FillPortion(1))].spacing(24).into()
        }
    };
    plate::plate(
        "Leave it alone?",
        "",
        vec![judge.into()],
        scrollable(container(content).padding(inside(desk.layout))).height(Length::Fill),
    )
}
