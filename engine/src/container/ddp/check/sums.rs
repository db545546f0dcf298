//! The lists of checksums beside the fileset against its files.

use std::collections::BTreeMap;

use crate::container::ddp::fault::{Code, Fault};
use crate::container::ddp::{Fileset, sum};

pub(super) fn check(set: &Fileset, faults: &mut Vec<Fault>) {
    let lists = sum::lists(&set.folder).unwrap_or_default();
    let mut known: BTreeMap<String, (String, String)> = BTreeMap::new();
    let mut any = false;
    for list in &lists {
        let file = list.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let bytes = match std::fs::read(list) {
            Ok(bytes) => bytes,
            Err(error) => {
                faults.push(Fault::fail(Code::SumNone, &file, format!("cannot be read: {error}")));
                continue;
            }
        };
        let sums = sum::parse(&String::from_utf8_lossy(&bytes));
        any |= !sums.is_empty();
        for sum in &sums {
            one(set, sum, &file, &mut known, faults);
        }
        let missing: Vec<String> = set
            .files()
            .into_iter()
            .filter(|name| !sums.iter().any(|sum| sum.name.eq_ignore_ascii_case(name)))
            .collect();
        if !sums.is_empty() && !missing.is_empty() {
            let said = format!("it lists no checksum of {}", missing.join(", "));
            faults.push(Fault::fail(Code::SumIncomplete, &file, said));
        }
    }
    if !any {
        let said = "no list of checksums lies beside the fileset: damage on the way cannot be seen";
        faults.push(Fault::warn(Code::SumNone, "", said));
    }
}

fn one(
    set: &Fileset,
    sum: &sum::Sum,
    file: &str,
    known: &mut BTreeMap<String, (String, String)>,
    faults: &mut Vec<Fault>,
) {
    let path = set.folder.join(&sum.name);
    if !path.is_file() {
        faults.push(Fault::fail(Code::SumFile, file, format!("{} is listed and not there", sum.name)));
        return;
    }
    if !known.contains_key(&sum.name) {
        match sum::of_file(&path) {
            Ok(sums) => {
                known.insert(sum.name.clone(), sums);
            }
            Err(error) => return faults.push(Fault::fail(Code::SumBad, &sum.name, format!("cannot be read: {error}"))),
        }
    }
    let Some((md5, crc)) = known.get(&sum.name) else { return };
    let found = if sum.digits.len() == 8 { crc } else { md5 };
    if *found != sum.digits {
        let said = format!("{file} lists {}, the file has {found}", sum.digits);
        faults.push(Fault::fail(Code::SumBad, &sum.name, said));
    }
}
