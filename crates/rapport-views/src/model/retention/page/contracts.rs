//! How long contracts last.

use rapport_proto::v1::ContractSurvival;

use super::overview::{count, percent};
use crate::page::{Grid, GridCell, GridColumn, Picture, Unit, Words};

/// The share that lasts longer, length by length.
pub(super) fn survival(of: &ContractSurvival) -> Grid {
    let mut grid = Grid::new("survival", "how long contracts last").columns([
        GridColumn::new("months", "months", Unit::Code),
        GridColumn::new("count", "at risk", Unit::Count),
        GridColumn::new("ended", "ended by then", Unit::Count).less(1),
        GridColumn::new("survival", "last longer %", Unit::Score).most().drawn(Picture::Interval),
    ]);
    for point in &of.points {
        grid.row([
            GridCell::count(point.months.into()),
            GridCell::figure(point.at_risk.as_ref()),
            GridCell::figure(point.ended.as_ref()),
            percent(Some(point.survival), point.low.zip(point.high)),
        ]);
    }
    // All of them, for exports: after no time every contract is at risk.
    grid.row_aside([
        GridCell::nothing(),
        GridCell::figure(of.contracts.as_ref()),
        GridCell::figure(of.ended.as_ref()),
        GridCell::nothing(),
    ]);
    let all = count(of.contracts.as_ref());
    if all == 0 {
        return grid;
    }
    grid.note(
        Words::counted("contracts", all, "contract, {} of them ended", "contracts, {} of them ended")
            .with_count(count(of.ended.as_ref())),
    );
    grid.note(match of.median_months.zip(of.median_days) {
        Some((months, days)) => {
            let noun = |n: u32, one: &'static str, many: &'static str| if n == 1 { one } else { many };
            let (month, day) = (noun(months, "month", "months"), noun(days, "day", "days"));
            let text = format!("half of them last {{}} {month} and {{}} {day} or longer");
            Words::new("median", text).with_count(months.into()).with_count(days.into())
        }
        None => Words::new("no_median", "more than half outlast every length: the median is not known"),
    });
    grid
}
