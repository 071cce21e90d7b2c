"""The doctor names what is wrong with a plugin by loading it in a process of its own."""

from __future__ import annotations

import pytest

from gsx.plugins.doctor import examine_installed
from gsx.plugins.doctor.findings import ended_early, findings

from .conftest import fusion

PATIENTS = {
    "killed": "import faulthandler\nfaulthandler._sigsegv()\n",
    "quits": "import os\nos._exit(4)\n",
    "leaves": "raise SystemExit(3)\n",
    "stops": "raise KeyboardInterrupt\n",
    "scribe": "import json\njson.dumps = lambda *words, **more: ''\n",
    "eager": "import lpips\nlpips.distance = print\n" + fusion("eager", "shared"),
    "meddler": """
import builtins, os, pathlib, random, signal, sys, threading, warnings
import gsx.api, pluggy, pydantic
print("hello")
sys.stderr.write("and here")
gsx.api.Nothing = type("Nothing", (), {})
gsx.errors.EXIT_CODES = {}
pydantic.BaseModel.model_dump = lambda self: {}
pluggy.PluginManager.list_name_plugin = lambda self: []
del pathlib.Path.home
builtins.abs = lambda value: value
os.environ["OMP_NUM_THREADS"] = "7"
os.chdir("/")
sys.path.append("/nowhere")
random.seed(0)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
warnings.simplefilter("ignore")
threading.Thread(target=threading.Event().wait, name="worker").start()
""",
    "sound": "import xml.dom, concurrent.futures, decimal, dataclasses\n" + fusion("sound", "shared"),
}


@pytest.fixture
def examine(install, tmp_path, monkeypatch):
    """Plugins of these modules, and no others, examined; by name."""

    def call(**sources):
        for module, source in sources.items():
            install(module, source, dist=f"gsx-{module}")
        monkeypatch.setenv("GSX_PLUGINS", ",".join(sources))
        return lambda **limits: {patient.entry_point: patient for patient in examine_installed(**limits)}

    return call


def told(patient):
    return {finding.problem: finding.cause for finding in patient.findings}


def test_each_is_told_what_is_wrong_with_it(examine, tmp_path):
    (tmp_path / "lpips.py").write_text("def distance(): ...\n")
    found = examine(**PATIENTS)(timeout=60, slow=60)
    assert {name: list(told(patient)) for name, patient in found.items()} == {
        "eager": ["imports early", "patches", "ambiguous"],
        "killed": ["crashes"],
        "leaves": ["exits"],
        "meddler": ["prints", "patches", "changes", "threads"],
        "quits": ["exits"],
        "scribe": ["patches"],
        "sound": ["ambiguous"],
        "stops": ["exits"],
    }
    assert "SIGSEGV at " in told(found["killed"])["crashes"]
    assert 'killed.py", line 2 in <module>' in told(found["killed"])["crashes"]
    assert told(found["quits"])["exits"] == "importing it ends the process at once, with exit code 4"
    assert told(found["leaves"])["exits"] == "it calls sys.exit when imported (SystemExit: 3)"
    assert "imports lpips" in told(found["eager"])["imports early"]
    assert told(found["eager"])["patches"] == "it replaces what is not its own: lpips.distance"
    assert told(found["scribe"])["patches"] == "it replaces what writes JSON, so that the rest cannot be told"
    assert told(found["sound"])["ambiguous"] == "fusion 'shared' is also offered by gsx-eager"
    meddler = found["meddler"]
    assert [one.cause for one in meddler.findings if one.problem == "prints"] == [
        "it prints to stdout when imported: 'hello'",
        "it prints to stderr when imported: 'and here'",
    ]
    assert told(meddler)["patches"].removeprefix("it replaces what is not its own: ").split(", ") == [
        "builtins.abs",
        "gsx.api.Nothing",
        "gsx.errors.EXIT_CODES",
        "pathlib.Path.home",
        "pluggy._manager.PluginManager.list_name_plugin",
        "pydantic.main.BaseModel.model_dump",
    ]
    assert told(meddler)["changes"].removeprefix("it leaves changed, for everybody: ").split("; ") == [
        "the working directory",
        "the environment (OMP_NUM_THREADS)",
        "sys.path (/nowhere)",
        "warnings filters",
        "signal handlers (SIGTERM)",
        "the random state of Python",
    ]
    assert told(meddler)["threads"] == "it starts threads when imported: worker"
    assert (found["sound"].distribution, found["sound"].version) == ("gsx-sound", "1.0")
    assert found["sound"].seconds < 60


def test_one_that_hangs_is_ended_and_named_with_the_line(examine):
    found = examine(stuck="import time\ntime.sleep(600)\n")(timeout=0.2)["stuck"]
    (finding,) = found.findings
    assert finding.problem == "hangs"
    assert finding.cause.startswith("importing it takes more than 0.2 s at ")
    assert finding.cause.endswith('stuck.py", line 2 in <module>')
    assert found.seconds is None


def test_a_sub_command_that_is_not_there_and_a_name_that_nobody_has(examine, tmp_path, monkeypatch):
    look = examine(command="")
    listed = next(tmp_path.glob("gsx_command-*.dist-info")) / "entry_points.txt"
    listed.write_text("[gsx.commands]\ncommand = command:app\n")
    monkeypatch.setenv("GSX_PLUGINS", "gsx-command,gsx-comand")
    found = look(timeout=60, slow=60)
    assert told(found["command"]) == {"broken": "AttributeError: module 'command' has no attribute 'app'"}
    assert "no installed plugin or distribution is called 'gsx-comand'" in told(found["gsx-comand"])["missing"]


FACTS = {"error": None, "heavy": [], "patched": [], "changed": [], "threads": [], "stdout": "", "stderr": ""}


def test_slow_is_a_matter_of_seconds():
    assert list(findings({**FACTS, "seconds": 0.1})) == []
    (slow,) = findings({**FACTS, "seconds": 0.3})
    assert (slow.problem, slow.cause) == ("slow", "importing it takes 0.30 s, more than 0.2 s")


@pytest.mark.parametrize(
    ("facts", "problem", "cause"),
    [
        ({"error": "KeyboardInterrupt"}, "exits", "which ends gsx as Ctrl-C does"),
        ({"error": "ValueError: no"}, "broken", "ValueError: no"),
    ],
)
def test_what_is_raised(facts, problem, cause):
    (finding,) = findings({**FACTS, "seconds": 0.0, **facts})
    assert finding.problem == problem
    assert finding.cause.endswith(cause)


def test_a_process_that_had_to_be_stopped():
    assert ended_early(None, "", "", 5).cause == "importing it takes more than 5 s"
    assert ended_early(1, "", "Traceback ...\nOSError: no space", 5).cause.endswith("exit code 1: OSError: no space")


def test_one_whose_entry_points_cannot_be_read(install, tmp_path, monkeypatch):
    install("torn", "", dist="gsx-torn")
    (info,) = tmp_path.glob("gsx_torn-*.dist-info")
    (info / "entry_points.txt").write_text("[gsx.plugins]\ntorn\n", encoding="utf-8")
    monkeypatch.setenv("GSX_PLUGINS", "gsx-torn")
    (torn,) = examine_installed(timeout=60)
    assert told(torn)["broken"].startswith("its entry_points.txt cannot be read (")
    assert torn.findings[0].advice == "Reinstall or uninstall it."
