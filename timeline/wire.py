"""The bytes on the wire: messages and log lines as JSON text, and one ready WebSocket frame around them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder()


def encode(value: Any) -> str:
    """A JSON value as text, keys in the order given."""
    return _encoder.encode(value).decode()


def decode(text: str | bytes) -> Any:
    """JSON as a value; raises ValueError on what is none. Integers of any size stay integers."""
    return _decoder.decode(text)


def lines_to_entries(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The log lines as objects."""
    return (_decoder.decode(line) for line in lines)


def batch_text(code: str, epoch: str, head: int, now: int, first: int, lines: Sequence[str], moved: int = 0) -> str:
    """A batch message around lines that are JSON already; without lines, `to` is one below `from`. `moved` is by how
    many ms the server's system clock was set, and is left out while that is nothing.
    """
    last = first + len(lines) - 1
    moved_too = f'"moved":{moved},' if moved else ""
    return (
        f'{{"t":"batch","code":"{code}","epoch":{json.dumps(epoch)},"from":{first},"to":{last},'
        f'"head":{head},"now":{now},{moved_too}"entries":[{",".join(lines)}]}}'
    )


def text_frame(payload: bytes) -> bytes:
    """One whole, unmasked WebSocket text frame, the same bytes for every device (RFC 6455, section 5.2)."""
    length = len(payload)
    if length < 126:
        return bytes((0x81, length)) + payload
    if length < 65536:
        return b"\x81\x7e" + length.to_bytes(2) + payload
    return b"\x81\x7f" + length.to_bytes(8) + payload
