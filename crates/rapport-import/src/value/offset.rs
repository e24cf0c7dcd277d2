//! Offsets from UTC, in the spellings of exports.

use jiff::tz::Offset;

/// Names that mean UTC and nothing else. `CET`, `EST` or `IST` mean several offsets, and none of them by themselves.
const UTC_NAMES: [&str; 3] = ["UTC", "GMT", "Z"];

/// Hours of the largest offset in use, with one to spare.
const HOURS_MAX: i32 = 15;

/// The offset that is the whole text, but for blanks before it: `Z`, `UTC`, `GMT`, `+02`, `+0200`, `+02:00`, `UTC+02:00`,
/// `GMT+2`.
pub(super) fn parse(text: &str) -> Option<Offset> {
    let text = text.trim();
    let named = UTC_NAMES.iter().find_map(|name| {
        let start = text.get(..name.len())?;
        start.eq_ignore_ascii_case(name).then(|| text.get(name.len()..)).flatten()
    });
    match named {
        Some("") => Some(Offset::UTC),
        // After a name (`GMT+2`), the offset may have hours of one digit. Without a name, `+2` could belong to the time.
        Some(rest) if text.len() > 1 + rest.len() => numeric(rest).or_else(|| {
            let (sign, digits) = rest.split_at_checked(rest.chars().next()?.len_utf8())?;
            let is_hour = digits.find(':').unwrap_or(digits.len()) == 1;
            is_hour.then(|| numeric(&format!("{sign}0{digits}"))).flatten()
        }),
        Some(_) | None => numeric(text),
    }
}

/// Parts a text into what stands before its offset and the offset, which ends it.
pub(super) fn split_end(text: &str) -> Option<(&str, Offset)> {
    let starts = text.char_indices().rev().filter(|(_, mark)| !mark.is_ascii_digit() && *mark != ':');
    // The longest tail that is an offset: `UTC+02:00`, not `+02:00` alone.
    let tails = starts.take(4).filter_map(|(at, _)| {
        let (before, tail) = text.split_at_checked(at)?;
        Some((before, parse(tail)?))
    });
    let (before, offset) = tails.last()?;
    Some((before.trim_end(), offset))
}

fn numeric(text: &str) -> Option<Offset> {
    let (sign, digits) = match text.chars().next()? {
        '+' => (1, text.get(1..)?),
        '-' => (-1, text.get(1..)?),
        // The minus that office programs write.
        mark @ '\u{2212}' => (-1, text.get(mark.len_utf8()..)?),
        _ => return None,
    };
    let parts: Vec<&str> = match (digits.len(), digits.contains(':')) {
        (5 | 8, true) => digits.split(':').collect(),
        (2 | 4 | 6, false) => {
            (0..digits.len() / 2).filter_map(|part| digits.get(2 * part..2 * part + 2)).collect()
        }
        _ => return None,
    };
    let mut seconds = 0;
    for (part, unit) in parts.iter().zip([3_600, 60, 1]) {
        let number: i32 = part
            .parse()
            .ok()
            .filter(|_| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        let limit = if unit == 3_600 { HOURS_MAX } else { 59 };
        seconds += if number <= limit { number * unit } else { return None };
    }
    Offset::from_seconds(sign * seconds).ok()
}
