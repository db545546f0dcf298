//! Filesets as other programs write them: taken, with at most a word about what is unusual.

use super::*;

fn only_warns(files: &Files, expected: &[&str]) {
    let faults = files.clone().summed().faults();
    assert!(faults.iter().all(|fault| fault.severity == Severity::Warn), "{faults:#?}");
    assert_eq!(codes(&faults), expected);
}

fn example_without_text() -> Files {
    let mut files = Files::example();
    files.0.remove("CDTEXT.BIN");
    files.bytes("DDPMS").drain(..128);
    files
}

#[test]
fn names_and_numbers_of_cue2ddp() {
    let mut files = example_without_text();
    let points = files.0.remove("PQDESCR").unwrap();
    files.0.insert("SD".into(), points);
    files.put("DDPMS", 74, "SD               ");
    files.put("DDPMS", 128 + 22, "        ");
    files.put("DDPMS", 128 + 41, "1");
    // The ISRC on the first packet of a track alone.
    files.put("SD", 128 + 20, "            ");
    files.put("SD", 256 + 20, "            ");
    only_warns(&files, &[]);
}

#[test]
fn padding_order_and_single_lead_out_of_others() {
    let mut files = Files::example();
    // Zeros in front of numbers, user data only, one lead-out, the map in another order, its length in DDPID.
    files.put("DDPMS", 14, "00000180");
    files.put("DDPMS", 128 + 14, "00000384");
    files.put("DDPMS", 256 + 14, "00001425");
    files.put("DDPMS", 256 + 40, "0");
    files.put("DDPMS", 256 + 46, "0150");
    for packet in 0..3 {
        files.put("DDPMS", packet * 128 + 71, "017");
    }
    files.put("DDPMS", 55, "  ");
    files.bytes("DDPMS").rotate_left(256);
    files.put("DDPID", 29, "00000384");
    files.bytes("PQDESCR").truncate(384);
    only_warns(&files, &["MS-SSM", "PQ-LEADOUT"]);
}

#[test]
fn an_image_without_the_first_pause() {
    let mut files = Files::example();
    files.bytes("IMAGE.DAT").drain(..150 * 2352);
    files.put("DDPMS", 256 + 14, "    1275");
    files.put("DDPMS", 256 + 22, "00000150");
    files.put("DDPMS", 256 + 46, "   0");
    only_warns(&files, &["MS-DSS"]);
    // Track 1 lies at the same A-time as in the whole image.
    let folder = tempfile::tempdir().unwrap();
    files.0.iter().for_each(|(name, bytes)| fs::write(folder.path().join(name), bytes).unwrap());
    let set = Fileset::open(folder.path()).unwrap();
    let mut bytes = vec![0; 2 * 2352];
    set.image.reader().read(149, &mut bytes).unwrap();
    assert_eq!(
        (&bytes[2348..2356], set.disc.tracks[0].start()),
        (&[0, 0, 0, 0, 0x23, 1, 0xDC, 0xFE][..], CdFrame(150))
    );
}

#[test]
fn one_image_per_track() {
    let mut files = Files::example();
    let image = files.0.remove("IMAGE.DAT").unwrap();
    let (first, second) = image.split_at(900 * 2352);
    files.0.insert("TRACK01.DAT".into(), first.to_vec());
    files.0.insert("TRACK02.DAT".into(), second.to_vec());
    let map = files.bytes("DDPMS");
    map.extend_from_within(256..384);
    files.put("DDPMS", 256 + 14, "     900");
    files.put("DDPMS", 256 + 55, "01");
    files.put("DDPMS", 256 + 59, "USABC2600001");
    files.put("DDPMS", 256 + 74, "TRACK01.DAT");
    files.put("DDPMS", 384 + 14, "     525");
    files.put("DDPMS", 384 + 22, "        ");
    files.put("DDPMS", 384 + 55, "02");
    files.put("DDPMS", 384 + 74, "TRACK02.DAT");
    only_warns(&files, &[]);
}

#[test]
fn a_byte_behind_the_texts_and_names_in_small_letters() {
    let mut files = Files::example();
    files.bytes("CDTEXT.BIN").push(0);
    files.put("DDPMS", 14, "     181");
    let image = files.0.remove("IMAGE.DAT").unwrap();
    files.0.insert("image.dat".into(), image);
    only_warns(&files, &["CDT-LEN", "MS-DSI"]);
}

#[test]
fn positions_as_the_documentation_has_them() {
    let mut files = Files::example();
    // Documentation says 15 where a string began before the previous pack; programs count on.
    let mut long = example().1;
    long.blocks[0].set(Kind::Title, 0, &"a".repeat(30));
    let packs = long.encode().unwrap();
    files.put("DDPMS", 14, &format!("{:>8}", packs.len()));
    files.0.insert("CDTEXT.BIN".into(), packs);
    files.pack(1, 3, 12);
    only_warns(&files, &[]);
    files.pack(2, 3, 15);
    only_warns(&files, &[]);
}

#[test]
fn a_disc_without_codes_and_hours_that_are_zero() {
    let mut files = example_without_text();
    files.put("DDPID", 8, "             ");
    files.put("PQDESCR", 32, "             ");
    for packet in 0..7 {
        files.put("PQDESCR", packet * 64 + 8, "00");
        files.put("PQDESCR", packet * 64 + 20, "            ");
    }
    only_warns(&files, &[]);
    // Some tracks with a code, and twice the same.
    files.put("PQDESCR", 64 + 20, "USABC2600001");
    only_warns(&files, &["PQ-ISRC"]);
    files.put("PQDESCR", 192 + 20, "USABC2600001");
    only_warns(&files, &["PQ-ISRC"]);
}

/// A hidden song of more than two minutes: the field of the map has four digits and stays blank.
#[test]
fn a_pause_longer_than_its_field() {
    let mut files = Files::example();
    let packet = Packet::image("IMAGE.DAT", 20_000, 16_811).encode();
    assert_eq!((&packet[14..22], &packet[46..50]), (&b"   20000"[..], &b"    "[..]));
    files.put("DDPMS", 256 + 46, "    ");
    only_warns(&files, &["MS-PRE2"]);
    let (disc, _) = example();
    let mut late = disc.clone();
    late.tracks[0].indices[1].at = CdFrame(16_811);
    late.tracks.truncate(1);
    late.lead_out = CdFrame(20_000);
    let made = Descriptors::new(&late, None, "").unwrap();
    let folder = tempfile::tempdir().unwrap();
    made.files().iter().for_each(|(name, bytes)| fs::write(folder.path().join(name), bytes).unwrap());
    fs::File::create(folder.path().join("IMAGE.DAT")).unwrap().set_len(20_000 * SECTOR_BYTES).unwrap();
    assert_eq!(check(&Fileset::open(folder.path()).unwrap(), false), []);
}

#[test]
fn sound_before_the_first_track_is_told() {
    let mut files = Files::example();
    files.bytes("IMAGE.DAT")[149 * 2352] = 1;
    only_warns(&files, &["IMG-SOUND"]);
}
