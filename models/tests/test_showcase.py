from pathlib import Path

import av
import numpy as np

from impasto_models.scenes import street_scene
from impasto_models.showcase import show, write_video


def test_a_bundle_is_shown_beside_its_teachers(bundle: Path, tmp_path: Path):
    clip = [street_scene(1, frame / 8, 256) for frame in range(4)]
    (tmp_path / "clips").mkdir()
    write_video(tmp_path / "clips" / "street.mp4", clip)
    show(bundle, tmp_path / "clips", tmp_path / "out", ["street"], ["oil", "neon"], frames=3, group=2)
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["street-neon.mp4", "street-oil.mp4", "street.jpg"]
    with av.open(str(tmp_path / "out" / "street-oil.mp4")) as container:
        stream = container.streams.video[0]
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
    assert len(frames) == 3
    shown = frames[0][-256:, :256].astype(int)
    assert np.abs(shown - clip[0]).mean() < 8.0
