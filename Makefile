# SPDX-License-Identifier: GPL-2.0
#
# Commands of the whole project; "make help" lists them. Nothing is written to
# the source tree: what is built stands in $XDG_CACHE_HOME/pinscope.

vm := tests/vm
KDIR ?= /lib/modules/$(shell uname -r)/build
CORE ?= patched
KERNEL ?= debian
LIMIT ?= 600

.DEFAULT_GOAL := help

help: ## this list
	@echo "make TARGET, where TARGET is"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | \
		expand -t 18
	@echo "KERNEL=7.3: the guest has kernel, QEMU and libvirt of Debian's backports."
	@echo "KERNEL=debug or KERNEL=kcsan: the guest's kernel is one that finds bugs; it is"
	@echo "built first, once, in some 20 minutes. For check, vm, shell, demo, model, faults"
	@echo "and fuzz-kernel. PART=I/N of check is every N-th test there."
	@echo "KERNEL=/path/to/bzImage MODULES=/path/to/lib/modules/RELEASE: a kernel of yours,"
	@echo "6.12 or 7.3, with the tree it was built in as MODULES/build."
	@echo "IOMMUFD=1: the patched core of the guest has iommufd, which Debian's kernel has"
	@echo "not. For check, vm, shell, demo and bench. BACKEND=compat beside it: containers are"
	@echo "those that iommufd serves."
	@echo "T of check, live and list: names of tests or patterns, of both suites; SEED=N an"
	@echo "order of the tests, REPEAT=N all of them N times, CORE=stock (check with T, vm and"
	@echo "shell) the core without patches. What takes T elsewhere takes patterns, too."
	@echo "Results stay in ~/.cache/pinscope/results/latest."
	@echo "build, list, events, static, fuzz, promela, docs, deb, mails, modules, install,"
	@echo "uninstall, clean and distclean boot nothing, the others a virtual machine. No root"
	@echo "is needed, nothing is loaded here."

demo: host ## show in a table how the dirty scope narrows and widens
	@$(vm)/demo

demo-bare: host ## the same in a machine without any IOMMU
	@$(vm)/demo --machine bare

check: host ## run all suites; or T=... these tests, CORE=, SEED=, REPEAT=
	@$(vm)/check --core '$(CORE)' $(if $(T),--test '$(T)') \
		$(if $(PART),--part '$(PART)')

check-bare: host ## the conformance suite without any IOMMU; T=... these tests
	@$(vm)/check --machine bare $(if $(T),--test '$(T)')

live: host ## migrate VMs with QEMU, use mdevctl and libvirt; T=... some of it
	@$(if $(T),$(vm)/check --test '$(T)',$(vm)/live)

list: host ## names of all tests; T=... of these
	@$(vm)/list '$(T)'

expected: host ## bring tests/expected up to date; FRESH=1 runs all tests for that
	@$(vm)/expected

picture: host ## a picture of pages that get lost, into Documentation/images
	@$(vm)/picture

plot: host ## draw recorded migrations, into Documentation/images; FRESH=1 records anew
	@$(vm)/plot

check-series: host ## which tests each patch turns (long); T=NAME some, PART=2/4
	@$(vm)/check-series $(if $(PART),--part '$(PART)') $(foreach t,$(T),--test '$(t)')

model: host ## random steps compared with the rules; SEED= STEPS= SEEDS= REPLAY=FILE
	@tests/model/run $(if $(SEED),--seed $(SEED)) $(if $(STEPS),--steps $(STEPS)) \
		$(if $(REPLAY),--replay '$(REPLAY)') $(if $(THREADS),--threads $(THREADS)) \
		$(if $(SEEDS),--seeds $(SEEDS)) \
		$(if $(SELFTEST),--selftest)

prove: host ## what takes long, in parts; PART=NAME some, list or table, FORCE=1
	@tests/prove/prove $(if $(filter list table,$(PART)),--$(PART),\
		$(if $(FORCE),--force) $(foreach p,$(PART),'$(p)'))

promela: host ## search all that can happen in a model of the scope; T=NAME some
	@tests/promela/run $(foreach t,$(T),'$(t)')

faults: host ## have each call of the core and the drivers fail; T=NAME one sweep
	@tests/faults/run $(foreach t,$(T),--test '$(t)')

fuzz-kernel: host ## calls at random, for FUZZ_TIME=60 seconds; FUZZ_TARGET=streams those
	@tests/fuzz/run --seconds $(or $(FUZZ_TIME),60) --target $(or $(FUZZ_TARGET),ioctls) \
		$(if $(FUZZ_SEED),--seed $(FUZZ_SEED))

deb: host ## build Debian packages, and check them with lintian; prints where
	@userspace/packaging/build

check-packages: host ## install, use, upgrade and remove them; T=install, use or change
	@tests/packages/run $(T)

coverage: host ## lines of core and drivers that the tests run; T=... some tests
	@tests/coverage/run $(foreach t,$(T),--test '$(t)')

mutants: host ## have the tests find one-line mutants; PART=I/N, T=NAME some
	@tests/mutants/run $(if $(PART),--part '$(PART)') $(foreach t,$(T),--test '$(t)') \
		$(if $(FIND),--find '$(FIND)')

certify: host ## what "pinscope certify" says of devices good and bad; T=NAME some
	@tests/certify/run $(if $(filter command,$(origin CORE)),--core '$(CORE)') \
		$(foreach t,$(T),--test '$(t)')

selftests: host ## those for the kernel's own tree, on both cores; CORE= one of them
	@tests/selftests/run $(if $(filter command,$(origin CORE)),--core '$(CORE)')

mails: host ## each series as mails with cover letters, checked; T=fixes, 7.3, ...
	@tests/mails/run $(T)

bench: host ## what calls cost, in instructions; T=PART some, JSON=FILE, DOC=1, IOMMUFD=1
	@tests/bench/run $(if $(JSON),--json '$(JSON)') $(if $(DOC),--doc) $(T)

watch: host ## what shows the scope while it changes, on both cores; T=NAME some
	@tests/watch/run $(if $(T),'$(T)')

shell: host ## a shell in the guest, with everything loaded
	@stage=$$($(vm)/build) && $(vm)/boot --core '$(CORE)' \
		$(if $(SHARE),--share '$(SHARE)') "$$stage"

vm: host ## run CMD='...' in the guest; SHARE=DIR shows it as /mnt/share
	@[ -n "$$CMD" ] || { echo "make vm wants CMD='...', what to run; make shell" \
		"has a shell" >&2; exit 2; }
	@stage=$$($(vm)/build) && $(vm)/boot --core '$(CORE)' --limit '$(LIMIT)' \
		$(if $(CONSOLE),--console '$(CONSOLE)') \
		$(if $(SHARE),--share '$(SHARE)') "$$stage" "$$CMD"

build: host ## build modules and programs for the guest, boot nothing
	@$(vm)/build

events: ## make the tables of events in scope-rules.rst from tests/events.def
	@tests/static/events write

fuzz: host ## fuzz what reads text in user space, FUZZ_TIME=600 seconds
	@userspace/fuzz/run $(FUZZ_TIME)

static: host ## static checks: style, sparse, warnings, headers, scripts
	@tests/static/run

docs: ## these pages as HTML, with Sphinx; prints where
	@Documentation/build

install: ## command, library, callout, hook, pages; DESTDIR=, PREFIX=/usr/local
	@$(MAKE) --no-print-directory -C userspace install $(into)
	@if pkg-config --exists libxml-2.0; then \
		$(MAKE) --no-print-directory -C userspace/libvirt install $(into); \
	else \
		echo "The hook for libvirt is not installed: it takes libxml2-dev"; \
	fi

uninstall: ## remove what "make install" with the same words has installed
	@$(MAKE) --no-print-directory -C userspace uninstall $(into)
	@$(MAKE) --no-print-directory -C userspace/libvirt uninstall $(into)

modules: ## build the drivers for this machine (KDIR=headers of another kernel)
	$(MAKE) -C $(KDIR) M=$(CURDIR)/mdev modules

clean: ## remove what "make modules" left in mdev/
	$(MAKE) -C $(KDIR) M=$(CURDIR)/mdev clean

distclean: ## remove the cache, root file system included
	@$(vm)/distclean

host:
	@$(vm)/host-packages

# CALLOUTS=, LIBDIR= and the like get there by themselves; DESTDIR is seen from here
into = BUILDDIR=$(or $(PINSCOPE_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/pinscope)/install \
	$(if $(DESTDIR),DESTDIR=$(abspath $(DESTDIR)))

# Every script that boots reads it
PINSCOPE_KERNEL := $(KERNEL)
PINSCOPE_MODULES := $(MODULES)
PINSCOPE_SEED := $(SEED)
PINSCOPE_REPEAT := $(REPEAT)
PINSCOPE_IOMMUFD := $(IOMMUFD)
PINSCOPE_BACKEND := $(BACKEND)

export CMD FRESH PINSCOPE_KERNEL PINSCOPE_MODULES PINSCOPE_SEED PINSCOPE_REPEAT \
	PINSCOPE_IOMMUFD PINSCOPE_BACKEND

.PHONY: help demo demo-bare check check-bare live list expected plot picture \
	check-series model prove promela faults fuzz-kernel coverage mutants certify \
	selftests mails bench \
	shell vm build events static fuzz docs install uninstall modules deb \
	check-packages watch clean distclean host
