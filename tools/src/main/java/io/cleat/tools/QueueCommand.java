// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.nameserver.CleatDirectory;
import io.cleat.queue.RecordHandler;
import io.cleat.queue.RecordQueue;
import io.cleat.queue.RecordReader;
import io.cleat.tools.shell.CommonOptions;
import io.cleat.tools.shell.ExitCode;
import io.cleat.tools.shell.Terminal;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Shows the records of a queue. Reads the files plainly and maps nothing, so that it disturbs nobody, and needs no coordinator.
 * Threading: the main thread.
 */
@Command(
        name = "queue",
        description = {
            "Show the requests of all clients, or the replies to one client, in readable lines.",
            "",
            "Changes nothing, and works with the coordinator dead. What every reader has passed is deleted while a"
                    + " coordinator runs, so the beginning may be missing. A line begins with the record's cycle and number."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  cleat queue shop --last 20",
            "  cleat queue shop --follow --client 3",
            "  cleat queue shop --replies 3               cleat stat shop shows the numbers of the clients",
            "",
            "SQL texts travel once a client; later requests name them by number, and are shown with the text if it is here."
        })
final class QueueCommand implements Callable<Integer> {
    private static final int POLL_LIMIT = 256;
    private static final int SHORT_LENGTH = 200;
    private static final int FULL_LENGTH = 1 << 20;
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(20);

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions options;

    @Parameters(paramLabel = "NAME", description = "The name of the database.")
    private String name;

    @Option(names = "--replies", paramLabel = "CLIENT", description = "Show the replies to this client.")
    private @Nullable Long replies;

    @Option(names = "--client", paramLabel = "CLIENT", description = "Show the requests of this client only.")
    private @Nullable Long client;

    @Option(names = "--last", paramLabel = "N", description = "Show the last N records only.")
    private @Nullable Integer last;

    @Option(names = "--follow", description = "Go on with what is written, until Ctrl-C.")
    private boolean follow;

    @Option(names = "--full", description = "Do not cut long texts and blobs.")
    private boolean full;

    QueueCommand() {}

    @Override
    public Integer call() throws IOException {
        if (last != null && (last < 0 || last > 1_000_000)) {
            throw new ParameterException(spec.commandLine(), "--last is from 0 to 1000000");
        }
        final CleatDirectory directory = options.resolve();
        final Path folder = replies == null ? directory.requests(name) : replyFolder(directory, replies);
        requireQueue(directory, folder);
        try (RecordQueue queue = RecordQueue.openReadOnly(folder);
                RecordReader reader = queue.readerFromStart()) {
            show(reader, folder);
        }
        return ExitCode.OK;
    }

    private void show(RecordReader reader, Path folder) {
        final PrintWriter out = spec.commandLine().getOut();
        final Lines lines = new Lines(reader);
        // With --last all is decoded and little is shown: the texts of SQL may lie far back.
        final int keep = last == null ? Integer.MAX_VALUE : last;
        while (reader.poll(lines, POLL_LIMIT) > 0) {
            if (last == null) {
                lines.printTo(out);
            } else {
                lines.keep(keep);
            }
        }
        lines.printTo(out);
        out.flush();
        while (follow && Files.isDirectory(folder)) {
            if (reader.poll(lines, POLL_LIMIT) > 0) {
                lines.printTo(out);
            } else {
                // Also when there is nothing: a pipe that was closed is only noticed by writing or flushing.
                out.flush();
                LockSupport.parkNanos(PAUSE_NS);
            }
        }
    }

    private void requireQueue(CleatDirectory directory, Path folder) throws IOException {
        if (!Files.isDirectory(directory.database(name))) {
            throw new CleatException(
                    ErrorCode.NOT_REGISTERED, "nothing is known of '" + name + "' in " + directory.path());
        }
        if (!Files.isDirectory(folder)) {
            throw new CleatException(
                    ErrorCode.IO,
                    replies == null
                            ? "there is no request queue: its coordinator stopped cleanly, or has not begun; folder="
                                    + folder
                            : "client " + replies + " has no reply queue; those that have one: "
                                    + numbers(clients(directory.replies(name))));
        }
    }

    /** The folder of the client that is meant; one that does not exist if there is none. */
    private Path replyFolder(CleatDirectory directory, long wanted) throws IOException {
        for (long id : clients(directory.replies(name))) {
            if (ClientNumber.matches(wanted, id)) {
                return directory.replies(name, id);
            }
        }
        return directory.replies(name, wanted);
    }

    private static String numbers(List<Long> ids) {
        return ids.isEmpty() ? "none" : ids.stream().map(ClientNumber::text).collect(Collectors.joining(", "));
    }

    private static List<Long> clients(Path folder) throws IOException {
        final List<Long> found = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> each = Files.newDirectoryStream(folder, "[0-9]*")) {
                for (Path path : each) {
                    found.add(Long.valueOf(String.valueOf(path.getFileName())));
                }
            }
        }
        Collections.sort(found);
        return found;
    }

    /** Turns records into lines, and holds them until they are printed. */
    private final class Lines implements RecordHandler {
        private final RecordReader reader;
        private final RecordText text = new RecordText(full ? FULL_LENGTH : SHORT_LENGTH);
        private final Deque<String> lines = new ArrayDeque<>();

        Lines(RecordReader reader) {
            this.reader = reader;
        }

        @Override
        public void onRecord(DirectBuffer buffer, int offset, int length) {
            final String line = text.decode(buffer, offset, length);
            if (client == null || ClientNumber.matches(client, text.clientId())) {
                lines.add(position(reader.index()) + "  " + line);
            }
        }

        @Override
        public void onDamaged(long index, String reason) {
            lines.add(position(index) + "  ! damaged record: " + Terminal.oneLine(reason));
        }

        void keep(int count) {
            while (lines.size() > count) {
                lines.removeFirst();
            }
        }

        void printTo(PrintWriter out) {
            while (!lines.isEmpty()) {
                out.print(lines.removeFirst() + "\n");
            }
        }

        private static String position(long index) {
            return String.format("%4d.%-6d", index >>> Integer.SIZE, index & 0xFFFF_FFFFL);
        }
    }
}
