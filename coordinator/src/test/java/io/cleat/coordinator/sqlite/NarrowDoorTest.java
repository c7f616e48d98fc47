// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Who may know what. */
final class NarrowDoorTest {
    private static final String PACKAGE = "io.cleat.coordinator.sqlite";

    private final JavaClasses ours = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.cleat.coordinator");

    @Test
    void shouldKnowNothingButSqlite() {
        classes()
                .that()
                .resideInAPackage(PACKAGE)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(PACKAGE, "java..", "org.sqlite..", "org.jspecify..")
                .check(ours);
    }

    @Test
    void shouldTouchTheCoreOfSqliteJdbcInOnePlace() {
        noClasses()
                .that()
                .haveNameNotMatching(".*\\.(SqliteNative|NativeLibrary)(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.sqlite.core..")
                .check(ours);
    }
}
