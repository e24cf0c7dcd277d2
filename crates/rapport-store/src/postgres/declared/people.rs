//! What people ask of a declared table: its rows as of a moment, and now.

use rapport_views::table::{
    CURRENCY, CUSTOMER, Column, Kind, MINOR_UNITS, POSITION, RETRACTED, Table, VALID_TO, said,
};

use super::{ddl::kind, literal, quoted};

/// A column of the answer: its name and type, what it is made of, and what it means.
struct Answered {
    name: String,
    kind: &'static str,
    made_of: String,
    says: String,
}

/// Makes `NAME_as_of(t, k)` and `NAME_now` of a table, if people are meant to ask it.
pub(crate) fn as_of(table: &Table) -> Option<String> {
    let name = table.people?;
    let (answered, begins) = (answered(table), table.kind.begins());
    let columns: Vec<String> =
        answered.iter().map(|one| format!("{} {}", quoted(&one.name), one.kind)).collect();
    let selected: Vec<&str> = answered.iter().map(|one| one.made_of.as_str()).collect();
    let mut from = format!("{} r", table.name);
    if table.column(CUSTOMER).is_some() {
        from += " LEFT JOIN parties_as_of(occurred_until, recorded_until) p ON p.party = r.customer";
    }
    if table.column(CURRENCY).is_some() {
        from += " LEFT JOIN currency c ON c.code = r.currency";
    }
    let mut held = format!(
        "r.{begins} <= occurred_until AND r.known_from <= recorded_until AND r.known_to > recorded_until"
    );
    if table.kind == Kind::State {
        held += &format!(" AND r.{VALID_TO} > occurred_until");
    }
    if table.column(RETRACTED).is_some() {
        held += &format!(" AND NOT r.{RETRACTED}");
    }
    let says = said(table.says).trim_end_matches('.');
    let comments: String = answered
        .iter()
        .map(|one| format!("COMMENT ON COLUMN {name}_now.{} IS {};\n", quoted(&one.name), literal(&one.says)))
        .collect();
    Some(format!(
        "CREATE FUNCTION {name}_as_of(occurred_until timestamptz, recorded_until timestamptz)
         RETURNS TABLE ({columns})
         LANGUAGE sql STABLE
         BEGIN ATOMIC
           SELECT {selected} FROM {from} WHERE {held};
         END;
         COMMENT ON FUNCTION {name}_as_of IS {of_function};
         CREATE VIEW {name}_now AS SELECT * FROM {name}_as_of(now(), '9999-12-31 00:00:00+00');
         COMMENT ON VIEW {name}_now IS {of_view};
         {comments}",
        columns = columns.join(", "),
        selected = selected.join(", "),
        of_function = literal(&format!("{says}. What had happened until a moment, as known at another.")),
        of_view = literal(&format!("{says}. As known now.")),
    ))
}

fn answered(table: &Table) -> Vec<Answered> {
    let plain = |column: &Column| Answered {
        name: column.name.to_owned(),
        kind: kind(column),
        made_of: format!("r.{}", quoted(column.name)),
        says: said(column.says).to_owned(),
    };
    let customer = table.column(CUSTOMER);
    let surviving = customer.map(|column| Answered {
        made_of: "coalesce(p.surviving_party, r.customer)".to_owned(),
        says: "The party; of merged ones the one that stands for all; empty where an event names none."
            .to_owned(),
        ..plain(column)
    });
    let recorded = customer.map(|column| Answered {
        name: "recorded_under".to_owned(),
        says: "The party that the event names.".to_owned(),
        ..plain(column)
    });
    let place = |name: &str| table.kind.place().iter().find(|column| column.name == name).map(plain);
    let own = table.columns.iter().filter(|column| ![CUSTOMER, RETRACTED].contains(&column.name));
    let own = own.flat_map(|column| [major_units(table, column), Some(plain(column))]).flatten();
    let ends = recorded.into_iter().chain(place(POSITION));
    surviving.into_iter().chain(place(table.kind.begins())).chain(own).chain(ends).collect()
}

/// The amount that a column holds in minor units.
fn major_units(table: &Table, column: &Column) -> Option<Answered> {
    let amount = column.name.strip_suffix(MINOR_UNITS)?;
    table.column(CURRENCY)?;
    Some(Answered {
        name: amount.to_owned(),
        kind: "numeric",
        made_of: format!("round(r.{} / power(10::numeric, c.exponent), c.exponent)", quoted(column.name)),
        says: "In major units: 12.50; null without a currency.".to_owned(),
    })
}
