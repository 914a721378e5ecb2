package impasto.evaluation.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import org.junit.jupiter.api.Test;

class TableTest {

    @Test
    void aListNamesTables() {
        assertThat(Table.parse("streams, main")).containsExactly(Table.STREAMS, Table.MAIN);
    }

    @Test
    void allNamesAllTables() {
        assertThat(Table.parse("all")).containsExactly(Table.values());
    }

    @Test
    void anUnknownNameIsAnErrorThatNamesTheNearest() {
        assertThatThrownBy(() -> Table.parse("main,promts"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "no table 'promts'; did you mean 'prompts'? Expected some of main,sustained,profile,batch,refresh,drift,cuts,transfer,prompts,hardware,streams, or all");
    }

    @Test
    void lengthsAreMultiplesOfAllBatches() {
        for (Protocol protocol :
                new Protocol[] {Protocol.full("oil", 42), Protocol.quick("oil", 42)}) {
            for (int frames :
                    new int[] {
                        protocol.clipFrames(), protocol.sweepFrames(), protocol.styleFrames()
                    }) {
                assertThat(frames % protocol.batch()).isZero();
            }
            for (int batch : protocol.sustainedBatches()) {
                assertThat(protocol.longFrames() % batch).isZero();
            }
        }
    }

    @Test
    void onlyBatchesThatTheTablesHaveCanBeChosenAndTheUsualOneIsOfThem() {
        Protocol protocol = Protocol.full("oil", 42);
        assertThat(protocol.allBatches()).containsExactly(1, 2, 4, 8, 16);
        assertThat(protocol.withOnly(Set.of(1, 8)).allBatches()).containsExactly(1, 8);
        assertThatThrownBy(() -> protocol.withOnly(Set.of(3, 8)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("[3, 8], expected some of [1, 2, 4, 8, 16], and 8 among them");
        assertThatThrownBy(() -> protocol.withOnly(Set.of(1)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
