"""Bytes that are not RFC 6455: what comes after a good handshake, and what should have been one."""

from __future__ import annotations

import struct
from base64 import b64encode
from collections.abc import Callable
from random import Random

__all__ = ["AFTER_HANDSHAKE", "HANDSHAKES", "PROBE", "frame", "handshake"]

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
Maker = Callable[[Random], bytes]


def handshake(path: str, chance: Random, *more: bytes) -> bytes:
    """A good one, with more header lines."""
    key = b64encode(chance.randbytes(16))
    lines = [
        f"GET {path} HTTP/1.1".encode(),
        *(b"Host: localhost", b"Upgrade: websocket", b"Connection: Upgrade"),
        *(b"Sec-WebSocket-Key: " + key, b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Protocol: support.v1"),
        *more,
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def frame(
    opcode: int, payload: bytes = b"", *, fin: bool = True, reserved: int = 0, masked: bool = True, length: bytes = b""
) -> bytes:
    """A frame as a client sends it. `length` replaces the length that it should have."""
    size = len(payload)
    if not length:
        long = b"\x7e" + size.to_bytes(2) if size < 2**16 else b"\x7f" + size.to_bytes(8)
        length = bytes([size]) if size < 126 else long
    head = bytes([fin << 7 | reserved << 4 | opcode, masked << 7 | length[0]]) + length[1:]
    return head + (b"\0\0\0\0" if masked else b"") + payload


PROBE = frame(PING, b"still there?")


def _bad_opcode(chance: Random) -> bytes:
    return frame(chance.choice((3, 4, 5, 6, 7, 11, 12, 13, 14, 15)), chance.randbytes(chance.randrange(10)))


def _reserved_bits(chance: Random) -> bytes:
    return frame(chance.choice((TEXT, BINARY, PING, CLOSE)), b"{}", reserved=chance.randrange(1, 8))


def _no_mask(chance: Random) -> bytes:
    return frame(chance.choice((TEXT, BINARY, PING)), b"{}", masked=False)


def _mask_of_noise(chance: Random) -> bytes:
    return frame(TEXT, chance.randbytes(chance.randrange(1, 60)))


def _control_in_pieces(chance: Random) -> bytes:
    return frame(chance.choice((CLOSE, PING, PONG)), b"x", fin=False) + frame(0, b"y")


def _long_control(chance: Random) -> bytes:
    return frame(chance.choice((CLOSE, PING, PONG)), chance.randbytes(chance.randrange(126, 500)))


def _wrong_length(chance: Random) -> bytes:
    return frame(TEXT, chance.randbytes(chance.randrange(40)), length=bytes([chance.randrange(126)]))


def _huge_length(chance: Random) -> bytes:
    size = chance.choice((2**20 + 1, 2**31, 2**32, 2**62, 2**63, 2**64 - 1))
    return frame(TEXT, b"{}", length=b"\x7f" + struct.pack("!Q", size))


def _long_way_to_say(chance: Random) -> bytes:
    """A length in more bytes than it needs."""
    length = chance.choice((b"\x7e" + struct.pack("!H", 2), b"\x7f" + struct.pack("!Q", 2)))
    return frame(TEXT, b"{}", length=length)


def _continues_nothing(chance: Random) -> bytes:
    return frame(0, b"{}", fin=chance.random() < 0.5)


def _another_within(chance: Random) -> bytes:
    return frame(TEXT, b"{", fin=False) + frame(chance.choice((TEXT, BINARY)), b"}")


def _bad_text(chance: Random) -> bytes:
    bad = chance.choice((b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe0\xa6"))
    return chance.choice((frame(TEXT, bad), frame(TEXT, b"{", fin=False) + frame(0, bad)))


def _bad_close(chance: Random) -> bytes:
    code = chance.choice((0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535))
    return frame(
        CLOSE, chance.choice((b"\x03", struct.pack("!H", code), b"\x03\xe8\xff\xff", b"\x03\xe8" + b"x" * 123))
    )


def _after_close(chance: Random) -> bytes:
    return frame(CLOSE, b"\x03\xe8") + chance.randbytes(chance.randrange(1, 200))


def _many_pieces(chance: Random) -> bytes:
    pieces = chance.randrange(10, 3000)
    return frame(TEXT, b"", fin=False) + frame(0, b"", fin=False) * pieces + frame(0, b"{}")


def _many_pings(chance: Random) -> bytes:
    return frame(PING, b"x" * 125) * chance.randrange(10, 300)


def _garbage(chance: Random) -> bytes:
    return chance.randbytes(chance.randrange(1, 400))


AFTER_HANDSHAKE: dict[str, Maker] = {
    "bad opcode": _bad_opcode,
    "reserved bits": _reserved_bits,
    "no mask": _no_mask,
    "noise as text": _mask_of_noise,
    "control frame in pieces": _control_in_pieces,
    "long control frame": _long_control,
    "wrong length": _wrong_length,
    "huge length": _huge_length,
    "length in too many bytes": _long_way_to_say,
    "continues nothing": _continues_nothing,
    "message within a message": _another_within,
    "bad UTF-8": _bad_text,
    "bad close frame": _bad_close,
    "more after close": _after_close,
    "thousands of pieces": _many_pieces,
    "hundreds of pings": _many_pings,
    "garbage": _garbage,
}


def _path(chance: Random) -> str:
    return chance.choice(("/ws/support/v1/", "/ws/desk/v1/"))


def _half(chance: Random) -> bytes:
    whole = handshake("/ws/support/v1/", chance)
    return whole[: chance.randrange(len(whole))]


def _odd_header(chance: Random) -> bytes:
    return handshake(
        _path(chance),
        chance,
        chance.choice(
            (
                b"Sec-WebSocket-Protocol: \xe0\xa6\x95, support.v1",
                b"Origin: \xff\xfe",
                b"Origin: http://[",
                b"Origin: null",
                b"Origin: https://" + b"a" * 3000,
                b"Cookie: sessionid=\xff\x00",
                b"Cookie: sessionid=" + b"x" * 5000,
                b"Daphne-Root-Path: \xe0\xa6\x95",
                b"Daphne-Root-Path: /elsewhere",
                b"Host: evil.example",
                b"Host: \xff",
                b"X\xff: y",
                b"X: \x00",
                b"no colon",
                b": no name",
                b" folded",
                b"Upgrade: h2c",
                b"Sec-WebSocket-Key: short",
                b"Sec-WebSocket-Version: 99",
                b"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99; x=\xff",
                b"Content-Length: 10",
                b"Content-Length: -1",
                b"Transfer-Encoding: chunked",
                b"Expect: 100-continue",
                b"X-Forwarded-For: \xff, 1.2.3.4",
            )
        ),
    )


def _flipped(chance: Random) -> bytes:
    data = bytearray(handshake("/ws/support/v1/", chance))
    for _ in range(chance.randrange(1, 5)):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def _odd_subprotocol(chance: Random) -> bytes:
    odd = chance.choice((b"\xe0\xa6\x95", b"%ff", b",,,", b"support.v2", b"support.v1, \xff", b"", b"x" * 5000))
    return handshake(_path(chance), chance).replace(b"support.v1\r\n\r\n", odd + b"\r\n\r\n")


def _missing_line(chance: Random) -> bytes:
    lines = handshake("/ws/support/v1/", chance).split(b"\r\n")
    del lines[chance.randrange(len(lines) - 2)]
    return b"\r\n".join(lines)


def _large(chance: Random) -> bytes:
    one = b"X: " + b"y" * chance.choice((16_000, 17_000, 70_000))
    return handshake(
        "/ws/support/v1/", chance, *chance.choice(([one], [b"X: y"] * 600, [b"X%d: y" % n for n in range(90)]))
    )


def _odd_path(chance: Random) -> bytes:
    paths = (
        "/ws/",
        "/ws/support/v2/",
        "*",
        "//",
        "/%00",
        "/%ff%fe",
        "/ws/support/v1/?\xff",
        "/\u0995",
        "x" * 9000,
        "http://",
    )
    return handshake(chance.choice(paths), chance)


def _another_protocol(chance: Random) -> bytes:
    return chance.choice(
        (
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + chance.randbytes(100),
            b"SSH-2.0-OpenSSH_9.2\r\n",
            b"GET /\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"\r\n" * 50,
            chance.randbytes(chance.randrange(1, 300)) + b"\r\n\r\n",
        )
    )


HANDSHAKES: dict[str, Maker] = {
    "half a handshake": _half,
    "odd header": _odd_header,
    "handshake with bit flips": _flipped,
    "odd subprotocol": _odd_subprotocol,
    "handshake without a line": _missing_line,
    "large handshake": _large,
    "odd path": _odd_path,
    "another protocol": _another_protocol,
}
