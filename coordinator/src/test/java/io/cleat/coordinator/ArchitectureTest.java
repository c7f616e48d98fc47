// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;

/** The directions in which packages may depend on each other; docs/design.md has the map. */
@AnalyzeClasses(
        packages = "io.cleat",
        importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NoTestJars.class})
final class ArchitectureTest {
    /** The client's tests are on our class path as a jar. */
    static final class NoTestJars implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return !location.contains("-tests.jar");
        }
    }

    /** What every package may use: errors and the options of a client. */
    private static final Set<String> COMMON = Set.of(
            "io.cleat.CleatException",
            "io.cleat.ErrorCode",
            "io.cleat.Outcome",
            "io.cleat.RequestException",
            "io.cleat.SqlException",
            "io.cleat.CallTimeoutException",
            "io.cleat.CancelledException",
            "io.cleat.Stage",
            "io.cleat.Hosting",
            "io.cleat.RequestId",
            "io.cleat.TransactionLostException",
            "io.cleat.ClosedException",
            "io.cleat.CoordinatorLostException",
            "io.cleat.ClientContext");

    private static final DescribedPredicate<JavaClass> API =
            new DescribedPredicate<>("the API in io.cleat, errors and context aside") {
                @Override
                public boolean test(JavaClass type) {
                    return type.getPackageName().equals("io.cleat")
                            && COMMON.stream().noneMatch(type.getName()::startsWith);
                }
            };

    @ArchTest
    static final ArchRule ONLY_THE_QUEUE_KNOWS_CHRONICLE = noClasses()
            .that()
            .resideOutsideOfPackage("io.cleat.queue..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("net.openhft..");

    @ArchTest
    static final ArchRule ONLY_THE_SQLITE_PACKAGE_KNOWS_SQLITE = noClasses()
            .that()
            .resideInAnyPackage("io.cleat", "io.cleat.client..", "io.cleat.coordinator", "io.cleat.protocol..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.sqlite..", "java.sql..");

    @ArchTest
    static final ArchRule THE_SQLITE_PACKAGE_KNOWS_NO_QUEUE_AND_NO_CLIENT = noClasses()
            .that()
            .resideInAPackage("io.cleat.coordinator.sqlite..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.cleat",
                    "io.cleat.client..",
                    "io.cleat.queue..",
                    "io.cleat.protocol..",
                    "io.cleat.nameserver..",
                    "io.cleat.status..",
                    "io.cleat.coordinator");

    @ArchTest
    static final ArchRule THE_PROTOCOL_STANDS_ALONE = classes()
            .that()
            .resideInAPackage("io.cleat.protocol..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("io.cleat.protocol..", "org.agrona..", "java..", "org.jspecify..");

    @ArchTest
    static final ArchRule THE_QUEUE_KNOWS_NO_PROTOCOL = noClasses()
            .that()
            .resideInAPackage("io.cleat.queue..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.cleat.protocol..", "io.cleat.client..", "io.cleat.nameserver..", "io.cleat.status..");

    @ArchTest
    static final ArchRule NAMES_KNOW_NO_STATUS = noClasses()
            .that()
            .resideInAPackage("io.cleat.nameserver..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.cleat.status..", "io.cleat.queue..", "io.cleat.protocol..", "io.cleat.client..");

    @ArchTest
    static final ArchRule STATUS_KNOWS_NAMES_ONLY = noClasses()
            .that()
            .resideInAPackage("io.cleat.status..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.cleat.queue..", "io.cleat.protocol..", "io.cleat.client..");

    @ArchTest
    static final ArchRule NOTHING_BELOW_KNOWS_THE_API = noClasses()
            .that()
            .resideInAnyPackage(
                    "io.cleat.client..",
                    "io.cleat.queue..",
                    "io.cleat.nameserver..",
                    "io.cleat.status..",
                    "io.cleat.coordinator..")
            .should()
            .dependOnClassesThat(API);

    @ArchTest
    static final ArchRule THE_CLIENT_KNOWS_NO_LISTENERS = noClasses()
            .that()
            .resideInAPackage("io.cleat.client")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.cleat.client.live..");

    @ArchTest
    static final ArchRule THE_CLIENT_KNOWS_NO_COORDINATOR = noClasses()
            .that()
            .resideOutsideOfPackages("io.cleat.coordinator..", "io.cleat.tools..", "io.cleat.jmh..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.cleat.coordinator..");
}
