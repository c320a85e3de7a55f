"""What may be asked of lists and of jobs, in the address."""

from __future__ import annotations

from rest_framework import serializers

from amena.api.longpoll import LONGEST_WAIT
from amena.jobs.models import Job, State


class PhotoQuery(serializers.Serializer):
    """What a list of photos can be narrowed to."""

    state = serializers.ChoiceField(
        State.choices, required=False, help_text="State of the newest job."
    )
    shared = serializers.BooleanField(
        required=False, help_text="Those that have a link, or those that have none."
    )


class JobsQuery(serializers.Serializer):
    """What a list of jobs can be narrowed to."""

    state = serializers.ChoiceField(State.choices, required=False)
    kind = serializers.ChoiceField(Job.Kind.choices, required=False)
    photo = serializers.UUIDField(required=False)
    source = serializers.UUIDField(required=False, help_text="Exports of this job.")


class JobQuery(serializers.Serializer):
    """How long to wait for news."""

    wait = serializers.IntegerField(
        min_value=0,
        max_value=LONGEST_WAIT,
        default=0,
        help_text="Answer when the job has ended, or after so many seconds. With If-None-Match: "
        "answer as soon as anything about it has changed.",
    )
