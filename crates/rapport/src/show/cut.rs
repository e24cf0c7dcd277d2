//! Text that is too long for its place: where it is cut depends on where it says what it is.

use std::borrow::Cow;

use console::{measure_text_width, truncate_str};

/// Where something was left out.
const LEFT_OUT: &str = "…";

/// The beginning: of sentences.
pub(super) fn beginning(text: &str, width: usize) -> Cow<'_, str> {
    truncate_str(text, width, LEFT_OUT)
}

/// Both ends: of ids and codes, which differ at either.
pub(super) fn ends(text: &str, width: usize) -> Cow<'_, str> {
    if measure_text_width(text) <= width || text.contains(' ') {
        return beginning(text, width);
    }
    let first = width.saturating_sub(1).div_ceil(2);
    let last = width.saturating_sub(first + 1);
    format!("{}{LEFT_OUT}{}", truncate_str(text, first, ""), tail(text, last)).into()
}

/// The end, from a whole folder on where one fits: of paths (`…/olist/orders.csv`).
pub(super) fn path(path: &str, width: usize) -> Cow<'_, str> {
    if measure_text_width(path) <= width {
        return path.into();
    }
    let end = tail(path, width.saturating_sub(1));
    let from_folder = end.find('/').map_or(end, |slash| end.get(slash..).unwrap_or(end));
    // Only `/` and nothing after it would be left of a folder.
    let end = if from_folder.len() > 1 { from_folder } else { end };
    format!("{LEFT_OUT}{end}").into()
}

/// As much of the end as `width` cells hold.
fn tail(text: &str, width: usize) -> &str {
    let starts = text.char_indices().map(|(start, _)| start);
    starts.filter_map(|start| text.get(start..)).find(|end| measure_text_width(end) <= width).unwrap_or("")
}

/// Lines of whole words; a word that is longer than `width` has a line of its own.
pub(super) fn words(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if measure_text_width(line) + 1 + measure_text_width(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_keeps_the_end_that_tells_it_apart() {
        assert_eq!(path("/data/olist/orders.csv", 22), "/data/olist/orders.csv");
        assert_eq!(path("/data/olist/orders.csv", 20), "…/olist/orders.csv");
        assert_eq!(path("/data/olist/orders.csv", 14), "…/orders.csv");
        assert_eq!(path("/data/olist/orders.csv", 8), "…ers.csv");
        assert_eq!(path("/data/東京.csv", 9), "…東京.csv");
        assert_eq!(path("/data/folder/", 5), "…der/");
    }

    #[test]
    fn a_code_keeps_both_ends_and_a_sentence_its_beginning() {
        assert_eq!(ends("commerce.payment_received", 20), "commerce.p…_received");
        assert_eq!(ends("the deal was closed", 10), "the deal …");
        assert_eq!(ends("short", 10), "short");
        for width in 1..12 {
            for text in ["a東京b東京c東京", "plain-and-long"] {
                for cut in [ends(text, width), path(text, width), beginning(text, width)] {
                    assert!(measure_text_width(&cut) <= width, "{cut} is wider than {width}");
                }
            }
        }
    }

    #[test]
    fn lines_are_of_whole_words() {
        assert_eq!(words("velocity a day", 10), ["velocity a", "day"]);
        assert_eq!(words("as expected or better", 8), ["as", "expected", "or", "better"]);
        assert_eq!(words("", 8), [""; 0]);
    }
}
