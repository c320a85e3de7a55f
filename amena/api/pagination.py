"""Pages of lists: newest first, by cursor, so that what is added meanwhile shifts nothing."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError as BadValue
from django.db import DataError
from django.db.models import QuerySet
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request


class NewestFirst(CursorPagination):
    """`next` and `previous` are whole addresses; `limit` says how many at a time."""

    page_size = 24
    page_size_query_param = "limit"
    max_page_size = 100
    ordering = ("-created_at", "-pk")

    def get_page_size(self, request: Request) -> int | None:
        """The `limit` asked for; one out of range is refused rather than taken for another."""
        asked = request.query_params.get(self.page_size_query_param)
        if asked is None:
            return self.page_size
        if not (re.fullmatch("[0-9]{1,4}", asked) and 1 <= int(asked) <= self.max_page_size):
            message = f"Ask for 1 to {self.max_page_size} at a time."
            raise ValidationError({"limit": message}, code="invalid")
        return int(asked)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The limit with its range."""
        parameters = super().get_schema_operation_parameters(view)
        for each in parameters:
            if each["name"] == self.page_size_query_param:
                each["schema"] = {"type": "integer", "minimum": 1, "maximum": self.max_page_size}
        return parameters

    def paginate_queryset(
        self, queryset: QuerySet[Any], request: Request, view: Any = None
    ) -> list[Any] | None:
        """A page of rows.

        Raises:
            ValidationError: the cursor is not one of ours.
        """
        try:
            return super().paginate_queryset(queryset, request, view)
        except (NotFound, BadValue, ValueError, OverflowError, DataError) as error:
            message = "Take the cursor from `next` or `previous` as it is."
            raise ValidationError({"cursor": message}, code="invalid") from error
