# Makefile of nangolite: `make help` says what it can do. Everything that it builds goes to $(B).
#
# The commands that compile:         make V=1
# Another SQLite than the system's:  make test SQLITE_CFLAGS=-I/opt/sqlite/include SQLITE_LIBS="-L/opt/sqlite/lib -lsqlite3"
# One compiled here:                 make test SQLITE_SOURCE=/path/to/sqlite3.c SQLITE_DEFINES=-DSQLITE_THREADSAFE=0

B = build
CFLAGS = -O2 -g
STRICT = -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
SQLITE_CFLAGS =
SQLITE_LIBS = -lsqlite3
SQLITE_DEFINES =
CMOCKA_LIBS = -lcmocka

ifneq ($(SQLITE_SOURCE),)
SQLITE_CFLAGS = -I$(dir $(SQLITE_SOURCE))
SQLITE_OBJECT = $(B)/sqlite3.o
SQLITE_LIBS = $(SQLITE_OBJECT) -lm -lpthread -ldl
endif

# What compiles is silent, unless V=1.
Q = $(if $(V),,@)

COMPILE = $(CC) $(STRICT) $(CFLAGS) $(SQLITE_CFLAGS) -I.
LINK = $(CC) $(CFLAGS) $(LDFLAGS)
DEPENDENCIES = -MMD -MP

TESTS = $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/test_*.c tests/white_*.c))
SHELL_TESTS = $(wildcard tests/*.sh)
ifneq ($(TEST),)
TESTS := $(shell tests/select '$(TEST)' $(B) .c)
SHELL_TESTS := $(shell tests/select '$(TEST)' $(B) .sh)
endif
FUZZERS = $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
TOOL = $(patsubst tools/%.c,$(B)/tools/%.o,$(wildcard tools/*.c))
EXAMPLES = $(patsubst examples/%.c,$(B)/examples/%,$(wildcard examples/*.c))
HARNESS = $(B)/tests/harness.o $(B)/tests/plain.o
BENCH = $(patsubst tests/bench/%.c,$(B)/bench/%.o,$(wildcard tests/bench/*.c))
OTHERS = $(patsubst tests/bench/%.c,$(B)/bench/%.o,$(wildcard tests/bench/others/*.c))
OBJECTS = $(B)/nangolite.o $(HARNESS) $(TESTS:=.o) $(B)/tests/scale.o $(EXAMPLES:=.o) $(TOOL) $(B)/bench/nangolite.o $(BENCH) $(OTHERS)

# Shell tests and scripts see the same compiler and the same SQLite.
export B CC CFLAGS SQLITE_CFLAGS SQLITE_LIBS SQLITE_SOURCE SQLITE_DEFINES TEST INSTALL

.PHONY: all test suite programs check demo bench bench-others bench-check client-test node node-test scale fuzz docs demo-picture format clean help FORCE
.DELETE_ON_ERROR:
.SECONDARY:

all:
	@INSTALL=0 tests/needs library
	@$(MAKE) --no-print-directory libraries $(B)/nangolite
	@echo '$(B)/libnangolite.a, $(B)/$(SHARED), $(B)/nangolite.o, $(B)/nangolite'

help:
	@echo 'make              $(B)/libnangolite.a, the shared library, $(B)/nangolite.o, and the command line $(B)/nangolite'
	@echo 'make install      the libraries, the headers, what pkg-config and CMake want to know, and the command line'
	@echo '                  with its manual page (PREFIX=$(PREFIX), BINDIR, LIBDIR, INCLUDEDIR, MANDIR, DATADIR, DESTDIR;'
	@echo '                  make uninstall removes them)'
	@echo 'make all-in-one   $(B)/all-in-one/nangolite.c with SQLite in it (SQLITE_SOURCE=path/to/sqlite3.c)'
	@echo 'make extension    $(B)/$(EXTENSION), for the load_extension of SQLite (make install takes it along)'
	@echo 'make demo         the main job, worth looking at in a terminal'
	@echo 'make test         all tests (TEST=pattern: those whose names match, see tests/README.md)'
	@echo 'make check        the same under sanitizers, valgrind, other compilers and other SQLites'
	@echo 'make cross        the same for Windows, 32 bits, big-endian, musl, ARM, with wine and qemu (CROSS="i686 tcc")'
	@echo 'make bench        the speed of each kind of work, against SQLite code written by hand'
	@echo '                  (BENCH_FULL=1: also the rows that take minutes; QUICK=1: fewer records;'
	@echo '                  BENCH_ONLY=saving,small; BENCH_DIR=where; BENCH_SVG=picture.svg; BENCH_FILE=records.json;'
	@echo '                  BENCH_GROWTH=10000000; BENCH_CACHE_KB=16384)'
	@echo 'make bench-others the same work by LMDB, LevelDB, PouchDB and better-sqlite3 (BENCH_RECORDS=100000)'
	@echo 'make bench-check  the instructions of a few fixed jobs, against the numbers kept here (ACCEPT=1: keep these)'
	@echo 'make client-test  the in-process requests, asked by a client of the HTTP API'
	@echo 'make node         the npm package, $(B)/node/nangolite-VERSION.tgz (clang compiles it to WebAssembly)'
	@echo 'make node-test    its tests, with the package installed as a project does it'
	@echo 'make docs         the reference of all functions, $(B)/docs/reference.md, from the comments of nangolite.h'
	@echo 'make dist         a release, in $(B)/dist: the pair, the sources, the npm package, checksums (CHECKS=0: untried)'
	@echo 'make scale        a million records removed, 100,000 schedules (TEST_SCALE=10: a tenth of that)'
	@echo 'make fuzz         random input for a while'
	@echo 'make torture      failing memory and disks, damaged files, random histories: at full length, which takes hours'
	@echo '                  (TORTURE=short: some minutes of it; TORTURE_DAMAGE=100000 TORTURE_MODEL=1000 TORTURE_SEED=1)'
	@echo 'make format       lays out src/, tools/ and tests/ as .clang-format says'
	@echo 'make clean        removes $(B)'
	@echo
	@echo 'On Debian these install with apt-get what they need, and say so before (INSTALL=0: they only say it).'
	@echo 'V=1 shows the commands that compile.'

# ---- the pair ----------------------------------------------------------------------------------------------

nangolite.c nangolite.h: $(B)/amalgamated ;

$(B)/amalgamated: amalgamate.sh LICENSE $(wildcard src/*.h src/*/*.c src/*/*.h)
	@mkdir -p $(B)
	$(Q)./amalgamate.sh
	@touch $@

# ---- compiling ---------------------------------------------------------------------------------------------

# Changes when the flags change, so that everything is compiled again with the same ones.
$(B)/flags: FORCE
	@mkdir -p $(B)/tests $(B)/tools $(B)/examples $(B)/bench
	@echo '$(COMPILE) $(LDFLAGS) $(SQLITE_SOURCE) $(SQLITE_DEFINES)' | cmp -s - $@ \
	  || echo '$(COMPILE) $(LDFLAGS) $(SQLITE_SOURCE) $(SQLITE_DEFINES)' > $@

$(B)/nangolite.o: nangolite.c nangolite.h $(B)/flags
	$(Q)$(COMPILE) $(DEPENDENCIES) -c nangolite.c -o $@

$(B)/sqlite3.o: $(SQLITE_SOURCE) $(B)/flags
	$(Q)$(CC) $(CFLAGS) $(SQLITE_DEFINES) -c $(SQLITE_SOURCE) -o $@

# Tests are compiled without optimisation, because they are compiled more often than they are run; the library that they
# are linked with has it. A white-box test includes the library and uses few of its functions: the public ones are static
# there, and -Og leaves out what is not called, which takes a third of the time.
$(B)/tests/white_%.o: tests/white_%.c nangolite.c nangolite.h $(B)/flags
	$(Q)$(COMPILE) -Og -DNANGOLITE_API=static -Wno-unused-function $(DEPENDENCIES) -c $< -o $@

$(B)/tests/%.o: tests/%.c nangolite.h $(B)/flags
	$(Q)$(COMPILE) -O0 $(DEPENDENCIES) -c $< -o $@

$(B)/examples/%.o: examples/%.c nangolite.h $(B)/flags
	$(Q)$(COMPILE) $(DEPENDENCIES) -c $< -o $@

$(B)/tools/%.o: tools/%.c nangolite.h $(B)/flags
	$(Q)$(COMPILE) $(DEPENDENCIES) -c $< -o $@

$(B)/nangolite: $(TOOL) $(B)/nangolite.o $(SQLITE_OBJECT)
	$(Q)$(LINK) $(TOOL) $(B)/nangolite.o $(SQLITE_LIBS) -o $@

$(B)/tests/white_%: $(B)/tests/white_%.o $(B)/tests/plain.o $(SQLITE_OBJECT)
	$(Q)$(LINK) $< $(B)/tests/plain.o $(CMOCKA_LIBS) $(SQLITE_LIBS) -o $@

$(B)/tests/test_%: $(B)/tests/test_%.o $(HARNESS) $(B)/nangolite.o $(SQLITE_OBJECT)
	$(Q)$(LINK) $< $(HARNESS) $(B)/nangolite.o $(CMOCKA_LIBS) $(SQLITE_LIBS) -lpthread -o $@

$(B)/tests/scale: $(B)/tests/scale.o $(HARNESS) $(B)/nangolite.o $(SQLITE_OBJECT)
	$(Q)$(LINK) $^ $(CMOCKA_LIBS) $(SQLITE_LIBS) -lpthread -o $@

$(B)/examples/%: $(B)/examples/%.o $(B)/nangolite.o $(SQLITE_OBJECT)
	$(Q)$(LINK) $< $(B)/nangolite.o $(SQLITE_LIBS) -lpthread -o $@

# What is measured is always compiled in the same way, whatever CFLAGS are.
BENCH_COMPILE = $(CC) $(STRICT) -O2 -g $(SQLITE_CFLAGS) -I. '-DBENCH_COMPILER="$(shell $(CC) --version | head -n 1)"'

$(B)/bench/nangolite.o: nangolite.c nangolite.h $(B)/flags
	$(Q)$(BENCH_COMPILE) $(DEPENDENCIES) -c nangolite.c -o $@

$(B)/bench/%.o: tests/bench/%.c nangolite.h $(B)/flags
	$(Q)$(BENCH_COMPILE) $(DEPENDENCIES) -c $< -o $@

$(B)/bench/bench: $(filter-out %/counted.o,$(BENCH)) $(B)/bench/nangolite.o $(SQLITE_OBJECT)
	$(Q)$(CC) $^ $(SQLITE_LIBS) -lpthread -o $@

$(B)/bench/counted: $(filter-out %/bench.o %/baseline.o %/baseline_hash.o $(B)/bench/rows_%,$(BENCH)) $(B)/bench/nangolite.o $(SQLITE_OBJECT)
	$(Q)$(CC) $^ $(SQLITE_LIBS) -lpthread -o $@

$(B)/bench/others/%.o: tests/bench/others/%.c nangolite.h $(B)/flags
	@mkdir -p $(B)/bench/others
	$(Q)$(BENCH_COMPILE) $(DEPENDENCIES) -c $< -o $@

$(B)/bench/others/others: $(OTHERS) $(addprefix $(B)/bench/,records.o harness.o report.o counting.o baseline.o library.o) \
    $(B)/bench/nangolite.o $(SQLITE_OBJECT)
	$(Q)$(CC) $^ $(SQLITE_LIBS) -llmdb -lleveldb -lpthread -o $@

# The one example that needs more than SQLite.
$(B)/examples/postgres: examples/postgres/postgres.c $(B)/nangolite.o nangolite.h $(B)/flags
	$(Q)$(COMPILE) -D_POSIX_C_SOURCE=200809L -I$(shell pg_config --includedir) -c $< -o $@.o
	$(Q)$(LINK) $@.o $(B)/nangolite.o $(SQLITE_LIBS) -L$(shell pg_config --libdir) -lpq -lpthread -o $@

$(B)/fuzz/%: tests/fuzz/%.c nangolite.c nangolite.h
	@mkdir -p $(B)/fuzz
	$(Q)clang $(STRICT) -Wno-unused-function -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	  $(SQLITE_CFLAGS) -I. $< $(SQLITE_LIBS) -o $@

-include $(OBJECTS:.o=.d)

# ---- the libraries, and installing them --------------------------------------------------------------------

.PHONY: libraries extension install uninstall all-in-one

PREFIX = /usr/local
INCLUDEDIR = $(PREFIX)/include
LIBDIR = $(PREFIX)/lib
BINDIR = $(PREFIX)/bin
DATADIR = $(PREFIX)/share
MANDIR = $(DATADIR)/man
DESTDIR =
VERSION = $(shell sed -n 's/^.define NANGOLITE_VERSION "\(.*\)"$$/\1/p' src/nangolite.h)

# Before 1.0.0 a minor version may change the interface, and then is another library to the system's linker.
SOVERSION = $(shell echo '$(VERSION)' | awk -F. '{ print $$1 ($$1 == 0 ? "." $$2 : "") }')

ifeq ($(shell uname -s),Darwin)
SHARED = libnangolite.$(VERSION).dylib
SONAME = libnangolite.$(SOVERSION).dylib
SHARED_LINK = libnangolite.dylib
SHARED_FLAGS = -dynamiclib -Wl,-install_name,$(LIBDIR)/$(SONAME)
EXTENSION = nangolite.dylib
EXTENSION_FLAGS = -dynamiclib -Wl,-exported_symbol,_sqlite3_nangolite_init
else
SHARED = libnangolite.so.$(VERSION)
SONAME = libnangolite.so.$(SOVERSION)
SHARED_LINK = libnangolite.so
SHARED_FLAGS = -shared -Wl,-soname,$(SONAME) -Wl,--version-script=$(B)/nangolite.map -Wl,-z,defs
EXTENSION = nangolite.so
EXTENSION_FLAGS = -shared -Wl,--version-script=$(B)/extension.map -Wl,-z,defs
endif
SHARED_OBJECTS = $(B)/nangolite.pic.o $(SQLITE_OBJECT:.o=.pic.o)
SHARED_LIBS = $(filter-out %.o,$(SQLITE_LIBS))

libraries: $(B)/libnangolite.a $(B)/$(SHARED)

$(B)/libnangolite.a: $(B)/nangolite.o $(SQLITE_OBJECT)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(B)/nangolite.pic.o: nangolite.c nangolite.h $(B)/flags
	$(Q)$(COMPILE) -fPIC $(DEPENDENCIES) -c nangolite.c -o $@

$(B)/sqlite3.pic.o: $(SQLITE_SOURCE) $(B)/flags
	$(Q)$(CC) $(CFLAGS) -fPIC $(SQLITE_DEFINES) -c $(SQLITE_SOURCE) -o $@

# What the shared library exports: the functions that the header declares.
$(B)/nangolite.map: nangolite.h Makefile
	@{ echo '{ global:'; sed -n 's/^NANGOLITE_API .*[ *]\(nangolite_[a-z0-9_]*\)(.*/  \1;/p' nangolite.h; \
	  echo 'local: *; };'; } > $@

$(B)/$(SHARED): $(SHARED_OBJECTS) $(B)/nangolite.map
	$(Q)$(LINK) $(SHARED_FLAGS) $(SHARED_OBJECTS) $(SHARED_LIBS) -o $@

# An extension exports its entry only: a program that loads it may have the library already. SQLite is that program's.
$(B)/$(EXTENSION): nangolite.c nangolite.h Makefile $(B)/flags
	@echo '{ global: sqlite3_nangolite_init; local: *; };' > $(B)/extension.map
	$(Q)$(COMPILE) -DNANGOLITE_EXTENSION -fPIC $(LDFLAGS) $(EXTENSION_FLAGS) nangolite.c -o $@

extension: $(B)/$(EXTENSION)
	@echo '$(B)/$(EXTENSION)'

# What links the static library statically needs this besides.
PC_NEEDS = $(if $(filter-out -lsqlite3,$(SQLITE_LIBS)),Libs.private: $(SHARED_LIBS),Requires.private: sqlite3)
FILL_IN = sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' \
  -e 's|@VERSION@|$(VERSION)|' -e 's|@SOVERSION@|$(SOVERSION)|' -e 's|@NEEDS@|$(PC_NEEDS)|'
INSTALLED = $(INCLUDEDIR)/nangolite.h $(INCLUDEDIR)/nangolite.hpp $(LIBDIR)/libnangolite.a $(LIBDIR)/$(SHARED) \
  $(LIBDIR)/$(SONAME) $(LIBDIR)/$(SHARED_LINK) $(LIBDIR)/$(EXTENSION) $(LIBDIR)/pkgconfig/nangolite.pc \
  $(LIBDIR)/cmake/nangolite/nangolite-config.cmake $(LIBDIR)/cmake/nangolite/nangolite-config-version.cmake \
  $(BINDIR)/nangolite $(MANDIR)/man1/nangolite.1 $(COMPLETIONS)
# Where bash, zsh and fish look for what completes a command line.
COMPLETIONS = $(DATADIR)/bash-completion/completions/nangolite $(DATADIR)/zsh/site-functions/_nangolite \
  $(DATADIR)/fish/vendor_completions.d/nangolite.fish

install: all
	@install -d '$(DESTDIR)$(INCLUDEDIR)' '$(DESTDIR)$(LIBDIR)/pkgconfig' '$(DESTDIR)$(LIBDIR)/cmake/nangolite'
	@install -m 644 nangolite.h bindings/cpp/nangolite.hpp '$(DESTDIR)$(INCLUDEDIR)'
	@install -m 644 $(B)/libnangolite.a '$(DESTDIR)$(LIBDIR)'
	@install -m 755 $(B)/$(SHARED) '$(DESTDIR)$(LIBDIR)'
	@[ ! -f $(B)/$(EXTENSION) ] || install -m 755 $(B)/$(EXTENSION) '$(DESTDIR)$(LIBDIR)'
	@ln -sf $(SHARED) '$(DESTDIR)$(LIBDIR)/$(SONAME)'
	@ln -sf $(SONAME) '$(DESTDIR)$(LIBDIR)/$(SHARED_LINK)'
	@$(FILL_IN) cmake/nangolite.pc.in > '$(DESTDIR)$(LIBDIR)/pkgconfig/nangolite.pc'
	@install -m 644 cmake/nangolite-config.cmake '$(DESTDIR)$(LIBDIR)/cmake/nangolite'
	@$(FILL_IN) cmake/nangolite-config-version.cmake.in \
	  > '$(DESTDIR)$(LIBDIR)/cmake/nangolite/nangolite-config-version.cmake'
	@install -d '$(DESTDIR)$(BINDIR)' '$(DESTDIR)$(MANDIR)/man1' $(foreach file,$(COMPLETIONS),'$(DESTDIR)$(dir $(file))')
	@install -m 755 $(B)/nangolite '$(DESTDIR)$(BINDIR)'
	@install -m 644 tools/nangolite.1 '$(DESTDIR)$(MANDIR)/man1'
	@for file in $(foreach file,$(COMPLETIONS),'$(DESTDIR)$(file)'); do \
	  install -m 644 "tools/completion/$${file##*/}" "$$file"; done
	@echo 'nangolite $(VERSION) is in $(DESTDIR)$(PREFIX).'

uninstall:
	@rm -f $(foreach file,$(INSTALLED),'$(DESTDIR)$(file)')
	@rmdir '$(DESTDIR)$(LIBDIR)/cmake/nangolite' 2>/dev/null || true

all-in-one: nangolite.c
	@[ -n '$(SQLITE_SOURCE)' ] || { echo 'usage: make all-in-one SQLITE_SOURCE=path/to/sqlite3.c' >&2; exit 2; }
	@./amalgamate.sh -s '$(SQLITE_SOURCE)' -o $(B)/all-in-one
	@echo '$(B)/all-in-one/nangolite.c, $(B)/all-in-one/nangolite.h'

# ---- running -----------------------------------------------------------------------------------------------

# What the tests in Python load. It has no flags of the other tests: a program without a sanitizer cannot load a library with
# one. It takes the system's SQLite, because objects of an own one cannot be linked into it.
PYTHON_LIBRARY = $(if $(filter %.o,$(SQLITE_LIBS)),,$(if $(filter tests/python.sh tests/docs.sh,$(SHELL_TESTS)),$(B)/python/libnangolite.so))

$(B)/python/libnangolite.so: nangolite.c nangolite.h $(B)/flags
	@mkdir -p $(B)/python
	$(Q)$(CC) -std=c11 -fPIC -O1 $(SQLITE_CFLAGS) -c nangolite.c -o $(B)/python/nangolite.o
	$(Q)$(CC) -shared $(B)/python/nangolite.o $(SQLITE_LIBS) -o $@

programs: $(B)/nangolite.o $(B)/nangolite $(HARNESS) $(TESTS) $(EXAMPLES) $(PYTHON_LIBRARY)

suite:
	@echo 'Compiling the tests ...'
	@$(MAKE) --no-print-directory -j2 programs
	@tests/run -o $(B)/log $(SHELL_TESTS) $(TESTS)

test:
	@tests/needs test
	@$(MAKE) --no-print-directory suite

check:
	@tests/needs check
	@MAKE='$(MAKE)' tests/check

# The databases go to BENCH_DIR.
BENCH_DIR = $(B)/bench
BENCH_SVG = $(B)/bench.svg
BENCH_OPTIONS = $(if $(BENCH_FULL),-a) $(if $(QUICK),-q) $(if $(BENCH_ONLY),-s $(BENCH_ONLY)) \
  $(if $(BENCH_FILE),-f '$(BENCH_FILE)') $(if $(BENCH_GROWTH),-g $(BENCH_GROWTH)) \
  $(if $(BENCH_CACHE_KB),-c $(BENCH_CACHE_KB))

bench:
	@tests/needs bench
	@$(MAKE) --no-print-directory -s $(B)/bench/bench
	@$(B)/bench/bench -d '$(BENCH_DIR)' -l $(B)/bench/nangolite.o $(BENCH_OPTIONS) $(B)/bench.json
	@tests/bench/draw $(B)/bench.json > $(BENCH_SVG)
	@echo '$(B)/bench.json, $(BENCH_SVG)'

# The same jobs by other stores than SQLite, and from JavaScript.
BENCH_RECORDS = 100000

bench-others:
	@tests/needs bench-others
	@$(MAKE) --no-print-directory -s $(B)/bench/others/others
	@tests/bench/others/run $(B)/bench/others $(BENCH_RECORDS)

client-test:
	@tests/needs client-test
	@tests/client/run $(B)/client

node:
	@tests/needs node
	@bindings/node/pack '$(B)/node'

node-test:
	@tests/needs node-test
	@bindings/node/pack '$(B)/node'
	@bindings/node/test/run '$(B)/node'

bench-check:
	@tests/needs bench-check
	@$(MAKE) --no-print-directory -s $(B)/bench/counted
	@tests/bench/check $(B)/bench/counted $(ACCEPT)

ifneq ($(wildcard examples/demo.c),)
demo:
	@tests/needs demo
	@$(MAKE) --no-print-directory -s $(B)/examples/demo
	@$(B)/examples/demo
endif

scale:
	@tests/needs test
	@$(MAKE) --no-print-directory -s $(B)/tests/scale
	@CMOCKA_MESSAGE_OUTPUT=TAP $(B)/tests/scale

.PHONY: cross
CROSS =

cross:
	@tests/needs cross
	@MAKE='$(MAKE)' tests/cross/run $(CROSS)

# ---- at full length ----------------------------------------------------------------------------------------

$(B)/torture/damage: tests/torture/damage.c nangolite.c nangolite.h
	@mkdir -p $(B)/torture
	$(Q)$(COMPILE) -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all \
	  tests/torture/damage.c nangolite.c $(SQLITE_LIBS) -lpthread -o $@

.PHONY: torture
torture: programs $(B)/torture/damage
	@tests/torture/run

# The inputs that they find interesting stay in $(B)/fuzz/NAME.found, and the next time they start from those.
FUZZ_SECONDS = 60

fuzz:
	@tests/needs fuzz
	@$(MAKE) --no-print-directory -s $(FUZZERS)
	@for fuzzer in $(FUZZERS); do \
	  echo "== $$fuzzer, $(FUZZ_SECONDS) s"; \
	  mkdir -p $$fuzzer.found; \
	  $$fuzzer -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=$$fuzzer. -print_final_stats=1 $$fuzzer.found \
	    $$(ls -d tests/fuzz/corpus/$${fuzzer##*/fuzz_} 2>/dev/null) >$$fuzzer.log 2>&1 || { tail -n 100 $$fuzzer.log; exit 1; }; \
	  sed -n 's/^stat::number_of_executed_units: */inputs: /p' $$fuzzer.log; \
	done

# Tables that clang-format would spoil stand between clang-format off and on.
docs: $(B)/docs/reference.md

$(B)/docs/reference.md: docs/reference.awk nangolite.h
	@mkdir -p $(B)/docs
	$(Q)awk -f docs/reference.awk nangolite.h | cat -s > $@
	@echo '$@'

# The middle of the demo's first table is left out.
demo-picture: $(B)/examples/demo
	COLUMNS=80 script -qc '$(B)/examples/demo' /dev/null | sed -e '10,33{10!d;s/.*/   .../;}' | python3 docs/picture.py 'make demo' > $(B)/demo.svg
	cp $(B)/demo.svg docs/demo.svg

.PHONY: dist
CHECKS = 1
NPM = 1

dist:
	@[ '$(NPM)' = 0 ] || tests/needs node
	@MAKE='$(MAKE)' CHECKS='$(CHECKS)' NPM='$(NPM)' B='$(B)' .ci/dist '$(B)/dist'

format:
	@clang-format -i src/*.h src/*/*.[ch] tools/*.[ch] tests/*.[ch] tests/*/*.[ch]

clean:
	rm -rf $(B)
