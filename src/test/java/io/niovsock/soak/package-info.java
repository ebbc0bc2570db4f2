// SPDX-License-Identifier: Apache-2.0
/**
 * The campaign of {@code bench/soak}: one JVM moves bytes through every kind of channel for hours, while peers are
 * killed, descriptors run out and guests are powered off. {@link io.niovsock.soak.Soak} runs a leg of it,
 * {@link io.niovsock.soak.CampaignReport} tells what all legs have shown. {@link io.niovsock.soak.TrendTest} is the
 * only test here that JUnit runs.
 */
package io.niovsock.soak;
