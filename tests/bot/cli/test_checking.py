from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from retrieval import reading
from retrieval.inference import READER

Footnote = Callable[..., Result]


def findings(result: Result) -> dict[str, dict[str, str]]:
    return {finding["name"]: finding for finding in json.loads(result.stdout)["findings"]}


def test_doctor_finds_a_sound_library_sound(run: Footnote) -> None:
    result = run("doctor", "--json")
    assert result.exit_code == 0, result.stdout
    assert json.loads(result.stdout)["healthy"] is True
    found = findings(result)
    assert {"versions", "disk", "chat model", "embedder", "library", "languages"} <= set(found)
    assert "articles: 3, sources: 1" in found["library"]["message"]
    assert "no OPENAI_API_KEY" in found["chat model"]["message"]
    assert "0% of the articles are not English" in found["languages"]["message"]


def test_doctor_says_what_to_do_about_indexes_that_lack_passages(run: Footnote, folder: Path) -> None:
    for file in sorted((folder / "library" / "lexical").rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    result = run("doctor")
    assert "broken" not in result.stdout or "footnote reindex" in result.stdout


def test_doctor_warns_where_english_is_not_the_language(fresh: Footnote, tmp_path: Path) -> None:
    article = tmp_path / "bruecke.txt"
    article.write_text(
        "Die Brücke bleibt gesperrt\n\nDie alte Brücke über den Fluss bleibt noch neun Monate gesperrt, sagte die "
        "Bürgermeisterin am Montag.\n\nFähren fahren alle zehn Minuten von beiden Ufern, auch am Wochenende.\n",
        "utf-8",
    )
    fresh("ingest", str(article))
    found = findings(fresh("doctor", "--json"))["languages"]
    assert found["level"] == "warning"
    assert "100% of the articles are not English (de 1)" in found["message"]
    assert "embedding.model" in found["todo"]


def test_doctor_finds_a_chat_model_without_a_key_broken(run: Footnote) -> None:
    result = run("doctor", "-s", "chat.model=openai:some-model")
    assert result.exit_code == 1
    assert "broken   chat model: openai:some-model, but no OPENAI_API_KEY" in result.stdout


def test_doctor_names_the_reader_and_the_hash_of_its_model(run: Footnote) -> None:
    sha256 = hashlib.sha256((READER / "model.onnx").read_bytes()).hexdigest()
    found = findings(run("doctor", "--json"))["reader"]
    assert (found["level"], found["message"]) == ("ok", f"local, {sha256[:16]}")


def test_doctor_says_that_there_is_no_reader(run: Footnote) -> None:
    found = findings(run("doctor", "--json", "-s", "reader.model=none"))["reader"]
    assert found["level"] == "ok"
    assert found["message"].startswith("none: ")
    assert "reader.model" in found["todo"]


def test_doctor_finds_a_reader_without_its_model_broken(
    run: Footnote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading.Reader.__init__, "__defaults__", (tmp_path, None))
    result = run("doctor", "--json")
    assert result.exit_code == 1
    found = findings(result)["reader"]
    assert found["level"] == "broken"
    assert "the local reader cannot be read" in found["message"] and str(tmp_path) in found["message"]
    assert "install footnote again" in found["todo"]


def test_doctor_finds_a_reader_with_half_a_model_broken(
    run: Footnote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model.onnx").write_bytes((READER / "model.onnx").read_bytes()[:1_000_000])
    monkeypatch.setattr(reading.Reader.__init__, "__defaults__", (tmp_path, None))
    result = run("doctor", "--json")
    assert result.exit_code == 1
    found = findings(result)["reader"]
    assert found["level"] == "broken"
    assert "the local reader cannot be loaded" in found["message"]


def test_doctor_warns_of_a_secrets_file_that_others_may_read(run: Footnote, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text("OPENAI_API_KEY=sk-very-secret\n")
    file.chmod(0o644)
    result = run("doctor", "--secrets", str(file))
    assert f"chmod 600 {file}" in result.stdout
    assert "sk-very-secret" not in result.output
    file.chmod(0o600)
    assert "chmod" not in run("doctor", "--secrets", str(file)).stdout


def test_doctor_finds_tokens_of_another_kind_broken_and_does_not_show_them(run: Footnote) -> None:
    tokens = {"SLACK_BOT_TOKEN": "xoxp-very-secret", "SLACK_APP_TOKEN": "xoxb-very-secret"}
    for more in ([], ["--json"]):
        result = run("doctor", *more, env=tokens)
        assert result.exit_code == 1
        assert "SLACK_BOT_TOKEN is a token of another kind: it must begin with xoxb-" in result.stdout
        assert "SLACK_APP_TOKEN is a token of another kind: it must begin with xapp-" in result.stdout
        assert "very-secret" not in result.output


def test_config_shows_each_setting_with_the_layer_that_set_it(run: Footnote, folder: Path) -> None:
    (folder / "library" / "settings.toml").write_text("[answer]\nthreshold = 0.4\n")
    shown = run("config", "-s", "search.hits=20", env={"FOOTNOTE__SEARCH__RRF_K": "7"}).stdout.splitlines()
    found = {line.split(" = ")[0]: line for line in shown}
    assert found["answer.threshold"].endswith(f"# {folder / 'library' / 'settings.toml'}")
    assert found["search.hits"].startswith("search.hits = 20 ") and found["search.hits"].endswith("# -s")
    assert found["search.rrf_k"].endswith("# FOOTNOTE__SEARCH__RRF_K")
    assert found["chat.model"].endswith("# default.toml")


def test_config_shows_every_value_as_toml(run: Footnote) -> None:
    channels = {"C1": ["news", "*"], "G2": []}
    result = run("config", "-s", 'slack.channels={C1=["news", "*"], G2=[]}', "-s", 'slack.name=Küste "Nord"')
    values = tomllib.loads(result.stdout)
    assert values["slack"]["channels"] == channels
    assert values["slack"]["name"] == 'Küste "Nord"'
    assert values["slack"]["stream"] is True
    assert run("config").stdout.count("slack.channels = {}") == 1
    as_json = json.loads(run("config", "--json", "-s", 'slack.channels={C1=["news", "*"], G2=[]}').stdout)
    assert as_json["settings"]["slack.channels"] == {"value": channels, "from": "-s"}


def test_config_says_of_each_secret_whether_it_is_set(run: Footnote, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text("SLACK_BOT_TOKEN=xoxb-very-secret\n")
    environ = {"SLACK_APP_TOKEN": "xapp-very-secret", "OPENAI_API_KEY": ""}
    result = run("config", "--secrets", str(file), env=environ)
    lines = result.stdout.splitlines()[-4:]
    assert lines == [
        "# OPENAI_API_KEY: not set",
        f"# SLACK_BOT_TOKEN: set, from {file}",
        "# SLACK_APP_TOKEN: set, from environment",
        "# SLACK_SIGNING_SECRET: not set",
    ]
    as_json = run("config", "--json", "--secrets", str(file), env=environ)
    assert json.loads(as_json.stdout)["secrets"] == {
        "OPENAI_API_KEY": None,
        "SLACK_BOT_TOKEN": str(file),
        "SLACK_APP_TOKEN": "environment",
        "SLACK_SIGNING_SECRET": None,
    }
    assert "very-secret" not in result.output + as_json.output


def test_config_never_shows_a_secret(run: Footnote) -> None:
    options = ["-s", "library.database_url=postgresql+psycopg://me:hunter2@db/footnote"]
    for more in ([], ["--json"]):
        result = run("config", *options, *more, env={"OPENAI_API_KEY": "sk-very-secret"})
        assert result.exit_code == 0
        assert "hunter2" not in result.output
        assert "sk-very-secret" not in result.output
        assert "environment" in result.stdout


def test_a_wrong_setting_is_one_line(run: Footnote) -> None:
    result = run("config", "-s", "search.hit=1")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "footnote: -s: there is no setting search.hit; did you mean search.hits?\n"
