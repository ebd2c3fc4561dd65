# SPDX-License-Identifier: GPL-2.0-only
#
# $(call drop-directories,DIRECTORY...), for a recipe: removes those that "uninstall" has
# left empty. Below DESTDIR that is all of them. On a system what stands right below
# PREFIX stays, and so do those of manual pages and what is not below PREFIX: others have
# those, too.

rmdir := rmdir -p --ignore-fail-on-non-empty

ours = $(patsubst $(PREFIX)/%,%,$(filter-out $(PREFIX)/share/man/%,$(filter $(PREFIX)/%,$1)))
first = $(firstword $(subst /, ,$1))
drop-ours = $(if $(findstring /,$1),cd $(PREFIX)/$(first) && $(rmdir) $(patsubst $(first)/%,%,$1);)

# Some may never have been there
drop-directories = @{ $(if $(DESTDIR),cd $(DESTDIR) && $(rmdir) $(patsubst /%,%,$1);,\
	$(foreach d,$(call ours,$1),$(call drop-ours,$d))) } 2>/dev/null || :
