"""Every domain of staging is at this machine, for the fuzzer too."""

import socket

_resolve = socket.getaddrinfo


def _here(host, *arguments, **named):
    at = "127.0.0.1" if isinstance(host, str) and host.endswith(".staging.example.com") else host
    return _resolve(at, *arguments, **named)


socket.getaddrinfo = _here
