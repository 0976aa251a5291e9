/*
 * To be preloaded (LD_PRELOAD): what a process does to files takes as many milliseconds longer as the file named by
 * SLOW_FILES says, as on a disk or a network that is overloaded. Pipes and sockets are as quick as ever.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void wait_a_while(void) {
  const char *name = getenv("SLOW_FILES");
  char text[16] = "";
  int fd = name == NULL ? -1 : (int)syscall(SYS_openat, AT_FDCWD, name, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return;
  syscall(SYS_read, fd, text, sizeof text - 1);
  syscall(SYS_close, fd);
  long ms = atol(text);
  struct timespec left = {ms / 1000, ms % 1000 * 1000000};
  while (ms > 0 && nanosleep(&left, &left) != 0) continue;
}

static int is_file(int fd) {
  struct stat told;
  return fstat(fd, &told) == 0 && S_ISREG(told.st_mode);
}

#define REAL(type, name, parameters) type(*real) parameters = (type(*) parameters)dlsym(RTLD_NEXT, name)

static int open_slowly(const char *symbol, const char *path, int flags, mode_t mode) {
  REAL(int, symbol, (const char *, int, ...));
  wait_a_while();
  return real(path, flags, mode);
}

#define OPEN(name)                                       \
  int name(const char *path, int flags, ...) {           \
    va_list more;                                        \
    va_start(more, flags);                               \
    mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0; \
    va_end(more);                                        \
    return open_slowly(#name, path, flags, mode);        \
  }
OPEN(open)
OPEN(open64)

#define OF_FILE(type, name, parameters, arguments) \
  type name parameters {                           \
    REAL(type, #name, parameters);                 \
    if (is_file(fd)) wait_a_while();               \
    return real arguments;                         \
  }
OF_FILE(int, fsync, (int fd), (fd))
OF_FILE(int, fdatasync, (int fd), (fd))
OF_FILE(ssize_t, write, (int fd, const void *from, size_t size), (fd, from, size))
OF_FILE(ssize_t, pwrite64, (int fd, const void *from, size_t size, off64_t at), (fd, from, size, at))

#define OF_PATH(name, parameters, arguments) \
  int name parameters {                      \
    REAL(int, #name, parameters);            \
    wait_a_while();                          \
    return real arguments;                   \
  }
OF_PATH(rename, (const char *from, const char *to), (from, to))
OF_PATH(unlink, (const char *path), (path))
OF_PATH(mkdir, (const char *path, mode_t mode), (path, mode))
