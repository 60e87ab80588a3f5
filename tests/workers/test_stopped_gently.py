"""SIGTERM, as a deploy sends it: a worker finishes the job it is at, begins no other, and ends well."""

import os
import subprocess
import sys
from pathlib import Path

from plugin.adapters.queue import RqQueue, connect, make_queue

WORKER = """
import os, pathlib, signal, sys
from workers import __main__ as worker, jobs

def drain_inbox(tenant_id):
    note = pathlib.Path(sys.argv[1]) / tenant_id
    note.write_text("begun")
    os.kill(os.getpid(), signal.SIGTERM)
    note.write_text("done")

jobs.drain_inbox = drain_inbox
worker.main([])
"""


def test_a_worker_that_is_asked_to_stop_finishes_its_job_and_leaves_the_next_one(
    tmp_path: Path, redis_url: str
) -> None:
    queue = RqQueue(connect(redis_url))
    for store in ("ada", "bo"):
        queue.wake("drain_inbox", store)
    env = {**os.environ, "DATA_DIR": str(tmp_path / "data"), "REDIS_URL": redis_url}
    done = subprocess.run(
        [sys.executable, "-c", WORKER, str(tmp_path)], env=env, timeout=60, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert {note.name: note.read_text() for note in tmp_path.iterdir() if note.is_file()} == {"ada": "done"}
    assert [list(job.args) for job in make_queue("inbox", connect(redis_url)).jobs] == [["bo"]]
