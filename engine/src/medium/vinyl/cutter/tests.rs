use super::*;
use crate::medium::vinyl::{Sine, Stylus, recording_gain};
use crate::profile::load;
use crate::unit::{Db, Hertz};

fn lathe() -> Lathe {
    Lathe::new(&load("vinyl", None).unwrap().unwrap(), Stylus::Elliptical).unwrap()
}

fn sine(rate: u32, hz: f64, seconds: f64, right: f64) -> Block {
    let count = (seconds * f64::from(rate)) as usize;
    let left: Vec<f64> = (0..count).map(|n| libm::sin(2.0 * PI * hz * n as f64 / f64::from(rate))).collect();
    let other = left.iter().map(|sample| right * sample).collect();
    Block::from_channels(&[left, other])
}

fn cut(rate: u32, block: &Block) -> Vec<Sector> {
    let mut cutter = Cutter::new(SampleRate(rate), Speed::Long, &lathe()).unwrap();
    cutter.push(block).unwrap();
    cutter.finish()
}

/// Peaks over the settled middle of the programme.
fn steady(sectors: &[Sector]) -> Sector {
    let mut peak = Sector::default();
    for sector in &sectors[sectors.len() / 2..sectors.len() - 10] {
        peak.outward_um = peak.outward_um.max(sector.outward_um);
        peak.inward_um = peak.inward_um.max(sector.inward_um);
        peak.wider_um = peak.wider_um.max(sector.wider_um);
        peak.narrower_um = peak.narrower_um.max(sector.narrower_um);
        peak.wall_m_s = peak.wall_m_s.max(sector.wall_m_s);
        peak.lateral_m_s = peak.lateral_m_s.max(sector.lateral_m_s);
        peak.acceleration_m_s2 = peak.acceleration_m_s2.max(sector.acceleration_m_s2);
    }
    peak
}

#[test]
fn sines_equal_the_closed_formulas() {
    for (rate, hz) in [(44_100, 61.3), (44_100, 997.0), (44_100, 3151.0), (96_000, 997.0), (192_000, 5003.0)] {
        let peak = steady(&cut(rate, &sine(rate, hz, 1.2, 1.0)));
        let formula = Sine::mono(Hertz(hz), Db(0.0), Db(0.0), &lathe());
        let near = |measured: f64, wanted: f64, what: &str| {
            assert!((measured / wanted - 1.0).abs() < 1e-3, "{rate} {hz} {what}: {measured} {wanted}");
        };
        near(peak.wall_m_s, formula.wall_m_s, "wall");
        near(peak.lateral_m_s, formula.lateral_m_s(), "lateral");
        near(peak.acceleration_m_s2, formula.acceleration_m_s2(), "acceleration");
        near(peak.outward_um, formula.edge_um(), "outward");
        near(peak.inward_um, formula.edge_um(), "inward");
        // A mono groove keeps its width.
        assert!(peak.wider_um < 1e-6 && peak.narrower_um < 1e-6);
    }
}

#[test]
fn opposed_channels_cut_up_and_down() {
    let peak = steady(&cut(44_100, &sine(44_100, 997.0, 1.0, -1.0)));
    let formula = Sine::mono(Hertz(997.0), Db(0.0), Db(0.0), &lathe());
    assert!(peak.lateral_m_s < 1e-9);
    // Both edges go apart: twice one edge's way.
    assert!((peak.wider_um / (2.0 * formula.edge_um()) - 1.0).abs() < 1e-3);
    assert!((peak.narrower_um / peak.wider_um - 1.0).abs() < 1e-3);
}

#[test]
fn the_reference_tone_is_five_centimetres_a_second() {
    let lathe = lathe();
    let tone = Sine::mono(Hertz(1000.0), lathe.reference, Db(0.0), &lathe);
    assert!((tone.lateral_m_s() - 0.05).abs() < 1e-12);
    // specs/formats.md 3.3: 8.0 um and 32 g at 1 kHz, 22.6 um at 50 Hz, 1557 g at 10 kHz, sideways.
    let at = |hz| Sine::mono(Hertz(hz), lathe.reference, Db(0.0), &lathe);
    assert!((at(1000.0).edge_um() - 7.96).abs() < 0.01);
    assert!((SQRT_2 * at(1000.0).acceleration_m_s2() / 9.80665 - 32.0).abs() < 0.1);
    assert!((at(50.0).edge_um() - 22.6).abs() < 0.05);
    assert!((SQRT_2 * at(10_000.0).acceleration_m_s2() / 9.80665 - 1557.0).abs() < 3.0);
}

#[test]
fn the_recording_curve_holds_at_every_rate() {
    for rate in [44_100, 48_000, 88_200, 96_000, 176_400, 192_000] {
        for hz in [20.0, 50.0, 500.0, 1000.0, 2120.0, 5000.0, 10_010.0, 15_010.0, 19_000.0, 20_000.0] {
            // Over whole waves (0.3 s) the mean square is the amplitude's, without a search for peaks.
            let sectors = cut(rate, &sine(rate, hz, 0.6, 1.0));
            let settled = &sectors[20..50];
            let power = settled.iter().map(|sector| sector.lateral_power).sum::<f64>() / settled.len() as f64;
            let wanted = Sine::mono(Hertz(1000.0), Db(0.0), recording_gain(Hertz(hz)), &lathe()).lateral_m_s();
            let error = 10.0 * libm::log10(power / (0.5 * wanted * wanted));
            assert!(error.abs() < 0.02, "{rate} {hz}: {error}");
        }
    }
}

#[test]
fn sectors_do_not_depend_on_blocks_or_workers() {
    let programme = sine(8_000, 440.0, 60.0, -0.3);
    let whole = cut(8_000, &programme);
    let mut cutter = Cutter::new(SampleRate(8_000), Speed::Long, &lathe()).unwrap();
    cutter.workers = 3;
    let (left, right) = (programme.channel(0), programme.channel(1));
    for start in (0..left.len()).step_by(7_777) {
        let end = (start + 7_777).min(left.len());
        cutter.push(&Block::from_channels(&[&left[start..end], &right[start..end]])).unwrap();
    }
    assert_eq!(cutter.finish(), whole);
    assert_eq!(whole.len(), 6000);
}

#[test]
fn silence_and_nonsense_do_not_move_the_groove() {
    for sample in [0.0, f64::NAN, f64::INFINITY] {
        let block = Block::from_channels(&[vec![sample; 4410], vec![sample; 4410]]);
        assert!(cut(44_100, &block).iter().all(|sector| *sector == Sector::default()));
    }
    assert!(cut(44_100, &Block::new(2, 0)).is_empty());
    assert!(Cutter::new(SampleRate(4_000), Speed::Long, &lathe()).is_err());
    let mut cutter = Cutter::new(SampleRate(44_100), Speed::Long, &lathe()).unwrap();
    assert_eq!(cutter.push(&Block::new(1, 8)), Err(MediumError::Channels(1)));
}
