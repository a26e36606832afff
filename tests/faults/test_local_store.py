"""A tablet's store does what a client of RxDB's replication does."""

import hashlib

from tests.faults.local_store import LocalStore

HERE = {"lwt": 1, "id": "e.f"}


def test_a_pulled_document_does_not_replace_local_edits_though_the_checkpoint_moves() -> None:
    store = LocalStore("drafts")
    store.write({"id": "a", "note": "mine"})
    store.pulled([{"id": "a", "rev": 2, "note": "theirs"}, {"id": "b", "rev": 1}], HERE)
    assert (store.shown(), store.stale) == ([{"id": "a", "note": "mine"}, {"id": "b", "rev": 1}], {"a"})
    assert (store.lwt, store.checkpoint) == (1, "e.f")


def test_what_a_push_does_not_answer_was_taken_and_what_it_answers_replaces_the_local_document() -> None:
    store = LocalStore("drafts")
    for name in "abc":
        store.write({"id": name, "note": "mine"})
    rows = store.rows("abc")
    assert rows[0] == {"newDocumentState": {"id": "a", "note": "mine"}}
    store.pushed(rows, [{"id": "b", "rev": 4, "note": "merged"}, {"id": "c", "_deleted": True}])
    assert store.shown() == [{"id": "a", "note": "mine"}, {"id": "b", "rev": 4, "note": "merged"}]
    assert store.edits == {}


def test_an_edit_made_while_its_forerunner_was_on_the_way_stays_to_be_pushed() -> None:
    store = LocalStore("drafts")
    store.write({"id": "a", "note": "first"})
    rows = store.rows("a")
    store.write({"id": "a", "note": "second"})
    store.pushed(rows, [])
    assert store.rows(["a"]) == [
        {"assumedMasterState": {"id": "a", "note": "first"}, "newDocumentState": {"id": "a", "note": "second"}}
    ]


def test_a_tombstone_takes_the_document_away_and_a_deletion_here_is_one() -> None:
    store = LocalStore("drafts")
    store.pulled([{"id": "a", "rev": 1}, {"id": "b", "rev": 1}], HERE)
    store.pulled([{"id": "a", "_deleted": True}], HERE)
    store.write({"id": "b", "_deleted": True})
    assert store.shown() == []
    store.pushed(store.rows("b"), [])
    assert store.master == {}


def test_the_digest_is_over_ids_and_revs_in_order() -> None:
    store = LocalStore("drafts")
    store.pulled([{"id": "b", "rev": 12}, {"id": "a", "rev": 3}], HERE)
    assert store.digest() == (2, hashlib.sha256(b"a 3\nb 12\n").hexdigest())
