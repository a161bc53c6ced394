from __future__ import annotations

import struct
from collections.abc import Iterator

from surefoot.logs._row import Row

# The format: records of (length: u64, its checksum: u32, an Event message, its checksum: u32), see
# https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto and summary.proto.
_HEAD, _TAIL = 12, 4
_LARGEST = 1 << 30  # bytes of a record; above that the file is no log of events
_STEP, _SUMMARY = 2, 5  # fields of Event
_VALUE = 1  # of Summary
_TAG, _SIMPLE, _TENSOR = 1, 2, 8  # of Summary.Value
_DTYPE, _CONTENT, _FLOATS, _DOUBLES = 1, 4, 5, 6  # of TensorProto
_FLOAT, _DOUBLE = 1, 2  # types of a tensor


class TensorBoardReader:
    """Reads the scalars of a TensorBoard events file, without TensorBoard. Has state: the unfinished record."""

    def __init__(self) -> None:
        self._left = b""
        self._broken = False

    def feed(self, data: bytes) -> list[Row]:
        """Take the next piece of the file.

        Args:
            data: Any piece of it.

        Returns:
            A row for every event with scalars that is complete now.
        """
        data, rows, at = self._left + data, list[Row](), 0
        while not self._broken and len(data) - at >= _HEAD:
            (length,) = struct.unpack_from("<Q", data, at)
            self._broken = length > _LARGEST
            end = at + _HEAD + length + _TAIL
            if self._broken or end > len(data):
                break
            rows += _event(data[at + _HEAD : end - _TAIL])
            at = end
        self._left = b"" if self._broken else data[at:]
        return rows

    def close(self) -> list[Row]:
        """The file is at its end.

        Returns:
            Nothing: a record without its end is none.
        """
        self._left = b""
        return []


def _event(data: bytes) -> list[Row]:
    step, values = 0, dict[str, float]()
    try:
        for field, value in _fields(data):
            if field == _STEP and isinstance(value, int):
                step = value - (1 << 64) if value >> 63 else value
            elif field == _SUMMARY and isinstance(value, bytes):
                values.update(scalar for part in _parts(value, _VALUE) if (scalar := _scalar(part)) is not None)
    except (IndexError, struct.error, UnicodeDecodeError):
        return []  # not what it was taken for
    return [Row(values, step)] if values else []


def _scalar(data: bytes) -> tuple[str, float] | None:
    tag, value = "", None
    for field, part in _fields(data):
        if field == _TAG and isinstance(part, bytes):
            tag = part.decode()
        elif field == _SIMPLE and isinstance(part, bytes):
            (value,) = struct.unpack("<f", part)
        elif field == _TENSOR and isinstance(part, bytes):
            value = _tensor(part)
    return None if value is None or not tag else (tag, float(value))


def _tensor(data: bytes) -> float | None:
    """The only element of a tensor of floats; ``None`` for any other tensor."""
    kind, content = 0, b""
    for field, part in _fields(data):
        if field == _DTYPE and isinstance(part, int):
            kind = part
        elif field in {_CONTENT, _FLOATS, _DOUBLES} and isinstance(part, bytes):
            content = part
    form = {_FLOAT: "<f", _DOUBLE: "<d"}.get(kind)
    return None if form is None or len(content) != struct.calcsize(form) else struct.unpack(form, content)[0]


def _parts(data: bytes, wanted: int) -> Iterator[bytes]:
    return (value for field, value in _fields(data) if field == wanted and isinstance(value, bytes))


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and content of each field of a protocol buffer message."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        field, kind = key >> 3, key & 7
        if kind == 0:
            value, at = _varint(data, at)
            yield field, value
            continue
        if kind == 2:
            size, at = _varint(data, at)
        elif kind in {1, 5}:
            size = 8 if kind == 1 else 4
        else:
            raise IndexError(f"a field of the unknown kind {kind}")
        if at + size > len(data):
            raise IndexError("a field beyond the end of its message")
        yield field, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
