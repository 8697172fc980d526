"""The Python module does what nangolite.h says, and lacks nothing of it.

    NANGOLITE_LIBRARY=../../build python3 -m unittest
"""
import ctypes
import ctypes.util
import io
import pathlib
import re
import tempfile
import threading
import unittest
from datetime import datetime, timedelta, timezone

import nangolite
from nangolite import Changes, NangoliteError, Run, Scope, Store

HERE = pathlib.Path(__file__).parent
HEADER = (HERE / "../../nangolite.h").read_text()
NINE = datetime(2026, 3, 2, 9, tzinfo=timezone.utc)
ISSUES = Scope("tracker", "mira", "Issue")
INSTANCE = ("tracker", "mira", "issues")

# Functions of the header that have no place in Python.
WITHOUT = {"json_find", "json_text", "run_store"}


class Header(unittest.TestCase):
    def test_every_function_is_there(self):
        declared = set(re.findall(r"^NANGOLITE_API .*?\bnangolite_(\w+)\(", HEADER, re.MULTILINE))
        self.assertEqual(declared - WITHOUT, set(nangolite._SIGNATURES))

    def test_every_struct_has_the_members_of_the_header(self):
        for name in ("options", "scope", "changes", "query", "record", "page", "sync"):
            body = re.search(r"typedef struct nangolite_%s \{(.*?)\n\}" % name, HEADER, re.DOTALL).group(1)
            body = re.sub(r"/\*.*?\*/", "", body, flags=re.DOTALL)
            members = re.findall(r"\(\*(\w+)\)\(|(\w+)(?=\s*[,;])", re.sub(r"(\(\*\w+\))\([^)]*\)", r"\1(", body))
            expected = [pointer or plain for pointer, plain in members]
            fields = getattr(nangolite, "_" + name.capitalize())._fields_
            self.assertEqual([field for field, _ in fields], expected, f"struct nangolite_{name}")

    def test_the_versions_agree(self):
        version = re.search(r'NANGOLITE_VERSION "(.*)"', HEADER).group(1)
        self.assertEqual(nangolite.version(), version)

    def test_every_public_name_has_a_docstring(self):
        for kind in (Store, Run):
            for name, value in vars(kind).items():
                if not name.startswith("_") and callable(value):
                    self.assertTrue(value.__doc__, f"{kind.__name__}.{name}")


class StoreTest(unittest.TestCase):
    def setUp(self):
        self.store = Store()
        self.addCleanup(self.store.close)
        self.store.set_clock(NINE)
        self.store.create_connection("tracker", "mira")

    def define(self, exec=None, name="issues", models=("Issue",), **options):
        self.store.define_sync("tracker", name, models, "every hour", exec, **options)

    def refused(self, code):
        return RefusedContext(self, code)


class RefusedContext:
    def __init__(self, test, code):
        self.test, self.code, self.raises = test, code, test.assertRaises(NangoliteError)

    def __enter__(self):
        return self.raises.__enter__()

    def __exit__(self, *error):
        result = self.raises.__exit__(*error)
        self.test.assertEqual(self.raises.exception.code, self.code)
        return result


class Records(StoreTest):
    def test_save_update_delete_count(self):
        first = self.store.save(ISSUES, [{"id": 1, "open": True}, {"id": 2}, {"id": 1}])
        self.assertEqual(first, Changes(2, 0, 0, 0, 0, 1))
        self.assertEqual(self.store.save(ISSUES, '{"open":true,"id":1}').unchanged, 1)
        self.assertEqual(self.store.update(ISSUES, {"id": 1, "open": False}).updated, 1)
        self.assertEqual(self.store.delete(ISSUES, [{"id": 2}]).deleted, 1)
        self.assertEqual(self.store.count(ISSUES), (1, len('{"id": 1, "open": false}') + len('{"id": 2}')))

    def test_records_come_as_nango_gives_them(self):
        self.store.save(ISSUES, [{"id": "1", "title": "Café", "size": 12345678901234567890}])
        page = self.store.list(ISSUES)
        metadata = page.records[0].pop("_nango_metadata")
        self.assertEqual(page.records, [{"id": "1", "title": "Café", "size": 12345678901234567890}])
        self.assertEqual(metadata, {"first_seen_at": "2026-03-02T09:00:00.000000Z", "deleted_at": None,
                                    "last_modified_at": "2026-03-02T09:00:00.000000Z", "pruned_at": None,
                                    "last_action": "ADDED", "cursor": page.last_cursor})
        self.assertIsNone(page.next_cursor)

    def test_raw_records_have_the_text_that_was_saved(self):
        self.store.save(ISSUES, b'[{"id":1, "n":1.10}]')
        record = self.store.list(ISSUES, raw=True).records[0]
        self.assertEqual((record.id, record.payload, record.last_action), ("1", '{"id":1, "n":1.10}', "ADDED"))
        self.assertEqual((record.last_modified_at, record.deleted_at), (NINE, None))

    def test_queries(self):
        self.store.save(ISSUES, [{"id": number} for number in range(250)])
        self.assertEqual(len(self.store.list(ISSUES).records), 100)
        self.assertEqual([record["id"] for record in self.store.records(ISSUES, limit=7)], list(range(250)))
        self.assertEqual([record["id"] for record in self.store.list(ISSUES, ids=[3, "5"]).records], [3, 5])
        cursor = self.store.list(ISSUES).last_cursor
        self.store.advance_clock(hours=1)
        self.store.delete(ISSUES, {"id": 7})
        self.assertEqual(self.store.list(ISSUES, filter=["deleted"]).records[0]["id"], 7)
        self.assertEqual(len(self.store.list(ISSUES, modified_after=NINE + timedelta(minutes=1)).records), 1)
        self.assertEqual(self.store.list(ISSUES, cursor=cursor, limit=1).records[0]["id"], 100)

    def test_pruning_collections_and_the_last_change(self):
        self.store.save(ISSUES, [{"id": 1}, {"id": 2}])
        self.assertEqual(self.store.prune(ISSUES, limit=1), (1, True))
        collection, = self.store.collections("tracker")
        self.assertEqual((collection["live"], collection["pruned"]), (2, 1))
        self.assertEqual(collection["last_change"], self.store.last_change())
        self.assertEqual(self.store.collections(changed_after=self.store.last_change()), [])

    def test_a_lone_surrogate_is_kept_as_an_escape(self):
        self.store.save(ISSUES, {"id": 1, "text": "\ud800"})
        self.assertEqual(self.store.list(ISSUES).records[0]["text"], "\ud800")

    def test_what_is_refused(self):
        with self.refused("invalid") as caught:
            self.store.save(ISSUES, {"title": "no id"})
        self.assertIn("id is missing", str(caught.exception))
        with self.refused("unknown_connection"):
            self.store.save(ISSUES._replace(connection_id="nobody"), {"id": 1})
        with self.refused("invalid_cursor"):
            self.store.list(ISSUES, cursor="x")
        with self.assertRaises(ValueError):
            self.store.create_connection("tracker", "a\0b")
        with self.assertRaises(ValueError):
            self.store.set_clock(datetime(2026, 3, 2))
        with self.assertRaises(TypeError):
            Store(no_such_option=1)


    def test_a_store_may_do_as_nango_does(self):
        with Store(as_nango=True) as store:
            store.create_connection("tracker", "mira")
            with self.refused("invalid"):
                store.save(ISSUES, {"id": 0})


class Syncs(StoreTest):
    def test_a_sync_function_saves_and_tracks_deletes(self):
        items = [{"id": 1}, {"id": 2}]

        def read(run):
            run.track_deletes_start("Issue")
            run.batch_save(items, "Issue")
            self.assertEqual(run.list("Issue", ids=[1]).records[0]["id"], 1)
            run.batch_update({"id": 1, "n": 1}, "Issue")
            run.save_checkpoint({"page": 2})
            run.progress(1, 2)
            run.heartbeat()
            self.assertFalse(run.aborted)
            run.track_deletes_end("Issue")

        events = []
        self.store.on_sync(events.append)
        self.define(read)
        self.assertEqual(self.store.run_due(), 1)
        self.assertEqual(events[0]["responseResults"], {"added": 2, "updated": 1, "deleted": 0})
        self.assertEqual(self.store.sync_status("tracker")[0]["checkpoint"], {"page": 2})
        items.pop()
        items.append({"id": 3})
        self.assertEqual(self.store.run_until(NINE + timedelta(hours=3)), 3)
        self.assertEqual(self.store.now(), NINE + timedelta(hours=3))
        live = self.store.list(ISSUES, filter="added,updated").records
        self.assertEqual({record["id"] for record in live}, {1, 3})
        self.assertEqual(self.store.next_due(), NINE + timedelta(hours=4))
        self.assertIsNone(self.store.check())

    def test_what_a_function_raises_is_the_failure_of_its_run(self):
        class Limited(Exception):
            code = 429

        def read(run):
            run.batch_save({"id": 1}, "Issue")
            raise Limited("too many\0 requests")

        def tell(run):
            run.fail("network", "GET /issues")
            raise RuntimeError

        self.define(read)
        self.define(tell, "others", ["Other"])
        self.assertEqual(self.store.run_due(), 2)
        errors = {one["name"]: one["latestError"] for one in self.store.sync_status("tracker")}
        self.assertEqual((errors["issues"]["type"], errors["issues"]["description"]), ("429", "too many? requests"))
        self.assertEqual((errors["others"]["type"], errors["others"]["description"]), ("network", "GET /issues"))
        self.assertEqual(self.store.count(ISSUES)[0], 1)

    def test_an_interrupt_from_the_keyboard_comes_out(self):
        def read(run):
            raise KeyboardInterrupt

        self.define(read)
        with self.assertRaises(KeyboardInterrupt):
            self.store.run_due()
        self.assertEqual(self.store.sync_status("tracker")[0]["status"], "ERROR")

    def test_a_run_is_over_when_its_function_returns(self):
        kept = []
        self.define(kept.append)
        self.store.run_due()
        self.assertTrue(kept[0].aborted)
        with self.refused("misuse"):
            kept[0].batch_save({"id": 1}, "Issue")

    def test_a_function_may_define_its_sync_anew(self):
        heard = []

        def read(run):
            self.define(lambda later: heard.append("second"))
            heard.append("first")

        self.define(read)
        self.store.run_until(NINE + timedelta(hours=1))
        self.assertEqual(heard, ["first", "second"])

    def test_claimed_runs(self):
        self.define()
        with self.store.next_run() as run:
            self.assertEqual(repr(run), "<Run tracker/mira/issues::base>")
            run.set_merging_strategy("ignore_if_modified_after", "Issue")
            run.save_checkpoint({"page": 1})
            self.assertEqual(run.get_checkpoint(), {"page": 1})
            run.clear_checkpoint()
            self.assertIsNone(run.get_checkpoint())
            run.again_at(NINE + timedelta(minutes=5))
        self.assertIsNone(self.store.next_run())
        with self.assertRaises(ZeroDivisionError):
            with self.store.next_run_until(NINE + timedelta(minutes=5)):
                1 / 0
        self.assertEqual(self.store.now(), NINE + timedelta(minutes=5))
        self.assertEqual(self.store.runs(*INSTANCE)[0]["error"]["description"], "division by zero")
        run = self.store.claim_run(*INSTANCE)
        self.store.cancel_sync("tracker", "mira", ["issues"])
        with self.refused("aborted"):
            run.batch_delete({"id": 1}, "Issue")
        self.assertTrue(run.aborted)
        with self.refused("aborted"):
            run.finish()
        run = self.store.claim_run(*INSTANCE)
        run.finish(("network", "GET /issues\0"))
        self.assertEqual(self.store.runs(*INSTANCE, limit=1)[0]["error"], {"type": "network", "description": "GET /issues?"})

    def test_commands_variants_and_frequencies(self):
        self.define(lambda run: run.batch_save({"id": run.variant}, "Issue"))
        self.store.create_variant(*INSTANCE, "closed")
        self.assertEqual(self.store.run_due(), 2)
        self.store.pause_sync("tracker", "mira", "issues::closed")
        self.store.trigger_sync("tracker", syncs=["issues"], reset=True, empty_cache=True)
        self.assertEqual(self.store.run_due(), 1)
        self.store.start_sync("tracker")
        self.assertEqual(self.store.run_due(), 1)
        self.assertEqual(self.store.set_frequency(*INSTANCE, "every 2 hours"), "every 2 hours")
        self.assertEqual(self.store.set_frequency(*INSTANCE, None), "every hour")
        self.store.delete_variant(*INSTANCE, "closed")
        self.store.rename_sync("tracker", "issues", "bugs")
        self.store.trigger_sync("tracker")
        self.assertEqual(self.store.run_due(), 1)
        self.assertEqual(self.store.syncs()[0]["name"], "bugs")
        self.store.remove_sync("tracker", "bugs")
        self.assertEqual(self.store.syncs(), [])
        with self.refused("no_syncs_found"):
            self.store.pause_sync("tracker")

    def test_the_guard_of_delete_windows(self):
        items = [{"id": number} for number in range(10)]

        def read(run):
            run.track_deletes_start("Issue")
            run.batch_save(items, "Issue")
            run.track_deletes_end("Issue")

        self.define(read, max_delete_percent=50)
        self.store.run_due()
        del items[2:]
        self.store.run_until(NINE + timedelta(hours=1))
        self.assertIn("max_delete_percent", self.store.sync_status("tracker")[0]["latestError"]["description"])
        self.store.trigger_sync("tracker", allow_deletes=True)
        self.store.run_due()
        self.assertEqual(self.store.count(ISSUES)[0], 2)

    def test_local_time(self):
        berlin = timedelta(hours=1)
        with Store(clock=lambda: NINE, utc_offset=lambda time: berlin if time < NINE + berlin else 2 * berlin) as store:
            store.create_connection("tracker", "mira")
            store.define_sync("tracker", "issues", ["Issue"], "every day", local_time=True)
            store.next_run().finish()
            self.assertEqual(store.next_due(), NINE + timedelta(hours=23))

    def test_what_a_callback_raises_comes_out_of_the_call(self):
        def broken(*unused):
            raise LookupError("no time")

        with self.assertRaises(LookupError):
            Store(clock=broken).create_connection("tracker", "mira")
        self.define(lambda run: None)
        self.store.on_sync(broken)
        with self.assertRaises(LookupError):
            self.store.run_due()
        self.store.on_sync(None)
        self.store.advance_clock(timedelta(hours=1))
        self.assertEqual(self.store.run_due(), 1)


class Files(StoreTest):
    def folder(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return pathlib.Path(folder.name)

    def test_a_file_outlives_its_store(self):
        path = self.folder() / "app.db"
        with Store(path, exclusive=True, keep_runs=3) as store:
            store.create_connection("tracker", "mira")
            store.save(ISSUES, {"id": 1})
            store.backup(path.with_name("copy.db"))
        for name in ("app.db", "copy.db"):
            with Store(path.with_name(name), read_only=True) as store:
                self.assertEqual(store.count(ISSUES)[0], 1)
                with self.refused("readonly"):
                    store.save(ISSUES, {"id": 2})

    def test_a_failed_open_says_why_and_leaves_nothing(self):
        before = len(nangolite._objects)
        with self.refused("ioerr"):
            Store(self.folder() / "none" / "app.db")
        self.assertEqual(len(nangolite._objects), before)

    def test_stores_of_one_name(self):
        try:
            one = Store("memory:shared")
        except NangoliteError as error:
            self.skipTest(str(error))
        with one, Store("memory:shared") as two:
            one.create_connection("tracker", "mira")
            self.assertEqual(len(two.connections("tracker")), 1)

    def test_a_use_after_close_says_so(self):
        self.define()
        run = self.store.next_run()
        self.store.close()
        self.store.close()
        self.assertTrue(self.store.closed)
        for use in (self.store.now, self.store.check, lambda: self.store.list(ISSUES), run.heartbeat):
            with self.refused("misuse"):
                use()

    def test_another_thread_may_interrupt(self):
        stores = []

        def clock():
            for store in stores:
                thread = threading.Thread(target=store.interrupt)
                thread.start()
                thread.join()
            return NINE

        with Store(clock=clock) as store:
            store.create_connection("tracker", "mira")
            stores.append(store)
            with self.refused("interrupted"):
                store.save(ISSUES, [{"id": number} for number in range(1000)])
            stores.clear()
            self.assertEqual(store.count(ISSUES)[0], 0)

    def test_attach_takes_the_address_of_a_connection(self):
        name = ctypes.util.find_library("sqlite3")
        if name is None:
            self.skipTest("SQLite's shared library is not here")
        sqlite, database = ctypes.CDLL(name), ctypes.c_void_p()
        sqlite.sqlite3_close.argtypes = [ctypes.c_void_p]
        path = self.folder() / "app.db"
        self.assertEqual(sqlite.sqlite3_open(str(path).encode(), ctypes.byref(database)), 0)
        with Store.attach(database, keep_runs=1) as store:
            store.create_connection("tracker", "mira")
            store.save(ISSUES, {"id": 1})
        self.assertEqual(sqlite.sqlite3_close(database), 0)
        with Store(path) as store:
            self.assertEqual(store.count(ISSUES)[0], 1)
        with self.refused("misuse"):
            Store.attach(None)


class Testing(StoreTest):
    def test_expect_and_fixtures(self):
        fixture = {"nango": {"getMetadata": {"team": "a"}, "batchSave": {"Issue": [{"id": "1", "open": True}]}}}
        self.assertEqual(self.store.fixture_load("tracker", "joe", fixture).added, 1)
        self.assertEqual(self.store.metadata("tracker", "joe"), {"team": "a"})
        joe = ISSUES._replace(connection_id="joe")
        self.assertIsNone(self.store.expect(joe, [{"open": True, "id": 1}]))
        self.assertIn("expected false, found true", self.store.expect(joe, [{"id": 1, "open": False}]))

    def test_dump_and_load(self):
        self.store.save(ISSUES, [{"id": 2}, {"id": 1}])
        lines = []
        self.store.dump(lines.append, ISSUES)
        self.assertEqual([line for line in lines if '"record"' in line][0].count('"id":"1"'), 1)
        whole, again = io.StringIO(), io.StringIO()
        self.store.dump(whole.write, metadata=True)
        with Store() as copy:
            copy.load(whole.getvalue())
            copy.dump(again.write, metadata=True)
            self.assertEqual(copy.count(ISSUES)[0], 2)
            with self.refused("invalid"):
                copy.load(whole.getvalue())
        self.assertEqual(again.getvalue(), whole.getvalue())
        with self.assertRaises(ZeroDivisionError):
            self.store.dump(lambda line: 1 / 0)

    def test_snapshots(self):
        self.store.save(ISSUES, {"id": 1})
        try:
            image = self.store.snapshot()
        except NangoliteError as error:
            self.skipTest(str(error))
        self.store.delete(ISSUES, {"id": 1})
        self.store.restore(image)
        self.assertEqual(self.store.count(ISSUES)[0], 1)
        self.assertEqual(self.store.snapshot(), image)
        with self.refused("invalid"):
            self.store.restore(b"no store")


class Rest(StoreTest):
    def test_connections_metadata_and_variables(self):
        self.store.set_metadata("tracker", "mira", {"team": "a", "size": 1})
        self.store.set_metadata("tracker", "mira", {"size": 2}, merge=True)
        self.assertEqual(self.store.connections()[0]["metadata"], {"team": "a", "size": 2})
        self.store.set_environment_variable("REGION", "eu")
        self.assertEqual(self.store.environment_variable("REGION"), "eu")
        self.store.set_environment_variable("REGION", None)
        self.assertIsNone(self.store.environment_variable("REGION"))
        self.store.delete_connection("tracker", "mira")
        self.assertEqual(self.store.connections(), [])

    def test_requests(self):
        self.store.save(ISSUES, {"id": "é"})
        headers = {"Provider-Config-Key": "tracker", "Connection-Id": "mira"}
        status, body = self.store.request("GET", "/records?model=Issue", headers)
        self.assertEqual((status, body["records"][0]["id"]), (200, "é"))
        self.store.set_secret_key("s3cret")
        self.assertEqual(self.store.request("GET", "/records?model=Issue", headers)[0], 401)

    def test_a_sound_store_needs_no_repair(self):
        self.store.save(ISSUES, {"id": 1})
        self.assertIsNone(self.store.repair())
        self.assertIsNone(self.store.check())

    def test_maintain(self):
        self.store.save(ISSUES, [{"id": 1}, {"id": 2}])
        self.store.advance_clock(days=31)
        self.assertEqual(self.store.maintain(1), (1, 0))


if __name__ == "__main__":
    unittest.main()
