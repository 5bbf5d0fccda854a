// file.h - whole files in and out.
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "core-vm/base/bytes.h"
#include "core-vm/base/error.h"

// A file's bytes, mapped read-only; an empty file gives no bytes. Give them back with
// wb_file_unmap.
WB_MUST_CHECK struct wb_error *wb_file_map(const char *path, struct wb_bytes *ret);
void wb_file_unmap(struct wb_bytes *bytes);
// This part of a mapped file is read next: fetch it at once, not page by page.
void wb_file_expect(struct wb_bytes part);
// Let go of the memory that holds this part of a mapped file: it is read again when it is looked
// at.
void wb_file_forget(struct wb_bytes part);

// Write a whole file, as write.h does.
WB_MUST_CHECK struct wb_error *wb_file_write(const char *path, struct wb_bytes bytes);

// struct wb_bytes file wb_auto_unmap = {0};
#define wb_auto_unmap __attribute__((cleanup(wb_file_unmap)))

#endif
