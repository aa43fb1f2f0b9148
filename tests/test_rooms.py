"""Imports between the rooms go one way, and each library stays in its room.

The table is that of docs/architecture.md; a module that is in no room fails here by name.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

VOCABULARY = {"errors", "domain", "lessons", "records", "settings"}
ROOMS = {"dicom", "imaging", "model", "store", "phantom"}
HALLS = {"completeness", "exports", "intake", "registry", "screening"}
INTERFACES = {
    "batch",
    "bench",
    "cli",
    "commands",
    "demo",
    "evaluation_commands",
    "model_commands",
    "model_listing",
    "outcomes",
    "rescreening",
    "serve",
    "teaching_commands",
    "training_commands",
    "trial_commands",
    "worker",
    "__main__",
}
BROWSER = {"web", "pages", "app"}
ABOVE = VOCABULARY | ROOMS | HALLS | INTERFACES | {"performance", "teaching", "training", "trials"}

MAY_IMPORT: dict[str, set[str]] = {
    "": set(),  # ichdash/__init__.py
    **dict.fromkeys(VOCABULARY, VOCABULARY),
    "dicom": VOCABULARY,
    "imaging": VOCABULARY,
    "model": VOCABULARY | {"imaging"},
    "store": VOCABULARY,
    "phantom": VOCABULARY,
    "performance": VOCABULARY | {"model"},
    "teaching": VOCABULARY | {"imaging", "model", "phantom", "store", "training"},
    "training": VOCABULARY | {"dicom", "imaging", "model", "performance", "phantom"},
    "trials": VOCABULARY | {"dicom", "imaging", "model", "performance", "phantom", "training"},
    **dict.fromkeys(HALLS, VOCABULARY | ROOMS - {"phantom"} | HALLS),
    **dict.fromkeys(INTERFACES, ABOVE),
    **dict.fromkeys(
        BROWSER,
        ABOVE
        - {
            "cli",
            "commands",
            "evaluation_commands",
            "model_commands",
            "teaching_commands",
            "training_commands",
            "trial_commands",
            "bench",
            "serve",
            "__main__",
        }
        | BROWSER,
    ),
}

KEPT_IN: dict[str, set[str]] = {
    "streamlit": BROWSER,
    "starlette": BROWSER,
    "plotly": BROWSER | {"performance"},
    "sqlite3": {"store"},
    "sqlite_utils": {"store"},
    "pydicom": {"dicom", "phantom"},
    "nibabel": {"dicom"},
    "dicomanonymizer": {"dicom"},
    "torch": {"model", "training", "trials"},
    "openvino": {"model", "training"},
    "lightning_fabric": {"training"},
    "pytorch_grad_cam": {"model"},
    "click": {
        "cli",
        "commands",
        "evaluation_commands",
        "model_commands",
        "teaching_commands",
        "training_commands",
        "trial_commands",
    },
    "rich": {"batch", "bench", "demo", "model_listing", "outcomes", "training", "trials"},
    "playwright": {"bench"},
}


def modules() -> list[Path]:
    found = [*sorted((ROOT / "ichdash").rglob("*.py")), ROOT / "app.py"]
    return [path for path in found if path.exists()]


def room(path: Path, root: Path = ROOT) -> str:
    if path == root / "app.py":
        return "app"
    parts = path.relative_to(root / "ichdash").with_suffix("").parts
    return "" if parts == ("__init__",) else parts[0]


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: write imports in full, not relative"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def strays(path: Path, root: Path = ROOT) -> list[str]:
    """The imports of one module that its room may not have."""
    here, found = room(path, root), []
    for name in imported(path):
        package, _, rest = name.partition(".")
        target = rest.partition(".")[0]
        if (
            package == "ichdash"
            and target in MAY_IMPORT
            and target not in MAY_IMPORT[here] | {here}
        ):
            found.append(f"{here} imports {name}")
        if here not in KEPT_IN.get(package, {here}):
            found.append(f"{here} imports {package}")
    return found


def test_every_module_stands_in_a_room() -> None:
    homeless = [str(path) for path in modules() if room(path) not in MAY_IMPORT]
    assert homeless == [], "add the module to docs/architecture.md and to this table"


def test_every_room_stands_in_the_architecture() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    names = {room(path) for path in modules()} - {"", "__main__"}
    assert [name for name in sorted(names) if not re.search(rf"\b{name}(/|\.py)", text)] == []


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    assert strays(path) == []


def test_an_import_against_the_rule_is_found(tmp_path: Path) -> None:
    guilty = tmp_path / "ichdash" / "store" / "studies.py"
    guilty.parent.mkdir(parents=True)
    guilty.write_text("import streamlit\nfrom ichdash.web import session\n")
    assert strays(guilty, tmp_path) == [
        "store imports streamlit",
        "store imports ichdash.web.session",
    ]
