// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.nameserver.CleatDirectory;
import io.cleat.protocol.ClientNumber;
import io.cleat.protocol.RecordText;
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
import java.util.Map;
import java.util.TreeMap;
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
            "Show the requests of the clients, client by client, or the replies to one client, in readable lines.",
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
    private static final long GONE_NS = TimeUnit.SECONDS.toNanos(2);

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

    @Option(names = "--last", paramLabel = "N", description = "Show the last N records of each queue only.")
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
        final Path parent = replies == null ? directory.requests(name) : directory.replies(name);
        requireDatabase(directory);
        final Map<Long, Source> sources = new TreeMap<>();
        try {
            open(parent, sources);
            if (sources.isEmpty() && !follow) {
                throw new CleatException(ErrorCode.IO, missing(parent));
            }
            show(parent, sources);
        } finally {
            sources.values().forEach(Source::close);
        }
        return ExitCode.OK;
    }

    /** Opens the queues of the clients that are meant and not open yet. */
    private void open(Path parent, Map<Long, Source> sources) throws IOException {
        final Long wanted = replies == null ? client : replies;
        for (final long id : clients(parent)) {
            if (!sources.containsKey(id) && (wanted == null || ClientNumber.matches(wanted, id))) {
                final Path folder = parent.resolve(Long.toString(id));
                try {
                    sources.put(id, new Source(folder));
                } catch (CleatException e) {
                    throwUnlessGone(folder, e);
                }
            }
        }
    }

    private void show(Path parent, Map<Long, Source> sources) throws IOException {
        final PrintWriter out = spec.commandLine().getOut();
        for (final Source source : sources.values()) {
            // With --last all is decoded and little is shown: the texts of SQL may lie far back.
            while (source.poll() > 0) {
                if (last == null) {
                    source.lines.printTo(out);
                } else {
                    source.lines.keep(last);
                }
            }
            source.lines.printTo(out);
        }
        out.flush();
        while (follow && Files.isDirectory(parent)) {
            int work = 0;
            for (final Source source : sources.values()) {
                work += source.poll();
                source.lines.printTo(out);
            }
            if (work == 0) {
                // Also when there is nothing: a pipe that was closed is only noticed by writing or flushing.
                out.flush();
                LockSupport.parkNanos(PAUSE_NS);
                open(parent, sources);
            }
        }
    }

    /** A client may go while we look, and its queue with it, file by file. */
    private static void throwUnlessGone(Path folder, CleatException e) {
        final long deadlineNs = System.nanoTime() + GONE_NS;
        while (Files.isDirectory(folder)) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw e;
            }
            LockSupport.parkNanos(PAUSE_NS);
        }
    }

    private void requireDatabase(CleatDirectory directory) {
        if (!Files.isDirectory(directory.database(name))) {
            throw new CleatException(
                    ErrorCode.NOT_REGISTERED, "nothing is known of '" + name + "' in " + directory.path());
        }
    }

    private String missing(Path parent) throws IOException {
        final Long wanted = replies == null ? client : replies;
        return wanted == null
                ? "there are no request queues: no client is attached, or its coordinator stopped cleanly; folder="
                        + parent
                : "client " + wanted + " has no " + (replies == null ? "request" : "reply")
                        + " queue; those that have one: " + numbers(clients(parent));
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

    /** One queue, its reader, and the lines that come out of it. */
    private final class Source implements AutoCloseable {
        private final RecordQueue queue;
        private final RecordReader reader;
        private final Lines lines;
        private boolean gone;

        Source(Path folder) {
            queue = RecordQueue.openReadOnly(folder);
            reader = queue.readerFromStart();
            lines = new Lines(reader);
        }

        int poll() {
            if (gone) {
                return 0;
            }
            try {
                return reader.poll(lines, POLL_LIMIT);
            } catch (CleatException e) {
                throwUnlessGone(queue.directory(), e);
                gone = true;
                return 0;
            }
        }

        @Override
        public void close() {
            reader.close();
            queue.close();
        }
    }

    /** Turns records into lines, and holds them until they are printed. */
    private final class Lines implements RecordHandler {
        private final RecordReader reader;
        private final RecordText text =
                new RecordText(full ? FULL_LENGTH : SHORT_LENGTH, true, number -> ErrorCode.of(number)
                        .name());
        private final Deque<String> lines = new ArrayDeque<>();

        Lines(RecordReader reader) {
            this.reader = reader;
        }

        @Override
        public void onRecord(DirectBuffer buffer, int offset, int length) {
            lines.add(position(reader.index()) + "  " + text.decode(buffer, offset, length));
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
