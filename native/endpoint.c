// SPDX-License-Identifier: Apache-2.0
/* Converts endpoints to socket addresses and back. */
#include "niovsock.h"
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * An address of the emulated transport is an abstract AF_UNIX name: a NUL byte, then `niovsock/CID/PORT` or
 * `niovsock/NAMESPACE/CID/PORT`. Two numbers of ten digits fit after the longest prefix. In a network of machines
 * within this process it is `niovsock/NAME/NETWORK/CID/PORT`, where no other process has the same name.
 */
#define EMULATED_PREFIX "niovsock/"
#define NAMESPACE_LIMIT 64
#define NETWORK_LIMIT 40
#define NETWORK(family) ((uint32_t) (family) >> 16) /* 0: none */
#define FAMILY(family) ((family) & 0xffff)
#define NAME_OFFSET (offsetof(struct sockaddr_un, sun_path) + 1)

_Static_assert(sizeof EMULATED_PREFIX + NAMESPACE_LIMIT + sizeof "/4294967295/4294967295" < sizeof((struct sockaddr_un *) 0)->sun_path,
               "the longest name fits in an address");
_Static_assert(sizeof EMULATED_PREFIX + NETWORK_LIMIT + sizeof "/65535/4294967295/4294967295" < sizeof((struct sockaddr_un *) 0)->sun_path,
               "so does the longest one in a network");

typedef struct {
    size_t length;
    char text[sizeof EMULATED_PREFIX + NAMESPACE_LIMIT + 1];
} prefix;

static prefix network_prefix; /* empty: there is no network */
static prefix emulated_prefix = { sizeof EMULATED_PREFIX - 1, EMULATED_PREFIX };

/* Java has checked the characters of the name. */
static jint set_prefix(JNIEnv *env, jstring name, prefix *changed, int limit) {
    char text[NAMESPACE_LIMIT + 1] = { 0 };
    if ((*env)->GetStringUTFLength(env, name) > limit)
        return -ENAMETOOLONG;
    (*env)->GetStringUTFRegion(env, name, 0, (*env)->GetStringLength(env, name), text);
    changed->length = (size_t) snprintf(changed->text, sizeof changed->text, EMULATED_PREFIX "%s/", text);
    return 0;
}

/* Called before the first address is encoded. */
NATIVE(jint, useNamespace)(JNIEnv *env, jclass type_, jstring name) {
    (void) type_;
    return set_prefix(env, name, &emulated_prefix, NAMESPACE_LIMIT);
}

/* Called before the first address in a network is encoded. */
NATIVE(jint, useNetworks)(JNIEnv *env, jclass type_, jstring name) {
    (void) type_;
    return set_prefix(env, name, &network_prefix, NETWORK_LIMIT);
}

/* Writes a number and the byte after it; returns where that ends. Each datagram has such a name: snprintf is too slow. */
static char *write_u32(char *to, uint32_t number, char end) {
    char digits[sizeof "4294967295" - 1];
    size_t first = sizeof digits;
    do
        digits[--first] = (char) ('0' + number % 10);
    while (number /= 10);
    memcpy(to, digits + first, sizeof digits - first);
    to += sizeof digits - first;
    *to = end;
    return to + 1;
}

/* Writes the text after the NUL byte, and a NUL that is not part of the name; returns the length of the text. */
static size_t write_name(struct sockaddr_un *address, uint32_t network, uint32_t cid, uint32_t port) {
    const prefix *before = network == 0 ? &emulated_prefix : &network_prefix;
    char *name = address->sun_path + 1;
    memcpy(name, before->text, before->length);
    char *to = name + before->length;
    if (network != 0)
        to = write_u32(to, network, '/');
    to = write_u32(to, cid, '/');
    return (size_t) (write_u32(to, port, 0) - 1 - name);
}

socklen_t endpoint_encode(endpoint_address *address, int family, uint32_t cid, uint32_t port, uint8_t flags) {
    if (FAMILY(family) == AF_UNIX) {
        address->un.sun_family = AF_UNIX;
        address->un.sun_path[0] = 0;
        return (socklen_t) (NAME_OFFSET + write_name(&address->un, NETWORK(family), cid, port));
    }
    address->vm = (struct sockaddr_vm) { .svm_family = (sa_family_t) family, .svm_cid = cid, .svm_port = port,
        .svm_flags = flags };
    return sizeof address->vm;
}

/* Reads a decimal 32-bit number without leading zeros that ends at the given byte; false for any other text. */
static int read_u32(const char **text, char end, uint32_t *value) {
    uint64_t number = 0;
    const char *first = *text, *digit = first;
    for (; *digit >= '0' && *digit <= '9' && number <= UINT32_MAX; digit++)
        number = number * 10 + (uint64_t) (*digit - '0');
    if (digit == first || *digit != end || number > UINT32_MAX || (*first == '0' && digit > first + 1))
        return 0;
    *text = digit + 1;
    *value = (uint32_t) number;
    return 1;
}

/* Reads a prefix. */
static int read_prefix(const char **text, const prefix *expected) {
    if (expected->length == 0 || strncmp(*text, expected->text, expected->length) != 0)
        return 0;
    *text += expected->length;
    return 1;
}

/* Accepts exactly the names that this transport gives to its sockets, each of which is the only one of its endpoint. */
static int read_name(const struct sockaddr_un *address, socklen_t length, endpoint *named) {
    char name[sizeof address->sun_path];
    if (length <= NAME_OFFSET || length > sizeof *address || address->sun_path[0] != 0)
        return 0;
    memcpy(name, address->sun_path + 1, length - NAME_OFFSET);
    const char *end = name + (length - NAME_OFFSET);
    name[length - NAME_OFFSET] = 0;
    uint32_t network;
    const char *rest = name;
    if (!read_prefix(&rest, &network_prefix) || !read_u32(&rest, '/', &network) || network == 0 || network > UINT16_MAX) {
        rest = name;
        if (!read_prefix(&rest, &emulated_prefix))
            return 0;
    }
    return read_u32(&rest, '/', &named->cid) && read_u32(&rest, 0, &named->port) && rest == end + 1
        && named->cid != VMADDR_CID_ANY && named->port != VMADDR_PORT_ANY;
}

endpoint endpoint_read(const endpoint_address *address, socklen_t length) {
    const endpoint none = { VMADDR_CID_ANY, VMADDR_PORT_ANY };
    endpoint named;
    if (length < sizeof address->any.sa_family)
        return none;
    if (address->any.sa_family == AF_UNIX)
        return read_name(&address->un, length, &named) ? named : none;
    if (length < offsetof(struct sockaddr_vm, svm_cid) + sizeof address->vm.svm_cid)
        return none;
    return (endpoint) { address->vm.svm_cid, address->vm.svm_port };
}

void endpoint_store(JNIEnv *env, endpoint from, jintArray out) {
    jint pair[2] = { (jint) from.cid, (jint) from.port };
    (*env)->SetIntArrayRegion(env, out, 0, 2, pair);
}

void endpoint_decode(JNIEnv *env, const endpoint_address *address, socklen_t length, jintArray out) {
    endpoint_store(env, endpoint_read(address, length), out);
}
