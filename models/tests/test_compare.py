"""The table of rewrites, on a tiny nano and on a tiny DreamLite."""

from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from impasto_models.adapter import with_output_hook
from impasto_models.bundle import TOKENIZER
from impasto_models.dreamlite.compare import Subject, compare, dreamlite_subject, formulations, markdown, nano_subject
from impasto_models.export import export_bundle
from impasto_models.reference import load_networks


@pytest.fixture(params=["nano", "dreamlite"])
def subject(request: pytest.FixtureRequest, bundle: Path) -> Subject:
    return nano_subject(bundle, batch=2) if request.param == "nano" else dreamlite_subject("tiny", (64, 96), batch=2, steps=2)


def test_a_hook_on_the_output_is_left_out(bundle: Path, tmp_path: Path):
    networks = with_output_hook(load_networks(bundle), share=0.5)
    tokenizer = Tokenizer.from_file(str(bundle / TOKENIZER))
    export_bundle(networks, tokenizer, tmp_path, styles=[], name="hooked", version="0", description="", training={})
    hooked, plain = nano_subject(tmp_path, batch=1), nano_subject(bundle, batch=1)
    assert hooked.inputs.keys() == plain.inputs.keys()
    np.testing.assert_array_equal(hooked.expected, plain.expected)


def test_every_row_of_the_table_equals_the_reference(subject: Subject):
    rows = compare(subject, threads=1, repeats=1)
    assert [row["formulation"] for row in rows] == list(formulations())
    assert min(row["psnr_db"] for row in rows) > 90
    nodes = {row["formulation"]: row["nodes"] for row in rows}
    assert nodes["+ shared_heads"] < nodes["naive"]
    assert all(row["formulation"] in markdown(subject, rows) for row in rows)
