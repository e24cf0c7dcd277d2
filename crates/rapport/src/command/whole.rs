//! Collects all pages of an answer.

use prost::Message as _;
use rapport_proto::v1::{
    ClassesRequest, ClassesResponse, FunnelRequest, FunnelResponse, SatisfactionRequest, SatisfactionResponse,
};

use crate::{client::Client, failure::Refused};

/// All pages of a funnel.
///
/// # Errors
/// The server's.
pub(super) async fn funnel(client: &Client, mut request: FunnelRequest) -> anyhow::Result<FunnelResponse> {
    let mut views = client.views();
    let mut whole = views.funnel(request.clone()).await.map_err(Refused::from)?.into_inner();
    while !whole.next_page_token.is_empty() {
        request.page_token = std::mem::take(&mut whole.next_page_token);
        let page = views.funnel(request.clone()).await.map_err(Refused::from)?.into_inner();
        add_funnel(&mut whole, page)?;
    }
    Ok(whole)
}

/// The first pipeline of a page may be the last one of the page before.
fn add_funnel(whole: &mut FunnelResponse, page: FunnelResponse) -> anyhow::Result<()> {
    let definitions = page.meta.map(|meta| meta.definitions).unwrap_or_default();
    whole.meta.get_or_insert_default().definitions.extend(definitions);
    for pipeline in page.pipelines {
        match whole.pipelines.last_mut().filter(|last| last.pipeline == pipeline.pipeline) {
            // Merging one message into another is to append its lists.
            Some(last) => last.merge(pipeline.encode_to_vec().as_slice())?,
            None => whole.pipelines.push(pipeline),
        }
    }
    (whole.next_page_token, whole.rows_left_out) = (page.next_page_token, page.rows_left_out);
    Ok(())
}

/// All pages of satisfaction.
///
/// # Errors
/// The server's.
pub(super) async fn satisfaction(
    client: &Client,
    mut request: SatisfactionRequest,
) -> anyhow::Result<SatisfactionResponse> {
    let mut views = client.views();
    let mut whole = views.satisfaction(request.clone()).await.map_err(Refused::from)?.into_inner();
    while !whole.next_page_token.is_empty() {
        request.page_token = std::mem::take(&mut whole.next_page_token);
        let page = views.satisfaction(request.clone()).await.map_err(Refused::from)?.into_inner();
        whole.scores.extend(page.scores);
        whole.trend.extend(page.trend);
        whole.rolling.extend(page.rolling);
        whole.attributes.extend(page.attributes);
        whole.companies.extend(page.companies);
        (whole.next_page_token, whole.rows_left_out) = (page.next_page_token, page.rows_left_out);
    }
    Ok(whole)
}

/// All pages of classes; with a page size, the first.
///
/// # Errors
/// The server's.
pub(super) async fn classes(client: &Client, mut request: ClassesRequest) -> anyhow::Result<ClassesResponse> {
    let mut views = client.views();
    let mut whole = views.classes(request.clone()).await.map_err(Refused::from)?.into_inner();
    while request.page_size == 0 && !whole.next_page_token.is_empty() {
        request.page_token = std::mem::take(&mut whole.next_page_token);
        let page = views.classes(request.clone()).await.map_err(Refused::from)?.into_inner();
        whole.rows.extend(page.rows);
        (whole.next_page_token, whole.rows_left_out) = (page.next_page_token, page.rows_left_out);
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use rapport_proto::v1::{CohortFunnel, PipelineFunnel, Stage, cohort_funnel::Step};

    use super::*;

    #[test]
    fn a_pipeline_that_goes_on_on_the_next_page_is_one_pipeline() {
        let pipeline = |code: &str, stages: &[&str], steps: &[&str]| PipelineFunnel {
            pipeline: code.to_owned(),
            stages: stages
                .iter()
                .map(|code| Stage { code: (*code).to_owned(), ..Stage::default() })
                .collect(),
            cohort: Some(CohortFunnel {
                steps: steps
                    .iter()
                    .map(|stage| Step { stage: (*stage).to_owned(), ..Step::default() })
                    .collect(),
                immature: true,
                ..CohortFunnel::default()
            }),
            ..PipelineFunnel::default()
        };
        let page = |pipelines, rows_left_out| FunnelResponse {
            pipelines,
            rows_left_out,
            ..FunnelResponse::default()
        };
        let mut whole = page(vec![pipeline("a", &["1"], &[]), pipeline("b", &["1", "2"], &["1"])], 4);
        add_funnel(&mut whole, page(vec![pipeline("b", &[], &["2"]), pipeline("c", &["1"], &[])], 0))
            .unwrap();
        let expected = vec![
            pipeline("a", &["1"], &[]),
            pipeline("b", &["1", "2"], &["1", "2"]),
            pipeline("c", &["1"], &[]),
        ];
        assert_eq!((whole.pipelines, whole.rows_left_out), (expected, 0));
    }
}
