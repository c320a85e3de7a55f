"""What may be asked for, and by whom."""

from __future__ import annotations

from rest_framework import serializers


class QuotaSerializer(serializers.Serializer):
    """What one has used, beside what one may use."""

    active = serializers.IntegerField(help_text="Queued and running jobs.")
    active_limit = serializers.IntegerField(help_text="What is ordered beyond is held.")
    held = serializers.IntegerField(help_text="Jobs that wait for one of these places.")
    held_limit = serializers.IntegerField()
    today = serializers.IntegerField(help_text="New photos since midnight (UTC).")
    daily_limit = serializers.IntegerField()
    changes_today = serializers.IntegerField(
        help_text="Changes and further files of photos ordered since midnight (UTC)."
    )
    changes_limit = serializers.IntegerField()


class MeSerializer(serializers.Serializer):
    """The person whose token it is, and how much they may still do."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    name = serializers.CharField(allow_blank=True)
    quota = QuotaSerializer()


class MotionSerializer(serializers.Serializer):
    """A way to move the camera."""

    name = serializers.CharField(help_text="For `motion`.")
    title = serializers.CharField(help_text="For people.")


class MotionsSerializer(serializers.Serializer):
    """All ways to move the camera."""

    results = MotionSerializer(many=True)


class OptionSerializer(serializers.Serializer):
    """One option of a 3D photo: its range or choices, and its default."""

    name = serializers.CharField()
    type = serializers.ChoiceField(("choice", "choices", "number", "integer", "keyframes"))
    description = serializers.CharField()
    choices = serializers.ListField(
        child=serializers.JSONField(), help_text="What there is to choose from; else empty."
    )
    minimum = serializers.FloatField(allow_null=True)
    maximum = serializers.FloatField(allow_null=True)
    default = serializers.JSONField(
        help_text="What it is where it is left out; null: the photo decides."
    )
    orders = serializers.ListField(
        child=serializers.ChoiceField(("create", "restyle", "edit")),
        help_text="The kinds of jobs that take it.",
    )


class KeyframeFieldSerializer(serializers.Serializer):
    """A field of a keyframe."""

    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    minimum = serializers.FloatField()
    maximum = serializers.FloatField(help_text="For `t`: it must be less.")


class OptionsListSerializer(serializers.Serializer):
    """All options of a 3D photo."""

    results = OptionSerializer(many=True)
    keyframe = KeyframeFieldSerializer(many=True)


class InputFormatSerializer(serializers.Serializer):
    """A kind of file that may be uploaded."""

    format = serializers.CharField()
    content_type = serializers.CharField()


class OutputFormatSerializer(serializers.Serializer):
    """A kind of file that a job makes."""

    kind = serializers.CharField()
    content_type = serializers.CharField()
    extension = serializers.CharField(help_text="With the dot.")
    output = serializers.CharField(
        allow_null=True, help_text="What to ask for in `outputs`; null: it is always made."
    )
    group = serializers.CharField(
        allow_null=True, help_text="What people want it for; null: programs alone read it."
    )
    title = serializers.CharField(help_text="For people.")
    opens = serializers.CharField(
        allow_blank=True, help_text="Who opens it, or what it is good for."
    )
    megabytes = serializers.FloatField(
        help_text="Size to expect of all files of the output together, for a photo of 960×720 "
        "pixels and a loop of five seconds; it grows with the number of pixels."
    )
    seconds = serializers.FloatField(
        help_text="Time that making it takes, for the same, on two processor cores."
    )
    wide_gamut = serializers.BooleanField(
        help_text="Whether a photo in Display P3 keeps its colors; all other files are sRGB."
    )
    options = serializers.ListField(
        child=serializers.CharField(), help_text="The options that it alone takes, see `/options`."
    )


class FormatsSerializer(serializers.Serializer):
    """What may come in, and what comes out."""

    max_bytes = serializers.IntegerField(help_text="Largest file that is taken.")
    url_hosts = serializers.ListField(
        child=serializers.CharField(), help_text="Hosts from which photos are fetched by address."
    )
    inputs = InputFormatSerializer(many=True)
    outputs = OutputFormatSerializer(many=True)
