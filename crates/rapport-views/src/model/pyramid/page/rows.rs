//! Candidates and customers.

use rapport_proto::v1::{PyramidCandidate, PyramidCustomer, PyramidLevel, PyramidRequest, PyramidResponse};

use super::columns::{currency, level, level_before, money, share};
use crate::{
    model::pyramid::level::code,
    page::{Grid, GridCell, GridColumn, Picture, Unit, Words},
};

pub(super) fn candidates(request: &PyramidRequest, response: &PyramidResponse) -> Grid {
    let title = match request.level() {
        PyramidLevel::Unspecified => "who can step up, the nearest first".to_owned(),
        level => format!("who can step up from {}, the nearest first", code(level)),
    };
    let mut grid = Grid::new("candidate", "").titled(Words::new("candidate", title)).columns([
        GridColumn::new("customer", "customer", Unit::Code).most(),
        currency(response),
        GridColumn::new("level", "level", Unit::Code),
        GridColumn::new("next_level", "next", Unit::Code),
        GridColumn::new("revenue", "revenue", Unit::Money),
        GridColumn::new("missing", "missing", Unit::Money),
        GridColumn::new("missing_share", "of the border", Unit::Share).less(1),
        GridColumn::new("border", "border", Unit::Money).for_exports(),
        GridColumn::new("revenue_before", "before", Unit::Money).less(2),
        GridColumn::new("near", "near", Unit::Text),
        GridColumn::new("grows", "grows", Unit::Text),
    ]);
    for one in &response.candidates {
        grid.row(of_candidate(one));
    }
    grid
}

fn of_candidate(one: &PyramidCandidate) -> [GridCell; 11] {
    let code = &one.currency;
    let yes = |is_so| if is_so { GridCell::text("yes") } else { GridCell::nothing() };
    [
        GridCell::text(&one.customer),
        GridCell::text(code),
        level(one.level()),
        level(one.next_level()),
        money(one.revenue.as_ref(), code),
        money(one.missing.as_ref(), code),
        share(one.missing_share),
        money(one.border.as_ref(), code),
        money(one.revenue_before.as_ref(), code),
        yes(one.near),
        yes(one.grows),
    ]
}

pub(super) fn customers(request: &PyramidRequest, response: &PyramidResponse) -> Grid {
    let title = match request.level() {
        PyramidLevel::Unspecified => "customers, the highest revenue first",
        PyramidLevel::Top => "top customers, the highest revenue first",
        PyramidLevel::Large => "large customers, the highest revenue first",
        PyramidLevel::Medium => "medium customers, the highest revenue first",
        PyramidLevel::Small => "small customers, the highest revenue first",
        PyramidLevel::Inactive => "inactive customers, the latest purchase first",
        PyramidLevel::Prospect => "prospects",
        PyramidLevel::Suspect => "suspects",
    };
    let mut grid = Grid::new("customer", title).columns([
        GridColumn::new("customer", "customer", Unit::Code).most(),
        currency(response),
        GridColumn::new("level", "level", Unit::Code),
        GridColumn::new("revenue", "revenue", Unit::Money),
        GridColumn::new("share_of_revenue", "of revenue", Unit::Share).drawn(Picture::Bar),
        GridColumn::new("purchases", "purchases", Unit::Count),
        GridColumn::new("last_purchase", "last", Unit::Day).less(1),
        GridColumn::new("level_before", "before", Unit::Code),
    ]);
    for one in &response.customers {
        grid.row(of_customer(one));
    }
    grid
}

fn of_customer(one: &PyramidCustomer) -> [GridCell; 8] {
    let is_priced = !one.currency.is_empty();
    let before = if is_priced { level_before(one.level_before()) } else { GridCell::nothing() };
    [
        GridCell::text(&one.customer),
        GridCell::text(&one.currency),
        level(one.level()),
        money(one.revenue.as_ref(), &one.currency),
        share(one.share),
        if is_priced { GridCell::figure(one.purchases.as_ref()) } else { GridCell::nothing() },
        GridCell::moment(one.last_purchase.as_ref()),
        before,
    ]
}
