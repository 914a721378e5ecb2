package impasto.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Where Flink and Kafka end, in the whole program. */
@AnalyzeClasses(packages = "impasto", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule onlyWhatRunsTheJobKnowsFlink =
            noClasses()
                    .that()
                    .resideOutsideOfPackages(
                            "impasto.operator..",
                            "impasto.job..",
                            "impasto.local..",
                            "impasto.bench..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("org.apache.flink..");

    @ArchTest
    static final ArchRule theStagesDoNotKnowKafka =
            noClasses()
                    .that()
                    .resideInAnyPackage(
                            "impasto.frame..",
                            "impasto.decode..",
                            "impasto.prompt..",
                            "impasto.batch..",
                            "impasto.model..",
                            "impasto.encode..",
                            "impasto.stylize..",
                            "impasto.operator..",
                            "impasto.failure..",
                            "impasto.wire..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("org.apache.kafka..", "kafka..");

    @ArchTest
    static final ArchRule packagesDependOnOneAnotherInOneDirection =
            slices().matching("impasto.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule namesSayWhatAClassIs =
            noClasses()
                    .that()
                    // A DJL engine implements an NDManager.
                    .resideOutsideOfPackage("impasto.tensorrt..")
                    .should()
                    .haveNameMatching(".*(Utils?|Helper|Manager|Impl)");
}
