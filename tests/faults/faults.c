/* Preloaded into a server: one call under FAULT_ROOT fails when the order in the file FAULT_ORDER says so.
 *
 * The order is shared by all processes of the server and written by the test: the countdown-th call of the
 * ordered kind fails with the ordered error, before it has any effect, or after it has taken effect.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FSYNC = 1, RENAME, WRITE, OPEN };

struct order {
    int call, error, persisted;
    atomic_int countdown, fired;
};

static struct order *order;
static const char *root;

__attribute__((constructor)) static void begin(void) {
    const char *file = getenv("FAULT_ORDER");
    root = getenv("FAULT_ROOT");
    int fd = file && root ? open(file, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *shared = mmap(NULL, sizeof *order, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (shared != MAP_FAILED)
        order = shared;
}

static int due(int call, const char *path) {
    if (!order || order->call != call || atomic_load(&order->countdown) <= 0)
        return 0;
    if (strncmp(path, root, strlen(root)) != 0 || atomic_fetch_sub(&order->countdown, 1) != 1)
        return 0;
    atomic_store(&order->fired, 1);
    return 1;
}

static int due_fd(int call, int fd) {
    char link[64], path[4096];
    if (!order || order->call != call || atomic_load(&order->countdown) <= 0)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size < 0)
        return 0;
    path[size] = 0;
    return due(call, path);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FAULTY(name, is_due, ...)                                                                             \
    do {                                                                                                      \
        int failing = is_due;                                                                                 \
        if (failing && !order->persisted) {                                                                   \
            errno = order->error;                                                                             \
            return -1;                                                                                        \
        }                                                                                                     \
        __typeof__(REAL(name)(__VA_ARGS__)) done = REAL(name)(__VA_ARGS__);                                    \
        if (!failing)                                                                                         \
            return done;                                                                                      \
        if (order->call == OPEN && done >= 0)                                                                 \
            close((int)done);                                                                                 \
        errno = order->error;                                                                                 \
        return -1;                                                                                            \
    } while (0)

int fsync(int fd) { FAULTY(fsync, due_fd(FSYNC, fd), fd); }
int fdatasync(int fd) { FAULTY(fdatasync, due_fd(FSYNC, fd), fd); }
int rename(const char *from, const char *to) { FAULTY(rename, due(RENAME, to), from, to); }
ssize_t write(int fd, const void *data, size_t size) { FAULTY(write, due_fd(WRITE, fd), fd, data, size); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    FAULTY(pwrite, due_fd(WRITE, fd), fd, data, size, at);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    FAULTY(pwrite64, due_fd(WRITE, fd), fd, data, size, at);
}

#define MODE(flags)                                                                                           \
    mode_t mode = 0;                                                                                          \
    if ((flags) & (O_CREAT | __O_TMPFILE)) {                                                                  \
        va_list more;                                                                                         \
        va_start(more, flags);                                                                                \
        mode = va_arg(more, mode_t);                                                                          \
        va_end(more);                                                                                         \
    }

int open(const char *path, int flags, ...) {
    MODE(flags)
    FAULTY(open, due(OPEN, path), path, flags, mode);
}
int open64(const char *path, int flags, ...) {
    MODE(flags)
    FAULTY(open64, due(OPEN, path), path, flags, mode);
}
