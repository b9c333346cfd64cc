//! Word lists for invented names. No entry refers to a real person.

#[rustfmt::skip]
pub(super) const FEMALE: &[&str] = &[
    "Abigail", "Amara", "Aoife", "Beryl", "Bronwen", "Chidinma", "Clementine", "Deepika",
    "Dorothy", "Eilidh", "Farida", "Gabriela", "Hannah", "Ingrid", "Jasmin", "Kathleen", "Leyla",
    "Mabel", "Niamh", "Olivia", "Parveen", "Rosalind", "Saoirse", "Tabitha", "Wanjiru", "Xiulan",
    "Yvonne", "Zoë",
];

#[rustfmt::skip]
pub(super) const MALE: &[&str] = &[
    "Adebayo", "Alistair", "Arthur", "Bilal", "Callum", "Dafydd", "Desmond", "Emeka", "Finlay",
    "Gareth", "Hamish", "Idris", "Jaspreet", "Kenji", "Leopold", "Mateusz", "Neville", "Oisín",
    "Percival", "Rashid", "Stanley", "Tariq", "Umar", "Vikram", "Wilfred", "Yusuf", "Zachary",
];

#[rustfmt::skip]
pub(super) const FAMILY: &[&str] = &[
    "Applethwaite", "Barleycombe", "Bellweather", "Cawthistle", "Dunmarrow", "D'Arbeline",
    "Elderwick", "Farthingale", "Fitzhollow", "Gorseley", "Greenhythe", "Hartlebury",
    "Inglethorpe", "Jessamine", "Kettlewick", "Lambourne-Okafor", "Lindqvale", "MacTarrow",
    "Merriwynd", "Nettlefold", "O'Branigan", "Oakhanger", "Peverell", "Quenby", "Rookhope",
    "Silverdale", "Tamblingson", "Underfell", "Vesperley", "Wetherlam", "Wyndcliffe",
    "Yarrowdene", "Zellerby", "Nwachukwin", "Patelinde", "Raghunathe", "Kowalstrand",
    "al-Hasrani", "Begumara", "Van der Quill",
];

#[rustfmt::skip]
pub(super) const STREETS: &[&str] = &[
    "Bramble Lane", "Cobbler's Row", "Dovecote Street", "Elm Rise", "Foundry Terrace",
    "Goosegate", "Heron Way", "Inkwell Court", "Juniper Close", "Kiln Street",
];

pub(super) const TOWN: &str = "Netherquill";

/// First part of a practice's name.
#[rustfmt::skip]
pub(super) const PLACES: &[&str] = &[
    "Quillbrook", "Tarnleaf", "Harebell Lane", "Mossgate", "Owlstone", "Cinderford Row",
    "Larchwater", "Bellfounder", "Sandpiper", "Thistledown", "Orchard Weir", "Pebblewick",
    "Ravenshaw Park", "Saltmarsh", "Kingfisher Yard", "Millrace", "Fernhollow", "Lanternfield",
    "Copperbeech", "Windlestraw",
];

/// Second part of a practice's name.
#[rustfmt::skip]
pub(super) const PRACTICE_KINDS: &[&str] = &[
    "Surgery", "Medical Centre", "Practice", "Health Centre", "Family Practice", "Group Practice",
    "Medical Practice", "Partnership", "Clinic", "Primary Care Centre",
];

#[rustfmt::skip]
pub(super) const REASONS: &[&str] = &[
    "Review", "Follow-up as discussed", "Medication review", "Requested by patient",
    "Annual check", "Results",
];
