//! `Append` and `AppendStream`: checked, queued, answered when durable.

use std::{
    pin::pin,
    sync::{Arc, OnceLock},
    time::Instant,
};

use rapport_model::{AppendRequest, Appended, ErrorClass};
use rapport_proto::{time, v1, validate};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_stream::{Stream, StreamExt, wrappers::ReceiverStream};
use tonic::{Code, Status, Streaming};

use super::references;
use crate::{
    door::{budget::Share, oversize, refusal::Refusal},
    ledger::core::Core,
};

/// Requests of one append stream on their way at any moment; the next is read when one of them is answered.
const IN_FLIGHT_MAX: usize = 64;

type Answer = Result<Appended, Refusal>;

/// One request, answered when it is durable.
///
/// # Errors
/// Nothing of it is stored.
pub(super) async fn append(
    core: &Arc<Core>,
    request: v1::AppendRequest,
) -> Result<v1::AppendResponse, Refusal> {
    let queued = match check(core, request).await {
        Ok(request) => core.budget.take(&request).and_then(|share| submit(core, request, share, None)),
        Err(refusal) => Err(refusal),
    };
    match queued {
        Ok(answer) => Ok(to_proto(wait(answer).await?)),
        Err(refusal) => {
            core.metrics.refused(&refusal);
            Err(refusal)
        }
    }
}

/// The faults of a request, apart from those that only the log can find.
async fn check(core: &Arc<Core>, request: v1::AppendRequest) -> Result<AppendRequest, Refusal> {
    if core.stopping.is_set() {
        return Err(Refusal::stopping());
    }
    core.check_set_back()?;
    let request = validate::append_request(request, &core.config.limits())?;
    check_references(core, request).await
}

async fn check_references(core: &Arc<Core>, request: AppendRequest) -> Result<AppendRequest, Refusal> {
    if !references::any(&request) {
        return Ok(request);
    }
    let reader = core.reader.clone();
    core.blocking("checking an append", move || references::check(&request, &reader).map(|()| request)).await
}

/// Hands a request to the log's writer; its share of the budget is given back when it is answered.
fn submit(
    core: &Arc<Core>,
    request: AppendRequest,
    share: Share,
    in_flight: Option<OwnedSemaphorePermit>,
) -> Result<oneshot::Receiver<Answer>, Refusal> {
    let (to, answer) = oneshot::channel();
    let events = request.appends.iter().flat_map(|append| &append.events);
    let (count, bytes) =
        events.fold((0, 0), |(count, bytes), event| (count + 1, bytes + event.payload.len() as u64));
    let (since, metrics, under_way) = (Instant::now(), Arc::clone(&core.metrics), core.calls.begin());
    core.writer.submit(request, move |answer| {
        let answer = answer.map_err(Refusal::from);
        metrics.appended(count, bytes, since, &answer);
        drop((share, in_flight));
        // A client that went away no longer waits for its answer.
        let _ = to.send(answer);
        drop(under_way);
    })?;
    Ok(answer)
}

async fn wait(answer: oneshot::Receiver<Answer>) -> Answer {
    answer.await.unwrap_or_else(|_| Err(Refusal::internal("the log's writer")))
}

/// Answers to the requests of a stream, in their order. Requests are read on while earlier ones are on their way.
pub(super) fn append_stream(
    core: &Arc<Core>,
    requests: Streaming<v1::AppendRequest>,
) -> impl Stream<Item = Result<v1::AppendStreamResponse, Status>> + Send + use<> {
    // Bounded: a client that does not read its answers is not read from.
    let (to, answers) = mpsc::channel(IN_FLIGHT_MAX);
    let end = Arc::new(OnceLock::new());
    tokio::spawn(read_requests(Arc::clone(core), requests, to, Arc::clone(&end)));
    let answered = ReceiverStream::new(answers).then(async |answer| Ok(response(wait(answer).await)));
    answered.chain(
        tokio_stream::once(())
            .filter_map(move |()| end.get().cloned().map(|refusal: Refusal| Err(refusal.into()))),
    )
}

/// Reads requests until the client has no more or goes away. When the server stops, it refuses further requests for a
/// moment: closing a connection on which a client still sends would lose answers that are on their way.
async fn read_requests(
    core: Arc<Core>,
    mut requests: Streaming<v1::AppendRequest>,
    to: mpsc::Sender<oneshot::Receiver<Answer>>,
    end: Arc<OnceLock<Refusal>>,
) {
    let _under_way = core.calls.begin();
    let in_flight = Arc::new(Semaphore::new(IN_FLIGHT_MAX));
    let mut lingered = pin!(core.stopping.clone().lingered());
    loop {
        let request = tokio::select! {
            request = requests.message() => request,
            () = &mut lingered => {
                let _ = end.set(Refusal::stopping());
                return;
            }
        };
        let request = match request {
            Ok(Some(request)) => request,
            Ok(None) => return,
            Err(status) => {
                let _ = end.set(unreadable(&status));
                return;
            }
        };
        let answer = queue(&core, request, &in_flight).await.unwrap_or_else(|refusal| {
            core.metrics.refused(&refusal);
            let (to, refused) = oneshot::channel();
            let _ = to.send(Err(refusal));
            refused
        });
        if !core.stopping.send(&to, answer).await {
            let _ = end.set(Refusal::stopping());
            return;
        }
    }
}

/// A request that cannot be read ends the stream; the requests before it are answered first.
fn unreadable(status: &Status) -> Refusal {
    if status.code() == Code::OutOfRange {
        return oversize::refusal(status);
    }
    Refusal::new(ErrorClass::Unavailable, "STREAM_BROKEN", "the requests cannot be read on; append again")
}

async fn queue(
    core: &Arc<Core>,
    request: v1::AppendRequest,
    in_flight: &Arc<Semaphore>,
) -> Result<oneshot::Receiver<Answer>, Refusal> {
    if core.stopping.is_set() {
        return Err(Refusal::stopping());
    }
    core.check_set_back()?;
    let mut request = validate::append_request(request, &core.config.limits())?;
    if references::any(&request) {
        // A target may be in a request that is still on its way. Holding all permits means that no request is.
        let _none_in_flight = in_flight.acquire_many(u32::try_from(IN_FLIGHT_MAX).unwrap_or(u32::MAX)).await;
        request = check_references(core, request).await?;
    }
    let permit = Arc::clone(in_flight).acquire_owned().await.map_err(|_| Refusal::stopping())?;
    let share = core.budget.wait(&request).await?;
    submit(core, request, share, Some(permit))
}

fn to_proto(appended: Appended) -> v1::AppendResponse {
    v1::AppendResponse {
        first_position: appended.first_position.0,
        last_position: appended.last_position.0,
        recorded_at: Some(time::to_proto(appended.recorded_at)),
        duplicates: appended.duplicates,
        duplicate_positions: appended.duplicate_positions.into_iter().map(|position| position.0).collect(),
        first_new_position: appended.first_new_position.map_or(0, |position| position.0),
        revisions: appended.revisions.into_iter().map(|revision| revision.0).collect(),
    }
}

fn response(answer: Answer) -> v1::AppendStreamResponse {
    use v1::append_stream_response::Result;
    let result = match answer {
        Ok(appended) => Result::Appended(to_proto(appended)),
        Err(refusal) => Result::Error(refusal.into()),
    };
    v1::AppendStreamResponse { result: Some(result) }
}
