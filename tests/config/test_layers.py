from __future__ import annotations

from pathlib import Path

import pytest

from config import ConfigError, Settings, layers, load, origins


def test_defaults_are_complete_and_need_no_environment(tmp_path: Path) -> None:
    settings = load(library=tmp_path, environ={})
    assert settings.chat.model == "auto"
    assert settings.library.path == str(tmp_path)


def test_each_layer_outweighs_the_one_before(tmp_path: Path) -> None:
    def hits(**given: object) -> int:
        return load(library=tmp_path, **{"environ": {}, **given}).search.hits  # type: ignore[arg-type]

    default = hits()
    assert default != 93
    (tmp_path / "settings.toml").write_text("[search]\nhits = 93\n")
    assert hits() == 93
    file = tmp_path / "mine.toml"
    file.write_text("[search]\nhits = 14\n")
    assert hits(config_file=file) == 14
    assert hits(environ={"FOOTNOTE_CONFIG": str(file)}) == 14
    assert hits(config_file=file, environ={"FOOTNOTE__SEARCH__HITS": "15"}) == 15
    given = {"config_file": file, "environ": {"FOOTNOTE__SEARCH__HITS": "15"}, "overrides": ["search.hits=16"]}
    assert hits(**given) == 16


def test_origins_name_the_layer_in_force(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("[answer]\nthreshold = 0.4\n")
    found = origins(layers(library=tmp_path, overrides=["search.hits=16"], environ={}))
    assert found["answer.threshold"] == str(tmp_path / "settings.toml")
    assert found["search.hits"] == "-s"
    assert found["search.rrf_k"] == "default.toml"
    assert found["library.path"] == "--library"


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("search.candidates=5", ["search.candidates", "-s", "10", "5"]),
        ("search.candidate=50", ["-s", "search.candidate", "did you mean search.candidates?"]),
        ("nonsense.at_all=1", ["-s", "no setting nonsense.at_all"]),
        ("search.hits=many", ["search.hits", "integer", "'many'"]),
        ("ingest.allow_local_network=perhaps", ["ingest.allow_local_network", "boolean", "'perhaps'"]),
        ("reader.model=gpt", ["reader.model", "-s", "'local' or 'none'", "'gpt'"]),
        ("reader.passages=0", ["reader.passages", "1", "0"]),
        ("chat.model=gpt", ["chat.model", '"none", "auto" or "openai:<model>"', "'gpt'"]),
        ("answer.unsupported=keep", ["answer.unsupported", "'drop' or 'mark'"]),
        ("chat.price_per_million=cheap", ["chat.price_per_million", "'cheap'"]),
        ("chat.price_per_million=[1.0, -2.0]", ["chat.price_per_million"]),
        ("chat.price_per_million=[1.0, 2.0, 3.0]", ["chat.price_per_million"]),
        ("chat.requests_per_minute=-1", ["chat.requests_per_minute", "-1"]),
        ("evaluation.concurrency=0", ["evaluation.concurrency", "1", "0"]),
        ("evaluation.judge=me", ["evaluation.judge", '"lexical" or "openai:<model>"', "'me'"]),
        ("slack.channels=C1", ["slack.channels", "-s", "table", "{ C0123ABCD =", "'C1'"]),
        ("slack.channels=['C1']", ["slack.channels", "table", "['C1']"]),
        ('slack.channels={C1="news"}', ["slack.channels", "lists of collections", "'news'"]),
        ("slack.channels={C1=[1]}", ["slack.channels", "lists of collections", "not 1"]),
        ('slack.channels={general=["news"]}', ["slack.channels", "ids of channels", "'general'"]),
        ('slack.channels={C1=["news"]', ["slack.channels", "table", """'{C1=["news"]'"""]),
        ('slack.channels.C1=["news"]', ["-s", "slack.channels.C1", "did you mean slack.channels?"]),
        ("slack.command=ask", ["slack.command", "slash", "'ask'"]),
        ("verbose", ["-s verbose", "section.key=value"]),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_key_and_layer(tmp_path: Path, override: str, words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        load(library=tmp_path, overrides=[override], environ={})
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message


def test_wrong_settings_in_files_name_the_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    with pytest.raises(ConfigError, match=r"mine\.toml: No such file"):
        load(library=tmp_path, config_file=file, environ={})
    file.write_text("[search]\nhit = 3\n")
    with pytest.raises(ConfigError, match=r"mine\.toml: there is no setting search\.hit; did you mean search\.hits"):
        load(library=tmp_path, config_file=file, environ={})
    file.write_text("hits = \n")
    with pytest.raises(ConfigError, match=r"mine\.toml is not TOML"):
        load(library=tmp_path, config_file=file, environ={})
    (tmp_path / "settings.toml").write_text('[library]\npath = "elsewhere"\n')
    with pytest.raises(ConfigError, match="inside the library"):
        load(library=tmp_path, environ={})


def test_values_given_as_text_take_the_type_of_the_setting(tmp_path: Path) -> None:
    environ = {
        "FOOTNOTE__CHAT__NEVER_COLLECTIONS": "legal, personnel",
        "FOOTNOTE__INGEST__ALLOW_LOCAL_NETWORK": "yes",
        "FOOTNOTE__INGEST__USER_AGENT": "2026",
    }
    settings = load(library=tmp_path, overrides=['chat.never_collections=["legal"]'], environ=environ)
    assert settings.chat.never_collections == ("legal",)
    assert settings.ingest.allow_local_network is True
    assert settings.ingest.user_agent == "2026"
    assert load(library=tmp_path, environ=environ).chat.never_collections == ("legal", "personnel")


@pytest.mark.parametrize(
    ("text", "price"), [("[0.25, 2]", (0.25, 2.0)), ("0.25, 2", (0.25, 2.0)), ("0.5", 0.5), ("0", 0), ("[]", ())]
)
def test_a_price_is_two_numbers_or_one_for_both_or_none(tmp_path: Path, text: str, price: object) -> None:
    settings = load(library=tmp_path, overrides=[f"chat.price_per_million={text}"], environ={})
    assert settings.chat.price_per_million == price


def test_a_table_can_be_set_in_every_layer(tmp_path: Path) -> None:
    def channels(**given: object) -> object:
        return load(library=tmp_path, **{"environ": {}, **given}).slack.channels  # type: ignore[arg-type]

    assert channels() == {}
    (tmp_path / "settings.toml").write_text('[slack.channels]\nC1 = ["news"]\nG2 = ["*"]\n')
    assert channels() == {"C1": ("news",), "G2": ("*",)}
    file = tmp_path / "mine.toml"
    file.write_text('[slack]\nchannels = { C3 = ["handbook", "news"] }\n')
    assert channels(config_file=file) == {"C3": ("handbook", "news")}
    environ = {"FOOTNOTE__SLACK__CHANNELS": '{ C4 = ["a"] }'}
    assert channels(config_file=file, environ=environ) == {"C4": ("a",)}
    override = ['slack.channels={C5=["b"], C6=[]}']
    assert channels(config_file=file, environ=environ, overrides=override) == {"C5": ("b",), "C6": ()}


def test_the_library_folder_comes_from_the_most_explicit_place(tmp_path: Path) -> None:
    environ = {"FOOTNOTE_LIBRARY": str(tmp_path / "environment")}

    def folder(**given: object) -> str:
        return Path(load(environ=environ, **given).library.path).name  # type: ignore[arg-type]

    assert folder() == "environment"
    assert folder(overrides=[f"library.path={tmp_path / 'override'}"]) == "override"
    assert folder(overrides=[f"library.path={tmp_path / 'override'}"], library=tmp_path / "flag") == "flag"
    assert Path(load(environ={}).library.path).name == "footnote"


def test_a_database_password_shows_neither_in_settings_nor_in_errors(tmp_path: Path) -> None:
    settings = load(
        library=tmp_path, overrides=["library.database_url=postgresql+psycopg://me:hunter2@db/x"], environ={}
    )
    assert "hunter2" not in repr(settings)
    assert "hunter2" in settings.library.database_url.get_secret_value()
    file = tmp_path / "mine.toml"
    file.write_text('[library]\ndatabase_url = ["hunter2"]\n')
    with pytest.raises(ConfigError) as caught:
        load(library=tmp_path, config_file=file, environ={})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("key", ["chroma.url", "chat.base_url", "embedding.base_url"])
@pytest.mark.parametrize(
    "url", ["localhost:8000", "http://", "http://host:port", "http://host:99999", "http://[::1/v1"]
)
def test_an_address_that_cannot_be_one_is_named(key: str, url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"{key}.*should be an http:// or https:// URL"):
        load(library=tmp_path, overrides=[f"{key}={url}"], environ={})
    good = load(library=tmp_path, overrides=[f"{key}=http://[::1]:8000/v1"], environ={})
    assert load(library=tmp_path, environ={}) != good


def test_settings_cannot_be_changed_once_loaded(tmp_path: Path) -> None:
    settings: Settings = load(library=tmp_path, environ={})
    with pytest.raises(Exception, match="frozen"):
        settings.search.hits = 20
