use rapport_model::{Direction, Query, QueryItem};

use super::*;

fn index(events: u32) -> Index {
    let mut index = Index::default();
    for event in 0..events {
        let (stream, customer) = (format!("s{}-{}", event % 3, event % 100), format!("c{}", event % 1000));
        let tags = [format!("a:{}", event % 7), format!("b:{}", event % 5)];
        let keys = Keys {
            id: EventId::from_u128(u128::from(event)),
            event_type: ["x.a", "x.b", "x.c", "x.d"][event as usize % 4],
            customer: &customer,
            stream: &stream,
            revision: Revision(5 + u64::from(event) / 300),
        };
        index.insert(keys, tags.iter().map(String::as_str));
    }
    index
}

fn item(types: &[&str], tags: &[&str], customer: &str, stream_prefix: &str) -> QueryItem {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    QueryItem {
        types: owned(types),
        tags: owned(tags),
        customer: customer.into(),
        stream_prefix: stream_prefix.into(),
    }
}

/// Steps through a range as a reader does.
fn all(index: &Index, source: &Source, mut window: Window, direction: Direction) -> Vec<u32> {
    let (mut found, mut steps) = (Vec::new(), 0);
    let whole = window;
    loop {
        steps += 1;
        let mut selected = index.select(source, window, direction);
        assert!(selected.events.is_sorted());
        match direction {
            Direction::Forwards => {
                found.append(&mut selected.events);
                if selected.window.last == whole.last {
                    break;
                }
                window.first = selected.window.last + 1;
            }
            Direction::Backwards => {
                found.extend(selected.events.iter().rev());
                if selected.window.first == whole.first {
                    break;
                }
                window.last = selected.window.first - 1;
            }
        }
        assert!(steps < 1_000, "a window must get smaller");
    }
    found
}

#[test]
fn a_selection_is_what_looking_at_every_event_finds() {
    let index = index(40_000);
    let items = [
        item(&[], &["a:3"], "", ""),
        item(&[], &["a:3", "b:4"], "", ""),
        item(&["x.a", "x.c", "nowhere"], &["a:1"], "", ""),
        item(&["x.b", "x.d"], &[], "", ""),
        item(&[], &[], "c17", ""),
        item(&["x.b"], &[], "c17", "s2"),
        item(&[], &[], "", "s1-4"),
        item(&["x.b", "x.b"], &[], "", "s2"),
        item(&["nowhere"], &[], "", ""),
        item(&[], &["a:9"], "", ""),
    ];
    let window = Window { first: 123, last: 39_000 };
    let matching: Vec<Vec<bool>> = items.iter().map(matches_at).collect();
    for (first, matches_first) in items.iter().zip(&matching) {
        for (second, matches_second) in items.iter().zip(&matching) {
            let query = Query { items: vec![first.clone(), second.clone()] };
            let matches = |event: &u32| matches_first[*event as usize] || matches_second[*event as usize];
            let mut expected: Vec<_> = (window.first..=window.last).filter(matches).collect();
            let source = Source::from(query.clone());
            assert_eq!(all(&index, &source, window, Direction::Forwards), expected, "{query:?}");
            expected.reverse();
            assert_eq!(all(&index, &source, window, Direction::Backwards), expected, "{query:?}");
        }
    }
}

fn matches_at(item: &QueryItem) -> Vec<bool> {
    let matches = |event: u32| {
        let tags = [format!("a:{}", event % 7), format!("b:{}", event % 5)];
        item.matches(
            ["x.a", "x.b", "x.c", "x.d"][event as usize % 4],
            &format!("c{}", event % 1000),
            &format!("s{}-{}", event % 3, event % 100),
            |tag| tags.iter().any(|has| has == tag),
        )
    };
    (0..40_000).map(matches).collect()
}

#[test]
fn a_stream_that_began_earlier_goes_on_counting() {
    let index = index(1_000);
    assert_eq!(index.last_revision("s0-0", 1_000), Some(Revision(8)));
    assert_eq!(index.last_revision("s0-0", 300), Some(Revision(5)));
    assert_eq!(index.last_revision("s0-0", 0), None);
    assert_eq!(index.last_revision("s9", 1_000), None);
    assert_eq!(index.revision("s0-0", Revision(6)), Some(RevisionPlace::At(300)));
    assert_eq!(index.revision("s0-0", Revision(4)), Some(RevisionPlace::Before));
    assert_eq!(index.revision("s0-0", Revision(9)), Some(RevisionPlace::After));
}

#[test]
fn an_id_is_found_and_another_is_not() {
    let index = index(10_000);
    for event in 0..10_000_u32 {
        assert!(index.candidates(EventId::from_u128(u128::from(event))).any(|found| found == event));
    }
    let others =
        (10_000..20_000_u128).filter(|id| index.candidates(EventId::from_u128(*id)).next().is_some());
    assert!(others.count() < 5, "fingerprints of 32 bits hardly ever meet");
}
