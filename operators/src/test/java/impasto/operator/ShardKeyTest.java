package impasto.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShardKeyTest {

    @ParameterizedTest
    @CsvSource({"2, 8", "4, 8", "3, 9", "8, 16", "4, 64", "7, 128"})
    void partitionsSpreadEvenlyOverSubtasks(int parallelism, int partitions) {
        Map<Integer, Integer> load = new HashMap<>();
        for (int partition = 0; partition < partitions; partition++) {
            int subtask =
                    KeyGroupRangeAssignment.assignKeyToParallelOperator(
                            ShardKey.of(partition, 128), 128, parallelism);
            load.merge(subtask, 1, Integer::sum);
        }
        assertThat(load).hasSize(parallelism);
        int fair = partitions / parallelism;
        assertThat(load.values())
                .allSatisfy(count -> assertThat(count).isBetween(fair - 1, fair + 2));
    }

    @Test
    void partitionsAsManyAsKeyGroupsHaveOneEach() {
        assertThat(
                        java.util.stream.IntStream.range(0, 128)
                                .map(
                                        partition ->
                                                KeyGroupRangeAssignment.assignToKeyGroup(
                                                        ShardKey.of(partition, 128), 128))
                                .distinct()
                                .count())
                .isEqualTo(128);
    }
}
