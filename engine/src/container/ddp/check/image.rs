//! The sound of the image: silent where the disc has its first pause, and with its bytes in order.

use std::io;

use crate::container::ddp::fault::{Code, Fault};
use crate::container::ddp::image::samples;
use crate::container::ddp::{FIRST_PAUSE, Fileset, Image, SECTOR_BYTES};

/// Stretches looked at for the order of bytes, and the sectors of each: five seconds of sound from all over the disc.
const STRETCHES: u64 = 64;
const STRETCH_SECTORS: u64 = 6;
/// How much rougher the samples must be as they stand than with their bytes swapped. Music read the wrong way round is
/// 5 to 100 times as rough; noise of full scale is as rough either way.
const ROUGHER: f64 = 2.0;

pub(super) fn check(set: &Fileset, faults: &mut Vec<Fault>) {
    let image = &set.image;
    let Some(name) = image.files().next().map(|path| path.display().to_string()) else { return };
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default().to_string();
    match first_sound(image) {
        Ok(Some(sector)) => {
            let said = format!("sound in sector {sector} of the two seconds before track 1");
            faults.push(Fault::warn(Code::ImageSound, &name, said));
        }
        Ok(None) => {}
        Err(error) => faults.push(Fault::fail(Code::ImageLength, &name, format!("cannot be read: {error}"))),
    }
    match roughness(image) {
        Ok((here, swapped)) if here > ROUGHER * swapped => {
            let said = format!("read with swapped bytes it is {:.0} times as smooth", here / swapped.max(1.0));
            faults.push(Fault::fail(Code::ImageEndian, &name, said));
        }
        Ok(_) => {}
        Err(error) => faults.push(Fault::fail(Code::ImageLength, &name, format!("cannot be read: {error}"))),
    }
}

/// The first sector of the first pause that is not silent.
fn first_sound(image: &Image) -> io::Result<Option<u64>> {
    let sectors = (FIRST_PAUSE as u64).min(image.end().0 as u64);
    let mut bytes = vec![0; (sectors * SECTOR_BYTES) as usize];
    image.reader().read(0, &mut bytes)?;
    Ok(bytes.iter().position(|byte| *byte != 0).map(|at| at as u64 / SECTOR_BYTES))
}

/// The mean difference between neighbouring samples, as they stand and with their bytes swapped.
fn roughness(image: &Image) -> io::Result<(f64, f64)> {
    let (start, end) = (image.start().0.max(0) as u64, image.end().0.max(0) as u64);
    let mut reader = image.reader();
    let (mut here, mut swapped) = (0u64, 0u64);
    for stretch in 0..STRETCHES {
        let at = start + (end - start) * stretch / STRETCHES;
        let mut bytes = vec![0; (STRETCH_SECTORS.min(end - at) * SECTOR_BYTES) as usize];
        reader.read(at, &mut bytes)?;
        let mut before = [0i16; 2];
        for frame in samples(&bytes) {
            for channel in 0..2 {
                let (one, other) = (before[channel], frame[channel]);
                here += u64::from(one.abs_diff(other));
                swapped += u64::from(one.swap_bytes().abs_diff(other.swap_bytes()));
            }
            before = frame;
        }
    }
    Ok((here as f64, swapped as f64))
}
