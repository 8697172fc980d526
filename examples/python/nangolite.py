"""nangolite through ctypes: a store, its clock, and requests as a client of Nango's HTTP API makes them.

The shared library is named by the environment variable NANGOLITE_LIBRARY, or lies beside this file:

    cc -shared -fPIC -O2 nangolite.c -lsqlite3 -o libnangolite.so
"""
import ctypes
import json
import os
import pathlib
from datetime import datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MICROSECOND = timedelta(microseconds=1)

_beside = pathlib.Path(__file__).with_name("libnangolite.so")
_library = ctypes.CDLL(os.environ.get("NANGOLITE_LIBRARY") or str(_beside))
_int, _text, _store, _time = ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_int64


class _Scope(ctypes.Structure):
    _fields_ = [(name, _text) for name in ("provider_config_key", "connection_id", "model", "variant")]


def _function(name, result, *arguments):
    function = getattr(_library, "nangolite_" + name)
    function.restype, function.argtypes = result, arguments
    return function


_open = _function("open", _int, _text, ctypes.c_void_p, ctypes.POINTER(_store))
_close = _function("close", None, _store)
_free = _function("free", None, ctypes.c_void_p)
_errmsg = _function("errmsg", _text, _store)
_result_name = _function("result_name", _text, _int)
_now = _function("now", _time, _store)
_clock_set = _function("clock_set", None, _store, _time)
_clock_advance = _function("clock_advance", None, _store, _time)
_connection_create = _function("connection_create", _int, _store, _text, _text)
_records_save = _function("records_save", _int, _store, ctypes.POINTER(_Scope), _text, ctypes.c_int64,
                          ctypes.c_void_p)
_request = _function("request", _int, _store, _text, _text, _text, _text, ctypes.POINTER(_int),
                     ctypes.POINTER(ctypes.c_void_p))


class Error(Exception):
    """A call failed. `code` is a word for programs: "invalid", "busy", "unknown_connection"."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def _bytes(text):
    """As C has it: a NUL would end the string there without a word."""
    if text is not None and "\0" in text:
        raise ValueError("a string with a NUL")
    return None if text is None else text.encode()


class Nangolite:
    """A store, in memory unless it is given a file's name. One thread at a time. Close it, or use `with`."""

    def __init__(self, filename=":memory:"):
        self._handle = _store()
        try:
            self._need(_open(_bytes(filename), None, ctypes.byref(self._handle)))
        except Error:
            self.close()
            raise

    def close(self):
        _close(self._handle)
        self._handle = _store()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def _need(self, result):
        if result != 0:
            raise Error(_result_name(result).decode(), _errmsg(self._handle).decode())

    def request(self, method, target, headers=None, body=None):
        """Answers a request of the HTTP API: its status, and the JSON decoded.

        `headers` is a dict; `body` becomes JSON.
        """
        status, response = _int(), ctypes.c_void_p()
        lines = "".join(f"{name}: {value}\n" for name, value in (headers or {}).items())
        written = None if body is None else json.dumps(body)
        self._need(_request(self._handle, _bytes(method), _bytes(target), _bytes(lines), _bytes(written),
                            ctypes.byref(status), ctypes.byref(response)))
        try:
            return status.value, json.loads(ctypes.string_at(response.value))
        finally:
            _free(response)

    # What an application's HTTP requests cannot do: the accounts, and what a sync would save.

    def create_connection(self, provider_config_key, connection_id):
        self._need(_connection_create(self._handle, _bytes(provider_config_key), _bytes(connection_id)))

    def save(self, provider_config_key, connection_id, model, records, variant=None):
        scope = _Scope(*map(_bytes, (provider_config_key, connection_id, model, variant)))
        written = json.dumps(records).encode()
        self._need(_records_save(self._handle, ctypes.byref(scope), written, len(written), None))

    # The clock.

    def now(self):
        return EPOCH + timedelta(microseconds=_now(self._handle))

    def set_clock(self, time):
        """From now on the clock stands still, at this datetime with a time zone."""
        _clock_set(self._handle, (time - EPOCH) // MICROSECOND)

    def advance_clock(self, **by):
        """advance_clock(hours=1)"""
        _clock_advance(self._handle, timedelta(**by) // MICROSECOND)
