"""Webhooks: where events go, and how sending them went."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from amena import outbound
from amena.api.idempotency import idempotent
from amena.api.pagination import NewestFirst
from amena.api.serializers.webhooks import (
    DeliveriesQuery,
    DeliverySerializer,
    NewWebhookSerializer,
    SecretWebhookSerializer,
    WebhookSerializer,
)
from amena.api.views.base import Resource, checked, queried
from amena.problems import Problem
from amena.webhooks import endpoints, signing
from amena.webhooks.models import Delivery, Endpoint


class SecretResource(Resource):
    """Answers a POST with a secret, which an answer that is kept for `Idempotency-Key` leaves out:
    it is derived again when the answer is given again.
    """

    secret_fields = ("secret",)

    def restored(self, request: Request, data: dict[str, Any]) -> dict[str, Any]:
        """A recorded answer, whole again; the secret is empty where the endpoint is gone."""
        endpoint = Endpoint.objects.for_user(request.user).filter(public_id=data["id"]).first()
        return data | {"secret": signing.secret(endpoint.salt) if endpoint else ""}


class Webhooks(SecretResource):
    """The list of a person's endpoints, and additions to it."""

    pagination_class = NewestFirst

    @extend_schema(operation_id="webhooks_list", responses=WebhookSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Lists one's endpoints, newest first."""
        pages = self.pagination_class()
        page = pages.paginate_queryset(Endpoint.objects.for_user(request.user), request, self)
        data = WebhookSerializer(page, many=True, context={"request": request}).data
        return pages.get_paginated_response(data)

    @extend_schema(operation_id="webhooks_create", request=NewWebhookSerializer,
                   responses={201: SecretWebhookSerializer})  # fmt: skip
    @idempotent
    def post(self, request: Request) -> Response:
        """Adds an endpoint. The answer has the secret that its events are signed with."""
        wanted = checked(NewWebhookSerializer, request.data)
        try:
            endpoint = endpoints.register(request.user, wanted["url"], wanted["events"])
        except outbound.TargetError as error:
            raise ValidationError({"url": ErrorDetail(str(error), error.code)}) from error
        except endpoints.TooManyError as error:
            detail = f"One may have {endpoints.MOST} webhooks. Delete one that you do not need."
            raise Problem("too_many_webhooks", detail) from error
        data = _with_secret(request, endpoint)
        return Response(data, status=201, headers={"Location": data["address"]})


class Webhook(Resource):
    """An endpoint, without its secret."""

    @extend_schema(operation_id="webhooks_read", responses=WebhookSerializer)
    def get(self, request: Request, webhook_id: UUID) -> Response:
        """Reads one endpoint; its secret is not shown again."""
        return _told(request, _endpoint(request, webhook_id))

    @extend_schema(operation_id="webhooks_delete", responses={204: None})
    def delete(self, request: Request, webhook_id: UUID) -> Response:
        """Deletes an endpoint with its log."""
        endpoints.delete(_endpoint(request, webhook_id))
        return Response(status=204)


class WebhookSecret(SecretResource):
    """The order to replace the secret of an endpoint."""

    @extend_schema(operation_id="webhooks_rotate", request=None,
                   responses=SecretWebhookSerializer)  # fmt: skip
    @idempotent
    def post(self, request: Request, webhook_id: UUID) -> Response:
        """Makes a new secret. For a day the one before signs too, so that a receiver that knows
        either accepts every event.
        """
        endpoint = _endpoint(request, webhook_id)
        endpoints.rotate(endpoint)
        return Response(_with_secret(request, endpoint))


class WebhookEnable(Resource):
    """An endpoint that was disabled."""

    @extend_schema(operation_id="webhooks_enable", request=None, responses=WebhookSerializer)
    @idempotent
    def post(self, request: Request, webhook_id: UUID) -> Response:
        """Sends to it again, what has waited meanwhile too."""
        endpoint = _endpoint(request, webhook_id)
        endpoints.enable(endpoint)
        return _told(request, endpoint)


class WebhookPing(Resource):
    """An endpoint, tried out."""

    @extend_schema(operation_id="webhooks_ping", request=None,
                   responses={202: DeliverySerializer})  # fmt: skip
    @idempotent
    def post(self, request: Request, webhook_id: UUID) -> Response:
        """Sends an event of the type `ping`."""
        endpoint = _endpoint(request, webhook_id)
        try:
            delivery = endpoints.ping(endpoint)
        except endpoints.DisabledError as error:
            raise _disabled() from error
        return _ordered(request, delivery.public_id, webhook_id)


class Deliveries(Resource):
    """What was sent to an endpoint, and what is to be."""

    pagination_class = NewestFirst

    @extend_schema(operation_id="deliveries_list", parameters=[DeliveriesQuery],
                   responses=DeliverySerializer(many=True))  # fmt: skip
    def get(self, request: Request, webhook_id: UUID) -> Response:
        """Lists an endpoint's events, newest first, as far as a month back."""
        log = _endpoint(request, webhook_id).deliveries.select_related("endpoint", "job")
        log = log.filter(**queried(DeliveriesQuery, request))
        pages = self.pagination_class()
        page = pages.paginate_queryset(log, request, self)
        data = DeliverySerializer(page, many=True, context={"request": request}).data
        return pages.get_paginated_response(data)


class DeliveryLog(Resource):
    """One event for one endpoint."""

    @extend_schema(operation_id="deliveries_read", responses=DeliverySerializer)
    def get(self, request: Request, webhook_id: UUID, delivery_id: UUID) -> Response:
        """Reads how sending an event went."""
        found = _delivery(request, webhook_id, delivery_id)
        return Response(DeliverySerializer(found, context={"request": request}).data)


class Redelivery(Resource):
    """An event, sent anew."""

    @extend_schema(operation_id="deliveries_redeliver", request=None,
                   responses={202: DeliverySerializer})  # fmt: skip
    @idempotent
    def post(self, request: Request, webhook_id: UUID, delivery_id: UUID) -> Response:
        """Sends an event once more under the same id, with fresh attempts."""
        found = _delivery(request, webhook_id, delivery_id)
        try:
            ordered = endpoints.redeliver(found)
        except endpoints.DisabledError as error:
            raise _disabled() from error
        if not ordered:
            raise Problem("delivery_pending", "It is still to be sent anyway. Wait until it is.")
        return _ordered(request, delivery_id, webhook_id)


def _endpoint(request: Request, webhook_id: UUID) -> Endpoint:
    return get_object_or_404(Endpoint.objects.for_user(request.user), public_id=webhook_id)


def _delivery(request: Request, webhook_id: UUID, delivery_id: UUID) -> Delivery:
    log = _endpoint(request, webhook_id).deliveries.select_related("endpoint", "job")
    return get_object_or_404(log, public_id=delivery_id)


def _told(request: Request, endpoint: Endpoint) -> Response:
    return Response(WebhookSerializer(endpoint, context={"request": request}).data)


def _with_secret(request: Request, endpoint: Endpoint) -> dict[str, Any]:
    data = WebhookSerializer(endpoint, context={"request": request}).data
    return {**data, "secret": signing.secret(endpoint.salt)}


def _ordered(request: Request, delivery_id: UUID, webhook_id: UUID) -> Response:
    data = DeliverySerializer(
        _delivery(request, webhook_id, delivery_id), context={"request": request}
    ).data
    where = reverse("api:delivery", args=[webhook_id, delivery_id], request=request)
    return Response(data, status=202, headers={"Location": where})


def _disabled() -> Problem:
    return Problem("webhook_disabled", "This webhook is disabled. Enable it first.")
