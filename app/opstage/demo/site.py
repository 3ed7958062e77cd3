"""A small web site made from the standard library: a page per module, linking to what it imports.

Nothing is broken on purpose: a few modules really import names that exist on no current Python (``java``,
``vms_lib``, ``sitecustomize``), so the site really has a few dead links.
"""

from __future__ import annotations

import ast
import html
import sys
from pathlib import Path

from opstage.demo import sources
from opstage.demo.loopback import LoopbackServer, Reply, Request

INDEX = "index.html"


class Site:
    """The pages in ``folder``, served on a loopback port while started."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server = LoopbackServer(self._answer)

    @property
    def url(self) -> str:
        """Address of the front page."""
        return self._server.url + "/"

    def build(self, modules: list[Path] | None = None) -> int:
        """Writes the pages that are not there yet; returns how many there are."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if not (self._folder / INDEX).exists():
            self._write_all(sources.modules() if modules is None else modules)
        return len(self.pages())

    def pages(self) -> list[str]:
        """Paths of all pages, sorted, as they stand in links."""
        return sorted(f"/{path.name}" for path in self._folder.glob("*.html"))

    def take_down(self, page: str) -> None:
        """Moves a page away so that links to it break; raises FileNotFoundError when it is not there."""
        self._file(page).rename(self._file(page).with_suffix(".gone"))

    def put_back(self) -> list[str]:
        """Puts back every page that was taken down; returns their paths."""
        gone = sorted(self._folder.glob("*.gone"))
        return [f"/{path.rename(path.with_suffix('.html')).name}" for path in gone]

    async def start(self) -> None:
        """Serves the pages."""
        await self._server.start()

    async def stop(self) -> None:
        """Stops serving."""
        await self._server.stop()

    async def _answer(self, request: Request) -> Reply:
        if request.method not in {"GET", "HEAD"}:
            return Reply(405)
        try:
            return Reply(200, self._file(request.path).read_bytes())
        except FileNotFoundError:
            return Reply(404, b"<h1>No such page</h1>")

    def _file(self, page: str) -> Path:
        # Only the last part counts, so no path can leave the folder.
        return self._folder / (Path(page.partition("?")[0]).name or INDEX)

    def _write_all(self, modules: list[Path]) -> None:
        described = {path.stem: _describe(path) for path in modules}
        linked = {name for _, names in described.values() for name in names}
        existing = linked & sys.stdlib_module_names
        for name in sorted(existing - described.keys()):
            described[name] = ("Part of the standard library.", [])
        for name, (text, names) in described.items():
            self._write(name, text, names)
        # Last, because its presence says that the site is complete.
        self._write("index", "The standard library, module by module.", sorted(described))

    def _write(self, name: str, text: str, names: list[str]) -> None:
        links = "\n".join(f'<li><a href="/{each}.html">{each}</a></li>' for each in names)
        body = f"<h1>{name}</h1>\n<p>{html.escape(text)}</p>\n<ul>\n{links}\n</ul>\n"
        (self._folder / f"{name}.html").write_text(f"<!doctype html>\n<title>{name}</title>\n{body}", "utf-8")


def _describe(module: Path) -> tuple[str, list[str]]:
    """The first line of a module's docstring and the public modules it imports."""
    tree = ast.parse(module.read_bytes())
    text = (ast.get_docstring(tree) or "Undocumented.").partition("\n")[0]
    return text, [name for name in sources.imported(tree) if not name.startswith("_")]
