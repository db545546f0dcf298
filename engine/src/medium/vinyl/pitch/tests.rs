use proptest::prelude::*;

use super::*;
use crate::medium::vinyl::{Size, Speed, Stylus};
use crate::profile::load;

fn setting() -> (Disc, Lathe) {
    let profile = load("vinyl", None).unwrap().unwrap();
    (Disc::new(Size::Twelve, Speed::Long, &profile).unwrap(), Lathe::new(&profile, Stylus::Elliptical).unwrap())
}

/// A small generator of its own: the same programmes on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Sixty turns with loud and soft stretches, single bursts and deep vertical movement.
fn programme(seed: u64) -> Vec<Sector> {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let (mut level, mut vertical, mut left) = (1.0, 0.0, 0);
    let mut sectors = Vec::new();
    for _ in 0..60 * SECTORS {
        if left == 0 {
            left = 1 + (dice.next() * 400.0) as usize;
            level = dice.next() * dice.next() * 80.0;
            vertical = if dice.next() < 0.3 { dice.next() * 90.0 } else { 0.0 };
        }
        left -= 1;
        let burst = if dice.next() < 0.003 { 70.0 } else { 0.0 };
        sectors.push(Sector {
            outward_um: level * dice.next() + burst * dice.next(),
            inward_um: level * dice.next() + burst * dice.next(),
            narrower_um: vertical * dice.next() + burst * dice.next(),
            wider_um: vertical * dice.next(),
            ..Sector::default()
        });
    }
    sectors
}

#[test]
fn the_largest_of_a_window_reads_like_arithmetic() {
    let values = [1.0, 5.0, 2.0, 0.0, 3.0];
    assert_eq!(largest(&values, 0, 0), values);
    assert_eq!(largest(&values, 1, 0), [1.0, 5.0, 5.0, 2.0, 3.0]);
    assert_eq!(largest(&values, 0, 2), [5.0, 5.0, 3.0, 3.0, 3.0]);
    assert!(largest(&[], 3, 3).is_empty());
}

#[test]
fn silence_takes_one_width_and_the_land() {
    let (disc, lathe) = setting();
    let spiral = Demand::new(&vec![Sector::default(); 3 * SECTORS], &[], &disc, &lathe).spiral(Db(0.0), &disc, &lathe);
    assert!(spiral.pitch_um.iter().all(|pitch| *pitch == lathe.width_um + lathe.land_um));
    let way = 1000.0 * (disc.outer_mm - spiral.end_mm());
    assert!((way - 3.0 * (lathe.width_um + lathe.land_um)).abs() < 1e-9);
}

/// The proof by brute force: no two neighbours of three hundred programmes come closer than asked, at any level.
#[test]
fn no_land_is_ever_under_the_asked_value() {
    let (disc, lathe) = setting();
    let mut least = f64::INFINITY;
    for seed in 0..300 {
        let sectors = programme(seed);
        let demand = Demand::new(&sectors, &[40 * SECTORS], &disc, &lathe);
        let level = Db([-6.0, 0.0, 4.5][seed as usize % 3]);
        let spiral = demand.spiral(level, &disc, &lathe);
        let (land, sector) = spiral.least_land(&sectors, level).unwrap();
        assert!(land >= lathe.land_um - 1e-6, "programme {seed}, sector {sector}: {land}");
        least = least.min(land);
    }
    // The rule is near the need, not merely generous.
    assert!(least < lathe.land_um + 25.0, "{least}");
}

/// The naive rule, which looks at the width of the moment only, collides on the same programmes.
#[test]
fn without_looking_ahead_at_the_depth_grooves_collide() {
    let (disc, lathe) = setting();
    let mut collisions = 0;
    for seed in 0..40 {
        let sectors = programme(seed);
        let mut demand = Demand::new(&sectors, &[], &disc, &lathe);
        demand.narrowing_near_um = demand.narrowing_um.clone();
        let spiral = demand.spiral(Db(0.0), &disc, &lathe);
        collisions += usize::from(spiral.least_land(&sectors, Db(0.0)).unwrap().0 < 0.0);
    }
    assert!(collisions > 0);
}

#[test]
fn a_band_between_songs_takes_its_width() {
    let (disc, lathe) = setting();
    let sectors = vec![Sector::default(); 10 * SECTORS];
    let plain = Demand::new(&sectors, &[], &disc, &lathe).use_mm(Db(0.0), &lathe);
    let marked = Demand::new(&sectors, &[3 * SECTORS], &disc, &lathe).use_mm(Db(0.0), &lathe);
    assert!((marked - plain - lathe.marker_mm).abs() < 1e-9);
}

proptest! {
    #[test]
    fn louder_always_takes_more_land(seed in 0u64..10_000, level in -20.0f64..3.0) {
        let (disc, lathe) = setting();
        let sectors = programme(seed);
        let demand = Demand::new(&sectors[..10 * SECTORS], &[], &disc, &lathe);
        let (soft, loud) = (demand.use_mm(Db(level), &lathe), demand.use_mm(Db(level + 3.0), &lathe));
        prop_assert!(loud > soft);
        let spiral = demand.spiral(Db(level), &disc, &lathe);
        prop_assert!((disc.outer_mm - spiral.end_mm() - soft).abs() < 1e-9);
    }
}
