#!/bin/sh
# build.sh: as ClusterFuzzLite's.
exec "$SRC/cryoscope/scripts/ci/clusterfuzzlite/build.sh"
