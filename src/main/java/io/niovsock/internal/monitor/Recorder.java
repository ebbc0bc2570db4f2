// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.monitor;

import jdk.jfr.FlightRecorder;

/**
 * Says whether Flight Recorder is in use. The classes of events are loaded only then: the JVM prepares itself for
 * recordings when it loads the first one, which takes many times as long as a connect.
 */
public final class Recorder {
    private static final boolean PRESENT = isPresent();

    private Recorder() { }

    private static boolean isPresent() {
        Module recorder = ModuleLayer.boot().findModule("jdk.jfr").orElse(null);
        return recorder != null && Recorder.class.getModule().canRead(recorder);
    }

    /** Returns whether there is, or was, a recording. If so, the class of an event knows whether to tell. */
    public static boolean isOn() {
        return PRESENT && FlightRecorder.isInitialized();
    }
}
