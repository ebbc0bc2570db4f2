// SPDX-License-Identifier: Apache-2.0
package applications;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;

/** Tomcat's connector over asynchronous channels, in a group of its own. */
@Tag("agent")
@DisplayName("Tomcat: embedded, Http11Nio2Protocol, and java.net.http")
class TomcatNio2Test extends TomcatTest {
    @Override
    String protocol() {
        return "org.apache.coyote.http11.Http11Nio2Protocol";
    }
}
