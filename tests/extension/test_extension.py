"""The library as an extension of SQLite, in Python's sqlite3. NANGOLITE_EXTENSION names the shared library."""

import base64
import json
import os
import sqlite3
import tempfile
import unittest

COUNTS = ("added", "updated", "deleted", "unchanged", "skipped", "duplicates")
ISSUES = "nango_records('github', 'ada', 'Issue')"
HEADERS = "Connection-Id: ada\nProvider-Config-Key: github"


def connect(filename, **options):
    db = sqlite3.connect(filename, isolation_level=None, **options)
    db.enable_load_extension(True)
    db.load_extension(os.environ["NANGOLITE_EXTENSION"])
    return db


class Extension(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.file = os.path.join(self.folder.name, "app.db")
        self.db = connect(self.file)
        self.db.execute("PRAGMA synchronous = OFF")

    def tearDown(self):
        self.db.close()
        # Python closes as sqlite3_close_v2() does: were anything left open, the log would still be there.
        self.assertEqual([name for name in os.listdir(self.folder.name) if name != "app.db"], [])
        self.folder.cleanup()

    def one(self, sql, *values):
        return self.db.execute(sql, values).fetchone()[0]

    def column(self, sql, *values):
        return [row[0] for row in self.db.execute(sql, values)]

    def save(self, records, model="Issue"):
        counts = json.loads(self.one("SELECT nangolite_save('github', 'ada', ?, ?)", model, json.dumps(records)))
        self.assertEqual(tuple(counts), COUNTS)
        return {name: n for name, n in counts.items() if n}

    def fails(self, message, sql, *values):
        with self.assertRaisesRegex(sqlite3.Error, message):
            self.db.execute(sql, values).fetchall()

    def cursor_of(self, id):
        return self.one(f"SELECT cursor FROM {ISSUES} WHERE id = ?", id)

    def save_ten(self):
        """1 to 10; in the feed stand 1, 2, 4, 6, 8, 10, 3, 5, 7, 9, some of them updated, some deleted."""
        self.save([{"id": n} for n in range(1, 11)])
        self.save([{"id": 3, "x": 1}, {"id": 5, "x": 1}])
        self.db.execute("SELECT nangolite_delete('github', 'ada', 'Issue', '[{\"id\":7},{\"id\":9}]')").fetchall()
        return ["1", "2", "4", "6", "8", "10", "3", "5", "7", "9"]


class Functions(Extension):
    def test_save_update_and_delete_say_what_they_did(self):
        self.assertEqual(self.save([{"id": 1, "a": {"b": 1}}, {"id": 2}]), {"added": 2})
        self.assertEqual(self.save([{"id": 1, "a": {"b": 1}}, {"id": 2, "c": 3}]), {"updated": 1, "unchanged": 1})
        update = self.one("SELECT nangolite_update('github', 'ada', 'Issue', '{\"id\":1,\"a\":{\"d\":2}}')")
        delete = self.one("SELECT nangolite_delete('github', 'ada', 'Issue', '{\"id\":2}')")
        self.assertEqual((json.loads(update)["updated"], json.loads(delete)["deleted"]), (1, 1))
        self.assertEqual(self.one(f"SELECT payload FROM {ISSUES} WHERE id = '1'"), '{"id": 1, "a": {"b": 1,"d":2}}')

    def test_save_makes_the_connection_and_the_store_and_update_and_delete_do_not(self):
        for name in ("update", "delete"):
            self.fails("the database has no nangolite store", f"SELECT nangolite_{name}('github', 'ada', 'Issue', '[]')")
        self.assertEqual(self.one("SELECT count(*) FROM sqlite_master"), 0)
        self.save([])
        for name in ("update", "delete"):
            self.fails("there is no connection 'bob'", f"SELECT nangolite_{name}('github', 'bob', 'Issue', '[]')")

    def test_reading_makes_no_store(self):
        message = "the database has no nangolite store"
        for sql in (f"SELECT * FROM {ISSUES}", "SELECT * FROM nango_syncs()", "SELECT nangolite('GET', '/connections')"):
            self.fails(message, sql)
        self.assertEqual(self.one("SELECT count(*) FROM sqlite_master"), 0)

    def test_a_variant_has_its_own_records(self):
        self.save([{"id": 1}])
        self.db.execute("SELECT nangolite_save('github', 'ada', 'Issue', '[{\"id\":7}]', 'archive')").fetchall()
        self.assertEqual(self.column("SELECT id FROM nango_records('github', 'ada', 'Issue', 'archive')"), ["7"])
        self.assertEqual(self.column("SELECT id FROM nango_records('github', 'ada', 'Issue', 'BASE')"), ["1"])
        self.assertEqual(self.column("SELECT id FROM nango_records('github', 'ada', 'Issue', NULL)"), ["1"])

    def test_a_request_has_a_response_whatever_its_status(self):
        self.save([{"id": 1}])
        records = json.loads(self.one("SELECT nangolite('GET', '/records?model=Issue', ?)", HEADERS))["records"]
        self.assertEqual([record["id"] for record in records], [1])
        self.assertEqual(json.loads(self.one("SELECT nangolite('GET', '/nowhere')"))["error"]["code"], "not_found")
        body = json.dumps({"provider_config_key": "github", "connection_id": "ada", "metadata": {"team": 7}})
        self.one("SELECT nangolite('POST', '/connections/metadata', NULL, ?)", body)
        connection = self.one("SELECT nangolite('GET', '/connections/ada?provider_config_key=github')")
        self.assertEqual(json.loads(connection)["metadata"], {"team": 7})

    def test_a_response_is_json_for_the_functions_of_json(self):
        self.save([{"id": 1}])
        made = self.one("SELECT json_array(nangolite_save('github', 'ada', 'Issue', '{\"id\":1}'))")
        self.assertEqual(json.loads(made)[0]["unchanged"], 1)

    def test_null_a_blob_and_a_nul_are_refused_and_named(self):
        self.save([])
        self.fails("method is NULL", "SELECT nangolite(NULL, '/records')")
        self.fails("target is NULL", "SELECT nangolite('GET', NULL)")
        self.fails("connection_id is NULL", "SELECT nangolite_save('github', NULL, 'Issue', '[]')")
        self.fails("json is NULL", "SELECT nangolite_save('github', 'ada', 'Issue', NULL)")
        self.fails("json must be text and not a blob", "SELECT nangolite_save('github', 'ada', 'Issue', x'5b5d')")
        self.fails("model must not hold U", "SELECT nangolite_save('github', 'ada', ?, '[]')", "Iss\0ue")
        self.fails("target must be text", "SELECT nangolite('GET', x'2f')")
        self.fails("model ", "SELECT nangolite_save('github', 'ada', 7, '[]')")
        self.fails("record 1: ", "SELECT nangolite_save('github', 'ada', 'Issue', '[{\"id\":1},{}]')")
        self.assertEqual(self.one(f"SELECT count(*) FROM {ISSUES}"), 0)
        self.fails("wrong number of arguments", "SELECT nangolite_save('github', 'ada', 'Issue')")

    @unittest.skipIf(sqlite3.sqlite_version_info < (3, 30), "SQLite before 3.30 does not refuse it")
    def test_views_and_triggers_cannot_write(self):
        self.save([{"id": 1}])
        self.db.execute("CREATE TABLE mine (x)")
        for trusted in ("ON", "OFF"):
            self.db.execute(f"PRAGMA trusted_schema = {trusted}")
            for call in (
                "nangolite('GET', '/connections')",
                "nangolite_save('github', 'ada', 'Issue', '[]')",
                "nangolite_update('github', 'ada', 'Issue', '[]')",
                "nangolite_delete('github', 'ada', 'Issue', '[]')",
            ):
                self.db.execute(f"CREATE VIEW trap AS SELECT {call} AS x")
                self.fails("unsafe use of nangolite", "SELECT * FROM trap")
                self.db.execute("DROP VIEW trap")
                self.db.execute(f"CREATE TRIGGER trap AFTER INSERT ON mine BEGIN SELECT {call}; END")
                self.fails("unsafe use of nangolite", "INSERT INTO mine VALUES (1)")
                self.db.execute("DROP TRIGGER trap")

    def test_a_view_can_read_records(self):
        self.save([{"id": 1}])
        self.db.execute(f"CREATE VIEW issue AS SELECT id, payload FROM {ISSUES}")
        self.assertEqual(self.column("SELECT id FROM issue"), ["1"])

    def test_a_statement_that_writes_can_read_records_but_not_change_them(self):
        self.save([{"id": 1}, {"id": 2}])
        self.db.execute("CREATE TABLE mine (x)")
        for begin, end in (("SELECT 1", "SELECT 1"), ("BEGIN", "COMMIT")):
            self.db.execute(begin)
            self.db.execute(f"INSERT INTO mine SELECT id FROM {ISSUES}")
            self.db.execute("INSERT INTO mine SELECT nangolite('GET', '/connections')")
            self.fails("a statement that writes", "INSERT INTO mine SELECT nangolite_save('github', 'ada', 'Issue', '{\"id\":9}')")
            self.db.execute(end)
        self.assertEqual(self.one("SELECT count(*) FROM mine"), 6)
        self.assertEqual(self.one(f"SELECT count(*) FROM {ISSUES}"), 2)

    def test_a_transaction_takes_all_of_it_along(self):
        self.save([{"id": 1}])
        self.db.execute("BEGIN")
        self.save([{"id": 2}])
        self.assertEqual(self.column(f"SELECT id FROM {ISSUES}"), ["1", "2"])
        self.db.execute("ROLLBACK")
        self.assertEqual(self.column(f"SELECT id FROM {ISSUES}"), ["1"])

    def test_a_store_that_was_rolled_back_can_be_made_again(self):
        for end in ("ROLLBACK", "COMMIT"):
            self.db.execute("BEGIN")
            self.assertEqual(self.save([{"id": 1}]), {"added": 1})
            self.db.execute(end)
            if end == "ROLLBACK":
                self.fails("the database has no nangolite store", f"SELECT * FROM {ISSUES}")
        self.assertEqual(self.column(f"SELECT id FROM {ISSUES}"), ["1"])

    def test_two_connections_see_what_the_other_has_written(self):
        self.db.execute("PRAGMA journal_mode = WAL")
        other = connect(self.file)
        self.save([{"id": 1}])
        self.assertEqual(other.execute(f"SELECT id FROM {ISSUES}").fetchall(), [("1",)])
        other.execute("SELECT nangolite_save('github', 'ada', 'Issue', '{\"id\":2}')").fetchall()
        self.assertEqual(self.column(f"SELECT id FROM {ISSUES}"), ["1", "2"])
        self.db.execute("BEGIN IMMEDIATE")
        other.execute("PRAGMA busy_timeout = 0")
        with self.assertRaisesRegex(sqlite3.OperationalError, "busy"):
            other.execute("SELECT nangolite_save('github', 'ada', 'Issue', '{\"id\":3}')").fetchall()
        self.db.execute("ROLLBACK")
        other.close()

    def test_a_database_that_is_read_only_is_read(self):
        self.save([{"id": 1}])
        reader = connect(f"file:{self.file}?mode=ro", uri=True)
        self.assertEqual(reader.execute(f"SELECT id FROM {ISSUES}").fetchall(), [("1",)])
        with self.assertRaisesRegex(sqlite3.OperationalError, "read-only"):
            reader.execute("SELECT nangolite_save('github', 'ada', 'Issue', '{\"id\":2}')").fetchall()
        reader.close()

    def test_closing_in_the_middle_of_reading_leaves_nothing(self):
        self.save([{"id": n} for n in range(1000)])
        self.assertEqual(self.db.execute(f"SELECT id FROM {ISSUES}").fetchone(), ("0",))


class Records(Extension):
    def test_the_columns(self):
        self.save([{"id": 1, "title": "a"}])
        (row,) = self.db.execute(f"SELECT * FROM {ISSUES}")
        id, payload, action, first_seen_at, last_modified_at, deleted_at, pruned_at, cursor = row
        self.assertEqual((id, payload, action, deleted_at, pruned_at), ("1", '{"id": 1, "title": "a"}', "ADDED", None, None))
        self.assertRegex(first_seen_at, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
        self.assertEqual(first_seen_at, last_modified_at)
        self.assertEqual(base64.b64decode(cursor).decode(), f"{last_modified_at}||1")
        self.assertEqual(self.column(f"SELECT model FROM {ISSUES}"), ["Issue"])

    def test_both_orders(self):
        feed = self.save_ten()
        self.assertEqual(self.column(f"SELECT id FROM {ISSUES}"), feed)
        for column in ("cursor", "last_modified_at"):
            self.assertEqual(self.column(f"SELECT id FROM {ISSUES} ORDER BY {column}"), feed)
            self.assertEqual(self.column(f"SELECT id FROM {ISSUES} ORDER BY {column} DESC"), feed[::-1])
            plan = self.db.execute(f"EXPLAIN QUERY PLAN SELECT id FROM {ISSUES} ORDER BY {column} DESC").fetchall()
            self.assertNotIn("ORDER BY", str(plan))

    def test_every_comparison_at_every_place(self):
        feed = self.save_ten()
        for place, id in enumerate(feed):
            cursor = self.cursor_of(id)
            for operator, expected in (
                (">", feed[place + 1 :]),
                (">=", feed[place:]),
                ("<", feed[:place]),
                ("<=", feed[: place + 1]),
                ("=", [id]),
            ):
                # With a plus SQLite compares by itself.
                for column in ("cursor", "+cursor"):
                    where = f"FROM {ISSUES} WHERE {column} {operator} ?"
                    self.assertEqual(self.column(f"SELECT id {where} ORDER BY cursor", cursor), expected)
                    self.assertEqual(self.column(f"SELECT id {where} ORDER BY cursor DESC", cursor), expected[::-1])

    def test_two_bounds(self):
        feed = self.save_ten()
        cursors = [self.cursor_of(id) for id in feed]
        for low in range(10):
            for high in range(10):
                for order in ("ASC", "DESC"):
                    found = self.column(
                        f"SELECT id FROM {ISSUES} WHERE cursor > ? AND cursor <= ? ORDER BY cursor {order}",
                        cursors[low],
                        cursors[high],
                    )
                    self.assertEqual(found, feed[low + 1 : high + 1][:: 1 if order == "ASC" else -1])

    def test_a_cursor_is_compared_as_a_place_and_not_as_text(self):
        self.save([{"id": n} for n in range(1, 12)])
        ten = base64.b64decode(self.cursor_of("10")).decode()
        stamp, id = ten.split("||")
        same = base64.b64encode(f"{stamp.replace('Z', '+00:00')}||{id}".encode()).decode()
        self.assertNotEqual(same, self.cursor_of("10"))
        for column in ("cursor", "+cursor"):
            self.assertEqual(self.column(f"SELECT id FROM {ISSUES} WHERE {column} = ?", same), ["10"])
            self.assertEqual(self.column(f"SELECT id FROM {ISSUES} WHERE {column} > ?", same), ["11"])
        early = base64.b64encode(b"1970-01-01T00:00:00Z||x").decode()
        late = base64.b64encode(b"2999-01-01T00:00:00Z||x").decode()
        self.assertEqual(self.one(f"SELECT count(*) FROM {ISSUES} WHERE cursor > ? AND cursor < ?", early, late), 11)

    def test_a_malformed_cursor_is_an_error_and_null_is_equal_to_nothing(self):
        self.save([{"id": 1}])
        for operator in (">", ">=", "<", "<=", "="):
            self.fails("cursor is not base64", f"SELECT * FROM {ISSUES} WHERE cursor {operator} 'x'")
            self.fails("cursor must be text", f"SELECT * FROM {ISSUES} WHERE cursor {operator} x'00'")
            self.assertEqual(self.column(f"SELECT id FROM {ISSUES} WHERE cursor {operator} NULL"), [])

    def test_arguments_that_are_missing_or_wrong_are_named(self):
        self.save([{"id": 1}])
        self.fails("nango_records takes provider_config_key", "SELECT * FROM nango_records")
        self.fails("nango_records takes provider_config_key", "SELECT * FROM nango_records('github', 'ada')")
        self.fails("model is NULL", "SELECT * FROM nango_records('github', 'ada', NULL)")
        self.fails("model must be text and not a blob", "SELECT * FROM nango_records('github', 'ada', x'00')")
        self.fails("there is no connection 'bob'", "SELECT * FROM nango_records('github', 'bob', 'Issue')")
        self.fails("model ", "SELECT * FROM nango_records('github', 'ada', 'lower')")
        self.assertEqual(self.column("SELECT id FROM nango_records('github', 'ada', 'Empty')"), [])
        self.fails("may not be modified", "DELETE FROM nango_records")

    def test_an_id_is_found_by_index_whatever_its_type(self):
        self.save([{"id": 7, "a": 1}, {"id": "x y", "a": 2}, {"id": "8", "a": 3}])
        self.db.execute("CREATE TABLE mine (number INTEGER, word TEXT, real REAL)")
        self.db.executemany("INSERT INTO mine VALUES (?, ?, ?)", [(7, "x y", 8.0), (8, "no", 1.5), (None, None, None)])
        for column, expected in (("number", ["7", "8"]), ("word", ["x y"]), ("real", ["8"])):
            join = f"FROM mine CROSS JOIN {ISSUES} AS r ON r.id = mine.{column}"
            self.assertEqual(self.column(f"SELECT r.id {join}"), expected)
        self.assertEqual(self.column(f"SELECT id FROM {ISSUES} WHERE id IN ('8', 'no', 7)"), ["7", "8"])
        self.assertEqual(self.column(f"SELECT id FROM {ISSUES} WHERE id = 'X Y'"), [])
        self.assertEqual(self.column(f"SELECT id FROM {ISSUES} WHERE id = 'X Y' COLLATE NOCASE"), ["x y"])
        self.assertEqual(self.column(f"SELECT id FROM {ISSUES} WHERE id = ''"), [])
        self.assertEqual(self.column(f"SELECT id FROM {ISSUES} WHERE id = ?", "x" * 2000), [])

    def test_collections_can_be_named_by_a_table(self):
        for connection in ("ada", "grace"):
            self.db.execute("SELECT nangolite_save('github', ?, 'Issue', ?)", (connection, f'{{"id":"{connection}"}}')).fetchall()
        found = self.column(
            "SELECT r.id FROM nango_view_connections AS c"
            " JOIN nango_records(c.provider_config_key, c.connection_id, 'Issue') AS r ORDER BY r.id"
        )
        self.assertEqual(found, ["ada", "grace"])
        product = f"SELECT count(*) FROM {ISSUES} AS a, nango_records('github', 'grace', 'Issue') AS b"
        self.assertEqual(self.one(product), 1)

    def test_a_statement_reads_what_was_there_when_it_began(self):
        self.save([{"id": n} for n in range(1, 301)])
        for order in ("ASC", "DESC"):
            changed = self.column(
                "SELECT nangolite_save('github', 'ada', 'Issue', json_object('id', id, 'n', random()))"
                f" FROM {ISSUES} ORDER BY cursor {order}"
            )
            self.assertEqual(len(changed), 300)
        self.assertEqual(self.one(f"SELECT count(*) FROM {ISSUES} WHERE last_action = 'UPDATED'"), 300)

    def test_many_records_are_read_in_both_orders(self):
        records = [{"id": n, "text": "x" * (n % 50 * 100)} for n in range(3000)]
        self.save(records)
        read = self.column(f"SELECT payload FROM {ISSUES} ORDER BY cursor")
        self.assertEqual([json.loads(payload) for payload in read], records)
        self.assertEqual(self.column(f"SELECT payload FROM {ISSUES} ORDER BY cursor DESC"), read[::-1])
        middle = self.cursor_of("1500")
        self.assertEqual(self.one(f"SELECT count(*) FROM {ISSUES} WHERE cursor > ?", middle), 1499)
        self.assertEqual(self.one(f"SELECT id FROM {ISSUES} WHERE cursor < ? ORDER BY cursor DESC LIMIT 1", middle), "1499")

    def test_pruned_records_say_so(self):
        self.save_ten()
        body = json.dumps({"model": "Issue", "until_cursor": self.cursor_of("4")})
        self.assertEqual(json.loads(self.one("SELECT nangolite('PATCH', '/records/prune', ?, ?)", HEADERS, body))["count"], 3)
        pruned = self.db.execute(f"SELECT id, payload FROM {ISSUES} WHERE pruned_at IS NOT NULL ORDER BY cursor").fetchall()
        self.assertEqual(pruned, [("1", '{"id":1}'), ("2", '{"id":2}'), ("4", '{"id":4}')])
        self.assertEqual(self.column(f"SELECT id FROM {ISSUES}")[:4], ["1", "2", "4", "6"])


class Syncs(Extension):
    def test_an_instance_is_a_row(self):
        self.save([{"id": 1}])
        self.define("issues")
        (row,) = self.db.execute("SELECT * FROM nango_syncs()")
        names = [column[0] for column in self.db.execute("SELECT * FROM nango_syncs() LIMIT 0").description]
        row = dict(zip(names, row))
        self.assertEqual((row["provider_config_key"], row["connection_id"], row["name"], row["variant"]), ("github", "ada", "issues", "base"))
        self.assertEqual((row["status"], row["type"], row["frequency"], row["checkpoint"]), ("SUCCESS", "INITIAL", "every hour", None))
        self.assertEqual(row["record_count"], '{"Issue":1}')
        self.assertRegex(row["next_run_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.one("SELECT nangolite('POST', '/sync/pause', NULL, ?)", json.dumps({"provider_config_key": "github", "syncs": ["issues"]}))
        self.assertEqual(self.db.execute("SELECT status, next_run_at FROM nango_syncs()").fetchall(), [("PAUSED", None)])
        self.assertEqual(self.column("SELECT name FROM nango_syncs() WHERE status = 'ERROR'"), [])

    def define(self, name):
        """SQL defines no syncs: a program does, which is here the library by ctypes."""
        import ctypes

        class Sync(ctypes.Structure):
            _fields_ = [
                ("provider_config_key", ctypes.c_char_p),
                ("name", ctypes.c_char_p),
                ("models", ctypes.POINTER(ctypes.c_char_p)),
                ("model_count", ctypes.c_size_t),
                ("frequency", ctypes.c_char_p),
                ("rest", ctypes.c_char * 64),
            ]

        library = ctypes.CDLL(os.environ["NANGOLITE_EXTENSION"] + ".so")
        store = ctypes.c_void_p()
        self.assertEqual(library.nangolite_open(self.file.encode(), None, ctypes.byref(store)), 0)
        models = (ctypes.c_char_p * 1)(b"Issue")
        sync = Sync(b"github", name.encode(), models, 1, b"every hour")
        self.assertEqual(library.nangolite_sync_define(store, ctypes.byref(sync)), 0)
        library.nangolite_close(store)


if __name__ == "__main__":
    unittest.main()
