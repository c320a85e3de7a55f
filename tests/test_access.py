"""Who may reach which address: everybody asks for every one that the site has, by each method.

An address that is new fails here until `KINDS` says for whom it is.
"""

from __future__ import annotations

import io
import json
import re
import uuid
import zipfile
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from tests.access import ELSEWHERE, METHODS, Address, Answer, addresses, ask, visitors
from tests.fixtures.log import Lines

if TYPE_CHECKING:
    from amena.accounts.models import User
    from amena.jobs.models import Job

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]

#: What each kind of address answers to whom. in: as it does to its owner. none: as if there were
#: nothing. ask: to the sign-in. door: to the admin's own. token: 401. read: as `in`, but nothing
#: that changes. look: shown, and no more. no: refused.
TABLE = """
            nobody closed other owner clerk root | revoked expired theirs reader writer
everybody   in     in     in    in    in    in   | in      in      in     in     in
off         none   none   none  none  none  none | none    none    none   none   none
person      ask    ask    in    in    in    in   | ask     ask     ask    ask    ask
own         ask    ask    none  in    none  none | ask     ask     ask    ask    ask
api-all     token  token  in    in    in    in   | token   token   in     read   in
api-own     token  token  none  in    none  none | token   token   none   read   in
desk        door   door   door  door  in    in   | door    door    door   door   door
staff       door   door   door  door  no    in   | door    door    door   door   door
rows        door   door   door  door  no    look | door    door    door   door   door
never       door   door   door  door  no    no   | door    door    door   door   door
"""
PEOPLE = ("accounts_user", "accounts_token")
ROWS = ("jobs_job", "jobs_photo", "jobs_share", "webhooks_delivery", "webhooks_endpoint",
        "notifications_emailsubscription")  # fmt: skip


def of_models(pages: str, *models: str) -> str:
    return " ".join(f"admin:{model}_{page}" for model in models for page in pages.split())


KINDS = {
    "everybody":
        "landing login logout language healthz readyz shared shared-embed shared-file oembed "
        "api:docs api:openapi admin:login favicon robots manifest help contact privacy terms "
        "service-worker offline share-target unsubscribe",
    "off": "google-start google-done dev-login metrics api:",
    "person":
        "wall usage account tokens webhooks end-sessions export-account delete-account "
        "account-language email-notification delete-photos download-photos",
    "own":
        "photo work card delete restyle rotate edit-depth share share-version unshare "
        "rename-photo rename-version choose-version delete-version "
        "thumbnail cancel dismiss retry downloads export compare estimates restore artifact "
        "revoke-token delete-webhook enable-webhook ping-webhook",
    "api-all":
        "api:photos api:photos-archive api:jobs api:webhooks api:me api:motions api:options "
        "api:formats",
    "api-own":
        "api:photo api:thumbnail api:photo-jobs api:photo-depth api:photo-share api:job "
        "api:job-artifacts api:job-exports api:job-cancel api:job-retry api:artifact "
        "api:artifact-content api:webhook api:webhook-enable api:webhook-ping api:webhook-secret "
        "api:deliveries api:delivery api:redelivery",
    "desk":
        "admin: admin:index admin:jsi18n admin:logout admin:password_change "
        "admin:password_change_done",
    "staff":
        "admin:app_list admin:accounts_user_change admin:accounts_token_change "
        "admin:accounts_token_delete " + of_models("changelist history", *ROWS, *PEOPLE),
    "rows": "admin:jobs_photo_thumbnail " + of_models("change", *ROWS),
    "never":
        "admin:autocomplete admin:accounts_token_add admin:accounts_user_add "
        "admin:accounts_user_delete " + of_models("add delete", *ROWS),
}  # fmt: skip
KIND_OF = {name: kind for kind, names in KINDS.items() for name in names.split()}
#: What comes with a request that is meant to be taken for another.
FORGED = {
    "Host": "evil.example",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Server": "evil.example",
    "X-Forwarded-For": "<script>evil.example</script>",
    "X-Forwarded-Proto": "evil",
    "X-Forwarded-Port": "1",
    "Forwarded": "host=evil.example;proto=evil",
    "X-Original-URL": "/evil.example",
    "X-Rewrite-URL": "/evil.example",
    "X-HTTP-Method-Override": "DELETE",
    "Origin": "https://evil.example",
    "Referer": "https://evil.example/",
}
_CONTROL = re.compile("[\\x00-\\x08\\x0b-\\x1f\\u202a-\\u202e\\u2066-\\u2069]")
_PLAIN = re.compile("account\\.json|photos/[0-9a-f-]{36}/([0-9a-f-]{36}/)?[a-z0-9-]+\\.[a-z0-9]+")
EVIL_NAME = "<img src=x onerror=alert(1)>\"'&{{7*7}}\u202egpj.\u2066\x00\x1b[31m\r\nSet-Cookie: a=b"


def outcomes() -> dict[str, dict[str, str]]:
    head, *rows = (line.replace("|", "").split() for line in TABLE.strip().splitlines())
    return {kind: dict(zip(head, cells, strict=True)) for kind, *cells in rows}


def is_as_told(expected: str, answer: Answer, method: str) -> bool:
    login, door = reverse("login"), reverse("admin:login")
    match expected:
        case "in":
            away = answer.location.startswith((f"{login}?", f"{door}?"))
            return answer.status < 500 and answer.status not in (401, 403, 404) and not away
        case "none":
            return answer.status == 404
        case "ask":
            return answer.status == 302 and answer.location.startswith(f"{login}?next=")
        case "door":
            return answer.status == 302 and answer.location.startswith(
                (f"{door}?", reverse("admin:index"), door)
            )
        case "token":
            return answer.status == 401 and "Bearer" in answer.headers["WWW-Authenticate"]
        case "read":
            kept = answer.status == 403 and b"scope_missing" in answer.body
            return is_as_told("in", answer, method) if method == "get" else kept
        case "look":
            kept = answer.status in (403, 405)
            return is_as_told("in", answer, method) if method == "get" else kept
        case "no":
            return answer.status in (403, 404, 405)
    raise AssertionError(expected)


def answers(owner: Client, address: Address) -> dict[str, Answer]:
    """What the owner is answered, by the methods that the address knows; another changes nothing.
    The admin takes every method for GET but POST.
    """
    if address.where.startswith("/admin/"):
        return {each: ask(owner, each, address.where) for each in ("get", "post")}
    every = {each: ask(owner, each, address.where) for each in METHODS}
    return {each: answer for each, answer in every.items() if answer.status != 405}


@pytest.mark.attack(
    "every address by every method, as everybody who has no right to it",
    "as one table says",
    rounds=2300,
)
def test_everybody_by_every_method_at_every_address(
    user: User, done: Job, sent: list[str], settings: Any, rounds: int
) -> None:  # fmt: skip
    no_limits(settings)
    table, found, people = outcomes(), addresses(done), visitors(user)
    assert {each.name for each in found} == set(KIND_OF), "say in KINDS for whom it is"
    wrong, asked = [], 0
    for address in found:
        row = table[KIND_OF[address.name]]
        owners = answers(people["owner"], address)
        assert owners, address
        for who, expected in row.items():
            for method, known in owners.items():
                answer = known if who == "owner" else ask(people[who], method, address.where)
                asked += 1
                ok = is_as_told(expected, answer, method)
                if who != "owner" and expected in ("in", "none") and row["owner"] != row["other"]:
                    shown = str(done.photo.public_id).encode() in answer.body
                    ok &= not (shown or user.email.encode() in answer.body) or who == "writer"
                if not ok:
                    wrong.append((address.name, method, who, expected, answer.status))
    assert wrong == []
    assert asked >= rounds


def test_whoever_only_looks_whether_a_page_is_there_is_told_as_by_the_page(
    user: User, done: Job, sent: list[str], settings: Any
) -> None:  # fmt: skip
    """HEAD, as checkers of links, previews and caches ask, is answered wherever GET is."""
    no_limits(settings)
    wrong, people = [], visitors(user)
    for address in addresses(done):
        for who in ("nobody", "other", "owner", "writer"):
            page, head = (ask(people[who], each, address.where) for each in ("get", "head"))
            same = page.status == head.status and page.location == head.location
            # What comes back from Google can be used once: it is not for looking.
            if not (same and not head.body) and address.name != "google-done":
                wrong.append((address.name, who, page.status, head.status))
    assert wrong == []


def no_limits(settings: Any) -> None:
    often = (100_000, 1)
    settings.LIMITS = {name: dict.fromkeys(limit, often) for name, limit in settings.LIMITS.items()}


@pytest.mark.attack(
    "asking by ids whether others have something", "somebody's is the same 404 as nobody's"
)
def test_an_unknown_id_looks_like_somebody_else_s(user: User, done: Job) -> None:
    """So that nobody learns by asking what others have."""
    client = visitors(user)["other"]
    theirs = ask(client, "get", reverse("photo", args=[done.photo.public_id]))
    nothing = ask(client, "get", reverse("photo", args=[uuid.uuid4()]))
    assert theirs.status == nothing.status == 404
    assert theirs.body == nothing.body


@pytest.mark.attack(
    "forged `Host`, `X-Forwarded-*`, `Origin`; forms sent as `text/plain`",
    "400; stand in no answer; 403",
    rounds=360,
)
def test_forged_headers_change_no_answer_and_stand_in_none(
    user: User, done: Job, sent: list[str], settings: Any, rounds: int
) -> None:  # fmt: skip
    no_limits(settings)
    people = visitors(user)
    owner, program = people["owner"], people["writer"]
    guarded = Client(enforce_csrf_checks=True)
    guarded.cookies = owner.cookies
    headers = {name: value for name, value in FORGED.items() if name != "Host"}
    found = [each for each in addresses(done) if KIND_OF[each.name] not in ("rows", "never")]
    assert 3 * len(found) >= rounds
    for address in found:
        asker = program if address.name.startswith("api:") else owner
        honest = ask(asker, "get", address.where)
        forged = ask(asker, "get", address.where, headers=headers)
        assert forged.status == honest.status, address
        assert not forged.leaves_the_site, address
        assert b"evil.example" not in forged.body, address
        assert "evil.example" not in str(forged.headers), address
        assert "Access-Control-Allow-Origin" not in forged.headers, address
        refused = ask(asker, "get", address.where, headers={"Host": FORGED["Host"]})
        by_name = address.name not in ("healthz", "readyz", "robots", "favicon", "manifest")
        assert refused.status == 400 or not by_name, address
        assert b"evil.example" not in refused.body, address
        # What another site can send with the person's cookies, whatever it says that it is.
        simple = {"content_type": "text/plain"}
        answer = ask(guarded, "post", address.where, b'{"a": "="}', **simple)
        assert answer.status in (302, 400, 403, 404, 405, 415), (address, answer.status)
        assert answer.status != 302 or address.where.startswith("/admin/"), address


@pytest.mark.attack(
    "a link to another site in `next` or `Referer`, in fourteen spellings",
    "stay on the site",
    rounds=700,
)
def test_no_address_leads_off_the_site(
    user: User, done: Job, settings: Any, rounds: int
) -> None:  # fmt: skip
    """Whatever follows a `next` or a Referer of ours follows none that leads elsewhere."""
    no_limits(settings)
    settings.DEV_LOGIN = settings.DEVELOPMENT = True
    people = visitors(user)
    forms = {"language": {"language": "en"}, "dev-login": {"email": "new@example.com"}}
    follow, tried = set(), 0

    def go(client: Client, method: str, address: Address, target: str) -> Answer:
        where = f"{address.where.partition('?')[0]}?{urlencode({'next': target})}"
        data = {"next": target, **forms.get(address.name, {})}
        referer = "".join(each for each in target if each.isprintable())
        return ask(client, method, where, data, headers={"Referer": referer})

    for address in addresses(done):
        if KIND_OF[address.name] in ("rows", "never", "staff"):
            continue
        for client in (people["nobody"], people["owner"]):
            for method in ("get", "post"):
                if "/robots.txt" not in go(client, method, address, "/robots.txt").location:
                    continue
                for target in ELSEWHERE:
                    tried += 1
                    answer = go(client, method, address, target)
                    assert answer.status < 500, (address, target)
                    assert not answer.leaves_the_site, (address, target, answer.location)
                follow.add(address.name)
    assert {"language", "dev-login"} <= follow
    assert tried >= rounds


@pytest.mark.attack(
    "a photo, a token or a person named `<img onerror=…>`, with turned text and control characters",
    "escaped on pages and in the admin, cut from names, in no header, no name in the archive, "
    "no log",
    rounds=140,
)
def test_names_are_shown_and_never_read_as_anything_else(
    user: User, done: Job, log: Lines, settings: Any, rounds: int
) -> None:  # fmt: skip
    """A photo's, a token's and a person's name: in pages, files' names, archive, admin and log."""
    from amena.accounts.models import Token, User
    from amena.jobs import uploads
    from amena.jobs.models import Photo
    from amena.site.forms import TokenForm

    no_limits(settings)
    people, found = visitors(user), addresses(done)
    markup = uploads.clean_name(EVIL_NAME)
    assert markup.startswith("<img")
    form = TokenForm({"name": EVIL_NAME.replace("\x00", "")[:60], "scope": "read", "days": 30})
    assert form.is_valid()
    Photo.objects.update(name=markup)
    Token.objects.update(name=form.cleaned_data["name"])
    User.objects.filter(pk=user.pk).update(name=markup)
    shown = 0
    for address in found:
        who = "root" if address.where.startswith("/admin/") else "owner"
        answer = ask(people[who], "get", address.where)
        shown += b"onerror=alert" in answer.body
        assert "Set-Cookie: a" not in str(answer.headers), address
        assert all(each.isprintable() for each in answer.headers.get("Content-Disposition", ""))
        if "html" in answer.headers.get("Content-Type", ""):
            assert b"<img src=x" not in answer.body, address
            assert b"&amp;49" not in answer.body, address
            assert not _CONTROL.search(answer.body.decode()), address
    assert shown > 5
    assert len(found) >= rounds
    archive = zipfile.ZipFile(io.BytesIO(ask(people["owner"], "post", "/account/export/").body))
    assert all(_PLAIN.fullmatch(name) for name in archive.namelist())
    assert json.loads(archive.read("account.json"))["accounts.User"][0]["name"] == markup
    assert "onerror" not in log.text


@pytest.mark.attack(
    "a link that was revoked, from caches",
    "404 that none may keep; files for a minute, and from a bucket by links of 15 minutes that "
    "were given out before",
)
def test_a_revoked_link_shows_nothing_and_is_kept_by_no_cache(
    user: User, done: Job
) -> None:  # fmt: skip
    from amena.jobs.services import sharing

    token = sharing.share(done.photo).token
    file = reverse("shared-file", args=[token, "video"])
    places = [reverse("shared", args=[token]), reverse("shared-embed", args=[token]), file]
    visitor = Client()
    before = {where: ask(visitor, "get", where) for where in places}
    assert {each.status for each in before.values()} == {200}
    assert before[file].headers["Cache-Control"] == "public, max-age=60"
    sharing.revoke(done.photo)
    for where in places:
        gone = ask(visitor, "get", where, headers={"If-None-Match": "*", "Range": "bytes=0-"})
        assert gone.status == 404, where
        assert "no-store" in gone.headers["Cache-Control"], where
        # Only the embedded note that it has ended may stand in frames.
        assert ("X-Frame-Options" in gone.headers) == ("embed" not in where)
