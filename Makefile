# make            builds build/qonduit
# make help       says what else there is
#
# BUILD=dir, CC, CFLAGS, LDFLAGS, SANITIZE=address,undefined may be given; V=1 shows the commands.

ifeq ($(origin CC),default)
CC       := gcc
endif
Q        := $(if $(V),,@)
BUILD    ?= build
PREFIX   ?= /usr/local
OPTIMIZE ?= -O2
# Debian's, which has Debian's modules, before another one in the path.
PYTHON   ?= $(firstword $(wildcard /usr/bin/python3) python3)
VERSION  := 0.1.0

# As many jobs as cores, unless a -j is given.
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc) --no-print-directory
endif

PACKAGES := libcjson libcurl libcrypto libmicrohttpd libpcre2-8 libutf8proc sqlite3 uchardet gumbo libisal zlib expat xlsxwriter

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla -Wformat=2 \
            -Wundef -Wno-unused-parameter $(WERROR)
HARDEN   := -fPIE -fstack-protector-strong -fstack-clash-protection -D_FORTIFY_SOURCE=2
HARDEN_LD := -pie -Wl,-z,relro,-z,now,-z,noexecstack

ifdef SANITIZE
HARDEN   := -fno-omit-frame-pointer -fsanitize=$(SANITIZE) -fno-sanitize-recover=all
HARDEN_LD := -fsanitize=$(SANITIZE)
OPTIMIZE := -O1
endif

# Asked once, at the first use: pkg-config may not be there yet when this file is read.
PACKAGE_CFLAGS = $(eval PACKAGE_CFLAGS := $$(shell pkg-config --cflags $(PACKAGES)))$(PACKAGE_CFLAGS)
PACKAGE_LIBS   = $(eval PACKAGE_LIBS := $$(shell pkg-config --libs $(PACKAGES)))$(PACKAGE_LIBS)
ALL_CFLAGS  = -std=gnu11 -D_GNU_SOURCE -DQONDUIT_VERSION='"$(VERSION)"' -g $(OPTIMIZE) $(WARNINGS) $(HARDEN) -Iinclude \
              $(PACKAGE_CFLAGS) $(CFLAGS)
ALL_LIBS    = $(PACKAGE_LIBS) -lcsv -lm -lpthread

SOURCES  := $(sort $(wildcard src/*/*.c))
OBJECTS  := $(SOURCES:%.c=$(BUILD)/%.o) $(BUILD)/shipped.o
LIBRARY  := $(filter-out $(BUILD)/src/cli/main.o,$(OBJECTS))
UNITS    := $(sort $(wildcard tests/unit/*.c tests/unit/*/*.c))
UNIT_OBJECTS := $(UNITS:%.c=$(BUILD)/%.o)
DRIVERS  := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/oracle/*_driver.c)))
# Mappings, their tables, the contracts and the scripts for shells are part of the program.
SHIPPED  := $(sort $(wildcard mappings/*.json mappings/*.csv mappings/contracts/*.json mappings/systems/*.json \
              src/cli/completion.*sh))

.PHONY: all
all: $(BUILD)/qonduit ## builds build/qonduit

$(BUILD)/qonduit: $(OBJECTS)
	@echo "  link    $@"
	$(Q)$(CC) $(OPTIMIZE) $(HARDEN_LD) $(LDFLAGS) -o $@ $^ $(ALL_LIBS)

$(BUILD)/unit: $(UNIT_OBJECTS) $(LIBRARY)
	@echo "  link    $@"
	$(Q)$(CC) $(OPTIMIZE) $(HARDEN_LD) $(LDFLAGS) -o $@ $^ $(ALL_LIBS) -lcunit

$(DRIVERS): %: %.o $(LIBRARY)
	@echo "  link    $@"
	$(Q)$(CC) $(OPTIMIZE) $(HARDEN_LD) $(LDFLAGS) -o $@ $^ $(ALL_LIBS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  compile $<"
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -Itests/unit -c -o $@ $<

$(BUILD)/shipped.S: $(SHIPPED) Makefile
	@mkdir -p $(@D)
	@{ echo '.section .rodata'; n=0; for f in $(SHIPPED); do n=$$((n+1)); \
	    echo "name$$n: .asciz \"$$f\""; echo "from$$n: .incbin \"$$f\""; echo "to$$n: .byte 0"; done; \
	  echo '.section .data.rel.ro,"aw"'; echo '.balign 8'; echo '.globl shipped_files'; echo 'shipped_files:'; \
	  i=0; while [ $$i -lt $$n ]; do i=$$((i+1)); echo ".quad name$$i, from$$i, to$$i"; done; \
	  echo '.quad 0, 0, 0'; echo '.section .note.GNU-stack,"",@progbits'; } > $@

$(BUILD)/shipped.o: $(BUILD)/shipped.S
	$(Q)$(CC) -c -o $@ $<

FUZZERS  := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/fuzz/*_fuzz.c)))
.PHONY: fuzzers
fuzzers: $(FUZZERS)

$(FUZZERS): %: %.o $(LIBRARY) $(BUILD)/tests/unit/format/xlsx_maker.o $(BUILD)/tests/unit/format/csv_show.o
	@echo "  link    $@"
	$(Q)$(CC) $(OPTIMIZE) -fsanitize=fuzzer,address,undefined $(LDFLAGS) -o $@ $^ $(ALL_LIBS)

# What the tests need: the program, the unit tests, the drivers of the oracles.
.PHONY: programs
programs: $(BUILD)/qonduit $(BUILD)/unit $(DRIVERS)

SANITIZED := BUILD=$(BUILD)-asan SANITIZE=address,undefined

.PHONY: test check asan tsan cover dist fuzz sweep layers lint format bench profile demo reference install clean help
test: ## installs what is missing (Debian), builds twice (plain, sanitized), runs every test
	@sh tests/setup.sh test
	@$(MAKE) check

check: ## the same, without installing anything
	@$(MAKE) programs WERROR=-Werror
	@$(MAKE) programs WERROR=-Werror $(SANITIZED)
	@$(PYTHON) tests/run.py $(BUILD) $(BUILD)-asan

asan: ## builds with ASan and UBSan and runs unit tests and golden cases
	@$(MAKE) programs WERROR=-Werror $(SANITIZED)
	@$(PYTHON) tests/run.py --only unit,golden $(BUILD)-asan

tsan: ## builds with ThreadSanitizer and runs what uses threads
	@$(MAKE) programs WERROR=-Werror BUILD=$(BUILD)-tsan SANITIZE=thread
	@for suite in pipeline relay summer scribe transform lines clerk; do $(BUILD)-tsan/unit $$suite || exit 1; done
	@TSAN_OPTIONS=intercept_memmem=0 $(PYTHON) tests/golden/run.py $(BUILD)-tsan/qonduit # whose memmem looks at the whole text each time
	@$(PYTHON) tests/cli/threads_test.py $(BUILD)-tsan/qonduit

# Threads may spoil a count, which gcovr is to pass over; a suite that is too slow when it counts shall not cost the report.
cover: ## which lines and branches unit tests and golden cases run, by file, in build-cover/coverage.txt; COVER=all for all tests
	@sh tests/setup.sh cover
	@$(MAKE) programs BUILD=$(BUILD)-cover OPTIMIZE="-O0 --coverage"
	@find $(BUILD)-cover -name '*.gcda' -delete
	-@$(PYTHON) tests/run.py $(if $(filter all,$(COVER)),,--only unit,golden) $(BUILD)-cover
	@gcovr --root . --filter src/ --object-directory $(BUILD)-cover --gcov-ignore-parse-errors --txt $(BUILD)-cover/coverage.txt \
	  --print-summary $(BUILD)-cover

dist: ## the last commit as build/qonduit-VERSION.tar.gz
	@mkdir -p $(BUILD)
	git archive --prefix=qonduit-$(VERSION)/ -o $(BUILD)/qonduit-$(VERSION).tar.gz HEAD

fuzz: ## a minute of libFuzzer (clang) for each target in tests/fuzz/; FUZZ_SECONDS=3600 for longer
	@sh tests/setup.sh lint
	@$(MAKE) fuzzers BUILD=$(BUILD)-fuzz CC=clang SANITIZE=fuzzer-no-link,address,undefined
	@$(PYTHON) tests/fuzz/run.py $(BUILD)-fuzz $(or $(FUZZ_SECONDS),60)

sweep: ## kills a delivery at every call, damages ledgers, fills disks, starts many at once; some minutes
	@sh tests/setup.sh test
	@$(MAKE) all
	@$(PYTHON) tests/sweep/run.py $(BUILD)

layers: ## fails on a breach of who may include whom
	@$(PYTHON) tests/layers.py

lint: ## clang with -Werror, cppcheck, clang-tidy
	@sh tests/setup.sh lint
	@$(MAKE) programs BUILD=$(BUILD)-clang CC=clang WERROR=-Werror
	cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,portability,performance --inline-suppr \
	  --suppress=missingIncludeSystem --suppress=internalAstError --suppress=legacyUninitvar --suppress=nullPointerArithmetic -D_GNU_SOURCE -DQONDUIT_VERSION='"$(VERSION)"' -Iinclude -Itests/unit -j $$(nproc) src
	printf '%s\n' $(SOURCES) | xargs -P $$(nproc) -I{} clang-tidy --quiet {} -- -std=gnu11 -D_GNU_SOURCE \
	  -DQONDUIT_VERSION='"$(VERSION)"' -Iinclude $(shell pkg-config --cflags $(PACKAGES))

format: ## clang-format over the lines that differ from the last commit
	git clang-format --extensions c,h HEAD

bench: ## speed and memory beside other programs, for CSV files, workbooks, JSON and deliveries
	@sh tests/setup.sh bench
	@$(MAKE) all
	@$(PYTHON) tests/bench/bench.py $(BUILD)

profile: ## where the time of a conversion goes, by function (perf); PROFILE_ROWS=1000000 for more
	@$(MAKE) all
	@PYTHON=$(PYTHON) sh tests/bench/profile.sh $(BUILD) $(PROFILE_ROWS)

demo: ## a catalog of 3,000 rows through the mapping into the sandbox, nothing leaves this machine
	@sh tests/setup.sh build
	@$(MAKE) all
	@sh samples/demo.sh $(BUILD)

reference: $(BUILD)/qonduit ## writes the table of steps into mappings/README.md, and mappings/contracts/REFERENCE.md
	$(Q)$(BUILD)/qonduit help steps > $(BUILD)/steps
	$(Q)sed -i -e '/<!-- steps -->/,/<!-- \/steps -->/ { /<!-- steps -->/ { r $(BUILD)/steps' -e 'p }; /<!-- \/steps -->/ p; d }' \
	  mappings/README.md
	$(Q)$(PYTHON) tests/reference.py $(BUILD)/qonduit > $(BUILD)/reference
	$(Q)cp $(BUILD)/reference mappings/contracts/REFERENCE.md

install: $(BUILD)/qonduit install-completions ## to PREFIX (/usr/local), below DESTDIR
	install -D -m 755 $< $(DESTDIR)$(PREFIX)/bin/qonduit

.PHONY: install-completions
install-completions:
	install -D -m 644 src/cli/completion.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/qonduit
	install -D -m 644 src/cli/completion.zsh $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_qonduit
	install -D -m 644 src/cli/completion.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/qonduit.fish

clean: ## removes what was built
	rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-clang $(BUILD)-fuzz $(BUILD)-tsan $(BUILD)-cover

help: ## says this
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 12

-include $(OBJECTS:.o=.d) $(UNIT_OBJECTS:.o=.d) $(DRIVERS:=.d) $(FUZZERS:=.d)
