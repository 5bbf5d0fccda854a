// look_image.h - images that lie: what fuzz_image.c and mangle_image.c share.
#ifndef FUZZ_LOOK_IMAGE_H
#define FUZZ_LOOK_IMAGE_H

#include <stddef.h>
#include <stdint.h>

// Give an image the size and the checksums that its bytes want, so that what is behind the checks
// is reached. Of something that is no image nothing is changed.
void mend_image(uint8_t *file, size_t size);

#endif
