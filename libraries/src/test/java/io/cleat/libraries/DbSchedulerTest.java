// SPDX-License-Identifier: Apache-2.0
package io.cleat.libraries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.TaskInstanceId;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import io.cleat.testing.ChildJvm;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** db-scheduler in three JVMs that know only the URL: they share the jobs, and each job is done once. */
@Timeout(90)
class DbSchedulerTest {
    private static final int JOBS = 60;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private ServedDatabase shop;

    @BeforeEach
    void serve() throws SQLException {
        shop = new ServedDatabase(folder);
        shop.execute(
                """
                CREATE TABLE scheduled_tasks(
                  task_name TEXT NOT NULL,
                  task_instance TEXT NOT NULL,
                  task_data BLOB,
                  execution_time TIMESTAMP NOT NULL,
                  picked BOOLEAN NOT NULL,
                  picked_by TEXT,
                  last_success TIMESTAMP,
                  last_failure TIMESTAMP,
                  consecutive_failures INT,
                  last_heartbeat TIMESTAMP,
                  version BIGINT NOT NULL,
                  priority SMALLINT,
                  PRIMARY KEY(task_name, task_instance))
                """,
                "CREATE INDEX by_execution_time ON scheduled_tasks(execution_time)",
                "CREATE TABLE done(job TEXT, by TEXT)");
    }

    @AfterEach
    void stop() throws SQLException {
        shop.close();
    }

    @Test
    void shouldDoEachJobOnceWhenThreeJvmsShareThem() throws SQLException {
        final OneTimeTask<Void> send = Tasks.oneTime(DbSchedulerMain.TASK).execute((task, context) -> {});
        final SchedulerClient client = SchedulerClient.Builder.create(shop.dataSource(), send)
                .jdbcCustomization(new DbSchedulerMain.ForSqlite())
                .build();
        final List<ChildJvm> jvms = new ArrayList<>();
        try {
            for (int i = 1; i <= 3; i++) {
                jvms.add(ChildJvm.start(DbSchedulerMain.class, List.of("-Xmx128m"), shop.url(), "jvm" + i));
            }
            for (final ChildJvm jvm : jvms) {
                jvm.awaitLine(PATIENCE, line -> line.equals("STARTED"));
            }
            final Instant soon = Instant.now().plusMillis(300);
            for (int i = 0; i < JOBS; i++) {
                client.scheduleIfNotExists(send.instance("job " + i), soon.plusMillis(10L * i));
            }
            assertThat(client.getScheduledExecution(TaskInstanceId.of(DbSchedulerMain.TASK, "no such job")))
                    .isEmpty();
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(
                            shop.value("SELECT count(*) FROM scheduled_tasks WHERE task_name = 'send'"))
                    .isEqualTo("0"));
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(
                            Long.parseLong(shop.value("SELECT count(*) FROM done WHERE job = 'tick'")))
                    .isGreaterThan(2));
            for (final ChildJvm jvm : jvms) {
                jvm.endInput();
            }
            for (final ChildJvm jvm : jvms) {
                jvm.awaitLine(PATIENCE, line -> line.equals("STOPPED"));
            }
        } finally {
            jvms.forEach(ChildJvm::close);
        }
        assertThat(shop.rows("SELECT count(*), count(DISTINCT job) FROM done WHERE job <> 'tick'"))
                .containsExactly(JOBS + " " + JOBS);
        assertThat(shop.value("SELECT count(DISTINCT by) FROM done")).isEqualTo("3");
    }
}
