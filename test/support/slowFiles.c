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

/* Asked of the kernel itself, since others who are preloaded do more than a handler of signals, which writes, may. */
static int is_file(int fd) {
  struct stat told;
  return syscall(SYS_fstat, fd, &told) == 0 && S_ISREG(told.st_mode);
}

/* The C library's own, looked up before it is needed: a handler of signals may not. */
#define REAL(type, name, parameters)                                               \
  static type(*real_##name) parameters;                                            \
  __attribute__((constructor)) static void find_##name(void) {                     \
    if (real_##name == NULL) real_##name = (type(*) parameters)dlsym(RTLD_NEXT, #name); \
  }

#define OPEN(name)                                            \
  REAL(int, name, (const char *, int, ...))                   \
  int name(const char *path, int flags, ...) {                \
    va_list more;                                             \
    va_start(more, flags);                                    \
    mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0; \
    va_end(more);                                             \
    find_##name();                                            \
    wait_a_while();                                           \
    return real_##name(path, flags, mode);                    \
  }
OPEN(open)
OPEN(open64)

#define OF_FILE(type, name, parameters, arguments) \
  REAL(type, name, parameters)                     \
  type name parameters {                           \
    find_##name();                                 \
    if (is_file(fd)) wait_a_while();               \
    return real_##name arguments;                  \
  }
OF_FILE(int, fsync, (int fd), (fd))
OF_FILE(int, fdatasync, (int fd), (fd))
OF_FILE(ssize_t, write, (int fd, const void *from, size_t size), (fd, from, size))
OF_FILE(ssize_t, pwrite64, (int fd, const void *from, size_t size, off64_t at), (fd, from, size, at))

#define OF_PATH(name, parameters, arguments) \
  REAL(int, name, parameters)                \
  int name parameters {                      \
    find_##name();                           \
    wait_a_while();                          \
    return real_##name arguments;            \
  }
OF_PATH(rename, (const char *from, const char *to), (from, to))
OF_PATH(unlink, (const char *path), (path))
OF_PATH(mkdir, (const char *path, mode_t mode), (path, mode))
