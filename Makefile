# SPDX-License-Identifier: BSD-2-Clause
# One Makefile for GNU make; with bmake, BSDmakefile hands over to gmake.
# Variants live in build/NAME: make VARIANT=asan, make CC=clang VARIANT=clang.

VERSION  = 0.1.0
VARIANT ?= release
B       ?= build/$(VARIANT)
PREFIX  ?= /usr/local
CC      ?= cc
PKG     ?= pkg-config
DIRS     = base flow archive capture verify replay

PACKAGES = libpcap libarchive libcrypto libzstd jansson
WARN     = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
           -Wmissing-prototypes -Wcast-qual -Wwrite-strings -Wvla
OPT_release = -O2 -g
OPT_clang   = -O2 -g
OPT_asan    = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
OPT     ?= $(or $(OPT_$(VARIANT)),-O2 -g)
CFLAGS  ?= $(OPT)
WERROR  ?=
ALL_CFLAGS  = -std=c17 -D_GNU_SOURCE $(WARN) $(WERROR) $(CFLAGS) -I. $(shell $(PKG) --cflags $(PACKAGES))
ALL_LDFLAGS = $(if $(findstring fsanitize,$(CFLAGS)),$(filter -fsanitize%,$(CFLAGS))) $(LDFLAGS)
LIBS     = $(shell $(PKG) --libs $(PACKAGES)) -lpthread -lm
Q        = $(if $(V),,@)

SRC  := $(foreach d,$(DIRS),$(wildcard $(d)/*.c))
OBJ  := $(SRC:%.c=$(B)/%.o)
LIB  := $(B)/libnfseal.a
TESTS_C := $(filter tests/%,$(foreach d,$(DIRS),$(wildcard tests/$(d)/test_*.c)))
TESTS   := $(TESTS_C:%.c=$(B)/%)

all: $(B)/nfseal

$(B)/nfseal: $(B)/nfseal.o $(LIB)
	$(if $(V),,@echo "  LD    $@")
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(B)/nfseal.o $(LIB) $(LIBS)

$(LIB): $(OBJ)
	$(Q)rm -f $@; ar rcs $@ $(OBJ)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC    $<")
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/tests/%: tests/%.c $(LIB)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  TEST  $@")
	$(Q)$(CC) $(ALL_CFLAGS) -Itests $(ALL_LDFLAGS) -MMD -MP -o $@ $< $(LIB) $(LIBS) -lcmocka

tests: $(TESTS)

unit: $(TESTS)
	$(Q)for t in $(TESTS); do $$t || exit 1; done

clean:
	rm -rf build

-include $(OBJ:.o=.d) $(TESTS:=.d) $(B)/nfseal.d
.PHONY: all tests unit clean
