package impasto.job;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Where Flink and Kafka end, up to the job. */
@AnalyzeClasses(packages = "impasto", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule onlyOperatorsAndTheJobKnowFlink =
            noClasses()
                    .that()
                    .resideOutsideOfPackages("impasto.operator..", "impasto.job..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("org.apache.flink..");

    @ArchTest
    static final ArchRule onlyTheJobKnowsKafka =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("impasto.job..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("org.apache.kafka..");

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
