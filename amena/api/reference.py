"""The OpenAPI description as people read it: requests by subject, then the types.

A page made of this shows everything at once and needs no script; programs read the description
itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

Schema: TypeAlias = Mapping[str, Any]

_VERBS: Final = ("get", "post", "put", "patch", "delete")
_FIRST: Final = ("photos", "jobs", "artifacts")
_CODE: Final = re.compile(r"`([^`]*)`")
#: What drf-spectacular adds to a description: the choices, which stand in the field's type.
_CHOICES: Final = re.compile(r"(?:^|\n\n)\* `.*", re.DOTALL)
#: In every answer of its kind; the page says it once.
_USUAL: Final = frozenset({"If-None-Match", "Idempotency-Key"})


class Field(NamedTuple):
    """One parameter of a request, or one field of a type.

    Attributes:
        name: as it is sent.
        what: its type, with its range or its choices.
        text: what it is for; may be empty.
        note: "required", or where it goes; may be empty.
    """

    name: str
    what: SafeString
    text: SafeString
    note: str


class Operation(NamedTuple):
    """One request.

    Attributes:
        name: its id in the description.
        verb, path: the request line.
        text: what it does.
        fields: its parameters.
        body: the type that is sent, and as what; empty where nothing is.
        answers: status and type of what comes back when all is well.
    """

    name: str
    verb: str
    path: str
    text: SafeString
    fields: Sequence[Field]
    body: SafeString
    answers: Sequence[tuple[str, SafeString]]


class Type(NamedTuple):
    """What is sent or comes back.

    Attributes:
        name: as other types name it.
        text: what it is.
        fields: those of its own.
        shared: names of fields that are the same in `Options`, which describes them.
    """

    name: str
    text: SafeString
    fields: Sequence[Field]
    shared: Sequence[str]


def subjects(description: Schema) -> list[tuple[str, list[Operation]]]:
    """The requests by subject: first what every program needs, then the rest as described.

    Args:
        description: an OpenAPI 3.1 document.
    """
    found: dict[str, list[Operation]] = {}
    for path, verbs in description["paths"].items():
        for verb in _VERBS:
            if operation := verbs.get(verb):
                each = _operation(verb, path, operation, description["components"])
                found.setdefault(operation["tags"][0], []).append(each)
    first = {subject: found.pop(subject) for subject in _FIRST if subject in found}
    return list((first | found).items())


def types(description: Schema) -> list[Type]:
    """The types that have fields, by name; lists of choices stand where they are chosen from."""
    schemas = description["components"]["schemas"]
    options = schemas["Options"]["properties"]
    found = []
    for name, schema in sorted(schemas.items()):
        fields = schema.get("properties", {})
        shared = (
            [] if name == "Options" else [key for key in fields if fields[key] == options.get(key)]
        )
        if fields:
            own = {key: value for key, value in fields.items() if key not in shared}
            required = schema.get("required", ())
            rows = [
                Field(key, _what(value, schemas), _text(value), "required" * (key in required))
                for key, value in own.items()
            ]
            found.append(Type(name, _text(schema), rows, shared))
    return found


def _operation(verb: str, path: str, operation: Schema, components: Schema) -> Operation:
    schemas = components["schemas"]
    fields = [
        Field(
            each["name"],
            _what(each["schema"], schemas),
            _text(each),
            "in the address" if each["in"] == "path" else "required" * each.get("required", False),
        )
        for each in operation.get("parameters", ())
        if each["name"] not in _USUAL
    ]
    body = SafeString("")
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        body = format_html("{} as {}", _what(content["schema"], schemas), media_type)
    answers = [
        (status, _answer(answer, schemas))
        for status, answer in operation["responses"].items()
        if status[0] in "23" and status != "304"
    ]
    return Operation(
        operation["operationId"], verb.upper(), path, _text(operation), fields, body, answers
    )


def _answer(answer: Schema, schemas: Schema) -> SafeString:
    """What an answer has in it."""
    contents = answer.get("content", {})
    described = {
        _what(content["schema"], schemas) if media_type == "application/json" else media_type
        for media_type, content in contents.items()
    }
    return format_html_join(", ", "{}", ((each,) for each in sorted(described))) or _text(answer)


def _what(schema: Schema, schemas: Schema) -> SafeString:
    """The type of a value: a link to its own description, or a word with its range or choices."""
    if reference := schema.get("$ref", ""):
        name = reference.rpartition("/")[2]
        if "properties" in schemas[name]:
            return format_html('<a href="#{}">{}</a>', name, name)
        return _what(schemas[name], schemas)
    if several := schema.get("allOf") or schema.get("oneOf") or schema.get("anyOf"):
        return _either([_what(each, schemas) for each in several])
    if choices := schema.get("enum"):
        return _either([format_html("<code>{}</code>", each) for each in choices if each != ""])
    if schema.get("type") == "array":
        return format_html("list of {}{}", _what(schema["items"], schemas), _range(schema, "Items"))
    kinds = schema.get("type", "any")
    words = [kinds] if isinstance(kinds, str) else list(kinds)
    if schema.get("nullable"):
        words.append("null")
    words[0] = {"uri": "address", "date-time": "time", "uuid": "UUID", "binary": "file"}.get(
        schema.get("format", ""), words[0]
    )
    return format_html(
        "{}{}", " or ".join(words), _range(schema, "imum") or _range(schema, "Length")
    )


def _either(values: Sequence[SafeString]) -> SafeString:
    return format_html_join(" or " if len(values) < 3 else ", ", "{}", ((each,) for each in values))


def _range(schema: Schema, of: str) -> str:
    """From the least to the most, where the description has either.

    Args:
        schema: of a value.
        of: `imum` for the value itself, `Length` of a text, `Items` of a list.
    """
    low, high = schema.get(f"min{of}"), schema.get(f"max{of}", schema.get("exclusiveMaximum"))
    unit = {"imum": "", "Length": " characters", "Items": ""}[of]
    if low is None and high is None:
        return ""
    if high is None:
        return f", {low}{unit} or more"
    return f", at most {high}{unit}" if low is None else f", {low} to {high}{unit}"


def _text(described: Schema) -> SafeString:
    """A description as HTML: what stands between backticks is code."""
    text = _CHOICES.sub("", described.get("description", "")).strip()
    return format_html_join("", "{}", ((piece,) for piece in _pieces(text)))


def _pieces(text: str) -> Iterator[SafeString]:
    for place, piece in enumerate(_CODE.split(text)):
        yield format_html("<code>{}</code>", piece) if place % 2 else conditional_escape(piece)
