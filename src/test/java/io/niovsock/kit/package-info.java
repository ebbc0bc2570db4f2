// SPDX-License-Identifier: Apache-2.0
/** The test kit, by the tests that a user could write with it: machines, faults, isolation, and its own checks. */
package io.niovsock.kit;
