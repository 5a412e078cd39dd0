// What Swift does not see of the system's files: a call that the C library shows only to those who ask for it.
#pragma once
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif

/// Puts each of two files or folders of one file system into the other's place, in one step.
/// Returns 1; 0 with nothing changed where the system or the file system cannot do that.
static inline int cfiles_exchange(const char *one, const char *other) {
#if defined(__linux__) && defined(SYS_renameat2)
  // 2 is RENAME_EXCHANGE (renameat2(2)); since Linux 3.15, and not on every file system.
  return syscall(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, other, 2) == 0;
#elif defined(__APPLE__)
  return renamex_np(one, other, RENAME_SWAP) == 0;
#else
  return 0;
#endif
}
