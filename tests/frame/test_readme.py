"""The README's recipes, run as they stand there, in its order, against one running stack."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.console.command import Up, environment, nilometer, rows, until, up

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
ELSEWHERE = {
    "demo": "tests/console/test_demo.py",
    "up": "here, around all others",
    "up --broker kafka-1:9092,kafka-2:9092": "tests/console/test_up_on_kafka.py, on a Kafka that exists",
}
COMMANDS = [
    command
    for block in re.findall(r"^```console\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    for command in re.findall(r"uv run nilometer (.*)$", block, re.MULTILINE)
    if command not in ELSEWHERE
]
PYTHON = "".join(re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL))
APPLICATION = f"""
from types import SimpleNamespace

messages = [{{"role": "user", "content": "where is order A-1?"}}]
usage = {{"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}}
choice = {{"index": 0, "finish_reason": "stop", "message": {{"role": "assistant", "content": "On its way."}}}}
reply = {{"id": "r-1", "object": "chat.completion", "model": "gpt-4o-2024-08-06", "choices": [choice], "usage": usage}}
client = SimpleNamespace(chat=SimpleNamespace(completions=SimpleNamespace(create=lambda **_: reply)))
lookup_order = str.lower

{PYTHON}
assert nm.flush(30)
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Generator[Up]:
    folder = tmp_path_factory.mktemp("readme")
    turns = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]
    (folder / "conversations.jsonl").write_text(json.dumps({"messages": turns}) + "\n", encoding="utf-8")
    (folder / "letter.txt").write_text("Dear Sophia Silva,\nyour order is on its way.\n", encoding="utf-8")
    with up(folder / ".nilometer") as running:
        yield running


def test_the_readme_shows_what_this_file_runs() -> None:
    assert len(COMMANDS) >= 10
    assert "from nilometer.producers import Nilometer" in PYTHON


@pytest.mark.timeout(420)
def test_every_recipe_runs(stack: Up) -> None:
    folder = stack.home.parent
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", APPLICATION],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    question = "SELECT input_tokens, status FROM calls WHERE feature = 'support' AND cost > 0"
    until("the call of the application", lambda: rows(stack.home, question) == [{"input_tokens": 12, "status": "ok"}])
    until("the feedback", lambda: rows(stack.home, "SELECT thumbs FROM feedback") == [{"thumbs": "down"}])
    for command in COMMANDS:
        result = nilometer(*shlex.split(command), cwd=folder)
        said = f"nilometer {command}\n{result.stdout}\n{result.stderr}"
        # `doctor` may have a finding: the conversations above have no price, and it is right to say so.
        assert result.returncode in ({0, 1} if command == "doctor" else {0}), said
        assert "Traceback" not in said
    conversation = "SELECT count(*) AS n FROM calls WHERE request_model IS NULL"
    until("the published conversation, once", lambda: rows(stack.home, conversation) == [{"n": 1}])
