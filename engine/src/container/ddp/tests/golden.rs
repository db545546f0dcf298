//! Bytes that other programs wrote, and the worked example of the format's description.

use md5::{Digest, Md5};

use super::*;

fn md5_of(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn crc_of(bytes: &[u8]) -> u32 {
    let mut crc = sum::Crc32::default();
    crc.update(bytes);
    crc.finish()
}

#[test]
fn the_worked_example_is_reproduced_byte_for_byte() {
    let files = Files::example().0;
    let sums: Vec<(&str, String)> = files.iter().map(|(name, bytes)| (name.as_str(), md5_of(bytes))).collect();
    let expected = [
        ("CDTEXT.BIN", "f35c091b748f3a3f434a179ab654670f"),
        ("DDPID", "cc92d0f84d8c10bbdadc94aa6717a836"),
        ("DDPMS", "3cc9c67e2e26e0c8e6c5c3927acff991"),
        ("IMAGE.DAT", "2fe84c0d539059cb634c615ec946fb3b"),
        ("PQDESCR", "182fc177a82c92dd53d4bac0c75e5bf9"),
    ];
    for (name, md5) in expected {
        assert!(sums.contains(&(name, md5.into())), "{name}: {}", files[name].escape_ascii());
    }
    let image = &files["IMAGE.DAT"];
    for (at, bytes) in
        [(0, [0u8; 4]), (352_800, [0x23, 1, 0xDC, 0xFE]), (2_116_800, [0; 4]), (2_469_600, [0x56, 4, 0xAA, 0xFB])]
    {
        assert_eq!(image[at..at + 4], bytes);
    }
    assert_eq!(Files::example().faults(), []);
}

/// What cue2ddp 1.1 wrote for three tracks with marks at 0, 2, 10, 11, 15, 20, 22 and 30 s: its checksums, published
/// with a study of the program.
#[test]
fn a_set_of_cue2ddp_is_reproduced_byte_for_byte() {
    let track = |number, marks: &[(u8, i64)]| Track {
        number,
        indices: marks.iter().map(|(number, seconds)| Index { number: *number, at: CdFrame(seconds * 75) }).collect(),
        ..Track::default()
    };
    let disc = Disc {
        upc: String::new(),
        tracks: vec![
            track(1, &[(0, 0), (1, 2)]),
            track(2, &[(0, 10), (1, 11), (2, 15)]),
            track(3, &[(0, 20), (1, 22)]),
        ],
        lead_out: CdFrame(30 * 75),
    };
    let made = Descriptors::new(&disc, None, "").unwrap();
    assert_eq!((crc_of(&made.id), crc_of(&made.points)), (0x730D_C92D, 0x9E1F_343B));
    // It calls the PQ descriptor SD, marks the image as scrambled and leaves its start blank.
    let mut image = Packet::image("IMAGE.DAT", 2250, 150);
    (image.start, image.scrambled) = (None, "1".into());
    let map = [Packet::descriptor("PQ DESCR", "SD", made.points.len() as u64).encode(), image.encode()].concat();
    assert_eq!(crc_of(&map), 0x9F2C_90E1);
    let plain = Packet::image("IMAGE.DAT", 2250, 150).encode();
    assert_eq!(&plain[22..30], b"00000000");
}

/// Its packets of one track with ISRC and UPC, and with three flags.
#[test]
fn packets_of_cue2ddp_are_reproduced_byte_for_byte() {
    let index = |number, at| Index { number, at: CdFrame(at) };
    let mut disc = Disc {
        upc: "0123456789012".into(),
        tracks: vec![Track {
            number: 1,
            isrc: "USABC1234567".into(),
            indices: vec![index(0, 0), index(1, 150)],
            ..Track::default()
        }],
        lead_out: CdFrame(900),
    };
    let encoded = |disc: &Disc| {
        // It writes the ISRC on the first packet of a track alone.
        let mut points = disc.points();
        points[2].isrc.clear();
        String::from_utf8(points.iter().flat_map(Point::encode).collect()).unwrap()
    };
    let packet = |head: &str, isrc: &str, upc: &str| format!("VVVS{head}  {isrc:<12}{upc:<32}");
    let expected = [
        packet("0000  00000001", "", "0123456789012"),
        packet("0100  00000001", "USABC1234567", ""),
        packet("0101  00020001", "", ""),
        packet("AA01  00120001", "", ""),
        packet("AA01  00120001", "", ""),
    ];
    assert_eq!(encoded(&disc), expected.concat());
    let flags = Control { pre_emphasis: true, copy_permitted: true, four_channels: true, ..Control::default() };
    (disc.tracks[0].control, disc.tracks[0].isrc, disc.upc) = (flags, String::new(), String::new());
    assert!(encoded(&disc).contains("VVVS0100  000000B1") && encoded(&disc).contains("VVVS0101  000200B1"));
}

/// Its CD-Text of a disc with a songwriter that the second track lacks: 198 bytes, by their checksum.
#[test]
fn texts_of_cue2ddp_are_reproduced_byte_for_byte() {
    let mut block = Block::new(Language::ENGLISH, Charset::Latin1, 2);
    for (kind, strings) in [
        (Kind::Title, ["Disc Title", "Track One", "Track Two"]),
        (Kind::Performer, ["Disc Performer", "Perf One", "Perf Two"]),
        (Kind::Songwriter, ["Disc Writer", "Writer One", ""]),
    ] {
        strings.iter().enumerate().for_each(|(place, text)| block.set(kind, place, text));
    }
    let packs = CdText { blocks: vec![block] }.encode().unwrap();
    assert_eq!(
        (packs.len(), crc_of(&packs), md5_of(&packs).as_str()),
        (198, 0x52E0_1BE4, "6446664ada333c1e8ffca967c4ceed42")
    );
}

/// Packs that libburn 1.5.4 built from a sheet of Sony's form.
const LIBBURN: &str = "
    800000004a6f7966756c204e69676874f0f7
    8000010c73c900536f6e67206f66204a9476
    800102096f790044e96ae0207675004d667c
    800303016565204f7777777700000000e5b5
    81000400556e6974656420436174204f4b4d
    8100050c72636865737472610046656cfb54
    81010603697820616e64205468652050956e
    8101070f757272730043617477616c6bf179
    81020807204265617574696573000900d0e2
    82000900566172696f757320536f6e678c7a
    82000a0c777269746572730046726965b26a
    82010b04647269636820536368696c6cea7b
    82010c0f65720000000000000000000068e7
    86000d003132333435363738393000002ead
    87000e00000546656c696e6520636c615e03
    87000f0a73736963206d757369630000c3f0
    8e001000313233343536373839303132b4c5
    8e00110c330058594352523131303132fd75
    8e01120a333400585943525231313031581b
    8e02130932333500585943525231313052dd
    8e0314083132333600000000000000004232
    8f001500000103000405040000000102c439
    8f0116000000000000000503170000000aa1
    8f0217000000000009000000000000002cb5
";

#[test]
fn texts_of_libburn_are_reproduced_byte_for_byte_and_read_back() {
    let mut block = Block::new(Language::ENGLISH, Charset::Latin1, 3);
    for (kind, strings) in [
        (Kind::Title, ["Joyful NightsÉ", "Song of Joy", "Déjà vu", "Mee Owwww"]),
        (Kind::Performer, ["United Cat Orchestra", "Felix and The Purrs", "Catwalk Beauties", "Catwalk Beauties"]),
        (Kind::Songwriter, ["Various Songwriters", "Friedrich Schiller", "", ""]),
        (Kind::Codes, ["1234567890123", "XYCRR1101234", "XYCRR1101235", "XYCRR1101236"]),
    ] {
        strings.iter().enumerate().for_each(|(place, text)| block.set(kind, place, text));
    }
    block.set(Kind::DiscId, 0, "1234567890");
    block.genre = Some(cdtext::Genre { code: 5, text: "Feline classic music".into() });
    let text = CdText { blocks: vec![block] };
    let packs = text.encode().unwrap();
    let hex: Vec<String> =
        packs.chunks(18).map(|pack| pack.iter().map(|byte| format!("{byte:02x}")).collect()).collect();
    assert_eq!(hex, LIBBURN.split_whitespace().collect::<Vec<_>>());
    let mut faults = Vec::new();
    assert_eq!((cdtext::decode(&packs, "CDTEXT.BIN", &mut faults), faults), (text, vec![]));
}

#[test]
fn several_languages_are_read_as_they_were_written() {
    let (_, mut text) = example();
    let mut block = Block::new(Language::JAPANESE, Charset::MsJis, 2);
    for (place, title) in ["夜の船出の歌", "一", "夜の船出の歌と猫のいる町"].into_iter().enumerate()
    {
        block.set(Kind::Title, place, title);
        block.set(Kind::Performer, place, "猫");
    }
    text.blocks.push(block);
    let packs = text.encode().unwrap();
    let mut faults = Vec::new();
    let read = cdtext::decode(&packs, "CDTEXT.BIN", &mut faults);
    assert_eq!((&read, faults), (&text, vec![]));
    // Letters of two bytes count once: the second pack of titles begins behind six of them.
    let japanese: Vec<&[u8]> = packs.chunks(18).filter(|pack| pack[3] & 0x70 == 0x10).collect();
    assert_eq!((japanese[1][0], japanese[1][3]), (0x80, 0x96));
}

#[test]
fn texts_that_do_not_fit_are_refused() {
    let mut block = Block::new(Language::ENGLISH, Charset::Latin1, 99);
    (0..=99).for_each(|place| block.set(Kind::Title, place, &format!("{place:040}")));
    let text = CdText { blocks: vec![block] };
    assert!(matches!(text.encode(), Err(cdtext::TooLong::Packs { packs: 345, .. })));
    let many = CdText { blocks: vec![Block::new(Language::ENGLISH, Charset::Latin1, 1); 9] };
    assert_eq!(many.encode(), Err(cdtext::TooLong::Blocks(9)));
    assert_eq!(CdText { blocks: many.blocks[..2].to_vec() }.encode(), Ok(vec![]));
}
