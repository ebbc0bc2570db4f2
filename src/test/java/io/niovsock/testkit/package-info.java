// SPDX-License-Identifier: Apache-2.0
/** The test kit: connected pairs, blocked threads, payloads, child processes, and the check for leaks. */
package io.niovsock.testkit;
