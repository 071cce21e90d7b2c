"""A lock between processes: held by one at a time, given back by the system where its holder is killed."""

import os
import signal
import subprocess
import sys
import threading
import time

from gsx.store.lock import is_free, locked


def test_one_at_a_time(tmp_path):
    inside, most = [], []

    def work():
        for _ in range(20):
            with locked(tmp_path / "lock"):
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.0005)
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(most), max(most)) == (80, 1)
    assert not list(tmp_path.iterdir()), "the file goes with the lock"


def test_a_killed_holder_holds_nothing(tmp_path):
    code = "import sys, time, pathlib\nfrom gsx.store.lock import locked\n"
    code += "with locked(pathlib.Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(60)\n"
    with subprocess.Popen([sys.executable, "-c", code, tmp_path / "lock"], stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        assert not is_free(tmp_path / "lock")
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
    assert is_free(tmp_path / "lock")
