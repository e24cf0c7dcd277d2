"""Asks a server with TLS: for its health without a token, and for its head without and with one.

usage: secured.py CA_FILE TOKEN_FILE HOST:PORT
"""

import pathlib
import sys

import grpc


def main() -> None:
    authority, token, address = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
    channel = grpc.secure_channel(address, grpc.ssl_channel_credentials(authority.read_bytes()))
    # An empty message is no bytes, so these two need no generated code.
    health = channel.unary_unary("/grpc.health.v1.Health/Check")
    head = channel.unary_unary("/rapport.v1.Ledger/Head")
    assert health(b"", timeout=10) == b"\x08\x01", "not serving"
    try:
        head(b"", timeout=10)
        raise AssertionError("a call without a token was answered")
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.UNAUTHENTICATED, error
    bearer = (("authorization", f"Bearer {token.read_text().strip()}"),)
    assert head(b"", timeout=10, metadata=bearer), "an empty answer"
    print("healthy, refused and answered")


main()
