use super::super::tests::{music, read, repaired, task};

fn sdr(truth: &[f64], found: &[f64]) -> f64 {
    let energy = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>();
    let error = energy(&mut truth.iter().zip(found).map(|(a, b)| a - b));
    10.0 * libm::log10(energy(&mut truth.iter().copied()) / error.max(1e-30))
}

#[test]
fn cut_tops_come_back_and_everything_else_stays() {
    let clean = music(30_000);
    let mut cut = clean.clone();
    for channel in &mut cut.0 {
        channel[12_000..16_000].iter_mut().for_each(|sample| *sample = sample.clamp(-0.25, 0.22));
    }
    let declip = task("declip", 11_000..17_000, &[0, 1], &[("quality", 1.0)]);
    let out = read(&mut repaired(&cut, &[declip]), 4096);
    for channel in 0..2 {
        let part = 12_000..16_000;
        let before = sdr(&clean.0[channel][part.clone()], &cut.0[channel][part.clone()]);
        let after = sdr(&clean.0[channel][part.clone()], &out[channel][part]);
        assert!(after > before + 10.0, "{before} {after}");
        for n in 0..30_000 {
            let (was, is) = (cut.0[channel][n], out[channel][n]);
            match was {
                0.22 => assert!(is >= was),
                -0.25 => assert!(is <= was),
                _ => assert_eq!(is.to_bits(), was.to_bits()),
            }
        }
    }
}

#[test]
fn what_was_not_clipped_is_left() {
    let clean = music(30_000);
    let out = read(&mut repaired(&clean, &[task("declip", 0..30_000, &[0, 1], &[])]), 4096);
    assert_eq!(out, clean.0);
}
