"""Appends to a ledger and reads it back, made from the proto files alone.

usage: append_and_read.py PROTO_FOLDER HOST:PORT
"""

import importlib
import pathlib
import sys
import tempfile
import uuid

import grpc
import grpc_tools
from grpc_tools import protoc


def generated(protos: pathlib.Path):
    """Compiles the contract as any Python client would."""
    out = tempfile.mkdtemp(prefix="rapport-client-")
    files = [str(file) for file in sorted(protos.glob("rapport/v1/*.proto"))]
    well_known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    arguments = ["protoc", f"-I{protos}", f"-I{well_known}", f"--python_out={out}", f"--grpc_python_out={out}"]
    assert protoc.main([*arguments, *files]) == 0, "the contract does not compile"
    sys.path.insert(0, out)
    names = ("event_pb2", "deal_pb2", "common_pb2", "ledger_pb2", "ledger_pb2_grpc", "views_pb2", "views_pb2_grpc")
    return [importlib.import_module(f"rapport.v1.{name}") for name in names]


def main() -> None:
    protos, address = pathlib.Path(sys.argv[1]), sys.argv[2]
    event, deal, common, ledger, ledger_grpc, views, views_grpc = generated(protos)
    channel = grpc.insecure_channel(address)
    service = ledger_grpc.LedgerStub(channel)

    opened = deal.DealOpened(
        deal_id="42",
        stage="new",
        amount=common.Money(minor_units=125_000, currency="EUR"),
        personal=deal.DealOpened.Personal(title="Jāņa Bērziņa jumts"),
    )
    offered = event.Event(id=str(uuid.uuid4()), customer="7", payload=event.Payload(deal_opened=opened))
    append = ledger.StreamAppend(stream="deal-42", events=[offered])
    append.expected_revision.no_stream.SetInParent()
    request = ledger.AppendRequest(appends=[append])
    first = service.Append(request, timeout=10)
    assert first.first_position == first.last_position == 1, first
    # The same again: the same answer, and nothing added.
    again = service.Append(request, timeout=10)
    assert (again.first_position, list(again.duplicates)) == (1, [0]), again

    # A correction: its personal part is stored apart and comes back in its place.
    opened.amount.minor_units = 130_000
    corrected = event.EventCorrected(
        target_event_id=offered.id, replacement=event.Payload(deal_opened=opened), reason="typing error"
    )
    correction = event.Event(customer="7", payload=event.Payload(event_corrected=corrected))
    service.Append(ledger.AppendRequest(appends=[ledger.StreamAppend(stream="deal-42", events=[correction])]))

    read = [e for page in service.ReadStream(ledger.ReadStreamRequest(stream="deal-42")) for e in page.events]
    assert [e.revision for e in read] == [0, 1], read
    assert read[0].type == "deal.opened" and list(read[0].tags) == ["deal:42"], read[0]
    assert read[0].payload.deal_opened.personal.title == "Jāņa Bērziņa jumts", read[0]
    assert read[1].payload.event_corrected == corrected, read[1]

    # A wrong event is refused with the field, and nothing is stored.
    opened.amount.currency = "euro"
    wrong = event.Event(payload=event.Payload(deal_opened=opened))
    try:
        service.Append(ledger.AppendRequest(appends=[ledger.StreamAppend(stream="deal-42", events=[wrong])]))
        raise AssertionError("a wrong currency was accepted")
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, error
        assert "appends[0].events[0].payload.deal_opened.amount.currency" in error.details(), error.details()
    assert service.Head(ledger.HeadRequest()).position == 2

    funnel = views_grpc.ViewsStub(channel).Funnel(
        views.FunnelRequest(time=views.ViewTime(at_least_position=2)), timeout=10
    )
    row = funnel.pipelines[0].snapshot[0]
    assert (row.stage, row.currency, row.amount_minor_units, row.deals.count) == ("new", "EUR", 130_000, 1), row
    print("appended, corrected, refused, read and asked from Python")


main()
