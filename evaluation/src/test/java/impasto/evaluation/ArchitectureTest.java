package impasto.evaluation;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The evaluation knows the stages and nothing of the job around them. */
@AnalyzeClasses(packages = "impasto.evaluation", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule nobodyKnowsFlinkOrKafka =
            noClasses()
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("org.apache.flink..", "org.apache.kafka..");

    @ArchTest
    static final ArchRule packagesDependOnOneAnotherInOneDirection =
            slices().matching("impasto.evaluation.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule measuresKnowPicturesOnly =
            noClasses()
                    .that()
                    .resideInAPackage("impasto.evaluation.measure..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "impasto.model..", "impasto.stylize..", "impasto.frame..", "ai.djl..");

    @ArchTest
    static final ArchRule namesSayWhatAClassIs =
            noClasses().should().haveNameMatching(".*(Utils?|Helper|Manager|Impl)");
}
