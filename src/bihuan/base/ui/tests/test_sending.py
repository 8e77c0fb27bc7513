"""What a client gets over the line: compressed pages, and static files that are kept for good."""

from __future__ import annotations

import gzip
import re

import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.templatetags.static import static
from django.test import RequestFactory
from django.urls import path

from bihuan.base.access.models import User
from bihuan.base.access.policy import public
from bihuan.base.ui.compression import CHANCE
from bihuan.base.ui.tests import routes

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

GZIP = {"Accept-Encoding": "gzip, deflate, br"}
FOREVER = "max-age=31536000, public, immutable"
LONG = "离心机振动超过上限。" * 200


@public("a test")
def stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(iter([LONG.encode(), LONG.encode()]), content_type="text/plain")


@public("a test")
def download(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"\x00" * 5000, content_type="application/zip")


@public("a test")
def marked(request: HttpRequest) -> HttpResponse:
    return HttpResponse(LONG, content_type="application/json", headers={"ETag": '"abc"'})


@public("a test")
def tiny(request: HttpRequest) -> HttpResponse:
    return HttpResponse("{}", content_type="application/json")


urlpatterns = [
    *routes.urlpatterns,
    path("stream", stream),
    path("download", download),
    path("marked", marked),
    path("tiny", tiny),
]


def body(answer: HttpResponseBase) -> bytes:
    """Whole content of an answer of the test client."""
    return b"".join(answer)


def test_page_is_compressed_for_whoever_takes_it(client):
    plain = client.get("/accounts/login/")
    packed = client.get("/accounts/login/", headers=GZIP)
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert "<h1>登录</h1>" in gzip.decompress(packed.content).decode()
    assert len(packed.content) == int(packed["Content-Length"]) < len(plain.content) / 2
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer["Vary"]
        assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    "said", ["identity", "", "br", "gzip;q=0", "gzip; q=0.000", "deflate, gzip;q=0.0"]
)
def test_page_goes_as_it_is_to_whoever_does_not(client, said):
    answer = client.get("/accounts/login/", headers={"Accept-Encoding": said})
    assert "Content-Encoding" not in answer
    assert "<h1>登录</h1>" in answer.content.decode()


@pytest.mark.parametrize("said", ["gzip", "GZIP", "br;q=1.0, gzip;q=0.8", "gzip;q=1"])
def test_the_ways_of_taking_it(client, said):
    answer = client.get("/accounts/login/", headers={"Accept-Encoding": said})
    assert answer["Content-Encoding"] == "gzip"


def test_length_of_a_page_is_left_to_chance(client):
    lengths = {len(client.get("/marked", headers=GZIP).content) for _time in range(40)}
    assert len(lengths) > 3
    assert max(lengths) - min(lengths) <= CHANCE


def test_the_secret_of_the_second_factor_goes_as_it_is(client):
    person = User(username="limuyan", name="李慕言")
    person.set_password("a long pass phrase 9")
    person.save()
    password = {"login": "limuyan", "password": "a long pass phrase 9"}
    client.post("/accounts/login/", password, headers=GZIP)
    client.post("/accounts/reauthenticate/", password, headers=GZIP)
    answer = client.get("/accounts/2fa/totp/activate/", headers=GZIP)
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer
    assert 'class="secret"' in answer.content.decode()


def test_streams_downloads_and_tiny_answers_go_as_they_are(client):
    assert body(client.get("/stream", headers=GZIP)) == 2 * LONG.encode()
    assert client.get("/download", headers=GZIP).content == b"\x00" * 5000
    assert client.get("/tiny", headers=GZIP).content == b"{}"
    for address in ("/stream", "/download", "/tiny"):
        assert "Content-Encoding" not in client.get(address, headers=GZIP)


def test_compressed_answer_is_the_same_thing_in_other_bytes(client):
    assert client.get("/marked")["ETag"] == '"abc"'
    assert client.get("/marked", headers=GZIP)["ETag"] == 'W/"abc"'


def test_pages_name_static_files_under_their_version(client):
    page = client.get("/accounts/login/").content.decode()
    asked = re.findall(r'(?:src|href)="(/static/[^"#]+)', page)
    assert asked
    for address in asked:
        assert re.match(r"/static/[0-9a-f]{12}/", address)
        answer = client.get(address, headers=GZIP)
        assert answer.status_code == 200
        assert answer["Cache-Control"] == FOREVER


@pytest.mark.parametrize("name", ["ui/shell.js", "ui/components.css", "ui/icons.svg"])
def test_static_file_is_compressed_and_kept_for_good(client, name):
    plain = client.get(static(name), headers={"Accept-Encoding": "identity"})
    packed = client.get(static(name), headers=GZIP)
    whole = body(plain)
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(body(packed)) == whole
    assert int(packed["Content-Length"]) == len(packed.content) < len(whole)
    assert int(plain["Content-Length"]) == len(whole)
    assert packed["Content-Type"] == plain["Content-Type"]
    for answer in (plain, packed):
        assert answer["Vary"] == "Accept-Encoding"
        assert answer["Cache-Control"] == FOREVER
        assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_modules_and_drawings_are_found_in_the_same_folder(client):
    module = body(client.get(static("ui/shell.js"))).decode()
    folder = static("ui/shell.js").rsplit("/", 1)[0]
    for name in re.findall(r'import (?:.* from )?"\./([^"]+)"', module):
        assert client.get(f"{folder}/{name}")["Cache-Control"] == FOREVER
    style = body(client.get(static("ui/components.css"))).decode()
    for name in re.findall(r'url\("([^"#]+)"\)', style):
        assert client.get(f"{folder}/{name}")["Cache-Control"] == FOREVER


def test_page_of_another_version_gets_what_there_is_and_keeps_it_not(client):
    answer = client.get("/static/0123456789ab/ui/shell.js", headers=GZIP)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert gzip.decompress(body(answer)) == body(client.get(static("ui/shell.js")))
    assert client.get("/static/0123456789ab/ui/absent.js").status_code == 404


def test_bare_address_is_kept_for_a_minute(client):
    answer = client.get("/static/ui/shell.js", headers=GZIP)
    assert answer["Cache-Control"] == "max-age=60, public"


@pytest.mark.parametrize("headers", [GZIP, {"Accept-Encoding": "identity"}])
def test_file_that_is_known_is_not_sent_again(client, headers):
    first = client.get(static("ui/shell.js"), headers=headers)
    again = client.get(static("ui/shell.js"), headers={**headers, "If-None-Match": first["ETag"]})
    assert again.status_code == 304
    assert body(again) == b""
    assert again["ETag"] == first["ETag"]
    assert again["Cache-Control"] == FOREVER
    assert again["Vary"] == "Accept-Encoding"
    other = client.get(static("ui/shell.js"), headers={**headers, "If-None-Match": 'W/"other"'})
    assert other.status_code == 200


def test_head_says_what_get_would(client):
    for headers in (GZIP, {"Accept-Encoding": "identity"}):
        get = client.get(static("ui/base.css"), headers=headers)
        head = client.head(static("ui/base.css"), headers=headers)
        assert body(head) == b""
        assert {**head.headers, "X-Request-Id": ""} == {**get.headers, "X-Request-Id": ""}


def test_part_of_a_file_is_a_part_of_its_own_bytes(client):
    whole = body(client.get(static("ui/base.css")))
    part = client.get(static("ui/base.css"), headers={**GZIP, "Range": "bytes=100-199"})
    assert part.status_code == 206
    assert part["Content-Range"] == f"bytes 100-199/{len(whole)}"
    assert "Content-Encoding" not in part
    assert body(part) == whole[100:200]


def test_other_ways_of_asking_and_other_paths_are_refused(client):
    assert client.post(static("ui/base.css")).status_code == 405
    version = static("").split("/")[2]
    for address in (f"/static/{version}/", f"/static/{version}/../settings.py", "/static/none.js"):
        assert client.get(address).status_code == 404


def test_while_developing_addresses_are_bare_and_files_fresh(settings, tmp_path):
    from bihuan.base.ui.files import FilesMiddleware

    settings.DEBUG = settings.WHITENOISE_AUTOREFRESH = True
    assert static("ui/base.css") == "/static/ui/base.css"
    middleware = FilesMiddleware(lambda request: HttpResponse(status=404))
    answer = middleware(RequestFactory().get("/static/ui/base.css", headers=GZIP))
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "max-age=0, public"
    assert "Content-Encoding" not in answer
