// SPDX-License-Identifier: Apache-2.0
package io.cleat.status;

import io.cleat.nameserver.CleatDirectory;
import io.cleat.nameserver.FileLocks;
import java.io.IOException;
import java.nio.file.Path;

/** A JVM that makes a status file (serve) or asks to be attached (attach), says so, and stays until it is killed. */
final class StatusMain {
    private StatusMain() {}

    public static void main(final String[] arguments) throws IOException {
        final CleatDirectory directory = CleatDirectory.resolve(Path.of(arguments[1]));
        final String name = StatusFileTest.IDENTITY.databaseName();
        if (arguments[0].equals("serve")) {
            final StatusFile file = StatusFile.create(directory.statusFile(name), StatusFileTest.IDENTITY);
            file.header().stateRelease(CoordinatorState.READY);
            file.header().commitSequenceRelease(42);
            file.counters().counter(SystemCounter.REPLIES).set(43);
            file.errorLog(System::currentTimeMillis).record(new IllegalStateException("the disk hums"));
            System.out.println("serving");
        } else {
            final StatusFile file = StatusFile.open(directory.statusFile(name));
            final long id = file.header().takeClientId();
            FileLocks.acquire(directory.clientLock(name, id), 0);
            final ClientSlot slot = file.clients().claim(id).orElseThrow();
            slot.identify(1, 3, "child", System.currentTimeMillis());
            slot.request(id);
            file.header().ringAttachDoorbell();
            System.out.println("slot " + slot.index());
        }
        while (System.in.read() >= 0) {
            Thread.onSpinWait();
        }
    }
}
