"""The table of rewrites, on a tiny nano and on a tiny DreamLite."""

from pathlib import Path

import pytest

from impasto_models.dreamlite.compare import Subject, compare, dreamlite_subject, formulations, markdown, nano_subject


@pytest.fixture(params=["nano", "dreamlite"])
def subject(request: pytest.FixtureRequest, bundle: Path) -> Subject:
    return nano_subject(bundle, batch=2) if request.param == "nano" else dreamlite_subject("tiny", (64, 96), batch=2, steps=2)


def test_every_row_of_the_table_equals_the_reference(subject: Subject):
    rows = compare(subject, threads=1, repeats=1)
    assert [row["formulation"] for row in rows] == list(formulations())
    assert min(row["psnr_db"] for row in rows) > 90
    nodes = {row["formulation"]: row["nodes"] for row in rows}
    assert nodes["+ shared_heads"] < nodes["naive"]
    assert all(row["formulation"] in markdown(subject, rows) for row in rows)
