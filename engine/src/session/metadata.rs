use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Unknown, Words};

/// Text and identifiers of the album.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Album {
    /// Title.
    pub title: String,
    /// Artist of the album.
    pub artist: String,
    /// UPC or EAN with its check digit, digits only.
    pub upc: String,
    /// Label.
    pub label: String,
    /// Catalogue number.
    pub catalogue: String,
    /// Release date, as ISO 8601 or a year.
    pub date: String,
    /// Genre.
    pub genre: String,
    /// Copyright line.
    pub copyright: String,
    /// Language of the titles, ISO 639.
    pub language: String,
    /// Anything for the plant or the client.
    pub note: String,
    /// The front cover: a JPEG or PNG file, relative to the session. Listening copies carry it.
    pub cover: String,
    /// Its texts in other languages, by the tag of the language (ISO 639).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub text: BTreeMap<String, Words>,
    /// Fields of a later version.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Who made a song.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Credits {
    /// Composers, separated by semicolons.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub composer: String,
    /// Authors of the words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub lyricist: String,
    /// Arrangers.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub arranger: String,
    /// Producers.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub producer: String,
    /// Publishers.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub publisher: String,
    /// Fields of a later version.
    #[serde(flatten)]
    pub unknown: Unknown,
}
