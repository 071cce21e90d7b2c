"""The real program in a process of its own: signals, pipes, locales, and what it imports."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .conftest import SMALL

GSX = [sys.executable, "-c", "from gsx.cli.main import main; main()"]
RUN = [*GSX, "run", "--content", "content.png", "--style", "style.png", "--out", "out", *SMALL]


def environment(**variables):
    return {**os.environ, "OMP_NUM_THREADS": "1", **variables}


def run_until(line, *arguments):
    """Start a run, send Ctrl-C when a line on standard error or output begins so, and return what it printed after."""
    program = subprocess.Popen(
        [*RUN, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(PYTHONUNBUFFERED="1"),
        # A shell that starts the tests in the background has them, and what they start, ignore it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    seen = []
    for text in program.stdout:
        seen.append(text)
        if text.startswith(line):
            time.sleep(0.3)
            program.send_signal(signal.SIGINT)
            break
    rest, _ = program.communicate(timeout=60)
    return program.returncode, "".join(seen) + rest


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
def test_ctrl_c_in_the_middle_of_the_optimisation():
    code, printed = run_until("stylising: 1/5000", "--set", "generator.iterations=5000")
    assert code == 130, printed
    assert "marked interrupted" in printed
    assert "Traceback" not in printed
    result = json.loads(Path("out/result.json").read_text())
    assert result["status"] == "interrupted"
    for name in ("stylized.png", "stylized.safetensors", "report.html", "inputs.json", "env.json"):
        assert Path("out", name).is_file()
    assert 2 <= len(Path("out/metrics.jsonl").read_text().splitlines()) < 5000
    assert list(Path().glob(".*.partial")) == []


def test_a_pipe_that_closes_early():
    for command in (["plugins", "list"], ["schema"], ["--help"]):
        program = subprocess.Popen([*GSX, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
        program.stdout.close()
        error = program.stderr.read().decode()
        assert program.wait(30) in (0, 1)
        assert error == ""


def test_an_ascii_locale():
    """Neither the table with its × nor the JSON dies of it."""
    done = subprocess.run(
        [*RUN, "--json", "--set", "generator.iterations=1"],
        capture_output=True,
        timeout=60,
        env=environment(LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONCOERCECLOCALE="0"),
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.decode("ascii"))["status"] == "done"
    assert b"relu4_1" in done.stderr
    assert not re.search(rb"\x1b", done.stdout + done.stderr)


@pytest.mark.parametrize(
    "command",
    [["--help"], ["run", "--help"], ["plugins", "list"], ["plugins", "show", "adain"], ["schema"], ["weights", "list"]],
)
def test_without_torch_in_an_ascii_locale(command):
    """These start fast, because torch is never imported."""
    program = "import sys; sys.modules['torch'] = None; from gsx.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, *command],
        capture_output=True,
        timeout=60,
        env=environment(LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONCOERCECLOCALE="0"),
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    assert done.stdout
