#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# read_only.sh COMPILER ARGUMENT...: a launcher of compilers that makes them read: errors and warnings come, objects do not.
exec "$@" -fsyntax-only
