package impasto.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SchemaDocumentationTest {
    @ParameterizedTest
    @MethodSource("impasto.wire.Records#ofEveryTopic")
    void everyRecordAndEveryFieldSaysWhatItMeans(SpecificRecord record) {
        assertDocumented(record.getSchema());
    }

    private static void assertDocumented(Schema schema) {
        assertThat(schema.getDoc()).as(schema.getFullName()).isNotBlank();
        for (Schema.Field field : schema.getFields()) {
            assertThat(field.doc())
                    .as("%s.%s", schema.getFullName(), field.name())
                    .isNotBlank()
                    .endsWith(".");
            if (field.schema().getType() == Schema.Type.RECORD) {
                assertDocumented(field.schema());
            }
        }
    }
}
