//! Finds the columns of a mapping in the header of a file.

use crate::{expr::scope::Names, mapping::error::nearest};

/// For each name the column's index. A name that occurs several times is `Name`, `Name.1`, `Name.2`, …; `#3` is the
/// third column.
///
/// # Errors
/// The names that the header does not have and that are not optional, each with the nearest that it has.
pub(crate) fn bind(
    header: &[String],
    names: &Names,
    optional: &[String],
) -> Result<Vec<Option<usize>>, Vec<MissingColumn>> {
    let mut columns = Vec::with_capacity(names.0.len());
    let mut missing = Vec::new();
    for name in &names.0 {
        let index = find(header, name);
        if index.is_none() && !optional.contains(name) {
            let nearest = nearest(name, header.iter().map(String::as_str)).map(str::to_owned);
            missing.push(MissingColumn { column: name.clone(), nearest });
        }
        columns.push(index);
    }
    if missing.is_empty() { Ok(columns) } else { Err(missing) }
}

/// A column that a mapping reads and a file does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingColumn {
    /// Its name in the mapping.
    pub column: String,
    /// A column of the file that it may be.
    pub nearest: Option<String>,
}

fn find(header: &[String], name: &str) -> Option<usize> {
    if let Some(index) = header.iter().position(|column| column == name) {
        return Some(index);
    }
    if let Some(place) = name.strip_prefix('#').and_then(|place| place.parse::<usize>().ok()) {
        return place.checked_sub(1).filter(|index| *index < header.len());
    }
    let (base, repeat) = name.rsplit_once('.')?;
    let repeat: usize = repeat.parse().ok()?;
    header.iter().enumerate().filter(|(_, column)| *column == base).nth(repeat).map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_names_and_places_are_found_and_a_slip_is_guessed() {
        let header = ["Variant", "Variant index", "Variant", ""].map(str::to_owned);
        let names = |names: &[&str]| Names(names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(
            bind(&header, &names(&["Variant.1", "Variant", "#4"]), &[]).unwrap(),
            [Some(2), Some(0), Some(3)]
        );
        assert_eq!(bind(&header, &names(&["gone"]), &["gone".into()]).unwrap(), [None]);
        let missing = bind(&header, &names(&["variant_index", "#5"]), &[]).unwrap_err();
        assert_eq!(missing[0].nearest.as_deref(), Some("Variant index"));
        assert_eq!(missing[1].column, "#5");
    }
}
