"""The brief as a Word document, and the templates that the office keeps for it."""

from typing import Any, ClassVar, cast

from django.core.exceptions import ValidationError
from django.db.models import BooleanField, Case, QuerySet, Value, When
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from agencies.authentication import SignedInWithinAccess
from progress.api.bodies import StrictSerializer
from progress.api.evidence import Bytes
from progress.api.listed import Listed
from progress.api.named import text, whole
from progress.api.parameters import KnownParameters, reader_of
from progress.api.permissions import CoordinatorsOnly
from progress.api.uploads import BoundedMultipart, too_large_as_such
from progress.api.writing import answers, sent
from progress.filestore import DamagedFile, document, download
from progress.filters import BriefTemplateFilter
from progress.models import BriefKind, BriefTemplate, ReportingPeriod
from progress.workbooks.brief import (
    BRIEF_TYPE,
    LONGEST_NOTE,
    BriefDetails,
    BriefTemplateRefused,
    Described,
    brief,
    brief_name,
    brief_template_add,
    brief_template_use,
    template_bytes,
    template_in_use,
    variables,
)
from progress.workflow import Conflict

KIND = pgettext_lazy("brief", "To whom it goes.")


class Word(Bytes):
    """Bytes of a Word document, as they are."""

    media_type = BRIEF_TYPE
    format = "docx"


# --- The document --------------------------------------------------------------------------------


class BriefAskSerializer(StrictSerializer):
    """What only the office knows of the document."""

    kind = serializers.ChoiceField(BriefKind.choices, help_text=KIND)
    dated = serializers.DateField(
        required=False, help_text=gettext_lazy("The date of the document; today if left out.")
    )
    masthead = text(gettext_lazy("What stands in red at the top."), longest=40)
    document = text(gettext_lazy("The document number; its year is put in 〔〕."), longest=40)
    copy_number = serializers.RegexField(
        r"\A[0-9]{1,6}\Z",
        required=False,
        default="",
        help_text=gettext_lazy("The number of the copy, of up to six digits."),
    )
    signer = text(gettext_lazy("Who signed it off."), longest=40)
    addressee = text(gettext_lazy("To whom it is addressed."), longest=200)
    signature = text(gettext_lazy("Who it is from, at its end."), longest=60)
    copies = text(gettext_lazy("Who gets copies of it."), longest=300)


class PeriodBrief(KnownParameters):
    """The brief on a period."""

    heavy = ("GET", "HEAD")
    permission_classes = (SignedInWithinAccess, CoordinatorsOnly)
    renderer_classes = (Word,)
    parameters: ClassVar = {"GET": ("kind", *BriefDetails.__slots__)}

    @extend_schema(
        parameters=[
            OpenApiParameter(
                name,
                str,
                required=field.required,
                # Not read before somebody asks, in their language.
                description=cast("str", field.help_text),
                enum=BriefKind.values if name == "kind" else None,
            )
            for name, field in BriefAskSerializer().fields.items()
        ],
        responses={(200, Word.media_type): bytes},
    )
    def get(self, request: Request, code: str) -> HttpResponse:
        """The special report or circular on the period as a Word file, from the template in use. It
        quotes approved texts only. 409 where the template cannot be filled in. Classified content
        must not be entered anywhere in it."""
        reader, now = reader_of(request), timezone.now()
        periods = ReportingPeriod.objects.visible_to(reader)
        period = get_object_or_404(periods, code=code)
        asked = BriefAskSerializer(
            data={n: v for n, v in request.query_params.items() if n in self.parameters["GET"]}
        )
        asked.is_valid(raise_exception=True)
        given = {"dated": timezone.localdate(now), **asked.validated_data}
        kind = BriefKind(given.pop("kind"))
        try:
            content = brief(
                kind=kind,
                period=period,
                user=reader,
                today=timezone.localdate(now),
                now=now,
                details=BriefDetails(**given),
            )
        except BriefTemplateRefused as refused:
            sentence = _("The template in use does not fit; put another one to use.")
            raise Conflict(" ".join([sentence, *refused.problems])) from refused
        except DamagedFile as damaged:
            raise _damaged() from damaged
        name = brief_name(kind=kind, period=period)
        return document(content, name=name, media_type=BRIEF_TYPE)


def _damaged() -> Conflict:
    return Conflict(
        _(
            "The template in use is damaged on the server; put another one to use, and tell the "
            "administrator."
        )
    )


# --- Templates -----------------------------------------------------------------------------------


class BriefTemplateSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(
        help_text=gettext_lazy("Its id; brief-templates/{id}/file/ is the file.")
    )
    kind = serializers.ChoiceField(BriefKind.choices, help_text=KIND)
    number = serializers.IntegerField(help_text=gettext_lazy("Which version of its kind, from 1."))
    name = serializers.CharField(help_text=gettext_lazy("What the file is called."))
    note = serializers.CharField(help_text=gettext_lazy("What is different in it; may be empty."))
    size = serializers.IntegerField(source="file.size", help_text=gettext_lazy("In bytes."))
    sha256 = serializers.CharField(
        source="file.sha256", help_text=gettext_lazy("SHA-256 of its bytes.")
    )
    added_at = serializers.DateTimeField(help_text=gettext_lazy("When it was added."))
    added_by = serializers.CharField(help_text=gettext_lazy("Who added it."))
    in_use = serializers.BooleanField(
        help_text=gettext_lazy(
            "Whether briefs of its kind are made from it; of none, from the product's own."
        )
    )


class BriefTemplateAddSerializer(StrictSerializer):
    """A Word file as the next version of the office's own template."""

    kind = serializers.ChoiceField(BriefKind.choices, help_text=KIND)
    note = text(gettext_lazy("What is different in it."), longest=LONGEST_NOTE)
    file = serializers.FileField(help_text=gettext_lazy("The Word file (.docx), with its name."))


def _templates_of(request: Request) -> QuerySet[BriefTemplate]:
    used = [one.pk for kind in BriefKind if (one := template_in_use(kind)) is not None]
    in_use = Case(
        When(pk__in=used, then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )
    templates = BriefTemplate.objects.visible_to(reader_of(request))
    return templates.annotate(in_use=in_use).select_related("file", "added_by")


class BriefTemplates(Listed[BriefTemplate]):
    """The versions of the office's own templates, the latest first."""

    heavy = ("POST",)
    permission_classes = (SignedInWithinAccess, CoordinatorsOnly)
    parser_classes = (BoundedMultipart,)
    shape = BriefTemplateSerializer
    filterset_class = BriefTemplateFilter
    search_fields = ("name__contains", "note__contains")
    orders: ClassVar = {"added_at": "added_at", "kind": "kind", "number": "number"}
    default_order = "-added_at"

    queryset = BriefTemplate.objects.none()  # for the description of the API

    def get_queryset(self) -> QuerySet[BriefTemplate]:
        return _templates_of(self.request)

    @extend_schema(
        operation_id="brief_templates_add",
        request={BoundedMultipart.media_type: BriefTemplateAddSerializer},
        responses=answers(BriefTemplateSerializer, status=201),
    )
    def post(self, request: Request) -> Response:
        """Add a version and put it to use. It is checked, and filled in for a trial: 422 names each
        problem, 413 a file that is too large."""
        given = sent(BriefTemplateAddSerializer, request)
        try:
            added = brief_template_add(
                kind=BriefKind(given["kind"]),
                upload=given["file"],
                name=given["file"].name,
                note=given["note"],
                by=reader_of(request),
                now=timezone.now(),
            )
        except ValidationError as error:
            raise too_large_as_such(error) from error
        address = reverse("api:brief-template", args=[added.pk], request=request)
        return self.answered_as(
            OneBriefTemplate,
            request,
            status=status.HTTP_201_CREATED,
            headers={"Location": address},
            pk=added.pk,
        )


class OneBriefTemplate(KnownParameters):
    """One version of a template, by its id."""

    permission_classes = (SignedInWithinAccess, CoordinatorsOnly)
    shape = BriefTemplateSerializer

    @extend_schema(responses=BriefTemplateSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(self.chosen(get_object_or_404(_templates_of(request), pk=pk)))


class BriefTemplateFile(KnownParameters):
    """The file of one version."""

    permission_classes = (SignedInWithinAccess, CoordinatorsOnly)
    renderer_classes = (Bytes,)

    @extend_schema(responses={(200, Bytes.media_type): bytes})
    def get(self, request: Request, pk: int) -> FileResponse:
        """The Word file as it was uploaded."""
        found = get_object_or_404(_templates_of(request), pk=pk)
        return download(found.file, name=found.name)


class BriefTemplateDefault(KnownParameters):
    """The template that comes with the product."""

    permission_classes = (SignedInWithinAccess, CoordinatorsOnly)
    renderer_classes = (Word,)

    @extend_schema(
        parameters=[OpenApiParameter("kind", str, "path", enum=BriefKind.values, description=KIND)],
        responses={(200, Word.media_type): bytes},
    )
    def get(self, request: Request, kind: str) -> HttpResponse:
        """The product's own template of this kind as a Word file, to begin from."""
        if kind not in BriefKind.values:
            raise exceptions.NotFound
        name = _("Template_%(kind)s.docx") % {"kind": BriefKind(kind).label}
        content = template_bytes(BriefKind(kind), None)
        return document(content, name=name, media_type=BRIEF_TYPE)


class BriefTemplateUseSerializer(StrictSerializer):
    """Which template is put to use."""

    kind = serializers.ChoiceField(BriefKind.choices, help_text=KIND)
    template = whole(
        gettext_lazy("The id of a version of this kind; null for the product's own."),
        allow_null=True,
    )


class BriefTemplateInUseSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(BriefKind.choices, help_text=KIND)
    template = serializers.IntegerField(
        allow_null=True,
        help_text=gettext_lazy("The id of the version in use; null for the product's own."),
    )


class BriefTemplateUse(KnownParameters):
    """Putting a version to use."""

    permission_classes = (SignedInWithinAccess, CoordinatorsOnly)

    @extend_schema(
        request=BriefTemplateUseSerializer, responses=answers(BriefTemplateInUseSerializer)
    )
    def post(self, request: Request) -> Response:
        """Make briefs of this kind from a version of the office's own template again, or from the
        product's own. What is in use already stays so."""
        by, given = reader_of(request), sent(BriefTemplateUseSerializer, request)
        kind, pk = BriefKind(given["kind"]), given["template"]
        found = BriefTemplate.objects.visible_to(by).filter(kind=kind, pk=pk).first()
        if pk is not None and found is None:
            raise exceptions.ValidationError(
                {"template": [_("There is no such template of this kind.")]}
            )
        brief_template_use(kind=kind, template=found, by=by, now=timezone.now())
        return Response({"kind": kind, "template": pk})


class BriefVariableSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(help_text=gettext_lazy("How a template writes it."))
    meaning = serializers.CharField(help_text=gettext_lazy("What it means."))
    example = serializers.CharField(
        help_text=gettext_lazy("What it is in the sample; empty of a list.")
    )
    list = serializers.CharField(
        allow_null=True,
        help_text=gettext_lazy("The list of whose lines it is a part; null where it is of none."),
    )


class BriefVariables(KnownParameters):
    """What a template may say."""

    permission_classes = (SignedInWithinAccess, CoordinatorsOnly)
    shape = BriefVariableSerializer

    @extend_schema(responses=BriefVariableSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every variable of the templates with its meaning and an example; those of a list's lines
        follow their list."""
        told = [_variable(one, within) for one, within in _with_their_lists(variables())]
        return Response([self.wanted.of(one) for one in told])


def _with_their_lists(
    found: "list[Described]",
) -> "list[tuple[Described, Described | None]]":
    return [
        pair for one in found for pair in ((one, None), *((inner, one) for inner in one.within))
    ]


def _variable(one: Described, within: Described | None) -> dict[str, Any]:
    return {
        "name": one.name,
        "meaning": str(one.meaning),
        "example": one.example,
        "list": within and within.name,
    }
