"""A benchmark fills its folder, goes on where it stopped, and loses nothing that was finished."""

import json
import math

import pytest
import torch

from gsx.bench.bench import run_bench
from gsx.bench.folder import BenchFolder
from gsx.bench.plan import Question
from gsx.errors import BenchError, InterruptedRun, MissingExtraError, StoreError
from gsx.images import decode
from gsx.report.bench.page import write_bench_report
from gsx.report.bench.reading import read_benchmark
from gsx.report.bench.table import table_rows
from gsx.specs.executing import CellOutcome


def run(bench, plan, executor, heard=None):
    with bench.folder.open():
        return run_bench(
            plan,
            bench.pictures,
            bench.folder,
            executor,
            timeout=60,
            device="cpu",
            command="gsx bench",
            listener=lambda cell, outcome: heard.append((cell.label, outcome.status)) if heard is not None else None,
        )


def test_every_cell_has_every_pair(bench, in_process):
    plan = bench.plan(fusion=["adain", "wct"])
    heard = []
    summary = run(bench, plan, in_process(), heard)
    assert summary.statuses["done"] == 4
    assert [status for _, status in heard] == ["done"] * 4
    for cell in plan.cells:
        result = bench.result(cell.key)
        assert [pair["label"] for pair in result["pairs"]] == [
            f"content{content}__style{style}" for content in (1, 2) for style in (3, 4)
        ]
        for pair in result["pairs"]:
            assert (bench.folder.cell(cell.key) / pair["picture"]).is_file()
            assert all(math.isfinite(value) for values in pair["figures"].values() for value in values.values())
    told = json.loads((bench.folder.path / "bench.json").read_text())
    assert told["cells"] == [cell.key for cell in plan.cells]
    for one in (*told["contents"], *told["styles"]):
        assert (bench.folder.path / one["picture"]).is_file()


def test_the_figures_are_those_of_gsx_run(bench, in_process):
    """Sharing features over cells must not change a number."""
    from gsx.pipeline.build import build_pipeline
    from gsx.run.measure import measure

    plan = bench.plan(fusion=["wct", "adain"])
    run(bench, plan, in_process())
    cell = bench.by_label(plan, "adain")
    pipeline = build_pipeline(cell.loaded)
    images = [decode(bench.place / name).image for name in ("content/content2.png", "style/style3.png")]
    with torch.no_grad():
        outputs = pipeline(*images)
    alone = {one["id"]: one["values"] for one in measure(cell.loaded.recipe.parts.metrics, outputs)}
    (pair,) = [one for one in bench.result(cell.key)["pairs"] if one["label"] == "content2__style3"]
    for metric, values in alone.items():
        assert pair["figures"][metric] == pytest.approx(values, rel=1e-4, abs=1e-6)


def test_controls_are_the_pictures_between_which_results_lie(bench, in_process):
    plan = bench.plan(fusion=["adain"])
    run(bench, plan, in_process())
    untouched = bench.result(bench.by_label(plan, "content untouched").key)
    itself = bench.result(bench.by_label(plan, "style itself").key)
    for pair in untouched["pairs"]:
        assert pair["figures"]["content-distance"]["mean"] == pytest.approx(0, abs=1e-6)
        assert pair["figures"]["style-distance"]["normalised.mean"] == pytest.approx(1)
        assert pair["figures"]["ssim"]["ssim"] == pytest.approx(1)
        assert pair["seconds"] is None
    for pair in itself["pairs"]:  # of the content's size already
        assert pair["figures"]["style-distance"]["raw.mean"] == pytest.approx(0, abs=1e-6)


def test_controls_need_no_layer_that_no_cell_reads(bench, in_process):
    """They have another generator than the cells, which would read more of the extractor."""
    plan = bench.plan(fusion=["adain"], generator=["resnet"], flags={"metric": ["ssim"]})
    assert "relu5_1" not in plan.cells[0].job["layers"]
    run(bench, plan, in_process())
    assert {bench.folder.status(cell.key) for cell in plan.cells} == {"done"}


def test_values_that_are_lists_are_read_back(bench, in_process):
    pixels = {"name": "pixels", "iterations": 1}
    plan = bench.plan(generator=[pixels], grid={"extractor.layers": [["relu1_1", "relu4_1"], ["relu4_1"]]})
    run(bench, plan, in_process())
    found = read_benchmark(bench.folder.path)
    assert (found.problems, found.unread) == ([], [])
    assert {dict(cell.coordinates)["extractor.layers"] for cell in found.cells if cell.control is None} == {
        '["relu1_1", "relu4_1"]',
        '["relu4_1"]',
    }


def test_done_cells_are_not_run_again_and_new_ones_are_added(bench, in_process):
    run(bench, bench.quick_plan(fusion=["adain"]), in_process())
    executor = in_process()
    plan = bench.quick_plan(fusion=["adain", "wct"])
    summary = run(bench, plan, executor)
    assert executor.ran == ["wct"]
    assert summary.kept == 3
    assert len(json.loads((bench.folder.path / "bench.json").read_text())["calls"]) == 2


def test_a_cell_of_an_earlier_call_takes_its_place_among_other_axes(bench, in_process):
    run(bench, bench.quick_plan(fusion=["adain"]), in_process())
    executor = in_process()
    plan = bench.quick_plan(fusion=["adain"], grid={"fusion.alpha": [1.0, 0.5]})
    run(bench, plan, executor)
    assert executor.ran == ["fusion.alpha 0.5"]
    kept = bench.result(bench.by_label(plan, "fusion.alpha 1.0").key)
    assert kept["coordinates"] == {"fusion": "adain", "fusion.alpha": 1.0}


def test_a_picture_of_another_name_is_still_the_same_pair_in_all_cells(bench, in_process):
    run(bench, bench.quick_plan(fusion=["adain"]), in_process())
    (bench.place / "content" / "content2.png").rename(bench.place / "content" / "renamed.png")
    plan = bench.quick_plan(fusion=["adain", "wct"])
    run(bench, plan, in_process())
    pairs = [[(pair["label"], pair["content"]) for pair in bench.result(cell.key)["pairs"]] for cell in plan.cells]
    assert pairs[0][-1] == ("renamed__style4", "renamed")
    assert pairs.count(pairs[0]) == len(pairs) == 4


@pytest.mark.parametrize("status", ["error", "timeout", "diverged"])
def test_a_failure_costs_its_own_cell(bench, in_process, status):
    plan = bench.quick_plan(fusion=["adain", "wct"])

    def fail(job):
        return CellOutcome(job.key, status, "it was made to", 1) if job.label == "adain" else None

    summary = run(bench, plan, in_process(fail))
    assert summary.statuses == {"done": 3, status: 1, "skipped": 0}
    result = bench.result(bench.by_label(plan, "adain").key)
    assert (result["status"], result["reason"], result["pairs"]) == (status, "it was made to", [])
    again = in_process()
    run(bench, plan, again)
    assert again.ran == ([] if status == "diverged" else ["adain"])


def test_a_reason_is_one_line_and_files_of_a_failure_stay(bench, in_process):
    plan = bench.quick_plan(fusion=["adain", "wct"])

    def fail(job):
        files = {"traceback.txt": b"here"}
        return CellOutcome(job.key, "error", "two\n  lines", 1, files) if job.label == "adain" else None

    run(bench, plan, in_process(fail))
    key = bench.by_label(plan, "adain").key
    assert bench.result(key)["reason"] == "two lines"
    assert (bench.folder.cell(key) / "traceback.txt").read_bytes() == b"here"


def test_a_refused_cell_is_kept_with_its_reason(bench, in_process):
    plan = bench.quick_plan(fusion=["adain", "content"], grid={"fusion.alpha": [1.0]})
    run(bench, plan, in_process())
    (refused,) = [cell for cell in plan.cells if cell.skipped]
    result = bench.result(refused.key)
    assert result["status"] == "skipped"
    assert "no such option" in result["reason"]
    assert result["coordinates"] == {"fusion": "content", "fusion.alpha": 1.0}


def test_a_cell_that_is_not_refused_any_more_takes_the_place_of_its_refusal(bench, in_process, monkeypatch):
    """As where a package was installed meanwhile."""

    def without_wct(question, coordinates, seed, section):
        if coordinates["fusion"] == "wct":
            raise MissingExtraError("it needs a package.")
        return load(question, coordinates, seed, section)

    load = Question.load
    with monkeypatch.context() as patch:
        patch.setattr(Question, "load", without_wct)
        run(bench, bench.quick_plan(fusion=["adain", "wct"]), in_process())
    plan = bench.quick_plan(fusion=["adain", "wct"])
    again = in_process()
    run(bench, plan, again)
    assert again.ran == ["wct"]
    (table,) = table_rows(read_benchmark(bench.folder.path))
    assert [row[:2] for row in table.rows[2:]] == [["adain", "done"], ["wct", "done"]]


def test_where_no_cell_succeeds_that_is_an_error(bench, in_process):
    plan = bench.quick_plan(fusion=["adain"])

    def fail(job):
        return None if job.body["control"] else CellOutcome(job.key, "error", "it was made to", 1)

    with pytest.raises(BenchError, match=r"none of 1 cells succeeded.*it was made to") as failed:
        run(bench, plan, in_process(fail))
    assert failed.value.exit_code == 13


def test_a_metric_that_raises_for_some_costs_only_itself(bench, in_process, monkeypatch):
    from gsx_metrics.ssim import Ssim

    update = Ssim.update
    seen = []

    def sometimes(self, outputs):
        seen.append(1)
        if len(seen) % 2:
            raise RuntimeError("not\n  today")
        update(self, outputs)

    monkeypatch.setattr(Ssim, "update", sometimes)
    plan = bench.quick_plan(["ssim", "style-distance"], fusion=["adain"])
    run(bench, plan, in_process())
    pairs = bench.result(bench.by_label(plan, "adain").key)["pairs"]
    assert ["ssim" in pair["figures"] for pair in pairs] == [False, True, False, True]
    assert "not today" in pairs[0]["missing"]["ssim"]
    (table,) = table_rows(read_benchmark(bench.folder.path))
    (gap,) = [note for note in table.notes if note.startswith("Missing: ssim")]
    assert "not today" in gap
    assert "(2 of 4 pairs)" in gap
    assert all("style-distance" in pair["figures"] for pair in pairs)


def test_ctrl_c_keeps_what_is_finished(bench, in_process):
    plan = bench.quick_plan(fusion=["adain", "wct"])

    def interrupt(job):
        if job.label == "wct":
            raise KeyboardInterrupt

    with pytest.raises(InterruptedRun, match="3 of 4 cells are finished"):
        run(bench, plan, in_process(interrupt))
    again = in_process()
    run(bench, plan, again)
    assert again.ran == ["wct"]


def test_a_full_disk_stops_the_benchmark_and_loses_nothing(bench, in_process):
    plan = bench.quick_plan(fusion=["adain", "wct"])

    def full(job):
        return CellOutcome(job.key, "error", "the disk is full.", 9) if job.label == "wct" else None

    with pytest.raises(StoreError, match="the disk is full"):
        run(bench, plan, in_process(full))
    assert bench.folder.status(bench.by_label(plan, "adain").key) == "done"
    assert not bench.folder.cell(bench.by_label(plan, "wct").key).exists()


def test_two_benchmarks_into_one_folder(bench):
    with (
        bench.folder.open(),
        pytest.raises(StoreError, match="another benchmark is working"),
        BenchFolder(bench.folder.path).open(),
    ):
        pass


def test_a_folder_of_something_else_is_refused(bench):
    bench.folder.path.mkdir()
    (bench.folder.path / "holiday.png").write_text("mine")
    with pytest.raises(StoreError, match="no benchmark's folder"), bench.folder.open():
        pass
    assert (bench.folder.path / "holiday.png").read_text() == "mine"


def test_what_a_killed_benchmark_left_half_done_is_cleared(bench, in_process):
    plan = bench.quick_plan(fusion=["adain"])
    run(bench, plan, in_process())
    key = bench.by_label(plan, "adain").key
    (bench.folder.cell("") / f".{key}.ab12.partial").mkdir()
    (bench.folder.cell(key) / "result.json").write_text('{"half')
    control = plan.cells[0].key
    kept = json.dumps({"format": 1, "key": control, "status": "done"})
    (bench.folder.cell(control) / "result.json").write_text(kept)
    again = in_process()
    run(bench, plan, again)
    assert again.ran == [plan.cells[0].label, "adain"]
    assert sorted(path.name for path in bench.folder.cell("").iterdir()) == sorted(cell.key for cell in plan.cells)


def test_a_picture_that_changed_meanwhile_fails_its_cells(bench, in_process):
    plan = bench.quick_plan(fusion=["adain"])
    (bench.place / "style" / "style3.png").write_bytes((bench.place / "style" / "style4.png").read_bytes())
    with pytest.raises(BenchError, match="no longer the picture"):
        run(bench, plan, in_process())


def test_an_executor_that_loses_cells_is_named(bench, in_process):
    from gsx.errors import PluginError

    class Forgets(in_process):
        def run(self, jobs, open_worker, *, timeout, device):
            yield from super().run(jobs[:2], open_worker, timeout=timeout, device=device)

    with pytest.raises(PluginError, match="no outcome for 1 of 3"):
        run(bench, bench.quick_plan(fusion=["adain"]), Forgets())


def test_files_from_elsewhere_stay_inside_the_cell(bench):
    with bench.folder.open():
        bench.folder.write_files("0123456789abcdef", {"pairs/a/b.txt": b"x"})
        assert (bench.folder.cell("0123456789abcdef") / "pairs/a/b.txt").read_bytes() == b"x"
        with pytest.raises(StoreError, match="outside"):
            bench.folder.write_files("fedcba9876543210", {"../../escape.txt": b"x"})
        assert not bench.folder.cell("fedcba9876543210").exists()


def test_every_pair_is_explained(bench, in_process):
    plan = bench.plan(
        fusion=["adain"], flags={"explainer": ["layercam", "ablation"], "explainer.card": "quick", "metric": ["ssim"]}
    )
    run(bench, plan, in_process())
    cell = bench.by_label(plan, "adain")
    for pair in bench.result(cell.key)["pairs"]:
        by_name = {one["explainer"]: one for one in pair["explanations"]}
        assert by_name["layercam"]["evaluations"] == 1, "its gradient is a pass"
        assert by_name["ablation"]["evaluations"] > 1
        assert by_name["layercam"]["card"]["deletion"]["verdict"] in ("pass", "weak", "fail")
        for one in by_name.values():
            folder = bench.folder.cell(cell.key) / one["folder"]
            assert (folder / "explanation.json").is_file()
            assert one["picture"] is None or (folder / one["picture"]).is_file()
    assert bench.result(bench.by_label(plan, "style itself").key)["pairs"][0]["explanations"] == []


def test_the_report_reads_cells_that_really_ran(bench, in_process):
    plan = bench.quick_plan(fusion=["adain", "content"], grid={"fusion.alpha": [0.5, 1.0]}, seeds=2)
    run(bench, plan, in_process())
    benchmark = read_benchmark(bench.folder.path)
    assert benchmark.unread == []
    (table,) = table_rows(benchmark)
    statuses = {row[0]: row[1] for row in table.rows}
    assert statuses["adain, fusion.alpha 0.5"] == "done"
    assert statuses["content, fusion.alpha 0.5"] == "skipped"
    assert any("seed" in note for note in table.notes), "seeds change nothing here, and that has to be said"
    assert "adain, fusion.alpha 0.5" in write_bench_report(bench.folder.path).read_text(encoding="utf-8")


def test_what_was_asked_for_and_skipped_is_said(bench, in_process):
    plan = bench.plan(fusion=["adain"], flags={"metric": ["ssim", "kid"]})
    run(bench, plan, in_process())
    (table,) = table_rows(read_benchmark(bench.folder.path))
    assert any(note.startswith("Missing: kid: skipped, because") for note in table.notes)
    assert any("a rough guess" in note for note in table.notes), "two contents and two styles"


def test_cautions_reach_the_report(bench, in_process):
    (bench.place / "style" / "copy.png").write_bytes((bench.place / "style" / "style3.png").read_bytes())
    run(bench, bench.quick_plan(fusion=["adain"]), in_process())
    assert any("the same file 2 times" in problem for problem in read_benchmark(bench.folder.path).problems)


def test_intervals_of_seeds_are_not_denied_for_the_controls_sake(bench, in_process):
    for role in ("content", "style"):
        (bench.place / role / f"{role}{2 if role == 'content' else 4}.png").unlink()
    plan = bench.quick_plan(seeds=2)
    run(bench, plan, in_process())
    (table,) = table_rows(read_benchmark(bench.folder.path))
    assert not any("There are no intervals" in note for note in table.notes)
