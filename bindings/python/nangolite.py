"""nangolite through ctypes: Nango's Syncs API on one SQLite file, in this process.

    from nangolite import Scope, Store

    with Store("app.db") as store:                      # in memory, where no name is given
        store.create_connection("github", "ada")
        issues = Scope("github", "ada", "Issue")
        store.save(issues, [{"id": 1, "title": "Crash"}])
        for record in store.records(issues):
            print(record["title"], record["_nango_metadata"]["last_action"])

This one file is all of it. The shared library (`make` builds it) is looked for in this order: the environment variable
NANGOLITE_LIBRARY, which names the file or its folder; beside this file; where the system keeps its libraries.

What holds everywhere:

- Records are dicts, or JSON text (str or bytes) where its bytes matter. They come back as Nango's `listRecords` gives them,
  with `_nango_metadata`; `raw=True` gives the text that was saved, and times as datetimes.
- Times are datetimes with a time zone, or microseconds since 1970 as int; datetimes come back, in UTC.
- What cannot be done raises NangoliteError; its `code` is Nango's where it has one ("unknown_connection"), else the C
  library's result ("invalid", "misuse", "busy"). The store is then as it was before.
- A store belongs to one thread at a time; only `interrupt` may be called from any. Several stores may have a file open.

nangolite.h says everything about each function; here it has the same words, as verb and noun.
"""
import ctypes
import ctypes.util
import itertools
import json
import os
import pathlib
import sys
from collections import namedtuple
from datetime import datetime, timedelta, timezone

__all__ = ["Changes", "NangoliteError", "Page", "RawRecord", "Run", "Scope", "Store", "version"]

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MICROSECOND = timedelta(microseconds=1)
NEVER = 2**63 - 1

# ---- the shared library ----------------------------------------------------------------------------------------------

# By the linker's name, else by the version's, as in the folder that `make` builds into.
_FILES = {"darwin": ["libnangolite.dylib", "libnangolite.*.dylib"], "win32": ["nangolite.dll", "libnangolite.dll"]}.get(
    sys.platform, ["libnangolite.so", "libnangolite.so.*"])


def _in(folder):
    return [path for pattern in _FILES for path in sorted(folder.glob(pattern))]


def _path():
    named = os.environ.get("NANGOLITE_LIBRARY")
    if named:
        return (_in(pathlib.Path(named)) or [named])[0]
    beside = _in(pathlib.Path(__file__).resolve().parent)
    return beside[0] if beside else ctypes.util.find_library("nangolite") or _FILES[0]


def _loaded():
    try:
        return ctypes.CDLL(str(_path()))
    except OSError as error:
        raise ImportError(f"the shared library of nangolite could not be loaded ({error}); `make` builds it, and the "
                          "environment variable NANGOLITE_LIBRARY says where it is") from None


_library = _loaded()

_int, _unsigned, _size, _long = ctypes.c_int, ctypes.c_uint, ctypes.c_size_t, ctypes.c_int64
_text, _pointer = ctypes.c_char_p, ctypes.c_void_p
_texts = ctypes.POINTER(_text)

_CLOCK = ctypes.CFUNCTYPE(_long, _pointer)
_UTC_OFFSET = ctypes.CFUNCTYPE(_int, _pointer, _long)
_EXEC = ctypes.CFUNCTYPE(_int, _pointer, _pointer)
_EVENT = ctypes.CFUNCTYPE(None, _pointer, _text)
_WRITE = ctypes.CFUNCTYPE(_int, _pointer, _pointer, _size)


class _Options(ctypes.Structure):
    _fields_ = [("clock", _CLOCK), ("clock_ctx", _pointer), ("busy_timeout_ms", _int), ("lease_ms", _int),
                ("prune_after_days", _int), ("delete_after_days", _int), ("max_variants", _int), ("page_bytes", _long),
                ("utc_offset_s", _UTC_OFFSET), ("cache_kb", _int), ("leave_checkpoints", _int), ("keep_runs", _int),
                ("as_nango", _int), ("exclusive", _int), ("read_only", _int)]


class _Scope(ctypes.Structure):
    _fields_ = [(name, _text) for name in ("provider_config_key", "connection_id", "model", "variant")]


class _Changes(ctypes.Structure):
    _fields_ = [(name, _long) for name in ("added", "updated", "deleted", "unchanged", "skipped", "duplicates")]


class _Query(ctypes.Structure):
    _fields_ = [("modified_after", _text), ("filter", _text), ("cursor", _text), ("limit", _int), ("ids", _texts),
                ("id_count", _size)]


class _Record(ctypes.Structure):
    _fields_ = [("id", _text), ("payload", _pointer), ("payload_length", _size), ("last_action", _text),
                ("cursor", _text), ("first_seen_at", _long), ("last_modified_at", _long), ("deleted_at", _long),
                ("pruned_at", _long)]


class _Page(ctypes.Structure):
    _fields_ = [("records", ctypes.POINTER(_Record)), ("count", _size), ("next_cursor", _text), ("last_cursor", _text)]


class _Sync(ctypes.Structure):
    _fields_ = [("provider_config_key", _text), ("name", _text), ("models", _texts), ("model_count", _size),
                ("frequency", _text), ("start_at", _long), ("manual_start", _int), ("max_delete_percent", _int),
                ("max_retries", _int), ("retry_after_s", _int), ("local_time", _int), ("exec", _EXEC), ("user", _pointer)]


def _to(type_):
    return ctypes.POINTER(type_)


# The functions of nangolite.h, less "nangolite_": the result, then the arguments. A `char **` result is read as a pointer,
# because it has to be given back.
_store = _run = _pointer
_json = _to(_pointer)
_syncs = (_texts, _size)
_SIGNATURES = {
    "version": (_text,),
    "errmsg": (_text, _store),
    "result_name": (_text, _int),
    "free": (None, _pointer),
    "open": (_int, _text, _to(_Options), _to(_store)),
    "attach": (_int, _pointer, _to(_Options), _to(_store)),
    "close": (None, _store),
    "interrupt": (None, _store),
    "now": (_long, _store),
    "clock_set": (None, _store, _long),
    "clock_advance": (None, _store, _long),
    "connection_create": (_int, _store, _text, _text),
    "connection_delete": (_int, _store, _text, _text),
    "connections": (_int, _store, _text, _json),
    "metadata_get": (_int, _store, _text, _text, _json),
    "metadata_set": (_int, _store, _text, _text, _text, _int),
    "env_get": (_int, _store, _text, _json),
    "env_set": (_int, _store, _text, _text),
    "secret_key_set": (_int, _store, _text),
    "records_save": (_int, _store, _to(_Scope), _text, _long, _to(_Changes)),
    "records_update": (_int, _store, _to(_Scope), _text, _long, _to(_Changes)),
    "records_delete": (_int, _store, _to(_Scope), _text, _long, _to(_Changes)),
    "records_prune": (_int, _store, _to(_Scope), _text, _long, _to(_long), _to(_int)),
    "records_count": (_int, _store, _to(_Scope), _to(_long), _to(_long)),
    "records_list": (_int, _store, _to(_Scope), _to(_Query), _to(_to(_Page))),
    "page_free": (None, _to(_Page)),
    "collections": (_int, _store, _text, _text, _long, _json),
    "last_change": (_long, _store),
    "sync_define": (_int, _store, _to(_Sync)),
    "sync_remove": (_int, _store, _text, _text),
    "sync_rename": (_int, _store, _text, _text, _text),
    "sync_trigger": (_int, _store, _text, _text, *_syncs, _unsigned),
    "sync_start": (_int, _store, _text, _text, *_syncs),
    "sync_pause": (_int, _store, _text, _text, *_syncs),
    "sync_cancel": (_int, _store, _text, _text, *_syncs),
    "sync_status": (_int, _store, _text, _text, *_syncs, _json),
    "sync_runs": (_int, _store, _text, _text, _text, _text, _int, _json),
    "sync_set_frequency": (_int, _store, _text, _text, _text, _text, _text, _json),
    "syncs": (_int, _store, _text, _json),
    "variant_create": (_int, _store, _text, _text, _text, _text),
    "variant_delete": (_int, _store, _text, _text, _text, _text),
    "next_due": (_long, _store),
    "run_due": (_int, _store, _int, _to(_int)),
    "run_until": (_int, _store, _long, _to(_int)),
    "run_next": (_int, _store, _to(_run)),
    "run_next_until": (_int, _store, _long, _to(_run)),
    "run_claim": (_int, _store, _text, _text, _text, _text, _to(_run)),
    "run_finish": (_int, _run, _text, _text),
    "run_heartbeat": (_int, _run),
    "run_again_at": (_int, _run, _long),
    "run_progress": (_int, _run, _long, _long),
    "run_fail": (_int, _run, _text, _text),
    "run_aborted": (_int, _run),
    "run_provider_config_key": (_text, _run),
    "run_connection_id": (_text, _run),
    "run_sync": (_text, _run),
    "run_variant": (_text, _run),
    "run_save": (_int, _run, _text, _text, _long, _to(_Changes)),
    "run_update": (_int, _run, _text, _text, _long, _to(_Changes)),
    "run_delete": (_int, _run, _text, _text, _long, _to(_Changes)),
    "run_list": (_int, _run, _text, _to(_Query), _to(_to(_Page))),
    "run_track_deletes_start": (_int, _run, _text),
    "run_track_deletes_end": (_int, _run, _text, _to(_Changes)),
    "run_set_merging": (_int, _run, _text, _text),
    "run_checkpoint_get": (_int, _run, _json),
    "run_checkpoint_save": (_int, _run, _text),
    "run_checkpoint_clear": (_int, _run),
    "on_sync": (_int, _store, _EVENT, _pointer),
    "request": (_int, _store, _text, _text, _text, _text, _to(_int), _json),
    "check": (_int, _store, _json),
    "repair": (_int, _store, _json),
    "maintain": (_int, _store, _long, _to(_long), _to(_long)),
    "backup": (_int, _store, _text),
    "expect": (_int, _store, _to(_Scope), _text, _long, _json),
    "fixture_load": (_int, _store, _text, _text, _text, _text, _long, _to(_Changes)),
    "dump": (_int, _store, _to(_Scope), _unsigned, _WRITE, _pointer),
    "load": (_int, _store, _text, _long),
    "snapshot": (_int, _store, _to(_pointer), _to(_size)),
    "restore": (_int, _store, _text, _size),
}


class _Functions:
    """The library's functions, each with its types."""

    def __init__(self):
        for name, (result, *arguments) in _SIGNATURES.items():
            function = getattr(_library, "nangolite_" + name, None)
            if function is None:
                raise ImportError(f"{_library._name} is too old: it has no nangolite_{name}")
            function.restype, function.argtypes = result, arguments
            setattr(self, name, function)


_c = _Functions()


def version():
    """The version of the shared library."""
    return _c.version().decode()


# ---- values ----------------------------------------------------------------------------------------------------------

class NangoliteError(Exception):
    """A call failed. `code` is a word for programs: "invalid", "busy", "unknown_connection"."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


Scope = namedtuple("Scope", "provider_config_key connection_id model variant", defaults=[None])
Scope.__doc__ = "A collection: the records of one model (and variant; None: base) of one connection."

Changes = namedtuple("Changes", "added updated deleted unchanged skipped duplicates")
Changes.__doc__ = "What a call did, in records."

Page = namedtuple("Page", "records next_cursor last_cursor")
Page.__doc__ = """Records in the order of their changes.

`next_cursor` is None exactly where no record follows; `last_cursor` is the place to go on from next time."""

RawRecord = namedtuple("RawRecord", "id payload last_action cursor first_seen_at last_modified_at deleted_at pruned_at")
RawRecord.__doc__ = "A record whose `payload` is the text that was saved; times are datetimes or None."


def _microseconds(time):
    if isinstance(time, int):
        return time
    if time.tzinfo is None:
        raise ValueError(f"{time!r} has no time zone")
    return (time - EPOCH) // MICROSECOND


def _datetime(microseconds):
    return EPOCH + timedelta(microseconds=microseconds)


def _datetime_or_none(microseconds):
    return _datetime(microseconds) if microseconds else None


def _time_text(microseconds):
    """As record metadata has it: RFC 3339 with six digits; None for 0."""
    return _datetime(microseconds).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if microseconds else None


def _query_time(time):
    return time if time is None or isinstance(time, str) else _time_text(_microseconds(time))


def _bytes(text):
    """As C has it: a NUL would end the string there without a word."""
    if text is None:
        return None
    written = text if isinstance(text, bytes) else os.fspath(text).encode()
    if b"\0" in written:
        raise ValueError("a string with a NUL")
    return written


def _written(value):
    """A value as JSON in bytes; text and bytes are JSON already."""
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        value = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return value.encode(errors="backslashreplace")  # a lone surrogate is written as an escape, which is JSON's as well


def _array(texts):
    """An array of strings and its length; NULL and 0 for none."""
    texts = [texts] if isinstance(texts, str) else list(texts or [])
    return ((_text * len(texts))(*map(_bytes, texts)) if texts else None), len(texts)


def _taken(pointer):
    """A `char *` that the library gave away, read and freed; None for NULL."""
    if not pointer.value:
        return None
    try:
        return ctypes.string_at(pointer.value).decode()
    finally:
        _c.free(pointer)


def _scope(scope):
    return ctypes.byref(_Scope(*map(_bytes, Scope(*scope))))


def _query(modified_after=None, filter=None, cursor=None, limit=0, ids=None):
    filters = filter if filter is None or isinstance(filter, str) else ",".join(filter)
    array, count = _array([str(id_) for id_ in ids or []])
    return ctypes.byref(_Query(_bytes(_query_time(modified_after)), _bytes(filters), _bytes(cursor), limit, array, count))


def _changes(changes):
    return Changes(*(getattr(changes, name) for name, _ in _Changes._fields_))


def _raw_record(record):
    times = (record.first_seen_at, record.last_modified_at, record.deleted_at, record.pruned_at)
    return RawRecord(record.id.decode(), ctypes.string_at(record.payload, record.payload_length).decode(),
                     record.last_action.decode(), record.cursor.decode(), *map(_datetime_or_none, times))


def _record(record):
    payload = json.loads(ctypes.string_at(record.payload, record.payload_length))
    times = ("first_seen_at", "last_modified_at", "deleted_at", "pruned_at")
    payload["_nango_metadata"] = {**{name: _time_text(getattr(record, name)) for name in times},
                                  "last_action": record.last_action.decode(), "cursor": record.cursor.decode()}
    return payload


def _page(pointer, raw):
    try:
        page, read = pointer.contents, _raw_record if raw else _record
        cursors = [cursor and cursor.decode() for cursor in (page.next_cursor, page.last_cursor)]
        return Page([read(page.records[i]) for i in range(page.count)], *cursors)
    finally:
        _c.page_free(pointer)


# ---- what the library calls back -------------------------------------------------------------------------------------

# C knows a Python object by a number, and each kind of callback is one function that is never freed: so a sync function may
# define its own sync anew while it runs.
_objects = {}
_numbers = itertools.count(1)


def _register(value):
    number = next(_numbers)
    _objects[number] = value
    return number


@_CLOCK
def _call_clock(number):
    store = _objects[number]
    return store._guarded(lambda: _microseconds(store._clock()), 0)


@_UTC_OFFSET
def _call_utc_offset(number, microseconds):
    store = _objects[number]
    return store._guarded(lambda: _seconds(store._utc_offset(_datetime(microseconds))), 0)


def _seconds(offset):
    return int(offset.total_seconds() if isinstance(offset, timedelta) else offset)


@_EXEC
def _call_exec(pointer, number):
    store, function = _objects[number]
    return store._execute(pointer, function)


@_EVENT
def _call_event(number, event):
    store = _objects[number]
    store._guarded(lambda: store._on_sync(json.loads(event)), None)


@_WRITE
def _call_write(number, text, length):
    store, write = _objects[number]
    line = ctypes.string_at(text, length).decode()
    return store._guarded(lambda: [write(line), 0][1], 1)


def _said(text):
    """What a run's error says, in bytes: without the NULs that an exception's text may have."""
    return None if text is None else str(text).replace("\0", "?").encode(errors="replace")


def _failure(error):
    """What a run that has raised reports: a type and a description."""
    kind = getattr(error, "code", None)
    return str(kind) if kind else "script_error", str(error) or type(error).__name__


# ---- a run -----------------------------------------------------------------------------------------------------------

class Run:
    """A run in progress: what a sync function is given, or what was claimed with next_run() or claim_run().

    One that was claimed is a context manager: it ends as a success, or as a failure where an exception leaves the block.
    Once it was aborted, or its lease has ended, its calls raise NangoliteError "aborted" and change nothing.
    """

    def __init__(self, store, pointer):
        self.store = store
        self._pointer = pointer
        names = (_c.run_provider_config_key, _c.run_connection_id, _c.run_sync, _c.run_variant)
        self.provider_config_key, self.connection_id, self.sync, self.variant = (name(pointer).decode() for name in names)

    def __repr__(self):
        return f"<Run {self.provider_config_key}/{self.connection_id}/{self.sync}::{self.variant}>"

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if self._pointer is None:
            return
        try:
            self.finish(error)
        except NangoliteError as ended:
            if error is None or ended.code != "aborted":
                raise

    def _handle(self):
        self.store._open_handle()
        if self._pointer is None:
            raise NangoliteError("misuse", "the run is over")
        return self._pointer

    def _call(self, name, *arguments):
        self.store._need(getattr(_c, name)(self._handle(), *arguments))

    def _write(self, name, records, model):
        changes, written = _Changes(), _written(records)
        self._call(name, _bytes(model), written, len(written), ctypes.byref(changes))
        return _changes(changes)

    def batch_save(self, records, model):
        """Saves whole records."""
        return self._write("run_save", records, model)

    def batch_update(self, records, model):
        """Merges into records that are there."""
        return self._write("run_update", records, model)

    def batch_delete(self, records, model):
        """Marks records as deleted; only their ids are looked at."""
        return self._write("run_delete", records, model)

    def list(self, model, raw=False, **query):
        """One page of the run's own records; the query is that of Store.list()."""
        page = _to(_Page)()
        self._call("run_list", _bytes(model), _query(**query), ctypes.byref(page))
        return _page(page, raw)

    def track_deletes_start(self, model):
        """From now on, every record that is saved, updated or deleted counts as seen. The window lasts over runs."""
        self._call("run_track_deletes_start", _bytes(model))

    def track_deletes_end(self, model):
        """Deletes every live record that was not seen. "too_many_deletes": more than max_delete_percent would go."""
        changes = _Changes()
        self._call("run_track_deletes_end", _bytes(model), ctypes.byref(changes))
        return _changes(changes)

    def set_merging_strategy(self, strategy, model):
        """"override", or "ignore_if_modified_after": what others change from now on is left alone."""
        self._call("run_set_merging", _bytes(model), _bytes(strategy))

    def get_checkpoint(self):
        """The checkpoint, a dict; None: there is none."""
        written = _pointer()
        self._call("run_checkpoint_get", ctypes.byref(written))
        text = _taken(written)
        return None if text is None else json.loads(text)

    def save_checkpoint(self, checkpoint):
        """Replaces it: at most 16 members, which are strings, numbers or booleans."""
        self._call("run_checkpoint_save", _bytes(_written(checkpoint)))

    def clear_checkpoint(self):
        """Forgets it."""
        self._call("run_checkpoint_clear")

    def heartbeat(self):
        """Extends the lease, where the sync is long without another call."""
        self._call("run_heartbeat")

    def again_at(self, time):
        """Sets when this instance runs next, whether this run succeeds or fails."""
        self._call("run_again_at", _microseconds(time))

    def progress(self, done, total=0):
        """Tells how far the run has come, for the status; total 0: it is not known."""
        self._call("run_progress", done, total)

    _has_failure = False

    def fail(self, error_type=None, description=None):
        """Says what the run is to report if its function then raises; by default that is the exception."""
        self._call("run_fail", _said(error_type), _said(description))
        self._has_failure = True

    @property
    def aborted(self):
        """Whether it was aborted or its lease has ended."""
        return self._pointer is None or self.store.closed or _c.run_aborted(self._pointer) != 0

    def finish(self, failure=None):
        """Ends a run that was claimed: a success, or a failure with an exception or (type, description).

        "aborted": it was aborted meanwhile, and is over as well. After any other error it can be finished again.
        """
        pair = (None, None) if failure is None else failure if isinstance(failure, tuple) else _failure(failure)
        try:
            self._call("run_finish", *map(_said, pair))
        except NangoliteError as error:
            if error.code == "aborted":
                self._end()
            raise
        self._end()

    def _end(self):
        self._pointer = None
        self.store._runs.discard(self)


# ---- a store ---------------------------------------------------------------------------------------------------------

_FLAGS = {"reset": 1, "empty_cache": 2, "allow_deletes": 4}


class Store:
    """A store, in a file or in memory. Close it, or use `with`.

    filename: a path; ":memory:" is a store of its own, "memory:NAME" one store for all of this process. The options are
    those of nangolite_options: `clock` returns the time, `utc_offset` gets a datetime and returns the seconds (or a
    timedelta) that local time is ahead of UTC, the others are numbers or flags: busy_timeout_ms, lease_ms,
    prune_after_days, delete_after_days, max_variants, page_bytes, cache_kb, leave_checkpoints, keep_runs, as_nango,
    exclusive, read_only.
    """

    def __init__(self, filename=":memory:", **options):
        self._begin(options)
        self._opened(_c.open, _bytes(filename))

    @classmethod
    def attach(cls, database, **options):
        """A store inside a database of yours, beside its tables; `database` is the address of its `sqlite3 *`.

        The connection must come from the SQLite that the shared library uses, and must outlive the store. Python's own
        sqlite3 module does not tell that address; others do.
        """
        store = cls.__new__(cls)
        store._begin(options)
        store._opened(_c.attach, database)
        return store

    def _begin(self, options):
        self._handle = _store()
        self._raised = []
        self._functions = {}
        self._runs = set()
        self._on_sync = None
        self._clock, self._utc_offset = options.pop("clock", None), options.pop("utc_offset", None)
        self._number = _register(self)
        self._options = _Options(clock_ctx=self._number)
        if self._clock:
            self._options.clock = _call_clock
        if self._utc_offset:
            self._options.utc_offset_s = _call_utc_offset
        names = {name for name, kind in _Options._fields_ if kind in (_int, _long)}
        for name, value in options.items():
            if name not in names:
                raise TypeError(f"there is no option {name}")
            setattr(self._options, name, int(value))

    def _opened(self, function, where):
        try:
            self._need(function(where, ctypes.byref(self._options), ctypes.byref(self._handle)))
        except Exception:
            self.close()
            raise

    def close(self):
        """Frees the store. Closing twice is fine; any other use afterwards raises NangoliteError "misuse"."""
        _c.close(self._handle)
        self._handle = _store()
        for run in self._runs:
            run._pointer = None
        self._runs.clear()
        for number in (self._number, *self._functions.values()):
            _objects.pop(number, None)

    @property
    def closed(self):
        return not self._handle

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def _open_handle(self):
        if self.closed:
            raise NangoliteError("misuse", "the store is closed")
        return self._handle

    def _need(self, result):
        """Raises what a callback has raised meanwhile, or what the call has failed with."""
        if self._raised:
            raised, self._raised = self._raised[0], []
            raise raised
        if result != 0:
            raise NangoliteError(_c.result_name(result).decode(), _c.errmsg(self._handle).decode())

    def _call(self, name, *arguments):
        self._need(getattr(_c, name)(self._open_handle(), *arguments))

    def _text_of(self, name, *arguments):
        """Of a call whose last argument takes text; None for NULL."""
        text = _pointer()
        self._call(name, *arguments, ctypes.byref(text))
        return _taken(text)

    def _json_of(self, name, *arguments):
        return json.loads(self._text_of(name, *arguments))

    def _guarded(self, work, otherwise):
        """An exception must not go through C: it is kept, and raised when the call is over."""
        try:
            return work()
        except BaseException as error:
            self._raised.append(error)
            return otherwise

    def _execute(self, pointer, function):
        run = Run(self, pointer)
        try:
            function(run)
            return 0
        except BaseException as error:
            if not run._has_failure:
                _c.run_fail(pointer, *map(_said, _failure(error)))
            if not isinstance(error, Exception):
                self._raised.append(error)
            return 1
        finally:
            run._pointer = None

    def interrupt(self):
        """Makes the call that is running on the store end soon as "interrupted". From any thread."""
        _c.interrupt(self._handle)

    # ---- the clock ----

    def now(self):
        """The time by the store's clock."""
        return _datetime(_c.now(self._open_handle()))

    def set_clock(self, time):
        """From now on the clock stands still at this time."""
        _c.clock_set(self._open_handle(), _microseconds(time))

    def advance_clock(self, span=None, **by):
        """Moves the clock, which is held from now on: advance_clock(hours=1), or a timedelta."""
        _c.clock_advance(self._open_handle(), (timedelta(**by) if span is None else span) // MICROSECOND)

    # ---- connections ----

    def create_connection(self, provider_config_key, connection_id):
        """One that exists is left as it is."""
        self._call("connection_create", _bytes(provider_config_key), _bytes(connection_id))

    def delete_connection(self, provider_config_key, connection_id):
        """Removes it with its schedules, checkpoints and records."""
        self._call("connection_delete", _bytes(provider_config_key), _bytes(connection_id))

    def connections(self, provider_config_key=None):
        """The connections of an integration, or of all: dicts."""
        return self._json_of("connections", _bytes(provider_config_key))["connections"]

    def metadata(self, provider_config_key, connection_id):
        """The connection's metadata: {} at first."""
        return self._json_of("metadata_get", _bytes(provider_config_key), _bytes(connection_id))

    def set_metadata(self, provider_config_key, connection_id, metadata, merge=False):
        """Replaces it; merge: these members only."""
        self._call("metadata_set", _bytes(provider_config_key), _bytes(connection_id), _bytes(_written(metadata)), int(merge))

    def environment_variable(self, name):
        """The variable's value; None: it is not set."""
        return self._text_of("env_get", _bytes(name))

    def set_environment_variable(self, name, value):
        """None removes it."""
        self._call("env_set", _bytes(name), _bytes(value))

    def set_secret_key(self, key):
        """From now on request() needs "Authorization: Bearer KEY"; None: no key."""
        self._call("secret_key_set", _bytes(key))

    # ---- records ----

    def _write(self, name, scope, records):
        changes, written = _Changes(), _written(records)
        self._call(name, _scope(scope), written, len(written), ctypes.byref(changes))
        return _changes(changes)

    def save(self, scope, records):
        """Saves whole records: a list of dicts, one dict, or JSON text. What is the same as before is no change."""
        return self._write("records_save", scope, records)

    def update(self, scope, records):
        """Merges into records that are there; others are skipped."""
        return self._write("records_update", scope, records)

    def delete(self, scope, records):
        """Marks records as deleted; only their ids are looked at."""
        return self._write("records_delete", scope, records)

    def list(self, scope, raw=False, **query):
        """One page: modified_after (a time or RFC 3339), filter ("added,deleted" or a list), cursor, limit (100), ids."""
        page = _to(_Page)()
        self._call("records_list", _scope(scope), _query(**query), ctypes.byref(page))
        return _page(page, raw)

    def records(self, scope, raw=False, **query):
        """Every record that a query gives, page after page."""
        while True:
            page = self.list(scope, raw, **query)
            yield from page.records
            if page.next_cursor is None:
                return
            query["cursor"] = page.next_cursor

    def count(self, scope):
        """The live records, and the bytes of the payloads that are stored."""
        live, size = _long(), _long()
        self._call("records_count", _scope(scope), ctypes.byref(live), ctypes.byref(size))
        return live.value, size.value

    def prune(self, scope, until_cursor=None, limit=0):
        """Empties payloads, the oldest first: how many, and whether more are left as far as the cursor."""
        count, has_more = _long(), _int()
        self._call("records_prune", _scope(scope), _bytes(until_cursor), limit, ctypes.byref(count), ctypes.byref(has_more))
        return count.value, bool(has_more.value)

    def collections(self, provider_config_key=None, connection_id=None, changed_after=0):
        """The collections, with counts, bytes and newest stamp; changed_after: those with a change after that stamp."""
        names = _bytes(provider_config_key), _bytes(connection_id)
        return self._json_of("collections", *names, _microseconds(changed_after))["collections"]

    def last_change(self):
        """The newest stamp in the file, in microseconds: whether anything has changed. 0: nothing yet."""
        return _c.last_change(self._open_handle())

    # ---- syncs ----

    def define_sync(self, provider_config_key, name, models, frequency, exec=None, *, start_at=None, manual_start=False,
                    max_delete_percent=0, max_retries=0, retry_after_s=0, local_time=False):
        """Defines a sync. `exec` gets a Run; what it raises is the run's failure. None: runs are claimed."""
        number = None if exec is None else _register((self, exec))
        array, count = _array(models)
        anchor = 0 if start_at is None else _microseconds(start_at)
        numbers = (int(manual_start), max_delete_percent, max_retries, retry_after_s, int(local_time))
        sync = _Sync(_bytes(provider_config_key), _bytes(name), array, count, _bytes(frequency), anchor, *numbers,
                     _EXEC() if exec is None else _call_exec, number)
        try:
            self._call("sync_define", ctypes.byref(sync))
        except NangoliteError:
            _objects.pop(number, None)
            raise
        self._keep_function((provider_config_key, name), number)

    def _keep_function(self, sync, number):
        _objects.pop(self._functions.pop(sync, None), None)
        if number is not None:
            self._functions[sync] = number

    def remove_sync(self, provider_config_key, name):
        """Removes a definition with its instances and their records."""
        self._call("sync_remove", _bytes(provider_config_key), _bytes(name))
        self._keep_function((provider_config_key, name), None)

    def rename_sync(self, provider_config_key, name, new_name):
        """Gives a sync another name; instances, records and its function stay."""
        self._call("sync_rename", _bytes(provider_config_key), _bytes(name), _bytes(new_name))
        if (provider_config_key, name) in self._functions:
            self._functions[provider_config_key, new_name] = self._functions.pop((provider_config_key, name))

    def syncs(self, provider_config_key=None):
        """The definitions of an integration, or of all: dicts."""
        return self._json_of("syncs", _bytes(provider_config_key))["syncs"]

    def _command(self, name, provider_config_key, connection_id, syncs, *rest):
        self._call(name, _bytes(provider_config_key), _bytes(connection_id), *_array(syncs), *rest)

    def trigger_sync(self, provider_config_key, connection_id=None, syncs=(), **flags):
        """One run of each as soon as possible: reset, empty_cache, allow_deletes.

        Here and below, `syncs` are "name" or "name::variant", none: all; connection_id None: all connections.
        """
        bits = 0
        for name, wanted in flags.items():
            bits |= _FLAGS[name] if wanted else 0
        self._command("sync_trigger", provider_config_key, connection_id, syncs, bits)

    def start_sync(self, provider_config_key, connection_id=None, syncs=()):
        """Starts what is paused, with a run at once."""
        self._command("sync_start", provider_config_key, connection_id, syncs)

    def pause_sync(self, provider_config_key, connection_id=None, syncs=()):
        """No further run until start_sync(), triggers apart."""
        self._command("sync_pause", provider_config_key, connection_id, syncs)

    def cancel_sync(self, provider_config_key, connection_id=None, syncs=()):
        """Aborts a run in progress, and takes back a waiting trigger, retry and what again_at() asked for."""
        self._command("sync_cancel", provider_config_key, connection_id, syncs)

    def sync_status(self, provider_config_key, connection_id=None, syncs=()):
        """What GET /sync/status answers: a list of dicts."""
        names = _bytes(provider_config_key), _bytes(connection_id)
        return self._json_of("sync_status", *names, *_array(syncs))["syncs"]

    def runs(self, provider_config_key, connection_id, sync, variant=None, limit=0):
        """The kept runs of an instance, the one in progress first, then the newest; limit 0: all."""
        names = map(_bytes, (provider_config_key, connection_id, sync, variant))
        return self._json_of("sync_runs", *names, limit)["runs"]

    def set_frequency(self, provider_config_key, connection_id, sync, frequency, variant=None):
        """Gives one instance a frequency of its own; None: back to the definition's. The one that now holds."""
        names = map(_bytes, (provider_config_key, connection_id, sync, variant, frequency))
        return self._text_of("sync_set_frequency", *names)

    def create_variant(self, provider_config_key, connection_id, sync, variant):
        """A further copy of a sync on one connection, with its own schedule, checkpoint and records."""
        self._call("variant_create", *map(_bytes, (provider_config_key, connection_id, sync, variant)))

    def delete_variant(self, provider_config_key, connection_id, sync, variant):
        """Removes it with its schedule, checkpoint and records."""
        self._call("variant_delete", *map(_bytes, (provider_config_key, connection_id, sync, variant)))

    # ---- executing ----

    def next_due(self):
        """When there is something to do: in the past for now; None: never."""
        due = _c.next_due(self._open_handle())
        return None if due == NEVER else _datetime(due)

    def _ran(self, name, argument):
        ran = _int()
        self._call(name, argument, ctypes.byref(ran))
        return ran.value

    def run_due(self, max_runs=0):
        """Executes what is due, the oldest first; at most max_runs, 0: all. How many ran."""
        return self._ran("run_due", max_runs)

    def run_until(self, time):
        """With a held clock: executes what falls due up to this time, each run at its time, and leaves the clock there."""
        return self._ran("run_until", _microseconds(time))

    def _claimed(self, name, *arguments):
        pointer = _run()
        self._call(name, *arguments, ctypes.byref(pointer))
        if not pointer:
            return None
        run = Run(self, pointer)
        self._runs.add(run)
        return run

    def next_run(self):
        """Claims the next due run, for a loop of your own; None: nothing is due."""
        return self._claimed("run_next")

    def next_run_until(self, time):
        """With a held clock: moves it to the next run that falls due up to this time, and claims that; None: none."""
        return self._claimed("run_next_until", _microseconds(time))

    def claim_run(self, provider_config_key, connection_id, sync, variant=None):
        """Claims a run of this one, now: due or not, paused or not."""
        return self._claimed("run_claim", *map(_bytes, (provider_config_key, connection_id, sync, variant)))

    def on_sync(self, callback):
        """Has `callback` called with each sync event, a dict as in Nango's webhooks; None: none."""
        self._call("on_sync", _EVENT() if callback is None else _call_event, self._number)
        self._on_sync = callback

    # ---- requests ----

    def request(self, method, target, headers=None, body=None):
        """Answers a request of Nango's HTTP API: its status, and the JSON decoded.

        `headers` is a dict; `body` becomes JSON.
        """
        status, response = _int(), _pointer()
        lines = "".join(f"{name}: {value}\n" for name, value in (headers or {}).items())
        written = None if body is None else _written(body)
        self._call("request", _bytes(method), _bytes(target), _bytes(lines), _bytes(written), ctypes.byref(status),
                   ctypes.byref(response))
        return status.value, json.loads(_taken(response))

    # ---- care ----

    def check(self):
        """What is wrong with the store; None: nothing."""
        return self._text_of("check")

    def repair(self):
        """Rebuilds what can be derived, and drops what cannot be true: what it did, as text; None: nothing."""
        return self._text_of("repair")

    def maintain(self, max_records=10000):
        """One slice of the care that is due: how many were pruned and removed. Both 0: nothing is left to do."""
        pruned, deleted = _long(), _long()
        self._call("maintain", max_records, ctypes.byref(pruned), ctypes.byref(deleted))
        return pruned.value, deleted.value

    def backup(self, filename):
        """A sound copy in a new file, while the store is in use."""
        self._call("backup", _bytes(filename))

    # ---- testing syncs ----

    def expect(self, scope, records):
        """Compares the live records with expected ones: None where they are equal, else text for people."""
        written = _written(records)
        return self._text_of("expect", _scope(scope), written, len(written))

    def fixture_load(self, provider_config_key, connection_id, fixture, variant=None):
        """Stores what a fixture says of a sync's calls, and its metadata; makes the connection where it is missing.

        Takes the JSON of `nango dryrun --save`, its "nango" member, or {"Model": [records]}, as dict or text.
        """
        changes, written = _Changes(), _written(fixture)
        names = map(_bytes, (provider_config_key, connection_id, variant))
        self._call("fixture_load", *names, written, len(written), ctypes.byref(changes))
        return _changes(changes)

    def dump(self, write, scope=None, metadata=False):
        """Gives the store to `write`, one line of JSON after the other, in an order that depends on the content alone.

        scope: a Scope whose members may be None for all; None: everything. Without metadata it is for comparing two stores;
        with it, load() makes the store of it again. What `write` raises ends it.
        """
        number = _register((self, write))
        where = None if scope is None else _scope(scope)
        try:
            self._call("dump", where, int(metadata), _call_write, number)
        finally:
            _objects.pop(number, None)

    def load(self, dump):
        """Makes an empty store what a whole dump with metadata says, text or bytes."""
        written = _written(dump)
        self._call("load", written, len(written))

    def snapshot(self):
        """The whole store as the bytes of its database."""
        image, size = _pointer(), _size()
        self._call("snapshot", ctypes.byref(image), ctypes.byref(size))
        try:
            return ctypes.string_at(image.value, size.value)
        finally:
            _c.free(image)

    def restore(self, image):
        """Makes a store in memory what it was. Functions, options and the clock stay; runs in progress are aborted."""
        self._call("restore", bytes(image), len(image))
