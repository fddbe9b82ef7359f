//! Shapes for `serde_json` that hold no more than they say, whatever the text holds: what is over is read and dropped.
//! (Nesting is bounded by `serde_json` itself, at 128.)

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::description::{Labels, MAX_LABEL_BYTES, MAX_TEXT_BYTES};

/// A string of at most `MAX_LABEL_BYTES`, the longest that anything here may be; `cut` tells that it was longer.
#[derive(Debug, Default)]
pub(crate) struct Text {
    pub(crate) text: String,
    pub(crate) cut: bool,
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bounded;
        impl Visitor<'_> for Bounded {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E>(self, text: &str) -> Result<Text, E> {
                let kept = crate::description::head(text, MAX_LABEL_BYTES);
                Ok(Text { text: kept.to_owned(), cut: kept.len() < text.len() })
            }
        }
        deserializer.deserialize_str(Bounded)
    }
}

/// At most `MAX` elements; `more` tells that there were more.
#[derive(Debug)]
pub(crate) struct List<T, const MAX: usize> {
    pub(crate) items: Vec<T>,
    pub(crate) more: bool,
}

impl<T, const MAX: usize> Default for List<T, MAX> {
    fn default() -> Self {
        List { items: Vec::new(), more: false }
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for List<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bounded<T, const MAX: usize>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for Bounded<T, MAX> {
            type Value = List<T, MAX>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while items.len() < MAX {
                    match seq.next_element()? {
                        Some(item) => items.push(item),
                        None => return Ok(List { items, more: false }),
                    }
                }
                let mut more = false;
                while seq.next_element::<IgnoredAny>()?.is_some() {
                    more = true;
                }
                Ok(List { items, more })
            }
        }
        deserializer.deserialize_seq(Bounded(std::marker::PhantomData))
    }
}

impl<'de> Deserialize<'de> for Labels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bounded;
        impl<'de> Visitor<'de> for Bounded {
            type Value = Labels;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a map of strings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Labels, A::Error> {
                let mut labels = Labels { map: BTreeMap::new(), cut: false, bytes: 0 };
                while !labels.full() {
                    let Some(key) = map.next_key::<Text>()? else { return Ok(labels) };
                    // Podman and Docker never write a null here; a label without a value is one with an empty value.
                    let value = map.next_value::<Option<Text>>()?.unwrap_or_default();
                    if key.cut || key.text.len() > MAX_TEXT_BYTES {
                        labels.cut = true;
                    } else {
                        labels.cut |= value.cut;
                        labels.put(&key.text, &value.text);
                    }
                }
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                    labels.cut = true;
                }
                Ok(labels)
            }
        }
        deserializer.deserialize_map(Bounded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::description::MAX_LABELS;

    #[test]
    fn what_is_over_is_read_and_dropped() {
        let list: List<u32, 2> = serde_json::from_str("[1,2,3,4]").unwrap();
        assert_eq!((list.items, list.more), (vec![1, 2], true));
        let exact: List<u32, 2> = serde_json::from_str("[1,2]").unwrap();
        assert!(!exact.more);

        let many: String = (0..20_000).map(|n| format!("\"k{n}\":\"v\",")).collect();
        let labels: Labels = serde_json::from_str(&format!("{{{}}}", many.trim_end_matches(','))).unwrap();
        assert_eq!((labels.map.len(), labels.cut), (MAX_LABELS, true));

        let long = format!("\"{}\"", "ä".repeat(1 << 20));
        let text: Text = serde_json::from_str(&long).unwrap();
        assert!(text.cut && text.text.len() <= MAX_LABEL_BYTES);
    }

    #[test]
    fn deep_nesting_is_an_error_and_no_overflow() {
        let deep = "[".repeat(1 << 20);
        assert!(serde_json::from_str::<List<IgnoredAny, 2>>(&deep).is_err());
    }
}
