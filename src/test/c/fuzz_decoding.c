// SPDX-License-Identifier: Apache-2.0
/*
 * Fuzzes the native code that reads bytes of others: the name of an AF_UNIX peer, an address of vsock, and the answer
 * of a virtual machine monitor. The first byte chooses. With clang -fsanitize=fuzzer this is a target of libFuzzer
 * (fuzz/run decoding). Without, it runs the files that it is given, and aborts if one is handled wrongly.
 */
#include "../../../native/endpoint.c"
#include "../../../native/hybrid.c"

#define REQUIRE(condition) do { if (!(condition)) abort(); } while (0)

/* ---- the JVM: an array is its length and its elements ---- */

typedef struct {
    jsize length;
    union {
        jint ints[2];
        jbyte bytes[LONGEST_REPLY];
    } elements;
} array;

static jsize array_length(JNIEnv *env, jarray of) {
    (void) env;
    return ((array *) of)->length;
}

static void set_ints(JNIEnv *env, jintArray to, jsize start, jsize count, const jint *from) {
    (void) env;
    array *target = (array *) to;
    REQUIRE(start >= 0 && count >= 0 && start + count <= target->length);
    memcpy(target->elements.ints + start, from, (size_t) count * sizeof *from);
}

static void set_bytes(JNIEnv *env, jbyteArray to, jsize start, jsize count, const jbyte *from) {
    (void) env;
    array *target = (array *) to;
    REQUIRE(start >= 0 && count >= 0 && start + count <= target->length);
    memcpy(target->elements.bytes + start, from, (size_t) count);
}

static const struct JNINativeInterface_ functions = {
    .GetArrayLength = array_length,
    .SetIntArrayRegion = set_ints,
    .SetByteArrayRegion = set_bytes,
};
static JNIEnv environment = &functions;

/* ---- what is fuzzed ---- */

/* The kernel reports addresses of any length up to that of the structure, and more if it has cut one. */
static void decode(const uint8_t *data, size_t size, int family) {
    endpoint_address address;
    size_t length = size < sizeof address ? size : sizeof address;
    memset(&address, 0xa5, sizeof address); /* bytes that the kernel did not write */
    memcpy(&address, data, length);
    if (family >= 0 && length >= sizeof address.any.sa_family)
        address.any.sa_family = (sa_family_t) family;
    array out = { .length = 2 };
    endpoint_decode(&environment, &address, (socklen_t) size, (jintArray) (void *) &out);
    uint32_t cid = (uint32_t) out.elements.ints[0], port = (uint32_t) out.elements.ints[1];
    if (family != AF_UNIX || (cid == VMADDR_CID_ANY && port == VMADDR_PORT_ANY))
        return;
    /* An emulated endpoint has exactly one name. */
    endpoint_address same;
    REQUIRE(endpoint_encode(&same, AF_UNIX, cid, port, 0) == size);
    REQUIRE(memcmp(&same, &address, size) == 0);
}

/* The reply is taken up to the end of its line, and not further. */
static void answer(const uint8_t *data, size_t size) {
    int ends[2];
    array reply = { .length = LONGEST_REPLY };
    size_t total = size > 4096 ? 4096 : size;
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    REQUIRE(send(ends[1], data, total, 0) == (ssize_t) total);
    close(ends[1]);
    const uint8_t *end = memchr(data, '\n', total < LONGEST_REPLY ? total : LONGEST_REPLY);
    size_t expected = end == NULL ? (total < LONGEST_REPLY ? total : LONGEST_REPLY) : (size_t) (end - data) + 1;
    jint had = 0, taken;
    do {
        taken = Java_io_niovsock_internal_natives_Natives_receiveReply(&environment, NULL, ends[0],
            (jbyteArray) (void *) &reply, had, JNI_TRUE);
        had += taken > 0 ? taken : 0;
    } while (taken > 0 && had < LONGEST_REPLY && reply.elements.bytes[had - 1] != '\n');
    REQUIRE((size_t) had == expected && memcmp(reply.elements.bytes, data, expected) == 0);
    char rest[4096];
    ssize_t left = recv(ends[0], rest, sizeof rest, MSG_DONTWAIT);
    REQUIRE(left == (ssize_t) (total - expected) && memcmp(rest, data + expected, (size_t) left) == 0);
    close(ends[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2)
        return 0;
    switch (data[0]) {
    case 'a': answer(data + 1, size - 1); break;
    case 'u': decode(data + 1, size - 1, AF_UNIX); break;
    case 'v': decode(data + 1, size - 1, AF_VSOCK); break;
    default: decode(data + 1, size - 1, -1); break;
    }
    return 0;
}

#ifndef FUZZING
int main(int argc, char **argv) {
    static uint8_t data[1 << 16];
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        REQUIRE(file != NULL);
        size_t size = fread(data, 1, sizeof data, file);
        fclose(file);
        LLVMFuzzerTestOneInput(data, size);
    }
    printf("%d files\n", argc - 1);
    return 0;
}
#endif
