"""Images: made anew, or not shown (T11)."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image as Picture

from newsdigest.adapters.image_copier import ImageCopier, kind_of, made_anew
from newsdigest.model.items import Image
from newsdigest.ports.fetching import FetchAnswer, FetchProblem, FetchRequest


def picture(
    kind: str = "PNG", size: tuple[int, int] = (400, 300), mode: str = "RGB", **options: object
) -> bytes:
    out = io.BytesIO()
    Picture.new(mode, size, "red").save(out, kind, **options)
    return out.getvalue()


class OneImage:
    """A fetcher that answers everything with the same bytes."""

    def __init__(self, body: bytes, status: int = 200) -> None:
        self.body, self.status = body, status

    def fetch(self, request: FetchRequest) -> FetchAnswer:
        problem = None if self.status == 200 else FetchProblem.STATUS
        return FetchAnswer(
            key=request.key, url=request.url, status=self.status, body=self.body, problem=problem
        )

    def fetch_all(self, requests: object) -> object:
        raise NotImplementedError

    def close(self) -> None:
        """Nothing to let go of."""


def copy(body: bytes, folder: Path, status: int = 200) -> Image:
    copier = ImageCopier(folder=folder, fetcher=OneImage(body, status))  # type: ignore[arg-type]
    return copier.copy(Image(url="https://x.example/a", alt="Labor", credit="Foto: Haus"))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_raster_is_copied_with_alt_and_credit(kind: str, tmp_path: Path):
    """The copy is ours; words and credit stay."""
    copied = copy(picture(kind), tmp_path)
    assert (copied.width, copied.height, copied.alt, copied.credit) == (400, 300, "Labor", "Foto: Haus")
    assert (tmp_path / copied.stored_as).is_file()


@pytest.mark.parametrize(
    "body",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html>not a picture</html>",
        b"",
        b"\x89PNG\r\n\x1a\n" + b"rubbish" * 50,
        picture()[:200],
        picture(size=(1, 1)),
        b"%PDF-1.4",
    ],
    ids=["svg", "html", "empty", "rubbish", "cut", "pixel", "pdf"],
)
def test_what_is_no_picture_is_not_shown(body: bytes, tmp_path: Path):
    """Nothing is stored, the item keeps its text."""
    assert copy(body, tmp_path).stored_as == ""
    assert not list(tmp_path.iterdir())


def test_large_ones_are_sized_and_metadata_goes():
    """At most 1200 pixels a side, no place and no name inside."""
    data = Picture.Exif()
    data[0x010E] = "secret description"
    made = made_anew(picture("JPEG", (3000, 1500), exif=data))
    assert made is not None
    assert made[1:] == ("jpg", 1200, 600)
    assert b"secret" not in made[0]


def test_transparency_stays():
    """A logo on nothing stays on nothing."""
    made = made_anew(picture("PNG", (200, 100), "RGBA"))
    assert made is not None
    assert made[1] == "png"


def test_pixel_bomb_is_refused():
    """A small file that would unfold to many pixels is not decoded."""
    assert made_anew(picture("PNG", (9000, 9000), "1")) is None


def test_kind_is_told_by_the_first_bytes():
    """The server's Content-Type is not asked."""
    assert kind_of(b"GIF89a...") == "GIF"
    assert kind_of(b"<svg") is None
