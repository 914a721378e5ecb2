#!/usr/bin/env bash
# Makes the empty shared libraries in src/main/resources/impasto/tensorrt/cuda/stand-ins/linux-x86_64.
# The JavaCPP presets of TensorRT ask the loader for cuBLAS, cuDNN and NVRTC, which TensorRT 10 does not call: a library
# without content under the right name is enough where the real one is not installed.
# Usage: tensorrt/src/main/native/make-stand-ins.sh      (needs gcc; the result is committed)
set -euo pipefail
cd "$(dirname "$0")/../resources/impasto/tensorrt/cuda/stand-ins/linux-x86_64"
for library in libcublasLt.so.12 libcublas.so.12 libcudnn_{graph,ops,adv,cnn}.so.9 libnvrtc.so.12; do
    gcc -shared -nostdlib -s -o "$library" "-Wl,-soname,$library" -Wl,-z,max-page-size=4096 -Wl,-z,noseparate-code -Wl,--build-id=none -x c /dev/null
done
