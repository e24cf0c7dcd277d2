//! The figures that the guide compares, asked from the server.

use rapport_proto::v1::{FunnelMeasure, FunnelRequest, FunnelResponse, ViewTime};
use rapport_story::PIPELINE;

use crate::{client::Client, failure::Refused, moment};

/// All open deals of the pipeline.
pub(super) struct OpenDeals {
    /// How many, in every currency.
    pub deals: u64,
    /// What those in euro are worth.
    pub euro_cents: i64,
}

/// What was won in euro.
pub(super) struct Won {
    /// In cents.
    pub euro_cents: i64,
    /// The name of the figure, to drill down with.
    pub figure: String,
}

/// Open deals as of a day, as known on a day or now.
///
/// # Errors
/// The server's.
pub(super) async fn open_deals(
    client: &Client,
    as_of: &str,
    known_at: Option<&str>,
) -> anyhow::Result<OpenDeals> {
    let answer = funnel(client, FunnelMeasure::Snapshot, None, Some(as_of), known_at).await?;
    let rows = || answer.pipelines.iter().flat_map(|pipeline| &pipeline.snapshot);
    let deals = rows().filter_map(|row| row.deals.as_ref()).map(|figure| figure.count).sum();
    let euro_cents =
        rows().filter(|row| row.currency == "EUR").filter_map(|row| row.amount_minor_units).sum();
    Ok(OpenDeals { deals, euro_cents })
}

/// What was won in a period, both days included.
///
/// # Errors
/// The server's.
pub(super) async fn won(
    client: &Client,
    period: (&str, &str),
    known_at: Option<&str>,
) -> anyhow::Result<Won> {
    let answer = funnel(client, FunnelMeasure::Outcomes, Some(period), None, known_at).await?;
    let mut outcomes = answer.pipelines.into_iter().flat_map(|pipeline| pipeline.outcomes);
    let euro = outcomes.find(|row| row.currency == "EUR").unwrap_or_default();
    Ok(Won {
        euro_cents: euro.won_minor_units.unwrap_or_default(),
        figure: euro.won.unwrap_or_default().figure,
    })
}

async fn funnel(
    client: &Client,
    measure: FunnelMeasure,
    period: Option<(&str, &str)>,
    as_of: Option<&str>,
    known_at: Option<&str>,
) -> anyhow::Result<FunnelResponse> {
    let zone = jiff::tz::TimeZone::UTC;
    let request = FunnelRequest {
        time: Some(ViewTime {
            occurred_until: moment::until(as_of, "--as-of", &zone)?,
            recorded_until: moment::until(known_at, "--known-at", &zone)?,
            ..ViewTime::default()
        }),
        pipeline: PIPELINE.to_owned(),
        period_from: moment::since(period.map(|period| period.0), "--from", &zone)?,
        period_to: moment::before(period.map(|period| period.1), "--to", &zone)?,
        measures: vec![measure.into()],
        ..FunnelRequest::default()
    };
    Ok(client.views().funnel(request).await.map_err(Refused::from)?.into_inner())
}
