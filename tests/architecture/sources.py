"""The project's own source files, read and parsed once for all tests of the architecture."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
APP_FOLDERS = ("plugin", "workers")
ALL_FOLDERS = (*APP_FOLDERS, "tests", "bench")


@cache
def files(*folders: str) -> tuple[Path, ...]:
    return tuple(sorted(path for folder in folders for path in ROOT.glob(f"{folder}/**/*.py")))


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(text_of(path), str(path))


@cache
def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def libraries_of(path: Path) -> frozenset[str]:
    """The top-level packages a file imports; a relative import counts as the empty name."""
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add("" if node.level else (node.module or "").partition(".")[0])
    return frozenset(found)


@cache
def modules_of(path: Path) -> frozenset[str]:
    """Everything a file imports absolutely, by its whole dotted name."""
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(found)


def is_in(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)
