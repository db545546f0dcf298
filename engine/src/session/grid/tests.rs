use proptest::prelude::*;

use super::*;
use crate::session::Edit;
use crate::session::document::tests::album;

#[test]
fn a_sheet_comes_back_as_it_went_out() {
    let mut document = album(3);
    document.apply(Edit::set_isrc(&document, "s2", "GB-XYZ-26-00002").unwrap()).unwrap();
    document.apply(Edit::parse(&document, "song.2.text.ja.title=\u{6b4c}").unwrap()).unwrap();
    document.apply(Edit::set_title(&document, "s1", "One, \"two\"; three").unwrap()).unwrap();
    let grid = Grid::of(&document);
    assert_eq!(Grid::parse(&grid.csv()), grid);
    let (edit, taken, refused) = Edit::set_texts(&document, &Grid::parse(&grid.csv()), 0, "title").unwrap();
    assert!(refused.is_empty() && taken == 0, "{refused:?}");
    assert!(edit.is_none());
    let json = Grid::from_json(&grid.json().to_string()).unwrap();
    let (edit, taken, refused) = Edit::set_texts(&document, &json, 0, "title").unwrap();
    assert!(edit.is_none() && taken == 0 && refused.is_empty(), "{refused:?}");
}

#[test]
fn what_is_pasted_lands_below_the_cell_and_one_step_takes_it_back() {
    let mut document = album(3);
    let before = document.text().unwrap();
    let pasted = Grid::parse("North\tThe Band\tGBXYZ2600001\nSouth\t\tGB-XYZ-26-00002\n");
    let (edit, taken, refused) = Edit::set_texts(&document, &pasted, 1, "title").unwrap();
    assert!(refused.is_empty(), "{refused:?}");
    assert_eq!(taken, 5);
    document.apply(edit.unwrap()).unwrap();
    let songs = &document.session().songs;
    assert_eq!(
        (songs[1].title.as_str(), songs[1].artist.as_str(), songs[2].isrc.as_str()),
        ("North", "The Band", "GBXYZ2600002")
    );
    document.undo().unwrap();
    assert_eq!(document.text().unwrap(), before);
}

#[test]
fn heads_rule_in_any_order_and_what_is_wrong_is_named() {
    let document = album(2);
    let grid = Grid::parse("ISRC;#;Writer;UPC\nnonsense;2;Ann;\n;album;;4006381333931\nGBXYZ2600001;7;;");
    let (cells, refused) = grid.cells(document.session(), 0, "title");
    let set: Vec<(String, &str)> = cells.iter().map(|cell| (cell.path.to_string(), cell.text.as_str())).collect();
    assert!(set.contains(&("song.s2.credits.lyricist".into(), "Ann")), "{set:?}");
    assert!(set.contains(&("album.upc".into(), "4006381333931")), "{set:?}");
    let told: Vec<String> = refused.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("row 2, ISRC: 'nonsense' is no ISRC"), "{told:?}");
    assert!(told[1].contains("there is no song '7'"), "{told:?}");
}

#[test]
fn codes_count_on_and_duplicates_are_told() {
    let mut document = album(3);
    document.apply(Edit::number_isrcs(&document, "s1", "GB-XYZ-26-00098").unwrap()).unwrap();
    let codes: Vec<&str> = document.session().songs.iter().map(|song| song.isrc.as_str()).collect();
    assert_eq!(codes, ["GBXYZ2600098", "GBXYZ2600099", "GBXYZ2600100"]);
    assert!(Edit::number_isrcs(&document, "s1", "GB-XYZ-26-99999").is_err());
    document.apply(Edit::set_isrc(&document, "s3", "GBXYZ2600098").unwrap()).unwrap();
    let warnings = document.session().text_warnings();
    assert!(warnings.iter().any(|warning| warning.contains("belongs to Song 1 too")), "{warnings:?}");
    document.apply(Edit::set_title(&document, "s1", "\u{17b}\u{f3}\u{142}w").unwrap()).unwrap();
    let warnings = document.session().text_warnings();
    assert!(warnings.iter().any(|warning| warning.contains("does not have \u{142}\u{17b}")), "{warnings:?}");
}

proptest! {
    #[test]
    fn any_table_survives_writing(rows in prop::collection::vec(prop::collection::vec("[a-z\",;\n ]{0,6}x", 2..4), 1..5)) {
        prop_assert_eq!(read(&write(&rows, Separator::Tab)), rows.clone());
        // Commas are counted in the first line: a row without a separator inside its cells says which it is.
        let mut headed = vec![vec!["a".to_string(), "b".into(), "c".into()]];
        headed.extend(rows);
        prop_assert_eq!(read(&write(&headed, Separator::Comma)), headed);
    }
}
