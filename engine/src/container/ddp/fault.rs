//! What can be wrong with a fileset: one code each, so that a plant, a test and a person speak of the same thing.

use std::fmt;

/// How bad a fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth a look; readers cope. `--strict` makes it a failure.
    Warn,
    /// The fileset must not be pressed as it is.
    Fail,
}

/// One fault of a fileset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Its code.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// The file it lies in.
    pub file: String,
    /// What is wrong, with the place and the values.
    pub what: String,
}

impl Fault {
    /// A fault that fails.
    pub fn fail(code: Code, file: &str, what: impl Into<String>) -> Fault {
        Fault { code, severity: Severity::Fail, file: file.into(), what: what.into() }
    }

    /// A fault to look at.
    pub fn warn(code: Code, file: &str, what: impl Into<String>) -> Fault {
        Fault { code, severity: Severity::Warn, file: file.into(), what: what.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.code, self.file, self.what)
    }
}

macro_rules! codes {
    ($($name:ident $text:literal $doc:literal;)*) => {
        /// The stable code of a fault: part of the command line's contract.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $doc] $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Code] = &[$(Code::$name,)*];

            /// The code as it is printed.
            pub fn id(self) -> &'static str {
                match self { $(Code::$name => $text,)* }
            }

            /// What it stands for.
            pub fn meaning(self) -> &'static str {
                match self { $(Code::$name => $doc,)* }
            }
        }
    };
}

codes! {
    Ascii "E-ASCII" "A descriptor holds a byte that is not printable ASCII.";
    IdMissing "ID-MISSING" "There is no DDPID.";
    IdLength "ID-LEN" "DDPID does not have 128 bytes.";
    IdLevel "ID-LEVEL" "DDPID is not of level DDP 2.00.";
    IdType "ID-TYPE" "DDPID does not say CD.";
    IdNumber "ID-NUM" "A numeric field of DDPID holds something else.";
    IdText "ID-TXT" "The user text of DDPID is longer than its field or its stated size.";
    MapMissing "MS-MISSING" "There is no DDPMS.";
    MapLength "MS-LEN" "DDPMS is not whole packets of 128 bytes.";
    MapPreamble "MS-MPV" "A map packet does not begin with VVVM.";
    MapStream "MS-DST" "A map packet is of an unknown kind of stream.";
    MapSize "MS-DSL" "The length of a stream is missing or not that of its file.";
    MapSubcode "MS-SUB" "A subcode stream is of an unknown or uncovered kind.";
    MapMode "MS-CDM" "A data stream is not digital audio.";
    MapStorage "MS-SSM" "The storage mode of the image is not one of complete sectors.";
    MapScrambled "MS-SCR" "The scrambled flag is neither 0, 1 nor blank.";
    MapNameSize "MS-SIZ" "The width of the file name is not 17.";
    MapName "MS-DSI" "A file name is missing, has a path in it or is written in another case.";
    MapStart "MS-DSS" "The A-time of an image does not follow on.";
    MapPause "MS-PRE2" "The pause of the image is not where index 01 of its track lies.";
    MapIsrc "MS-ISRC" "An ISRC of the map is malformed or another one than the PQ descriptor's.";
    MapNumber "MS-NUM" "A numeric field of a map packet holds something else.";
    MapDouble "MS-DUP" "Two map packets describe the same stream.";
    MapNoPoints "MS-NOPQ" "The map names no PQ descriptor.";
    MapNoAudio "MS-NOAUDIO" "The map names no audio.";
    FileMissing "FILE-MISSING" "A file that the map names is not there.";
    ImageAlign "IMG-ALIGN" "An image is not whole sectors of 2352 bytes.";
    ImageLength "IMG-LEN" "An image is not as long as the map says.";
    ImageEndian "IMG-ENDIAN" "The image reads as sound only with its bytes swapped.";
    ImageSound "IMG-SOUND" "The two seconds before track 1 are not silent.";
    PointLength "PQ-LEN" "The PQ descriptor is not whole packets of 64 bytes.";
    PointPreamble "PQ-SPV" "A PQ packet does not begin with VVVS.";
    PointTrack "PQ-TRK" "A PQ packet has no track number 00, 01 to 99 or AA.";
    PointIndex "PQ-IDX" "A PQ packet has no index 00 to 99.";
    PointTime "PQ-MSF" "A PQ packet has no valid time.";
    PointOrder "PQ-ORDER" "Times of the PQ descriptor go back.";
    PointTrackSequence "PQ-TRKSEQ" "Track numbers do not follow on from 01.";
    PointIndexSequence "PQ-IDXSEQ" "Indices of a track do not follow on.";
    PointNoStart "PQ-NOIDX1" "A track has no index 01.";
    PointLeadIn "PQ-LEADIN" "The lead-in packet is missing or not the first.";
    PointLeadOut "PQ-LEADOUT" "The lead-out packet is missing, not last or not the same twice.";
    PointImage "PQ-IMAGE" "The lead-out does not lie at the end of the image.";
    PointControl "PQ-CTRL" "The control byte is invalid, changes inside a track or says what cannot be.";
    PointIsrc "PQ-ISRC" "An ISRC of the PQ descriptor is malformed, missing, doubled or on some packets only.";
    UpcForm "UPC-FORM" "A UPC/EAN is not 13 digits.";
    UpcCheck "UPC-CHECK" "The check digit of the UPC/EAN is wrong.";
    UpcDiffers "UPC-DIFF" "DDPID, PQ descriptor and CD-Text name different UPC/EANs.";
    DiscTracks "RB-COUNT" "A disc has 1 to 99 tracks.";
    DiscFirstPause "RB-PREGAP1" "The pause before track 1 is shorter than two seconds or not coded from 00:00:00.";
    DiscTrackLength "RB-TRACKLEN" "A track is shorter than four seconds.";
    DiscTotal "RB-TOTAL" "The disc is too long.";
    TextLength "CDT-LEN" "CD-Text is not whole packs of 18 bytes.";
    TextHeader "CDT-HEADER" "CD-Text begins with the four bytes of a disc drive's header.";
    TextChecksum "CDT-CRC" "The checksum of a CD-Text pack is wrong.";
    TextType "CDT-TYPE" "A CD-Text pack is of an unknown type.";
    TextSequence "CDT-SEQ" "Sequence numbers of CD-Text packs do not follow on.";
    TextBlock "CDT-BLOCK" "CD-Text blocks do not follow on.";
    TextOrder "CDT-ORDER" "CD-Text packs are not in the order of their types.";
    TextSize "CDT-SIZE" "The size information of a CD-Text block is missing or wrong.";
    TextTrack "CDT-TRKNO" "A CD-Text pack names another track than its text belongs to.";
    TextPosition "CDT-POS" "A CD-Text pack states a wrong character position.";
    TextTracks "CDT-TRACKS" "CD-Text has texts for other tracks than the disc has.";
    TextCharset "CDT-CHARSET" "The character code of a CD-Text block is unknown or not the one its packs use.";
    TextGenre "CDT-GENRE" "The genre of the CD-Text is malformed.";
    TextToc "CDT-TOC" "The table of contents in the CD-Text is not the disc's.";
    TextCodes "CDT-CODES" "An ISRC in the CD-Text is not the PQ descriptor's.";
    TextUnmapped "CDT-UNMAPPED" "CD-Text holds bytes that its character code does not have.";
    SumBad "SUM-BAD" "A file does not have the checksum that is listed for it.";
    SumFile "SUM-FILE" "A checksum is listed for a file that is not there.";
    SumIncomplete "SUM-INCOMPLETE" "A file of the fileset has no checksum in the list.";
    SumNone "SUM-NONE" "There is no list of checksums.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
