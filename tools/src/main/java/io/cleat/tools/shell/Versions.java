// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.shell;

import io.cleat.protocol.ProtocolVersion;
import java.util.Objects;
import picocli.CommandLine.IVersionProvider;

/** What {@code -V} prints. Thread-safe: stateless. */
public final class Versions implements IVersionProvider {
    /** Made by picocli. */
    public Versions() {}

    @Override
    public String[] getVersion() {
        return new String[] {
            "cleat " + cleat(),
            "protocol " + ProtocolVersion.MIN + " to " + ProtocolVersion.MAX,
            "sqlite " + org.sqlite.SQLiteJDBCLoader.getVersion() + " (sqlite-jdbc)",
            "java " + System.getProperty("java.version") + " (" + System.getProperty("java.vendor") + ")",
            "os " + System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                    + System.getProperty("os.arch"),
        };
    }

    /** {@return the version of the jar, or "development" for one that runs from classes} */
    public static String cleat() {
        return Objects.requireNonNullElse(Versions.class.getPackage().getImplementationVersion(), "development");
    }
}
