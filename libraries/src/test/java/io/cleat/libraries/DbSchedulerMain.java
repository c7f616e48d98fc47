// SPDX-License-Identifier: Apache-2.0
package io.cleat.libraries;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.jdbc.DefaultJdbcCustomization;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import io.cleat.jdbc.CleatDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;

/** One of the JVMs that share the jobs: {@code URL NAME}. Works until its standard input ends. */
final class DbSchedulerMain {
    static final String TASK = "send";

    private DbSchedulerMain() {}

    /** It has none for SQLite, and its default says {@code FETCH FIRST}, which SQLite does not know. */
    static final class ForSqlite extends DefaultJdbcCustomization {
        ForSqlite() {
            super(true);
        }

        @Override
        public String getName() {
            return "SQLite";
        }

        @Override
        public String getQueryLimitPart(int limit) {
            return " LIMIT " + limit;
        }
    }

    public static void main(String[] args) throws Exception {
        final DataSource dataSource = new CleatDataSource(args[0]);
        final String name = args[1];
        final OneTimeTask<Void> send =
                Tasks.oneTime(TASK).execute((task, context) -> done(dataSource, task.getId(), name));
        final RecurringTask<Void> tick = Tasks.recurring("tick", FixedDelay.ofMillis(200))
                .execute((task, context) -> done(dataSource, "tick", name));
        final Scheduler scheduler = Scheduler.create(dataSource, send)
                .startTasks(tick)
                .jdbcCustomization(new ForSqlite())
                .threads(4)
                .pollingInterval(Duration.ofMillis(50))
                .build();
        scheduler.start();
        System.out.println("STARTED");
        while (System.in.read() >= 0) {
            // Only its end matters.
        }
        scheduler.stop();
        System.out.println("STOPPED");
    }

    private static void done(DataSource dataSource, String job, String by) {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement insert = connection.prepareStatement("INSERT INTO done(job, by) VALUES(?, ?)")) {
            insert.setString(1, job);
            insert.setString(2, by);
            insert.executeUpdate();
        } catch (SQLException e) {
            throw new IllegalStateException("cannot write that job is done: job=" + job, e);
        }
    }
}
