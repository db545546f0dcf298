use super::*;
use crate::session::document::tests::album;

fn edit(document: &mut Document, text: &str) -> Result<String, EditError> {
    let edit = Edit::parse(document, text)?;
    document.apply(edit)?;
    Ok(document.history().undo_label().unwrap_or_default().to_string())
}

#[test]
fn values_are_typed_as_in_the_window() {
    let mut document = album(3);
    let mut label = |text: &str| edit(&mut document, text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(label("song.2.gain=-0.4 dB"), "song 2 gain 0.0 \u{2192} -0.4 dB");
    assert_eq!(label("song.s2.gain+=0.5"), "song 2 gain -0.4 \u{2192} 0.1 dB");
    assert_eq!(label("album.title=A=B"), "album title \u{201c}\u{201d} \u{2192} \u{201c}A=B\u{201d}");
    assert_eq!(label("pass.cd.entry.2.join=gap 150f"), "CD song 2 join gap 2.0 s");
    assert_eq!(label("pass.cd.entry.2.join.gap=1.5s"), "CD song 2 join gap 2.0 s \u{2192} gap 1.5 s");
    label("pass.main.entry.3.join=xf 1.8 linear");
    label("pass.cd.rate=48k");
    label("pass.cd.ceiling=-1 dBTP");
    label("pass.cd.depth=24");
    label("pass.cd.dither=tpdf");
    label("pass.cd.phase=minimum");
    label("pass.cd.steepness=steep");
    label("song.3.fade_out=5s s-curve");
    label("song.3.credits.composer=1999");
    label("song.1.clip.c1.in=100");
    label("song.1.clip.c1.split=0.01s");
    label("song.1.isrc=gb-abc-26-00001");
    label("song.3.position=1");
    label("pass.cd.entry.2.gain=+1");
    label("pass.cd.entry.2.gain=");
    let session = document.session();
    assert_eq!(session.passes[0].entries[0].song, "s3");
    let curve = Shape::Linear;
    let join = Join::Crossfade { length: Seconds(1.8), out: curve, into: curve };
    // Song 3 went to the head of the album: its crossfade joins what now follows.
    assert_eq!(session.passes[0].entries[0].join, Some(Join::Gap(Seconds(0.0))));
    assert_eq!(session.passes[0].entries[1].join, Some(join));
    assert_eq!(session.passes[1].rate, Rate::Hz(SampleRate(48_000)));
    assert_eq!(session.passes[1].ceiling, Some(Dbtp(-1.0)));
    assert_eq!(session.passes[1].entries[1].gain, None);
    assert_eq!(session.songs[2].credits.composer, "1999");
    assert_eq!(session.songs[0].isrc, "GBABC2600001");
    let spans: Vec<_> = session.songs[0].clips.iter().map(|clip| (clip.start.0, clip.end.0)).collect();
    assert_eq!(spans, [(100, 441), (441, 1000)]);
}

#[test]
fn passes_come_are_named_and_go() {
    let mut document = album(2);
    let mut label = |text: &str| edit(&mut document, text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(label("pass+=cd name=Plant B"), "add pass \u{201c}Plant B\u{201d}");
    label("pass.cd.ceiling=-0.5");
    label("pass+=copy from=cd");
    label("pass+=copy from=main name=Streaming");
    assert_eq!(
        label("pass.plant-b.name=Plant C"),
        "Plant C name \u{201c}Plant B\u{201d} \u{2192} \u{201c}Plant C\u{201d}"
    );
    label("pass.plant-b-=");
    let passes: Vec<_> = document.session().passes.iter().map(|pass| (&*pass.id, &*pass.name)).collect();
    let streaming = document.session().passes[0].id.clone();
    assert_eq!(passes[1..3], [("cd", "CD"), ("cd-copy", "CD copy")]);
    assert_eq!(document.session().pass("cd-copy").unwrap().ceiling, Some(Dbtp(-0.5)));
    assert_eq!(passes[3].1, "Streaming");
    assert_ne!(passes[3].0, streaming);
    for (text, part) in [
        (format!("pass.{streaming}-="), "the others inherit"),
        ("pass+=lacquer".into(), "write pass+=streaming|cd"),
        ("pass+=copy from=nobody".into(), "there is no pass 'nobody'"),
        ("pass.cd.name=  ".into(), "a name of letters"),
    ] {
        let error = edit(&mut document, &text).unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
    let after = document.text().unwrap();
    while document.undo().unwrap().is_some() {}
    assert_eq!(document.session().passes.len(), 2);
    while document.redo().unwrap().is_some() {}
    assert_eq!(document.text().unwrap(), after);
}

#[test]
fn an_envelope_is_points_in_the_order_of_time() {
    let mut document = album(1);
    edit(&mut document, "song.1.clip.c1.envelope=10ms -3 dB, 0 0").unwrap();
    let points = |document: &Document| document.session().songs[0].clips[0].envelope.clone();
    let expected = [(0.0, 0.0), (0.01, -3.0)].map(|(at, gain)| Point { at: Seconds(at), gain: Db(gain) });
    assert_eq!(points(&document), expected);
    for (text, part) in [
        ("song.1.clip.c1.envelope=9 -3", "outside the clip"),
        ("song.1.clip.c1.envelope=10ms -3, 10ms 0", "at the same time"),
        ("song.1.clip.c1.envelope=10ms", "write TIME LEVEL"),
        ("song.1.clip.c9.envelope=none", "there is no clip 'c9'"),
    ] {
        let error = edit(&mut document, text).unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
    edit(&mut document, "song.1.clip.c1.envelope=none").unwrap();
    assert!(points(&document).is_empty());
}

#[test]
fn the_pause_before_the_album_stays_at_its_head() {
    let mut document = album(3);
    edit(&mut document, "pass.main.entry.1.join=gap 0").unwrap();
    edit(&mut document, "pass.main.entry.2.join=gap 1").unwrap();
    edit(&mut document, "pass.main.entry.3.join=gap 3").unwrap();
    edit(&mut document, "song.1.position=3").unwrap();
    let joins = |document: &Document| -> Vec<(String, f64)> {
        let songs = document.session().resolve(&document.session().passes[0].id).unwrap().songs;
        songs.into_iter().map(|one| (one.song.id, if let Join::Gap(gap) = one.join { gap.0 } else { -1.0 })).collect()
    };
    assert_eq!(joins(&document), [("s2".into(), 0.0), ("s3".into(), 3.0), ("s1".into(), 1.0)]);
    document.undo().unwrap();
    assert_eq!(joins(&document), [("s1".into(), 0.0), ("s2".into(), 1.0), ("s3".into(), 3.0)]);
}

#[test]
fn stages_come_move_and_go() {
    let mut document = album(1);
    let mut label = |text: &str| edit(&mut document, text).unwrap_or_else(|error| panic!("{text}: {error}"));
    label("pass.main.chain.stage+=gain gain=-1 dB invert_left=on");
    label("pass.main.chain.stage+=gain at=1");
    assert_eq!(label("pass.main.chain.stage.gain1.gain-=0.5"), "Streaming gain1 gain -1.00 \u{2192} -1.50 dB");
    label("pass.main.chain.stage.gain1.bypass=on");
    label("pass.main.chain.stage.gain1.position=1");
    label("pass.main.chain.stage.gain2-=");
    label("song.1.chain.stage+=gain");
    label("pass.cd.chain.stage.gain1.gain=2");
    label("pass.cd.chain=inherit");
    let session = document.session();
    let stages = &session.passes[0].chain.as_ref().unwrap().stages;
    assert_eq!((stages.len(), stages[0].bypass), (1, true));
    assert_eq!(session.songs[0].chain.stages[0].id, "gain1");
    assert_eq!(session.passes[1].chain, None);
    assert_eq!(document.show("pass.main.chain.stage.gain1.gain").unwrap(), "-1.5");
    assert!(document.show("song.1").unwrap().contains("title = \"Song 1\""));
}

#[test]
fn refusals_are_sentences_and_change_nothing() {
    let mut document = album(2);
    let before = document.text().unwrap();
    for (text, part) in [
        ("song.9.gain=1", "there is no song '9' (there are: s1, s2)"),
        ("song.1.gain=loud", "'loud' is not a number"),
        ("song.1.gain=nan", "is not a number"),
        ("song.1.titel=x", "knows no field 'titel'"),
        ("album.titel=x", "field of the album"),
        ("song.1.id=x", "stays as it is"),
        ("format=2", "stays as it is"),
        ("song.1.isrc=123", "is no ISRC"),
        ("album.upc=123456789013", "it should be 2"),
        ("pass.vinyl.rate=native", "there is no pass 'vinyl'"),
        ("pass.cd.depth=17", "unknown variant"),
        ("pass.cd.entry.1.join=xf 0", "above zero"),
        ("pass.main.chain.stage+=reverb", "there is no processor 'reverb'"),
        ("pass.main.chain.stage.eq1.gain=1", "there is no stage 'eq1'"),
        ("song.1.clip.c1.in=5000", "is no span"),
        ("song.1", "write PATH=VALUE"),
        ("song..gain=1", "a name is empty"),
    ] {
        let error = edit(&mut document, text).unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
    assert_eq!(document.text().unwrap(), before);
}

proptest::proptest! {
    #[test]
    fn any_text_is_an_edit_or_a_refusal(text in "(song|pass|album)?[.a-z0-9\"]{0,20}(=|\\+=|-=)?[ -~\u{e9}]{0,20}") {
        let mut document = album(1);
        let _ = edit(&mut document, &text);
        assert!(Document::from_text(&document.text().unwrap()).is_ok());
    }
}

#[test]
fn what_a_disc_asks_for_is_typed() {
    let mut document = album(3);
    let mut label = |text: &str| edit(&mut document, text).unwrap_or_else(|error| panic!("{text}: {error}"));
    label("song.2.indices=00:02:10, 1");
    label("song.2.lead=40f");
    label("song.2.flags.copy_permitted=on");
    label("song.2.text.ja.title=夜");
    label("album.text.ja.title=船");
    label("pass.cd.entry.1.hidden=on");
    label("pass.cd.offsets.start=10f");
    label("pass.cd.entry.3.indices=3s");
    let session = document.session();
    let resolved = session.resolve("cd").unwrap();
    let song = &resolved.songs[1];
    assert_eq!((song.indices.as_slice(), song.lead), (&[CdFrame(75), CdFrame(160)][..], CdFrame(40)));
    assert!(song.song.flags.copy_permitted && resolved.songs[0].hidden && !song.hidden);
    assert_eq!((session.album.text["ja"].title.as_str(), song.song.text["ja"].title.as_str()), ("船", "夜"));
    assert_eq!(resolved.pass.offsets.start, CdFrame(10));
    assert_eq!(resolved.songs[2].indices, [CdFrame(225)]);
    assert!(!session.resolve("streaming").unwrap().songs[0].hidden);
    assert_eq!(session.problems("cd"), []);
    for bad in [
        "song.2.indices=0",
        "song.2.lead=-1",
        "song.2.flags.loud=on",
        "song.2.text.klingon.title=x",
        "song.2.text.ja.colour=x",
        "pass.cd.offsets.start=151f",
        "pass.cd.offsets.side=1f",
    ] {
        assert!(edit(&mut document, bad).is_err(), "{bad}");
    }
    let texts = toml::to_string(document.tree()).unwrap();
    for _ in 0..8 {
        document.undo().unwrap().unwrap();
    }
    assert_eq!((document.session().songs[1].indices.len(), document.session().passes[1].entries.len()), (0, 0));
    while document.redo().unwrap().is_some() {}
    assert_eq!(toml::to_string(document.tree()).unwrap(), texts);
    edit(&mut document, "song.2.indices=none").unwrap();
    edit(&mut document, "song.2.flags.copy_permitted=off").unwrap();
    edit(&mut document, "song.2.text.ja.title=").unwrap();
    assert_eq!(document.session().songs[1].indices, []);
}

#[test]
fn any_row_is_divided_before_itself() {
    let mut document = album(1);
    edit(&mut document, "song.1.chain.stage+=multiband").expect("a stage");
    let scope = Scope::Song("s1".into());
    let mut add = |values: &[(&str, f64)]| {
        let (edit, id) = Edit::add_row(&document, None, &scope, "multiband1", "band", values).expect("a row");
        document.apply(edit).expect("it fits");
        id
    };
    let (low, high) = (add(&[("frequency", 200.0)]), add(&[("threshold", -30.0)]));
    let (divided, between) =
        Edit::divide_row(&document, None, &scope, "multiband1", &high, &[("frequency", 3000.0)]).expect("a row");
    document.apply(divided).expect("it fits");
    let rows = &document.session().songs[0].chain.stages[0].rows;
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    // A new multiband has two bands already.
    assert_eq!(ids[2..], [low.as_str(), between.as_str(), high.as_str()]);
    assert_eq!(rows[3].values.get("threshold"), rows[4].values.get("threshold"));
    assert_eq!(rows[3].values.get("frequency"), Some(&crate::session::Scalar::Number(3000.0)));
    document.undo().expect("one step back");
    assert_eq!(document.session().songs[0].chain.stages[0].rows.len(), 4);
}
