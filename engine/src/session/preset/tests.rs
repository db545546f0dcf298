use super::*;
use crate::analysis::loudness::Loudness;
use crate::audio::{Block, Layout};
use crate::chain::{Chain, Setting};
use crate::unit::SampleRate;

const RATE: SampleRate = SampleRate(44_100);
const SETTING: Setting = Setting { rate: RATE, layout: Layout::Stereo };

/// Four seconds of pink noise with the crests of music: strokes at 120 in the minute over a steady floor, the channels
/// three quarters alike, at -16 LUFS.
fn programme() -> Block {
    let frames = 4 * RATE.0 as usize;
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut white = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    // Paul Kellet's economy filter: pink within 0.5 dB above 40 Hz at this rate.
    let mut pink = || {
        let mut held = [0.0; 3];
        (0..frames)
            .map(|_| {
                let white = white();
                held[0] = 0.99765 * held[0] + 0.0990460 * white;
                held[1] = 0.96300 * held[1] + 0.2965164 * white;
                held[2] = 0.57000 * held[2] + 1.0526913 * white;
                held[0] + held[1] + held[2] + 0.1848 * white
            })
            .collect::<Vec<f64>>()
    };
    let (both, left, right) = (pink(), pink(), pink());
    let stroke = |frame: usize| {
        let place = (frame % (RATE.0 as usize / 2)) as f64 / RATE.hz();
        0.5 + 1.5 * libm::exp(-place / 0.08)
    };
    let side = |own: &[f64]| -> Vec<f64> {
        both.iter().zip(own).enumerate().map(|(frame, (both, own))| stroke(frame) * (0.9 * both + 0.44 * own)).collect()
    };
    let mut block = Block::from_channels(&[side(&left), side(&right)]);
    let level = integrated(&block);
    block.scale(libm::pow(10.0, (-16.0 - level) / 20.0));
    block
}

fn integrated(block: &Block) -> f64 {
    let mut loudness = Loudness::new(Layout::Stereo, RATE).unwrap();
    loudness.process(block);
    loudness.integrated().unwrap().0
}

/// The change of loudness a preset makes, latency left out.
fn change(preset: &Preset, programme: &Block) -> f64 {
    let stages = preset.chain.stages.iter().map(|stage| {
        let (values, errors) = stage.resolve();
        assert_eq!(errors, [], "{}", preset.id);
        ((chain::processor(&stage.processor).unwrap().build)(&values.unwrap(), SETTING), true)
    });
    let mut chain = Chain::new(stages.collect(), SETTING);
    let mut heard = Block::new(2, programme.frames());
    heard.copy_from(0, programme, 0, programme.frames());
    chain.process(&mut heard);
    assert_eq!(chain.trouble(), None, "{}", preset.id);
    integrated(&heard) - integrated(programme)
}

#[test]
fn every_shipped_preset_reads_is_named_for_what_it_does_and_keeps_the_level() {
    let presets = Preset::shipped();
    assert_eq!(presets.len(), SHIPPED.len());
    assert!(presets.len() >= 40);
    let programme = programme();
    let mut loud = Vec::new();
    for (preset, (path, _)) in presets.iter().zip(SHIPPED) {
        assert_eq!(*path, format!("{}/{}", preset.category, preset.id));
        assert!(preset.does.ends_with('.') && preset.does.len() > 20 && preset.name != preset.id, "{path}");
        assert!(
            !preset.chain.stages.is_empty() && preset.chain.unknown.is_empty(),
            "{path}: {:?}",
            preset.chain.unknown
        );
        let change = change(preset, &programme);
        if change.abs() > 0.5 {
            loud.push(format!("{} {change:+.2}", preset.id));
        }
    }
    assert_eq!(loud, Vec::<String>::new());
}

#[test]
fn names_and_ids_are_each_their_own() {
    let presets = Preset::shipped();
    let count = |of: fn(&Preset) -> &String| presets.iter().map(of).collect::<std::collections::BTreeSet<_>>().len();
    assert_eq!((count(|preset| &preset.id), count(|preset| &preset.name)), (presets.len(), presets.len()));
    assert_eq!(find(&presets, "glue, LIGHT").unwrap().id, "glue-light");
    assert_eq!(find(&presets, "reverb"), None);
}

#[test]
fn a_chain_file_is_a_preset_and_a_preset_a_chain_file() {
    let text = "[[stage]]\nid = 'g'\nprocessor = 'gain'\nversion = 1\nvalues = { gain = 3 }\n";
    let preset = Preset::parse("mine", text).unwrap();
    assert_eq!((preset.name.as_str(), preset.category.as_str()), ("mine", "own"));
    let shipped = &Preset::shipped()[0];
    let written = super::super::file::write_chain(&shipped.in_words()).unwrap();
    let again = Preset::parse(&shipped.id, &written).unwrap();
    assert_eq!(Preset { shipped: true, ..again }, *shipped);
    assert!(Preset::parse("bad", "[[stage]]\nid = 3").is_err());
}
