#!/bin/sh
# build.sh: the fuzz targets with their seed corpora and dictionaries, as ClusterFuzzLite and OSS-Fuzz want them.
#   $SRC/cryoscope  the sources        $OUT  where all goes
#   $CC $CFLAGS $LIB_FUZZING_ENGINE    as those set them; without, libFuzzer with AddressSanitizer
#   $FUZZ_TARGETS   which: all
set -eu
source=${SRC:-/src}/cryoscope
: "${OUT:=/out}" "${CC:=clang}" "${LIB_FUZZING_ENGINE:=-fsanitize=fuzzer}" "${FUZZ_TARGETS:=cas dump etf image module pass run}"
: "${CFLAGS:=-O1 -g -fsanitize=address,fuzzer-no-link}"
export CC CFLAGS
build=${WORK:-/tmp}/build
mkdir -p "$OUT"

# Libraries go into the targets: where they run there are none.
meson setup "$build" "$source" --buildtype=plain -Db_lundef=false -Dprefer_static=true -Dfuzz=true "-Dfuzz_engine=$LIB_FUZZING_ENGINE" \
    -Dtests=disabled -Dtui=disabled -Dreadline=disabled -Dnative_disasm=disabled -Ddwarf=disabled -Dthreaded=false
seeds() {
    case $1 in
    dump) echo "$source/corpus/dump/fuzz" ;;
    pass) echo "$source/corpus/module" ;;
    *) echo "$source/corpus/$1" ;;
    esac
}
for target in $FUZZ_TARGETS; do
    ninja -C "$build" "tests/fuzz/fuzz_$target"
    cp "$build/tests/fuzz/fuzz_$target" "$OUT/"
    find "$(seeds "$target")" -maxdepth 1 -type f ! -name '*.md' | zip -q -j -@ "$OUT/fuzz_${target}_seed_corpus.zip"
done
# The dictionary in the syntax of libFuzzer and AFL++.
for target in $FUZZ_TARGETS; do
    case $target in
    module | pass | run | etf) sed -n 's/^RW_WORD(\(".*"\))$/\1/p' "$source/rewriter/fuzz/dictionary.def" >"$OUT/fuzz_$target.dict" ;;
    esac
done
