"""JSON from strangers: bounded before it is read, and nothing that later parts would trip over."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any, Final

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from amena.problems import Problem

#: Bytes. The longest body that makes sense, a motion of many keyframes, has a tenth.
MOST_BYTES: Final = 128 * 1024


class BoundedJSONParser(JSONParser):
    """JSON of at most `MOST_BYTES`, of a depth that Python can read, in whole characters."""

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The parsed body.

        Raises:
            Problem: `too_large`.
            ParseError: it is no JSON, nested too deeply, or holds halves of characters.
        """
        body = stream.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise Problem("too_large", f"A JSON body can have up to {MOST_BYTES // 1024} kB.")
        try:
            parsed = super().parse(BytesIO(body), media_type, parser_context)
            if b"\\u" in body:  # half a surrogate pair can neither be stored nor sent back
                _whole(parsed)
            return parsed
        except RecursionError as error:
            raise ParseError("JSON parse error - it is nested too deeply.") from error


def _whole(value: Any) -> None:
    """Raises ParseError where a text holds half a character."""
    match value:
        case str():
            if not value.isascii() and any("\ud800" <= each <= "\udfff" for each in value):
                raise ParseError("JSON parse error - a character is cut in half.")
        case list():
            for each in value:
                _whole(each)
        case dict():
            for key, each in value.items():
                _whole(key)
                _whole(each)
