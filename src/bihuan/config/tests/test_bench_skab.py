"""The recordings of the rig, where they are at hand: the promise that detection keeps."""

from __future__ import annotations

import numpy as np
import pytest

from bihuan.config.bench import skab


@pytest.mark.skipif(not skab.DATA.exists(), reason="the recordings of the rig are not here")
def test_faults_of_the_rig_are_found_with_few_false_alarms():
    files = skab.recordings(skab.DATA)
    counts = [skab.counted(file.fault[skab.TRAINING :], skab.drifted(file)) for file in files]
    found = skab.rates(np.sum(counts, axis=0))
    assert found["f1"] >= 0.80
    assert found["far"] <= 0.15


def test_without_recordings_the_bench_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(skab, "DATA", tmp_path / "none")
    assert "no recordings" in skab.run()["skipped"]
