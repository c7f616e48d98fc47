// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every option that is a value reaches a coordinator that is started as a process. */
final class CoordinatorArgumentsTest {
    /** Means nothing without the hook that gets the lines, which cannot be handed over. */
    private static final Set<String> OF_HOOKS = Set.of("logParameters");

    static List<Method> options() {
        return Arrays.stream(CoordinatorContext.class.getMethods())
                .filter(method -> method.getReturnType() == CoordinatorContext.class
                        && method.getParameterCount() == 1
                        && method.getParameterTypes()[0].isPrimitive()
                        && !OF_HOOKS.contains(method.getName()))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("options")
    void shouldHandOverEveryOptionThatIsAValue(Method option) throws Exception {
        final List<String> before =
                CoordinatorArguments.of(new CoordinatorContext("shop").databaseFile(CoordinatorContext.IN_MEMORY));
        final CoordinatorContext changed = new CoordinatorContext("shop").databaseFile(CoordinatorContext.IN_MEMORY);
        final Class<?> type = option.getParameterTypes()[0];
        if (type == boolean.class) {
            option.invoke(changed, true);
            if (CoordinatorArguments.of(changed).equals(before)) {
                option.invoke(changed, false);
            }
        } else {
            // Within the range of each of them, and the default of none.
            final int number = type == long.class || option.getName().endsWith("Bytes") ? 70_000_000 : 3;
            option.invoke(changed, number);
        }
        final List<String> arguments = CoordinatorArguments.of(changed);
        assertThat(arguments).isNotEqualTo(before);
        final CoordinatorContext there = CoordinatorArguments.parse(arguments.toArray(String[]::new));
        assertThat(CoordinatorArguments.of(there)).isEqualTo(arguments);
    }
}
