"""How a project that reads records from Nango tests that without a server: nangolite answers in its place.

    PYTHONPATH=../../bindings/python NANGOLITE_LIBRARY=../../build python3 -m unittest
"""
import unittest
from datetime import datetime, timezone
from urllib.parse import urlencode

from nangolite import NangoliteError, Scope, Store


def import_issues(http, connection_id, issues, cursor=None):
    """The code under test. `http` sends a request: to the store here, over the network in production.

    Applies to `issues` what changed since the cursor, and returns the cursor to continue from.
    """
    headers = {"Provider-Config-Key": "tracker", "Connection-Id": connection_id}
    more = True
    while more:
        query = {"model": "Issue", "limit": 2, **({"cursor": cursor} if cursor else {})}
        status, page = http("GET", "/records?" + urlencode(query), headers)
        if status != 200:
            raise RuntimeError(page["error"]["code"])
        for record in page["records"]:
            metadata = record.pop("_nango_metadata")
            if metadata["last_action"] == "DELETED":
                issues.pop(record["id"], None)
            else:
                issues[record["id"]] = record
            cursor = metadata["cursor"]
        more = page["next_cursor"] is not None
    return cursor


class ImportIssues(unittest.TestCase):
    def setUp(self):
        self.store = Store()
        self.addCleanup(self.store.close)
        self.store.set_clock(datetime(2026, 3, 2, 9, tzinfo=timezone.utc))
        self.store.create_connection("tracker", "mira")

    def save(self, *records):
        self.store.save(Scope("tracker", "mira", "Issue"), list(records))

    def test_everything_is_imported_page_by_page(self):
        self.save(*({"id": number, "title": f"Issue {number}"} for number in range(5)))
        issues = {}
        import_issues(self.store.request, "mira", issues)
        titles = [issue["title"] for issue in issues.values()]
        self.assertEqual(titles, ["Issue 0", "Issue 1", "Issue 2", "Issue 3", "Issue 4"])

    def test_the_next_import_applies_what_changed_since(self):
        issues = {}
        self.save({"id": "1", "title": "Crash"}, {"id": "2", "title": "Caf\u00e9"})
        cursor = import_issues(self.store.request, "mira", issues)
        self.store.advance_clock(hours=1)
        self.save({"id": "1", "title": "Crash, fixed"}, {"id": "2", "title": "Caf\u00e9"})
        issues.pop("2")
        import_issues(self.store.request, "mira", issues, cursor)
        self.assertEqual(issues, {"1": {"id": "1", "title": "Crash, fixed"}})

    def test_an_account_that_is_gone_is_reported(self):
        with self.assertRaisesRegex(RuntimeError, "unknown_connection"):
            import_issues(self.store.request, "somebody", {})

    def test_stamps_follow_the_clock(self):
        self.save({"id": 1})
        headers = {"Provider-Config-Key": "tracker", "Connection-Id": "mira"}
        _, page = self.store.request("GET", "/records?model=Issue", headers)
        metadata = page["records"][0]["_nango_metadata"]
        self.assertEqual(metadata["last_modified_at"], "2026-03-02T09:00:00.000000Z")
        self.store.advance_clock(minutes=90)
        self.assertEqual(self.store.now(), datetime(2026, 3, 2, 10, 30, tzinfo=timezone.utc))

    def test_a_body_is_sent_as_json(self):
        body = {"provider_config_key": "tracker", "syncs": 7}
        status, answer = self.store.request("POST", "/sync/pause", body=body)
        self.assertEqual((status, answer["error"]["errors"][0]["path"]), (400, ["syncs"]))

    def test_a_call_that_fails_raises(self):
        with self.assertRaises(NangoliteError) as caught:
            self.save({"title": "no id"})
        self.assertEqual(caught.exception.code, "invalid")
        self.assertIn("id is missing", str(caught.exception))
        with self.assertRaises(NangoliteError):
            Store("/no/such/directory/store.db")


if __name__ == "__main__":
    unittest.main()
