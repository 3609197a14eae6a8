"""Every kind of entry has its sentence, every thing its words, in both languages: found by construction."""

from carepool.events import topics
from carepool.records.log import LogFilter
from carepool.records.names import NAMED
from carepool.records.sentences import SUBJECTS, TOPICS, changes_of, sentence_of
from carepool.ui.catalogs import read_catalog

_NAMELESS = {
    "ach_file",
    "ach_origin",
    "activity",
    "bank_account",
    "card_provider",
    "invoice_file",
    "isolation_check",
    "legal_hold",
    "payment",
    "record_export",
    "retention_rule",
    "savings_setting",
    "sign_in_provider",
    "state_setting",
    "statement_file",
    "state_word",
}


def test_every_topic_has_one_sentence() -> None:
    assert set(TOPICS) == set(topics()), "Give each topic a sentence in carepool/records/sentences.py."


def test_every_thing_has_words_and_a_name_where_its_sentence_says_it() -> None:
    about = {topic.subject for topic in topics().values()}
    assert set(SUBJECTS) == about
    assert about == NAMED | _NAMELESS
    for name, topic in topics().items():
        if topic.subject in _NAMELESS:
            assert "%(thing)s" not in TOPICS[name].template, name


def test_every_sentence_has_its_spanish() -> None:
    spanish = read_catalog("es")
    for sentence in (*TOPICS.values(), *SUBJECTS.values()):
        found = spanish.get(sentence.template)
        assert found, sentence
        assert found.string, sentence


def test_an_entry_of_a_topic_that_is_no_more_is_still_told() -> None:
    assert sentence_of("old.thing", "Ana", "x") == "Ana: old.thing x"


def test_changes_are_told_with_names_in_place_of_ids() -> None:
    from uuid import uuid4

    person = uuid4()
    diff = {"person": [None, str(person)], "role": [None, "program_staff"], "title": ["Fall", "Winter"], "lines": 3}
    told = {str(field): str(text) for field, text in changes_of(diff, {person: "Ana"})}
    assert told == {"Person": "Ana", "Role": "Program staff", "Title": "Fall → Winter", "Lines": "3"}


def test_a_filter_is_kept_whole() -> None:
    from datetime import UTC, datetime
    from uuid import uuid4

    wanted = LogFilter("ana", uuid4(), "a.b", "person", uuid4(), datetime(2026, 1, 1, tzinfo=UTC), None)
    assert LogFilter.from_json(wanted.as_json()) == wanted
