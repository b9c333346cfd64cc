use proptest::prelude::*;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::Reader;

/// Returns the value at the beginning of a text and its length, by us.
fn ours<'a, T: Deserialize<'a>>(text: &'a str) -> Option<(T, usize)> {
    let mut reader = Reader::new(text);
    let value = T::deserialize(&mut reader).ok()?;
    Some((value, reader.read()))
}

/// Returns the same by `serde_json`.
fn theirs<'a, T: Deserialize<'a>>(text: &'a str) -> Option<(T, usize)> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<T>();
    let value = values.next()?.ok()?;
    Some((value, values.byte_offset()))
}

#[test]
fn what_is_plain_is_read() {
    for text in [
        r#"{"a": [1, -20, "text"], "b": {"c": null, "": true}, "d": false}"#,
        r#" [ ] "#,
        r#"{"a":{},"b":[[],[]]}"#,
        r#"["\"quoted\" \u00e9 \\", "Ünïtest, longer than a word", 1.5e3, 0, -0, 18446744073709551615]"#,
    ] {
        let read = ours::<Value>(text).unwrap();
        assert_eq!(Some(read), theirs(text), "{text}");
        let (_, skipped) = ours::<IgnoredAny>(text).unwrap();
        assert_eq!(skipped, text.trim_end().len(), "{text}");
    }
}

#[test]
fn what_is_no_json_is_not_read() {
    for text in [
        "",
        "{",
        "[1",
        "[1,]",
        "[,1]",
        "[1 2]",
        r#"{"a"}"#,
        r#"{"a":}"#,
        r#"{"a":1,}"#,
        r#"{,}"#,
        r#"{"a" 1}"#,
        r#"{1:2}"#,
        "[01]",
        "[-]",
        "[1.]",
        "[1e]",
        "[+1]",
        "[.5]",
        "[t]",
        "[n]",
        "[\"a\nb\"]",
        r#"["\x"]"#,
        r#"["\u12"]"#,
        r#"["a]"#,
        "[}",
        "{]",
        "[\u{a0}1]",
    ] {
        assert!(ours::<Value>(text).is_none(), "{text}");
        assert!(ours::<IgnoredAny>(text).is_none(), "{text}");
    }
}

#[test]
fn what_is_deep_is_left_to_serde_json() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(ours::<IgnoredAny>(&nested(64)).is_some());
    assert!(ours::<IgnoredAny>(&nested(65)).is_none());
    assert!(ours::<IgnoredAny>(&nested(1_000_000)).is_none());
}

/// JSON in which a few bytes may be others.
fn damaged() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[ -~é]{0,20}".prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    let json = leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("[a-zA-Z\"é]{0,10}", inner, 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    });
    let other = prop_oneof![
        Just(' '),
        Just('"'),
        Just('\\'),
        Just('\n'),
        prop::char::range(' ', '~')
    ];
    let others = prop::collection::vec((any::<prop::sample::Index>(), other), 0..3);
    (json, any::<bool>(), others).prop_map(|(json, pretty, others)| {
        let text = if pretty {
            format!("{json:#}")
        } else {
            json.to_string()
        };
        let mut text: Vec<char> = format!("[{text}]").chars().collect();
        for (place, other) in others {
            // The brackets around it stay: what begins with a number may go on as another.
            let place = 1 + place.index(text.len() - 1);
            text[place] = other;
        }
        text.into_iter().collect()
    })
}

proptest! {
    #[test]
    fn whatever_is_read_is_what_serde_json_reads(text in damaged()) {
        if let Some(read) = ours::<Value>(&text) {
            prop_assert_eq!(Some(read), theirs::<Value>(&text));
        }
        if let Some((_, skipped)) = ours::<IgnoredAny>(&text) {
            prop_assert_eq!(Some(skipped), theirs::<IgnoredAny>(&text).map(|(_, length)| length));
        }
    }
}
