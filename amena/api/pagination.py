"""Pages of lists: newest first, by cursor, so that what is added meanwhile shifts nothing."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as BadValue
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

    def paginate_queryset(
        self, queryset: QuerySet[Any], request: Request, view: Any = None
    ) -> list[Any] | None:
        """A page of rows.

        Raises:
            ValidationError: the cursor is not one of ours.
        """
        try:
            return super().paginate_queryset(queryset, request, view)
        except (NotFound, BadValue) as error:
            message = "Take the cursor from `next` or `previous` as it is."
            raise ValidationError({"cursor": message}, code="invalid") from error
