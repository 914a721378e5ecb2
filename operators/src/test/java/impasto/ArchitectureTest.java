package impasto;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;

/** The rules that keep a stage a plain class. */
@AnalyzeClasses(packages = "impasto", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule onlyOperatorsKnowFlink =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("impasto.operator..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("org.apache.flink..");

    @ArchTest
    static final ArchRule nobodyKnowsKafka =
            noClasses().should().dependOnClassesThat().resideInAPackage("org.apache.kafka..");

    @ArchTest
    static final ArchRule packagesDependOnOneAnotherInOneDirection =
            slices().matching("impasto.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule namesSayWhatAClassIs =
            noClasses()
                    .that()
                    // Only tests see it here; a DJL engine implements an NDManager.
                    .resideOutsideOfPackage("impasto.tensorrt..")
                    .should()
                    .haveNameMatching(".*(Utils?|Helper|Manager|Impl)");

    @ArchTest
    static final ArchRule onlyTheFailureTableCatchesEverything =
            classes()
                    .that()
                    .resideOutsideOfPackage("impasto.failure..")
                    .should(notCatchEverything());

    private static ArchCondition<JavaClass> notCatchEverything() {
        return new ArchCondition<>("not catch Exception") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (JavaCodeUnit code : type.getCodeUnits()) {
                    code.getTryCatchBlocks().stream()
                            .filter(
                                    block ->
                                            block.getCaughtThrowables().stream()
                                                    .anyMatch(ArchitectureTest::isEverything))
                            .forEach(
                                    block ->
                                            events.add(
                                                    SimpleConditionEvent.violated(
                                                            type,
                                                            "%s catches everything in %s"
                                                                    .formatted(
                                                                            code.getFullName(),
                                                                            block
                                                                                    .getSourceCodeLocation()))));
                }
            }
        };
    }

    /** Throwable cannot be asked for: a try with resources catches it by itself. */
    private static boolean isEverything(JavaClass caught) {
        return caught.isEquivalentTo(Exception.class);
    }
}
