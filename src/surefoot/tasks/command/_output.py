from __future__ import annotations

from collections import deque

_HEAD = 64_000  # bytes kept of the beginning of what a program prints on a stream
_TAIL = 256_000  # and of the end


class Output:
    """What a program printed on a stream, bounded: its beginning and its end. Has state."""

    def __init__(self) -> None:
        self._head = b""
        self._tail: deque[bytes] = deque()
        self._tailed = 0
        self._left_out = 0

    def take(self, data: bytes) -> None:
        """Keep what came next, as far as there is room."""
        room = _HEAD - len(self._head)
        self._head += data[:room] if room > 0 else b""
        rest = data[max(0, room) :]
        if not rest:
            return
        self._tail.append(rest)
        self._tailed += len(rest)
        while self._tailed - len(self._tail[0]) >= _TAIL:
            dropped = self._tail.popleft()
            self._tailed -= len(dropped)
            self._left_out += len(dropped)

    def text(self) -> str:
        """All that was kept.

        Returns:
            Text; says how much was left out.
        """
        gap = f"\n[... {self._left_out:,} bytes left out ...]\n".encode() if self._left_out else b""
        return (self._head + gap + b"".join(self._tail)).decode("utf-8", errors="replace")

    def last_lines(self, count: int) -> list[str]:
        """The last lines that say something.

        Args:
            count: At most so many.

        Returns:
            Lines of at most 300 characters, what a progress bar drew over left out.
        """
        lines = [line.rsplit("\r", 1)[-1].rstrip() for line in self.text().replace("\r\n", "\n").rstrip().split("\n")]
        return ["".join(c if c.isprintable() else "?" for c in line[:300]) for line in lines if line.strip()][-count:]
