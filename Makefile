# SPDX-License-Identifier: Apache-2.0
# The front door. "make demo" and "make check" are all that a fresh Debian 12 machine needs: they install what they
# build with (tools/install-packages), build in build/, and run.
BUILD ?= build
MESON_FLAGS ?=

.PHONY: all packages demo page check check-page check-page-real bench-page check-interop check-release check-sanitizers bench bench-code bench-weigh bench-cluster fuzz format lint coverage install deb site clean help

all: $(BUILD)/build.ninja
	ninja -C $(BUILD)

help:
	@echo "make demo      replay the story of 2013-2014 on harmless bytes"
	@echo "make check     build and run every test"
	@echo "make page      build the page of hallmark serve with Node.js; the next make builds it into the program"
	@echo "make check-page    the page in a real browser: three languages, keyboard alone, naughty strings (Node.js, Chromium)"
	@echo "make check-page-real   the same story on hallmark serve itself (after make page and make)"
	@echo "make bench-page    how quick the page is there: longest task, address to still picture, frames of the graph"
	@echo "make check-interop  real TAXII clients and a real server, from PyPI"
	@echo "make check-release  the release rules at length: 10^6 decisions against the model, 10^4 sessions in two worlds"
	@echo "make bench     measure, and print the tables of docs/PERFORMANCE.md"
	@echo "make bench-code    functions of programs: found, found again, paired (CORPUS=folder: kept between runs)"
	@echo "make bench-cluster the store on PostgreSQL beside the one in a folder (INCIDENTS=number: 1,000)"
	@echo "make bench-weigh   weighing: how right, how easily fooled, what it costs (INCIDENTS=file.jsonl: see docs/WEIGHING.md)"
	@echo "make fuzz      a minute of fuzzing for every parser (FUZZ_SECONDS=60)"
	@echo "make check-sanitizers   the tests under ASan+UBSan and TSan, gcc and clang"
	@echo "make coverage  a coverage report in build-coverage/"
	@echo "make format    clang-format the tree;  make lint    static checks"
	@echo "make deb       Debian packages in build/deb (needs debhelper; lintian is asked where it is installed)"
	@echo "make site      the pages of docs/ as a static site in build/site, every link checked"
	@echo "make install   DESTDIR and PREFIX are respected"

packages:
	@tools/install-packages

$(BUILD)/build.ninja: | packages
	meson setup $(BUILD) $(MESON_FLAGS)

demo: packages all
	@examples/demo/run.sh $(BUILD)/src/cli/hallmark $(BUILD)/demo

check: packages all
	@tools/run-tests $(BUILD)

# Neither is needed for anything else: without the page hallmark serve has its API alone, and says so.
page:
	@tools/check-page build

check-page:
	@tools/check-page

check-page-real: all
	@tools/check-page real || [ $$? = 77 ]

bench-page:
	@tools/check-page bench

# From PyPI into build/interop; says so and ends well when that cannot be reached.
check-interop: packages all
	@tools/check-interop $(BUILD)/src/cli/hallmark $(BUILD)/interop || [ $$? = 77 ]

# CI runs the same with smaller numbers.
check-release: packages all
	meson test -C $(BUILD) --benchmark --suite model --verbose

check-sanitizers: packages
	@tools/run-sanitizers

bench: packages
	@bench/run.sh

bench-code: packages all
	@bench/code/run.sh $(BUILD) $(CORPUS)

bench-weigh: packages all
	@bench/weigh.sh $(BUILD) $(INCIDENTS)

bench-cluster: packages all
	@bench/cluster.sh $(BUILD) $(INCIDENTS)

fuzz: packages
	@tools/run-fuzz $(or $(FUZZ_SECONDS),60)

coverage: packages
	@tools/run-coverage

format:
	@git ls-files '*.c' '*.h' '*.cc' | xargs clang-format -i

lint: packages
	@tools/run-lint

install: all
	meson install -C $(BUILD) --no-rebuild

site:
	@tools/build-site $(BUILD)/site

deb: packages
	@tools/make-deb $(BUILD)/deb

clean:
	rm -rf build build-*
