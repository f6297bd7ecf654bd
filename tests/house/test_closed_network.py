"""No test reaches the network: sockets are closed, except on the loopback."""

import socket

import pytest
from pytest_socket import SocketConnectBlockedError


@pytest.mark.parametrize("address", ["192.0.2.1", "198.51.100.7"])
def test_an_outside_address_is_refused_before_anything_is_sent(address: str) -> None:
    refused = (SocketConnectBlockedError, UserWarning)  # it warns first, and a warning is an error here
    with socket.socket() as outside, pytest.raises(refused, match="tried to use socket"):
        outside.connect((address, 80))


def test_the_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()
