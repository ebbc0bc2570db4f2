// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.ThreadKind;

import java.util.ArrayList;
import java.util.List;

/**
 * Opens and closes connections as fast as two threads can. Each carries a tag of its own both ways: if a descriptor's
 * number were reused too soon, a connection would read another's.
 */
final class Connections implements Part {
    private static final int WORKERS = 2;

    private long nextTag = 1; // of the first worker of the next run

    @Override
    public String name() {
        return "connections";
    }

    @Override
    public int weight() {
        return 15;
    }

    @Override
    public void run(Deadline end, Ledger ledger) throws Exception {
        List<ThreadKind> kinds = ThreadKind.available();
        List<Background<Long>> workers = new ArrayList<>();
        for (int i = 0; i < WORKERS; i++) {
            long tag = nextTag + (long) i << Integer.SIZE;
            workers.add(Background.start(kinds.get(i % kinds.size()), () -> work(tag, end, ledger)));
        }
        nextTag += WORKERS;
        // Background has a limit of its own, for the time after the deadline.
        while (!end.isOver())
            Thread.sleep((long) Math.max(1, 1000 * Math.min(1, end.secondsLeft())));
        try {
            for (Background<Long> worker : workers)
                worker.result();
        } finally {
            for (Background<Long> worker : workers)
                worker.close();
        }
    }

    private static Long work(long first, Deadline end, Ledger ledger) throws Exception {
        long tag = first;
        try (Visits blocking = new BlockingVisits(); Visits selected = new SelectedVisits();
             Visits asynchronous = new AsynchronousVisits(); Visits sockets = new SocketVisits()) {
            do
                for (Visits visits : List.of(blocking, selected, asynchronous, sockets)) {
                    int right = 0;
                    for (int i = 0; i < Visits.TURN; i++)
                        right += visits.visit(tag++) ? 1 : 0;
                    ledger.count("connections, " + visits, Visits.TURN);
                    ledger.check("each connection reads its own tag, " + visits, right == Visits.TURN,
                        right + " of " + Visits.TURN);
                }
            while (!end.isOver());
        }
        return tag - first;
    }
}
