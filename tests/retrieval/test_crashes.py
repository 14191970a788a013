"""Kills a real ingest at random moments, and asks while another process ingests."""

import itertools
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from retrieval.intake import Intake
from retrieval.library import Library
from retrieval.search import Search
from retrieval.splitting import split
from retrieval.upkeep import check
from tests.retrieval.ingesting import COUNT, articles, open_in, text_of
from tests.retrieval.town import loaded

SCRIPT = Path(__file__).with_name("ingesting.py")
KILLS = 20


def start(folder: Path, round_: int) -> "subprocess.Popen[str]":
    command = [sys.executable, str(SCRIPT), str(folder), str(round_)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])


def reported(process: "subprocess.Popen[str]") -> int:
    assert process.stdout
    lines = process.stdout.read().split("\n")
    process.stdout.close()
    return max((int(line.split()[1]) for line in lines if line.startswith("done ")), default=0)


def assert_in_step(library: Library, round_: int, done: int) -> None:
    library.repair()
    findings = check(library)
    assert [finding.level for finding in findings] == ["ok", "ok", "ok"], findings
    numbers = [int(loaded.article.id.split("-")[1]) for loaded in articles(round_)][:done]
    held = library.catalogue.articles([f"report-{number}" for number in numbers])
    assert len(held) == done, "an article that was reported as done is lost"
    assert all(held[f"report-{number}"].text == text_of(number, round_) for number in numbers)


@pytest.mark.timeout(600)
def test_twenty_kills_lose_nothing_that_was_reported_and_leave_nothing_half_indexed(tmp_path: Path) -> None:
    chance = random.Random(7)
    rounds = itertools.count()
    cut_short = 0
    for _ in range(KILLS):
        round_ = next(rounds)
        process = start(tmp_path, round_)
        assert process.stdout and process.stdout.readline() == "open\n"
        time.sleep(chance.uniform(0.0, 1.2))
        cut_short += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        library = open_in(tmp_path)
        assert_in_step(library, round_, reported(process))
        library.close()
    assert cut_short >= KILLS // 2, "the ingests were too quick to be killed"
    last = next(rounds)
    process = start(tmp_path, last)
    done = reported(process)
    assert process.wait() == 0
    assert done == len(list(articles(last)))
    library = open_in(tmp_path)
    assert_in_step(library, last, done)
    assert library.catalogue.count() == done
    library.close()


def test_what_another_process_left_half_done_is_finished_by_whoever_writes_next(tmp_path: Path) -> None:
    library = open_in(tmp_path)
    half = [(one.article, one.location, split(one.article)) for one in itertools.islice(articles(0), 5)]
    library.register.write(half[:3], 1)
    Intake(library, "elsewhere").read([loaded("other", "The lighthouse was painted white.")])
    assert library.catalogue.count() == 4
    library.register.write(half[3:5], 1)
    library.register.mark_removing(["report-0"])
    library.remove(["other"])
    assert library.register.unfinished() == (["report-3", "report-4"], ["report-0"])
    again = open_in(tmp_path)
    assert "unfinished" not in again.catalogue.facts()
    assert again.catalogue.count() == 4
    assert [finding.level for finding in check(again)] == ["ok", "ok", "ok"]
    again.close()
    library.close()


def test_a_repair_that_is_killed_is_taken_up_again(tmp_path: Path) -> None:
    library = open_in(tmp_path)
    half = [(one.article, one.location, split(one.article)) for one in itertools.islice(articles(0), 3)]
    library.register.write(half, 1)
    library.publish(["report-0"], half[0][2], library.embed(half[0][2]), 1)  # and then killed
    library.close()
    again = open_in(tmp_path)
    assert again.catalogue.count() == 3
    again.close()


def test_who_asks_while_another_process_ingests_finds_whatever_was_reported(tmp_path: Path) -> None:
    library = open_in(tmp_path)
    search = Search(library)
    process = start(tmp_path, 0)
    assert process.stdout
    asked = 0
    for line in process.stdout:
        if not line.startswith("done "):
            continue
        number = int(line.split()[1]) - 1
        hits, _ = search.find(f"How many crates does harbour report number {number} name?")
        assert f"report-{number}" in {hit.article.id for hit in hits}
        asked += 1
    process.stdout.close()
    assert process.wait() == 0
    assert asked > 3
    assert library.catalogue.count() == COUNT
    library.close()
