#!/usr/bin/env bash
# Makes the empty shared libraries in src/main/resources/impasto/condition/stand-ins/linux-x86_64.
# The JavaCPP preset of OpenCV's video module asks the loader for GTK 2, with which OpenCV would open windows. Nobody opens one:
# a library without content under the right name is enough on a server that has none.
# Usage: operators/src/main/native/make-stand-ins.sh      (needs gcc; the result is committed)
set -euo pipefail
cd "$(dirname "$0")/../resources/impasto/condition/stand-ins/linux-x86_64"
for library in libglib-2.0.so.0 libgobject-2.0.so.0 libgdk_pixbuf-2.0.so.0 libcairo.so.2 libgdk-x11-2.0.so.0 libgtk-x11-2.0.so.0; do
    gcc -shared -nostdlib -s -o "$library" "-Wl,-soname,$library" -Wl,-z,max-page-size=4096 -Wl,-z,noseparate-code -Wl,--build-id=none -x c /dev/null
done
