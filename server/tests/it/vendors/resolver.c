/* Preloaded into a program, finds names under .localhost on this machine, as a line in /etc/hosts
   would, or a resolver that knows them. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>

typedef int lookup(const char *, const char *, const struct addrinfo *, struct addrinfo **);

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **found) {
    static const char end[] = ".localhost";
    size_t length = name ? strlen(name) : 0, tail = sizeof end - 1;
    if (length > tail && strcmp(name + length - tail, end) == 0) {
        name = "127.0.0.1";
    }
    return ((lookup *)dlsym(RTLD_NEXT, "getaddrinfo"))(name, service, hints, found);
}
