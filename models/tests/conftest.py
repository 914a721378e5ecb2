"""A tiny model, and the bundle exported from it, for tests that need one."""

from pathlib import Path

import pytest
import torch

from impasto_models.export import export_bundle
from impasto_models.networks import Networks
from impasto_models.tokenization import train_tokenizer
from impasto_models.training import SMOKE


@pytest.fixture(scope="session")
def networks() -> Networks:
    """Tiny random networks, with an adapter that is not silent."""
    torch.manual_seed(0)
    networks = Networks(SMOKE.size).eval()
    for hook in networks.adapter.hooks.values():
        torch.nn.init.normal_(hook.up[0].weight, std=0.1)
    return networks


@pytest.fixture(scope="session")
def bundle(networks: Networks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    tokenizer = train_tokenizer(networks.size.text.vocabulary)
    export_bundle(networks, tokenizer, folder, styles=[], name="tiny", version="0", description="", training={})
    return folder
