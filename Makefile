# SPDX-License-Identifier: BSD-2-Clause
# For makes other than GNU make (bmake, FreeBSD): hands every target over to GNU make, which
# reads GNUmakefile, and which is installed first where it is missing.
GMAKE != command -v gmake || { make --version 2>/dev/null | grep -q GNU && echo make; } || echo none

.MAIN: all

all demo check check-built unit asan peers soak fuzz bench install clean: .PHONY
.if ${GMAKE} == "none"
	@echo "installing: gmake"
	@if [ `id -u` = 0 ]; then pkg install -y gmake; else sudo pkg install -y gmake; fi
	@gmake ${.TARGET} ${.MAKEFLAGS:M*=*}
.else
	@${GMAKE} ${.TARGET} ${.MAKEFLAGS:M*=*}
.endif
