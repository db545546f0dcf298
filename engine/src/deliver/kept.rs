//! Measurements of delivered files, kept in the cache by the SHA-256 of the file: the same bytes measure the same.

use std::fs;

use sha2::{Digest, Sha256};

use crate::analysis::measure::Measured;
use crate::container::pending::write_whole;
use crate::restore::Shelf;

/// Bytes of the checksum at the end.
const SUM_BYTES: usize = 32;

fn name(sha256: &str) -> String {
    format!("measured-{sha256}.bin")
}

/// What was measured in the file of this SHA-256, where it is kept and whole.
pub(super) fn find(shelf: &Shelf, sha256: &str) -> Option<Measured> {
    let Shelf::Cache(cache) = shelf else { return None };
    // The name is made of a manifest's word: only a plain one leads anywhere.
    if sha256.is_empty() || !sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let bytes = fs::read(cache.find(&name(sha256))?).ok()?;
    let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(SUM_BYTES)?)?;
    if Sha256::digest(body).as_slice() != sum {
        return None;
    }
    Measured::from_bytes(body).ok()
}

/// Keeps what was measured in the file of this SHA-256. What cannot be kept is measured again one day.
pub(super) fn keep(shelf: &Shelf, sha256: &str, measured: &Measured) {
    let Shelf::Cache(cache) = shelf else { return };
    let Ok(path) = cache.target(&name(sha256)) else { return };
    let mut bytes = measured.to_bytes();
    let sum = Sha256::digest(&bytes);
    bytes.extend(sum);
    if write_whole(&path, &bytes).is_ok() {
        // A cache that cannot be tidied now is tidied by the next entry.
        let _ = cache.settle(&path);
    }
}
