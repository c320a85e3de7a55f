"""What may be asked of lists and of jobs, in the address."""

from __future__ import annotations

from typing import Final

from rest_framework import serializers

from amena.api.longpoll import LONGEST_WAIT
from amena.jobs import collection
from amena.jobs.models import Job, State


class PhotoQuery(serializers.Serializer):
    """What a list of photos can be narrowed to."""

    state = serializers.ChoiceField(
        State.choices, required=False, help_text="State of the newest job."
    )
    shared = serializers.BooleanField(
        required=False, help_text="Those that have a link, or those that have none."
    )


#: As many ids as fit into the longest address that the server reads.
_MOST_IDS: Final = 80


class ChosenPhotosQuery(serializers.Serializer):
    """Several photos by their ids."""

    photo = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=_MOST_IDS, help_text="Repeatable."
    )


class ArchiveQuery(serializers.Serializer):
    """What an archive is to hold."""

    photo = serializers.ListField(
        child=serializers.UUIDField(),
        max_length=_MOST_IDS,
        required=False,
        help_text="Repeatable; without it all of one's photos.",
    )
    files = serializers.ChoiceField(
        tuple(collection.WHAT),
        default="videos",
        help_text="Each photo's video, or a folder for each with all that was made.",
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
