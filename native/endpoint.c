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

static char network_prefix[sizeof EMULATED_PREFIX + NETWORK_LIMIT + 1] = "";
static char emulated_prefix[sizeof EMULATED_PREFIX + NAMESPACE_LIMIT + 1] = EMULATED_PREFIX;

/* Java has checked the characters of the name. */
static jint set_prefix(JNIEnv *env, jstring name, char *prefix, size_t size, int limit) {
    char text[NAMESPACE_LIMIT + 1] = { 0 };
    if ((*env)->GetStringUTFLength(env, name) > limit)
        return -ENAMETOOLONG;
    (*env)->GetStringUTFRegion(env, name, 0, (*env)->GetStringLength(env, name), text);
    snprintf(prefix, size, EMULATED_PREFIX "%s/", text);
    return 0;
}

/* Called before the first address is encoded. */
NATIVE(jint, useNamespace)(JNIEnv *env, jclass type_, jstring name) {
    (void) type_;
    return set_prefix(env, name, emulated_prefix, sizeof emulated_prefix, NAMESPACE_LIMIT);
}

/* Called before the first address in a network is encoded. */
NATIVE(jint, useNetworks)(JNIEnv *env, jclass type_, jstring name) {
    (void) type_;
    return set_prefix(env, name, network_prefix, sizeof network_prefix, NETWORK_LIMIT);
}

/* Writes the text after the NUL byte, and returns its length. */
static int print_name(struct sockaddr_un *address, uint32_t network, uint32_t cid, uint32_t port) {
    char *name = address->sun_path + 1;
    size_t size = sizeof address->sun_path - 1;
    return network == 0 ? snprintf(name, size, "%s%u/%u", emulated_prefix, cid, port)
        : snprintf(name, size, "%s%u/%u/%u", network_prefix, network, cid, port);
}

socklen_t endpoint_encode(endpoint_address *address, int family, uint32_t cid, uint32_t port, uint8_t flags) {
    memset(address, 0, sizeof *address);
    if (FAMILY(family) == AF_UNIX) {
        address->un.sun_family = AF_UNIX;
        int length = print_name(&address->un, NETWORK(family), cid, port);
        return (socklen_t) (NAME_OFFSET + (size_t) length);
    }
    address->vm.svm_family = (sa_family_t) family;
    address->vm.svm_cid = cid;
    address->vm.svm_port = port;
    address->vm.svm_flags = flags;
    return sizeof address->vm;
}

/* Reads a decimal 32-bit number that ends at the given byte; false for any other text. */
static int read_u32(const char **text, char end, uint32_t *value) {
    uint64_t number = 0;
    const char *digit = *text;
    for (; *digit >= '0' && *digit <= '9' && number <= UINT32_MAX; digit++)
        number = number * 10 + (uint64_t) (*digit - '0');
    if (digit == *text || *digit != end || number > UINT32_MAX)
        return 0;
    *text = digit + 1;
    *value = (uint32_t) number;
    return 1;
}

/*
 * Accepts exactly the names that this transport gives to its sockets: without leading zeros, and with nothing after the
 * port.
 */
static int decode_emulated(const struct sockaddr_un *address, socklen_t length, uint32_t *cid, uint32_t *port) {
    char name[sizeof address->sun_path];
    if (length <= NAME_OFFSET || length > sizeof *address || address->sun_path[0] != 0)
        return 0;
    memcpy(name, address->sun_path + 1, length - NAME_OFFSET);
    name[length - NAME_OFFSET] = 0;
    uint32_t network = 0;
    const char *rest = name + strlen(network_prefix);
    if (!*network_prefix || strncmp(name, network_prefix, strlen(network_prefix)) != 0
        || !read_u32(&rest, '/', &network) || network == 0 || network > UINT16_MAX) {
        network = 0;
        rest = name + strlen(emulated_prefix);
        if (strncmp(name, emulated_prefix, strlen(emulated_prefix)) != 0)
            return 0;
    }
    if (!read_u32(&rest, '/', cid) || !read_u32(&rest, 0, port) || *cid == VMADDR_CID_ANY || *port == VMADDR_PORT_ANY)
        return 0;
    endpoint_address canonical;
    return endpoint_encode(&canonical, AF_UNIX | (int) (network << 16), *cid, *port, 0) == length
        && memcmp(canonical.un.sun_path, address->sun_path, length - offsetof(struct sockaddr_un, sun_path)) == 0;
}

void endpoint_decode(JNIEnv *env, const endpoint_address *address, socklen_t length, jintArray out) {
    uint32_t cid = VMADDR_CID_ANY;
    uint32_t port = VMADDR_PORT_ANY;
    if (length < sizeof address->any.sa_family || address->any.sa_family == AF_UNIX) {
        if (length >= sizeof address->any.sa_family && !decode_emulated(&address->un, length, &cid, &port))
            cid = VMADDR_CID_ANY, port = VMADDR_PORT_ANY;
    } else if (length >= offsetof(struct sockaddr_vm, svm_cid) + sizeof address->vm.svm_cid) {
        cid = address->vm.svm_cid;
        port = address->vm.svm_port;
    }
    jint pair[2] = { (jint) cid, (jint) port };
    (*env)->SetIntArrayRegion(env, out, 0, 2, pair);
}
