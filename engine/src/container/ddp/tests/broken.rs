//! Filesets broken on purpose, with checksums that fit: each is caught, by the code of what is wrong.

use super::*;

type Change = fn(&mut Files);

/// The code, and what is done to the worked example. Offsets are those of the format.
const BROKEN: &[(&str, Change)] = &[
    ("ID-MISSING", |f| drop(f.0.remove("DDPID"))),
    ("ID-LEN", |f| f.bytes("DDPID").push(b' ')),
    ("ID-LEN", |f| f.bytes("DDPID").truncate(100)),
    ("ID-LEVEL", |f| f.put("DDPID", 0, "DDP 1.01")),
    ("ID-LEVEL", |f| f.put("DDPID", 4, "2.10")),
    ("ID-TYPE", |f| f.put("DDPID", 87, "DV")),
    ("ID-NUM", |f| f.put("DDPID", 21, "X")),
    ("ID-TXT", |f| f.put("DDPID", 93, "99")),
    ("E-ASCII", |f| f.bytes("DDPID")[40] = 0),
    ("E-ASCII", |f| f.bytes("DDPMS")[20] = b'\n'),
    ("E-ASCII", |f| f.bytes("PQDESCR")[60] = 0xE4),
    ("MS-MISSING", |f| drop(f.0.remove("DDPMS"))),
    ("MS-LEN", |f| f.bytes("DDPMS").truncate(383)),
    ("MS-MPV", |f| f.put("DDPMS", 128, "VVVX")),
    ("MS-DST", |f| f.put("DDPMS", 4, "Q7")),
    ("MS-DSL", |f| f.put("DDPMS", 14, "     181")),
    ("MS-DSL", |f| f.put("DDPMS", 128 + 14, "     4x8")),
    ("MS-DSL", |f| f.put("DDPMS", 14, "        ")),
    ("MS-SUB", |f| f.put("DDPMS", 30, "RW24XX  ")),
    ("MS-CDM", |f| f.put("DDPMS", 256 + 38, "00")),
    ("MS-SSM", |f| f.put("DDPMS", 256 + 40, "8")),
    ("MS-SCR", |f| f.put("DDPMS", 256 + 41, "Y")),
    ("MS-SIZ", |f| f.put("DDPMS", 71, " 18")),
    ("MS-DSI", |f| f.put("DDPMS", 128 + 74, "                 ")),
    ("MS-DSI", |f| f.put("DDPMS", 256 + 74, "../IMAGE.DAT")),
    ("MS-DSS", |f| f.put("DDPMS", 256 + 22, "00000075")),
    ("MS-PRE2", |f| f.put("DDPMS", 256 + 46, " 151")),
    ("MS-ISRC", |f| f.put("DDPMS", 256 + 59, "USABC26000X1")),
    ("MS-ISRC", |f| f.put("DDPMS", 256 + 59, "USABC2600009")),
    ("MS-NUM", |f| f.put("DDPMS", 256 + 50, "abcd")),
    ("MS-DUP", |f| f.bytes("DDPMS").extend_from_within(128..256)),
    ("MS-DUP", |f| f.bytes("DDPMS").extend_from_within(256..384)),
    ("MS-NOPQ", |f| drop(f.bytes("DDPMS").drain(128..256))),
    ("MS-NOAUDIO", |f| f.bytes("DDPMS").truncate(256)),
    ("FILE-MISSING", |f| drop(f.0.remove("PQDESCR"))),
    ("FILE-MISSING", |f| drop(f.0.remove("IMAGE.DAT"))),
    ("FILE-MISSING", |f| drop(f.0.remove("CDTEXT.BIN"))),
    ("IMG-ALIGN", |f| f.bytes("IMAGE.DAT").truncate(2352 * 1425 - 1)),
    ("IMG-LEN", |f| f.bytes("IMAGE.DAT").truncate(2352 * 1424)),
    ("IMG-LEN", |f| f.bytes("IMAGE.DAT").extend([0; 2352])),
    ("IMG-ENDIAN", |f| f.bytes("IMAGE.DAT").chunks_exact_mut(2).for_each(|word| word.swap(0, 1))),
    ("PQ-LEN", |f| f.bytes("PQDESCR").push(b' ')),
    ("PQ-SPV", |f| f.put("PQDESCR", 0, "VVVM")),
    ("PQ-TRK", |f| f.put("PQDESCR", 64 + 4, "BB")),
    ("PQ-IDX", |f| f.put("PQDESCR", 64 + 6, "1 ")),
    ("PQ-MSF", |f| f.put("PQDESCR", 128 + 12, "60")),
    ("PQ-MSF", |f| f.put("PQDESCR", 128 + 14, "75")),
    ("PQ-ORDER", |f| f.put("PQDESCR", 256 + 10, "000159")),
    ("PQ-TRKSEQ", |f| [192, 256].into_iter().for_each(|at| f.put("PQDESCR", at + 4, "03"))),
    ("PQ-IDXSEQ", |f| f.put("PQDESCR", 256 + 6, "02")),
    ("PQ-NOIDX1", |f| drop(f.bytes("PQDESCR").drain(256..320))),
    ("PQ-LEADIN", |f| drop(f.bytes("PQDESCR").drain(..64))),
    ("PQ-LEADIN", |f| f.put("PQDESCR", 6, "01")),
    ("PQ-LEADOUT", |f| f.bytes("PQDESCR").truncate(320)),
    ("PQ-LEADOUT", |f| f.put("PQDESCR", 384 + 14, "01")),
    ("PQ-IMAGE", |f| [320, 384].into_iter().for_each(|at| f.put("PQDESCR", at + 14, "01"))),
    ("PQ-CTRL", |f| f.put("PQDESCR", 128 + 16, "0X")),
    ("PQ-CTRL", |f| f.put("PQDESCR", 128 + 16, "11")),
    ("PQ-CTRL", |f| [64, 128].into_iter().for_each(|at| f.put("PQDESCR", at + 16, "41"))),
    ("PQ-CTRL", |f| [192, 256].into_iter().for_each(|at| f.put("PQDESCR", at + 16, "2S"))),
    ("PQ-CTRL", |f| f.put("PQDESCR", 320 + 16, "21")),
    ("PQ-ISRC", |f| [64, 128].into_iter().for_each(|at| f.put("PQDESCR", at + 20, "U1ABC2600001"))),
    ("PQ-ISRC", |f| f.put("PQDESCR", 128 + 20, "USABC2600007")),
    ("UPC-FORM", |f| f.put("DDPID", 8, "400638133393 ")),
    ("UPC-CHECK", |f| f.put("DDPID", 8, "4006381333932")),
    ("UPC-DIFF", |f| f.put("DDPID", 8, "0036000291452")),
    ("UPC-DIFF", |f| f.put("PQDESCR", 32, "0036000291452")),
    ("RB-COUNT", |f| drop(f.bytes("PQDESCR").drain(64..320))),
    ("RB-PREGAP1", |f| f.put("PQDESCR", 128 + 10, "000174")),
    ("RB-PREGAP1", |f| drop(f.bytes("PQDESCR").drain(64..128))),
    ("RB-TRACKLEN", |f| f.put("PQDESCR", 256 + 10, "001600")),
    ("RB-TOTAL", |f| [320, 384].into_iter().for_each(|at| f.put("PQDESCR", at + 10, "800000"))),
    ("CDT-LEN", |f| f.bytes("CDTEXT.BIN").truncate(179)),
    ("CDT-HEADER", |f| drop(f.bytes("CDTEXT.BIN").splice(..0, [0, 182, 0, 0]))),
    ("CDT-CRC", |f| f.bytes("CDTEXT.BIN")[5] ^= 1),
    ("CDT-TYPE", |f| f.pack(2, 0, 0x8A)),
    ("CDT-SEQ", |f| f.pack(3, 2, 9)),
    ("CDT-BLOCK", |f| f.pack(9, 3, 0x20)),
    ("CDT-ORDER", |f| f.pack(0, 0, 0x81)),
    ("CDT-SIZE", |f| f.pack(7, 8, 7)),
    ("CDT-SIZE", |f| drop(f.bytes("CDTEXT.BIN").drain(126..))),
    ("CDT-TRKNO", |f| f.pack(1, 1, 1)),
    ("CDT-POS", |f| f.pack(1, 3, 7)),
    ("CDT-TRACKS", |f| f.pack(7, 6, 3)),
    ("CDT-TRACKS", |f| f.pack(2, 8, b'x')),
    ("CDT-CHARSET", |f| f.pack(7, 4, 0x81)),
    ("CDT-CHARSET", |f| f.pack(0, 3, 0x80)),
    ("CDT-GENRE", |f| f.pack(6, 0, 0x87)),
    ("CDT-TOC", |f| f.pack(6, 0, 0x88)),
    ("CDT-CODES", |f| f.pack(4, 10, b'Z')),
    ("CDT-UNMAPPED", |f| f.pack(0, 5, 3)),
    ("UPC-DIFF", |f| f.pack(3, 4, b'5')),
    ("SUM-NONE", |f| drop(f.0.remove("CHECKSUM.MD5"))),
];

fn severity(faults: &[Fault], code: &str) -> Option<Severity> {
    faults.iter().filter(|fault| fault.code.id() == code).map(|fault| fault.severity).max()
}

#[test]
fn what_is_broken_is_caught_by_its_code() {
    assert!(BROKEN.len() > 90);
    let sound = Files::example();
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join(Names::IMAGE);
    fs::write(&image, &sound.0[Names::IMAGE]).unwrap();
    let mut missed = Vec::new();
    for (code, change) in BROKEN {
        let mut files = sound.clone();
        change(&mut files);
        let same_image = files.0.get(Names::IMAGE) == sound.0.get(Names::IMAGE);
        let faults = match *code {
            "SUM-NONE" => files.faults(),
            _ if same_image => files.descriptor_faults(&image),
            _ => files.summed().faults(),
        };
        let expected = if *code == "SUM-NONE" { Severity::Warn } else { Severity::Fail };
        // A changed UPC in the texts breaks its check digit before it differs.
        let caught = severity(&faults, code) == Some(expected)
            || (*code == "UPC-DIFF" && severity(&faults, "UPC-CHECK") == Some(Severity::Fail));
        if !caught {
            missed.push(format!("{code}: {:?}", codes(&faults)));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn checksums_tell_what_content_cannot() {
    let mut files = Files::example();
    files.bytes("IMAGE.DAT")[500_000] ^= 1;
    assert_eq!(codes(&files.faults()), ["SUM-BAD"]);
    let mut files = Files::example();
    let list = String::from_utf8(files.0["CHECKSUM.MD5"].clone()).unwrap();
    let shorter: Vec<&str> = list.lines().filter(|line| !line.ends_with("DDPMS")).collect();
    files.0.insert("CHECKSUM.MD5".into(), (shorter.join("\n") + "\n").into_bytes());
    assert_eq!(codes(&files.faults()), ["SUM-INCOMPLETE"]);
    let mut files = Files::example();
    files.bytes("CHECKSUM.MD5").extend(b"cc92d0f84d8c10bbdadc94aa6717a836 *OTHER\n");
    assert_eq!(codes(&files.faults()), ["SUM-FILE"]);
}

#[test]
fn every_code_is_told_apart() {
    let mut ids: Vec<_> = Code::ALL.iter().map(|code| code.id()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), Code::ALL.len());
    let shown: Vec<&str> = BROKEN.iter().map(|(code, _)| *code).collect();
    let elsewhere = ["SUM-BAD", "SUM-FILE", "SUM-INCOMPLETE", "IMG-SOUND"];
    let unshown: Vec<_> = ids.iter().filter(|id| !shown.contains(id) && !elsewhere.contains(id)).collect();
    assert!(unshown.is_empty(), "{unshown:?}");
}
