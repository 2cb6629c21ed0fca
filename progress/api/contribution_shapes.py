"""The shapes in which contributions are written."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from progress.api.bodies import StrictSerializer
from progress.api.named import ORDINAL, PERIOD_CODE, TASK_NUMBER, period_field, text, whole
from progress.api.report_shapes import MeasureWriteSerializer

MEASURE_TEXT = _("What the agency did for it this period; at most 10,000 characters.")
REMARKS = _("Problems and other remarks; at most 10,000 characters.")
NOTHING = _("Whether the agency says that it has nothing to add.")
AGENCY = _("The id of the agency whose contribution it is.")


class MeasureTextSerializer(serializers.Serializer[Any]):
    ordinal = serializers.IntegerField(help_text=ORDINAL)
    text = serializers.CharField(help_text=MEASURE_TEXT)


class MeasureTextWriteSerializer(StrictSerializer):
    ordinal = whole(ORDINAL)
    text = text(MEASURE_TEXT, required=True)


class ContributionWriteSerializer(StrictSerializer):
    """All of a contribution's content; a measure that is left out has no text. Classified content
    must not be entered."""

    version = whole(
        _("The version that you read, unless you send its ETag as If-Match."),
        least=0,
        required=False,
    )
    measures = MeasureTextWriteSerializer(
        many=True, required=False, help_text=_("The measures that have a text, each once.")
    )
    remarks = text(REMARKS)
    nothing_to_add = serializers.BooleanField(required=False, default=False, help_text=NOTHING)


class ContributionChangeSerializer(ContributionWriteSerializer):
    """The parts of a contribution's content that change; what is left out stays."""


class PlaceSerializer(StrictSerializer):
    """What a contribution is to, and whose it is."""

    task = whole(TASK_NUMBER)
    period = period_field()
    agency = whole(AGENCY)


class ContributionCreateSerializer(ContributionWriteSerializer):
    """A contribution's content together with what it is to, and whose it is."""

    version = whole(
        _("The version that you read; 0 if nobody had begun the contribution."), least=0
    )
    task = whole(TASK_NUMBER)
    period = period_field()
    agency = whole(AGENCY)


class ContributionStartSerializer(serializers.Serializer[Any]):
    """What the period's contribution starts from, in the shape in which it is written."""

    task = serializers.IntegerField(help_text=TASK_NUMBER)
    period = serializers.CharField(help_text=PERIOD_CODE)
    agency = serializers.IntegerField(help_text=AGENCY)
    version = serializers.IntegerField(
        help_text=_("The version to send with the next save; 0 if nobody has begun it.")
    )
    measures = MeasureTextSerializer(many=True, help_text=_("Those that concern the agency."))
    remarks = serializers.CharField(help_text=REMARKS)
    nothing_to_add = serializers.BooleanField(help_text=NOTHING)


class ContributionMoveSerializer(StrictSerializer):
    """A move. All of it may be left out, unless the move needs a reason."""

    reason = text(_("Why; return needs it. At most 10,000 characters."))
    version = whole(
        _("The version that you were looking at: a later one is a conflict."), required=False
    )


class TakeOverSerializer(StrictSerializer):
    """A contribution that is taken over into the report: its texts stand at the end of the
    report's own, under the agency's name, each once."""

    version = whole(_("The version of the contribution that you were looking at."), required=False)
    report_version = whole(
        _("The version of the report that you read; 0 if nobody had begun it."), least=0
    )
    measures = MeasureWriteSerializer(
        many=True,
        required=False,
        help_text=_("Measures of the report that you change with it; left out, they stay."),
    )
