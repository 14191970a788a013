from importlib import resources
from pathlib import Path

import pytest

import prompts
from prompts import Prompt, PromptError, load, text, versions


def prompt_files() -> list[str]:
    return sorted(file.name.removesuffix(".txt") for file in resources.files(prompts).iterdir() if ".txt" in file.name)


def test_answer_prompt_names_its_variables_and_states_the_refusal_only_by_reference() -> None:
    prompt = load("answer", ["refusal", "passages", "today", "question"])

    assert isinstance(prompt, Prompt)
    assert text("refusal") not in prompt.system


def test_standalone_prompt_needs_the_conversation_and_the_question() -> None:
    assert load("standalone").variables == {"history", "question"}


def test_every_file_is_readable_and_holds_words() -> None:
    assert {"refusal", "abilities", "answer.system", "answer.human"} <= set(prompt_files())
    for name in prompt_files():
        assert text(name)


def test_every_system_file_has_its_human_file() -> None:
    roles = {name for name in prompt_files() if "." in name}
    assert roles == {f"{name.split('.')[0]}.{role}" for name in roles for role in ("system", "human")}


def test_refusal_is_one_sentence() -> None:
    assert text("refusal").count(".") == 1
    assert text("refusal").endswith(".")
    assert "\n" not in text("refusal")


def test_unknown_prompt_is_named() -> None:
    with pytest.raises(PromptError, match=r"no prompt file nonsense\.system\.txt"):
        load("nonsense")


def test_filling_with_other_variables_than_the_prompt_uses_is_an_error() -> None:
    with pytest.raises(PromptError, match="uses history, question, but is filled with history"):
        load("standalone", ["history"])


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("Question: {question", "malformed"),
        ("Question: {question.__class__}", "only plain"),
        ("Question: {question!r}", "only plain"),
        ("Question: {question:>10}", "only plain"),
        ("Question: {}", "only plain"),
    ],
)
def test_templates_with_logic_or_broken_braces_are_refused(
    template: str, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.system.txt").write_text("Answer.", encoding="utf-8")
    (tmp_path / "broken.human.txt").write_text(template, encoding="utf-8")
    monkeypatch.setattr(resources, "files", lambda name: tmp_path)

    with pytest.raises(PromptError, match=problem):
        load("broken")


def test_version_follows_the_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "files", lambda name: tmp_path)
    (tmp_path / "a.system.txt").write_text("Answer.", encoding="utf-8")
    (tmp_path / "a.human.txt").write_text("{question}", encoding="utf-8")
    before = load("a").version
    assert load("a").version == before

    (tmp_path / "a.human.txt").write_text("Question: {question}", encoding="utf-8")
    assert load("a").version != before


def test_every_prompt_has_its_version_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = versions()
    assert found == {name: load(name).version for name in found}
    assert {"answer", "standalone", "judge"} <= set(found)
    assert not {"refusal", "abilities"} & set(found)
    monkeypatch.setattr(resources, "files", lambda name: tmp_path)
    for name in ("b.system", "b.human", "a.system", "a.human", "constant"):
        (tmp_path / f"{name}.txt").write_text("words", encoding="utf-8")
    assert list(versions()) == ["a", "b"]
